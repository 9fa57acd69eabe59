//! Facts without secrets and personal data, so that they can be shown to others. Names of guests and nodes, addresses and
//! tags stay: they are what mapping is about.

use regex::{Captures, Regex};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

/// Sorts of what is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// Passwords, tokens and the like.
    Secret,
    /// SSH and other cryptographic keys.
    Key,
    /// User names.
    User,
    /// E-mail addresses.
    Email,
    /// Free text that people wrote.
    Notes,
}

impl Sort {
    fn noun(self, count: usize) -> &'static str {
        match (self, count) {
            (Self::Secret, 1) => "secret",
            (Self::Secret, _) => "secrets",
            (Self::Key, 1) => "key",
            (Self::Key, _) => "keys",
            (Self::User, 1) => "user name",
            (Self::User, _) => "user names",
            (Self::Email, 1) => "e-mail address",
            (Self::Email, _) => "e-mail addresses",
            (Self::Notes, 1) => "note",
            (Self::Notes, _) => "notes",
        }
    }
}

/// How often what was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut(BTreeMap<Sort, usize>);

impl LeftOut {
    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How often something of that sort was.
    pub fn count(&self, sort: Sort) -> usize {
        self.0.get(&sort).copied().unwrap_or_default()
    }

    /// Adds what was left out elsewhere.
    pub fn add(&mut self, other: &Self) {
        for (sort, count) in &other.0 {
            *self.0.entry(*sort).or_default() += count;
        }
    }

    fn note(&mut self, sort: Sort) {
        *self.0.entry(sort).or_default() += 1;
    }
}

impl fmt::Display for LeftOut {
    /// `2 secrets, 1 user name`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing");
        }
        let parts: Vec<String> =
            self.0.iter().map(|(sort, count)| format!("{count} {}", sort.noun(*count))).collect();
        f.write_str(&parts.join(", "))
    }
}

/// What stays although it may be personal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// Notes, descriptions and comments; what in them looks like a secret, a key or a user is left out all the same.
    pub notes: bool,
}

/// Takes secrets and personal data out of a fact, also out of JSON and URL-encoded text in it. The shape stays: a text
/// becomes an empty or a made-up one.
pub fn redact(fact: &mut Json, keep: Keep) -> LeftOut {
    let mut redactor = Redactor { keep, left_out: LeftOut::default() };
    redactor.value(fact, None);
    redactor.left_out
}

struct Redactor {
    keep: Keep,
    left_out: LeftOut,
}

impl Redactor {
    fn value(&mut self, value: &mut Json, key: Option<&str>) {
        if let Some(sort) = key.and_then(|key| self.sort_of(key)) {
            self.empty(value, sort);
            return;
        }
        match value {
            Json::String(text) => self.text(text),
            Json::Array(items) => self.list(items),
            Json::Object(members) => members.iter_mut().for_each(|(key, value)| self.value(value, Some(key))),
            _ => {}
        }
    }

    /// A list of a name and a text is an option of a configuration line.
    fn list(&mut self, items: &mut [Json]) {
        match items {
            [Json::String(key), value @ Json::String(_)] => {
                let key = key.clone();
                self.value(value, Some(&key));
            }
            _ => items.iter_mut().for_each(|item| self.value(item, None)),
        }
    }

    /// What the member of that name holds, when it has to be left out as a whole.
    fn sort_of(&self, key: &str) -> Option<Sort> {
        const KEYS: [&str; 3] = ["sshkeys", "privatekey", "keyring"];
        const USERS: [&str; 3] = ["ciuser", "user", "username"];
        const NOTES: [&str; 4] = ["notes", "description", "comment", "comments"];
        let plain: String =
            key.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
        let is = |names: &[&str]| names.contains(&plain.as_str());
        if SECRET_WORDS.iter().any(|word| plain.contains(word)) {
            Some(Sort::Secret)
        } else if is(&KEYS) {
            Some(Sort::Key)
        } else if is(&USERS) {
            Some(Sort::User)
        } else {
            (is(&NOTES) && !self.keep.notes).then_some(Sort::Notes)
        }
    }

    /// Empties a value. A yes or no, or nothing at all, tells no secret.
    fn empty(&mut self, value: &mut Json, sort: Sort) {
        let kept = match value {
            Json::Null | Json::Bool(_) => true,
            Json::String(text) => text.is_empty(),
            Json::Array(items) => items.is_empty(),
            Json::Object(members) => members.is_empty(),
            Json::Number(_) => false,
        };
        if kept {
            return;
        }
        self.left_out.note(sort);
        *value = match value {
            Json::String(text) if sort == Sort::User => Json::String(anonymous(text)),
            Json::String(_) => Json::String(String::new()),
            Json::Array(_) => Json::Array(Vec::new()),
            Json::Object(_) => Json::Object(serde_json::Map::new()),
            _ => Json::from(0),
        };
    }

