//! Between the records of contract 0.1 and the model. Strings move where they can.

use super::generated::proxbox::transform::log::Level as WitLevel;
use super::types;
use proxbox_model::draft;
use proxbox_model::facts::*;
use proxbox_model::report::Level;

/// The contract's facts.
pub(super) mod wit {
    pub(crate) use super::super::generated::proxbox::transform::facts::*;
}

pub(super) fn context(source: &Source, target: &Target, options: &str, settings: &str) -> types::Context {
    types::Context {
        source: types::Source {
            endpoint: source.endpoint.clone(),
            url: source.url.clone(),
            cluster: source.cluster.clone(),
            mode: source.mode.as_str().to_owned(),
            pve_version: source.pve_version.clone(),
            now: source.now,
        },
        target: types::Target {
            netbox_version: target.netbox_version.clone(),
            features: target.features.clone(),
        },
        options: options.to_owned(),
        settings: settings.to_owned(),
    }
}

/// Both directions of a record whose fields have the same names on both sides. What is in braces is left as it is;
/// what is in brackets is converted by a function for each direction.
macro_rules! record {
    ($name:ident { $($field:ident),+ $(,)? } $([$($special:ident: $to_wit:expr, $to_model:expr);+])?) => {
        impl From<&$name> for wit::$name {
            fn from(facts: &$name) -> Self {
                Self {
                    $($field: facts.$field.clone(),)+
                    $($($special: $to_wit(&facts.$special),)+)?
                }
            }
        }

        impl TryFrom<wit::$name> for $name {
            type Error = wasmtime::Error;

            fn try_from(facts: wit::$name) -> Result<Self, Self::Error> {
                Ok(Self {
                    $($field: facts.$field,)+
                    $($($special: $to_model(facts.$special)?,)+)?
                })
            }
        }
    };
}

record!(ClusterFacts { name, version, quorate, nodes, status } [mode: mode_to_wit, mode_to_model]);

record!(NodeFacts { name, online, ip, level, cpus, memory, disk, status, listing });

record!(GuestFacts {
    vmid, name, node, status, template, tags, pool, cpus, memory, disk, os, start_at_boot, agent, unprivileged,
    search_domain, notes, listing, config,
} [kind: guest_kind_to_wit, guest_kind_to_model]);

record!(NodeInterfaceFacts {
    node,
    name,
    kind,
    active,
    addresses,
    gateways,
    vlan_id,
    parent,
    members,
    vlan_aware,
    mtu,
    comment,
    raw,
});

record!(StorageFacts {
    name,
    kind,
    content,
    shared,
    enabled,
    nodes,
    path,
    prune_backups,
    max_protected_backups,
    total,
    used,
    raw,
});

record!(VirtualDiskFacts { vmid, key, storage, volume, size, format, options } [
    guest: guest_kind_to_wit, guest_kind_to_model;
    role: disk_role_to_wit, disk_role_to_model
]);

record!(GuestInterfaceFacts { vmid, name, mac, net, raw } [
    guest: guest_kind_to_wit, guest_kind_to_model;
    addresses: addresses_to_wit, addresses_to_model
]);

record!(VmInterfaceFacts {
    vmid, key, name, guest_name, model, mac, bridge, vlan, trunks, link_down, firewall, mtu, rate, options,
} [guest: guest_kind_to_wit, guest_kind_to_model]);

record!(MacAddressFacts { vmid, net, mac });

record!(VlanFacts { id, bridges });

record!(IpAddressFacts { link_local } [
    owner: owner_to_wit, owner_to_model;
    address: address_to_wit, address_to_model;
    origin: origin_to_wit, origin_to_model
]);

record!(PrimaryIpFacts { vmid } [candidates: candidates_to_wit, candidates_to_model]);

record!(SnapshotFacts { vmid, node, name, description, parent, taken, with_memory, storage, raw } [
    guest: guest_kind_to_wit, guest_kind_to_model
]);

