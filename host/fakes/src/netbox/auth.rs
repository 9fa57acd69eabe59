//! Who is asking: NetBox's two kinds of tokens.

use axum::http::{HeaderMap, header};

use super::Options;
use super::answer::Answer;

const MISSING: &str = "Authentication credentials were not provided.";

/// What a caller may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    Writer,
    Reader,
}

/// The caller behind the headers, or NetBox's refusal.
pub(crate) fn caller(options: &Options, headers: &HeaderMap) -> Result<Caller, Answer> {
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
            token if token == options.token => Ok(Caller::Writer),
            token if token == options.read_only_token => Ok(Caller::Reader),
            _ => refuse("Invalid v1 token"),
        };
    };
    match second.split_once('.') {
        Some((key, secret))
            if (key, secret) == (options.token_v2.0.as_str(), options.token_v2.1.as_str()) =>
        {
            Ok(Caller::Writer)
        }
        Some(_) => refuse("Invalid v2 token"),
        None => refuse(
            "Invalid authorization header: Could not parse key from v2 token. Did you mean to use 'Token' instead of \
             'Bearer'?",
        ),
    }
}
