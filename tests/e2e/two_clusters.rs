//! Two clusters that look alike stay apart.

use futures::StreamExt as _;
use proxbox_fakes::fleet::FleetSpec;
use proxbox_fakes::netbox::{Fault, Flavour};
use proxbox_model::event::Event;
use proxbox_model::report::{ObjectReport, ObjectResult, RunStatus, Stage};
use proxbox_sync::Job;
use proxbox_tests::{Lab, LabBuilder, LabNetbox, Snapshot, changed, of_stage, told};
use std::collections::BTreeSet;

/// Two clusters with the same vmids, names and nodes, each with networks of its own.
async fn alike(flavour: Flavour) -> Lab {
    let lab = of_networks(flavour, 10, 60).await;
    lab.proxmox[1].change(|fleet| {
        let interfaces = fleet.nodes.iter_mut().flat_map(|node| &mut node.interfaces);
        let cidrs = interfaces.filter_map(|interface| interface.cidr.as_mut());
        cidrs.for_each(|cidr| *cidr = cidr.replace("172.16.", "172.31."));
    });
    lab
}

/// The same with these networks. Only what happened there is never the same in both.
async fn of_networks(flavour: Flavour, north: u8, south: u8) -> Lab {
    let spec = |name: &str, network| FleetSpec { network, ..FleetSpec::new(name, 2, 15, 3) };
    let builder =
        LabBuilder::default().flavour(flavour).fleet(spec("north", north)).fleet(spec("south", south));
    let lab = builder.start().await;
    lab.proxmox[1].change(|fleet| fleet.tasks.iter_mut().for_each(|task| task.pid ^= 1));
    lab
}

fn is_wrong(object: &ObjectReport) -> bool {
    matches!(object.result, ObjectResult::Failed { .. } | ObjectResult::Conflict { .. })
}

