//! Who is asking: NetBox's two kinds of tokens, and what their users may do.

use axum::http::{HeaderMap, header};

use super::Options;
use super::answer::Answer;
use super::rights::{Login, Rights};

const MISSING: &str = "Authentication credentials were not provided.";

/// A token and the user behind it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    /// The token may only read.
    pub(crate) read_only: bool,
    pub(crate) rights: Rights,
}

/// The caller behind the headers, or NetBox's refusal.
pub(crate) fn caller(options: &Options, logins: &[Login], headers: &HeaderMap) -> Result<Caller, Answer> {
    let refuse = |message: &str| Err(Answer::detail(403, message));
    let header = headers
        .get(header::AUTHORIZATION)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let parts: Vec<&str> = header.as_deref().unwrap_or_default().split_whitespace().collect();
    let known =
        |keyword: &str| keyword.eq_ignore_ascii_case("token") || keyword.eq_ignore_ascii_case("bearer");
    let token = match parts.as_slice() {
        [keyword, ..] if !known(keyword) => return refuse(MISSING),
        [_, token] => *token,
        [] => return refuse(MISSING),
        _ => {
            return refuse(
                "Invalid authorization header: Must be in the form \"Bearer <key>.<token>\" or \"Token <token>\"",
            );
        }
    };
    let Some(second) = token.strip_prefix("nbt_") else {
        return match token {
            token if token == options.token => Ok(Caller::default()),
            token if token == options.read_only_token => Ok(Caller { read_only: true, ..Caller::default() }),
            token => match logins.iter().find(|login| login.token == token) {
                Some(login) => Ok(Caller {
                    read_only: login.read_only,
                    rights: Rights::Granted(login.grants.clone().into()),
                }),
                None => refuse("Invalid v1 token"),
            },
        };
    };
    match second.split_once('.') {
        Some((key, secret))
            if (key, secret) == (options.token_v2.0.as_str(), options.token_v2.1.as_str()) =>
        {
            Ok(Caller::default())
        }
        Some(_) => refuse("Invalid v2 token"),
        None => refuse(
            "Invalid authorization header: Could not parse key from v2 token. Did you mean to use 'Token' instead of \
             'Bearer'?",
        ),
    }
}