    fn text(&mut self, text: &mut String) {
        if text.starts_with(['{', '['])
            && let Ok(mut inner) = serde_json::from_str::<Json>(text)
        {
            let former = inner.clone();
            self.value(&mut inner, None);
            if inner != former {
                *text = inner.to_string();
            }
            return;
        }
        for (pattern, sort, instead) in PATTERNS.iter() {
            let found = pattern.find_iter(text).count();
            if found > 0 {
                let cleaned = pattern.replace_all(text, *instead).into_owned();
                if cleaned != *text {
                    (0..found).for_each(|_| self.left_out.note(*sort));
                    *text = cleaned;
                }
            }
        }
        self.users(text);
    }

    /// Who did it, in `user@realm`, `user@realm!token` or an e-mail address; `@` may be URL-encoded.
    fn users(&mut self, text: &mut String) {
        let mut found = Vec::new();
        let cleaned = USER.replace_all(text, |user: &Captures<'_>| {
            let part = |name| user.name(name).map_or("", |part| part.as_str());
            let (at, domain) = (part("at"), part("domain"));
            if part("name") == MADE_UP {
                return part("all").to_owned();
            }
            if domain.contains('.') {
                found.push(Sort::Email);
                format!("{MADE_UP}{at}example.org")
            } else {
                found.push(Sort::User);
                format!("{MADE_UP}{at}{domain}")
            }
        });
        if !found.is_empty() {
            *text = cleaned.into_owned();
            found.into_iter().for_each(|sort| self.left_out.note(sort));
        }
    }
}

/// The name of everybody.
const MADE_UP: &str = "someone";

/// A user in other words; the realm tells nobody.
fn anonymous(user: &str) -> String {
    match user.split_once('@').map(|(_, realm)| realm.split('!').next().unwrap_or(realm)) {
        Some(realm) if !realm.contains('.') => format!("{MADE_UP}@{realm}"),
        Some(_) => format!("{MADE_UP}@example.org"),
        None => MADE_UP.to_owned(),
    }
}

/// Words in the name of what is secret.
const SECRET_WORDS: [&str; 8] =
    ["password", "passwd", "passphrase", "secret", "token", "apikey", "credential", "csrf"];

/// What is left out of any text, and what stands there instead.
static PATTERNS: LazyLock<Vec<(Regex, Sort, &'static str)>> = LazyLock::new(|| {
    [
        (
            r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
            Sort::Key,
            "",
        ),
        // A public key as OpenSSH writes it, with its comment; blanks, slashes and the like may be URL-encoded.
        (
            r"(?:sk-)?(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-[a-z0-9-]+)(?:@openssh\.com)?(?:%20|[ \t+])+AAAA(?:[A-Za-z0-9+/=]|%2[BbFf]|%3[Dd])+(?:(?:%20|[ \t])+[^\s%]+(?:%40[^\s%]+)?)?",
            Sort::Key,
            "",
        ),
        // name=value and name: value within a text
        (
            r#"(?i)\b((?:[a-z0-9]+[_-])*(?:ci)?(?:password|passwd|passphrase|secret|token|api[_-]?key)(?:[_-][a-z0-9]+)*["']?(?:\s*[=:]\s*|%3d|%3a))(?:"[^"]*"|'[^']*'|[^\s,;&"'%]+)"#,
            Sort::Secret,
            "$1",
        ),
    ]
    .into_iter()
    .filter_map(|(pattern, sort, instead)| Some((Regex::new(pattern).ok()?, sort, instead)))
    .collect()
});

static USER: LazyLock<Regex> = LazyLock::new(user_pattern);

