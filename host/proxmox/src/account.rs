//! Who we are to Proxmox VE: what the account may see, what it may not, and until when it may.

use crate::client::Proxmox;
use crate::error::ProxmoxError;
use crate::lenient::Fields;
use crate::permissions::{PERMISSIONS, Rights};
use serde_json::Value as Json;

/// What an account may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// `sync@pve`, with `!netbox` when it is a token.
    pub name: String,
    /// By what there is to see.
    pub views: Vec<View>,
    /// Until when it may; none when that may not be read.
    pub expiry: Option<Expiry>,
}

/// How much of something an account may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// What: `guests`.
    pub what: &'static str,
    /// How much of it.
    pub extent: Extent,
    /// What shows all of it.
    pub needs: &'static str,
}

/// How much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Everything.
    All,
    /// Some of it.
    Part,
    /// Nothing.
    Nothing,
}

/// When an account ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Never.
    Never,
    /// At this time, in seconds since 1970.
    At(i64),
}

/// Privileges each of which is enough, on everything below a path.
struct Need {
    root: &'static str,
    privileges: &'static [&'static str],
}

/// Something to see: the ways to see it, each a list of needs, and the easiest of them in words.
struct Sight {
    what: &'static str,
    ways: &'static [&'static [Need]],
    needs: &'static str,
}

const SIGHTS: &[Sight] = &[
    Sight {
        what: "guests",
        ways: &[&[Need { root: "/vms", privileges: &["VM.Audit"] }]],
        needs: "VM.Audit on /vms",
    },
    Sight {
        what: "nodes and tasks",
        ways: &[&[Need { root: "/nodes", privileges: &["Sys.Audit"] }]],
        needs: "Sys.Audit on /nodes",
    },
    Sight {
        what: "storages",
        ways: &[&[Need { root: "/storage", privileges: &["Datastore.Audit", "Datastore.AllocateSpace"] }]],
        needs: "Datastore.Audit on /storage",
    },
    Sight {
        what: "backups",
        ways: &[
            &[Need { root: "/storage", privileges: &["Datastore.Allocate"] }],
            &[
                Need { root: "/storage", privileges: &["Datastore.AllocateSpace"] },
                Need { root: "/vms", privileges: &["VM.Backup"] },
            ],
        ],
        needs: "Datastore.AllocateSpace on /storage and VM.Backup on /vms",
    },
    Sight {
        what: "answers of guest agents",
        ways: &[&[Need {
            root: "/vms",
            privileges: &["VM.GuestAgent.Audit", "VM.GuestAgent.Unrestricted", "VM.Monitor"],
        }]],
        needs: "VM.GuestAgent.Audit (before Proxmox VE 9: VM.Monitor) on /vms",
    },
];

impl Sight {
    fn extent(&self, rights: &Rights<'_>) -> Extent {
        let met = |need: &Need| rights.everywhere(need.root, need.privileges);
        let somewhere = |need: &Need| rights.somewhere(need.root, need.privileges);
        if self.ways.iter().any(|way| way.iter().all(met)) {
            Extent::All
        } else if self.ways.iter().any(|way| way.iter().all(somewhere)) {
            Extent::Part
        } else {
            Extent::Nothing
        }
    }
}

impl Proxmox {
    /// Asks Proxmox VE what this account may see, and when it ends.
    ///
    /// # Errors
    /// When the permissions cannot be read. That the time of its end cannot is no error: few accounts may read that.
    pub async fn account(&self) -> Result<Account, ProxmoxError> {
        let permissions = self.get(PERMISSIONS, &[]).await?;
        let rights = Rights::of(&permissions);
        let view =
            |sight: &Sight| View { what: sight.what, extent: sight.extent(&rights), needs: sight.needs };
        Ok(Account {
            name: self.login().to_owned(),
            views: SIGHTS.iter().map(view).collect(),
            expiry: self.expiry().await,
        })
    }

    /// A token says when it ends, or ends with its user.
    async fn expiry(&self) -> Option<Expiry> {
        let (user, token) = match self.login().split_once('!') {
            Some((user, token)) => (user, Some(token)),
            None => (self.login(), None),
        };
        let of_user = format!("/access/users/{user}");
        if let Some(token) = token {
            let held = self.get(&format!("{of_user}/token/{token}"), &[]).await.ok()?;
            if let Some(expiry) = read(&held) {
                return Some(expiry);
            }
        }
        let held = self.get(&of_user, &[]).await.ok()?;
        // Proxmox leaves out what a user does not have.
        Some(read(&held).unwrap_or(Expiry::Never))
    }
}

fn read(held: &Json) -> Option<Expiry> {
    match Fields::of(held).signed("expire")? {
        0 => Some(Expiry::Never),
        at => Some(Expiry::At(at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn extents(permissions: &Json) -> Vec<(&'static str, Extent)> {
        let rights = Rights::of(permissions);
        SIGHTS.iter().map(|sight| (sight.what, sight.extent(&rights))).collect()
    }

    #[test]
    fn an_auditor_sees_all_but_backups_and_agents() {
        let auditor = json!({"VM.Audit": 1, "Sys.Audit": 1, "Datastore.Audit": 1});
        let seen = extents(&json!({"/": auditor, "/vms": auditor, "/nodes": auditor, "/storage": auditor}));
        let hidden: Vec<_> =
            seen.iter().filter(|(_, extent)| *extent == Extent::Nothing).map(|(what, _)| *what).collect();
        assert_eq!(hidden, ["backups", "answers of guest agents"]);
        assert_eq!(seen.iter().filter(|(_, extent)| *extent == Extent::All).count(), 3);
    }

    #[test]
    fn what_is_seen_in_some_places_is_seen_in_part() {
        let seen = extents(&json!({
            "/vms/100": {"VM.Audit": 1, "VM.Backup": 1},
            "/storage/pbs": {"Datastore.AllocateSpace": 1},
        }));
        let part: Vec<_> =
            seen.iter().filter(|(_, extent)| *extent == Extent::Part).map(|(what, _)| *what).collect();
        assert_eq!(part, ["guests", "storages", "backups"]);
    }

    #[test]
    fn an_end_is_a_time_or_never() {
        assert_eq!(read(&json!({"expire": 0})), Some(Expiry::Never));
        assert_eq!(read(&json!({"expire": "1798761600"})), Some(Expiry::At(1_798_761_600)));
        assert_eq!(read(&json!({"privsep": 1})), None);
    }
}
