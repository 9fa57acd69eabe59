//! How both API clients connect: which certificates pass, which addresses may be connected to, and what errors mean in plain words.
//!
//! [`client_config`] turns a [`TlsPolicy`] into what goes to `reqwest::ClientBuilder::tls_backend_preconfigured`, and
//! [`GuardedDns`] an [`AddressPolicy`](proxbox_model::address::AddressPolicy) into what goes to `dns_resolver`.
//! [`TlsFailure::find`] and [`find_refusal`] read out of the chain of causes why a connection failed.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod dns;
mod failure;
mod verifier;

pub use dns::{GuardedDns, find_refusal};
pub use failure::TlsFailure;

use proxbox_model::Diagnostic;
use proxbox_model::endpoint::TlsPolicy;
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use verifier::{Given, Insecure, Noting, Pinned};

/// A certificate policy that cannot be put to work.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The system has no certificate authorities, so that nothing could ever be verified.
    #[error("this system has no certificate authorities to check a server certificate against")]
    NoAuthorities,
    /// The text that was given as authorities holds no certificate.
    #[error("the text given as certificate authority holds no PEM certificate")]
    NoCertificate,
    /// The text that was given as authorities holds something else than certificates.
    #[error("the text given as certificate authority is not valid PEM")]
    InvalidPem(#[source] rustls::pki_types::pem::Error),
    /// A certificate that was given as authority cannot be used as one.
    #[error("certificate {position} of the given certificate authorities cannot be used")]
    InvalidCertificate {
        /// Counted from 1.
        position: usize,
        /// What is wrong with it.
        #[source]
        source: rustls::Error,
    },
    /// rustls refused the settings.
    #[error("TLS cannot be set up")]
    Setup(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Diagnostic for TlsError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoAuthorities => "tls-no-authorities",
            Self::NoCertificate | Self::InvalidPem(_) | Self::InvalidCertificate { .. } => "tls-invalid-ca",
            Self::Setup(_) => "tls-setup",
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoAuthorities => {
                "Install the ca-certificates package, set SSL_CERT_FILE, or give the endpoint its own CA or fingerprint."
            }
            Self::NoCertificate | Self::InvalidPem(_) | Self::InvalidCertificate { .. } => {
                "Paste the CA certificate as PEM, from BEGIN CERTIFICATE to END CERTIFICATE."
            }
            Self::Setup(_) => return None,
        };
        Some(hint.to_owned())
    }
}

/// Client settings that check certificates as the policy says.
///
/// # Errors
/// When the policy needs authorities and there are none, or the given ones cannot be read.
pub fn client_config(policy: &TlsPolicy) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier: Arc<dyn rustls::client::danger::ServerCertVerifier> = match policy {
        TlsPolicy::Verify => {
            let roots = system_roots();
            if roots.is_empty() {
                return Err(TlsError::NoAuthorities);
            }
            web_pki(roots, &provider)?
        }
        TlsPolicy::Ca(pem) => {
            let given = certificates(pem)?;
            let mut roots = system_roots();
            for (index, certificate) in given.iter().enumerate() {
                roots
                    .add(certificate.clone())
                    .map_err(|source| TlsError::InvalidCertificate { position: index + 1, source })?;
            }
            Arc::new(Given { given, chains: web_pki(roots, &provider)? })
        }
        TlsPolicy::Fingerprint(expected) => {
            Arc::new(Pinned { expected: *expected, provider: provider.clone() })
        }
        TlsPolicy::Insecure => Arc::new(Insecure { provider: provider.clone() }),
    };
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::Setup(Box::new(error)))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Noting(verifier)))
        .with_no_client_auth())
}

/// Client settings for an endpoint that is reached over plain HTTP: they trust nobody.
///
/// # Errors
/// When rustls refuses its own defaults.
pub fn plaintext_config() -> Result<ClientConfig, TlsError> {
    Ok(ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::Setup(Box::new(error)))?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

fn web_pki(
    roots: RootCertStore,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, TlsError> {
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|error| TlsError::Setup(Box::new(error)))
}

/// System stores hold odd certificates that no parser likes; those are left out, as every client does.
fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let given = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(TlsError::InvalidPem)?;
    if given.is_empty() { Err(TlsError::NoCertificate) } else { Ok(given) }
}
