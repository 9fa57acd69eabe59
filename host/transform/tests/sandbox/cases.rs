//! The cases of the default mapping (`guest-transforms/<interface>/cases`), mapped by the components in the sandbox.

use crate::support::Site;
use proxbox_model::draft::Outcome;
use proxbox_model::facts::*;
use proxbox_transform::{Limits, MapContext, Mapped, ModuleSet, Settings, Transforms};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Deserialize)]
struct Case<Fact> {
    name: String,
    context: Choices,
    fact: Fact,
    outcome: Outcome,
}

#[derive(Clone, Deserialize, PartialEq)]
struct Choices {
    features: Vec<String>,
    options: Json,
}

impl Choices {
    /// The context that the native tests of the mappers have, with these choices.
    fn context(&self) -> MapContext {
        MapContext {
            source: Source {
                endpoint: "lab".to_owned(),
                url: "https://pve.example.org:8006".to_owned(),
                cluster: "lab".to_owned(),
                mode: ClusterMode::Cluster,
                pve_version: "9.1".to_owned(),
                now: 1_767_225_600,
            },
            target: Target { netbox_version: "4.7.3".to_owned(), features: self.features.clone() },
            options: self.options.clone(),
        }
    }
}

/// Of interfaces inside a guest, one only may stand for an interface of Proxmox; what is mapped beside a fact counts.
const MAPPED_TOGETHER: &str = "guest-interface";

fn folder(interface: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../guest-transforms").join(interface).join("cases")
}

fn cases<Fact: DeserializeOwned>(interface: &str) -> Vec<Case<Fact>> {
    let entries = fs::read_dir(folder(interface)).unwrap_or_else(|why| panic!("{interface}: {why}"));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: PathBuf| {
        let text = fs::read_to_string(&file).unwrap();
        serde_json::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", file.display()))
    };
    files.into_iter().map(read).collect()
}

/// The built-in mappers, with time enough on a busy machine.
async fn built_in() -> Transforms {
    let patient = Limits { time: Duration::from_secs(60), ..Limits::default() };
    let site = Site::new();
    Transforms::load(Settings { limits: patient, ..site.settings() }).await.unwrap()
}

fn outcomes(mapped: Mapped) -> Vec<Outcome> {
    assert_eq!(mapped.problems, []);
    mapped.outcomes.into_iter().map(|mapped| mapped.outcome).collect()
}

/// Every case alone, then twice in one call together with those that have the same context.
async fn check<Fact: DeserializeOwned + Clone>(
    interface: &str,
    map: impl AsyncFn(&ModuleSet, &MapContext, &[Fact]) -> Mapped,
) {
    let cases = cases::<Fact>(interface);
    assert!(!cases.is_empty(), "{interface} has no cases");
    let transforms = built_in().await;
    let modules = transforms.modules();
    for case in &cases {
        let alone = outcomes(map(&modules, &case.context.context(), std::slice::from_ref(&case.fact)).await);
        assert_eq!(alone, std::slice::from_ref(&case.outcome), "{interface}: {}", case.name);
    }
    for first in &cases {
        let alike: Vec<&Case<Fact>> = cases.iter().filter(|case| case.context == first.context).collect();
        let facts: Vec<Fact> = alike.iter().map(|case| case.fact.clone()).collect();
        let context = first.context.context();
        let once = outcomes(map(&modules, &context, &facts).await);
        let again = outcomes(map(&modules, &context, &facts).await);
        assert_eq!(once, again, "{interface}: two runs in the context of {}", first.name);
        if interface != MAPPED_TOGETHER {
            let wanted: Vec<Outcome> = alike.iter().map(|case| case.outcome.clone()).collect();
            assert_eq!(once, wanted, "{interface}: cases in the context of {}", first.name);
        }
    }
    eprintln!("{interface}: {} cases", cases.len());
}

/// One test for each interface.
macro_rules! interfaces {
    ($($test:ident $interface:literal $facts:ident $function:ident;)+) => {
        const INTERFACES: &[&str] = &[$($interface),+];

        $(
            #[tokio::test]
            async fn $test() {
                let map = async |modules: &ModuleSet, cx: &MapContext, facts: &[$facts]| {
                    modules.$function(cx, facts).await
                };
                check::<$facts>($interface, map).await;
            }
        )+
    };
}

interfaces! {
    a_cluster_is_mapped_as_its_cases_say "cluster" ClusterFacts clusters;
    a_node_is_mapped_as_its_cases_say "node" NodeFacts nodes;
    an_interface_of_a_node_is_mapped_as_its_cases_say "node-interface" NodeInterfaceFacts node_interfaces;
    a_storage_is_mapped_as_its_cases_say "storage" StorageFacts storages;
    a_guest_is_mapped_as_its_cases_say "virtual-machine" GuestFacts guests;
    a_disk_is_mapped_as_its_cases_say "virtual-disk" VirtualDiskFacts disks;
    an_interface_of_a_guest_is_mapped_as_its_cases_say "vm-interface" VmInterfaceFacts interfaces;
    a_mac_address_is_mapped_as_its_cases_say "mac-address" MacAddressFacts mac_addresses;
    a_vlan_is_mapped_as_its_cases_say "vlan" VlanFacts vlans;
    an_ip_address_is_mapped_as_its_cases_say "ip-address" IpAddressFacts ip_addresses;
    a_choice_of_primary_addresses_is_mapped_as_its_cases_say "primary-ip" PrimaryIpFacts primary_ips;
    a_snapshot_is_mapped_as_its_cases_say "snapshot" SnapshotFacts snapshots;
    a_backup_is_mapped_as_its_cases_say "backup" BackupFacts backups;
    a_backup_job_is_mapped_as_its_cases_say "backup-routine" BackupRoutineFacts backup_routines;
    a_replication_job_is_mapped_as_its_cases_say "replication" ReplicationFacts replications;
    a_task_is_mapped_as_its_cases_say "task" TaskFacts tasks;
    cloud_init_settings_are_mapped_as_their_cases_say "cloud-init" CloudInitFacts cloud_inits;
    an_interface_inside_a_guest_is_mapped_as_its_cases_say "guest-interface" GuestInterfaceFacts guest_interfaces;
}

#[tokio::test]
async fn every_interface_of_the_built_in_mappers_has_cases() {
    let transforms = built_in().await;
    let mapped: BTreeSet<String> =
        transforms.modules().describe().into_iter().flat_map(|module| module.interfaces).collect();
    assert_eq!(mapped, INTERFACES.iter().map(|interface| (*interface).to_owned()).collect());
    let none: Vec<_> = INTERFACES.iter().filter(|interface| cases::<Json>(interface).is_empty()).collect();
    assert!(none.is_empty(), "{none:?} have no cases");
}
