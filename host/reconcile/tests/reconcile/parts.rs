//! Facts about what guests, nodes and sources have, and a NetBox with the plugin to put it in.

use crate::build::*;
use crate::netbox::Netbox;
use proxbox_model::draft::{Draft, Value};
use proxbox_model::facts::AddressOwner;
use proxbox_model::options::Kept;
use proxbox_model::report::{ObjectResult, Stage};
use proxbox_model::{Identity, SourceObject};
use proxbox_reconcile::{EndpointRow, Fact, FactOutcome, Part, Records, Sources, World, Writing};
use serde_json::json;

pub(crate) const DISK: &str = "virtualization.virtualdisk";
pub(crate) const INTERFACE: &str = "virtualization.vminterface";
pub(crate) const MAC: &str = "dcim.macaddress";
pub(crate) const IP: &str = "ipam.ipaddress";
pub(crate) const VLAN: &str = "ipam.vlan";
pub(crate) const SNAPSHOT: &str = "netbox_proxbox.vmsnapshot";
pub(crate) const BACKUP: &str = "netbox_proxbox.vmbackup";
pub(crate) const STORAGE: &str = "netbox_proxbox.proxmoxstorage";
pub(crate) const ROUTINE: &str = "netbox_proxbox.backuproutine";
pub(crate) const REPLICATION: &str = "netbox_proxbox.replication";
pub(crate) const TASK: &str = "netbox_proxbox.vmtaskhistory";
pub(crate) const CLOUD_INIT: &str = "netbox_proxbox.proxmoxvmcloudinit";
pub(crate) const GUEST_INTERFACE: &str = "netbox_proxbox.guestvminterface";
pub(crate) const NODE_INTERFACE: &str = "dcim.interface";

impl Kept1 {
    pub(crate) fn writing(mut self, writing: Writing) -> Self {
        self.fact.writing = writing;
        self
    }

    /// The MAC address that NetBox shows of the interface.
    pub(crate) fn hint(mut self, mac: &str) -> Self {
        self.fact.hint = Some(("mac_address", mac.to_owned()));
        self
    }

    /// Proxmox's own tags, which the mapper turns into tags and the record of them.
    pub(crate) fn mirroring(mut self, names: &[&str]) -> Self {
        self.fact.source_tags = names.iter().map(|name| (*name).to_owned()).collect();
        let tagged = names.iter().fold(self, |kept, name| kept.tag(name));
        tagged.custom("proxmox_tags", text(&names.join(";")))
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.fact.identity
    }
}

fn part(source: &str, object: SourceObject, parent: Option<SourceObject>, own: Draft) -> Kept1 {
    let identity = Identity { source: source.to_owned(), object };
    let parent = parent.map(|parent| identity.beside(parent));
    let fact = Fact { parent, ..Fact::new(Stage::VirtualMachines, identity, "part", "part") };
    Kept1 { fact, drafts: vec![own.tag("proxbox")] }
}

fn of_guest(source: &str, vmid: u32, object: SourceObject, kind: &str) -> Kept1 {
    let own = draft(kind).with("virtual_machine", the_guest(vmid));
    part(source, object, Some(SourceObject::Guest(vmid)), own)
}

pub(crate) fn the_guest(vmid: u32) -> Value {
    reference(VM, &[("proxmox-vmid", &vmid.to_string())])
}

pub(crate) fn the_interface(vmid: u32, net: &str) -> Value {
    reference(INTERFACE, &[("proxmox-vmid", &vmid.to_string()), ("proxmox-net", net)])
}

pub(crate) fn the_address(vmid: u32, net: &str, ip: &str) -> Value {
    let vmid = vmid.to_string();
    reference(IP, &[("proxmox-vmid", &vmid), ("proxmox-net", net), ("proxmox-ip", ip)])
}

pub(crate) fn the_storage(name: &str) -> Value {
    reference(STORAGE, &[("proxmox-storage", name)])
}

pub(crate) fn disk(source: &str, vmid: u32, key: &str, size: i64) -> Kept1 {
    of_guest(source, vmid, SourceObject::Disk(vmid, key.to_owned()), DISK)
        .with_text("name", key)
        .with("size", Value::Integer(size))
}

pub(crate) fn interface(source: &str, vmid: u32, net: &str) -> Kept1 {
    of_guest(source, vmid, SourceObject::Interface(vmid, net.to_owned()), INTERFACE)
        .with_text("name", net)
        .with("enabled", Value::Flag(true))
}

