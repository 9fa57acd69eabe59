//! Addresses of interfaces: which of them are worth keeping, and how NetBox writes them.

use crate::Context;
use crate::facts::Address;
use std::net::IpAddr;

/// An address of an interface with its prefix length.
///
/// ```
/// # use proxbox_transform_sdk::{InterfaceAddress, facts::Address};
/// let fact = Address { ip: "2001:DB8::10".to_owned(), prefix: Some(64) };
/// let address = InterfaceAddress::of(&fact).expect("an address");
/// assert!(address.is_ipv6() && !address.is_link_local());
/// assert_eq!(address.cidr(), "2001:db8::10/64");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceAddress {
    ip: IpAddr,
    prefix: u8,
}

impl InterfaceAddress {
    /// The address of a fact; none when it is not one. A prefix length that is missing or cannot be is that of a
    /// single address.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{InterfaceAddress, facts::Address};
    /// let of = |ip: &str, prefix| InterfaceAddress::of(&Address { ip: ip.to_owned(), prefix });
    /// assert_eq!(of("192.0.2.10", None).map(|it| it.cidr()).as_deref(), Some("192.0.2.10/32"));
    /// assert_eq!(of("dhcp", None), None);
    /// ```
    pub fn of(address: &Address) -> Option<Self> {
        let ip = address.ip.trim();
        let ip: IpAddr = ip.split_once('%').map_or(ip, |(ip, _zone)| ip).parse().ok()?;
        let most = if ip.is_ipv6() { 128 } else { 32 };
        let prefix = address.prefix.filter(|prefix| (1..=most).contains(prefix)).unwrap_or(most);
        Some(Self { ip, prefix })
    }

    /// The address alone, to look whether it is in a network.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{InterfaceAddress, facts::Address};
    /// let fact = Address { ip: "10.0.0.7".to_owned(), prefix: Some(24) };
    /// let address = InterfaceAddress::of(&fact).expect("an address");
    /// assert_eq!(address.ip(), std::net::Ipv4Addr::new(10, 0, 0, 7));
    /// ```
    pub fn ip(&self) -> IpAddr {
        self.ip
    }

    /// Whether it is of IPv6.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{InterfaceAddress, facts::Address};
    /// let fact = Address { ip: "fe80::1%eth0".to_owned(), prefix: Some(64) };
    /// assert!(InterfaceAddress::of(&fact).is_some_and(|address| address.is_ipv6()));
    /// ```
    pub fn is_ipv6(&self) -> bool {
        self.ip.is_ipv6()
    }

    /// Whether it is the machine's own: `127.0.0.0/8` and `::1`.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{InterfaceAddress, facts::Address};
    /// let fact = Address { ip: "127.0.1.1".to_owned(), prefix: Some(8) };
    /// assert!(InterfaceAddress::of(&fact).is_some_and(|address| address.is_loopback()));
    /// ```
    pub fn is_loopback(&self) -> bool {
        self.ip.to_canonical().is_loopback()
    }

    /// Whether it only means something on its own link: `fe80::/10` and `169.254.0.0/16`.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{InterfaceAddress, facts::Address};
    /// let fact = Address { ip: "169.254.7.7".to_owned(), prefix: Some(16) };
    /// assert!(InterfaceAddress::of(&fact).is_some_and(|address| address.is_link_local()));
    /// ```
    pub fn is_link_local(&self) -> bool {
        match self.ip {
            IpAddr::V4(ip) => ip.is_link_local(),
            IpAddr::V6(ip) => ip.is_unicast_link_local(),
        }
    }

    /// Why it names no interface of a network; none when it does.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{InterfaceAddress, facts::Address};
    /// let why = |ip: &str| {
    ///     InterfaceAddress::of(&Address { ip: ip.to_owned(), prefix: None }).and_then(|it| it.names_nobody())
    /// };
    /// assert_eq!(why("0.0.0.0"), Some("the unspecified address"));
    /// assert_eq!(why("192.0.2.10"), None);
    /// ```
    pub fn names_nobody(&self) -> Option<&'static str> {
        let ip = self.ip.to_canonical();
        if self.is_loopback() {
            Some("a loopback address")
        } else if ip.is_multicast() {
            Some("a multicast address")
        } else if ip.is_unspecified() {
            Some("the unspecified address")
        } else if matches!(ip, IpAddr::V4(ip) if ip.is_broadcast()) {
            Some("the broadcast address")
        } else {
            None
        }
    }

    /// As NetBox writes it: `192.0.2.10/24`.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{InterfaceAddress, facts::Address};
    /// let fact = Address { ip: " 192.0.2.10 ".to_owned(), prefix: Some(24) };
    /// assert_eq!(InterfaceAddress::of(&fact).map(|it| it.cidr()).as_deref(), Some("192.0.2.10/24"));
    /// ```
    pub fn cidr(&self) -> String {
        format!("{}/{}", self.ip, self.prefix)
    }
}

impl Context {
    /// Why an address is left out of NetBox; none when it belongs there. Option `ignore-ipv6-link-local-addresses`.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{InterfaceAddress, facts::Address, testing};
    /// let fact = Address { ip: "fe80::1".to_owned(), prefix: Some(64) };
    /// let address = InterfaceAddress::of(&fact).expect("an address");
    /// let mut cx = testing::context();
    /// assert!(cx.leaves_out(&address).is_some());
    /// cx.options = r#"{"ignore-ipv6-link-local-addresses": false}"#.to_owned();
    /// assert_eq!(cx.leaves_out(&address), None);
    /// ```
    pub fn leaves_out(&self, address: &InterfaceAddress) -> Option<&'static str> {
        let ignored = || {
            address.is_ipv6()
                && address.is_link_local()
                && self.flag("ignore-ipv6-link-local-addresses", true)
        };
        address
            .names_nobody()
            .or_else(|| ignored().then_some("an IPv6 link-local address, which this run ignores"))
    }
}
