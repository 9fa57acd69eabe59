//! A server between a fleet and a NetBox that are made up.

use crate::lab::{Lab, frames};
use proxbox_fakes::fleet::{Fleet, FleetSpec};
use proxbox_fakes::netbox::{self, FakeNetbox};
use proxbox_fakes::proxmox::{self, FakeProxmox};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

pub struct World {
    pub lab: Lab,
    pub proxmox: FakeProxmox,
    pub netbox: FakeNetbox,
}

pub async fn world(nodes: usize, guests: usize) -> World {
    slow_world(nodes, guests, Duration::ZERO).await
}

/// With another sort of NetBox.
pub async fn flavoured_world(nodes: usize, guests: usize, flavour: netbox::Flavour) -> World {
    made_of(nodes, guests, proxmox::Options::default(), flavour).await
}

/// A Proxmox that takes its time.
pub async fn slow_world(nodes: usize, guests: usize, latency: Duration) -> World {
    let options = proxmox::Options { latency, ..proxmox::Options::default() };
    made_of(nodes, guests, options, netbox::Flavour::CurrentPlugin).await
}

/// With the site modules of a folder.
pub async fn modular_world(nodes: usize, guests: usize, modules: &Path) -> World {
    let lab = Lab::with_modules(modules).await;
    around(lab, nodes, guests, proxmox::Options::default(), netbox::Flavour::CurrentPlugin).await
}

async fn made_of(nodes: usize, guests: usize, options: proxmox::Options, flavour: netbox::Flavour) -> World {
    around(Lab::keyed().await, nodes, guests, options, flavour).await
}

async fn around(
    lab: Lab,
    nodes: usize,
    guests: usize,
    options: proxmox::Options,
    flavour: netbox::Flavour,
) -> World {
    let fleet = Fleet::generate(&FleetSpec::new("lab", nodes, guests, 1));
    let proxmox = FakeProxmox::start(fleet, options).await.unwrap();
    let netbox = FakeNetbox::start(netbox::Options::default().flavour(flavour)).await.unwrap();
    if !matches!(flavour, netbox::Flavour::Bare) {
        netbox.seed_plugin_endpoint("lab", "127.0.0.1", proxmox.addr().port()).unwrap();
    }
    lab.connect(&proxmox, &netbox).await;
    World { lab, proxmox, netbox }
}

impl World {
    /// The frames of a stream, to its end.
    pub async fn told(&self, path: &str) -> Vec<(String, Value)> {
        let response = self.lab.stream(path).await;
        assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
        let headers = response.headers().clone();
        assert_eq!(headers["content-type"], "text/event-stream; charset=utf-8");
        assert_eq!(headers["cache-control"], "no-cache");
        assert_eq!(headers["x-accel-buffering"], "no");
        frames(&response.text().await.unwrap())
    }

    /// The one `complete` of a stream.
    pub async fn last(&self, path: &str) -> Value {
        let frames = self.told(path).await;
        assert_eq!(frames.iter().filter(|(name, _)| name == "complete").count(), 1);
        let (name, complete) = frames.last().unwrap();
        assert_eq!(name, "complete");
        complete.clone()
    }
}
