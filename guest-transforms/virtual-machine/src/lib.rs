//! The default mapping of a virtual machine or container to a NetBox virtual machine.

mod details;
mod guest_type;
mod os;
mod role;
mod status;
mod tags;

use guest_type::GuestType;
use proxbox_transform_sdk::facts::{GuestFacts, GuestKind};
use proxbox_transform_sdk::{
    Context, Draft, Outcome, Value, VirtualMachineMapper, device_role, export, fit, node, platform,
    proxbox_tag, site, slug, tenant, this_cluster,
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
        let mut vm = Draft::new("virtualization.virtualmachine")
            .text("name", name(fact))
            .text("start_on_boot", if fact.start_at_boot { "on" } else { "off" })
            .reference("cluster", this_cluster(cx))
            .reference("device", node(&fact.node))
            .stated("vcpus", vcpus(fact.cpus))
            .with("memory", mebibytes(fact.memory))
            .with("disk", mebibytes(fact.disk))
            .text("description", description(fact))
            .tag(proxbox_tag());
        if let Some(status) = status::of(&fact.status) {
            vm = vm.text("status", status);
        }
        let vm = tags::add(details::add(placed(vm, cx), cx, fact), &fact.tags);
        on_platform(of_its_sort(Outcome::object(vm), cx, fact), fact)
    }
}

/// Where the operator's choices put the guest.
fn placed(mut vm: Draft, cx: &Context) -> Draft {
    if let Some(slug) = cx.option("site") {
        vm = vm.reference("site", site(slug));
    }
    match cx.option("tenant") {
        Some(slug) => vm.reference("tenant", tenant(slug)),
        None => vm,
    }
}

/// Gives the guest its type, and the operator's role. Where NetBox has no types, a role says the sort of a guest, unless
/// the operator gives another one.
fn of_its_sort(vm: Outcome, cx: &Context, fact: &GuestFacts) -> Outcome {
    let role = role::of(cx, fact);
    let guest_type = GuestType::of(cx, fact.kind);
    let is_replaced = role.is_some() && guest_type.field() == "role";
    let vm = vm.edit(|vm| vm.reference(guest_type.field(), guest_type.reference()));
    let vm = match role {
        Some(slug) => vm.edit(|vm| vm.reference("role", device_role(slug))),
        None => vm,
    };
    if is_replaced { vm } else { vm.bring(guest_type.draft()) }
}

fn on_platform(vm: Outcome, fact: &GuestFacts) -> Outcome {
    match fact.os.as_deref().and_then(os::platform_name) {
        Some(name) => vm
            .edit(|vm| vm.reference("platform", platform(slug(name))))
            .bring(Draft::named("dcim.platform", name).tag(proxbox_tag())),
        None => vm,
    }
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

/// None for a container without a limit: Proxmox does not say how many it may use.
fn vcpus(cpus: u32) -> Option<Value> {
    (cpus > 0).then(|| Value::Decimal(cpus.to_string()))
}

fn mebibytes(bytes: u64) -> i64 {
    (bytes >> 20).min(MOST_MIB).cast_signed()
}

export!(VirtualMachine: VirtualMachineMapper);