/// A MAC address that is the primary one of its interface.
pub(crate) fn mac(source: &str, vmid: u32, net: &str, address: &str) -> Kept1 {
    let key = [("proxmox-vmid", vmid.to_string()), ("proxmox-net", net.to_owned())];
    let key = [(key[0].0, key[0].1.as_str()), (key[1].0, key[1].1.as_str())];
    let own =
        draft(MAC).with_text("mac_address", address).with("assigned_object_id", the_interface(vmid, net));
    let primary = draft(INTERFACE)
        .key(key[0].0, key[0].1)
        .key(key[1].0, key[1].1)
        .with("primary_mac_address", reference(MAC, &key));
    let (object, parent) =
        (SourceObject::MacAddress(vmid, net.to_owned()), SourceObject::Interface(vmid, net.to_owned()));
    part(source, object, Some(parent), own).bring(primary)
}

/// An address, with its prefix length, of an interface.
pub(crate) fn address(source: &str, vmid: u32, net: &str, address: &str) -> Kept1 {
    let ip = address.split('/').next().unwrap().to_owned();
    let own = draft(IP)
        .with_text("address", address)
        .with_text("status", "active")
        .with("assigned_object_id", the_interface(vmid, net));
    let owner = AddressOwner::VmInterface(vmid, net.to_owned());
    part(source, SourceObject::IpAddress(owner, ip), Some(SourceObject::Interface(vmid, net.to_owned())), own)
}

/// The choice of a guest's primary IPv4 address on `net0`.
pub(crate) fn primary(source: &str, vmid: u32, ip: Option<&str>) -> Kept1 {
    let value = ip.map_or(Value::Null, |ip| the_address(vmid, "net0", ip));
    let own = draft(VM).with("primary_ip4", value).with("primary_ip6", Value::Null);
    let mut kept = part(source, SourceObject::PrimaryIp(vmid), Some(SourceObject::Guest(vmid)), own);
    kept.drafts[0].tags.clear();
    kept
}

/// A guest's interface `net0` with that address, the primary one.
pub(crate) fn addressed(source: &str, vmid: u32, with_prefix: &str) -> Vec<Kept1> {
    let ip = with_prefix.split('/').next().unwrap();
    vec![
        interface(source, vmid, "net0"),
        address(source, vmid, "net0", with_prefix),
        primary(source, vmid, Some(ip)),
    ]
}

pub(crate) fn snapshot(source: &str, vmid: u32, name: &str) -> Kept1 {
    of_guest(source, vmid, SourceObject::Snapshot(vmid, name.to_owned()), SNAPSHOT)
        .with_text("name", name)
        .with_text("node", "pve1")
        .with_text("status", "active")
        .with_text("snaptime", "2026-01-01T00:00:00Z")
}

/// A backup on the storage `local`.
pub(crate) fn backup(source: &str, vmid: u32, name: &str) -> Kept1 {
    let volume = format!("local:backup/{name}");
    of_guest(source, vmid, SourceObject::Backup(volume.clone()), BACKUP)
        .with_text("volume_id", &volume)
        .with_text("storage", "local")
        .with("proxmox_storage", the_storage("local"))
}

pub(crate) fn storage(source: &str, name: &str) -> Kept1 {
    let own = draft(STORAGE)
        .with("cluster", reference(CLUSTER, &[("proxmox-cluster", "")]))
        .with_text("name", name)
        .with_text("storage_type", "dir");
    part(source, SourceObject::Storage(name.to_owned()), None, own)
}

fn the_endpoint() -> Value {
    reference("netbox_proxbox.proxmoxendpoint", &[("proxmox-endpoint", "")])
}

pub(crate) fn routine(source: &str, id: &str) -> Kept1 {
    let own = draft(ROUTINE)
        .with("endpoint", the_endpoint())
        .with_text("job_id", id)
        .with_text("status", "active")
        .with("node", reference("netbox_proxbox.proxmoxnode", &[("proxmox-node", "pve1")]));
    part(source, SourceObject::BackupRoutine(id.to_owned()), None, own)
}

pub(crate) fn replication(source: &str, vmid: u32, number: u32) -> Kept1 {
    let id = format!("{vmid}-{number}");
    of_guest(source, vmid, SourceObject::Replication(id.clone()), REPLICATION)
        .with("endpoint", the_endpoint())
        .with_text("replication_id", &id)
        .with_text("status", "active")
}

pub(crate) fn task(source: &str, vmid: u32, upid: &str) -> Kept1 {
    of_guest(source, vmid, SourceObject::Task(upid.to_owned()), TASK)
        .with_text("upid", upid)
        .with_text("task_state", "running")
}

pub(crate) fn cloud_init(source: &str, vmid: u32) -> Kept1 {
    of_guest(source, vmid, SourceObject::CloudInit(vmid), CLOUD_INIT).with_text("ciuser", "admin")
}

