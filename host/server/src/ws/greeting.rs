//! The first frame: who is there.

use super::link::{End, Heard, LATER, Link, REFUSED, TROUBLE};
use crate::auth;
use crate::error::ApiError;
use crate::state::AppState;
use axum::http::StatusCode;
use secrecy::SecretString;
use serde::Deserialize;
use std::net::IpAddr;
use std::time::Duration;

/// How long a client may take to show its key.
const LIMIT: Duration = Duration::from_secs(10);

/// `{"api_key": "…"}`.
#[derive(Deserialize)]
struct Greeting {
    #[serde(default)]
    api_key: Option<SecretString>,
}

/// Waits for the key and looks at it.
pub(super) async fn admitted(state: &AppState, client: IpAddr, link: &mut Link) -> Result<(), End> {
    let Ok(_place) = state.sockets.waiting.try_acquire() else {
        return Err(End::close(LATER, "Too many connections have not shown a key yet."));
    };
    let Ok(heard) = tokio::time::timeout(LIMIT, link.listen_while_open()).await else {
        return Err(End::close(REFUSED, "API key required within 10 seconds."));
    };
    auth::admit(state, client, key(&heard?)).await.map_err(refused)
}

/// The key of a first frame; a frame that holds none is a missing key.
fn key(heard: &Heard) -> Option<SecretString> {
    use secrecy::ExposeSecret as _;
    let Heard::Text(text) = heard else { return None };
    // A struct can be read from a list, too.
    let object = Some(text).filter(|text| text.trim_start().starts_with('{'))?;
    let greeting: Greeting = serde_json::from_str(object).ok()?;
    greeting.api_key.filter(|key| !key.expose_secret().is_empty())
}

fn refused(error: ApiError) -> End {
    match error {
        ApiError::Exhausted => End::close(LATER, error.sentence()),
        ApiError::Detail(StatusCode::UNAUTHORIZED, _) | ApiError::TooMany { .. } => {
            End::close(REFUSED, error.sentence())
        }
        _ => End::close(TROUBLE, error.sentence()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    #[test]
    fn a_key_is_a_text_in_an_object() {
        let found = |text: &str| key(&Heard::Text(text.to_owned())).map(|key| key.expose_secret().to_owned());
        assert_eq!(found(r#"{"api_key": "k", "client": "browser"}"#).as_deref(), Some("k"));
        for text in ["k", "{}", r#"{"api_key": ""}"#, r#"{"api_key": 7}"#, r#"["k"]"#, r#"{"api_key": null}"#]
        {
            assert_eq!(found(text), None, "{text}");
        }
        assert!(key(&Heard::Bytes).is_none());
    }

    #[test]
    fn a_close_code_says_whether_trying_again_makes_sense() {
        let code = |error| match refused(error) {
            End::Close(code, _) => code,
            End::Left => 0,
        };
        let wrong = "Invalid API key. 4 attempts remaining.".to_owned();
        assert_eq!(
            refused(ApiError::Detail(StatusCode::UNAUTHORIZED, wrong.clone())),
            End::Close(4001, wrong)
        );
        assert_eq!(code(ApiError::TooMany { detail: "locked", retry_after: LIMIT }), 4001);
        assert_eq!(code(ApiError::Exhausted), 1013);
        assert_eq!(code(ApiError::bad_request("database", "")), 1011);
    }
}
