//! Virtual machines and containers as Proxmox keeps them.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Virtual machine or container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GuestKind {
    /// A virtual machine.
    Qemu,
    /// A container.
    Lxc,
}

impl GuestKind {
    /// The word of the API: `qemu` or `lxc`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Qemu => "qemu",
            Self::Lxc => "lxc",
        }
    }
}

/// What a guest is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuestStatus {
    /// Running.
    Running,
    /// Switched off.
    Stopped,
    /// Running but frozen; virtual machines only.
    Paused,
}

impl GuestStatus {
    /// The word of `/cluster/resources`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Paused => "paused",
        }
    }
}

/// The QEMU guest agent of a virtual machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agent {
    /// Not in the configuration.
    Absent,
    /// In the configuration, but nothing answers in the guest.
    Silent,
    /// Answers while the guest runs.
    Answers,
}

/// One guest. Everything is plain data: change it, and the next answer of the server shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Guest {
    /// Unique in the cluster.
    pub vmid: u32,
    /// Virtual machine or container.
    pub kind: GuestKind,
    /// Name or host name; empty when it has none.
    pub name: String,
    /// Node it is on.
    pub node: String,
    /// What it is doing.
    pub status: GuestStatus,
    /// Whether it is a template.
    pub template: bool,
    /// Proxmox tags, sorted.
    pub tags: Vec<String>,
    /// Processor sockets; 1 for a container.
    pub sockets: u32,
    /// Cores of each socket; 0 for a container without a limit.
    pub cores: u32,
    /// MiB.
    pub memory: u64,
    /// `ostype`.
    pub ostype: String,
    /// `onboot`.
    pub onboot: bool,
    /// Guest agent; [`Agent::Absent`] for a container.
    pub agent: Agent,
    /// The `agent` line when there is an agent: `1`, `enabled=1,fstrim_cloned_disks=1`.
    pub agent_line: String,
    /// Whether a container is unprivileged.
    pub unprivileged: bool,
    /// Notes.
    pub notes: String,
    /// Disk lines by configuration key: `scsi0`, `rootfs`, `mp0`, `unused0`.
    pub disks: BTreeMap<String, Disk>,
    /// Network lines by number; gaps are usual.
    pub nics: BTreeMap<u32, Nic>,
    /// What the guest itself says of its interfaces.
    pub interfaces: Vec<GuestInterface>,
    /// Host name inside the guest.
    pub host_name: String,
    /// Snapshots, oldest first.
    pub snapshots: Vec<Snapshot>,
    /// Name of the snapshot the current state descends from.
    pub current_parent: Option<String>,
    /// Further configuration keys as they stand: cloud-init, `scsihw`, `features` …
    pub options: BTreeMap<String, Value>,
    /// When it was started, seconds since the Unix epoch.
    pub started: u64,
    /// `lock` of the configuration: `backup`, `migrate`.
    pub lock: Option<String>,
}

impl Guest {
    /// Virtual processors.
    pub fn cpus(&self) -> u32 {
        self.sockets.saturating_mul(self.cores)
    }

    /// Bytes of memory.
    pub fn memory_bytes(&self) -> u64 {
        self.memory << 20
    }

    /// Whether it runs; a paused guest does.
    pub fn is_running(&self) -> bool {
        self.status != GuestStatus::Stopped
    }

    /// The id of `/cluster/resources`: `qemu/100`.
    pub fn id(&self) -> String {
        format!("{}/{}", self.kind.as_str(), self.vmid)
    }

    /// Bytes of the disk it boots from, 0 when there is none.
    pub fn boot_disk_bytes(&self) -> u64 {
        let boot = match self.kind {
            GuestKind::Lxc => self.disks.get("rootfs"),
            GuestKind::Qemu => self.disks.iter().find(|(key, disk)| disk.is_data(key)).map(|(_, disk)| disk),
        };
        boot.and_then(Disk::bytes).unwrap_or(0)
    }

    /// The configuration as `/config` gives it, without the digest.
    pub fn config(&self) -> Map<String, Value> {
        super::config::of(self)
    }
}

/// A disk line: the volume, then `key=value` in alphabetical order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// `local-lvm:vm-100-disk-0`, `none`, `/dev/disk/by-id/…`.
    pub volume: String,
    /// `size`, `format`, `media`, `iothread` … ; `size` as Proxmox writes it: `32G`, `528K`.
    pub options: BTreeMap<String, String>,
}