#[expect(clippy::expect_used, reason = "the pattern is fixed, and the tests use it")]
fn user_pattern() -> Regex {
    Regex::new(
        r"(?P<all>(?P<name>[A-Za-z0-9][A-Za-z0-9._+-]*)(?P<at>@|%40)(?P<domain>[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)(?:!|%21)?[A-Za-z0-9_-]*)",
    )
    .expect("a pattern")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn redacted(mut fact: Json) -> (Json, LeftOut) {
        let left_out = redact(&mut fact, Keep::default());
        (fact, left_out)
    }

    #[test]
    fn every_pattern_is_one() {
        assert_eq!(PATTERNS.len(), 3);
    }

    #[test]
    fn secrets_are_left_out_by_the_name_of_their_field() {
        let (fact, left_out) = redacted(json!({
            "cipassword": "hunter2", "api_token": "abc", "has_password": true, "Secret-Key": 12, "password": "",
            "nested": {"client-secret": ["a"], "name": "web"},
        }));
        assert_eq!(
            fact,
            json!({
                "cipassword": "", "api_token": "", "has_password": true, "Secret-Key": 0, "password": "",
                "nested": {"client-secret": [], "name": "web"},
            })
        );
        assert_eq!(left_out.count(Sort::Secret), 4);
    }

    #[test]
    fn secrets_in_json_within_a_text_are_left_out() {
        let config =
            json!({"cipassword": "hunter2", "ciuser": "jane", "cores": 2, "description": "Call Jane"});
        let nested = json!({"listing": json!({"inner": config.to_string()}).to_string(), "vmid": 101});
        let (fact, left_out) = redacted(nested);
        let listing: Json = serde_json::from_str(fact["listing"].as_str().unwrap()).unwrap();
        let config: Json = serde_json::from_str(listing["inner"].as_str().unwrap()).unwrap();
        assert_eq!(config, json!({"cipassword": "", "ciuser": "someone", "cores": 2, "description": ""}));
        assert_eq!(left_out.to_string(), "1 secret, 1 user name, 1 note");
    }

    #[test]
    fn json_that_holds_nothing_to_hide_keeps_its_spelling() {
        let (fact, left_out) = redacted(json!({"config": "{ \"b\": 1,  \"a\": 2 }", "raw": "{broken"}));
        assert_eq!(fact, json!({"config": "{ \"b\": 1,  \"a\": 2 }", "raw": "{broken"}));
        assert!(left_out.is_empty());
    }

    #[test]
    fn ssh_keys_are_left_out_wherever_they_are() {
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ+a/b= jane@laptop";
        let encoded = "ssh-rsa%20AAAAB3NzaC1yc2E%2BAAA%2Fb%3D%3D%20jane%40laptop%0A";
        let (fact, left_out) = redacted(json!({
            "sshkeys": encoded, "ssh_keys": [key], "hook": format!("echo '{key}' >> keys"),
            "config": json!({"args": encoded}).to_string(),
            "pem": "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\n",
        }));
        let text = fact.to_string();
        for trace in ["AAAA", "jane", "laptop", "b3Bl"] {
            assert!(!text.contains(trace), "{trace} is in {text}");
        }
        assert_eq!(fact["ssh_keys"], json!([]));
        assert_eq!(left_out.count(Sort::Key), 5);
    }

    #[test]
    fn users_and_mail_addresses_are_replaced_and_their_realms_stay() {
        let (fact, left_out) = redacted(json!({
            "upid": "UPID:pve1:0000A1:00B2:65A1B2C3:qmstart:101:jane.doe@corp-ldap!backup:",
            "user": "jane.doe@corp-ldap",
            "raw": json!({"user": "root@pam!sync", "id": "101", "mailto": "ops@example.net"}).to_string(),
            "url": "http://x/?who=jane%40corp&a=1",
            "name": "web",
        }));
        assert_eq!(fact["upid"], "UPID:pve1:0000A1:00B2:65A1B2C3:qmstart:101:someone@corp-ldap:");
        assert_eq!(fact["user"], "someone@corp-ldap");
        assert_eq!(fact["url"], "http://x/?who=someone%40corp&a=1");
        let raw: Json = serde_json::from_str(fact["raw"].as_str().unwrap()).unwrap();
        assert_eq!(raw, json!({"user": "someone@pam", "id": "101", "mailto": "someone@example.org"}));
        assert_eq!(left_out.to_string(), "4 user names, 1 e-mail address");
    }

    #[test]
    fn secrets_in_the_words_of_a_text_are_left_out() {
        let (fact, left_out) = redacted(json!({
            "args": "-vnc 0.0.0.0:77,password=hunter2 -spice token: abc,x=1",
            "options": [["password", "hunter2"], ["size", "8G"]],
            "query": "a=1&api_key=zzz&b=2",
            "quoted": "db_password: \"two words\" and more",
        }));
        assert_eq!(fact["args"], "-vnc 0.0.0.0:77,password= -spice token: ,x=1");
        assert_eq!(fact["options"], json!([["password", ""], ["size", "8G"]]));
        assert_eq!(fact["query"], "a=1&api_key=&b=2");
        assert_eq!(fact["quoted"], "db_password:  and more");
        assert_eq!(left_out.count(Sort::Secret), 5);
    }

    #[test]
    fn notes_are_emptied_unless_they_are_wanted() {
        let fact = || json!({"notes": "Owner: jane@example.net\npassword: hunter2", "name": "web"});
        let (without, left_out) = redacted(fact());
        assert_eq!(without, json!({"notes": "", "name": "web"}));
        assert_eq!(left_out.count(Sort::Notes), 1);
        let mut with = fact();
        redact(&mut with, Keep { notes: true });
        assert_eq!(with, json!({"notes": "Owner: someone@example.org\npassword: ", "name": "web"}));
    }

    #[test]
    fn redacting_twice_changes_nothing_more() {
        let (mut fact, _) = redacted(json!({
            "upid": "UPID:pve1:1:2:3:qmstart:101:jane@pam:", "mail": "jane@example.net", "user": "jane@pam",
        }));
        let once = fact.clone();
        redact(&mut fact, Keep::default());
        assert_eq!(fact, once);
    }

    #[test]
    fn what_mapping_is_about_stays() {
        let fact = json!({
            "vmid": 101, "name": "web", "node": "pve1", "tags": ["prod", "token-ring"], "pool": "web",
            "config": json!({"net0": "virtio=BC:24:11:00:00:01,bridge=vmbr0", "cores": 2}).to_string(),
            "volume_id": "pbs:backup/vm/101/2026-01-01T00:00:00Z", "addresses": [["net0", "ip=192.0.2.1/24"]],
        });
        let (same, left_out) = redacted(fact.clone());
        assert_eq!(same, fact);
        assert!(left_out.is_empty());
    }
}
