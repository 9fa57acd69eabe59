use super::{is_moment, whole};
use proxbox_model::report::{ObjectResult, Stage};
use proxbox_tests::Claims;
use serde_json::json;

/// The plugin's word for a format.
fn format(proxmox: &str) -> &str {
    match proxmox {
        "vma.zst" => "zst",
        "tar.zst" => "tzst",
        same => same,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_backup_is_there_with_its_format_time_and_storage() {
    let whole = whole().await;
    let mut claims = Claims::default();
    let known: Vec<_> =
        whole.fleet.backups.iter().filter(|backup| whole.fleet.guests.contains_key(&backup.vmid)).collect();
    let rows = whole.netbox.of("plugins/proxbox/backups/").count();
    claims.same("backups", &json!(rows), known.len());
    for backup in known {
        let row = whole.one("plugins/proxbox/backups/", |row| row["volume_id"] == backup.volid);
        let who = &backup.volid;
        claims.same(format!("{who} guest"), &row["virtual_machine"]["id"], whole.machines[&backup.vmid]);
        claims.same(format!("{who} vmid"), &row["vmid"], backup.vmid);
        claims.same(format!("{who} sort"), &row["subtype"]["value"], backup.kind.as_str());
        claims.same(format!("{who} format"), &row["format"]["value"], format(&backup.format));
        claims.same(format!("{who} size"), &row["size"], backup.size);
        claims.same(format!("{who} storage"), &row["storage"], backup.storage.as_str());
        let storage = whole.storage(&backup.storage)["id"].clone();
        claims.same(format!("{who} storage row"), &row["proxmox_storage"]["id"], storage);
        claims.that(is_moment(&row["creation_time"], Some(backup.created)), || {
            format!("{who} made {} not at {}", row["creation_time"], backup.created)
        });
        let text = |field: &str| json!(row[field].as_str().unwrap_or_default());
        let (state, task) = backup.verification.clone().unwrap_or_default();
        claims.same(format!("{who} notes"), &text("notes"), backup.notes.as_str());
        claims.same(
            format!("{who} encrypted"),
            &text("encrypted"),
            backup.encrypted.clone().unwrap_or_default(),
        );
        claims.same(format!("{who} verification"), &text("verification_state"), state);
        claims.same(format!("{who} verification task"), &text("verification_upid"), task);
    }
    claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_of_guests_that_are_gone_are_left_out_and_told() {
    let whole = whole().await;
    let mut claims = Claims::default();
    let orphans = whole.fleet.backups.iter().filter(|backup| !whole.fleet.guests.contains_key(&backup.vmid));
    let volumes: Vec<&str> = orphans.map(|backup| backup.volid.as_str()).collect();
    claims.that(!volumes.is_empty(), || "no backup has lost its guest".to_owned());
    let rows = whole.netbox.of("plugins/proxbox/backups/").filter_map(|row| row["volume_id"].as_str());
    let kept: Vec<&str> = rows.filter(|volume| volumes.contains(volume)).collect();
    claims.same("those that are there", &json!(kept), json!([]));
    let skipped = whole.first.objects.iter().filter(|object| {
        object.stage == Stage::Backups && matches!(object.result, ObjectResult::Skipped { .. })
    });
    claims.same_set("left out", skipped.map(|object| object.name.as_str()).collect(), volumes);
    claims.settle();
}
