//! Why a TLS connection could not be made, in plain words.

use rustls::{AlertDescription, CertificateError, Error};
use std::error::Error as StdError;
use std::fmt::Write;

/// The server presented another certificate than the pinned one.
#[derive(Debug, thiserror::Error)]
#[error("the server's certificate has the SHA-256 fingerprint {}", hex(.found))]
pub(crate) struct FingerprintMismatch {
    pub(crate) found: [u8; 32],
}

/// A certificate was refused; which one, and why.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct RefusedCertificate {
    pub(crate) presented: [u8; 32],
    pub(crate) reason: CertificateError,
}

/// Why a TLS connection could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsFailure {
    /// No known authority vouches for the certificate.
    UnknownAuthority,
    /// The certificate is for other names.
    WrongName {
        /// The names that it is for, as far as they are known.
        presented: Vec<String>,
    },
    /// The certificate's time is over.
    Expired,
    /// The certificate's time has not come yet.
    NotYetValid,
    /// It is not the pinned certificate.
    OtherFingerprint {
        /// SHA-256 of the certificate that the server presents, as `AB:CD:…`.
        found: String,
    },
    /// What answered does not speak TLS.
    NotTls,
    /// The server wants something that we do not have, in rustls' words.
    Refused(String),
    /// Anything else, in rustls' words.
    Other(String),
}

impl TlsFailure {
    /// Looks for a TLS error among an error and its causes.
    pub fn find(error: &(dyn StdError + 'static)) -> Option<Self> {
        find_tls_error(error).map(Self::of)
    }

    /// The SHA-256 fingerprint of the certificate that was refused, as `AB:CD:…`, when it was that which failed.
    pub fn refused_fingerprint(error: &(dyn StdError + 'static)) -> Option<String> {
        match find_tls_error(error)? {
            Error::InvalidCertificate(error) => Some(hex(&refused(error)?.presented)),
            _ => None,
        }
    }

    /// What happened, as the rest of a sentence that begins with the endpoint: `its certificate has expired`.
    pub fn sentence(&self) -> String {
        match self {
            Self::UnknownAuthority => {
                "its certificate was not issued by a certificate authority known here".to_owned()
            }
            Self::WrongName { presented } if presented.is_empty() => {
                "its certificate is for another name".to_owned()
            }
            Self::WrongName { presented } => {
                format!("its certificate is for another name ({})", presented.join(", "))
            }
            Self::Expired => "its certificate has expired".to_owned(),
            Self::NotYetValid => "its certificate is not valid yet".to_owned(),
            Self::OtherFingerprint { found } => {
                format!("its certificate is not the pinned one; it has the SHA-256 fingerprint {found}")
            }
            Self::NotTls => "what answers there does not speak TLS".to_owned(),
            Self::Refused(text) => format!("it refused the TLS connection ({text})"),
            Self::Other(text) => format!("the TLS connection failed ({text})"),
        }
    }

    /// What to try.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::UnknownAuthority => {
                "Give the endpoint the CA certificate that issued it, or pin the certificate's SHA-256 fingerprint."
            }
            Self::WrongName { .. } => {
                "Use a host name that the certificate is for, or pin the certificate's SHA-256 fingerprint."
            }
            Self::Expired => "Renew the server's certificate.",
            Self::NotYetValid => "Check the clocks of both machines.",
            Self::OtherFingerprint { .. } => {
                "If the certificate was renewed, compare the fingerprint on the server itself and store the new one."
            }
            Self::NotTls => "Check the port, and whether the URL should begin with http:// instead.",
            Self::Refused(_) | Self::Other(_) => "Check the server's TLS settings; TLS 1.2 or 1.3 is needed.",
        }
    }

    fn of(error: &Error) -> Self {
        match error {
            Error::InvalidCertificate(error) => Self::of_certificate(error),
            Error::InvalidMessage(_) => Self::NotTls,
            Error::AlertReceived(alert) => Self::Refused(alert_text(*alert)),
            other => Self::Other(other.to_string()),
        }
    }

    fn of_certificate(error: &CertificateError) -> Self {
        match refused(error).map_or(error, |refused| &refused.reason) {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::UnknownAuthority,
            CertificateError::NotValidForName => Self::WrongName { presented: Vec::new() },
            CertificateError::NotValidForNameContext { presented, .. } => {
                Self::WrongName { presented: presented.clone() }
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYetValid,
            CertificateError::Other(other) => match other.0.downcast_ref::<FingerprintMismatch>() {
                Some(mismatch) => Self::OtherFingerprint { found: hex(&mismatch.found) },
                // webpki's word for a self-signed certificate: nobody vouches for it.
                None if other.0.to_string().contains("CaUsedAsEndEntity") => Self::UnknownAuthority,
                None => Self::Other(other.0.to_string()),
            },
            other => Self::Other(other.to_string()),
        }
    }
}

fn find_tls_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<Error>() {
            return Some(found);
        }
        // An I/O error hides the error that it wraps from the chain of causes.
        next = match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

fn refused(error: &CertificateError) -> Option<&RefusedCertificate> {
    match error {
        CertificateError::Other(other) => other.0.downcast_ref(),
        _ => None,
    }
}

fn alert_text(alert: AlertDescription) -> String {
    format!("{alert:?}")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().enumerate().fold(String::new(), |mut text, (index, byte)| {
        let separator = if index == 0 { "" } else { ":" };
        let _ = write!(text, "{separator}{byte:02X}");
        text
    })
}
