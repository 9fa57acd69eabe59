//! Each change in Proxmox has exactly its effects in NetBox, and the run after it writes nothing.
//!
//! Effects are told as `list object: fields`, `new` and `gone` for the object itself. Nothing is ever gone unless a run was
//! asked to remove it.

mod addresses;
mod disks;
mod estate;
mod guest;
mod history;
mod interfaces;
mod schedule;

use proxbox_fakes::fleet::{Agent, Backup, Fleet, FleetSpec, GuestKind, Replication};
use proxbox_fakes::netbox::Flavour;
use proxbox_tests::{LabBuilder, Trial};

/// The guests that the changes are about.
#[derive(Clone, Copy)]
struct Cast {
    /// A virtual machine on `pve1` with one disk, one interface on VLAN 20, two addresses, a tag, a snapshot and a backup.
    subject: u32,
    /// Another one on `pve1`, with one address, that is replicated.
    neighbour: u32,
}

/// A cluster of a few guests with the cast among them, in step with a NetBox with the current plugin.
async fn trial() -> (Trial, Cast) {
    let spec = FleetSpec::new("lab", 3, 4, 7);
    let lab = LabBuilder::default().flavour(Flavour::CurrentPlugin).fleet(spec).start().await;
    let cast = lab.change(enter);
    (Trial::of(lab).await, cast)
}

fn enter(fleet: &mut Fleet) -> Cast {
    let subject = guest(fleet, "subject", &["10.99.0.5", "10.99.0.6"]);
    let neighbour = guest(fleet, "neighbour", &["10.99.0.9"]);
    fleet.set_tags(subject, &["alpha"]).unwrap();
    fleet.guests.get_mut(&subject).unwrap().nics.get_mut(&0).unwrap().tag = Some(20);
    fleet.take_snapshot(subject, "golden").unwrap();
    fleet.backups.push(backup(fleet, subject, "first"));
    fleet.replications.push(Replication {
        vmid: neighbour,
        number: 0,
        target: "pve2".into(),
        schedule: "*/15".into(),
        rate: None,
        comment: String::new(),
        enabled: true,
    });
    Cast { subject, neighbour }
}

fn guest(fleet: &mut Fleet, name: &str, addresses: &[&str]) -> u32 {
    let vmid = fleet.add_guest(GuestKind::Qemu, name);
    let addresses = addresses.iter().map(|address| (address.parse().unwrap(), 24)).collect();
    fleet.set_addresses(vmid, 0, addresses).unwrap();
    assert_eq!(fleet.guests[&vmid].agent, Agent::Answers);
    vmid
}

/// A backup on the backup server; `name` takes the place of its time.
fn backup(fleet: &Fleet, vmid: u32, name: &str) -> Backup {
    Backup {
        storage: "pbs-main".into(),
        node: None,
        volid: format!("pbs-main:backup/vm/{vmid}/{name}"),
        vmid,
        kind: GuestKind::Qemu,
        format: "pbs-vm".into(),
        size: 7 << 30,
        created: fleet.now - 3600,
        notes: "subject".into(),
        protected: false,
        verification: None,
        encrypted: None,
    }
}