pub(crate) fn guest_interface(source: &str, vmid: u32, name: &str) -> Kept1 {
    of_guest(source, vmid, SourceObject::GuestInterface(vmid, name.to_owned()), GUEST_INTERFACE)
        .with_text("name", name)
        .with("vm_interface", the_interface(vmid, "net0"))
}

pub(crate) fn node_interface(source: &str, name: &str) -> Kept1 {
    let own = draft(NODE_INTERFACE)
        .with("device", reference(DEVICE, &[("proxmox-node", "pve1")]))
        .with_text("name", name)
        .with_text("type", "other");
    let node = SourceObject::Node("pve1".to_owned());
    part(source, SourceObject::NodeInterface("pve1".to_owned(), name.to_owned()), Some(node), own)
}

pub(crate) fn vlan(source: &str, id: u16) -> Kept1 {
    let own = draft(VLAN)
        .with("vid", Value::Integer(id.into()))
        .with_text("name", &format!("VLAN {id}"))
        .with_text("status", "active");
    part(source, SourceObject::Vlan(id), None, own)
}

/// The source `prod` with the guests 101 and 102, and these parts of it.
pub(crate) fn prod(parts: impl IntoIterator<Item = Kept1>) -> Vec<(Fact, FactOutcome)> {
    let guests = [guest("prod", 101, "web"), guest("prod", 102, "db")];
    let mut facts = source("prod", guests);
    facts.extend(parts.into_iter().map(Into::into));
    facts
}

/// A NetBox and what a run is told about it.
pub(crate) struct Lab {
    pub(crate) netbox: Netbox,
    pub(crate) world: World,
    pub(crate) kept: Kept,
    pub(crate) sources: Sources,
}

impl Lab {
    /// With the plugin and its rows for the endpoint, cluster and node of `prod`.
    pub(crate) fn new() -> Self {
        let mut lab = Self::with(Records::Sidecars);
        lab.endpoint("prod");
        lab
    }

    /// With nothing, and records of that sort.
    pub(crate) fn with(records: Records) -> Self {
        let world = World { records, now: 1_767_225_600, ..World::default() };
        Self { netbox: Netbox::default(), world, kept: Kept::default(), sources: Sources::default() }
    }

    /// The plugin's rows of a source.
    pub(crate) fn endpoint(&mut self, source: &str) {
        let id = self.netbox.put("netbox_proxbox.proxmoxendpoint", json!({ "name": source }));
        self.netbox.put("netbox_proxbox.proxmoxcluster", json!({ "endpoint": id, "name": source }));
        self.netbox.put("netbox_proxbox.proxmoxnode", json!({ "endpoint": id, "name": "pve1" }));
        self.world
            .endpoints
            .insert(source.to_owned(), EndpointRow { id, stored: 7, cluster: source.to_owned() });
    }

    /// Says that parts of `prod` were read in full.
    pub(crate) fn read(mut self, parts: impl IntoIterator<Item = Part>) -> Self {
        self.sources.parts.extend(parts.into_iter().map(|part| ("prod".to_owned(), part)));
        self
    }

    /// Says that these are removed when they are gone.
    pub(crate) fn removing(mut self, kind: &'static str) -> Self {
        self.sources.remove.insert(kind);
        self
    }

    pub(crate) fn sync(&mut self, facts: &[(Fact, FactOutcome)]) -> Run {
        sync_in(&mut self.netbox, facts, &self.kept, &self.sources, &self.world)
    }

    /// Syncs, and once more with nothing left to do.
    pub(crate) fn settle(&mut self, facts: &[(Fact, FactOutcome)]) -> Run {
        let run = self.sync(facts);
        self.world.now += 3600;
        let again = self.sync(facts);
        let writes: Vec<_> = again.plan.objects.iter().filter(|object| object.action.writes()).collect();
        assert!(writes.is_empty(), "the second run writes {writes:#?}");
        run
    }

    /// The values of a field, of all objects of a kind by id.
    pub(crate) fn values(&self, kind: &str, field: &str) -> Vec<serde_json::Value> {
        self.netbox.all(kind).map(|(_, row)| row.fields.get(field).cloned().unwrap_or_default()).collect()
    }

    /// The id of the one object of a kind.
    pub(crate) fn only(&self, kind: &str) -> u64 {
        let ids: Vec<u64> = self.netbox.all(kind).map(|(id, _)| id).collect();
        assert_eq!(ids.len(), 1, "{kind}: {ids:?}");
        ids[0]
    }
}

impl Run {
    /// The result of the one fact of that identity.
    pub(crate) fn result(&self, identity: &Identity) -> &ObjectResult {
        &self.of(identity).result
    }
}

/// Why something was left out.
pub(crate) fn reason(result: &ObjectResult) -> &str {
    match result {
        ObjectResult::Skipped { reason } => reason,
        other => panic!("{other:?} was not left out"),
    }
}
