//! Which certificates pass under which policy, and what is said about those that do not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use proxbox_model::Diagnostic;
use proxbox_model::endpoint::TlsPolicy;
use proxbox_tls::{TlsFailure, client_config};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConnection, ServerConfig, ServerConnection};
use sha2::{Digest, Sha256};
use std::sync::Arc;

const HOST: &str = "netbox.example.org";

struct Server {
    certificate: CertificateDer<'static>,
    key: KeyPair,
    ca_pem: String,
}

impl Server {
    /// A server whose certificate was issued by a CA of its own.
    fn issued(adjust: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut ca = CertificateParams::new(Vec::new()).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([HOST.to_owned()]).unwrap();
        adjust(&mut params);
        let certificate = params.signed_by(&key, &ca).unwrap();
        Self { certificate: certificate.der().clone(), key, ca_pem: ca.pem() }
    }

    /// A server that vouches for itself, as the ones that people set up in a minute.
    fn self_signed(is_ca: bool) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([HOST.to_owned()]).unwrap();
        if is_ca {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate: certificate.der().clone(), key, ca_pem: certificate.pem() }
    }

    fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(&self.certificate).into()
    }

    /// Shakes hands in memory.
    fn greet(&self, policy: &TlsPolicy, host: &str) -> Result<(), TlsFailure> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], key)
            .unwrap();
        let mut server = ServerConnection::new(Arc::new(server)).unwrap();
        let name = ServerName::try_from(host.to_owned()).unwrap();
        let mut client = ClientConnection::new(Arc::new(client_config(policy).unwrap()), name).unwrap();
        while client.is_handshaking() {
            let mut wire = Vec::new();
            client.write_tls(&mut wire).unwrap();
            server.read_tls(&mut wire.as_slice()).unwrap();
            server.process_new_packets().unwrap();
            let mut wire = Vec::new();
            server.write_tls(&mut wire).unwrap();
            client.read_tls(&mut wire.as_slice()).unwrap();
            if let Err(error) = client.process_new_packets() {
                // As HTTP clients pass it on: wrapped in an I/O error.
                return Err(TlsFailure::find(&std::io::Error::other(error)).unwrap());
            }
        }
        Ok(())
    }
}

#[test]
fn a_given_authority_is_trusted_for_its_own_names() {
    let server = Server::issued(|_| ());
    let policy = TlsPolicy::Ca(server.ca_pem.clone());
    assert_eq!(server.greet(&policy, HOST), Ok(()));
    let failure = server.greet(&policy, "other.example.org").unwrap_err();
    assert!(matches!(failure, TlsFailure::WrongName { .. }), "{failure:?}");
    assert!(failure.sentence().contains(HOST), "{}", failure.sentence());
}

#[test]
fn an_authority_that_was_not_given_is_unknown() {
    let stranger = Server::issued(|_| ());
    let policy = TlsPolicy::Ca(Server::issued(|_| ()).ca_pem);
    assert_eq!(stranger.greet(&policy, HOST), Err(TlsFailure::UnknownAuthority));
}

#[test]
fn a_self_signed_certificate_passes_when_it_is_given_itself() {
    for is_ca in [false, true] {
        let server = Server::self_signed(is_ca);
        let policy = TlsPolicy::Ca(server.ca_pem.clone());
        assert_eq!(server.greet(&policy, HOST), Ok(()));
        assert!(matches!(server.greet(&policy, "other.example.org"), Err(TlsFailure::WrongName { .. })));
    }
}

#[test]
fn a_self_signed_certificate_of_someone_else_is_unknown() {
    for is_ca in [false, true] {
        let policy = TlsPolicy::Ca(Server::issued(|_| ()).ca_pem);
        assert_eq!(Server::self_signed(is_ca).greet(&policy, HOST), Err(TlsFailure::UnknownAuthority));
    }
}

#[test]
fn a_pinned_certificate_passes_under_any_name_and_another_one_does_not() {
    let server = Server::self_signed(false);
    let policy = TlsPolicy::Fingerprint(server.fingerprint());
    assert_eq!(server.greet(&policy, "192.0.2.1"), Ok(()));
    let other = Server::self_signed(false);
    let Err(TlsFailure::OtherFingerprint { found }) = other.greet(&policy, HOST) else { panic!("it passed") };
    assert_eq!(found.len(), 32 * 3 - 1);
    assert!(found.starts_with(&format!("{:02X}:", other.fingerprint()[0])), "{found}");
}

#[test]
fn time_matters() {
    let expired = Server::issued(|params| params.not_after = date_time_ymd(2001, 1, 1));
    assert_eq!(expired.greet(&TlsPolicy::Ca(expired.ca_pem.clone()), HOST), Err(TlsFailure::Expired));
    let early = Server::issued(|params| params.not_before = date_time_ymd(4000, 1, 1));
    assert_eq!(early.greet(&TlsPolicy::Ca(early.ca_pem.clone()), HOST), Err(TlsFailure::NotYetValid));
}

#[test]
fn nothing_is_checked_when_told_so() {
    let expired = Server::issued(|params| params.not_after = date_time_ymd(2001, 1, 1));
    assert_eq!(expired.greet(&TlsPolicy::Insecure, "other.example.org"), Ok(()));
}

#[test]
fn what_is_no_certificate_is_refused_as_authority() {
    let key = KeyPair::generate().unwrap().serialize_pem();
    for text in ["", "hello", key.as_str(), "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----"] {
        let error = client_config(&TlsPolicy::Ca(text.to_owned())).unwrap_err();
        assert_eq!(error.code(), "tls-invalid-ca", "{error:?}");
        assert!(error.hint().is_some());
    }
}

#[test]
fn an_answer_that_is_not_tls_is_called_that() {
    let config = client_config(&TlsPolicy::Insecure).unwrap();
    let name = ServerName::try_from(HOST).unwrap();
    let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
    client.read_tls(&mut "HTTP/1.1 400 Bad Request\r\n\r\n".as_bytes()).unwrap();
    let error = client.process_new_packets().unwrap_err();
    assert_eq!(TlsFailure::find(&error), Some(TlsFailure::NotTls));
}
