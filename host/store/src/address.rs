//! Hosts as they are stored and used. Whether the service may connect there is not decided here.

use crate::error::Rejected;
use std::net::IpAddr;

/// A host name or address as it is stored: trimmed, without a mask or brackets.
pub(crate) fn host(given: &str) -> Result<String, Rejected> {
    let bare = given.trim().split('/').next().unwrap_or_default();
    let bare = bare.trim_start_matches('[').trim_end_matches(']');
    let plausible = bare.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    if plausible || bare.parse::<IpAddr>().is_ok() {
        return Ok(bare.to_owned());
    }
    Err(Rejected::Host { host: given.chars().take(64).collect() })
}

/// A path below which a server is, as it is stored: `/netbox`, and empty for none. What belongs to the API is not part of it.
pub(crate) fn path(given: &str) -> Result<String, Rejected> {
    let bare = given.trim().trim_matches('/');
    let bare = bare.strip_suffix("/api").unwrap_or(if bare == "api" { "" } else { bare });
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '~' | '%');
    let good = |segment: &str| !matches!(segment, "" | "." | "..") && segment.chars().all(plain);
    match bare {
        "" => Ok(String::new()),
        bare if bare.split('/').all(good) => Ok(format!("/{bare}")),
        _ => Err(Rejected::BasePath { path: given.chars().take(64).collect() }),
    }
}

/// The address to connect to when the domain leads nowhere. Beside a domain the plugin sends 127.0.0.1 when it knows no
/// address, so that loopback means nothing there.
pub(crate) fn spare(domain: &str, address: &str) -> Option<IpAddr> {
    let address: IpAddr = address.split('/').next()?.parse().ok()?;
    (!domain.is_empty() && !address.to_canonical().is_loopback()).then_some(address)
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
    fn what_is_no_host_is_refused() {
        for given in ["a b", "http:x?", "x@y", "fe80:::1"] {
            assert!(host(given).is_err(), "{given}");
        }
    }

    #[test]
    fn a_path_is_stored_with_a_slash_before_it_and_none_behind() {
        for given in ["/netbox", "netbox/", " /netbox/ ", "/netbox/api/"] {
            assert_eq!(path(given).unwrap(), "/netbox", "{given}");
        }
        assert_eq!(path("/tools/net-box").unwrap(), "/tools/net-box");
        for none in ["", "/", "//", "/api/", "api"] {
            assert_eq!(path(none).unwrap(), "", "{none}");
        }
        for no_path in ["/a b", "/a//b", "/..", "/a?x=1", "http://x", "/a#b"] {
            assert!(path(no_path).is_err(), "{no_path}");
        }
    }

    #[test]
    fn loopback_beside_a_domain_means_nothing() {
        assert_eq!(spare("nb.example", "10.0.0.1/24"), Some(IpAddr::from([10, 0, 0, 1])));
        for (domain, address) in
            [("nb.example", "127.0.0.1"), ("nb.example", "::1"), ("nb.example", ""), ("", "10.0.0.1")]
        {
            assert_eq!(spare(domain, address), None, "{domain} {address}");
        }
    }

    #[test]
    fn the_base_url_prefers_the_domain_and_names_the_port() {
        assert_eq!(base_url(true, "nb.example", "10.0.0.1", 443), "https://nb.example:443");
        assert_eq!(base_url(false, "", "10.0.0.1/24", 8000), "http://10.0.0.1:8000");
        assert_eq!(base_url(true, "", "fd00::1", 8443), "https://[fd00::1]:8443");
    }
}