record!(BackupFacts {
    storage, node, volume_id, vmid, format, size, used, created, notes, protected, encrypted, verification_state,
    verification_task, raw,
} [guest: some_guest_kind_to_wit, some_guest_kind_to_model]);

record!(BackupRoutineFacts {
    id, enabled, schedule, comment, node, storage, exclude, retention, next_run, raw,
} [selection: selection_to_wit, selection_to_model]);

record!(ReplicationFacts {
    id,
    vmid,
    number,
    source_node,
    target_node,
    schedule,
    rate,
    comment,
    enabled,
    raw,
});

record!(TaskFacts { upid, node, vmid, kind, user, started, ended, status, process, raw } [
    guest: guest_kind_to_wit, guest_kind_to_model
]);

record!(CloudInitFacts {
    vmid,
    user,
    ssh_keys,
    nameservers,
    search_domain,
    addresses,
    has_password,
    upgrade
});

fn mode_to_wit(mode: &ClusterMode) -> String {
    mode.as_str().to_owned()
}

fn mode_to_model(mode: String) -> wasmtime::Result<ClusterMode> {
    [ClusterMode::Cluster, ClusterMode::Standalone, ClusterMode::Restricted]
        .into_iter()
        .find(|known| known.as_str() == mode)
        .ok_or_else(|| wasmtime::format_err!("`{mode}` is not a mode of a cluster"))
}

/// Both directions of an enum whose cases have the same names on both sides.
macro_rules! cases {
    ($name:ident, $to_wit:ident, $to_model:ident { $($case:ident),+ }) => {
        fn $to_wit(value: &$name) -> wit::$name {
            match value { $($name::$case => wit::$name::$case),+ }
        }

        fn $to_model(value: wit::$name) -> wasmtime::Result<$name> {
            Ok(match value { $(wit::$name::$case => $name::$case),+ })
        }
    };
}

cases!(GuestKind, guest_kind_to_wit, guest_kind_to_model { Qemu, Lxc });
cases!(
    DiskRole,
    disk_role_to_wit,
    disk_role_to_model {
        Disk,
        RootFilesystem,
        MountPoint,
        EfiVars,
        TpmState,
        Cdrom,
        CloudInit,
        Passthrough,
        Unused
    }
);
cases!(AddressOrigin, origin_to_wit, origin_to_model { Config, Agent, Node });

fn some_guest_kind_to_wit(kind: &Option<GuestKind>) -> Option<wit::GuestKind> {
    kind.as_ref().map(guest_kind_to_wit)
}

fn some_guest_kind_to_model(kind: Option<wit::GuestKind>) -> wasmtime::Result<Option<GuestKind>> {
    kind.map(guest_kind_to_model).transpose()
}

fn address_to_wit(address: &Address) -> wit::Address {
    wit::Address { ip: address.ip.clone(), prefix: address.prefix }
}

fn address_to_model(wit::Address { ip, prefix }: wit::Address) -> wasmtime::Result<Address> {
    Ok(Address { ip, prefix })
}

fn addresses_to_wit(addresses: &[Address]) -> Vec<wit::Address> {
    addresses.iter().map(address_to_wit).collect()
}

fn addresses_to_model(addresses: Vec<wit::Address>) -> wasmtime::Result<Vec<Address>> {
    addresses.into_iter().map(address_to_model).collect()
}

fn candidates_to_wit(candidates: &[(String, Address)]) -> Vec<(String, wit::Address)> {
    candidates.iter().map(|(net, address)| (net.clone(), address_to_wit(address))).collect()
}

fn candidates_to_model(candidates: Vec<(String, wit::Address)>) -> wasmtime::Result<Vec<(String, Address)>> {
    candidates.into_iter().map(|(net, address)| Ok((net, address_to_model(address)?))).collect()
}

