//! Proxmox's named formats: what a text of each looks like, and an example.

use crate::pattern::{self, anchored};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A format that has a name.
pub(crate) struct Format {
    name: &'static str,
    /// What it is, after "must be".
    pub(crate) about: &'static str,
    pub(crate) sample: &'static str,
    rule: Rule,
}

enum Rule {
    /// An expression that `regex` and JSON Schema read alike; the whole text matches it.
    Pattern(&'static str),
    /// What no expression says well.
    Test(fn(&str) -> bool),
}

use Rule::{Pattern, Test};

const NODE: &str = "[a-zA-Z0-9]([a-zA-Z0-9\\-]*[a-zA-Z0-9])?";
const CONFIG_ID: &str = "[a-zA-Z][a-zA-Z0-9_\\-]+";
const ACCESS_ID: &str = "[A-Za-z0-9.\\-_]+";
const REALM: &str = "[A-Za-z][A-Za-z0-9.\\-_]+";
const SDN_ID: &str = "[a-zA-Z][a-zA-Z0-9]*[a-zA-Z0-9]";
const SDN_NAME: &str = "[a-zA-Z][a-zA-Z0-9_\\-]*[a-zA-Z0-9]";

const fn row(name: &'static str, about: &'static str, sample: &'static str, rule: Rule) -> Format {
    Format { name, about, sample, rule }
}

/// The formats that read operations use in parameters and answers. One that is not here is not checked.
static FORMATS: &[Format] = &[
    row("CIDR", "a network such as 10.0.0.0/24", "192.0.2.0/24", Test(is_cidr)),
    row("CIDRv4", "an IPv4 network such as 10.0.0.0/24", "192.0.2.0/24", Test(is_cidr_v4)),
    row("CIDRv6", "an IPv6 network such as 2001:db8::/64", "2001:db8::/64", Test(is_cidr_v6)),
    row("FullRangeCIDR", "a network such as 0.0.0.0/0", "192.0.2.0/24", Test(is_any_cidr)),
    row("IPorCIDR", "an IP address or a network", "192.0.2.0/24", Test(is_ip_or_cidr)),
    row(
        "IPorCIDRorAlias",
        "an IP address, a network or the name of an alias",
        "192.0.2.0/24",
        Test(is_ip_or_cidr_or_alias),
    ),
    row("address", "an IP address or a host name", "192.0.2.10", Test(is_address)),
    row(
        "dns-name",
        "a host name",
        "pve1.example.org",
        Pattern("([a-zA-Z0-9]([a-zA-Z0-9\\-]*[a-zA-Z0-9])?\\.)*[a-zA-Z0-9]([a-zA-Z0-9\\-]*[a-zA-Z0-9])?"),
    ),
    row("email", "a mail address", "admin@example.org", Pattern("[\\w+\\-~.]+@[a-zA-Z0-9\\-.]+")),
    row("email-or-username", "a mail address or a user", "root@pam", Pattern("\\S+@\\S+")),
    row("ip", "an IP address", "192.0.2.10", Test(|text| text.parse::<IpAddr>().is_ok())),
    row("ipv4", "an IPv4 address", "192.0.2.10", Test(|text| text.parse::<Ipv4Addr>().is_ok())),
    row("ipv6", "an IPv6 address", "2001:db8::10", Test(|text| text.parse::<Ipv6Addr>().is_ok())),
    row("ipv4mask", "an IPv4 mask", "255.255.255.0", Test(is_mask)),
    row(
        "mac-addr",
        "a unicast MAC address such as bc:24:11:00:00:01",
        "bc:24:11:00:00:01",
        Pattern("[a-fA-F0-9][02468aceACE](:[a-fA-F0-9]{2}){5}"),
    ),
    row(
        "pve-configid",
        "a name of letters, digits, `-` and `_` that begins with a letter",
        "example",
        Pattern(CONFIG_ID),
    ),
    row("pve-groupid", "the name of a group", "operators", Pattern(ACCESS_ID)),
    row(
        "pve-ha-resource-or-vm-id",
        "a guest's number or a resource such as vm:100",
        "vm:100",
        Pattern("([a-zA-Z0-9]+:\\S+|[1-9][0-9]{2,8})"),
    ),
    row(
        "pve-iface",
        "the name of a network interface",
        "vmbr0",
        Pattern("[a-zA-Z][a-zA-Z0-9_]{1,20}([:.][0-9]+)?"),
    ),
    row("pve-node", "the name of a node", "pve1", Pattern(NODE)),
    row(
        "pve-poolid",
        "the name of a pool, in up to three levels",
        "production",
        Pattern("[A-Za-z0-9.\\-_]+(/[A-Za-z0-9.\\-_]+){0,2}"),
    ),
    row("pve-priv", "the name of a privilege", "VM.Audit", Pattern("[A-Za-z][A-Za-z.]*")),
    row("pve-realm", "the name of a realm", "pam", Pattern(REALM)),
    row(
        "pve-replication-job-id",
        "a guest's number and a job's, such as 100-0",
        "100-0",
        Pattern("[1-9][0-9]{2,8}-[0-9]{1,9}"),
    ),
    row("pve-roleid", "the name of a role", "PVEAuditor", Pattern(ACCESS_ID)),
    row("pve-sdn-controller-id", "the name of a controller", "controller1", Pattern(SDN_NAME)),
    row("pve-sdn-dns-id", "the name of a DNS server", "dns1", Pattern(SDN_NAME)),
    row(
        "pve-sdn-fabric-id",
        "up to 8 letters and digits",
        "fabric1",
        Pattern("[a-zA-Z0-9][a-zA-Z0-9\\-]{0,6}[a-zA-Z0-9]?"),
    ),
    row("pve-sdn-ipam-id", "the name of an IPAM", "pve", Pattern(SDN_NAME)),
    row(
        "pve-sdn-isis-net",
        "a NET such as 49.0001.1921.6800.1002.00",
        "49.0001.1921.6800.1002.00",
        Pattern("[a-fA-F0-9]{2}(\\.[a-fA-F0-9]{4}){3,9}\\.[a-fA-F0-9]{2}"),
    ),
    row("pve-sdn-prefix-list-id", "the name of a prefix list", "prefixes1", Pattern(SDN_NAME)),
    row("pve-sdn-route-map-id", "the name of a route map", "routes1", Pattern(SDN_NAME)),
    row("pve-sdn-vnet-id", "a VNet's name, of letters and digits", "vnet1", Pattern(SDN_ID)),
    row("pve-sdn-zone-id", "a zone's name, of letters and digits", "zone1", Pattern(SDN_ID)),
    row(
        "pve-storage-content",
        "images, rootdir, vztmpl, iso, backup, snippets, import or none",
        "images",
        Pattern("(images|rootdir|vztmpl|iso|backup|snippets|import|none)"),
    ),
    row(
        "pve-storage-id",
        "the name of a storage",
        "local-zfs",
        Pattern("[a-zA-Z][a-zA-Z0-9\\-_.]*[a-zA-Z0-9]"),
    ),
    row(
        "pve-storage-portal-dns",
        "a host name or an address, with or without a port",
        "192.0.2.10:3260",
        Test(is_portal),
    ),
    row("pve-storage-server", "a host name or an address", "192.0.2.10", Test(is_address)),
    row(
        "pve-tag",
        "a tag of letters, digits, `_`, `-`, `+` and `.`",
        "web",
        Pattern("[a-zA-Z0-9_][a-zA-Z0-9_\\-+.]*"),
    ),
    row("pve-task-status-type", "ok, error, warning or unknown", "ok", Pattern("(ok|error|warning|unknown)")),
    row("pve-userid", "a user with realm, such as root@pam", "root@pam", Test(is_user)),
    row("pve-vmid", "a guest's number, from 100 to 999999999", "100", Pattern("[1-9][0-9]{2,8}")),
    row(
        "pve-volume-id",
        "a volume such as local:iso/disk.iso",
        "local-zfs:vm-100-disk-0",
        Pattern("[a-zA-Z][a-zA-Z0-9\\-_.]*[a-zA-Z0-9]:\\S+"),
    ),
    row("urlencoded", "percent-encoded text", "example%20text", Pattern("[\\-%a-zA-Z0-9_.!~*'()]*")),
];

/// Examples for what is not checked.
static SAMPLES: &[(&str, &str)] = &[
    ("backup-fleecing", "enabled=1,storage=local-zfs"),
    ("backup-performance", "max-workers=16"),
    ("lxc-ip-with-ll-iface", "192.0.2.10"),
    ("prune-backups", "keep-last=3,keep-weekly=4"),
    ("pve-calendar-event", "*-*-* 02:30"),
    ("pve-cpuset", "0-3"),
    ("pve-ct-timezone", "host"),
    ("pve-hotplug-features", "network,disk,usb"),
    ("pve-qm-boot", "order=scsi0;net0"),
    ("pve-qm-bootdisk", "scsi0"),
    ("pve-qm-hostpci", "0000:01:00.0,pcie=1"),
    ("pve-qm-ide", "none,media=cdrom"),
    ("pve-qm-ipconfig", "ip=192.0.2.10/24,gw=192.0.2.1"),
    ("pve-qm-watchdog", "model=i6300esb,action=reset"),
    ("pve-sdn-bgp-rt", "65000:100"),
    ("pve-startup-order", "order=1,up=30"),
    ("pve-vlan-id-or-range", "2-4094"),
    ("pve-vm-cpu-conf", "x86-64-v2-AES"),
];

/// A format as a schema names it: one value, a list of them, or one that may be empty.
pub(crate) struct Named {
    pub(crate) format: &'static Format,
    pub(crate) list: bool,
    optional: bool,
}

impl Named {
    /// The format of that name, where it is known.
    pub(crate) fn find(name: &str) -> Option<Self> {
        let known = |name: &str| FORMATS.iter().find(|format| format.name == name);
        if let Some(format) = known(name) {
            return Some(Self { format, list: false, optional: false });
        }
        let (base, list) = base(name)?;
        Some(Self { format: known(base)?, list, optional: !list })
    }

