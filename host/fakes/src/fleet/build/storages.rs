//! Storages, the same set for every fleet: local and shared ones of the usual types, and one switched off.

use super::dice::Dice;
use crate::fleet::{FleetSpec, Node, Storage};

pub(super) fn all(spec: &FleetSpec, nodes: &[Node]) -> Vec<Storage> {
    let mut dice = Dice::new(spec.seed, "storages", 0);
    let mut total = |low: u64, high: u64| dice.between(low, high) << 30;
    let nas = format!("10.{}.0.5", spec.network);
    let pbs = format!("10.{}.0.6", spec.network);
    let restricted: Vec<String> = match nodes.len() {
        0..3 => Vec::new(),
        many => nodes.iter().take(many - 1).map(|node| node.name.clone()).collect(),
    };
    vec![
        storage("local", "dir", &["iso", "vztmpl", "backup"], total(80, 400), &[("path", "/var/lib/vz")]),
        storage(
            "local-lvm",
            "lvmthin",
            &["images", "rootdir"],
            total(400, 4000),
            &[("vgname", "pve"), ("thinpool", "data")],
        ),
        Storage {
            nodes: restricted,
            ..storage(
                "tank",
                "zfspool",
                &["images", "rootdir"],
                total(2000, 16000),
                &[("pool", "tank/vm"), ("mountpoint", "/tank/vm"), ("sparse", "1")],
            )
        },
        shared(storage(
            "nas-nfs",
            "nfs",
            &["backup", "images", "rootdir", "iso"],
            total(8000, 64000),
            &[
                ("server", &nas),
                ("export", "/volume1/proxmox"),
                ("path", "/mnt/pve/nas-nfs"),
                ("options", "vers=4.2"),
                ("prune-backups", "keep-last=3,keep-weekly=4"),
                ("max-protected-backups", "5"),
            ],
        )),
        shared(storage(
            "pbs-main",
            "pbs",
            &["backup"],
            total(16000, 128_000),
            &[
                ("server", &pbs),
                ("datastore", "main"),
                ("namespace", &spec.cluster),
                ("username", "sync@pbs!pve"),
                (
                    "fingerprint",
                    "8c:4b:2e:6f:01:9a:d3:77:8c:4b:2e:6f:01:9a:d3:77:8c:4b:2e:6f:01:9a:d3:77:8c:4b:2e:6f:01:9a:d3:77",
                ),
                ("prune-backups", "keep-all=1"),
            ],
        )),
        Storage {
            enabled: false,
            active: false,
            ..storage("usb-archive", "dir", &["backup"], 4000 << 30, &[("path", "/mnt/usb")])
        },
    ]
}

fn shared(storage: Storage) -> Storage {
    Storage { shared: true, ..storage }
}

fn storage(name: &str, kind: &str, content: &[&str], total: u64, options: &[(&str, &str)]) -> Storage {
    Storage {
        name: name.to_owned(),
        kind: kind.to_owned(),
        content: content.iter().map(|c| (*c).to_owned()).collect(),
        shared: false,
        enabled: true,
        active: true,
        nodes: Vec::new(),
        total,
        options: options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
    }
}
