use super::{is_moment, whole};
use proxbox_fakes::fleet::Guest;
use proxbox_tests::Claims;
use serde_json::{Value as Json, json};

/// The storage of a guest's disks.
fn storage(guest: &Guest) -> Option<&str> {
    guest.disks.iter().find(|(key, disk)| disk.is_data(key) && disk.storage().is_some())?.1.storage()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_snapshot_is_there_with_its_time_parent_and_storage() {
    let whole = whole().await;
    let mut claims = Claims::default();
    let mut count = 0;
    for guest in whole.fleet.guests.values() {
        let own = whole.of_guest("plugins/proxbox/snapshots/", guest.vmid);
        for snapshot in &guest.snapshots {
            count += 1;
            let who = format!("{} {}", guest.vmid, snapshot.name);
            let row = own.iter().find(|row| row["name"] == snapshot.name).copied().unwrap_or(&Json::Null);
            let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
            claims.that(is_moment(&row["snaptime"], Some(snapshot.taken)), || {
                format!("{who} taken {} not at {}", row["snaptime"], snapshot.taken)
            });
            claims.same(
                format!("{who} parent"),
                &json!(text("parent")),
                snapshot.parent.clone().unwrap_or_default(),
            );
            // NetBox cuts white space around texts.
            let description = text("description").trim().to_owned();
            claims.same(format!("{who} description"), &json!(description), snapshot.description.trim());
            claims.same(format!("{who} vmid"), &row["vmid"], guest.vmid);
            claims.same(format!("{who} node"), &row["node"], guest.node.as_str());
            claims.same(format!("{who} sort"), &row["subtype"]["value"], guest.kind.as_str());
            claims.same(format!("{who} status"), &row["status"]["value"], "active");
            let row_of_storage = storage(guest).map(|name| whole.storage(name)["id"].clone());
            claims.same(format!("{who} storage"), &row["proxmox_storage"]["id"], json!(row_of_storage));
        }
    }
    let rows = whole.netbox.of("plugins/proxbox/snapshots/").count();
    claims.same("snapshots", &json!(rows), count);
    claims.that(count >= 10, || format!("{count} snapshots are worth no run"));
    claims.settle();
}