impl Disk {
    /// A disk with a size and no other option.
    pub fn new(volume: impl Into<String>, size: &str) -> Self {
        Self { volume: volume.into(), options: BTreeMap::new() }.with("size", size)
    }

    /// The same with one option more.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.options.insert(key.to_owned(), value.into());
        self
    }

    /// Size as written.
    pub fn size(&self) -> Option<&str> {
        self.options.get("size").map(String::as_str)
    }

    /// Bytes, when the line says so.
    pub fn bytes(&self) -> Option<u64> {
        parse_size(self.size()?)
    }

    /// Storage part of the volume.
    pub fn storage(&self) -> Option<&str> {
        self.volume.split_once(':').map(|(storage, _)| storage).filter(|storage| !storage.contains('/'))
    }

    /// Whether it holds the guest's data: no CD-ROM, no unused volume, no firmware state.
    pub fn is_data(&self, key: &str) -> bool {
        !self.options.contains_key("media")
            && !["unused", "efidisk", "tpmstate"].iter().any(|p| key.starts_with(p))
    }
}

impl std::fmt::Display for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.volume)?;
        self.options.iter().try_for_each(|(key, value)| write!(f, ",{key}={value}"))
    }
}

/// Bytes of a size as Proxmox writes it; none when it is not one.
pub fn parse_size(text: &str) -> Option<u64> {
    let (number, shift) = match text.char_indices().last()? {
        (at, unit) if unit.is_ascii_alphabetic() => {
            (text.get(..at)?, ["K", "M", "G", "T"].iter().position(|u| u.starts_with(unit))? + 1)
        }
        _ => (text, 0),
    };
    Some((number.parse::<f64>().ok()? * 1024f64.powi(i32::try_from(shift).ok()?)) as u64)
}

/// A network line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nic {
    /// `virtio`, `e1000`, `vmxnet3`, `rtl8139`; `veth` in a container.
    pub model: String,
    /// Upper case with colons; a container's comes as `hwaddr`.
    pub mac: String,
    /// Name in the container: `eth0`.
    pub name: Option<String>,
    /// Bridge on the node.
    pub bridge: Option<String>,
    /// Untagged VLAN.
    pub tag: Option<u16>,
    /// Tagged VLANs, as written: `10;20;30-40`.
    pub trunks: Option<String>,
    /// Whether the firewall is on.
    pub firewall: bool,
    /// Whether the link is down.
    pub link_down: bool,
    /// Further options: `mtu`, `rate`, `queues`, and a container's `ip`, `gw`, `ip6`, `gw6`.
    pub options: BTreeMap<String, String>,
}

impl Nic {
    /// The line as a guest of this kind has it.
    pub fn line(&self, kind: GuestKind) -> String {
        let mut options = self.options.clone();
        let mut set = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                options.insert(key.to_owned(), value);
            }
        };
        set("bridge", self.bridge.clone());
        set("tag", self.tag.map(|tag| tag.to_string()));
        set("trunks", self.trunks.clone());
        set("firewall", self.firewall.then(|| "1".to_owned()));
        set("link_down", self.link_down.then(|| "1".to_owned()));
        let first = match kind {
            GuestKind::Qemu => format!("{}={}", self.model, self.mac),
            GuestKind::Lxc => {
                set("hwaddr", Some(self.mac.clone()));
                set("type", Some(self.model.clone()));
                format!("name={}", self.name.as_deref().unwrap_or("eth0"))
            }
        };
        options.iter().fold(first, |line, (key, value)| format!("{line},{key}={value}"))
    }
}

/// An interface as the guest sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestInterface {
    /// `lo`, `ens18`, `Ethernet 2`.
    pub name: String,
    /// Lower case with colons.
    pub mac: Option<String>,
    /// Addresses with prefix length.
    pub addresses: Vec<(IpAddr, u8)>,
}

/// A snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Unique in the guest.
    pub name: String,
    /// As typed; Proxmox ends it with a line feed.
    pub description: String,
    /// Name of the snapshot before it.
    pub parent: Option<String>,
    /// Seconds since the Unix epoch.
    pub taken: u64,
    /// Whether memory is part of it.
    pub vmstate: bool,
}
