//! IP addresses and networks, as far as NetBox compares and normalises them.

use std::net::IpAddr;

/// An address with a prefix length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Network {
    six: bool,
    bits: u128,
    length: u32,
}

impl Network {
    /// Reads `10.0.0.1/24`; a bare address is a host.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, length) =
            text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        let address: IpAddr = address.trim().parse().ok()?;
        let (six, bits, most) = match address {
            IpAddr::V4(address) => (false, u128::from(u32::from(address)), 32),
            IpAddr::V6(address) => (true, u128::from(address), 128),
        };
        let length =
            length.map_or(Some(most), |length| length.parse().ok()).filter(|length| *length <= most)?;
        Some(Self { six, bits, length })
    }

    pub(crate) fn family(self) -> u8 {
        if self.six { 6 } else { 4 }
    }

    pub(crate) fn length(self) -> u32 {
        self.length
    }

    /// Bits of an address of this family.
    pub(crate) fn width(self) -> u32 {
        if self.six { 128 } else { 32 }
    }

    fn host_bits(self) -> u128 {
        let free = self.width() - self.length;
        if free == 128 { u128::MAX } else { (1_u128 << free) - 1 }
    }

    /// The same network with the host bits cleared.
    pub(crate) fn network(self) -> Self {
        Self { bits: self.bits & !self.host_bits(), ..self }
    }

    /// The address is the first of its network.
    pub(crate) fn is_network_id(self) -> bool {
        self.bits == self.network().bits
    }

    /// The address is the last of its network.
    pub(crate) fn is_broadcast(self) -> bool {
        self.bits == self.network().bits | self.host_bits()
    }

    /// The other network lies within this one.
    pub(crate) fn contains(self, other: Self) -> bool {
        self.six == other.six
            && self.length <= other.length
            && other.bits & !self.host_bits() == self.network().bits
    }

    /// The same address, whatever the prefix length.
    pub(crate) fn same_host(self, other: Self) -> bool {
        self.six == other.six && self.bits == other.bits
    }

    /// The address without prefix length.
    pub(crate) fn address(self) -> IpAddr {
        if self.six {
            IpAddr::V6(self.bits.into())
        } else {
            IpAddr::V4(u32::try_from(self.bits).unwrap_or_default().into())
        }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.address(), self.length)
    }
}
