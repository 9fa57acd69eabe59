//! Parts of a path that go into a path of Proxmox: checked, so that none of them leads elsewhere.

use super::ask::{Live, Question, Trouble, all};
use crate::error::{ApiError, InvalidPart};
use crate::query::Params;
use crate::state::AppState;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use proxbox_model::facts::GuestKind;
use proxbox_proxmox::{Fault, is_node_name};
use std::collections::HashMap;
use std::ops::RangeInclusive;

const VMIDS: RangeInclusive<u32> = 100..=999_999_999;
const KINDS: [GuestKind; 2] = [GuestKind::Qemu, GuestKind::Lxc];

/// The parts of the path of a request, by name.
pub(crate) struct Place(HashMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Place {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(parts) = Path::from_request_parts(parts, state)
            .await
            .map_err(|_| invalid("path_invalid", "", "The path is not properly encoded"))?;
        Ok(Self(parts))
    }
}

impl Place {
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// A name of Proxmox: of a node, a storage …
    pub(super) fn name(&self, part: &'static str) -> Result<&str, ApiError> {
        let name = self.text(part);
        let message = "Input should hold letters, digits, hyphens, dots and underscores only";
        if is_node_name(name) { Ok(name) } else { Err(invalid("string_pattern_mismatch", part, message)) }
    }

    pub(super) fn vmid(&self) -> Result<u32, ApiError> {
        let vmid = self.text("vmid").parse::<u32>().ok().filter(|vmid| VMIDS.contains(vmid));
        let (least, most) = (VMIDS.start(), VMIDS.end());
        let message = format!("Input should be a valid integer between {least} and {most}");
        vmid.ok_or_else(|| invalid("int_parsing", "vmid", message))
    }

    pub(super) fn kind(&self) -> Result<GuestKind, ApiError> {
        guest_kind(self.text("type"))
            .ok_or_else(|| invalid("enum", "type", "Input should be one of qemu, lxc"))
    }
}

/// The sort of guest that a word of the API means.
pub(super) fn guest_kind(word: &str) -> Option<GuestKind> {
    KINDS.into_iter().find(|kind| kind.as_str() == word)
}

pub(super) fn invalid(kind: &'static str, part: &str, message: impl Into<String>) -> ApiError {
    ApiError::Invalid(vec![InvalidPart::new(kind, "path", part, message)])
}

/// Asks those of the selected endpoints that have this node; with `cluster_name`, only those of that cluster.
pub(super) async fn of_node<T, F>(
    state: &AppState,
    params: &Params,
    question: Question,
    node: &str,
    read: impl Fn(Live) -> F,
) -> Result<Vec<T>, ApiError>
where
    F: Future<Output = Result<T, Trouble>>,
{
    let absent = || Trouble::Absent(format!("Node {node} not found"));
    let (cluster, read, absent) = (params.text("cluster_name"), &read, &absent);
    all(state, params, question, |live| async move {
        if let Some(cluster) = cluster
            && live.name().await? != cluster
        {
            return Err(absent());
        }
        if !has_node(&live, node).await? {
            return Err(absent());
        }
        read(live).await
    })
    .await
}

async fn has_node(live: &Live, node: &str) -> Result<bool, Trouble> {
    let nodes = live.rows("/nodes").await?;
    Ok(nodes.iter().any(|entry| entry.get("node").is_some_and(|name| name == node)))
}

/// Proxmox answers 500 for a guest that is not there; in its words.
pub(super) fn guest_or_absent<T>(answer: Result<T, Trouble>, vmid: u32, node: &str) -> Result<T, Trouble> {
    answer.map_err(|trouble| match &trouble {
        Trouble::Proxmox(error) => match error.fault() {
            Fault::Status { status: 500, reason } if reason.contains("does not exist") => {
                Trouble::Absent(format!("Guest {vmid} not found on node {node}"))
            }
            _ => trouble,
        },
        _ => trouble,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(part: &str, text: &str) -> Place {
        Place([(part.to_owned(), text.to_owned())].into())
    }

    #[test]
    fn what_would_lead_elsewhere_is_refused() {
        for name in ["..", ".", "", "a/b", "../access", "a b", "a?b", "a#b", "a%2fb", "pve\n", "é"] {
            assert!(place("node", name).name("node").is_err(), "{name:?}");
        }
        for name in ["pve1", "PVE-1.example", "local_zfs"] {
            assert_eq!(place("node", name).name("node").ok(), Some(name));
        }
        for vmid in ["", "99", "1000000000", "-1", "1e3", "100/../101", "+100 "] {
            assert!(place("vmid", vmid).vmid().is_err(), "{vmid:?}");
        }
        assert_eq!(place("vmid", "100").vmid().ok(), Some(100));
        assert!(place("type", "qemu").kind().is_ok() && place("type", "openvz").kind().is_err());
    }
}
