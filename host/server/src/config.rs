use crate::logs::LogBuffer;
use ipnet::IpNet;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// Choices of the server. What concerns keys and lockouts is the store's.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Requests without a known key that one client may send in a minute; 0 means any number.
    pub rate_limit: u32,
    /// Requests with a key that is known to be good; 0 means any number.
    pub key_rate_limit: u32,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: TrustedProxies,
    /// Browser origins besides those of the stored NetBox endpoint.
    pub cors_extra_origins: Vec<String>,
    /// What was logged lately, as far as its layer is installed.
    pub logs: LogBuffer,
    /// Folder of imported schemas of Proxmox VE, besides those that come with the program.
    pub schemas: Option<PathBuf>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            rate_limit: 300,
            key_rate_limit: 0,
            trusted_proxies: TrustedProxies::default(),
            cors_extra_origins: Vec::new(),
            logs: LogBuffer::default(),
            schemas: None,
        }
    }
}

/// Networks of proxies: `10.0.0.0/8, 192.0.2.1`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

/// A part of the list that is neither an address nor a network.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is neither an address nor a network like 10.0.0.0/8")]
pub struct InvalidProxy(String);

impl FromStr for TrustedProxies {
    type Err = InvalidProxy;

    fn from_str(list: &str) -> Result<Self, Self::Err> {
        let network = |part: &str| {
            let parsed = part.parse::<IpNet>().or_else(|_| part.parse::<IpAddr>().map(IpNet::from));
            parsed.map_err(|_| InvalidProxy(part.to_owned()))
        };
        list.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(network)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl TrustedProxies {
    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Who sent a request: the peer, or what trusted proxies say, read from the right until someone is not trusted.
    pub(crate) fn client<'a>(
        &self,
        peer: IpAddr,
        forwarded: impl DoubleEndedIterator<Item = &'a str>,
    ) -> IpAddr {
        let mut client = peer.to_canonical();
        for hop in forwarded.rev().flat_map(|header| header.rsplit(',')) {
            if !self.contains(client) {
                break;
            }
            // Whatever stands left of something that is no address may be made up.
            let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
            client = address.to_canonical();
        }
        client
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &str, peer: &str, headers: &[&str]) -> String {
        let trusted: TrustedProxies = trusted.parse().unwrap();
        trusted.client(peer.parse().unwrap(), headers.iter().copied()).to_string()
    }

    #[test]
    fn nobody_is_believed_unless_trusted() {
        assert_eq!(client("", "192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(client("10.0.0.0/8", "192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
    }

    #[test]
    fn the_first_untrusted_address_from_the_right_is_the_client() {
        let trusted = "10.0.0.0/8, 192.0.2.1";
        assert_eq!(client(trusted, "192.0.2.1", &["203.0.113.9, 198.51.100.7, 10.1.1.1"]), "198.51.100.7");
        assert_eq!(client(trusted, "192.0.2.1", &["203.0.113.9", "198.51.100.7"]), "198.51.100.7");
        assert_eq!(client(trusted, "10.0.0.1", &["10.0.0.2, 10.0.0.3"]), "10.0.0.2");
        assert_eq!(client(trusted, "10.0.0.1", &["1.2.3.4, nonsense"]), "10.0.0.1");
        assert_eq!(client(trusted, "::ffff:10.0.0.1", &["::ffff:198.51.100.7"]), "198.51.100.7");
        assert_eq!(client(trusted, "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn a_bad_list_names_its_bad_part() {
        let error = "10.0.0.0/8, office".parse::<TrustedProxies>().unwrap_err();
        assert!(error.to_string().contains("`office`"));
    }
}
