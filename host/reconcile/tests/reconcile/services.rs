//! Services that a module documents on a guest.

use crate::build::*;
use crate::netbox::Netbox;
use proxbox_model::draft::{Draft, Value};
use proxbox_model::report::ObjectResult;
use serde_json::{Value as Json, json};

const SERVICE: &str = "ipam.service";

fn https(vmid: u32, ports: &str) -> Draft {
    draft(SERVICE)
        .with("parent_object_id", reference(VM, &[("proxmox-vmid", &vmid.to_string())]))
        .with_text("name", "https")
        .with_text("protocol", "tcp")
        .with("ports", Value::Json(ports.to_owned()))
}

fn services(netbox: &Netbox) -> Vec<[&Json; 3]> {
    let fields = ["parent_object_type", "parent_object_id", "ports"];
    netbox.all(SERVICE).map(|(_, row)| fields.map(|field| &row.fields[field])).collect()
}

#[test]
fn a_service_is_made_on_a_new_guest_and_once() {
    let mut netbox = Netbox::default();
    let facts = source("prod", [guest("prod", 100, "web").bring(https(100, "[8443, 443, 443]"))]);
    let id = sync(&mut netbox, &facts).id("prod", 100);

    assert_eq!(services(&netbox), [[&json!(VM), &json!(id), &json!([443, 8443])]]);
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn guests_have_services_of_the_same_name() {
    let mut netbox = Netbox::default();
    let guests =
        [100, 101].map(|vmid| guest("prod", vmid, &format!("web{vmid}")).bring(https(vmid, "[443]")));
    let facts = source("prod", guests);
    let run = sync(&mut netbox, &facts);

    let parents: Vec<&Json> = services(&netbox).into_iter().map(|[_, parent, _]| parent).collect();
    assert_eq!(parents, [&json!(run.id("prod", 100)), &json!(run.id("prod", 101))]);
    assert!(sync(&mut netbox, &facts).plan.is_noop());
}

#[test]
fn a_service_is_the_operators_once_it_is_made() {
    let mut netbox = Netbox::default();
    let with = |ports| source("prod", [guest("prod", 100, "web").bring(https(100, ports))]);
    sync(&mut netbox, &with("[443]"));
    let (service, _) = netbox.named(SERVICE, "https");
    netbox.edit(SERVICE, service).fields.insert("ports".to_owned(), json!([4443]));

    assert!(sync(&mut netbox, &with("[443]")).plan.is_noop());
    assert!(sync(&mut netbox, &with("[8443]")).plan.is_noop());
}

#[test]
fn a_device_of_the_same_id_does_not_have_the_guests_service() {
    let mut netbox = Netbox::default();
    let facts = source("prod", [guest("prod", 100, "web")]);
    let id = sync(&mut netbox, &facts).id("prod", 100);
    let of_a_device =
        json!({ "name": "https", "parent_object_type": DEVICE, "parent_object_id": id, "ports": [443] });
    netbox.put(SERVICE, of_a_device);
    sync(&mut netbox, &source("prod", [guest("prod", 100, "web").bring(https(100, "[443]"))]));

    assert_eq!(services(&netbox).len(), 2);
}

#[test]
fn a_guest_that_netbox_refuses_has_no_service() {
    let mut netbox = Netbox::default();
    netbox.refuses.insert("web".to_owned());
    let run = sync(&mut netbox, &source("prod", [guest("prod", 100, "web").bring(https(100, "[443]"))]));

    assert!(matches!(run.vm("prod", 100), ObjectResult::Failed { .. }));
    assert_eq!(netbox.all(SERVICE).count(), 0);
}

#[test]
fn ports_are_numbers_that_a_port_can_have() {
    for ports in ["[]", "[0]", "[65536]", "[\"443\"]", "443", "{}", "no JSON", "null"] {
        let facts = source("prod", [guest("prod", 100, "web").bring(https(100, ports))]);
        let run = sync(&mut Netbox::default(), &facts);
        assert_eq!(code(run.vm("prod", 100)), "draft-wrong-value", "{ports}");
        let wants = "ipam.service.ports wants a JSON list of whole numbers from 1 to 65535, at least one";
        assert!(message(run.vm("prod", 100)).contains(wants), "{}", message(run.vm("prod", 100)));
    }
}

#[test]
fn a_service_of_what_is_no_machine_is_refused() {
    let service = https(100, "[443]").with("parent_object_id", reference("dcim.site", &[("slug", "x")]));
    let facts = source("prod", [guest("prod", 100, "web").bring(service)]);
    assert_eq!(code(sync(&mut Netbox::default(), &facts).vm("prod", 100)), "draft-wrong-value");
}

#[test]
fn a_service_can_be_narrowed_to_an_address_that_is_there() {
    let mut netbox = Netbox::default();
    let facts = source("prod", [guest("prod", 100, "web")]);
    sync(&mut netbox, &facts);
    let address = netbox.put("ipam.ipaddress", json!({ "address": "192.0.2.10/24" }));
    let to = match reference("ipam.ipaddress", &[("dns_name", "web.example.org")]) {
        Value::Reference(to) => Value::References(vec![to]),
        other => other,
    };
    netbox.edit("ipam.ipaddress", address).fields.insert("dns_name".to_owned(), json!("web.example.org"));
    let narrowed = guest("prod", 100, "web").bring(https(100, "[443]").with("ipaddresses", to));
    let run = sync(&mut netbox, &source("prod", [narrowed]));

    assert_eq!(*run.vm("prod", 100), ObjectResult::Unchanged);
    let (_, service) = netbox.named(SERVICE, "https");
    assert_eq!(service.fields["ipaddresses"], json!([address]));
}
