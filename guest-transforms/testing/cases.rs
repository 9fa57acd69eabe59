//! Shared by the tests of the default mapping: what a component makes of facts, kept as data in its folder `cases`.
//!
//! A case is `{"name", "context": {"features", "options"}, "fact", "outcome"}`, with facts and outcomes as
//! `proxbox_model` writes them. The rest of the context is that of `testing::context()`. `PROXBOX_UPDATE_CASES=1` writes
//! the outcomes anew; what it wrote is then to be read.

use crate::kinds;
use proxbox_model::draft as model;
use proxbox_model::facts;
use proxbox_transform_sdk as sdk;
use sdk::{Context, Outcome, testing};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

#[derive(Deserialize, Serialize)]
struct Case<Fact> {
    name: String,
    context: Choices,
    fact: Fact,
    #[serde(default)]
    outcome: Option<model::Outcome>,
}

#[derive(Deserialize, Serialize)]
struct Choices {
    features: Vec<String>,
    options: Json,
}

impl Choices {
    fn context(&self) -> Context {
        let mut cx = testing::context();
        cx.target.features = self.features.clone();
        cx.options = self.options.to_string();
        cx
    }
}

/// Maps each case of the crate in that folder and compares; then maps it again with each value of the fact made odd.
pub(crate) fn check<Fact>(folder: &str, map: impl Fn(&Context, &[Fact::Sdk]) -> Vec<Outcome>)
where
    Fact: ToSdk + Clone + Serialize + DeserializeOwned,
{
    let update = std::env::var_os("PROXBOX_UPDATE_CASES").is_some();
    let files = files(folder);
    let mut names = BTreeSet::new();
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        let mut case: Case<Fact> =
            serde_json::from_str(&text).unwrap_or_else(|wrong| panic!("{}: {wrong}", file.display()));
        assert!(names.insert(case.name.clone()), "two cases are called `{}`", case.name);
        let outcome = mapped(&case.context.context(), case.fact.clone(), &map);
        if update {
            case.outcome = Some(outcome);
            fs::write(file, serde_json::to_string_pretty(&case).unwrap() + "\n").unwrap();
        } else {
            assert_eq!(case.outcome, Some(outcome), "{}: {}", file.display(), case.name);
        }
        odd_facts(&case.fact).into_iter().for_each(|fact| drop(mapped(&case.context.context(), fact, &map)));
    }
    assert!(files.len() >= 4, "{folder} has too few cases");
}

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(PathBuf::from(folder).join("cases")).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn mapped<Fact: ToSdk>(
    cx: &Context,
    fact: Fact,
    map: &impl Fn(&Context, &[Fact::Sdk]) -> Vec<Outcome>,
) -> model::Outcome {
    let mut outcomes = map(cx, &[fact.to_sdk()]);
    assert_eq!(outcomes.len(), 1, "one outcome for one fact");
    let outcome = outcomes.remove(0);
    if matches!(outcome, Outcome::Keep(_)) {
        kinds::drafts(outcome.clone());
    }
    to_model(outcome)
}

/// The fact with one value made odd, for every value and every oddity that the record can hold.
fn odd_facts<Fact: Serialize + DeserializeOwned>(fact: &Fact) -> Vec<Fact> {
    let plain = serde_json::to_value(fact).unwrap();
    let mut odd = Vec::new();
    for pointer in pointers(&plain, String::new()) {
        for oddity in oddities() {
            let mut fact = plain.clone();
            *fact.pointer_mut(&pointer).unwrap() = oddity;
            odd.extend(serde_json::from_value(fact));
        }
    }
    odd
}

fn pointers(value: &Json, here: String) -> Vec<String> {
    let inside: Vec<(String, &Json)> = match value {
        Json::Array(items) => {
            // The further ones are like the first.
            items.iter().take(3).enumerate().map(|(place, item)| (place.to_string(), item)).collect()
        }
        Json::Object(fields) => {
            fields.iter().map(|(name, field)| (name.replace('~', "~0").replace('/', "~1"), field)).collect()
        }
        _ => Vec::new(),
    };
    let deeper = inside.into_iter().flat_map(|(name, value)| pointers(value, format!("{here}/{name}")));
    let deeper: Vec<String> = deeper.collect();
    if here.is_empty() { deeper } else { deeper.into_iter().chain([here]).collect() }
}

