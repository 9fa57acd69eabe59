//! What becomes of a cluster in NetBox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../testing/cases.rs"]
mod cases;
#[path = "../../testing/kinds.rs"]
mod kinds;

use proxbox_cluster::Cluster;
use proxbox_transform_sdk::facts::ClusterFacts;
use proxbox_transform_sdk::{ClusterMapper, Draft, Value, cluster_type, proxbox_tag, testing};

fn facts(name: &str, mode: &str) -> ClusterFacts {
    ClusterFacts {
        name: name.to_owned(),
        mode: mode.to_owned(),
        version: Some(3),
        quorate: true,
        nodes: vec!["pve1".to_owned()],
        status: "[]".to_owned(),
    }
}

fn text(draft: &Draft, name: &str) -> String {
    match draft.get(name) {
        Some(Value::Text(text)) => text.clone(),
        other => panic!("{name} is {other:?}"),
    }
}

#[test]
fn every_case_maps_as_written_and_odd_values_break_nothing() {
    cases::check::<proxbox_model::facts::ClusterFacts>(env!("CARGO_MANIFEST_DIR"), Cluster::map_all);
}

#[test]
fn a_cluster_has_the_type_of_its_mode() {
    let table = [
        ("cluster", "Cluster", "Proxmox cluster cluster.", "Proxmox cluster mode"),
        ("standalone", "Standalone", "Proxmox standalone cluster.", "Proxmox standalone mode"),
        ("restricted", "Restricted", "Proxmox restricted cluster.", "Proxmox restricted mode"),
    ];
    for (mode, name, description, type_description) in table {
        let drafts = kinds::drafts(Cluster::map(&testing::context(), &facts("lab", mode)));
        let [cluster, kind] = &drafts[..] else { panic!("{drafts:?}") };
        assert_eq!(text(cluster, "name"), "lab");
        assert_eq!(cluster.get("type"), Some(&cluster_type(mode).into()));
        assert_eq!(text(cluster, "description"), description);
        assert_eq!(cluster.tags, [proxbox_tag()]);
        assert_eq!(text(kind, "name"), name);
        assert_eq!(text(kind, "slug"), mode);
        assert_eq!(text(kind, "description"), type_description);
        assert_eq!(kind.tags, [proxbox_tag()]);
    }
}

#[test]
fn a_cluster_keeps_its_proxmox_name_whatever_netbox_calls_it() {
    let name = "n".repeat(150);
    let drafts = kinds::drafts(Cluster::map(&testing::context(), &facts(&name, "cluster")));
    assert!(text(&drafts[0], "name").starts_with("nnn"));
    assert_eq!(drafts[0].get_custom("proxmox_cluster_name"), Some(&Value::Text(name)));
}

#[test]
fn custom_fields_are_those_that_the_target_has() {
    let table: [(&[&str], &[&str]); 5] = [
        (&[], &["proxmox_cluster_name"]),
        (&["identity-custom-fields"], &["proxmox_cluster_name"]),
        (&["proxmox-custom-fields"], &["proxmox_cluster_name", "proxmox_cluster_status"]),
        (&["sync-state"], &["proxmox_cluster_name", "proxmox_cluster_status"]),
        (&["virtual-machine-types"], &[]),
    ];
    for (features, expected) in table {
        let mut cx = testing::context();
        cx.target.features = features.iter().map(|feature| (*feature).to_owned()).collect();
        let drafts = kinds::drafts(Cluster::map(&cx, &facts("lab", "cluster")));
        let names: Vec<&str> = drafts[0].custom_fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, expected, "{features:?}");
    }
}
