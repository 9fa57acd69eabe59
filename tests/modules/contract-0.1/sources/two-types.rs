//! Several interfaces in one module: nodes by itself, guests over the next mapper. It also logs, reads its settings, uses
//! WASI through the standard library, and returns every sort of value and outcome.

use proxbox_transform_sdk::facts::{GuestFacts, NodeFacts};
use proxbox_transform_sdk::{
    Context, Draft, NodeMapper, Outcome, Reference, Rejection, Value, VirtualMachineOverride, device_role,
    export, info,
};
use std::collections::HashMap;

#[derive(serde::Deserialize)]
struct Settings {
    #[serde(default)]
    prefix: String,
}

/// The module.
pub struct TwoTypes;

impl NodeMapper for TwoTypes {
    fn map(cx: &Context, node: &NodeFacts) -> Outcome {
        let settings: Settings = match cx.settings() {
            Ok(settings) => settings,
            Err(wrong) => return wrong.into(),
        };
        if !node.online {
            return Rejection::new("node-offline", format!("{} is offline.", node.name)).of("online").into();
        }
        if node.name.starts_with("lab") {
            return Outcome::leave_out("a node of the laboratory");
        }
        info!("mapping {} for {}", node.name, cx.target.netbox_version);
        let device = Draft::new("dcim.device")
            .text("name", format!("{}{}", settings.prefix, node.name))
            .with("tenant", Value::Null)
            .with("vc_position", node.cpus.and_then(|cpus| i64::try_from(cpus).ok()))
            .decimal("latitude", "52.50")
            .reference("role", device_role("hypervisor"))
            .with(
                "config_contexts",
                Value::References(vec![Reference::new("extras.configcontext", "name", "a")]),
            )
            .with("local_context_data", Value::Json(format!("{{\"seconds\":{}}}", seconds())))
            .custom("proxmox_online", node.online)
            .custom("proxmox_words", Value::Texts(words(&node.name)));
        Outcome::object(device).bring(Draft::named("dcim.devicerole", "Hypervisor"))
    }
}

impl VirtualMachineOverride for TwoTypes {
    fn map(_cx: &Context, guest: &GuestFacts, usual: Outcome) -> Outcome {
        usual.edit(|vm| vm.text("description", format!("{} on {}", guest.name, guest.node)))
    }
}

/// Seconds of the clock that a module sees.
fn seconds() -> u64 {
    std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_secs())
}

/// The words of a name, through a map with WASI's random numbers.
fn words(name: &str) -> Vec<String> {
    let map: HashMap<usize, &str> = name.split('-').enumerate().collect();
    let mut words: Vec<_> = map.into_iter().collect();
    words.sort_unstable();
    words.into_iter().map(|(_, word)| word.to_owned()).collect()
}

export!(TwoTypes: NodeMapper + VirtualMachineOverride, settings: r#"{"type": "object", "properties": {"prefix": {"type": "string"}}}"#);