fn oddities() -> Vec<Json> {
    let texts = [
        "",
        " ",
        "lo",
        "a\u{0}b",
        "名前 %=,:/;",
        "[1,{\"a\":[]}]",
        "{\"cpu\":{},\"port\":-1,\"fleecing\":[7]}",
    ];
    let mut odd: Vec<Json> = texts.iter().map(|text| json!(text)).collect();
    odd.push(json!("ü".repeat(5000)));
    odd.push(json!(vec!["n".repeat(300); 50]));
    odd.push(json!(vec![("o".repeat(300), "99999999999999999999"); 3]));
    odd.extend([Json::Null, json!([]), json!(true), json!(false)]);
    odd.extend([json!(0), json!(1), json!(65_535), json!(u32::MAX), json!(u64::MAX), json!(i64::MIN)]);
    odd.extend([json!(-0.5), json!(1e300)]);
    odd
}

/// From a record of the host to the SDK's.
pub(crate) trait ToSdk {
    type Sdk;
    fn to_sdk(self) -> Self::Sdk;
}

macro_rules! same {
    ($($type:ty),+) => {
        $(impl ToSdk for $type {
            type Sdk = Self;
            fn to_sdk(self) -> Self { self }
        })+
    };
}

same!(String, bool, u8, u16, u32, u64, i64, f64);

impl<T: ToSdk> ToSdk for Option<T> {
    type Sdk = Option<T::Sdk>;
    fn to_sdk(self) -> Self::Sdk {
        self.map(T::to_sdk)
    }
}

impl<T: ToSdk> ToSdk for Vec<T> {
    type Sdk = Vec<T::Sdk>;
    fn to_sdk(self) -> Self::Sdk {
        self.into_iter().map(T::to_sdk).collect()
    }
}

impl<A: ToSdk, B: ToSdk> ToSdk for (A, B) {
    type Sdk = (A::Sdk, B::Sdk);
    fn to_sdk(self) -> Self::Sdk {
        (self.0.to_sdk(), self.1.to_sdk())
    }
}

macro_rules! records {
    ($($record:ident { $($field:ident),+ })+) => {
        $(impl ToSdk for facts::$record {
            type Sdk = sdk::facts::$record;
            fn to_sdk(self) -> Self::Sdk {
                let Self { $($field),+ } = self;
                sdk::facts::$record { $($field: $field.to_sdk()),+ }
            }
        })+
    };
}

records! {
    ClusterFacts { name, mode, version, quorate, nodes, status }
    NodeFacts { name, online, ip, level, cpus, memory, disk, status, listing }
    NodeInterfaceFacts {
        node, name, kind, active, addresses, gateways, vlan_id, parent, members, vlan_aware, mtu, comment, raw
    }
    StorageFacts {
        name, kind, content, shared, enabled, nodes, path, prune_backups, max_protected_backups, total, used, raw
    }
    GuestFacts {
        vmid, kind, name, node, status, template, tags, pool, cpus, memory, disk, os, start_at_boot, agent,
        unprivileged, search_domain, notes, listing, config
    }
    VirtualDiskFacts { vmid, guest, key, role, storage, volume, size, format, options }
    Address { ip, prefix }
    GuestInterfaceFacts { vmid, guest, name, mac, addresses, net, raw }
    VmInterfaceFacts {
        vmid, guest, key, name, guest_name, model, mac, bridge, vlan, trunks, link_down, firewall, mtu, rate, options
    }
    MacAddressFacts { vmid, net, mac }
    VlanFacts { id, bridges }
    IpAddressFacts { owner, address, origin, link_local }
    PrimaryIpFacts { vmid, candidates }
    SnapshotFacts { vmid, guest, node, name, description, parent, taken, with_memory, storage, raw }
    BackupFacts {
        storage, node, volume_id, vmid, guest, format, size, used, created, notes, protected, encrypted,
        verification_state, verification_task, raw
    }
    BackupRoutineFacts {
        id, enabled, schedule, comment, node, storage, selection, exclude, retention, next_run, raw
    }
    ReplicationFacts {
        id, vmid, number, source_node, target_node, schedule, rate, comment, enabled, raw
    }
    TaskFacts { upid, node, vmid, guest, kind, user, started, ended, status, process, raw }
    CloudInitFacts { vmid, user, ssh_keys, nameservers, search_domain, addresses, has_password, upgrade }
}

