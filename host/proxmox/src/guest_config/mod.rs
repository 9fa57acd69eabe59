//! What a guest's configuration says. Pure: JSON in, facts out, whatever the JSON holds.

mod cloud_init;
mod disk;
mod nic;
mod size;
#[cfg(test)]
mod tests;

pub(crate) use disk::first_storage;
pub(crate) use nic::{mac, vlan};

use crate::lenient::{Fields, flag_text, in_order, set};
use crate::properties::Properties;
use proxbox_model::facts::{Address, CloudInitFacts, GuestKind, VirtualDiskFacts, VmInterfaceFacts};
use serde_json::{Map, Value as Json};

const MIB: u64 = 1 << 20;
/// Memory of a guest whose configuration does not say, in MiB.
const DEFAULT_MEMORY: u64 = 512;
/// Keys that hold credentials, or variables in which they are usual. They never leave the host.
const WITHHELD: &[&str] = &["cipassword", "env"];

/// What the configuration of a guest says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GuestConfig {
    pub(crate) name: Option<String>,
    pub(crate) template: Option<bool>,
    pub(crate) tags: Vec<String>,
    /// Zero when the configuration sets no bound.
    pub(crate) cpus: u32,
    /// Bytes.
    pub(crate) memory: u64,
    /// Bytes.
    pub(crate) disk: u64,
    pub(crate) os: Option<String>,
    /// SMBIOS UUID, in lower case.
    pub(crate) uuid: Option<String>,
    pub(crate) start_at_boot: bool,
    pub(crate) agent: bool,
    pub(crate) unprivileged: bool,
    pub(crate) search_domain: Option<String>,
    pub(crate) notes: String,
    pub(crate) disks: Vec<VirtualDiskFacts>,
    pub(crate) interfaces: Vec<VmInterfaceFacts>,
    /// Addresses that it sets, with the key of their interface.
    pub(crate) addresses: Vec<(String, Address)>,
    pub(crate) cloud_init: Option<CloudInitFacts>,
    /// The whole configuration as JSON text, without what is withheld.
    pub(crate) json: String,
}

/// A guest's configuration for people: its lines as they are, and those of disks and networks taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct GuestSheet {
    /// All of it, without what is secret.
    pub config: Map<String, Json>,
    /// By bus and number.
    pub disks: Vec<VirtualDiskFacts>,
    /// By number.
    pub interfaces: Vec<VmInterfaceFacts>,
}

impl GuestSheet {
    /// Of what `/nodes/{node}/{qemu|lxc}/{vmid}/config` says.
    pub fn of(vmid: u32, kind: GuestKind, config: &Map<String, Json>) -> Self {
        let fields = Fields::from(config);
        Self {
            disks: disk::all(vmid, kind, fields),
            interfaces: nic::all(vmid, kind, fields),
            config: without_secrets(config),
        }
    }
}

impl GuestConfig {
    pub(crate) fn parse(vmid: u32, kind: GuestKind, config: &Map<String, Json>) -> Self {
        let fields = Fields::from(config);
        let qemu = kind == GuestKind::Qemu;
        let disks = disk::all(vmid, kind, fields);
        Self {
            name: fields.text(if qemu { "name" } else { "hostname" }),
            template: fields.flag("template"),
            tags: set(&fields.verbatim("tags")),
            cpus: if qemu { machine_cpus(fields) } else { container_cpus(fields) },
            memory: memory(fields).saturating_mul(MIB),
            disk: disk::total(&disks),
            os: fields.text("ostype"),
            uuid: if qemu { smbios_uuid(fields) } else { None },
            start_at_boot: fields.flag("onboot").unwrap_or(false),
            agent: qemu && agent(fields),
            unprivileged: !qemu && fields.flag("unprivileged").unwrap_or(false),
            search_domain: fields.text("searchdomain"),
            notes: fields.get("description").and_then(Json::as_str).unwrap_or_default().to_owned(),
            disks,
            interfaces: nic::all(vmid, kind, fields),
            addresses: nic::addresses(kind, fields),
            cloud_init: if qemu { cloud_init::of(vmid, fields) } else { None },
            json: in_order(&without_secrets(config)).to_string(),
        }
    }
}

fn smbios_uuid(config: Fields<'_>) -> Option<String> {
    let line = config.text("smbios1")?;
    let uuid = Properties::of(&line).get("uuid")?.to_ascii_lowercase();
    let is_uuid = uuid.len() == 36 && uuid.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    (is_uuid && uuid.bytes().any(|byte| !matches!(byte, b'0' | b'-'))).then_some(uuid)
}

/// The number of a key such as `net5`, when it is this stem and a number.
fn number_of(key: &str, stem: &str) -> Option<u32> {
    let number = key.strip_prefix(stem)?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| number.parse().ok())?
}

/// Hot-plugged processors where set, else sockets times cores.
fn machine_cpus(config: Fields<'_>) -> u32 {
    let count = |name| config.unsigned(name).filter(|count| *count > 0);
    let all = count("sockets").unwrap_or(1).saturating_mul(count("cores").unwrap_or(1));
    saturate(count("vcpus").unwrap_or(all))
}

fn container_cpus(config: Fields<'_>) -> u32 {
    match config.unsigned("cores").filter(|cores| *cores > 0) {
        Some(cores) => saturate(cores),
        None => config.number("cpulimit").map_or(0, whole_cpus),
    }
}

/// Processors of a number that may have a fraction: half a processor needs one.
pub(crate) fn whole_cpus(count: f64) -> u32 {
    saturate(crate::lenient::unsigned(&Json::from(count.ceil())).unwrap_or(0))
}

fn saturate(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// MiB, as a number or as `current=2048`.
fn memory(config: Fields<'_>) -> u64 {
    let Some(value) = config.get("memory") else { return DEFAULT_MEMORY };
    let text = value.as_str().and_then(|text| Properties::of(text).main(&["current"]));
    match text {
        Some(text) => crate::lenient::unsigned(&Json::from(text)),
        None => crate::lenient::unsigned(value),
    }
    .unwrap_or(DEFAULT_MEMORY)
}

/// `1`, `enabled=1`, `1,fstrim_cloned_disks=1` … and the plain booleans of other versions.
fn agent(config: Fields<'_>) -> bool {
    match config.get("agent") {
        Some(Json::String(text)) => {
            Properties::of(text).main(&["enabled"]).and_then(flag_text).unwrap_or(false)
        }
        Some(other) => crate::lenient::flag(other).unwrap_or(false),
        None => false,
    }
}

fn without_secrets(config: &Map<String, Json>) -> Map<String, Json> {
    let mut config = config.clone();
    config.retain(|key, _| !WITHHELD.contains(&key.as_str()));
    // Raw lines of a container: [["lxc.environment", "KEY=value"], …].
    if let Some(Json::Array(lines)) = config.get_mut("lxc") {
        lines.retain(|line| {
            let key = line.get(0).and_then(Json::as_str).unwrap_or_default();
            !key.starts_with("lxc.environment")
        });
    }
    config
}