fn owner_to_wit(owner: &AddressOwner) -> wit::AddressOwner {
    match owner {
        AddressOwner::VmInterface(vmid, net) => wit::AddressOwner::VmInterface((*vmid, net.clone())),
        AddressOwner::NodeInterface(node, name) => {
            wit::AddressOwner::NodeInterface((node.clone(), name.clone()))
        }
    }
}

fn owner_to_model(owner: wit::AddressOwner) -> wasmtime::Result<AddressOwner> {
    Ok(match owner {
        wit::AddressOwner::VmInterface((vmid, net)) => AddressOwner::VmInterface(vmid, net),
        wit::AddressOwner::NodeInterface((node, name)) => AddressOwner::NodeInterface(node, name),
    })
}

fn selection_to_wit(selection: &Selection) -> wit::Selection {
    match selection {
        Selection::All => wit::Selection::All,
        Selection::Guests(vmids) => wit::Selection::Guests(vmids.clone()),
        Selection::Pool(pool) => wit::Selection::Pool(pool.clone()),
    }
}

fn selection_to_model(selection: wit::Selection) -> wasmtime::Result<Selection> {
    Ok(match selection {
        wit::Selection::All => Selection::All,
        wit::Selection::Guests(vmids) => Selection::Guests(vmids),
        wit::Selection::Pool(pool) => Selection::Pool(pool),
    })
}

impl From<WitLevel> for Level {
    fn from(level: WitLevel) -> Self {
        match level {
            WitLevel::Debug => Self::Debug,
            WitLevel::Info => Self::Info,
            WitLevel::Warn => Self::Warn,
            WitLevel::Error => Self::Error,
        }
    }
}

/// Both directions between the outcomes of the contract and of the model, whose names are the same.
macro_rules! outcome_conversions {
    ($from:ident => $to:ident, $outcome:ident) => {
        pub(crate) fn $outcome(outcome: $from::Outcome) -> $to::Outcome {
            match outcome {
                $from::Outcome::Keep(drafts) => {
                    $to::Outcome::Keep(drafts.into_iter().map($to::Draft::from).collect())
                }
                $from::Outcome::Skip(reason) => $to::Outcome::Skip(reason),
                $from::Outcome::Reject($from::Rejection { code, message, field }) => {
                    $to::Outcome::Reject($to::Rejection { code, message, field })
                }
            }
        }

        impl From<$from::Draft> for $to::Draft {
            fn from(draft: $from::Draft) -> Self {
                Self {
                    kind: draft.kind,
                    key: draft.key,
                    fields: draft.fields.into_iter().map($to::Field::from).collect(),
                    custom_fields: draft.custom_fields.into_iter().map($to::Field::from).collect(),
                    tags: draft.tags.into_iter().map($to::Tag::from).collect(),
                }
            }
        }

        impl From<$from::Tag> for $to::Tag {
            fn from($from::Tag { name, slug, color }: $from::Tag) -> Self {
                Self { name, slug, color }
            }
        }

        impl From<$from::Reference> for $to::Reference {
            fn from($from::Reference { kind, key }: $from::Reference) -> Self {
                Self { kind, key }
            }
        }

        impl From<$from::Field> for $to::Field {
            fn from($from::Field { name, value }: $from::Field) -> Self {
                use $from::Value as From;
                use $to::Value as To;
                let value = match value {
                    From::Null => To::Null,
                    From::Flag(flag) => To::Flag(flag),
                    From::Integer(number) => To::Integer(number),
                    From::Decimal(text) => To::Decimal(text),
                    From::Text(text) => To::Text(text),
                    From::Texts(texts) => To::Texts(texts),
                    From::Json(text) => To::Json(text),
                    From::Reference(one) => To::Reference(one.into()),
                    From::References(many) => To::References(many.into_iter().map(Into::into).collect()),
                };
                Self { name, value }
            }
        }
    };
}

outcome_conversions!(types => draft, to_model);
outcome_conversions!(draft => types, to_wit);