    /// Whether a text is of the format.
    pub(crate) fn takes(&self, text: &str) -> bool {
        if self.optional && text.is_empty() {
            return true;
        }
        if !self.list {
            return self.format.takes(text);
        }
        let mut items = text.split([',', ';', '\0', ' ', '\t', '\n']).filter(|item| !item.is_empty());
        items.all(|item| self.format.takes(item))
    }

    /// In words, after "must be".
    pub(crate) fn about(&self) -> String {
        let about = self.format.about;
        if self.list {
            format!("a list, each {about}")
        } else if self.optional {
            format!("{about}, or empty")
        } else {
            about.to_owned()
        }
    }

    /// The expression that says the same, where there is one.
    pub(crate) fn pattern(&self) -> Option<String> {
        match &self.format.rule {
            Pattern(pattern) if !self.list && !self.optional => Some(anchored(pattern)),
            _ => None,
        }
    }
}

/// An example of a format, whether it is checked or not.
pub(crate) fn sample(name: &str) -> Option<&'static str> {
    let known = |name: &str| SAMPLES.iter().find(|(known, _)| *known == name).map(|(_, sample)| *sample);
    Named::find(name)
        .map(|named| named.format.sample)
        .or_else(|| known(name))
        .or_else(|| known(base(name)?.0))
}

