//! What either plugin wants to know of a guest besides what NetBox has a field for.

use crate::{status, word};
use proxbox_transform_sdk::facts::{GuestFacts, GuestKind};
use proxbox_transform_sdk::{Context, Draft, Raw, Value, fit};

/// The longest text of most of them.
const TEXT: usize = 255;
/// The longest status.
const STATUS: usize = 64;

/// Adds the custom fields that this NetBox has.
pub(crate) fn add(vm: Draft, cx: &Context, fact: &GuestFacts) -> Draft {
    let vm = if cx.keeps_identity_in_custom_fields() { identity(vm, cx, fact) } else { vm };
    if !cx.keeps_details() {
        return vm;
    }
    let vm = state(vm, fact);
    let vm = match cx.link(&[word(fact.kind), "/", &fact.vmid.to_string()].concat()) {
        Some(link) => vm.custom("proxmox_link", link),
        None => vm,
    };
    // Only the rows of the current plugin have a place for it.
    if cx.has("sync-state") { vm.custom("proxmox_vm_name", fit(&fact.name, TEXT, "…")) } else { vm }
}

fn identity(vm: Draft, cx: &Context, fact: &GuestFacts) -> Draft {
    vm.custom("proxmox_vm_id", fact.vmid)
        .custom("proxmox_vm_type", word(fact.kind))
        .custom("proxmox_cluster", cx.source.cluster.as_str())
        .custom("proxmox_node", fact.node.as_str())
}

/// Nothing that changes while nobody changes the guest, or every run would write every guest.
fn state(vm: Draft, fact: &GuestFacts) -> Draft {
    let known = !status::is_unknown(&fact.status);
    let vm = if known { vm.custom("proxmox_status", text(&fact.status, STATUS)) } else { vm };
    vm.custom("proxmox_start_at_boot", fact.start_at_boot)
        .custom("proxmox_unprivileged_container", unprivileged(fact))
        .custom("proxmox_qemu_agent", fact.agent)
        .custom("proxmox_search_domain", text(fact.search_domain.as_deref().unwrap_or_default(), TEXT))
        .custom("proxmox_os", text(fact.os.as_deref().unwrap_or_default(), TEXT))
        .custom("proxmox_cpu_type", text(&cpu_type(&fact.config), TEXT))
        .custom("proxmox_tags", text(&tags(fact), usize::MAX))
        .custom("proxmox_notes", text(&fact.notes, usize::MAX))
}

/// A text that says nothing clears the field.
fn text(text: &str, limit: usize) -> Value {
    let text = text.trim();
    if text.is_empty() { Value::Null } else { Value::Text(fit(text, limit, "…")) }
}

fn unprivileged(fact: &GuestFacts) -> Option<bool> {
    (fact.kind == GuestKind::Lxc).then_some(fact.unprivileged)
}

fn tags(fact: &GuestFacts) -> String {
    let mut tags: Vec<&str> = fact.tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty()).collect();
    tags.sort_unstable();
    tags.dedup();
    tags.join(",")
}

/// `cpu: host,flags=+aes` or `cpu: cputype=host`.
fn cpu_type(config: &str) -> String {
    let line = Raw::of(config).text("cpu").unwrap_or_default();
    let parts = || line.split(',').map(str::trim);
    let named = parts().find_map(|part| part.strip_prefix("cputype="));
    named.or_else(|| parts().next().filter(|first| !first.contains('='))).unwrap_or_default().to_owned()
}
