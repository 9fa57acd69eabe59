use super::whole;
use proxbox_fakes::fleet::{Disk, Guest};
use proxbox_tests::Claims;
use serde_json::{Value as Json, json};

/// Lines that are disks of the guest: no drive, no unused volume, nothing of the node's own.
fn disks(guest: &Guest) -> impl Iterator<Item = (&String, &Disk)> {
    guest.disks.iter().filter(|(key, disk)| {
        !key.starts_with("unused") && !disk.options.contains_key("media") && disk.storage().is_some()
    })
}

fn mib(disk: &Disk) -> u64 {
    disk.bytes().unwrap().div_ceil(1 << 20)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_disk_is_a_virtual_disk_with_its_size_and_storage() {
    let whole = whole().await;
    let mut claims = Claims::default();
    for guest in whole.fleet.guests.values() {
        let own = whole.of_guest("virtualization/virtual-disks/", guest.vmid);
        let names = own.iter().map(|disk| disk["name"].as_str().unwrap()).collect();
        claims.same_set(
            format!("disks of {}", guest.vmid),
            names,
            disks(guest).map(|(key, _)| key.as_str()).collect(),
        );
        for (key, disk) in disks(guest) {
            let who = format!("{} {key}", guest.vmid);
            let Some(shown) = own.iter().find(|shown| shown["name"] == **key) else { continue };
            claims.same(format!("{who} size"), &shown["size"], mib(disk));
            let storage = disk.storage().unwrap();
            let described = shown["description"].as_str().unwrap_or_default();
            claims.that(described.contains(&format!("Storage: {storage}")), || format!("{who}: {described}"));
            let row = whole.one("plugins/proxbox/sync-state/virtual-disks/", |row| {
                row["virtual_disk"]["id"] == shown["id"]
            });
            let id = |object: &Json| object["id"].clone();
            claims.same(
                format!("{who} storage row"),
                &id(&row["proxbox_storage"]),
                id(whole.storage(storage)),
            );
        }
    }
    claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_virtual_machine_shows_the_sum_of_its_disks() {
    let whole = whole().await;
    let mut claims = Claims::default();
    for guest in whole.fleet.guests.values() {
        let sum: u64 = disks(guest).map(|(_, disk)| mib(disk)).sum();
        claims.same(format!("{} disk", guest.vmid), &whole.machine(guest.vmid)["disk"], sum);
    }
    claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fleet_is_worth_the_run() {
    let whole = whole().await;
    let guests = whole.fleet.guests.values();
    let count: usize = guests.clone().map(|guest| disks(guest).count()).sum();
    assert!(count > guests.len(), "{count} disks");
    let drives = guests.flat_map(|guest| &guest.disks).filter(|(_, disk)| disk.options.contains_key("media"));
    assert!(drives.count() > 5, "{}", json!("drives that are no disks"));
}
