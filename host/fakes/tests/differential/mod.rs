//! Sends the same requests to a real NetBox and to the fake, and compares what they answer.
//!
//! Each suite names the flavour of NetBox that it is about as `FLAVOUR` in its root. The environment names the real one:
//! `PROXBOX_TEST_BARE_URL`, `PROXBOX_TEST_BARE_TOKEN` and `PROXBOX_TEST_BARE_READER` (a token that may only read), or the
//! same with `PLUGIN`. What is missing fails the test. What a test makes in the real NetBox it deletes again; nobody
//! else may use that NetBox meanwhile.
// No suite uses everything.
#![allow(dead_code)]

mod ask;
mod compare;
mod describe;

use proxbox_fakes::netbox::{FakeNetbox, Flavour, Grant, Login, Options};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::sync::{Mutex, MutexGuard};

use crate::FLAVOUR;
pub(crate) use ask::{Ask, Reply, Side};
use compare::Ids;
pub(crate) use describe::takes;

pub(crate) const VM: &str = "virtualization/virtual-machines";

/// Tests of one suite take turns, because custom fields of one would show on the objects of another.
static TURN: Mutex<()> = Mutex::const_new(());

/// A real NetBox and a fake one, and how they differ so far.
pub(crate) struct Pair {
    real: Side,
    fake: Side,
    server: FakeNetbox,
    /// Part of every name that this run makes, so that runs do not meet.
    pub(crate) run: String,
    named: BTreeMap<String, (u64, u64)>,
    made: Vec<(String, u64)>,
    ids: Ids,
    differences: Vec<String>,
    compared: usize,
    finished: bool,
    _turn: MutexGuard<'static, ()>,
}

/// A pair that is not finished has compared for nothing.
impl Drop for Pair {
    fn drop(&mut self) {
        if !self.finished && !std::thread::panicking() {
            panic!(
                "this test ends without pair.finish(), so that its {} differences fail nobody",
                self.differences.len()
            );
        }
    }
}

/// A variable of this suite's flavour.
fn variable(name: &str) -> String {
    let flavour = if FLAVOUR == Flavour::Bare { "bare" } else { "plugin" };
    let variable = format!("PROXBOX_TEST_{}_{name}", flavour.to_uppercase());
    std::env::var(&variable).ok().filter(|value| !value.is_empty()).unwrap_or_else(|| {
        panic!(
            "{variable} is not set: start a NetBox with `tests/netbox/real up {flavour}` and take the variables that \
             `tests/netbox/real env {flavour}` prints"
        )
    })
}

impl Pair {
    /// The real NetBox that the environment names, and a fake of the same flavour and version.
    pub(crate) async fn new(what: &str) -> Self {
        let (url, token, reader) = (variable("URL"), variable("TOKEN"), variable("READER"));
        let turn = TURN.lock().await;
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let url = url.trim_end_matches('/').to_owned();
        let real = Side { client: client.clone(), url, token, reader, users: BTreeMap::new() };
        let status = real.send(&Ask::new("GET", "/api/status/")).await.body;
        let version = status.get("netbox-version").and_then(Value::as_str).unwrap_or_default().to_owned();
        let plugin = status.pointer("/plugins/netbox_proxbox").is_some();
        let found = if plugin { Flavour::CurrentPlugin } else { Flavour::Bare };
        assert_eq!(found, FLAVOUR, "the NetBox at {} is of another flavour than this suite", real.url);
        let all = Options { flavour: FLAVOUR, plugin_fields: true, ..Options::default() };
        let ids = Ids::now();
        let server = FakeNetbox::start(all.version(&version)).await.unwrap();
        let ids = ids.found();
        let reader = server.read_only_token().to_owned();
        let token = server.token().to_owned();
        let fake = Side { client, url: server.url(), token, reader, users: BTreeMap::new() };
        let run = uuid::Uuid::new_v4().simple().to_string().get(..8).unwrap().to_owned();
        println!("{what}: compared with NetBox {version} at {}", real.url);
        Self {
            real,
            fake,
            server,
            run,
            named: BTreeMap::new(),
            made: Vec::new(),
            ids,
            differences: Vec::new(),
            compared: 0,
            finished: false,
            _turn: turn,
        }
    }

