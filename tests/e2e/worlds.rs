//! What a sync leaves in a NetBox without the plugin, with an older and with the current one.

use proxbox_fakes::netbox::Flavour;
use proxbox_model::kind::CUSTOM_FIELDS;
use proxbox_model::report::{RunStatus, Stage};
use proxbox_tests::{Claims, Lab, Snapshot};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// What says which Proxmox object an object of NetBox stands for.
const IDENTITY: [&str; 5] =
    ["proxmox_cluster", "proxmox_cluster_name", "proxmox_node", "proxmox_vm_id", "proxmox_vm_type"];

/// Stages whose objects only the plugin holds.
const OF_THE_PLUGIN: [Stage; 6] = [
    Stage::Storage,
    Stage::Backups,
    Stage::Snapshots,
    Stage::BackupRoutines,
    Stage::Replications,
    Stage::TaskHistory,
];

/// Custom fields that NetBox has.
fn defined(netbox: &Snapshot) -> BTreeSet<String> {
    netbox.of("extras/custom-fields/").map(|field| field["name"].as_str().unwrap().to_owned()).collect()
}

/// Custom fields that hold something anywhere.
fn in_use(netbox: &Snapshot, path: &'static str) -> BTreeSet<String> {
    let held = |object: &Json| {
        let fields = object["custom_fields"].as_object().cloned().unwrap_or_default();
        fields.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name).collect::<Vec<_>>()
    };
    netbox.of(path).flat_map(held).collect()
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_netbox_gets_custom_fields_for_the_identity_and_no_others() {
    let lab = Lab::with_cluster(2, 20).await;
    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Completed, "{:#?}", report.problems);
    assert_eq!(defined(&lab.look().await), names(&IDENTITY));
    assert_eq!(lab.sync().await.netbox_writes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_plugin_its_stages_are_left_out_with_one_warning() {
    let lab = Lab::with_cluster(2, 10).await;
    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Completed, "{:#?}", report.problems);
    let [warning] = &report.problems[..] else { panic!("{:#?}", report.problems) };
    assert!(warning.hint.is_some());
    for stage in OF_THE_PLUGIN {
        assert!(warning.message.contains(stage.as_str()), "{}", warning.message);
        assert!(report.objects().all(|object| object.stage != stage));
    }
    for stage in Stage::ALL.into_iter().filter(|stage| !OF_THE_PLUGIN.contains(stage)) {
        assert!(report.objects().any(|object| object.stage == stage), "{stage:?}");
    }
    let asked = lab.proxmox[0].requests();
    let is_for_nothing = |path: &str| path.contains("/content") || path.contains("/snapshot");
    assert!(!asked.iter().any(|request| is_for_nothing(&request.path)), "nothing is read for nothing");
    // The latest of each node, which the next quick run goes by.
    assert_eq!(lab.proxmox[0].count("*/tasks"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_plugin_gets_its_custom_fields_with_values() {
    let lab = Lab::of_flavour(Flavour::OlderPlugin, 2, 20).await;
    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Completed, "{:#?}", report.problems);
    let netbox = lab.look().await;
    let known: BTreeSet<String> = CUSTOM_FIELDS.iter().map(|field| field.name.to_owned()).collect();
    assert_eq!(known.len(), 35);
    assert_eq!(defined(&netbox), known);

    let mut claims = Claims::default();
    let machines = in_use(&netbox, "virtualization/virtual-machines/");
    let expected = [
        "proxmox_vm_id",
        "proxmox_vm_type",
        "proxmox_cluster",
        "proxmox_node",
        "proxmox_link",
        "proxmox_status",
        "proxmox_os",
        "proxmox_tags",
        "proxmox_cpu_type",
        "proxmox_start_at_boot",
        "proxmox_qemu_agent",
        "proxmox_last_updated",
    ];
    for name in expected {
        claims.that(machines.contains(name), || format!("machines lack {name}: {machines:?}"));
    }
    let others = [
        ("virtualization/clusters/", "proxmox_cluster_status"),
        ("dcim/devices/", "proxmox_link"),
        ("virtualization/virtual-disks/", "proxbox_storage_id"),
        ("virtualization/interfaces/", "proxbox_bridge"),
    ];
    for (path, name) in others {
        let held = in_use(&netbox, path);
        claims.that(held.contains(name), || format!("{path} lack {name}: {held:?}"));
    }
    for list in ["virtual-machines", "devices", "clusters", "virtual-disks", "vm-interfaces"] {
        let path = format!("plugins/proxbox/sync-state/{list}/");
        claims.that(lab.netbox.list_if_any(&path).await.is_none(), || format!("{path} is there"));
    }
    for (path, least) in [("plugins/proxbox/backups/", 20), ("plugins/proxbox/storage/", 6)] {
        claims.that(netbox.of(path).count() >= least, || format!("{path} is not filled"));
    }
    claims.settle();
    assert_eq!(lab.sync().await.netbox_writes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_current_plugin_gets_rows_instead_of_custom_fields() {
    let lab = Lab::with_plugin(2, 20).await;
    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Completed, "{:#?}", report.problems);
    let netbox = lab.look().await;
    assert!(defined(&netbox).is_subset(&names(&IDENTITY)), "{:?}", defined(&netbox));
    let mut claims = Claims::default();
    for (rows, objects) in [
        ("plugins/proxbox/sync-state/virtual-machines/", "virtualization/virtual-machines/"),
        ("plugins/proxbox/sync-state/devices/", "dcim/devices/"),
        ("plugins/proxbox/sync-state/clusters/", "virtualization/clusters/"),
        ("plugins/proxbox/sync-state/virtual-disks/", "virtualization/virtual-disks/"),
        ("plugins/proxbox/sync-state/vm-interfaces/", "virtualization/interfaces/"),
    ] {
        claims.same(rows, &json!(netbox.of(rows).count()), netbox.of(objects).count());
    }
    claims.settle();
    assert_eq!(lab.sync().await.netbox_writes, 0);
}
