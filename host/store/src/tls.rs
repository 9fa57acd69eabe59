//! How the certificate columns of a row read.

use crate::error::Rejected;
use proxbox_model::endpoint::TlsPolicy;
use std::fmt::Write as _;

/// The policy of a row: a fingerprint before an authority before `verify_ssl`.
pub(crate) fn policy(verify: bool, ca_pem: Option<&str>, fingerprint: Option<&str>) -> TlsPolicy {
    if let Some(bytes) = fingerprint.and_then(parse) {
        return TlsPolicy::Fingerprint(bytes);
    }
    match ca_pem.filter(|pem| !pem.trim().is_empty()) {
        Some(pem) => TlsPolicy::Ca(pem.to_owned()),
        None if verify => TlsPolicy::Verify,
        None => TlsPolicy::Insecure,
    }
}

/// A fingerprint in its one form, `AB:CD:…`; nothing stays nothing.
pub(crate) fn fingerprint(given: Option<String>) -> Result<Option<String>, Rejected> {
    let Some(given) = given.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let bytes = parse(&given).ok_or(Rejected::Fingerprint)?;
    let mut text = String::with_capacity(95);
    for (index, byte) in bytes.iter().enumerate() {
        let colon = if index == 0 { "" } else { ":" };
        let _ = write!(text, "{colon}{byte:02X}");
    }
    Ok(Some(text))
}

/// PEM certificates; nothing stays nothing.
pub(crate) fn certificates(given: Option<String>) -> Result<Option<String>, Rejected> {
    match given.filter(|text| !text.trim().is_empty()) {
        Some(pem) if !pem.contains("-----BEGIN CERTIFICATE-----") => Err(Rejected::Certificate),
        other => Ok(other),
    }
}

fn parse(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !matches!(c, ':' | ' '))
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> =
        digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
    if digits.len() == 64 { bytes.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_kept_in_one_form_and_wins() {
        let given = "ab".repeat(32);
        let kept = fingerprint(Some(given)).unwrap().unwrap();
        assert!(kept.starts_with("AB:AB:") && kept.len() == 95);
        assert_eq!(policy(true, Some("pem"), Some(&kept)), TlsPolicy::Fingerprint([0xab; 32]));
        assert_eq!(fingerprint(Some("ab:cd".into())), Err(Rejected::Fingerprint));
        assert_eq!(fingerprint(Some(" ".into())), Ok(None));
    }

    #[test]
    fn an_authority_comes_before_verify_ssl() {
        assert_eq!(policy(false, Some("pem"), None), TlsPolicy::Ca("pem".into()));
        assert_eq!(policy(true, None, None), TlsPolicy::Verify);
        assert_eq!(policy(false, Some(" "), None), TlsPolicy::Insecure);
        assert_eq!(certificates(Some("nonsense".into())), Err(Rejected::Certificate));
    }
}
