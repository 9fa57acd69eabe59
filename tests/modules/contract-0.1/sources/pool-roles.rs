//! Gives a virtual machine the role of its Proxmox pool; everything else stays with the built-in mapping.

use proxbox_transform_sdk::facts::GuestFacts;
use proxbox_transform_sdk::{Context, Draft, Outcome, VirtualMachineOverride, device_role, export, slug};
use std::collections::BTreeMap;

#[derive(serde::Deserialize)]
struct Settings {
    #[serde(default)]
    roles: BTreeMap<String, String>,
}

pub struct PoolRoles;

impl VirtualMachineOverride for PoolRoles {
    fn map(cx: &Context, guest: &GuestFacts, usual: Outcome) -> Outcome {
        let Some(pool) = &guest.pool else { return usual };
        let settings = match cx.settings::<Settings>() {
            Ok(it) => it,
            Err(wrong) => return wrong.into(),
        };
        let role = settings.roles.get(pool).unwrap_or(pool);
        usual
            .edit(|vm| vm.reference("role", device_role(slug(role))))
            .bring(Draft::named("dcim.devicerole", role).text("color", "9e9e9e").with("vm_role", true))
    }
}

export!(PoolRoles: VirtualMachineOverride, settings: include_str!("settings.schema.json"));
