use proxbox_model::options::{AddressFamily, SyncMode};
use proxbox_tests::Lab;
use serde_json::json;

const SETTINGS: &str = "plugins/proxbox/settings/";

async fn address(lab: &Lab) -> (u64, String) {
    let all = lab.netbox.list("ipam/ip-addresses/?assigned_to_interface=true").await;
    let one = all.iter().find(|one| one["assigned_object_type"] == "virtualization.vminterface").unwrap();
    (one["id"].as_u64().unwrap(), one["status"]["value"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overwrite_flag_of_the_plugin_counts_until_the_caller_says_otherwise() {
    let lab = Lab::with_plugin(2, 8).await;
    lab.sync().await;
    lab.netbox.change(SETTINGS, 1, json!({ "overwrite_ip_status": false })).await;
    let (id, _) = address(&lab).await;
    lab.netbox.change("ipam/ip-addresses/", id, json!({ "status": "reserved" })).await;

    assert_eq!(lab.sync().await.netbox_writes, 0, "the plugin's setting is honoured");
    assert_eq!(address(&lab).await, (id, "reserved".to_owned()));
    let mut job = lab.job();
    job.options.overwrite.insert("overwrite_ip_status".into(), true);
    lab.run(job).await;
    assert_eq!(address(&lab).await, (id, "active".to_owned()), "the caller wins");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_mode_of_the_plugin_counts_until_the_caller_says_otherwise() {
    let lab = Lab::with_plugin(2, 8).await;
    lab.netbox.change(SETTINGS, 1, json!({ "sync_mode_storage": "disabled" })).await;
    lab.sync().await;
    assert!(lab.netbox.list("plugins/proxbox/storage/").await.is_empty(), "the plugin's setting is honoured");
    let mut job = lab.job();
    job.options.modes.insert("sync_mode_storage".into(), SyncMode::Always);
    lab.run(job).await;
    assert_eq!(lab.netbox.list("plugins/proxbox/storage/").await.len(), lab.fleet().storages.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plugins_names_of_devices_are_used() {
    let lab = Lab::with_plugin(2, 8).await;
    lab.netbox.change(SETTINGS, 1, json!({ "node_device_name_template": "{node}.{cluster}.example" })).await;
    lab.sync().await;
    let mut names: Vec<String> = Vec::new();
    for device in lab.netbox.list("dcim/devices/").await {
        names.push(device["name"].as_str().unwrap().to_owned());
    }
    names.sort();
    assert_eq!(names, ["pve1.lab.example", "pve2.lab.example"]);
    assert_eq!(lab.sync().await.netbox_writes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_preferred_family_of_addresses_is_the_callers_choice_too() {
    let lab = Lab::with_plugin(1, 6).await;
    lab.netbox.change(SETTINGS, 1, json!({ "primary_ip_preference": "ipv6" })).await;
    let mut job = lab.job();
    job.options.mapping.primary_ip_preference = Some(AddressFamily::Ipv4);
    lab.run(job.clone()).await;
    assert_eq!(lab.run(job).await.netbox_writes, 0);
    assert_eq!(
        lab.sync().await.netbox_writes,
        0,
        "NetBox holds both families; its own setting says which is shown"
    );
}
