//! What an operator would do to a fleet.

use super::guest::{Disk, Guest, GuestInterface, GuestKind, GuestStatus, Nic, Snapshot};
use super::{Fleet, Node, Task, build};
use std::net::IpAddr;

/// A change that the fleet cannot make.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// No guest has this VMID.
    #[error("guest {0} does not exist")]
    NoGuest(u32),
    /// No node has this name.
    #[error("node '{0}' does not exist")]
    NoNode(String),
    /// The guest has no such disk line.
    #[error("guest {0} has no disk '{1}'")]
    NoDisk(u32, String),
    /// The guest has no such network line.
    #[error("guest {0} has no interface net{1}")]
    NoNic(u32, u32),
}

impl Fleet {
    /// A guest by VMID, to change anything in it.
    ///
    /// # Errors
    /// When there is no such guest.
    pub fn change(&mut self, vmid: u32) -> Result<&mut Guest, ChangeError> {
        self.guests.get_mut(&vmid).ok_or(ChangeError::NoGuest(vmid))
    }

    /// Gives a guest another name.
    ///
    /// # Errors
    /// When there is no such guest.
    pub fn rename(&mut self, vmid: u32, name: &str) -> Result<(), ChangeError> {
        self.change(vmid)?.name = name.to_owned();
        Ok(())
    }

    /// Moves a guest to another node.
    ///
    /// # Errors
    /// When there is no such guest or node.
    pub fn migrate(&mut self, vmid: u32, node: &str) -> Result<(), ChangeError> {
        self.node(node).ok_or_else(|| ChangeError::NoNode(node.to_owned()))?;
        let from = std::mem::replace(&mut self.change(vmid)?.node, node.to_owned());
        self.record(vmid, &from, "qmigrate", "vzmigrate");
        Ok(())
    }

    /// Starts a guest.
    ///
    /// # Errors
    /// When there is no such guest.
    pub fn start(&mut self, vmid: u32) -> Result<(), ChangeError> {
        let now = self.now;
        let guest = self.change(vmid)?;
        (guest.status, guest.started) = (GuestStatus::Running, now);
        let node = guest.node.clone();
        self.record(vmid, &node, "qmstart", "vzstart");
        Ok(())
    }

    /// Stops a guest.
    ///
    /// # Errors
    /// When there is no such guest.
    pub fn stop(&mut self, vmid: u32) -> Result<(), ChangeError> {
        let guest = self.change(vmid)?;
        guest.status = GuestStatus::Stopped;
        let node = guest.node.clone();
        self.record(vmid, &node, "qmstop", "vzstop");
        Ok(())
    }

    /// Sets the memory of a guest in MiB.
    ///
    /// # Errors
    /// When there is no such guest.
    pub fn set_memory(&mut self, vmid: u32, mib: u64) -> Result<(), ChangeError> {
        self.change(vmid)?.memory = mib;
        Ok(())
    }

    /// Gives a guest one socket with this many cores.
    ///
    /// # Errors
    /// When there is no such guest.
    pub fn set_cpus(&mut self, vmid: u32, cores: u32) -> Result<(), ChangeError> {
        let guest = self.change(vmid)?;
        (guest.sockets, guest.cores) = (1, cores);
        Ok(())
    }

    /// Replaces the tags of a guest.
    ///
    /// # Errors
    /// When there is no such guest.
    pub fn set_tags(&mut self, vmid: u32, tags: &[&str]) -> Result<(), ChangeError> {
        let guest = self.change(vmid)?;
        guest.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        guest.tags.sort();
        Ok(())
    }

    /// Sets the size of a disk, as Proxmox writes it: `64G`.
    ///
    /// # Errors
    /// When there is no such guest or disk.
    pub fn resize_disk(&mut self, vmid: u32, key: &str, size: &str) -> Result<(), ChangeError> {
        let disks = &mut self.change(vmid)?.disks;
        let disk = disks.get_mut(key).ok_or_else(|| ChangeError::NoDisk(vmid, key.to_owned()))?;
        disk.options.insert("size".to_owned(), size.to_owned());
        Ok(())
    }

    /// Adds or replaces a disk line.
    ///
    /// # Errors
    /// When there is no such guest.
    pub fn set_disk(&mut self, vmid: u32, key: &str, disk: Disk) -> Result<(), ChangeError> {
        self.change(vmid)?.disks.insert(key.to_owned(), disk);
        Ok(())
    }

    /// Removes a disk line.
    ///
    /// # Errors
    /// When there is no such guest or disk.
    pub fn remove_disk(&mut self, vmid: u32, key: &str) -> Result<Disk, ChangeError> {
        self.change(vmid)?.disks.remove(key).ok_or_else(|| ChangeError::NoDisk(vmid, key.to_owned()))
    }

    /// Adds or replaces a network line.
    ///
    /// # Errors
    /// When there is no such guest.
    pub fn set_nic(&mut self, vmid: u32, number: u32, nic: Nic) -> Result<(), ChangeError> {
        self.change(vmid)?.nics.insert(number, nic);
        Ok(())
    }

