//! `/access/permissions`: whether the account sees all guests, storages, backups and tasks.
//!
//! A token with separated privileges logs in, is refused nothing, and sees empty lists. Only its permissions tell it apart from an
//! empty cluster.

use crate::lenient::Fields;
use proxbox_model::Problem;
use serde_json::Value as Json;

/// Path of the question.
pub(crate) const PERMISSIONS: &str = "/access/permissions";

const SEE_GUESTS: &str = "VM.Audit";
/// Without one of these on a node, an account sees no tasks there but its own.
pub(crate) const SEE_TASKS: &[&str] = &["Sys.Audit"];

/// What the account may do, as an object of paths, each with its privileges; a privilege is true when it is inherited by the paths
/// below. Proxmox always looks at `/vms`, `/storage` and `/nodes`, and leaves out paths on which the account has no privilege.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rights<'a>(Fields<'a>);

impl<'a> Rights<'a> {
    pub(crate) fn of(permissions: &'a Json) -> Self {
        Self(Fields::of(permissions))
    }

    /// Whether one of these privileges is held on everything below a path such as `/vms`.
    pub(crate) fn everywhere(&self, root: &str, privileges: &[&str]) -> bool {
        let below = format!("{root}/");
        let hidden = self.0.iter().any(|(path, _)| {
            path.starts_with(&below)
                && path.len() > below.len()
                && self.holds(path, privileges) == Some(false)
        });
        self.inherits(root, privileges) && !hidden
    }

    /// Whether one of these privileges is held on anything at or below a path such as `/vms`, or on a pool, which may hold such things.
    pub(crate) fn somewhere(&self, root: &str, privileges: &[&str]) -> bool {
        let within = |path: &str, root: &str| path == root || path.starts_with(&format!("{root}/"));
        self.0.iter().any(|(path, _)| {
            (within(path, root) || within(path, "/pool")) && self.holds(path, privileges) == Some(true)
        })
    }

    /// Whether one of these privileges is held on one object below a path such as `/storage`.
    pub(crate) fn on(&self, root: &str, name: &str, privileges: &[&str]) -> bool {
        self.holds(&format!("{root}/{name}"), privileges).unwrap_or_else(|| self.inherits(root, privileges))
    }

    /// None when nothing is said of the path.
    fn holds(&self, path: &str, privileges: &[&str]) -> Option<bool> {
        let held = Fields::of(self.0.get(path)?);
        Some(privileges.iter().any(|privilege| held.get(privilege).is_some()))
    }

    fn inherits(&self, path: &str, privileges: &[&str]) -> bool {
        let held = self.0.get(path).map(Fields::of);
        held.is_some_and(|held| privileges.iter().any(|privilege| held.flag(privilege) == Some(true)))
    }
}

/// What to tell when the account does not see all of something, and what it needs.
pub(crate) fn hidden(endpoint: &str, what: &str, needs: &str) -> Problem {
    Problem::new(
        "proxmox-part-hidden",
        format!("Proxmox endpoint {endpoint}: the account may not see every {what}, so none of them counts as gone"),
    )
    .with_hint(format!("Give both the user and its token {needs}."))
}

/// What to tell an account from which Proxmox hides backups, as it does from everyone who may not make and delete them.
pub(crate) fn hidden_backups(endpoint: &str) -> Problem {
    Problem::new(
        "proxmox-backups-hidden",
        format!("Proxmox endpoint {endpoint}: Proxmox does not show every backup to this account, so none of them counts as gone"),
    )
    .with_hint("Proxmox hides backups from an account that only reads. It shows them to a user and token with the privileges Datastore.AllocateSpace on path /storage and VM.Backup on path /vms; these also allow making and deleting backups and taking up space on the storages.")
}

/// What the account can see of the guests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Every guest.
    All,
    /// Some of them.
    Part,
    /// None.
    Nothing,
}

impl Sight {
    pub(crate) fn of(permissions: &Json) -> Self {
        let rights = Rights::of(permissions);
        if !rights.0.iter().any(|(path, _)| rights.holds(path, &[SEE_GUESTS]) == Some(true)) {
            return Self::Nothing;
        }
        if rights.everywhere("/vms", &[SEE_GUESTS]) { Self::All } else { Self::Part }
    }

    /// What to tell the operator, when there is something to tell.
    pub(crate) fn problem(self, endpoint: &str, guests: usize) -> Option<Problem> {
        let (code, message) = match self {
            Self::All => return None,
            Self::Nothing if guests == 0 => (
                "proxmox-token-sees-nothing",
                format!("Proxmox endpoint {endpoint}: the account is accepted but may see no guest at all"),
            ),
            Self::Nothing | Self::Part => (
                "proxmox-token-sees-part",
                format!(
                    "Proxmox endpoint {endpoint}: the account may not see every guest, so nothing counts as gone"
                ),
            ),
        };
        Some(Problem::new(code, message).with_hint(
            "Give both the user and its token the role PVEAuditor on path / with propagate, or make the token without privilege separation.",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_auditor_of_everything_sees_all() {
        for permissions in [
            json!({"/": {"VM.Audit": 1, "Sys.Audit": 1}, "/vms": {"VM.Audit": 1, "Sys.Audit": 1}}),
            json!({"/": {"VM.Audit": 1}, "/vms": {"VM.Audit": "1"}, "/vms/101": {"VM.Audit": 0}}),
            json!({"/": {"Sys.Audit": 1}, "/vms": {"VM.Audit": true}}),
        ] {
            assert_eq!(Sight::of(&permissions), Sight::All, "{permissions}");
        }
    }

    #[test]
    fn an_account_with_holes_sees_part() {
        for permissions in [
            json!({"/": {"Sys.Audit": 1}, "/vms/101": {"VM.Audit": 1}}),
            json!({"/pool/x": {"VM.Audit": 1}}),
            json!({"/": {"VM.Audit": 0}}),
            json!({"/": {"VM.Audit": 1}}),
            json!({"/": {"VM.Audit": 1}, "/vms": {"VM.Console": 1}}),
            json!({"/vms": {"VM.Audit": 0}}),
            json!({"/vms": {"VM.Audit": 1}, "/vms/101": {"VM.Console": 1}}),
        ] {
            assert_eq!(Sight::of(&permissions), Sight::Part, "{permissions}");
        }
    }

    #[test]
    fn rights_on_one_object_go_before_those_that_it_inherits() {
        let permissions =
            json!({"/storage": {"Datastore.Audit": 1}, "/storage/pbs": {"Datastore.Allocate": 1}});
        let rights = Rights::of(&permissions);
        assert!(rights.on("/storage", "local", &["Datastore.Audit"]));
        assert!(!rights.on("/storage", "pbs", &["Datastore.Audit"]));
        assert!(rights.on("/storage", "pbs", &["Datastore.Audit", "Datastore.Allocate"]));
        assert!(!rights.everywhere("/storage", &["Datastore.Audit"]));
        assert!(rights.everywhere("/storage", &["Datastore.Audit", "Datastore.Allocate"]));
        assert!(!rights.everywhere("/nodes", &["Sys.Audit"]));
    }

    #[test]
    fn a_token_without_privileges_of_its_own_sees_nothing() {
        for permissions in [json!({}), json!([]), json!(null), json!({"/": {"Sys.Audit": 1}})] {
            assert_eq!(Sight::of(&permissions), Sight::Nothing, "{permissions}");
        }
        assert_eq!(Sight::Nothing.problem("lab", 0).unwrap().code, "proxmox-token-sees-nothing");
    }
}
