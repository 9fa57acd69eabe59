//! What goes over the wire between the plugin and this service: the recorded requests of a plugin, replayed one by one,
//! get the recorded status and answers of the shape that the plugin reads.
//!
//! `wire/current.jsonl` is the recorded sequence of plugin 0.0.29.post6, `wire/older.jsonl` that of 0.0.14,
//! `wire/lost.jsonl` a service whose database was lost, and `wire/strict.jsonl` what the plugin demands beside. `replay`
//! says how their lines are read, `shape` what their shapes mean.

mod replay;
mod shape;
pub mod sse;

use proxbox_fakes::netbox::Flavour;
use replay::Replay;
use serde_json::Value;

#[tokio::test]
async fn the_recorded_requests_of_the_plugin_get_the_recorded_answers() {
    let replay = Replay::of(include_str!("wire/current.jsonl"), Flavour::CurrentPlugin).await;
    assert_eq!(replay.id_of("41"), Some(1), "the id is the plugin's own, as the name says");
    assert_eq!(replay.id_of("42"), Some(2), "the id is the plugin's own, as the name says");
    replay.assert_as_recorded();

    let netbox = replay.netbox();
    for (model, count) in [("dcim.device", 2), ("virtualization.cluster", 1)] {
        let objects = netbox.objects(model);
        assert_eq!(objects.len(), count, "{model}");
        assert!(objects.iter().all(has_tag), "{model} without the tag that the plugin's pages look for");
    }
    for (model, count) in [("virtualization.virtualmachine", 8), ("netbox_proxbox.vmsnapshot", 1)] {
        let objects = netbox.objects(model);
        assert!(objects.len() >= count && objects.iter().all(has_tag), "{model}: {}", objects.len());
    }
    let linked =
        |model: &str, field: &str| netbox.objects(model).iter().filter(|row| row[field].is_object()).count();
    assert_eq!(linked("netbox_proxbox.proxmoxcluster", "netbox_cluster"), 1);
    assert_eq!(linked("netbox_proxbox.proxmoxnode", "netbox_device"), 2);
    let backups = netbox.objects("netbox_proxbox.vmbackup").len();
    assert!(backups > 0);
    assert_eq!(linked("netbox_proxbox.vmbackup", "proxmox_storage"), backups);
    let machines = netbox.objects("virtualization.virtualmachine").len();
    assert_eq!(netbox.objects("netbox_proxbox.proxboxvirtualmachinesyncstate").len(), machines);
}

fn has_tag(object: &Value) -> bool {
    let tags = object["tags"].as_array();
    tags.is_some_and(|tags| tags.iter().any(|tag| tag["slug"] == "proxbox"))
}

#[tokio::test]
async fn the_requests_of_the_older_plugin_get_their_answers() {
    let replay = Replay::of(include_str!("wire/older.jsonl"), Flavour::OlderPlugin).await;
    assert_eq!(replay.id_of("1"), Some(1));
    replay.assert_as_recorded();
    let machines = replay.netbox().objects("virtualization.virtualmachine");
    assert_eq!(machines.len(), 9);
    assert!(machines.iter().all(|machine| machine["custom_fields"]["proxmox_vm_id"].is_u64()));
}

#[tokio::test]
async fn a_service_that_lost_its_database_is_claimed_anew() {
    Replay::of(include_str!("wire/lost.jsonl"), Flavour::Bare).await.assert_as_recorded();
}

#[tokio::test]
async fn what_the_plugin_demands_beside_holds() {
    Replay::of(include_str!("wire/strict.jsonl"), Flavour::CurrentPlugin).await.assert_as_recorded();
}
