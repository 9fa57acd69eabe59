//! Which addresses the service may connect to. What an operator stores as an endpoint must not make it read the secrets of a
//! cloud or talk to whatever else only this machine can reach.

use ipnet::IpNet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Where clouds answer every machine with its secrets, outside of the link-local networks.
const METADATA: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// Networks, such as `10.0.0.0/8, fd00::/8`; a bare address is a network of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

/// The parts of a list that are neither an address nor a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidNetworks(pub Vec<String>);

impl Networks {
    /// The networks of a list, and what of it cannot be used. Lines and commas part it.
    pub fn parse(list: &str) -> (Self, Vec<String>) {
        let mut networks = Self::default();
        let mut odd = Vec::new();
        for part in list.split([',', '\n', '\r']).map(str::trim).filter(|part| !part.is_empty()) {
            match part.parse::<IpNet>().or_else(|_| part.parse::<IpAddr>().map(IpNet::from)) {
                Ok(network) => networks.0.push(network.trunc()),
                Err(_) => odd.push(part.chars().take(64).collect()),
            }
        }
        (networks, odd)
    }

    /// Whether one of them holds the address.
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for Networks {
    type Err = InvalidNetworks;

    fn from_str(list: &str) -> Result<Self, Self::Err> {
        match Self::parse(list) {
            (networks, odd) if odd.is_empty() => Ok(networks),
            (_, odd) => Err(InvalidNetworks(odd)),
        }
    }
}

impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
    }
}

impl fmt::Display for InvalidNetworks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "neither an address nor a network like 10.0.0.0/8: {}", self.0.join(", "))
    }
}

impl std::error::Error for InvalidNetworks {}

/// Which addresses the service may connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressPolicy {
    /// Whether anything is refused at all.
    pub protection: bool,
    /// Whether private and loopback addresses are fine.
    pub allow_private: bool,
    /// Allowed, whatever else they are.
    pub allowed: Networks,
    /// Refused, even when they are allowed as well.
    pub blocked: Networks,
}

impl Default for AddressPolicy {
    /// Proxmox VE and NetBox live on private networks, so those are fine.
    fn default() -> Self {
        Self {
            protection: true,
            allow_private: true,
            allowed: Networks::default(),
            blocked: Networks::default(),
        }
    }
}

impl AddressPolicy {
    /// Whether the service may connect there.
    ///
    /// # Errors
    /// [`Refusal`], with the reason.
    pub fn check(&self, address: IpAddr) -> Result<(), Refusal> {
        let meant = meant(address);
        let reason = match kind(meant) {
            _ if !self.protection => None,
            _ if self.blocked.contain(meant) => Some(Reason::Blocked),
            _ if self.allowed.contain(meant) => None,
            Some(reason @ (Reason::Private | Reason::Loopback)) => (!self.allow_private).then_some(reason),
            other => other,
        };
        reason.map_or(Ok(()), |reason| Err(Refusal { address, reason }))
    }

    /// The same for a host as it is stored: a name passes, because only connecting shows its address.
    ///
    /// # Errors
    /// [`Refusal`], with the reason.
    pub fn check_host(&self, host: &str) -> Result<(), Refusal> {
        let bare = host.trim().split('/').next().unwrap_or_default();
        let bare = bare.trim_start_matches('[').trim_end_matches(']');
        bare.parse().map_or(Ok(()), |address| self.check(address))
    }
}

/// Why an address is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// By the operator.
    Blocked,
    /// On this link only; clouds keep their secrets there.
    LinkLocal,
    /// A cloud's secrets.
    Metadata,
    /// Not one machine.
    Multicast,
    /// Every machine.
    Broadcast,
    /// No machine.
    Unspecified,
    /// Private, while those are not allowed.
    Private,
    /// This machine, while that is not allowed.
    Loopback,
}

/// An address that the service may not connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The address.
    pub address: IpAddr,
    /// Why.
    pub reason: Reason,
}

impl Refusal {
    /// Stable code of errors that say so.
    pub const CODE: &'static str = "address-not-allowed";

    /// What it is, as the rest of a sentence that begins with the address.
    pub fn why(&self) -> &'static str {
        match self.reason {
            Reason::Blocked => "is in a blocked network",
            Reason::LinkLocal => "is a link-local address",
            Reason::Metadata => "is where a cloud keeps the secrets of its machines",
            Reason::Multicast => "is a multicast address",
            Reason::Broadcast => "is a broadcast address",
            Reason::Unspecified => "is the unspecified address",
            Reason::Private => "is a private address",
            Reason::Loopback => "is this machine itself",
        }
    }

    /// Which setting to change.
    pub fn hint(&self) -> &'static str {
        match self.reason {
            Reason::Blocked => {
                "Take its network out of explicitly_blocked_ip_ranges in the plugin's settings in NetBox, or store another address."
            }
            Reason::Private | Reason::Loopback => {
                "Turn on allow_private_ips in the plugin's settings in NetBox, or add the network to additional_allowed_ip_ranges."
            }
            _ => {
                "Store another address; if it is meant, add it to additional_allowed_ip_ranges in the plugin's settings in NetBox."
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "connecting to {} is not allowed: it {}", self.address, self.why())
    }
}

impl std::error::Error for Refusal {}

/// The address that packets would go to: IPv6 can carry an IPv4 address inside.
fn meant(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => match v6.segments() {
            // A translator to IPv4, RFC 6052.
            [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
                IpAddr::V4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)))
            }
            _ => IpAddr::V6(v6),
        },
        v4 => v4,
    }
}

