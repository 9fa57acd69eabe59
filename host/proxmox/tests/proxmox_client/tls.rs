//! Certificates: who is believed, and what is said of the others.

use crate::common::{connect, fleet_of};
use crate::fake::endpoint_of;
use proxbox_fakes::fleet::{Fleet, FleetSpec};
use proxbox_fakes::proxmox::{FakeProxmox, Options};
use proxbox_model::Diagnostic;
use proxbox_model::endpoint::{ProxmoxEndpoint, TlsPolicy};
use std::net::Ipv4Addr;

async fn serve() -> FakeProxmox {
    FakeProxmox::start(Fleet::generate(&FleetSpec::default()), Options::default()).await.unwrap()
}

fn with(fake: &FakeProxmox, tls: TlsPolicy) -> ProxmoxEndpoint {
    ProxmoxEndpoint { tls, ..endpoint_of(fake) }
}

fn text(fingerprint: [u8; 32]) -> String {
    fingerprint.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

#[tokio::test]
async fn a_server_is_believed_by_its_ca_its_fingerprint_or_blindly() {
    let fake = serve().await;
    for tls in [
        TlsPolicy::Ca(fake.ca_pem().to_owned()),
        TlsPolicy::Fingerprint(fake.fingerprint()),
        TlsPolicy::Insecure,
    ] {
        let fleet = fleet_of(&with(&fake, tls.clone())).await.unwrap();
        assert!(fleet.complete, "{tls:?}");
    }
}

#[tokio::test]
async fn a_server_of_an_unknown_authority_is_refused_once_and_its_fingerprint_told() {
    let (fake, other) = (serve().await, serve().await);
    let client = connect(&with(&fake, TlsPolicy::Ca(other.ca_pem().to_owned()))).await;
    let error = client.unwrap_err();
    assert_eq!(error.code(), "proxmox-certificate-refused");
    assert!(error.to_string().contains("certificate authority"), "{error}");
    assert!(error.hint().unwrap().contains(&text(fake.fingerprint())), "{:?}", error.hint());
    assert!(fake.requests().is_empty());
}

#[tokio::test]
async fn another_certificate_than_the_pinned_one_is_refused_with_both_fingerprints() {
    let (fake, other) = (serve().await, serve().await);
    let error = connect(&with(&fake, TlsPolicy::Fingerprint(other.fingerprint()))).await.unwrap_err();
    assert_eq!(error.code(), "proxmox-fingerprint-mismatch");
    let message = error.to_string();
    for fingerprint in [fake.fingerprint(), other.fingerprint()] {
        assert!(message.contains(&text(fingerprint)), "{message}");
    }
    assert!(fake.requests().is_empty());
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let options = Options { listen: (Ipv4Addr::UNSPECIFIED, 0).into(), ..Options::default() };
    let fake = FakeProxmox::start(Fleet::generate(&FleetSpec::default()), options).await.unwrap();
    let mut endpoint = with(&fake, TlsPolicy::Ca(fake.ca_pem().to_owned()));
    endpoint.domain = Some(format!("127.0.0.2:{}", fake.addr().port()));
    let error = connect(&endpoint).await.unwrap_err();
    assert_eq!(error.code(), "proxmox-certificate-refused");
    assert!(error.to_string().contains("another name"), "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_called_by_its_name() {
    let fake = FakeProxmox::start(Fleet::generate(&FleetSpec::default()), Options::http()).await.unwrap();
    let mut endpoint = with(&fake, TlsPolicy::Insecure);
    endpoint.domain = Some(fake.url().replace("http://", "https://"));
    let error = connect(&endpoint).await.unwrap_err();
    assert_eq!(error.code(), "proxmox-not-tls");
}

#[tokio::test]
async fn text_that_is_no_certificate_is_refused_before_anything_is_sent() {
    let fake = serve().await;
    let error = connect(&with(&fake, TlsPolicy::Ca("not PEM".into()))).await.unwrap_err();
    assert_eq!(error.code(), "tls-invalid-ca");
    assert!(fake.requests().is_empty());
}
