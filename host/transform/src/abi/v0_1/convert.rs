//! Between the records of contract 0.1 and the model. Strings move where they can.

use super::generated::proxbox::transform::log::Level as WitLevel;
use super::types;
use crate::journal::Level;
use proxbox_model::draft;
use proxbox_model::facts::{ClusterFacts, ClusterMode, GuestFacts, GuestKind, NodeFacts, Source, Target};

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
                    $($($special: $to_wit(facts.$special),)+)?
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

fn mode_to_wit(mode: ClusterMode) -> String {
    mode.as_str().to_owned()
}

fn mode_to_model(mode: String) -> wasmtime::Result<ClusterMode> {
    [ClusterMode::Cluster, ClusterMode::Standalone, ClusterMode::Restricted]
        .into_iter()
        .find(|known| known.as_str() == mode)
        .ok_or_else(|| wasmtime::format_err!("`{mode}` is not a mode of a cluster"))
}

fn guest_kind_to_wit(kind: GuestKind) -> wit::GuestKind {
    match kind {
        GuestKind::Qemu => wit::GuestKind::Qemu,
        GuestKind::Lxc => wit::GuestKind::Lxc,
    }
}

fn guest_kind_to_model(kind: wit::GuestKind) -> wasmtime::Result<GuestKind> {
    Ok(match kind {
        wit::GuestKind::Qemu => GuestKind::Qemu,
        wit::GuestKind::Lxc => GuestKind::Lxc,
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
