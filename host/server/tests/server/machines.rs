//! Syncs of one virtual machine, and of a few objects.

use crate::world::{World, flavoured_world, world};
use proxbox_fakes::fleet::GuestKind;
use proxbox_fakes::netbox::Flavour;
use serde_json::{Value, json};

const FULL: &str = "/full-update/stream";
const MACHINES: &str = "/virtualization/virtual-machines";

impl World {
    /// The id in NetBox of the machine that stands for a guest.
    fn machine(&self, name: &str) -> u64 {
        let machines = self.netbox.objects("virtualization.virtualmachine");
        let machine = machines.iter().find(|machine| machine["name"] == name);
        machine.and_then(|machine| machine["id"].as_u64()).unwrap()
    }

    /// A guest that runs, has an agent or is a container, and its name.
    fn some_guest(&self) -> (u32, String) {
        let fleet = self.proxmox.fleet();
        let fleet = fleet.read().unwrap();
        let guest =
            fleet.guests.values().find(|guest| guest.kind == GuestKind::Qemu && !guest.template).unwrap();
        (guest.vmid, guest.name.clone())
    }
}

#[tokio::test]
async fn one_machine_is_synced_with_all_that_belongs_to_it_and_nothing_else_is_read() {
    let world = world(2, 8).await;
    world.last(FULL).await;
    let (vmid, name) = world.some_guest();
    let other =
        world.proxmox.fleet().read().unwrap().guests.keys().copied().find(|other| *other != vmid).unwrap();
    world.proxmox.change(|fleet| {
        fleet.set_memory(vmid, 3000).unwrap();
        fleet.set_memory(other, 3000).unwrap();
    });
    let id = world.machine(&name);
    world.proxmox.clear_requests();
    let told = world
        .told(&format!("{MACHINES}/{id}/create/stream?proxmox_endpoint_ids=1&netbox_vm_ids={id}&run_id=x"))
        .await;
    let message = format!("Starting virtual machine synchronization for id={id}.");
    assert_eq!((&told[0].1["step"], &told[0].1["message"]), (&json!("virtual-machine"), &json!(message)));
    let of = |step: &str, status: &str| {
        told.iter().any(|(name, frame)| name == "step" && frame["step"] == step && frame["status"] == status)
    };
    for step in ["virtual-disks", "vm-interfaces", "vm-ip-addresses"] {
        assert!(of(step, "started") && of(step, "completed"), "{step}");
    }
    assert!(of("virtual-machine", "completed") && !of("virtual-machines", "completed"));
    let finished =
        told.iter().find(|(_, frame)| frame["step"] == "virtual-machine" && frame["status"] == "completed");
    assert_eq!(finished.unwrap().1["message"], "Virtual machine synchronization finished.");
    let complete = &told.last().unwrap().1;
    assert_eq!(complete["message"], "Virtual machine sync completed.", "{complete}");
    assert_eq!(
        (&complete["result"]["count"], &complete["result"]["updated"]),
        (&json!(1), &json!(1)),
        "{complete}"
    );
    assert_eq!(world.proxmox.count("/nodes/*/config"), 1);
    let machines = world.netbox.objects("virtualization.virtualmachine");
    let changed =
        machines.iter().filter(|machine| machine["memory"] == 3146 || machine["memory"] == 3000).count();
    assert_eq!(changed, 1, "{machines:?}");

    world.netbox.clear_requests();
    world.last(&format!("{MACHINES}/{id}/create/stream")).await;
    assert!(world.netbox.writes().is_empty());
}

#[tokio::test]
async fn the_parts_of_one_machine_have_streams_of_their_own() {
    let world = world(2, 8).await;
    world.last(FULL).await;
    let (vmid, name) = world.some_guest();
    let id = world.machine(&name);
    world.proxmox.change(|fleet| fleet.take_snapshot(vmid, "fresh")).unwrap();
    for (path, step, message, created) in [
        ("virtual-disks", "virtual-disks", format!("Starting virtual disks sync for VM id={id}."), 0),
        ("backups", "backups", format!("Starting backup sync for VM id={id}."), 0),
        ("snapshots", "snapshots", format!("Starting snapshot sync for VM id={id}."), 1),
    ] {
        let told =
            world.told(&format!("{MACHINES}/{id}/{path}/create/stream?delete_nonexistent_backup=true")).await;
        assert_eq!((&told[0].1["step"], &told[0].1["message"]), (&json!(step), &json!(message)));
        let complete = &told.last().unwrap().1;
        assert_eq!(complete["message"], format!("{step} sync completed."));
        assert_eq!(complete["result"]["created"], created, "{path} {complete}");
        let before = world.netbox.objects("netbox_proxbox.vmbackup").len();
        let (code, plain) = world.lab.get(&format!("{MACHINES}/{id}/{path}/create")).await;
        assert_eq!(code, 200, "{plain}");
        assert_eq!(world.netbox.objects("netbox_proxbox.vmbackup").len(), before);
    }
    let backups = world.proxmox.fleet().read().unwrap().backups.len();
    assert!(backups > 0);
    assert_eq!(
        world.netbox.objects("netbox_proxbox.vmbackup").len(),
        backups,
        "nothing of the others is gone"
    );
    let (code, listed) = world.lab.get(&format!("{MACHINES}/{id}/create")).await;
    assert_eq!((code, &listed[0]["id"], listed.as_array().unwrap().len()), (200, &json!(id), 1));
}

