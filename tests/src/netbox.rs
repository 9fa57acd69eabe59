use proxbox_fakes::netbox::{FakeNetbox, Flavour, Options};
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
        /// What it is, as `tests/netbox/real` calls it.
        name: String,
        /// Base URL.
        url: String,
        /// Version 1 token with the right to write.
        token: String,
    },
}

impl LabNetbox {
    /// A pristine one of that flavour: a real one with the feature `test-netbox`, else one in memory.
    pub async fn pristine(flavour: Flavour) -> Self {
        if cfg!(feature = "test-netbox") { Self::real(flavour).await } else { Self::in_memory(flavour).await }
    }

    /// A new one in memory.
    pub async fn in_memory(flavour: Flavour) -> Self {
        Self::Fake(FakeNetbox::start(Options::default().flavour(flavour)).await.expect("a free port"))
    }

    /// The real one of that flavour, pristine.
    pub async fn real(flavour: Flavour) -> Self {
        let name = match flavour {
            // One of another version may stand for it.
            Flavour::Bare => std::env::var("PROXBOX_TEST_BARE").unwrap_or_else(|_| "bare".to_owned()),
            Flavour::CurrentPlugin => "plugin".to_owned(),
            Flavour::OlderPlugin => panic!("no real NetBox with the older plugin can be installed"),
        };
        let real = Self::Real { url: variable(&name, "URL"), token: variable(&name, "TOKEN"), name };
        let held = real.plugin().await;
        let wanted = flavour == Flavour::CurrentPlugin;
        assert_eq!(held.is_some(), wanted, "the NetBox at {} has the plugin {held:?}", real.url());
        real.script("reset");
        real
    }

    /// A variable that `tests/netbox/real env` prints of it, by the last part of its name.
    pub fn variable(&self, part: &str) -> String {
        match self {
            Self::Fake(_) => panic!("this test is about a real NetBox"),
            Self::Real { name, .. } => variable(name, part),
        }
    }

    /// A command of `tests/netbox/real` about it.
    pub fn script(&self, command: &str) {
        let Self::Real { name, .. } = self else { panic!("this test is about a real NetBox") };
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/netbox/real");
        let status = Command::new(script).args([command, name]).status().expect("the script can be started");
        assert!(status.success(), "tests/netbox/real {command} {name} failed");
    }

    /// Which version of the plugin it says it has.
    async fn plugin(&self) -> Option<String> {
        let url = format!("{}/api/status/", self.url());
        let status = self.send(reqwest::Method::GET, &url, None).await;
        status["plugins"]["netbox_proxbox"].as_str().map(str::to_owned)
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
            spare_address: None,
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

    /// Every object of a list path such as `dcim/devices/`.
    pub async fn list(&self, path: &str) -> Vec<Json> {
        self.list_if_any(path).await.unwrap_or_else(|| panic!("no list at {path}"))
    }

    /// The same; none where this NetBox has no such list.
    pub async fn list_if_any(&self, path: &str) -> Option<Vec<Json>> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut url = format!("{}/api/{path}{separator}limit=1000", self.url());
        let mut objects = Vec::new();
        loop {
            let answer = self.ask(reqwest::Method::GET, &url, None).await;
            if answer.status() == reqwest::StatusCode::NOT_FOUND {
                return None;
            }
            let mut page: Json = answer.json().await.expect("NetBox answers with JSON");
            match page["results"].take() {
                Json::Array(results) => objects.extend(results),
                _ => panic!("no list at {url}: {page}"),
            }
            match page["next"].as_str() {
                Some(next) => url = next.to_owned(),
                None => return Some(objects),
            }
        }
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

    /// A request to a path of the API such as `core/jobs/1/`: status and body, null when that is empty.
    pub async fn request(&self, method: reqwest::Method, path: &str, body: Option<Json>) -> (u16, Json) {
        let answer = self.ask(method, &format!("{}/api/{path}", self.url()), body).await;
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    async fn send(&self, method: reqwest::Method, url: &str, body: Option<Json>) -> Json {
        self.ask(method, url, body).await.json().await.expect("NetBox answers with JSON")
    }

    async fn ask(&self, method: reqwest::Method, url: &str, body: Option<Json>) -> reqwest::Response {
        // Nothing is encrypted here, and reading the system's authorities takes longer than the request.
        let client = reqwest::Client::builder().tls_certs_only([]).build().expect("a client");
        let mut request =
            client.request(method, url).header("Authorization", format!("Token {}", self.token()));
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.expect("NetBox answers")
    }
}

fn variable(name: &str, part: &str) -> String {
    let variable = format!("PROXBOX_TEST_{}_{part}", name.to_uppercase());
    std::env::var(&variable)
        .unwrap_or_else(|_| panic!("{variable} is not set; `tests/netbox/real up {name}` prints it"))
}