/// The plugin lets a vmid have a snapshot of one name once on nodes of one name, whatever the cluster.
fn is_taken(object: &ObjectReport) -> bool {
    object.item_type == "snapshot" && matches!(object.result, ObjectResult::Conflict { .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clusters_with_the_same_vmids_guests_and_nodes_are_neither_merged_nor_stolen() {
    let lab = alike(Flavour::Bare).await;

    let first = lab.sync().await;
    let told: Vec<_> = first.objects.iter().filter(|object| is_wrong(object)).collect();
    assert!(told.is_empty(), "{told:#?}");
    assert_eq!(first.status, RunStatus::Completed, "{:#?}", first.problems);
    assert_eq!(of_stage(&first, Stage::Devices).created, 2 * (1 + 2));
    assert_eq!(of_stage(&first, Stage::VirtualMachines).created, 2 * 15);
    let vms = lab.netbox.list("virtualization/virtual-machines/").await;
    let who = |cluster: &str| -> BTreeSet<String> {
        vms.iter()
            .filter(|vm| vm["cluster"]["name"] == cluster)
            .map(|vm| format!("{} {}", vm["custom_fields"]["proxmox_vm_id"], vm["name"]))
            .collect()
    };
    assert_eq!(who("north").len(), 15);
    assert_eq!(who("north"), who("south"), "same vmids and names on both sides");
    for vm in &vms {
        assert_eq!(vm["custom_fields"]["proxmox_cluster"], vm["cluster"]["name"]);
        assert_eq!(vm["device"]["name"], vm["custom_fields"]["proxmox_node"]);
    }
    assert_eq!(lab.netbox.list("dcim/devices/").await.len(), 4);
    assert_eq!(lab.sync().await.netbox_writes, 0);

    let before = Snapshot::take(&lab.netbox).await;
    let vmid = *lab.proxmox[0].fleet().read().unwrap().guests.keys().next().unwrap();
    lab.change(|fleet| fleet.rename(vmid, "only-in-the-north").unwrap());
    let report = lab.sync().await;
    assert_eq!(report.counts.updated, 1);
    assert_eq!(changed(&before, &Snapshot::take(&lab.netbox).await).len(), 1);
    assert_eq!(lab.vm("north", vmid).await["name"], "only-in-the-north");
    assert_ne!(lab.vm("south", vmid).await["name"], "only-in-the-north");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_plugin_a_change_in_one_cluster_touches_no_row_of_the_other() {
    let lab = alike(Flavour::CurrentPlugin).await;
    let first = lab.sync().await;
    let wrong: Vec<_> = first.objects.iter().filter(|object| is_wrong(object) && !is_taken(object)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(lab.sync().await.netbox_writes, 0, "what the plugin refuses is not sent again");

    let before = lab.look().await;
    assert_eq!(before.of("plugins/proxbox/sync-state/virtual-machines/").count(), 30);
    for row in before.of("plugins/proxbox/sync-state/virtual-machines/") {
        let own = if row["proxmox_cluster_name"] == "north" { "Proxmox 1" } else { "Proxmox 2" };
        assert_eq!(row["endpoint"]["name"], own, "endpoints are told apart by address and port");
        assert_eq!(row["proxmox_cluster"]["name"], row["proxmox_cluster_name"]);
    }
    let north = lab.fleet();
    let guest = north.guests.values().find(|guest| !guest.snapshots.is_empty()).unwrap();
    let (vmid, name) = (guest.vmid, guest.name.clone());
    lab.change(|fleet| {
        fleet.set_memory(vmid, 1_234).unwrap();
        fleet.change(vmid).unwrap().snapshots.remove(0);
    });
    lab.sync().await;
    let effects = told(&before, &lab.look().await);
    let snapshot = format!("snapshots {name} / {}: status", guest.snapshots[0].name);
    assert_eq!(effects, [snapshot, format!("virtual-machines {name}: memory")]);

    lab.proxmox[0].change(|fleet| fleet.guests.clear());
    let gone = lab.sync().await;
    assert_eq!(lab.netbox.list("virtualization/virtual-machines/").await.len(), 30, "{:?}", gone.problems);
    let south = gone.objects.iter().filter(|object| object.identity.source == "south");
    assert!(south.clone().count() > 30 && !south.clone().any(|object| is_wrong(object) && !is_taken(object)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_two_clusters_have_is_told_and_neither_steals_it() {
    let lab = of_networks(Flavour::CurrentPlugin, 10, 10).await;
    let first = lab.sync().await;
    assert_eq!(first.status, RunStatus::Partial);
    let mut about_addresses = 0;
    for object in first.objects.iter().filter(|object| is_wrong(object) && !is_taken(object)) {
        let kinds = ["ip-address", "primary-ip", "guest-interface"];
        assert!(kinds.contains(&object.item_type.as_str()), "{object:?}");
        assert_eq!(object.identity.source, "south");
        about_addresses += 1;
    }
    assert!(about_addresses > 0, "{:?}", first.counts);
    let again = lab.sync().await;
    assert_eq!((again.netbox_writes, again.status), (0, RunStatus::Partial));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_into_one_netbox_does_not_wait_for_another_netbox() {
    let lab = Lab::with_cluster(2, 8).await;
    let other = LabNetbox::in_memory(Flavour::Bare).await;
    lab.netbox.fake().fault("POST /api/virtualization/virtual-machines/", Fault::Hang);
    let stuck = lab.syncer.start(lab.job()).unwrap();
    let mut events = std::pin::pin!(stuck.events());
    while let Some(event) = events.next().await {
        if matches!(event, Event::StageStarted { .. }) {
            break;
        }
    }
    let elsewhere = Job { netbox: other.endpoint(), ..lab.job() };
    assert_eq!(lab.run(elsewhere).await.status, RunStatus::Completed);
    assert_eq!(other.list("virtualization/virtual-machines/").await.len(), 8);
    stuck.cancel();
    assert_eq!(stuck.wait().await.status, RunStatus::Cancelled);
}
