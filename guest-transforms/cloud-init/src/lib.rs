//! The default mapping of a guest's cloud-init settings to the plugin's row.

use proxbox_transform_sdk::facts::CloudInitFacts;
use proxbox_transform_sdk::{
    CloudInitMapper, Context, Draft, Outcome, export, fit, guest, property, proxbox_tag,
};

/// The longest line, search domain and list of name servers.
const LINE: usize = 255;
/// The longest user name and address.
const WORD: usize = 64;

/// The mapper that the host has built in.
pub struct CloudInit;

impl CloudInitMapper for CloudInit {
    fn map(_cx: &Context, fact: &CloudInitFacts) -> Outcome {
        let line = fact.addresses.iter().find(|(net, _)| net == "net0").map(|(_, line)| line.as_str());
        let part =
            |names: [&str; 2]| line.and_then(|line| first(line, names)).map(|text| fit(text, WORD, ""));
        Draft::new("netbox_proxbox.proxmoxvmcloudinit")
            .reference("virtual_machine", guest(fact.vmid))
            .with("ciuser", fact.user.as_deref().map(|user| fit(user, WORD, "")))
            .text("sshkeys", fact.ssh_keys.join("\n"))
            .with("sshkeys_truncated", false)
            .with("ipconfig0", line.map(|line| fit(line, LINE, "…")))
            .with("search_domain", fact.search_domain.as_deref().map(|domain| fit(domain, LINE, "")))
            .text("dns_servers", fit(&fact.nameservers.join(","), LINE, "…"))
            .with("gateway", part(["gw", "gw6"]))
            .with("ip_cidr", part(["ip", "ip6"]))
            .tag(proxbox_tag())
            .into()
    }
}

/// The first of two parts that holds an address; `dhcp`, `auto` and `manual` are none.
fn first<'line>(line: &'line str, names: [&str; 2]) -> Option<&'line str> {
    let is_address = |text: &&str| text.contains(['.', ':']);
    names.into_iter().filter_map(|name| property(line, name)).find(is_address)
}

export!(CloudInit: CloudInitMapper);