    /// Creates an object on both sides under a name, and compares the answers.
    pub(crate) async fn make(&mut self, name: &str, path: &str, body: Value) {
        let ask = Ask::new("POST", &format!("/api/{path}/")).body(body);
        let (real, fake) = self.both(&ask).await;
        let id = |answer: &Value| answer.get("id").and_then(Value::as_u64);
        if let (Some(real_id), Some(fake_id)) = (id(&real.body), id(&fake.body)) {
            self.named.insert(name.to_owned(), (real_id, fake_id));
            self.made.push((path.to_owned(), real_id));
            self.ids.add(real_id, fake_id);
            let mac = |answer: &Value| answer.pointer("/primary_mac_address/id").and_then(Value::as_u64);
            if let (Some(real), Some(fake)) = (mac(&real.body), mac(&fake.body)) {
                self.ids.add(real, fake);
            }
        } else {
            self.differences.push(format!("{name} was not made: real {} fake {}", real.body, fake.body));
        }
        self.compare(&ask, real, fake);
    }

    /// Learns the ids of objects that were made along with another one.
    pub(crate) async fn learn(&mut self, name: &str, path: &str) {
        let (real, fake) = self.both(&Ask::new("GET", path)).await;
        let id = |answer: &Value| answer.pointer("/results/0/id").and_then(Value::as_u64);
        if let (Some(real), Some(fake)) = (id(&real.body), id(&fake.body)) {
            self.named.insert(name.to_owned(), (real, fake));
            self.ids.add(real, fake);
        }
    }

    /// Makes a user on both sides, who may do what is granted.
    pub(crate) async fn user(&mut self, name: &'static str, read_only: bool, grants: Vec<Grant>) {
        let text = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
        let user = json!({ "username": format!("{name}-{}", self.run), "password": "Wq7-Cellar-Door-9" });
        let user = self.make_real("users/users", user).await["id"].clone();
        for (number, grant) in grants.iter().enumerate() {
            let actions: Vec<&str> = grant.actions.iter().map(|action| action.name()).collect();
            let constraints = fill_value(grant.constraints.clone(), &self.names(|ids| ids.0));
            let permission = json!({ "name": format!("{name}-{}-{number}", self.run), "object_types": grant.models,
                "actions": actions, "constraints": constraints, "users": [user] });
            self.make_real("users/permissions", permission).await;
        }
        let token = json!({ "user": user, "version": 1, "write_enabled": !read_only });
        let token = self.make_real("users/tokens", token).await;
        self.real.users.insert(name, text(&token, "token"));

        let constraints = |grant: Grant| fill_value(grant.constraints, &self.names(|ids| ids.1));
        let grants =
            grants.into_iter().map(|grant| Grant { constraints: constraints(grant.clone()), ..grant });
        let login = Login { token: format!("token-of-{name}"), read_only, grants: grants.collect() };
        self.fake.users.insert(name, login.token.clone());
        self.server.admit(login).unwrap();
    }

    /// Makes an object that the fake does not have.
    async fn make_real(&mut self, path: &str, body: Value) -> Value {
        let made = self.real.send(&Ask::new("POST", &format!("/api/{path}/")).body(body)).await;
        assert_eq!(made.status, 201, "{path}: {}", made.body);
        self.made.push((path.to_owned(), made.body["id"].as_u64().unwrap()));
        made.body
    }

    /// Compares the answers to a GET.
    pub(crate) async fn get(&mut self, path: &str) {
        self.same(Ask::new("GET", path)).await;
    }

    /// Compares the answers to a POST that is refused, or whose object the caller does not need.
    pub(crate) async fn post(&mut self, path: &str, body: Value) {
        self.same(Ask::new("POST", &format!("/api/{path}/")).body(body)).await;
    }

    /// Compares the answers to a PATCH.
    pub(crate) async fn patch(&mut self, path: &str, body: Value) {
        self.same(Ask::new("PATCH", &format!("/api/{path}/")).body(body)).await;
    }