/// The format that a list is of, or that may be empty.
fn base(name: &str) -> Option<(&str, bool)> {
    let list = name.strip_suffix("-list").map(|base| (base, true));
    list.or_else(|| name.strip_suffix("-opt").map(|base| (base, false)))
}

impl Format {
    fn takes(&self, text: &str) -> bool {
        match &self.rule {
            Test(test) => test(text),
            // A row that does not compile checks nothing; a test compiles them all.
            Pattern(pattern) => pattern::regex(&anchored(pattern)).is_none_or(|regex| regex.is_match(text)),
        }
    }
}

/// The prefix length, when the text is a network.
fn prefix<A: std::str::FromStr>(text: &str) -> Option<u8> {
    let (address, length) = text.split_once('/')?;
    address.parse::<A>().ok()?;
    length.bytes().all(|byte| byte.is_ascii_digit()).then(|| length.parse().ok())?
}

fn is_cidr_v4(text: &str) -> bool {
    prefix::<Ipv4Addr>(text).is_some_and(|length| (8..=32).contains(&length))
}

fn is_cidr_v6(text: &str) -> bool {
    prefix::<Ipv6Addr>(text).is_some_and(|length| (8..=128).contains(&length))
}

fn is_cidr(text: &str) -> bool {
    is_cidr_v4(text) || is_cidr_v6(text)
}

