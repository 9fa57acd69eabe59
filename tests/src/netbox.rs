use proxbox_fakes::netbox::{FakeNetbox, Options};
use proxbox_model::endpoint::{NetboxEndpoint, NetboxToken, TlsPolicy};
use secrecy::SecretString;
use serde_json::Value as Json;
use std::process::Command;

/// The NetBox of a laboratory.
pub enum LabNetbox {
    /// In memory.
    Fake(FakeNetbox),
    /// A real one, named by the environment.
    Real {
        /// Base URL.
        url: String,
        /// Version 1 token with the right to write.
        token: String,
    },
}

impl LabNetbox {
    /// The one that the environment asks for, pristine.
    pub async fn pristine() -> Self {
        match (std::env::var("PROXBOX_TEST_NETBOX_URL"), std::env::var("PROXBOX_TEST_NETBOX_TOKEN")) {
            (Ok(url), Ok(token)) => {
                let script = concat!(env!("CARGO_MANIFEST_DIR"), "/netbox/real");
                let status = Command::new(script).arg("reset").status().expect("the script can be started");
                assert!(status.success(), "tests/netbox/real reset failed");
                Self::Real { url, token }
            }
            _ => Self::Fake(FakeNetbox::start(Options::default()).await.expect("a free port")),
        }
    }

    /// Base URL.
    pub fn url(&self) -> String {
        match self {
            Self::Fake(fake) => fake.url().to_owned(),
            Self::Real { url, .. } => url.clone(),
        }
    }

    /// Version 1 token.
    pub fn token(&self) -> String {
        match self {
            Self::Fake(fake) => fake.token().to_owned(),
            Self::Real { token, .. } => token.clone(),
        }
    }

    /// As the host knows it.
    pub fn endpoint(&self) -> NetboxEndpoint {
        NetboxEndpoint {
            id: 1,
            name: "netbox".into(),
            url: self.url(),
            token: NetboxToken::V1(SecretString::from(self.token())),
            tls: TlsPolicy::Verify,
        }
    }

    /// The fake, for faults and direct looks; the test must not be about the real one.
    pub fn fake(&self) -> &FakeNetbox {
        match self {
            Self::Fake(fake) => fake,
            Self::Real { .. } => panic!("this test is about the in-memory NetBox"),
        }
    }

    /// Whether it is a real one.
    pub fn is_real(&self) -> bool {
        matches!(self, Self::Real { .. })
    }

    /// Every object of a list path such as `dcim/devices/`.
    pub async fn list(&self, path: &str) -> Vec<Json> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let url = format!("{}/api/{path}{separator}limit=1000", self.url());
        let body = self.send(reqwest::Method::GET, &url, None).await;
        body["results"].as_array().cloned().unwrap_or_else(|| panic!("no list at {path}: {body}"))
    }

    /// Makes an object as an operator would.
    pub async fn create(&self, path: &str, body: Json) -> Json {
        let url = format!("{}/api/{path}", self.url());
        let made = self.send(reqwest::Method::POST, &url, Some(body)).await;
        assert!(made["id"].is_u64(), "not created at {path}: {made}");
        made
    }

    /// Changes an object as an operator would.
    pub async fn change(&self, path: &str, id: u64, body: Json) -> Json {
        let url = format!("{}/api/{path}{id}/", self.url());
        let made = self.send(reqwest::Method::PATCH, &url, Some(body)).await;
        assert!(made["id"].is_u64(), "not changed at {path}{id}/: {made}");
        made
    }

    async fn send(&self, method: reqwest::Method, url: &str, body: Option<Json>) -> Json {
        let mut request = reqwest::Client::new()
            .request(method, url)
            .header("Authorization", format!("Token {}", self.token()));
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.expect("NetBox answers").json().await.expect("NetBox answers with JSON")
    }
}
