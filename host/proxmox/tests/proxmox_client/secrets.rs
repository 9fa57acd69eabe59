//! Secrets are in no error, no debug output and no log, even when the server repeats them.

use crate::common::{SECRET, answer, connect, data, endpoint, nothing_there, server, with_password};
use proxbox_model::endpoint::ProxmoxEndpoint;
use proxbox_model::{Diagnostic, Problem};
use serde_json::json;
use std::io::Write;
use std::sync::{Arc, Mutex};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything that a failed connection lets out.
async fn let_out(endpoint: &ProxmoxEndpoint) -> String {
    match connect(endpoint).await {
        Ok(client) => format!("{client:?}"),
        Err(error) => {
            format!("{error} {error:?} {:?} {:?} {endpoint:?}", error.hint(), Problem::from(&error))
        }
    }
}

#[tokio::test]
async fn secrets_stay_inside() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _subscribed = tracing::subscriber::set_default(subscriber);

    let echo = MockServer::start().await;
    let words = format!("no such token {SECRET}");
    let body = json!({"data": null, "message": words, "errors": {"password": SECRET}});
    answer(&echo, "/version", ResponseTemplate::new(401).set_body_json(&body)).await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(503).set_body_json(&body))
        .mount(&echo)
        .await;
    let good = server().await;
    Mock::given(method("POST")).respond_with(data(&json!({"ticket": "T1CKET"}))).mount(&good).await;

    let mut out = String::new();
    for url in [echo.uri(), good.uri(), nothing_there()] {
        out += &let_out(&endpoint(&url)).await;
        out += &let_out(&with_password(&url)).await;
    }
    out += &String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(out.contains("trying again"), "the log was not captured");
    assert!(!out.contains(SECRET) && !out.contains("T1CKET"), "{out}");
}