#[tokio::test]
async fn what_is_no_guest_is_not_found_before_any_stream() {
    let world = world(1, 2).await;
    world.last(FULL).await;
    for path in ["create", "virtual-disks/create", "backups/create", "snapshots/create"] {
        for path in [path.to_owned(), format!("{path}/stream")] {
            let (code, body) = world.lab.get(&format!("{MACHINES}/99999/{path}")).await;
            assert_eq!(code, 404, "{path}");
            assert!(body["detail"].as_str().unwrap().contains("99999"), "{body}");
            assert_eq!(world.lab.get(&format!("{MACHINES}/x/{path}")).await.0, 422, "{path}");
        }
    }
}

#[tokio::test]
async fn routes_without_a_stream_do_their_part_alone() {
    let world = world(2, 6).await;
    let (code, clusters) = world.lab.get("/virtualization/clusters/create").await;
    assert_eq!(
        (code, &clusters[0]["name"], &clusters[0]["operation"]),
        (200, &json!("lab"), &json!("created"))
    );
    assert!(world.netbox.objects("dcim.device").is_empty());
    let (code, types) = world.lab.get("/virtualization/cluster-types/create").await;
    assert_eq!((code, types.as_array().unwrap().len()), (200, 1));
    assert!(types[0]["slug"].is_string(), "{types}");
    let (code, devices) = world.lab.get("/dcim/devices/create").await;
    assert_eq!((code, devices.as_array().unwrap().len()), (200, 2));
    let (code, test) = world.lab.get(&format!("{MACHINES}/create-test")).await;
    assert_eq!((code, test), (200, json!([])), "nothing is there yet, and nothing is made");
    assert!(world.netbox.objects("virtualization.virtualmachine").is_empty());
    let (code, machines) = world.lab.get(&format!("{MACHINES}/create")).await;
    assert_eq!((code, machines.as_array().unwrap().len()), (200, 6));
    assert!(!world.netbox.objects("virtualization.virtualdisk").is_empty());

    let (code, interfaces) = world.lab.get("/dcim/devices/pve1/interfaces/create").await;
    assert_eq!(code, 200, "{interfaces}");
    let interfaces = interfaces.as_array().unwrap();
    assert!(!interfaces.is_empty());
    assert!(
        interfaces.iter().all(|one| one["name"].as_str().unwrap().starts_with("pve1 / ")),
        "{interfaces:?}"
    );
    assert_eq!(world.lab.get(&format!("{MACHINES}/storage/create")).await.0, 200);
}

#[tokio::test]
async fn backups_of_a_storage_and_snapshots_of_a_node_are_synced_alone() {
    let world = world(2, 8).await;
    world.proxmox.change(|fleet| {
        for node in ["pve1", "pve2"] {
            let guest = fleet.guests.values().find(|guest| guest.node == node).unwrap().vmid;
            fleet.take_snapshot(guest, "fresh").unwrap();
        }
    });
    world.last("/virtualization/virtual-machines/create/stream").await;
    world.last("/virtualization/virtual-machines/storage/create/stream").await;
    let (storage, node, vmid) = {
        let fleet = world.proxmox.fleet();
        let fleet = fleet.read().unwrap();
        let backup = fleet.backups.iter().find(|backup| fleet.guests.contains_key(&backup.vmid)).unwrap();
        (backup.storage.clone(), backup.node.clone().unwrap_or_else(|| "pve1".to_owned()), backup.vmid)
    };
    let path = format!("{MACHINES}/backups/create");
    let (code, missing) = world.lab.get(&path).await;
    let places: Vec<&Value> = missing["detail"].as_array().unwrap().iter().map(|part| &part["loc"]).collect();
    assert_eq!((code, places), (422, vec![&json!(["query", "node"]), &json!(["query", "storage"])]));
    let (code, listed) = world.lab.get(&format!("{path}?node={node}&storage={storage}&vmid={vmid}")).await;
    let expected = world
        .proxmox
        .fleet()
        .read()
        .unwrap()
        .backups
        .iter()
        .filter(|backup| {
            backup.vmid == vmid
                && backup.storage == storage
                && backup.node.as_ref().is_none_or(|on| *on == node)
        })
        .count();
    assert_eq!((code, listed.as_array().unwrap().len()), (200, expected), "{listed}");
    assert_eq!(world.netbox.objects("netbox_proxbox.vmbackup").len(), expected);

    let of_node = |node: &str| -> usize {
        let fleet = world.proxmox.fleet();
        let fleet = fleet.read().unwrap();
        fleet.guests.values().filter(|guest| guest.node == node).map(|guest| guest.snapshots.len()).sum()
    };
    assert!(of_node("pve1") > 0 && of_node("pve2") > 0);
    let (code, counts) = world.lab.get(&format!("{MACHINES}/snapshots/create?node=pve1")).await;
    assert_eq!(
        (code, &counts["created"], &counts["deleted"]),
        (200, &json!(of_node("pve1")), &json!(0)),
        "{counts}"
    );
    let (_, counts) = world.lab.get(&format!("{MACHINES}/snapshots/create")).await;
    assert_eq!(counts["created"], of_node("pve2"), "{counts}");
}

#[tokio::test]
async fn a_machine_is_known_by_its_custom_fields_as_well() {
    for flavour in [Flavour::OlderPlugin, Flavour::Bare] {
        let world = flavoured_world(1, 4, flavour).await;
        world.last(FULL).await;
        let (_, name) = world.some_guest();
        let id = world.machine(&name);
        let complete = world.last(&format!("{MACHINES}/{id}/create/stream?netbox_vm_ids={id}")).await;
        let (ok, count) = (&complete["ok"], &complete["result"]["count"]);
        assert_eq!((ok, count), (&json!(true), &json!(1)), "{id}: {complete}");
    }
}
