//! A certificate authority and a server certificate, made at the start.

use axum_server::tls_rustls::RustlsConfig;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

/// The server's side of TLS, and what a client needs to trust it.
pub(super) struct Identity {
    pub(super) ca_pem: String,
    pub(super) fingerprint: [u8; 32],
    config: Arc<ServerConfig>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("fingerprint", &self.fingerprint_text()).finish_non_exhaustive()
    }
}

impl Identity {
    /// Valid for this address, the loopback ones and further names.
    pub(super) fn new(ip: IpAddr, names: &[String]) -> io::Result<Self> {
        let (ca_pem, issuer) = authority().map_err(io::Error::other)?;
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let own = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let names: BTreeSet<String> =
            own.into_iter().chain([ip.to_string()]).chain(names.iter().cloned()).collect();
        let mut params = CertificateParams::new(Vec::from_iter(names)).map_err(io::Error::other)?;
        params.distinguished_name.push(DnType::CommonName, "pve1.example.internal");
        params.use_authority_key_identifier_extension = true;
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
        let leaf = params.signed_by(&key, &issuer).map_err(io::Error::other)?;
        let fingerprint = Sha256::digest(leaf.der()).into();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { ca_pem, fingerprint, config: Arc::new(config) })
    }

    pub(super) fn config(&self) -> RustlsConfig {
        RustlsConfig::from_config(Arc::clone(&self.config))
    }

    /// As Proxmox writes it: upper case with colons.
    pub(super) fn fingerprint_text(&self) -> String {
        self.fingerprint.iter().enumerate().fold(String::new(), |mut text, (n, byte)| {
            let separator = if n == 0 { "" } else { ":" };
            let _ = write!(text, "{separator}{byte:02X}");
            text
        })
    }
}

fn authority() -> Result<(String, Issuer<'static, KeyPair>), rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "Proxmox Virtual Environment");
    params.distinguished_name.push(DnType::OrganizationName, "PVE Cluster Manager CA");
    params.key_usages.extend([KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign]);
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok((certificate.pem(), Issuer::new(params, key)))
}