    /// Compares the answers to a DELETE.
    pub(crate) async fn delete(&mut self, path: &str) {
        self.same(Ask::new("DELETE", &format!("/api/{path}/"))).await;
    }

    /// Compares the answers to any request.
    pub(crate) async fn same(&mut self, ask: Ask) {
        let (real, fake) = self.both(&ask).await;
        self.note_created(&ask, &real.body, &fake.body);
        self.compare(&ask, real, fake);
    }

    /// Compares parts of the answers to a request.
    pub(crate) async fn same_part(&mut self, ask: Ask, part: impl Fn(&Value) -> Value) {
        let (mut real, mut fake) = self.both(&ask).await;
        (real.body, fake.body) = (part(&real.body), part(&fake.body));
        self.compare(&ask, real, fake);
    }

    /// Objects that a list request made, or a request that was not meant to succeed.
    fn note_created(&mut self, ask: &Ask, real: &Value, fake: &Value) {
        if ask.method != Method::POST {
            return;
        }
        let path = ask.path.trim_start_matches("/api/").trim_end_matches('/').to_owned();
        let list = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        let fakes = list(fake);
        for (index, object) in list(real).iter().enumerate() {
            let id = |value: &Value| {
                value.get("id").and_then(Value::as_u64).filter(|_| value.get("url").is_some())
            };
            if let Some(id_real) = id(object) {
                self.made.push((path.clone(), id_real));
                if let Some(id_fake) = fakes.get(index).and_then(id) {
                    self.ids.add(id_real, id_fake);
                }
            }
        }
    }

    /// Learns which ids belong together.
    pub(crate) fn pair_ids(&mut self, real: &[u64], fake: &[u64]) {
        real.iter().zip(fake).for_each(|(real, fake)| self.ids.add(*real, *fake));
    }

    /// Compares the answers to a request whose body is another for each of the two.
    pub(crate) async fn apart(&mut self, ask: &Ask, [real, fake]: [Value; 2]) {
        let real = self.real.send(&ask.clone().body(real)).await;
        let fake = self.fake.send(&ask.clone().body(fake)).await;
        self.compare(ask, real, fake);
    }

    pub(crate) async fn both(&mut self, ask: &Ask) -> (Reply, Reply) {
        let real = self.real.send(&self.fill(ask, |ids| ids.0)).await;
        let fake = self.fake.send(&self.fill(ask, |ids| ids.1)).await;
        (real, fake)
    }

    /// What stands for what in requests to one side.
    fn names(&self, side: impl Fn(&(u64, u64)) -> u64) -> Vec<(String, String)> {
        let ids = self.named.iter().map(|(name, ids)| (format!("{{{name}}}"), side(ids).to_string()));
        ids.chain([("{run}".to_owned(), self.run.clone())]).collect()
    }

    /// The request with the ids of one side.
    fn fill(&self, ask: &Ask, side: impl Fn(&(u64, u64)) -> u64) -> Ask {
        let mut ask = ask.clone();
        let names = self.names(side);
        for (name, text) in &names {
            ask.path = ask.path.replace(name, text);
        }
        ask.body = ask.body.map(|body| fill_value(body, &names));
        ask
    }

    fn compare(&mut self, ask: &Ask, real: Reply, fake: Reply) {
        self.compared += 1;
        let mut body = ask.body.as_ref().map(Value::to_string).unwrap_or_default();
        body.truncate(body.char_indices().nth(MOST_SHOWN).map_or(body.len(), |(at, _)| at));
        let path = ask.path.get(..MOST_SHOWN).unwrap_or(&ask.path);
        let what = format!("{} {path} {body}", ask.method);
        if real.status != fake.status {
            self.differences.push(format!(
                "{what}\n  status {} {}\n  fake   {} {}",
                real.status, real.body, fake.status, fake.body
            ));
            return;
        }
        let mut differences = Vec::new();
        self.ids.compare("", &real.body, &fake.body, &mut differences);
        self.ids.compare_headers(&real.headers, &fake.headers, &mut differences);
        if !differences.is_empty() {
            self.differences.push(format!("{what}\n  {}", differences.join("\n  ")));
        }
    }