macro_rules! choices {
    ($($choice:ident { $($case:ident),+ })+) => {
        $(impl ToSdk for facts::$choice {
            type Sdk = sdk::facts::$choice;
            fn to_sdk(self) -> Self::Sdk {
                match self { $(Self::$case => sdk::facts::$choice::$case),+ }
            }
        })+
    };
}

choices! {
    GuestKind { Qemu, Lxc }
    DiskRole { Disk, RootFilesystem, MountPoint, EfiVars, TpmState, Cdrom, CloudInit, Passthrough, Unused }
    AddressOrigin { Config, Agent, Node }
}

impl ToSdk for facts::ClusterMode {
    type Sdk = String;
    fn to_sdk(self) -> String {
        self.as_str().to_owned()
    }
}

impl ToSdk for facts::AddressOwner {
    type Sdk = sdk::facts::AddressOwner;
    fn to_sdk(self) -> Self::Sdk {
        match self {
            Self::VmInterface(vmid, net) => sdk::facts::AddressOwner::VmInterface((vmid, net)),
            Self::NodeInterface(node, name) => sdk::facts::AddressOwner::NodeInterface((node, name)),
        }
    }
}

impl ToSdk for facts::Selection {
    type Sdk = sdk::facts::Selection;
    fn to_sdk(self) -> Self::Sdk {
        match self {
            Self::All => sdk::facts::Selection::All,
            Self::Guests(guests) => sdk::facts::Selection::Guests(guests),
            Self::Pool(pool) => sdk::facts::Selection::Pool(pool),
        }
    }
}

fn to_model(outcome: Outcome) -> model::Outcome {
    match outcome {
        Outcome::Keep(drafts) => model::Outcome::Keep(drafts.into_iter().map(draft).collect()),
        Outcome::Skip(reason) => model::Outcome::Skip(reason),
        Outcome::Reject(sdk::Rejection { code, message, field }) => {
            model::Outcome::Reject(model::Rejection { code, message, field })
        }
    }
}

fn draft(draft: sdk::Draft) -> model::Draft {
    let fields = |fields: Vec<sdk::Field>| {
        let field = |sdk::Field { name, value: held }| model::Field { name, value: value(held) };
        fields.into_iter().map(field).collect()
    };
    let tag = |sdk::Tag { name, slug, color }| model::Tag { name, slug, color };
    model::Draft {
        kind: draft.kind,
        key: draft.key,
        fields: fields(draft.fields),
        custom_fields: fields(draft.custom_fields),
        tags: draft.tags.into_iter().map(tag).collect(),
    }
}

fn value(value: sdk::Value) -> model::Value {
    let reference = |sdk::Reference { kind, key }| model::Reference { kind, key };
    match value {
        sdk::Value::Null => model::Value::Null,
        sdk::Value::Flag(flag) => model::Value::Flag(flag),
        sdk::Value::Integer(number) => model::Value::Integer(number),
        sdk::Value::Decimal(text) => model::Value::Decimal(text),
        sdk::Value::Text(text) => model::Value::Text(text),
        sdk::Value::Texts(texts) => model::Value::Texts(texts),
        sdk::Value::Json(json) => model::Value::Json(json),
        sdk::Value::Reference(to) => model::Value::Reference(reference(to)),
        sdk::Value::References(to) => model::Value::References(to.into_iter().map(reference).collect()),
    }
}