/// What is special about an address.
fn kind(address: IpAddr) -> Option<Reason> {
    if METADATA.contains(&address) {
        return Some(Reason::Metadata);
    }
    let of_its_family = match address {
        IpAddr::V4(v4) => kind_v4(v4),
        IpAddr::V6(v6) => kind_v6(v6),
    };
    of_its_family.or_else(|| {
        (address.is_multicast().then_some(Reason::Multicast))
            .or_else(|| address.is_unspecified().then_some(Reason::Unspecified))
            .or_else(|| address.is_loopback().then_some(Reason::Loopback))
    })
}

fn kind_v4(address: Ipv4Addr) -> Option<Reason> {
    match address.octets() {
        [169, 254, ..] => Some(Reason::LinkLocal),
        [0, ..] => Some(Reason::Unspecified),
        [255, 255, 255, 255] => Some(Reason::Broadcast),
        // Shared address space, RFC 6598.
        [100, 64..=127, ..] => Some(Reason::Private),
        _ => address.is_private().then_some(Reason::Private),
    }
}

fn kind_v6(address: Ipv6Addr) -> Option<Reason> {
    if address.is_unicast_link_local() {
        return Some(Reason::LinkLocal);
    }
    // Site-local addresses are what unique-local ones were before.
    let site_local = address.segments().first().is_some_and(|first| first & 0xffc0 == 0xfec0);
    (address.is_unique_local() || site_local).then_some(Reason::Private)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(policy: &AddressPolicy, address: &str) -> Option<Reason> {
        policy.check(address.parse().unwrap()).err().map(|refusal| refusal.reason)
    }

    fn networks(list: &str) -> Networks {
        list.parse().unwrap()
    }

    #[test]
    fn by_default_what_no_endpoint_can_be_is_refused_and_private_networks_are_fine() {
        let policy = AddressPolicy::default();
        for (address, reason) in [
            ("169.254.169.254", Reason::LinkLocal),
            ("fe80::1", Reason::LinkLocal),
            ("100.100.100.200", Reason::Metadata),
            ("fd00:ec2::254", Reason::Metadata),
            ("224.0.0.1", Reason::Multicast),
            ("ff02::1", Reason::Multicast),
            ("255.255.255.255", Reason::Broadcast),
            ("0.0.0.0", Reason::Unspecified),
            ("0.1.2.3", Reason::Unspecified),
            ("::", Reason::Unspecified),
        ] {
            assert_eq!(refused(&policy, address), Some(reason), "{address}");
        }
        for address in ["10.0.0.1", "192.168.1.1", "127.0.0.1", "::1", "fd00::1", "192.0.2.1", "2001:db8::1"]
        {
            assert_eq!(refused(&policy, address), None, "{address}");
        }
    }

    #[test]
    fn an_ipv4_address_inside_an_ipv6_one_is_seen() {
        let policy = AddressPolicy { blocked: networks("192.0.2.0/24"), ..AddressPolicy::default() };
        assert_eq!(refused(&policy, "::ffff:169.254.169.254"), Some(Reason::LinkLocal));
        assert_eq!(refused(&policy, "64:ff9b::169.254.169.254"), Some(Reason::LinkLocal));
        assert_eq!(refused(&policy, "::ffff:192.0.2.9"), Some(Reason::Blocked));
    }

    #[test]
    fn private_addresses_are_refused_only_when_they_are_not_allowed() {
        let policy = AddressPolicy { allow_private: false, ..AddressPolicy::default() };
        for address in ["10.0.0.1", "172.16.0.1", "100.64.0.1", "fd00::1", "fec0::1"] {
            assert_eq!(refused(&policy, address), Some(Reason::Private), "{address}");
        }
        for address in ["127.0.0.1", "::1"] {
            assert_eq!(refused(&policy, address), Some(Reason::Loopback), "{address}");
        }
        assert_eq!(refused(&policy, "203.0.113.1"), None);
    }

    #[test]
    fn what_is_blocked_stays_blocked_and_what_is_allowed_may_be_anything_else() {
        let policy = AddressPolicy {
            allow_private: false,
            allowed: networks("169.254.10.0/24\n10.1.0.0/16"),
            blocked: networks("10.1.2.0/24, 203.0.113.7"),
            ..AddressPolicy::default()
        };
        assert_eq!(refused(&policy, "169.254.10.1"), None);
        assert_eq!(refused(&policy, "10.1.1.1"), None);
        assert_eq!(refused(&policy, "10.1.2.1"), Some(Reason::Blocked));
        assert_eq!(refused(&policy, "203.0.113.7"), Some(Reason::Blocked));
        let off = AddressPolicy { protection: false, ..policy };
        assert_eq!(refused(&off, "10.1.2.1"), None);
    }

    #[test]
    fn stored_hosts_are_checked_when_they_are_addresses() {
        let policy = AddressPolicy::default();
        for host in ["169.254.169.254", " 169.254.1.1/16 ", "[fe80::1]"] {
            assert!(policy.check_host(host).is_err(), "{host}");
        }
        for host in ["", "pve.example.org", "10.0.0.1/24"] {
            assert_eq!(policy.check_host(host), Ok(()), "{host}");
        }
    }

    #[test]
    fn a_bad_line_is_named_and_the_others_are_kept() {
        let (networks, odd) = Networks::parse("10.0.0.5/8\n\noffice\r\nfd00::1");
        assert_eq!(networks.to_string(), "10.0.0.0/8, fd00::1/128");
        assert_eq!(odd, ["office"]);
    }

    #[test]
    fn a_refusal_names_the_address_the_reason_and_the_setting() {
        let refusal = AddressPolicy::default().check("169.254.169.254".parse().unwrap()).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "connecting to 169.254.169.254 is not allowed: it is a link-local address"
        );
        assert!(refusal.hint().contains("additional_allowed_ip_ranges"));
    }
}
