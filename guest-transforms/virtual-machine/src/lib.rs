//! The default mapping of a virtual machine or container to a NetBox virtual machine.

mod guest_type;
mod os;
mod status;

use guest_type::GuestType;
use proxbox_transform_sdk::facts::{GuestFacts, GuestKind};
use proxbox_transform_sdk::{
    Context, Draft, Outcome, Value, VirtualMachineMapper, export, fit, node, platform, proxbox_tag, slug,
    this_cluster,
};

/// The longest name of a virtual machine.
const NAME: usize = 64;
/// The longest description.
const DESCRIPTION: usize = 200;
/// NetBox's largest number of mebibytes.
const MOST_MIB: u64 = 2_147_483_647;

/// The mapper that the host has built in.
pub struct VirtualMachine;

impl VirtualMachineMapper for VirtualMachine {
    fn map(cx: &Context, fact: &GuestFacts) -> Outcome {
        let guest_type = GuestType::of(cx, fact.kind);
        let mut vm = Draft::new("virtualization.virtualmachine")
            .text("name", name(fact))
            .reference("cluster", this_cluster(cx))
            .reference("device", node(&fact.node))
            .reference(guest_type.field(), guest_type.reference())
            .with("vcpus", vcpus(fact.cpus))
            .with("memory", mebibytes(fact.memory))
            .with("disk", mebibytes(fact.disk))
            .text("description", description(fact))
            .tag(proxbox_tag());
        if let Some(status) = status::of(&fact.status) {
            vm = vm.text("status", status);
        }
        let system = fact.os.as_deref().and_then(os::platform_name);
        if let Some(system) = system {
            vm = vm.reference("platform", platform(slug(system)));
        }
        let outcome = Outcome::object(identified(vm, cx, fact)).bring(guest_type.draft());
        match system {
            Some(system) => outcome.bring(Draft::named("dcim.platform", system).tag(proxbox_tag())),
            None => outcome,
        }
    }
}

fn identified(vm: Draft, cx: &Context, fact: &GuestFacts) -> Draft {
    if !cx.keeps_identity_in_custom_fields() {
        return vm;
    }
    let kind = word(fact.kind);
    let vm = vm
        .custom("proxmox_vm_id", fact.vmid)
        .custom("proxmox_vm_type", kind)
        .custom("proxmox_cluster", cx.source.cluster.as_str())
        .custom("proxmox_node", fact.node.as_str());
    if cx.source.url.is_empty() {
        return vm;
    }
    vm.custom("proxmox_link", [&cx.source.url, "/#v1:0:=", kind, "/", &fact.vmid.to_string()].concat())
}

/// Proxmox's own word, as in its API paths.
fn word(kind: GuestKind) -> &'static str {
    match kind {
        GuestKind::Qemu => "qemu",
        GuestKind::Lxc => "lxc",
    }
}

fn name(fact: &GuestFacts) -> String {
    if fact.name.len() <= NAME {
        return fact.name.clone();
    }
    fit(&fact.name, NAME, &["~", &fact.vmid.to_string()].concat())
}

fn description(fact: &GuestFacts) -> String {
    fit(&["Synced from Proxmox node ", &fact.node].concat(), DESCRIPTION, "")
}

/// NetBox takes no zero here.
fn vcpus(cpus: u32) -> Value {
    if cpus == 0 { Value::Null } else { Value::Decimal(cpus.to_string()) }
}

fn mebibytes(bytes: u64) -> i64 {
    (bytes >> 20).min(MOST_MIB).cast_signed()
}

export!(VirtualMachine: VirtualMachineMapper);
