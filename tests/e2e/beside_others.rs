//! A NetBox that holds much more than what Proxmox knows: a run costs what the Proxmox estate costs.

use proxbox_fakes::fleet::FleetSpec;
use proxbox_fakes::netbox::{Fault, Flavour};
use proxbox_model::Identity;
use proxbox_model::report::{ObjectResult, RunStatus};
use proxbox_tests::{Lab, LabBuilder};
use serde_json::{Value, json};

/// A NetBox whose lists take many pages.
async fn lab() -> Lab {
    let spec = FleetSpec::new("lab", 2, 12, 7);
    LabBuilder::default().fleet(spec).flavour(Flavour::CurrentPlugin).page_size(100).in_memory().start().await
}

async fn put(lab: &Lab, path: &str, rows: Vec<Value>) -> Vec<u64> {
    let (status, made) =
        lab.netbox.request(reqwest::Method::POST, &format!("{path}/"), Some(Value::Array(rows))).await;
    assert_eq!(status, 201, "{path}: {made}");
    made.as_array().unwrap().iter().map(|row| row["id"].as_u64().unwrap()).collect()
}

/// What a company documents: switches with interfaces, MAC and IP addresses, and machines of another hypervisor.
async fn document(lab: &Lab, company: usize) {
    let name = format!("company-{company}");
    let one = || vec![json!({"name": name, "slug": name})];
    let site = put(lab, "dcim/sites", one()).await[0];
    let maker = put(lab, "dcim/manufacturers", one()).await[0];
    let model = vec![json!({"manufacturer": maker, "model": name, "slug": name})];
    let model = put(lab, "dcim/device-types", model).await[0];
    let role = put(lab, "dcim/device-roles", one()).await[0];
    let sort = put(lab, "virtualization/cluster-types", one()).await[0];
    let cluster = put(lab, "virtualization/clusters", vec![json!({"name": name, "type": sort})]).await[0];
    let device =
        |n: usize| json!({"name": format!("sw{n}"), "site": site, "device_type": model, "role": role});
    let devices = put(lab, "dcim/devices", (0..400).map(device).collect()).await;
    let port = |device: &u64| {
        let port = |n: usize| json!({"device": device, "name": format!("ge{n}"), "type": "1000base-t"});
        (0..3).map(port).collect::<Vec<_>>()
    };
    let ports = put(lab, "dcim/interfaces", devices.iter().flat_map(port).collect()).await;
    let on = |field: &str, value: String, port: &u64| json!({"assigned_object_type": "dcim.interface", "assigned_object_id": port, field: value});
    let numbered = || ports.iter().enumerate();
    let address = |(n, port): (usize, &u64)| {
        on("address", format!("198.{}.{}.{}/16", 18 + company, n / 250, n % 250 + 1), port)
    };
    put(lab, "ipam/ip-addresses", numbered().map(address).collect()).await;
    let mac = |(n, port): (usize, &u64)| {
        on("mac_address", format!("02:00:00:{company:02X}:{:02X}:{:02X}", n / 256, n % 256), port)
    };
    put(lab, "dcim/mac-addresses", numbered().map(mac).collect()).await;
    let machine = |n: usize| json!({"name": format!("theirs {n}"), "cluster": cluster});
    let machines = put(lab, "virtualization/virtual-machines", (0..800).map(machine).collect()).await;
    let card = |machine: &u64| json!({"virtual_machine": machine, "name": "eth0"});
    put(lab, "virtualization/interfaces", machines.iter().map(card).collect()).await;
    let vlan = |vid: usize| json!({"vid": vid, "name": format!("{name} {vid}"), "site": site});
    put(lab, "ipam/vlans", (1000..1900).map(vlan).collect()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_is_deleted_while_it_is_to_be_written_is_planned_again_and_told() {
    let lab = Lab::with_cluster(2, 6).await;
    lab.sync().await;
    let vmid = *lab.fleet().guests.keys().next().unwrap();
    let before = lab.netbox.list("virtualization/interfaces/").await.len();
    let id = lab.vm("lab", vmid).await["id"].as_u64().unwrap();
    lab.change(|fleet| fleet.rename(vmid, "renamed").unwrap());
    // After the run has read the machines.
    let deletes = vec![("DELETE", format!("virtualization/virtual-machines/{id}"), Value::Null)];
    lab.netbox.fake().fault_times(
        "GET /api/virtualization/virtual-machine-types/",
        Fault::Meanwhile(deletes),
        1,
    );
    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Completed, "{:#?}", report.cause());
    let told: Vec<&str> = report.problems.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(told, ["sync-stages-left-out", "sync-planned-again"]);
    let machine = report.objects().find(|object| object.identity == Identity::guest("lab", vmid)).unwrap();
    assert_eq!(machine.result, ObjectResult::Created);
    assert_eq!(report.counts.total(), lab.sync().await.counts.total(), "every object is counted once");
    assert_eq!(lab.vm("lab", vmid).await["name"], "renamed");
    assert_eq!(lab.netbox.list("virtualization/interfaces/").await.len(), before);
    assert_eq!(lab.sync().await.netbox_writes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_found_again_fails_after_the_second_plan() {
    let lab = Lab::with_plugin(2, 6).await;
    lab.sync().await;
    let vmid = *lab.fleet().guests.keys().next().unwrap();
    let id = lab.vm("lab", vmid).await["id"].as_u64().unwrap();
    lab.change(|fleet| fleet.rename(vmid, "renamed").unwrap());
    let gone = json!({"errors": [{"id": id, "errors": {"id": ["There is no such object."]}}]});
    lab.netbox.fake().fault("PATCH /api/virtualization/virtual-machines/", Fault::Status(400, gone));
    let report = lab.sync().await;
    let told: Vec<&str> = report.problems.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(told, ["sync-planned-again"]);
    let failed = report.objects().find(|object| object.identity == Identity::guest("lab", vmid)).unwrap();
    assert!(
        matches!(&failed.result, ObjectResult::Failed { problem } if problem.code == "netbox-object-gone")
    );
    assert_eq!(report.status, RunStatus::Partial);
}

#[tokio::test]
async fn a_run_beside_much_else_leaves_it_alone_and_asks_no_more_when_it_doubles() {
    let lab = lab().await;
    document(&lab, 1).await;
    let theirs = lab.look().await;
    let first = lab.sync().await;
    assert_eq!(first.status, RunStatus::Completed, "{:?}", first.problems);
    let after = lab.look().await;
    // The plugin's rows of clusters and nodes get their links.
    for (path, row) in theirs.all().filter(|(path, _)| !path.starts_with("plugins/")) {
        let now = after.get(path, row["id"].as_u64().unwrap()).map(|row| &row["last_updated"]);
        assert_eq!(now, Some(&row["last_updated"]), "{path}: {row}");
    }
    let second = lab.sync().await;
    assert_eq!((second.status, second.netbox_writes), (RunStatus::Completed, 0), "{:?}", second.problems);
    document(&lab, 2).await;
    let third = lab.sync().await;
    assert_eq!((third.status, third.netbox_writes), (RunStatus::Completed, 0), "{:?}", third.problems);
    // A list that just fitted may have grown too long.
    assert!(third.netbox_requests <= second.netbox_requests + 2, "{third:?}");
}

#[tokio::test]
async fn a_run_beside_much_else_comes_to_what_it_comes_to_alone() {
    let (alone, beside) = (lab().await, lab().await);
    document(&beside, 1).await;
    for _ in 0..2 {
        let (one, other) = (alone.sync().await, beside.sync().await);
        assert_eq!(one.counts, other.counts);
        assert_eq!(one.problems, other.problems);
    }
}
