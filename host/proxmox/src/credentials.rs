//! Who we are to Proxmox VE, and how secrets are kept out of everything else.

use crate::error::Fault;
use proxbox_model::endpoint::{ProxmoxAuth, ProxmoxEndpoint};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

/// How to log in.
pub(crate) enum Credentials {
    /// The value of the `Authorization` header.
    Token(SecretString),
    /// A user and a password, good for a ticket.
    Password { username: String, password: SecretString },
}

impl Credentials {
    pub(crate) fn of(endpoint: &ProxmoxEndpoint) -> Result<Self, Fault> {
        match &endpoint.auth {
            ProxmoxAuth::Token { name, value } => {
                let header =
                    token_header(endpoint.username.trim(), name.trim(), value.expose_secret().trim())
                        .ok_or(Fault::InvalidCredential("API token"))?;
                header_value(&header).ok_or(Fault::InvalidCredential("API token"))?;
                Ok(Self::Token(header.into()))
            }
            ProxmoxAuth::Password(password) => {
                if password.expose_secret().is_empty() || endpoint.username.trim().is_empty() {
                    return Err(Fault::InvalidCredential("user or password"));
                }
                Ok(Self::Password {
                    username: endpoint.username.trim().to_owned(),
                    password: password.clone(),
                })
            }
        }
    }

    pub(crate) fn is_token(&self) -> bool {
        matches!(self, Self::Token(_))
    }

    /// Who logs in: the user, with the name of a token behind it.
    pub(crate) fn login(&self) -> &str {
        match self {
            Self::Token(header) => {
                let who = header.expose_secret().split('=').nth(1);
                who.unwrap_or_default()
            }
            Self::Password { username, .. } => username,
        }
    }

    /// The part that a server might repeat in its answers and nobody may see.
    fn secret(&self) -> &str {
        match self {
            Self::Token(header) => header.expose_secret().splitn(3, '=').nth(2).unwrap_or_default(),
            Self::Password { password, .. } => password.expose_secret(),
        }
    }

    /// Text from the server, fit for a message: without our secrets, on one line, not endless.
    pub(crate) fn redact(&self, text: &str) -> String {
        let text = match self.secret() {
            "" => text.to_owned(),
            secret => text.replace(secret, "[secret]"),
        };
        let line = text.split(|c: char| c.is_control()).collect::<Vec<_>>().join(" ");
        let line = line.trim();
        match line.char_indices().nth(300) {
            Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
            None => line.to_owned(),
        }
    }
}

/// Marked as sensitive, so that no log of headers shows it.
pub(crate) fn header_value(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// `PVEAPIToken=user@realm!name=secret`, from parts any of which may hold more than it should: operators paste the whole string that
/// Proxmox's documentation shows, or `user@realm!name` as the name.
fn token_header(username: &str, name: &str, value: &str) -> Option<String> {
    let value = value.strip_prefix("Authorization:").unwrap_or(value).trim();
    let value = value.strip_prefix("PVEAPIToken=").unwrap_or(value);
    let name = name.strip_prefix("PVEAPIToken=").unwrap_or(name);
    if let Some((who, secret)) = value.split_once('=').filter(|(who, _)| who.contains('!')) {
        return complete(who, secret);
    }
    let who = if name.contains('!') {
        name.to_owned()
    } else if username.contains('!') {
        username.to_owned()
    } else {
        format!("{username}!{name}")
    };
    complete(&who, value)
}

fn complete(who: &str, secret: &str) -> Option<String> {
    let (user, name) = who.split_once('!')?;
    let whole = ![user, name, secret].iter().any(|part| part.trim().is_empty());
    whole.then(|| format!("PVEAPIToken={}!{}={}", user.trim(), name.trim(), secret.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "PVEAPIToken=sync@pve!netbox=0a1b";

    #[test]
    fn a_token_is_put_together_from_its_parts_or_split_from_a_pasted_string() {
        for (username, name, value) in [
            ("sync@pve", "netbox", "0a1b"),
            ("sync@pve", "sync@pve!netbox", "0a1b"),
            ("sync@pve!netbox", "netbox", "0a1b"),
            ("", "", WHOLE),
            ("other@pam", "x", "sync@pve!netbox=0a1b"),
            ("other@pam", "x", "Authorization: PVEAPIToken=sync@pve!netbox=0a1b"),
        ] {
            assert_eq!(
                token_header(username, name, value).as_deref(),
                Some(WHOLE),
                "{username} {name} {value}"
            );
        }
    }

    #[test]
    fn who_logs_in_is_told_without_the_secret() {
        assert_eq!(Credentials::Token(WHOLE.to_owned().into()).login(), "sync@pve!netbox");
        let password = Credentials::Password { username: "root@pam".to_owned(), password: "x".into() };
        assert_eq!(password.login(), "root@pam");
    }

    #[test]
    fn a_token_without_all_its_parts_is_refused() {
        for (username, name, value) in
            [("", "netbox", "0a1b"), ("sync@pve", "", "0a1b"), ("sync@pve", "netbox", "")]
        {
            assert_eq!(token_header(username, name, value), None);
        }
    }

    #[test]
    fn the_servers_words_are_cleaned_before_they_are_shown() {
        let credentials = Credentials::Token(WHOLE.to_owned().into());
        assert_eq!(credentials.redact("no 0a1b\r\nhere"), "no [secret]  here");
        assert!(credentials.redact(&"é".repeat(1000)).chars().count() == 301);
    }
}
