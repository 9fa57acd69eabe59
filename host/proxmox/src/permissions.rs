//! `/access/permissions`: whether the account sees all guests.
//!
//! A token with separated privileges logs in, is refused nothing, and sees empty lists. Only its permissions tell it apart from an
//! empty cluster.

use crate::lenient::Fields;
use proxbox_model::Problem;
use serde_json::Value as Json;

const SEE_GUESTS: &str = "VM.Audit";

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
    /// Reads an object of paths, each with its privileges; a privilege is true when it is inherited by the paths below. Proxmox always
    /// looks at `/vms`, and leaves out paths on which the account has no privilege.
    pub(crate) fn of(permissions: &Json) -> Self {
        let permissions = Fields::of(permissions);
        let holds = |path: &str| Some(Fields::of(permissions.get(path)?).get(SEE_GUESTS).is_some());
        let inherits = |path: &str| Some(Fields::of(permissions.get(path)?).flag(SEE_GUESTS) == Some(true));
        if !permissions.iter().any(|(path, _)| holds(path) == Some(true)) {
            return Self::Nothing;
        }
        let everywhere = inherits("/vms") == Some(true);
        let hidden = permissions
            .iter()
            .any(|(path, _)| path.starts_with("/vms/") && path.len() > 5 && holds(path) == Some(false));
        if everywhere && !hidden { Self::All } else { Self::Part }
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
    fn a_token_without_privileges_of_its_own_sees_nothing() {
        for permissions in [json!({}), json!([]), json!(null), json!({"/": {"Sys.Audit": 1}})] {
            assert_eq!(Sight::of(&permissions), Sight::Nothing, "{permissions}");
        }
        assert_eq!(Sight::Nothing.problem("lab", 0).unwrap().code, "proxmox-token-sees-nothing");
    }
}