    /// Removes a network line, and the interface inside the guest with it.
    ///
    /// # Errors
    /// When there is no such guest or line.
    pub fn remove_nic(&mut self, vmid: u32, number: u32) -> Result<Nic, ChangeError> {
        let guest = self.change(vmid)?;
        let nic = guest.nics.remove(&number).ok_or(ChangeError::NoNic(vmid, number))?;
        guest.interfaces.retain(|inside| !is_same(inside, &nic));
        Ok(nic)
    }

    /// Replaces the addresses that the guest reports on the interface behind a network line.
    ///
    /// # Errors
    /// When there is no such guest, line, or interface inside the guest.
    pub fn set_addresses(
        &mut self,
        vmid: u32,
        number: u32,
        addresses: Vec<(IpAddr, u8)>,
    ) -> Result<(), ChangeError> {
        let guest = self.change(vmid)?;
        let missing = ChangeError::NoNic(vmid, number);
        let nic = guest.nics.get(&number).ok_or_else(|| missing.clone())?;
        let inside = guest.interfaces.iter_mut().find(|inside| is_same(inside, nic)).ok_or(missing)?;
        inside.addresses = addresses;
        Ok(())
    }

    /// Takes a snapshot without memory.
    ///
    /// # Errors
    /// When there is no such guest.
    pub fn take_snapshot(&mut self, vmid: u32, name: &str) -> Result<(), ChangeError> {
        let taken = self.now;
        let guest = self.change(vmid)?;
        let parent = guest.current_parent.replace(name.to_owned());
        let description = String::new();
        guest.snapshots.push(Snapshot { name: name.to_owned(), description, parent, taken, vmstate: false });
        Ok(())
    }

    /// Puts a guest into a pool, which is made when missing, or takes it out of its pool.
    ///
    /// # Errors
    /// When there is no such guest.
    pub fn set_pool(&mut self, vmid: u32, pool: Option<&str>) -> Result<(), ChangeError> {
        self.change(vmid)?;
        self.pools.iter_mut().for_each(|pool| {
            pool.members.remove(&vmid);
        });
        let Some(name) = pool else { return Ok(()) };
        match self.pools.iter_mut().find(|pool| pool.name == name) {
            Some(pool) => {
                pool.members.insert(vmid);
            }
            None => self.pools.push(super::Pool {
                name: name.to_owned(),
                members: [vmid].into(),
                ..super::Pool::default()
            }),
        }
        Ok(())
    }

    /// Connects or disconnects a node.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn set_node_online(&mut self, node: &str, online: bool) -> Result<(), ChangeError> {
        self.change_node(node)?.online = online;
        Ok(())
    }

    /// A node by name, to change anything in it.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn change_node(&mut self, name: &str) -> Result<&mut Node, ChangeError> {
        let missing = || ChangeError::NoNode(name.to_owned());
        self.nodes.iter_mut().find(|node| node.name == name).ok_or_else(missing)
    }

    /// Adds a running guest with one disk and one interface on the first node, and returns its VMID.
    pub fn add_guest(&mut self, kind: GuestKind, name: &str) -> u32 {
        let vmid = self.next_vmid();
        let guest = build::plain_guest(self, vmid, kind, name);
        let node = guest.node.clone();
        self.guests.insert(vmid, guest);
        self.record(vmid, &node, "qmcreate", "vzcreate");
        vmid
    }

    /// Removes a guest with its pool membership and replication jobs. Its backups stay, as they do in Proxmox.
    ///
    /// # Errors
    /// When there is no such guest.
    pub fn remove_guest(&mut self, vmid: u32) -> Result<Guest, ChangeError> {
        self.set_pool(vmid, None)?;
        self.replications.retain(|job| job.vmid != vmid);
        self.guests.remove(&vmid).ok_or(ChangeError::NoGuest(vmid))
    }

    /// Lets time pass: uptimes, loads and counters change.
    pub fn advance(&mut self, seconds: u64) {
        self.now = self.now.saturating_add(seconds);
    }

    /// Adds a finished task of this moment to the history.
    fn record(&mut self, vmid: u32, node: &str, qemu: &str, lxc: &str) {
        let kind = match self.guests.get(&vmid).map(|guest| guest.kind) {
            Some(GuestKind::Lxc) => lxc,
            _ => qemu,
        };
        self.add_task(node, kind, &vmid.to_string());
    }

    /// Adds a finished task of this moment that is about a guest, a storage or nothing.
    pub fn add_task(&mut self, node: &str, kind: &str, about: &str) {
        let serial = u32::try_from(self.tasks.len()).unwrap_or(u32::MAX);
        self.tasks.push(Task {
            node: node.to_owned(),
            kind: kind.to_owned(),
            about: about.to_owned(),
            user: "root@pam".to_owned(),
            started: self.now,
            ended: Some(self.now.saturating_add(2)),
            status: "OK".to_owned(),
            pid: serial.wrapping_add(0x1000),
            pstart: serial.wrapping_mul(977),
        });
    }
}

fn is_same(inside: &GuestInterface, nic: &Nic) -> bool {
    inside.mac.as_deref().is_some_and(|mac| mac.eq_ignore_ascii_case(&nic.mac))
}
