//! Users, tokens and what they may see.

use crate::fleet::Fleet;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fmt;

/// A user of the API.
#[derive(Clone)]
pub struct Account {
    /// With realm: `proxbox@pve`.
    pub user: String,
    /// For a ticket; none when it may only use tokens.
    pub password: Option<String>,
    /// What a ticket may see.
    pub rights: Rights,
    /// Its tokens.
    pub tokens: Vec<Token>,
}

/// An API token. Its rights are its own, as of a token with privilege separation.
#[derive(Clone)]
pub struct Token {
    /// Without user and `!`: `sync`.
    pub name: String,
    /// Secret, usually a UUID.
    pub secret: String,
    /// What it may see.
    pub rights: Rights,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("user", &self.user)
            .field("tokens", &self.tokens)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Account {
    /// A user with a password and one token, both with these rights.
    pub fn new(user: &str, password: &str, token: &str, secret: &str, rights: Rights) -> Self {
        let token = Token { name: token.to_owned(), secret: secret.to_owned(), rights: rights.clone() };
        Self { user: user.to_owned(), password: Some(password.to_owned()), rights, tokens: vec![token] }
    }

    /// `proxbox@pve` with a token `sync` that can read everything, agents and backups included; a token `auditor` with
    /// the role PVEAuditor and nothing else; and a token `separated`, made with privilege separation and then
    /// forgotten, that logs in and sees nothing.
    pub fn reader() -> Self {
        let mut account = Self::new(
            "proxbox@pve",
            "correct horse battery",
            "sync",
            "0f5c1d8e-6a7b-4c39-9d21-3e8a7b5c4d10",
            Rights::reader(),
        );
        account.tokens.push(Token {
            name: "auditor".to_owned(),
            secret: "1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d".to_owned(),
            rights: Rights::auditor(),
        });
        account.tokens.push(Token {
            name: "separated".to_owned(),
            secret: "9b8a7c6d-5e4f-4d3c-a2b1-0f9e8d7c6b5a".to_owned(),
            rights: Rights::default(),
        });
        account
    }
}

/// Privileges on one path of the access control tree.
#[derive(Clone, Debug)]
pub struct Grant {
    /// `/`, `/vms/100`, `/pool/prod`, `/storage/local`, `/nodes/pve1`.
    pub path: String,
    /// `VM.Audit` …; none at all takes away what a path above it grants.
    pub privileges: BTreeSet<String>,
    /// Whether paths below have them too.
    pub propagate: bool,
}

/// What an account may see. The default is nothing.
#[derive(Clone, Debug, Default)]
pub struct Rights(Vec<Grant>);

const AUDITOR: [&str; 6] =
    ["Datastore.Audit", "Mapping.Audit", "Pool.Audit", "SDN.Audit", "Sys.Audit", "VM.Audit"];

/// What the role PVEAuditor lacks for addresses from guest agents and for the contents of backup storages. Before
/// Proxmox VE 9 the last one counts as `VM.Monitor`, which it replaced.
const BEYOND: [&str; 3] = ["Datastore.AllocateSpace", "VM.Backup", "VM.GuestAgent.Audit"];

/// Paths that `/access/permissions` always looks at.
const USUAL: [&str; 7] = ["/", "/access", "/nodes", "/pool", "/sdn", "/storage", "/vms"];

impl Rights {
    /// Everything that can be read.
    pub fn reader() -> Self {
        Self::default().grant("/", &[&AUDITOR[..], &BEYOND].concat())
    }

    /// The role PVEAuditor on everything.
    pub fn auditor() -> Self {
        Self::default().grant("/", &AUDITOR)
    }

    /// The same with privileges on a path and below. They replace what the paths above grant.
    #[must_use]
    pub fn grant(mut self, path: &str, privileges: &[&str]) -> Self {
        let privileges = privileges.iter().map(|p| (*p).to_owned()).collect();
        self.0.push(Grant { path: path.to_owned(), privileges, propagate: true });
        self
    }

    /// The same without any privilege on a path and below.
    #[must_use]
    pub fn deny(self, path: &str) -> Self {
        self.grant(path, &[])
    }

    /// Whether a privilege holds on a path; a guest's pool counts as well as its own path.
    pub(super) fn allow(&self, fleet: &Fleet, path: &str, privilege: &str) -> bool {
        self.privileges(fleet, path).contains(privilege)
    }

    fn privileges(&self, fleet: &Fleet, path: &str) -> BTreeSet<&str> {
        let mut found = self.on(path);
        let explicit = self.0.iter().any(|grant| grant.path == path);
        let vmid = path.strip_prefix("/vms/").and_then(|vmid| vmid.parse().ok());
        if let (false, Some(pool)) = (explicit, vmid.and_then(|vmid| fleet.pool_of(vmid))) {
            found.extend(self.on(&format!("/pool/{pool}")));
        }
        if fleet.major_version() < 9 && found.remove("VM.GuestAgent.Audit") {
            found.insert("VM.Monitor");
        }
        found
    }

    /// The grant on the longest path at or above this one.
    fn on(&self, path: &str) -> BTreeSet<&str> {
        let covers = |grant: &&Grant| match path.strip_prefix(grant.path.trim_end_matches('/')) {
            Some("") => true,
            Some(below) => grant.propagate && below.starts_with('/'),
            None => false,
        };
        let nearest = self.0.iter().filter(covers).max_by_key(|grant| grant.path.len());
        nearest.map(|grant| grant.privileges.iter().map(String::as_str).collect()).unwrap_or_default()
    }

    /// `/access/permissions`: privileges by path, on one path or on all that have any.
    pub(super) fn table(&self, fleet: &Fleet, only: Option<&str>) -> Value {
        let granted = self.0.iter().map(|grant| grant.path.as_str());
        let paths: BTreeSet<&str> = match only {
            Some(path) => [path].into(),
            None => USUAL.into_iter().chain(granted).collect(),
        };
        let entry = |path: &str| {
            let privileges: Map<String, Value> =
                self.privileges(fleet, path).into_iter().map(|p| (p.to_owned(), json!(1))).collect();
            (!privileges.is_empty() || only.is_some()).then(|| (path.to_owned(), privileges.into()))
        };
        Value::Object(paths.into_iter().filter_map(entry).collect())
    }
}