fn is_any_cidr(text: &str) -> bool {
    prefix::<Ipv4Addr>(text).is_some_and(|length| length <= 32)
        || prefix::<Ipv6Addr>(text).is_some_and(|length| length <= 128)
}

fn is_ip_or_cidr(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok() || is_cidr(text)
}

/// An alias may be told to be of the guest or of the datacenter.
fn is_ip_or_cidr_or_alias(text: &str) -> bool {
    let alias = text.strip_prefix("dc/").or_else(|| text.strip_prefix("guest/")).unwrap_or(text);
    let mut letters = alias.bytes();
    let named = letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && alias.len() > 1
        && letters.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    named || is_ip_or_cidr(text)
}

fn is_host(text: &str) -> bool {
    Named::find("dns-name").is_some_and(|format| format.takes(text))
}

fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok() || is_host(text)
}

fn is_portal(text: &str) -> bool {
    if is_address(text) {
        return true;
    }
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    is_address(host) && port.parse::<u16>().is_ok()
}

fn is_mask(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok_and(|mask| {
        let bits = u32::from(mask);
        bits.leading_ones() + bits.trailing_zeros() >= u32::BITS
    })
}

fn is_user(text: &str) -> bool {
    let Some((user, realm)) = text.rsplit_once('@') else { return false };
    let realm_fits = Named::find("pve-realm").is_some_and(|format| format.takes(realm));
    text.len() <= 64
        && !user.is_empty()
        && !user.contains([':', '/'])
        && !user.contains(char::is_whitespace)
        && realm_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_compiles_and_takes_its_own_sample() {
        for format in FORMATS {
            if let Pattern(pattern) = &format.rule {
                assert!(pattern::regex(&anchored(pattern)).is_some(), "{}", format.name);
            }
            assert!(format.takes(format.sample), "{}", format.name);
        }
    }

    #[track_caller]
    fn check(format: &str, good: &[&str], bad: &[&str]) {
        let named = Named::find(format).unwrap();
        for text in good {
            assert!(named.takes(text), "{format} takes {text:?}");
        }
        for text in bad {
            assert!(!named.takes(text), "{format} refuses {text:?}");
        }
    }

    #[test]
    fn names_and_numbers() {
        check("pve-node", &["pve1", "a", "pve-1"], &["", "-pve", "pve_1", "pve1.example"]);
        check("pve-vmid", &["100", "999999999"], &["99", "0100", "1000000000", "vm"]);
        check("pve-storage-id", &["local", "local-zfs", "a.b_c"], &["1local", "local-", "l"]);
        check("pve-userid", &["root@pam", "a.b@c@ldap"], &["root", "@pam", "ro ot@pam", "root@1"]);
        check("mac-addr", &["bc:24:11:00:00:01"], &["bd:24:11:00:00:01", "bc-24-11-00-00-01"]);
    }

    #[test]
    fn addresses_and_networks() {
        check("ip", &["192.0.2.1", "2001:db8::1"], &["192.0.2", "pve1"]);
        check(
            "CIDR",
            &["10.0.0.0/8", "2001:db8::/64"],
            &["10.0.0.0/7", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/+8"],
        );
        check("FullRangeCIDR", &["0.0.0.0/0", "::/0"], &["0.0.0.0/33"]);
        check("IPorCIDRorAlias", &["10.0.0.1", "dc/web", "web"], &["w", "dc/", "1web"]);
        check("ipv4mask", &["255.255.255.0", "0.0.0.0"], &["255.0.255.0"]);
        check("pve-storage-portal-dns", &["nas:3260", "[2001:db8::1]:3260"], &["nas:port", "a b"]);
    }

    #[test]
    fn lists_and_optional_values() {
        check("pve-vmid-list", &["100,101", "100; 101", ""], &["100,1"]);
        check("email-opt", &["", "a@example.org"], &["a"]);
        assert!(Named::find("pve-of-tomorrow").is_none());
    }
}
