//! What the plugin's settings change, and what the operator said before.

use crate::lab::{Lab, frames};
use proxbox_fakes::fleet::{Fleet, FleetSpec};
use proxbox_fakes::netbox::{self, FakeNetbox};
use proxbox_fakes::proxmox::{self, FakeProxmox};
use serde_json::{Value, json};

const SETTINGS: &str = "plugins/proxbox/settings/1";
const MACHINES: &str = "/virtualization/virtual-machines/create/stream?proxmox_endpoint_ids=1";

struct World {
    lab: Lab,
    proxmox: FakeProxmox,
    netbox: FakeNetbox,
}

/// With these settings of the plugin changed.
async fn world(changed: Value) -> World {
    let fleet = Fleet::generate(&FleetSpec::new("lab", 2, 30, 1));
    let proxmox = FakeProxmox::start(fleet, proxmox::Options::default()).await.unwrap();
    let options = netbox::Options::default().flavour(netbox::Flavour::CurrentPlugin);
    let netbox = FakeNetbox::start(options).await.unwrap();
    netbox.seed_plugin_endpoint("lab", "127.0.0.1", proxmox.addr().port()).unwrap();
    netbox.change(SETTINGS, &changed).unwrap();
    let lab = Lab::keyed().await;
    lab.connect(&proxmox, &netbox).await;
    World { lab, proxmox, netbox }
}

impl World {
    async fn run(&self) -> Value {
        let text = self.lab.stream(MACHINES).await.text().await.unwrap();
        frames(&text).pop().unwrap().1
    }

    /// The most virtual machines in one write.
    fn largest_write(&self) -> usize {
        let writes = self.netbox.writes();
        let machines = writes.iter().filter(|write| write.path == "/api/virtualization/virtual-machines/");
        machines.filter_map(|write| write.body.as_array().map(Vec::len)).max().unwrap()
    }

    async fn end(self) {
        self.lab.stop().await;
        self.proxmox.shutdown().await;
        self.netbox.shutdown().await;
    }
}

#[tokio::test]
async fn a_run_goes_by_the_plugins_settings_and_asks_for_them_once() {
    let world = world(json!({"bulk_batch_size": 7})).await;
    let end = world.run().await;
    assert_eq!(end["ok"], true, "{end}");
    assert_eq!(world.largest_write(), 7);
    assert_eq!(world.netbox.count("GET /api/plugins/proxbox/settings/*"), 1);
    world.end().await;
}

#[tokio::test]
async fn an_endpoint_where_the_plugin_allows_none_is_refused_with_the_setting_and_not_tried_again() {
    let world = world(json!({"allow_private_ips": false})).await;
    let (code, body) = world.lab.get(MACHINES).await;
    let said = body.to_string();
    assert!(code == 400 && said.contains("127.0.0.1") && said.contains("allow_private_ips"), "{code} {said}");
    assert!(world.proxmox.requests().is_empty(), "nothing was sent");
    assert!(world.netbox.writes().is_empty());

    let push = json!({"ip_address": "10.0.0.1"});
    let (code, body) = world.lab.put("/proxmox/endpoints/1", push).await;
    assert!(code == 400 && body["detail"].as_str().unwrap().contains("allow_private_ips"), "{body}");

    world.netbox.change(SETTINGS, &json!({"additional_allowed_ip_ranges": "127.0.0.0/8"})).unwrap();
    assert_eq!(world.run().await["ok"], true, "the next run asks again");
    world.end().await;
}

#[tokio::test]
async fn single_questions_to_proxmox_go_by_them_before_any_run() {
    let world = world(json!({"explicitly_blocked_ip_ranges": "127.0.0.0/8"})).await;
    let (code, body) = world.lab.get("/proxmox/version?source=database&proxmox_endpoint_ids=1").await;
    let said = body.to_string();
    assert!(code == 502 && said.contains("127.0.0.1"), "{code} {said}");
    assert!(world.proxmox.requests().is_empty(), "nothing was sent");
    world.end().await;
}

#[tokio::test]
async fn causes_are_shown_to_clients_when_the_plugin_says_so() {
    let world = world(json!({"expose_internal_errors": true})).await;
    assert_eq!(world.run().await["ok"], true);
    world.netbox.shutdown().await;
    let (code, body) = world.lab.get("/netbox/status").await;
    assert!(code == 502 && body["python_exception"].is_string(), "{body}");
    world.lab.stop().await;
    world.proxmox.shutdown().await;
}
