//! Hosts as they are stored and used: bare, without a mask, and none that can only be a mistake or a trick.

use crate::error::Rejected;
use std::net::IpAddr;

/// A host name or address as it is stored: trimmed, without a mask.
///
/// Proxmox and NetBox live on private networks, so private addresses and loopback are fine. Link-local addresses
/// (cloud metadata), multicast and the unspecified address are not.
pub(crate) fn host(given: &str) -> Result<String, Rejected> {
    let trimmed = given.trim();
    let bare = trimmed.split('/').next().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let reject = |reason| Err(Rejected::Address { address: given.chars().take(64).collect(), reason });
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return match forbidden(ip.to_canonical()) {
            Some(reason) => reject(reason),
            None => Ok(bare.to_owned()),
        };
    }
    let plausible = bare.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    if plausible { Ok(bare.to_owned()) } else { reject("is neither an address nor a host name") }
}

fn forbidden(ip: IpAddr) -> Option<&'static str> {
    let link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local() || ip.is_broadcast(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    match ip {
        _ if link_local => Some("is a link-local address"),
        _ if ip.is_multicast() => Some("is a multicast address"),
        _ if ip.is_unspecified() => Some("is the unspecified address"),
        _ => None,
    }
}

/// The base URL of NetBox: https on port 443 or when the certificate is checked, the domain before the address, and
/// always with the port.
pub(crate) fn base_url(https: bool, domain: &str, address: &str, port: u16) -> String {
    let scheme = if https { "https" } else { "http" };
    let host = if domain.is_empty() { address.split('/').next().unwrap_or_default() } else { domain };
    if host.contains(':') && !host.starts_with('[') {
        format!("{scheme}://[{host}]:{port}")
    } else {
        format!("{scheme}://{host}:{port}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_stored_bare() {
        assert_eq!(host(" 10.0.0.1/24 ").unwrap(), "10.0.0.1");
        assert_eq!(host("[fd00::1]").unwrap(), "fd00::1");
        assert_eq!(host("pve-1.example_lab.org").unwrap(), "pve-1.example_lab.org");
        assert_eq!(host("").unwrap(), "");
    }

    #[test]
    fn addresses_that_cannot_be_meant_are_refused() {
        for given in [
            "169.254.169.254",
            "::ffff:169.254.1.1",
            "fe80::1",
            "224.0.0.1",
            "0.0.0.0",
            "a b",
            "http:x?",
            "x@y",
        ] {
            assert!(host(given).is_err(), "{given}");
        }
        assert!(host("127.0.0.1").is_ok() && host("192.168.1.1").is_ok() && host("::1").is_ok());
    }

    #[test]
    fn the_base_url_prefers_the_domain_and_names_the_port() {
        assert_eq!(base_url(true, "nb.example", "10.0.0.1", 443), "https://nb.example:443");
        assert_eq!(base_url(false, "", "10.0.0.1/24", 8000), "http://10.0.0.1:8000");
        assert_eq!(base_url(true, "", "fd00::1", 8443), "https://[fd00::1]:8443");
    }
}
