//! Documents a service for each tag of a guest that says it offers one: `svc-https` is TCP port 443.

use proxbox_transform_sdk::facts::GuestFacts;
use proxbox_transform_sdk::{Context, Draft, Outcome, VirtualMachineOverride, export, guest, warn};
use std::collections::BTreeMap;

/// Services that need no settings: name, protocol and port.
const WELL_KNOWN: &[(&str, &str, u16)] = &[
    ("dns", "udp", 53),
    ("http", "tcp", 80),
    ("https", "tcp", 443),
    ("imaps", "tcp", 993),
    ("ldaps", "tcp", 636),
    ("mysql", "tcp", 3306),
    ("ntp", "udp", 123),
    ("postgresql", "tcp", 5432),
    ("rdp", "tcp", 3389),
    ("smtp", "tcp", 25),
    ("ssh", "tcp", 22),
];

#[derive(serde::Deserialize)]
struct Settings {
    prefix: Option<String>,
    #[serde(default)]
    services: BTreeMap<String, Service>,
}

#[derive(Clone, serde::Deserialize)]
struct Service {
    protocol: Option<String>,
    ports: Vec<u16>,
}

impl Settings {
    fn service(&self, name: &str) -> Option<Service> {
        let well_known = || {
            let (_, protocol, port) = WELL_KNOWN.iter().find(|(known, ..)| *known == name)?;
            Some(Service { protocol: Some((*protocol).to_owned()), ports: vec![*port] })
        };
        self.services.get(name).cloned().or_else(well_known)
    }
}

/// The module.
pub struct TagServices;

impl VirtualMachineOverride for TagServices {
    fn map(cx: &Context, fact: &GuestFacts, usual: Outcome) -> Outcome {
        let settings = match cx.settings::<Settings>() {
            Ok(settings) => settings,
            Err(wrong) => return wrong.into(),
        };
        let prefix = settings.prefix.as_deref().unwrap_or("svc-");
        fact.tagged(prefix).fold(usual, |vm, name| match settings.service(name) {
            Some(service) => vm.bring(draft(fact.vmid, name, service)),
            None => {
                warn!("guest {}: nobody says which ports the service `{name}` has", fact.vmid);
                vm
            }
        })
    }
}

fn draft(vmid: u32, name: &str, service: Service) -> Draft {
    Draft::new("ipam.service")
        .reference("parent_object_id", guest(vmid))
        .text("name", name)
        .text("protocol", service.protocol.as_deref().unwrap_or("tcp"))
        .with("ports", service.ports)
}

export!(TagServices: VirtualMachineOverride, settings: include_str!("settings.schema.json"));
