//! For native tests of a mapper: a context, facts to start from, what the next mapper answers, and the lines that were
//! logged.
//!
//! ```
//! use proxbox_transform_sdk::facts::GuestFacts;
//! use proxbox_transform_sdk::{Context, Draft, Outcome, VirtualMachineOverride, testing};
//!
//! struct Shout;
//!
//! impl VirtualMachineOverride for Shout {
//!     fn map(_cx: &Context, guest: &GuestFacts, usual: Outcome) -> Outcome {
//!         usual.edit(|vm| vm.text("name", guest.name.to_uppercase()))
//!     }
//! }
//!
//! let usual = Draft::new("virtualization.virtualmachine").text("name", "web");
//! testing::virtual_machine::always(usual);
//! let drafts = testing::kept(Shout::map_one(&testing::context(), testing::guest(101, "web")));
//! assert_eq!(drafts[0].get_text("name"), Some("WEB"));
//! ```
//!
//! Each interface has a module of its own here: `testing::virtual_machine::set(mapper)` says what answers
//! `next::virtual_machine` on this thread, `testing::virtual_machine::always(outcome)` lets it answer the same for every
//! fact. The real answers of the built-in mapping are seen by `proxbox transform test`.

pub use crate::interfaces::answers::*;

use crate::facts::{Address, GuestFacts, GuestKind, NodeFacts, PrimaryIpFacts};
use crate::log::Level;
use crate::types::{Source, Target};
use crate::{Context, Draft, Outcome, Rejection};
use std::cell::RefCell;

thread_local!(static LOG: RefCell<Vec<(Level, String)>> = const { RefCell::new(Vec::new()) });

/// A context of the cluster `lab` and a current NetBox without the plugin.
///
/// ```
/// # use proxbox_transform_sdk::testing;
/// let cx = testing::context();
/// assert_eq!((cx.source.cluster.as_str(), cx.settings.as_str()), ("lab", "{}"));
/// ```
pub fn context() -> Context {
    Context {
        source: Source {
            endpoint: "lab".to_owned(),
            url: "https://pve.example.org:8006".to_owned(),
            cluster: "lab".to_owned(),
            mode: "cluster".to_owned(),
            pve_version: "9.1".to_owned(),
            now: 1_767_225_600,
        },
        target: Target {
            netbox_version: "4.7.3".to_owned(),
            features: vec!["virtual-machine-types".to_owned(), "identity-custom-fields".to_owned()],
        },
        options: "{}".to_owned(),
        settings: "{}".to_owned(),
    }
}

/// The same context with settings for the module, a JSON object.
///
/// ```
/// # use proxbox_transform_sdk::testing;
/// assert_eq!(testing::with_settings(r#"{"limit": 3}"#).settings, r#"{"limit": 3}"#);
/// ```
pub fn with_settings(settings: &str) -> Context {
    Context { settings: settings.to_owned(), ..context() }
}

/// A running virtual machine on node `pve1`, of which only the vmid and the name are special.
///
/// ```
/// # use proxbox_transform_sdk::{facts::GuestFacts, testing};
/// let guest = GuestFacts { pool: Some("web".to_owned()), ..testing::guest(101, "shop") };
/// assert_eq!((guest.vmid, guest.name.as_str(), guest.node.as_str()), (101, "shop", "pve1"));
/// ```
pub fn guest(vmid: u32, name: &str) -> GuestFacts {
    GuestFacts {
        vmid,
        kind: GuestKind::Qemu,
        name: name.to_owned(),
        node: "pve1".to_owned(),
        status: "running".to_owned(),
        template: false,
        tags: Vec::new(),
        pool: None,
        cpus: 1,
        memory: 1 << 30,
        disk: 0,
        os: None,
        start_at_boot: false,
        agent: false,
        unprivileged: false,
        search_domain: None,
        notes: String::new(),
        listing: "{}".to_owned(),
        config: "{}".to_owned(),
    }
}

/// A running unprivileged container on node `pve1`.
///
/// ```
/// # use proxbox_transform_sdk::testing;
/// assert!(testing::container(200, "dns").unprivileged);
/// ```
pub fn container(vmid: u32, name: &str) -> GuestFacts {
    GuestFacts { kind: GuestKind::Lxc, unprivileged: true, ..guest(vmid, name) }
}

/// A node that is online.
///
/// ```
/// # use proxbox_transform_sdk::testing;
/// assert!(testing::node("pve1").online);
/// ```
pub fn node(name: &str) -> NodeFacts {
    NodeFacts {
        name: name.to_owned(),
        online: true,
        ip: None,
        level: String::new(),
        cpus: None,
        memory: None,
        disk: None,
        status: "{}".to_owned(),
        listing: "{}".to_owned(),
    }
}

/// A guest's candidates for its primary addresses: interface and address, with or without a prefix length.
///
/// ```
/// # use proxbox_transform_sdk::testing;
/// let guest = testing::candidates(101, &[("net0", "192.0.2.10/24"), ("net1", "2001:db8::10")]);
/// assert_eq!(guest.candidates[0].1.prefix, Some(24));
/// assert_eq!(guest.candidates[1].1.prefix, None);
/// ```
pub fn candidates(vmid: u32, addresses: &[(&str, &str)]) -> PrimaryIpFacts {
    let candidate = |(net, address): &(&str, &str)| {
        let (ip, prefix) = address.split_once('/').unwrap_or((address, ""));
        ((*net).to_owned(), Address { ip: ip.to_owned(), prefix: prefix.parse().ok() })
    };
    PrimaryIpFacts { vmid, candidates: addresses.iter().map(candidate).collect() }
}

/// The drafts of a fact that is kept, its own first.
///
/// ```
/// # use proxbox_transform_sdk::{Draft, Outcome, testing};
/// let vlan = Draft::new("ipam.vlan").with("vid", 20_u16);
/// assert_eq!(testing::kept(Outcome::object(vlan.clone())), [vlan]);
/// ```
///
/// # Panics
/// When it is not kept.
#[track_caller]
#[allow(clippy::panic, reason = "a test that expects drafts fails without them")]
pub fn kept(outcome: Outcome) -> Vec<Draft> {
    match outcome {
        Outcome::Keep(drafts) => drafts,
        other => panic!("the fact is not kept: {other:?}"),
    }
}

/// The reason of a fact that is left out.
///
/// ```
/// # use proxbox_transform_sdk::{Outcome, testing};
/// assert_eq!(testing::left_out(Outcome::leave_out("it is a template")), "it is a template");
/// ```
///
/// # Panics
/// When it is not left out.
#[track_caller]
#[allow(clippy::panic, reason = "a test that expects a reason fails without one")]
pub fn left_out(outcome: Outcome) -> String {
    match outcome {
        Outcome::Skip(reason) => reason,
        other => panic!("the fact is not left out: {other:?}"),
    }
}

/// The lines logged on this thread since the last call.
///
/// ```
/// # use proxbox_transform_sdk::{info, log::Level, testing};
/// info!("hello");
/// assert_eq!(testing::take_log(), [(Level::Info, "hello".to_owned())]);
/// assert_eq!(testing::take_log(), []);
/// ```
pub fn take_log() -> Vec<(Level, String)> {
    LOG.take()
}

pub(crate) fn record(level: Level, message: &str) {
    LOG.with_borrow_mut(|log| log.push((level, message.to_owned())));
}

pub(crate) fn unanswered() -> Outcome {
    Rejection::new("no-next-mapper", "No mapper was set to answer; see proxbox_transform_sdk::testing.")
        .into()
}
