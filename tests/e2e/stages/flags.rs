use proxbox_fakes::fleet::{Fleet, GuestKind};
use proxbox_sync::Job;
use proxbox_tests::{Lab, Trial};
use serde_json::json;

/// A cluster with a virtual machine that has a tag, an address and cloud-init settings, in step.
async fn trial() -> (Trial, u32) {
    let lab = Lab::with_plugin(2, 4).await;
    let vmid = lab.change(|fleet| {
        let vmid = fleet.add_guest(GuestKind::Qemu, "subject");
        fleet.set_tags(vmid, &["alpha"]).unwrap();
        fleet.set_addresses(vmid, 0, vec![("10.99.0.5".parse().unwrap(), 24)]).unwrap();
        let options = &mut fleet.change(vmid).unwrap().options;
        options.insert("ciuser".into(), json!("ops"));
        options.insert("ipconfig0".into(), json!("ip=dhcp"));
        vmid
    });
    (Trial::of(lab).await, vmid)
}

fn without(flag: &'static str) -> impl Fn(&mut Job) {
    move |job| job.options.overwrite = [(flag.to_owned(), false)].into()
}

fn nothing(_: &mut Fleet) {}

#[tokio::test(flavor = "multi_thread")]
async fn proxmox_tags_stay_as_they_are_when_they_are_not_overwritten() {
    let (trial, vmid) = trial().await;
    let change = |fleet: &mut Fleet| fleet.set_tags(vmid, &["beta"]).unwrap();
    trial.lab.change(change);
    let mut job = trial.lab.job();
    without("overwrite_vm_proxmox_tags")(&mut job);
    trial.lab.run(job).await;
    let vms = trial.lab.netbox.list("virtualization/virtual-machines/?name=subject").await;
    let mut names: Vec<&str> =
        vms[0]["tags"].as_array().unwrap().iter().map(|tag| tag["slug"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["alpha", "proxbox"]);

    trial.lab.sync().await;
    let vms = trial.lab.netbox.list("virtualization/virtual-machines/?name=subject").await;
    let tags = vms[0]["tags"].to_string();
    assert!(tags.contains("beta"), "overwritten again, the new tag is there: {tags}");
    trial.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_of_an_address_is_the_operators_when_it_is_not_overwritten() {
    let (mut trial, _) = trial().await;
    let address = trial.lab.netbox.list("ipam/ip-addresses/?address=10.99.0.5").await;
    let id = address[0]["id"].as_u64().unwrap();
    trial.lab.netbox.change("ipam/ip-addresses/", id, json!({ "status": "reserved" })).await;
    trial.look_again().await;
    trial.step_with("kept", without("overwrite_ip_status"), nothing, &[]).await;
    trial.step("overwritten", nothing, &["ip-addresses 10.99.0.5/24: status"]).await;
    let address = trial.lab.netbox.list("ipam/ip-addresses/?address=10.99.0.5").await;
    trial.claims.same("its status", &address[0]["status"]["value"], "active");
    trial.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloud_init_row_is_made_and_left_alone_when_it_is_not_overwritten() {
    let (mut trial, vmid) = trial().await;
    let set = |user: &'static str| {
        move |fleet: &mut Fleet| {
            drop(fleet.change(vmid).unwrap().options.insert("ciuser".into(), json!(user)))
        }
    };
    trial.step_with("kept", without("overwrite_vm_cloudinit"), set("root"), &[]).await;
    trial.step("overwritten", nothing, &["vm-cloudinit subject: ciuser"]).await;
    trial.settle();
}
