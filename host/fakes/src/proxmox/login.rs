//! Tokens and tickets.

use super::account::{Account, Rights};
use super::answer::Refusal;
use axum::http::{HeaderMap, header};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Who sent a request.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// User with realm, and `!` with the token's name.
    pub(super) user: String,
    pub(super) rights: Rights,
}

/// Tickets given out, and the user of each.
#[derive(Debug, Default)]
pub(super) struct Tickets(Mutex<Issued>);

#[derive(Debug, Default)]
struct Issued {
    users: HashMap<String, String>,
    serial: u64,
}

impl Tickets {
    fn issued(&self) -> MutexGuard<'_, Issued> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn clear(&self) {
        self.issued().users.clear();
    }

    fn issue(&self, user: &str, now: u64) -> String {
        let mut issued = self.issued();
        issued.serial += 1;
        let ticket = format!("PVE:{user}:{now:08X}::c2lnbmF0dXJl+{:016x}/==", issued.serial);
        issued.users.insert(ticket.clone(), user.to_owned());
        ticket
    }

    fn user(&self, ticket: &str) -> Option<String> {
        self.issued().users.get(ticket).cloned()
    }
}

/// Who the headers name, by a token or a ticket.
pub(super) fn caller(
    accounts: &[Account],
    tickets: &Tickets,
    headers: &HeaderMap,
) -> Result<Caller, Refusal> {
    let refuse = |message: String| Refusal::bare(401, message);
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(token) = authorization.and_then(|value| value.strip_prefix("PVEAPIToken")) {
        return by_token(accounts, token.trim_start_matches(['=', ' '])).map_err(refuse);
    }
    let ticket = ticket(headers).ok_or_else(|| refuse("No ticket".to_owned()))?;
    let user = tickets.user(&ticket);
    let account = user.and_then(|user| accounts.iter().find(|account| account.user == user));
    match account {
        Some(account) => Ok(Caller { user: account.user.clone(), rights: account.rights.clone() }),
        None => Err(refuse("permission denied - invalid PVE ticket".to_owned())),
    }
}

fn by_token(accounts: &[Account], token: &str) -> Result<Caller, String> {
    let (id, secret) = token.split_once('=').ok_or("no tokenid specified")?;
    let (user, name) = id.split_once('!').ok_or_else(|| format!("invalid tokenid '{id}'"))?;
    let account = accounts.iter().find(|account| account.user == user);
    let account = account.ok_or_else(|| format!("no such user ('{user}')"))?;
    let token = account.tokens.iter().find(|token| token.name == name);
    let token = token.ok_or_else(|| format!("no such token '{name}' for user '{user}'"))?;
    if token.secret != secret {
        return Err("invalid token value!".to_owned());
    }
    Ok(Caller { user: id.to_owned(), rights: token.rights.clone() })
}

fn ticket(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut parts = cookies.flat_map(|line| line.split(';')).map(str::trim);
    parts.find_map(|part| part.strip_prefix("PVEAuthCookie=")).map(percent_decode)
}

/// Clients send the cookie percent-encoded or as it is.
fn percent_decode(text: &str) -> String {
    let mut pieces = text.split('%');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |decoded, piece| {
        match piece.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => decoded + &char::from(byte).to_string() + piece.get(2..).unwrap_or_default(),
            None => decoded + "%" + piece,
        }
    })
}

/// `POST /access/ticket`.
pub(super) fn ticket_for(
    accounts: &[Account],
    tickets: &Tickets,
    fields: &HashMap<String, String>,
    cluster: Option<&str>,
    now: u64,
) -> Result<Value, Refusal> {
    let missing = || "property is missing and it is not optional";
    let name = fields.get("username").ok_or_else(|| Refusal::parameter("username", missing()))?;
    let password = fields.get("password").ok_or_else(|| Refusal::parameter("password", missing()))?;
    let user = match fields.get("realm") {
        Some(realm) if !name.contains('@') => format!("{name}@{realm}"),
        _ if !name.contains('@') => format!("{name}@pam"),
        _ => name.clone(),
    };
    let account = accounts.iter().find(|account| account.user == user);
    match account {
        Some(account) if account.password.as_ref() == Some(password) => {}
        _ => return Err(Refusal::new(401, "authentication failure")),
    }
    let mut answer = json!({
        "username": user,
        "ticket": tickets.issue(&user, now),
        "CSRFPreventionToken": format!("{now:08X}:Y3NyZg"),
        "cap": {"dc": {"Sys.Audit": 1}, "vms": {"VM.Audit": 1}, "storage": {}, "nodes": {}, "access": {}, "sdn": {}},
    });
    if let (Some(cluster), Some(fields)) = (cluster, answer.as_object_mut()) {
        fields.insert("clustername".to_owned(), json!(cluster));
    }
    Ok(answer)
}