    /// Deletes what was made in the real NetBox, and fails when the two differed.
    pub(crate) async fn finish(mut self) {
        self.finished = true;
        // What was in the way of an object the first time is gone the second time.
        for (path, id) in self.made.iter().rev().chain(self.made.iter().rev()) {
            self.real.send(&Ask::new("DELETE", &format!("/api/{path}/{id}/"))).await;
        }
        let count = self.differences.len();
        println!("{} answers compared, {count} differ", self.compared);
        assert!(count == 0, "{}", self.differences.join("\n\n"));
    }
}

/// Most characters of a path or body in a message.
const MOST_SHOWN: usize = 600;

fn fill_value(value: Value, names: &[(String, String)]) -> Value {
    match value {
        Value::String(text) => {
            if let Some((_, id)) = names.iter().find(|(name, _)| *name == text && name != "{run}") {
                return json!(id.parse::<u64>().unwrap());
            }
            names.iter().fold(text, |text, (name, id)| text.replace(name, id)).into()
        }
        Value::Array(items) => items.into_iter().map(|item| fill_value(item, names)).collect(),
        Value::Object(map) => {
            let key = |key: String| names.iter().fold(key, |key, (name, id)| key.replace(name, id));
            Value::Object(
                map.into_iter().map(|(name, value)| (key(name), fill_value(value, names))).collect(),
            )
        }
        other => other,
    }
}

/// The objects that a fleet lives on.
pub(crate) async fn base(pair: &mut Pair) {
    pair.make("tag", "extras/tags", json!({ "name": "tag {run}", "slug": "tag-{run}", "color": "ff5722" }))
        .await;
    pair.make("tenant", "tenancy/tenants", json!({ "name": "tenant {run}", "slug": "tenant-{run}" })).await;
    pair.make(
        "site",
        "dcim/sites",
        json!({ "name": "site {run}", "slug": "site-{run}", "tenant": "{tenant}" }),
    )
    .await;
    pair.make("site2", "dcim/sites", json!({ "name": "site2 {run}", "slug": "site2-{run}" })).await;
    pair.make("maker", "dcim/manufacturers", json!({ "name": "maker {run}", "slug": "maker-{run}" })).await;
    pair.make(
        "kind",
        "dcim/device-types",
        json!({ "manufacturer": { "slug": "maker-{run}" }, "model": "model {run}", "slug": "model-{run}" }),
    )
    .await;
    pair.make(
        "role",
        "dcim/device-roles",
        json!({ "name": "role {run}", "slug": "role-{run}", "color": "00bcd4", "vm_role": true }),
    )
    .await;
    pair.make(
        "platform",
        "dcim/platforms",
        json!({ "name": "platform {run}", "slug": "platform-{run}", "manufacturer": "{maker}" }),
    )
    .await;
    pair.make("type", "virtualization/cluster-types", json!({ "name": "type {run}", "slug": "type-{run}" }))
        .await;
    pair.make(
        "group",
        "virtualization/cluster-groups",
        json!({ "name": "group {run}", "slug": "group-{run}" }),
    )
    .await;
    pair.make("cluster", "virtualization/clusters", json!({ "name": "cluster {run}", "type": "{type}" }))
        .await;
    pair.make(
        "placed",
        "virtualization/clusters",
        json!({ "name": "placed {run}", "type": "{type}", "group": "{group}", "tenant": "{tenant}",
            "scope_type": "dcim.site", "scope_id": "{site}", "tags": [{ "slug": "tag-{run}" }] }),
    )
    .await;
    pair.make(
        "node",
        "dcim/devices",
        json!({ "name": "node {run}", "device_type": "{kind}", "role": "{role}", "site": "{site}",
            "cluster": "{placed}", "platform": "{platform}", "tags": ["{tag}"] }),
    )
    .await;
    pair.make("vm", VM, json!({ "name": "vm {run}", "cluster": "{cluster}" })).await;
}
