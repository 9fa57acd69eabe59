//! The cloud-init lines of a virtual machine's configuration.

use super::nic::numbered;
use crate::lenient::{Fields, parts};
use proxbox_model::facts::CloudInitFacts;
use std::collections::BTreeSet;

const KEYS: &[&str] =
    &["ciuser", "cipassword", "citype", "cicustom", "ciupgrade", "sshkeys", "nameserver", "searchdomain"];
const ADDRESS: &str = "ipconfig";

/// What cloud-init is told; none when the configuration has no line for it.
pub(crate) fn of(vmid: u32, config: Fields<'_>) -> Option<CloudInitFacts> {
    let addresses = numbered(config, ADDRESS);
    if addresses.is_empty() && KEYS.iter().all(|key| config.get(key).is_none()) {
        return None;
    }
    let list = |name| config.text(name).unwrap_or_default();
    Some(CloudInitFacts {
        vmid,
        user: config.text("ciuser"),
        ssh_keys: keys(&list("sshkeys")),
        // A resolver asks them in this order.
        nameservers: parts(&list("nameserver")).map(str::to_owned).collect(),
        search_domain: config.text("searchdomain"),
        addresses: addresses
            .into_iter()
            .map(|(key, line)| (key.replacen(ADDRESS, "net", 1), line.to_owned()))
            .collect(),
        has_password: config.text("cipassword").is_some(),
        // Proxmox upgrades unless told not to.
        upgrade: config.flag("ciupgrade").unwrap_or(true),
    })
}

/// One key for each line of a text that is encoded as in a URL, each once and sorted: whoever has one of them gets in.
fn keys(text: &str) -> Vec<String> {
    let text = decoded(text);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Undoes `%20`; a percent sign without two digits stays. A plus is one: base64 has them.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.first_chunk::<2>().filter(|_| *first == b'%').and_then(|[high, low]| {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
        });
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    fn read(config: &Json) -> Option<CloudInitFacts> {
        of(101, Fields::of(config))
    }

    #[test]
    fn a_configuration_without_cloud_init_lines_has_none() {
        assert_eq!(read(&json!({"name": "web", "ide2": "local-lvm:vm-101-cloudinit,media=cdrom"})), None);
        assert!(read(&json!({"ipconfig0": "ip=dhcp"})).is_some());
    }

    #[test]
    fn the_lines_are_read_and_the_password_is_only_known_to_be_there() {
        let facts = read(&json!({
            "ciuser": "ops", "cipassword": "hunter2", "ciupgrade": "0", "nameserver": "10.0.0.53 10.0.1.53",
            "searchdomain": "lan", "ipconfig10": "ip6=auto", "ipconfig2": "ip=dhcp",
        }))
        .unwrap();
        assert!(!format!("{facts:?}").contains("hunter2"));
        assert!(facts.has_password && !facts.upgrade);
        assert_eq!((facts.user.as_deref(), facts.search_domain.as_deref()), (Some("ops"), Some("lan")));
        assert_eq!(facts.nameservers, ["10.0.0.53", "10.0.1.53"]);
        assert_eq!(
            facts.addresses,
            [("net2".to_owned(), "ip=dhcp".to_owned()), ("net10".to_owned(), "ip6=auto".to_owned())]
        );
        let bare = read(&json!({"ciuser": "ops"})).unwrap();
        assert!(!bare.has_password && bare.upgrade);
    }

    #[test]
    fn keys_are_decoded_and_come_one_by_one() {
        let facts = read(&json!({
            "sshkeys": "ssh-ed25519%20AAAA%2B%2F+x%3D%3D%20J%C3%B6rg%0A%0A%23%20old%0Assh-rsa%20BBBB%20a%0Assh-rsa%20BBBB%20a%0A",
        }))
        .unwrap();
        assert_eq!(facts.ssh_keys, ["ssh-ed25519 AAAA+/+x== Jörg", "ssh-rsa BBBB a"]);
        let plain = read(&json!({"sshkeys": "ssh-rsa CCCC 100%\nssh-rsa DDDD %zz"})).unwrap();
        assert_eq!(plain.ssh_keys, ["ssh-rsa CCCC 100%", "ssh-rsa DDDD %zz"]);
    }

    #[test]
    fn the_order_of_keys_says_nothing_and_that_of_name_servers_does() {
        let of = |keys: &str, servers: &str| read(&json!({"sshkeys": keys, "nameserver": servers}));
        assert_eq!(of("ssh-rsa A%0Assh-rsa B", "10.0.0.1"), of("ssh-rsa B%0Assh-rsa A%0A", "10.0.0.1"));
        assert_ne!(of("", "10.0.0.1 10.0.0.2"), of("", "10.0.0.2 10.0.0.1"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*", odd in "[%0-9a-g]{0,12}") {
            let _ = (keys(&text), keys(&odd), read(&json!({"sshkeys": text, "nameserver": odd})));
        }
    }
}
