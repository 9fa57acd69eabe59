//! Where an endpoint can be reached, in the order to try.

use crate::error::Fault;
use proxbox_model::address::AddressPolicy;
use proxbox_model::endpoint::ProxmoxEndpoint;
use reqwest::Url;
use std::net::{IpAddr, Ipv6Addr};

/// One way to reach an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    https: bool,
    /// As in a URL: IPv6 in brackets.
    host: String,
    port: u16,
}

impl Address {
    /// Host name first, then IP address.
    pub(crate) fn all_of(endpoint: &ProxmoxEndpoint) -> Result<Vec<Self>, Fault> {
        let mut addresses = Vec::new();
        for text in [&endpoint.domain, &endpoint.ip_address].into_iter().flatten() {
            if !text.trim().is_empty() {
                let address = Self::parse(text.trim(), endpoint.port)?;
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
        }
        if addresses.is_empty() { Err(Fault::NoAddress) } else { Ok(addresses) }
    }

    /// The same without addresses that the service may not connect to, which are an error when there is nothing else.
    pub(crate) fn allowed_of(endpoint: &ProxmoxEndpoint, policy: &AddressPolicy) -> Result<Vec<Self>, Fault> {
        let (mut allowed, mut refused) = (Vec::new(), None);
        for address in Self::all_of(endpoint)? {
            match policy.check_host(address.name()) {
                Ok(()) => allowed.push(address),
                Err(refusal) => refused = Some(refusal),
            }
        }
        match refused {
            Some(refusal) if allowed.is_empty() => Err(Fault::AddressRefused(refusal)),
            _ => Ok(allowed),
        }
    }

    /// Takes what operators write or paste: a name, an address with or without prefix length or brackets, a whole URL.
    fn parse(text: &str, port: u16) -> Result<Self, Fault> {
        let invalid = || Fault::InvalidAddress(text.to_owned());
        let (https, rest) = match text.split_once("://") {
            None => (true, text),
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            Some(_) => return Err(invalid()),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let authority = match authority.parse::<Ipv6Addr>() {
            Ok(ip) => format!("[{ip}]"),
            Err(_) => authority.to_owned(),
        };
        let url = Url::parse(&format!("https://{authority}")).map_err(|_| invalid())?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(invalid)?.to_owned();
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Fault::InvalidAddress(host));
        }
        let address = Self { https, host, port: url.port().unwrap_or(port) };
        if https || address.is_loopback() { Ok(address) } else { Err(Fault::PlainHttp(address.base_url())) }
    }

    pub(crate) fn is_https(&self) -> bool {
        self.https
    }

    fn is_loopback(&self) -> bool {
        let bare = self.name();
        bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// Host without brackets and port.
    pub(crate) fn name(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// Host and port, for messages.
    pub(crate) fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Without a trailing slash: `https://pve.example.org:8006`.
    pub(crate) fn base_url(&self) -> String {
        let scheme = if self.https { "https" } else { "http" };
        format!("{scheme}://{}:{}", self.host, self.port)
    }

    /// The URL of a path below `/api2/json`; none when the path leads out of there.
    pub(crate) fn api_url(&self, path: &str) -> Option<Url> {
        let mut url = Url::parse(&self.base_url()).ok()?;
        url.set_path(&format!("/api2/json/{}", path.trim_start_matches('/')));
        url.path().starts_with("/api2/json/").then_some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> String {
        Address::parse(text, 8006).unwrap().base_url()
    }

    #[test]
    fn names_addresses_and_pasted_urls_are_understood() {
        assert_eq!(base("pve.example.org"), "https://pve.example.org:8006");
        assert_eq!(base("192.0.2.1"), "https://192.0.2.1:8006");
        assert_eq!(base("192.0.2.1/24"), "https://192.0.2.1:8006");
        assert_eq!(base("2001:db8::1"), "https://[2001:db8::1]:8006");
        assert_eq!(base("2001:db8::1/64"), "https://[2001:db8::1]:8006");
        assert_eq!(base("[2001:db8::1]"), "https://[2001:db8::1]:8006");
        assert_eq!(base("https://pve.example.org:8443/"), "https://pve.example.org:8443");
    }

    #[test]
    fn plain_http_is_only_for_this_machine() {
        assert_eq!(base("http://127.0.0.1:9000"), "http://127.0.0.1:9000");
        assert_eq!(base("http://[::1]:9000"), "http://[::1]:9000");
        assert!(matches!(Address::parse("http://pve.example.org", 8006), Err(Fault::PlainHttp(_))));
    }

    #[test]
    fn nonsense_is_refused_and_credentials_in_a_url_are_not_repeated() {
        for text in ["", "a b", "ftp://x", "https://"] {
            assert!(matches!(Address::parse(text, 8006), Err(Fault::InvalidAddress(_))), "{text}");
        }
        let Err(fault) = Address::parse("https://root:hunter2@pve", 8006) else { panic!("taken") };
        assert!(!fault.to_string().contains("hunter2"));
    }

    #[test]
    fn a_path_never_leaves_the_api() {
        let address = Address::parse("pve", 8006).unwrap();
        assert_eq!(
            address.api_url("/nodes/a b?c").unwrap().as_str(),
            "https://pve:8006/api2/json/nodes/a%20b%3Fc"
        );
        for path in ["/../../etc", "/%2e%2e/%2e%2e/x", "nodes/../../x"] {
            assert_eq!(address.api_url(path), None, "{path}");
        }
    }
}
