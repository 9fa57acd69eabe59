//! Takes out of a text what looks like a secret.

use std::borrow::Cow;
use std::ops::Range;

const REDACTED: &str = "[redacted]";

/// What is written after such a name and a `=` or `:` is a secret. Longer names come before those that they begin with.
const NAMES: &[&str] = &[
    "authorization",
    "x-proxbox-api-key",
    "api_key",
    "api-key",
    "apikey",
    "encryption_key",
    "raw_key",
    "password",
    "passwd",
    "pveapitoken",
    "pveauthcookie",
    "csrfpreventiontoken",
    "set-cookie",
    "cookie",
    "ticket",
    "token_value",
    "token_key",
    "token",
    "secret",
];

/// What is written after such a word and a space is a secret, if it is at least that long.
const SCHEMES: &[(&str, usize)] = &[("bearer", 6), ("token", 16), ("basic", 8)];

/// The text with secrets replaced.
pub(super) fn redact(text: &str) -> Cow<'_, str> {
    let lower = text.to_ascii_lowercase();
    let (mut clean, mut kept, mut at) = (String::new(), 0, 0);
    while at < lower.len() {
        match secret_at(lower.as_bytes(), at) {
            Some(secret) => {
                clean.push_str(text.get(kept..secret.start).unwrap_or_default());
                clean.push_str(REDACTED);
                (kept, at) = (secret.end, secret.end);
            }
            None => at += 1,
        }
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    clean.push_str(text.get(kept..).unwrap_or_default());
    Cow::Owned(clean)
}

/// Where the secret is that what begins here announces. Its ends are next to ASCII, so they never split a character.
fn secret_at(text: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = text.get(at..)?;
    let before = at.checked_sub(1).and_then(|before| text.get(before));
    let secret = if rest.starts_with(b"!") {
        of_a_proxmox_token(text, at, rest)
    } else if before.is_some_and(u8::is_ascii_alphanumeric) {
        None
    } else if rest.starts_with(b"nbt_") {
        Some(value(text, at))
    } else {
        named(text, at, rest).or_else(|| after_scheme(text, at, rest))
    };
    secret.filter(|secret| !secret.is_empty())
}

/// `user@realm!name=value`, from the `!` on.
fn of_a_proxmox_token(text: &[u8], at: usize, rest: &[u8]) -> Option<Range<usize>> {
    let equals = at + 1 + run(rest.get(1..)?, |byte| is_name(*byte));
    (text.get(equals) == Some(&b'=')).then(|| value(text, equals + 1))
}

/// `name=value`, `"name": "value"`, `Name: Scheme value`.
fn named(text: &[u8], at: usize, rest: &[u8]) -> Option<Range<usize>> {
    let name = NAMES.iter().find(|name| rest.starts_with(name.as_bytes()))?;
    let mut next = at + name.len();
    next += run(text.get(next..)?, |byte| matches!(byte, b'"' | b'\'' | b'\\' | b' '));
    if !matches!(text.get(next)?, b'=' | b':') || text.get(next + 1) == Some(&b':') {
        return None;
    }
    next += 1;
    next += run(text.get(next..)?, |byte| matches!(byte, b'"' | b'\'' | b'\\' | b' '));
    let first = value(text, next);
    let is_scheme = SCHEMES.iter().any(|(scheme, _)| text.get(first.clone()) == Some(scheme.as_bytes()));
    if is_scheme && text.get(first.end) == Some(&b' ') {
        return Some(first.start..value(text, first.end + 1).end);
    }
    Some(first)
}

fn after_scheme(text: &[u8], at: usize, rest: &[u8]) -> Option<Range<usize>> {
    let (scheme, least) = SCHEMES.iter().find(|(scheme, _)| rest.starts_with(scheme.as_bytes()))?;
    let space = at + scheme.len();
    if text.get(space) != Some(&b' ') {
        return None;
    }
    Some(value(text, space + 1)).filter(|secret| secret.len() >= *least)
}

/// From here to the end of the word.
fn value(text: &[u8], start: usize) -> Range<usize> {
    let is_end = |byte: &u8| {
        byte.is_ascii_whitespace()
            || matches!(byte, b'"' | b'\'' | b'\\' | b',' | b';' | b'&' | b')' | b']' | b'}' | b'>' | b'`')
    };
    let word = text.get(start..).unwrap_or_default();
    start..start + run(word, |byte| !is_end(byte))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// How many bytes from the start are such.
fn run(text: &[u8], such: impl Fn(&u8) -> bool) -> usize {
    text.iter().position(|byte| !such(byte)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_replaced_and_what_surrounds_them_stays() {
        for (text, clean) in [
            ("Authorization: Token 0123456789abcdef, then", "Authorization: [redacted], then"),
            ("authorization=Bearer nbt_abc.def end", "authorization=[redacted] end"),
            ("sent Bearer abcdef0123 to x", "sent Bearer [redacted] to x"),
            ("Token 0123456789abcdef0123456789abcdef01234567.", "Token [redacted]"),
            ("PVEAPIToken=root@pam!lab=1b2c-3d", "PVEAPIToken=[redacted]"),
            ("as root@pam!lab=1b2c-3d, now", "as root@pam!lab=[redacted], now"),
            (r#"{"api_key":"k3y","x":1}"#, r#"{"api_key":"[redacted]","x":1}"#),
            (r#"{\"password\": \"p w\"}"#, r#"{\"password\": \"[redacted] w\"}"#),
            ("?username=u&password=p%40ss&realm=pam", "?username=u&password=[redacted]&realm=pam"),
            ("X-Proxbox-API-Key: abc", "X-Proxbox-API-Key: [redacted]"),
            ("PVEAuthCookie=PVE:root@pam:65", "PVEAuthCookie=[redacted]"),
            ("token_value = 'abc' for ü", "token_value = '[redacted]' for ü"),
            ("ü password=ä€ ü", "ü password=[redacted] ü"),
            ("v2 token nbt_abc.def was refused", "v2 token [redacted] was refused"),
            ("password=a password=b", "password=[redacted] password=[redacted]"),
        ] {
            assert_eq!(redact(text), clean, "{text}");
        }
    }

    #[test]
    fn plain_words_stay() {
        for text in [
            "the token of NetBox may not write; store the token again",
            "Token authentication failed",
            "run completed: 3 created",
            "proxbox_server::token::check said no",
            "a password is needed",
            "Wow! that=this",
            "secretary: Ms Bearer",
            "",
        ] {
            let clean = redact(text);
            assert!(matches!(clean, Cow::Borrowed(_)), "{text} → {clean}");
        }
    }

    #[test]
    fn nothing_that_is_announced_at_the_end_is_missed() {
        for text in ["password=", "token:", "api_key=\"", "Bearer ", "x!"] {
            assert_eq!(redact(text), text);
        }
    }
}
