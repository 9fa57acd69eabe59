//! Sends the same requests to a real NetBox and to the fake, and compares what they answer.

mod ask;
mod bulk;
mod compare;
mod fields;
mod http;
mod lists;
mod network;
mod network_rules;
mod objects;
mod plugin;
mod plugin_guests;
mod plugin_states;
mod rules;

use proxbox_fakes::netbox::{FakeNetbox, Flavour, Options};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::collections::BTreeMap;

use ask::{Ask, Side};
use compare::Ids;

const VM: &str = "virtualization/virtual-machines";

/// A real NetBox and a fake one, and how they differ so far.
struct Pair {
    real: Side,
    fake: Side,
    _server: FakeNetbox,
    plugin: bool,
    /// Part of every name that this run makes, so that runs do not meet.
    run: String,
    named: BTreeMap<String, (u64, u64)>,
    made: Vec<(String, u64)>,
    ids: Ids,
    differences: Vec<String>,
    compared: usize,
}

impl Pair {
    /// None, said on standard output, when no real NetBox is named.
    async fn new(what: &str) -> Option<Self> {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let (Some(url), Some(token)) = (set("PROXBOX_TEST_NETBOX_URL"), set("PROXBOX_TEST_NETBOX_TOKEN"))
        else {
            println!(
                "{what}: NOT COMPARED with a real NetBox, for PROXBOX_TEST_NETBOX_URL and PROXBOX_TEST_NETBOX_TOKEN \
                 are not set"
            );
            return None;
        };
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let url = url.trim_end_matches('/').to_owned();
        let reader = set("PROXBOX_TEST_NETBOX_READ_ONLY_TOKEN");
        let real = Side { client: client.clone(), url, token, reader };
        let status = real.send(&Ask::new("GET", "/api/status/")).await.1;
        let version = status.get("netbox-version").and_then(Value::as_str).unwrap_or_default().to_owned();
        let plugin = status.pointer("/plugins/netbox_proxbox").is_some();
        let flavour = if plugin { Flavour::CurrentPlugin } else { Flavour::Bare };
        let options = Options { flavour, ..Options::default().version(&version) };
        let server = FakeNetbox::start(options).await.unwrap();
        let reader = Some(server.read_only_token().to_owned());
        let fake = Side { client, url: server.url(), token: server.token().to_owned(), reader };
        let run = uuid::Uuid::new_v4().simple().to_string().get(..8).unwrap().to_owned();
        println!("{what}: compared with NetBox {version} at {}", real.url);
        Some(Self {
            real,
            fake,
            _server: server,
            plugin,
            run,
            named: BTreeMap::new(),
            made: Vec::new(),
            ids: Ids::default(),
            differences: Vec::new(),
            compared: 0,
        })
    }

    /// None, said on standard output, when no real NetBox with the plugin is named.
    async fn with_plugin(what: &str) -> Option<Self> {
        let pair = Self::new(what).await?;
        if !pair.plugin {
            println!("{what}: NOT COMPARED, for the real NetBox has no netbox-proxbox plugin");
        }
        pair.plugin.then_some(pair)
    }

    /// The real NetBox has the plugin.
    fn has_plugin(&self) -> bool {
        self.plugin
    }

    /// A token that may only read is known for the real NetBox.
    fn has_reader(&self) -> bool {
        self.real.reader.is_some()
    }

    /// Creates an object on both sides under a name, and compares the answers.
    async fn make(&mut self, name: &str, path: &str, body: Value) {
        let ask = Ask::new("POST", &format!("/api/{path}/")).body(body);
        let (real, fake) = self.both(&ask).await;
        let id = |answer: &Value| answer.get("id").and_then(Value::as_u64);
        if let (Some(real_id), Some(fake_id)) = (id(&real.1), id(&fake.1)) {
            self.named.insert(name.to_owned(), (real_id, fake_id));
            self.made.push((path.to_owned(), real_id));
            self.ids.add(real_id, fake_id);
            let mac = |answer: &Value| answer.pointer("/primary_mac_address/id").and_then(Value::as_u64);
            if let (Some(real), Some(fake)) = (mac(&real.1), mac(&fake.1)) {
                self.ids.add(real, fake);
            }
        } else {
            self.differences.push(format!("{name} was not made: real {} fake {}", real.1, fake.1));
        }
        self.compare(&ask, real, fake);
    }

    /// Learns the ids of objects that were made along with another one.
    async fn learn(&mut self, name: &str, path: &str) {
        let (real, fake) = self.both(&Ask::new("GET", path)).await;
        let id = |answer: &Value| answer.pointer("/results/0/id").and_then(Value::as_u64);
        if let (Some(real), Some(fake)) = (id(&real.1), id(&fake.1)) {
            self.named.insert(name.to_owned(), (real, fake));
            self.ids.add(real, fake);
        }
    }

    /// Compares the answers to a GET.
    async fn get(&mut self, path: &str) {
        self.same(Ask::new("GET", path)).await;
    }

    /// Compares the answers to a POST that is refused, or whose object the caller does not need.
    async fn post(&mut self, path: &str, body: Value) {
        self.same(Ask::new("POST", &format!("/api/{path}/")).body(body)).await;
    }

    /// Compares the answers to a PATCH.
    async fn patch(&mut self, path: &str, body: Value) {
        self.same(Ask::new("PATCH", &format!("/api/{path}/")).body(body)).await;
    }

    /// Compares the answers to a DELETE.
    async fn delete(&mut self, path: &str) {
        self.same(Ask::new("DELETE", &format!("/api/{path}/"))).await;
    }

    /// Compares the answers to any request.
    async fn same(&mut self, ask: Ask) {
        let (real, fake) = self.both(&ask).await;
        self.note_created(&ask, &real.1, &fake.1);
        self.compare(&ask, real, fake);
    }

    /// Compares parts of the answers to a request.
    async fn same_part(&mut self, ask: Ask, part: impl Fn(&Value) -> Value) {
        let (real, fake) = self.both(&ask).await;
        self.compare(&ask, (real.0, part(&real.1)), (fake.0, part(&fake.1)));
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

    async fn both(&mut self, ask: &Ask) -> ((u16, Value), (u16, Value)) {
        let mut real = self.real.send(&self.fill(ask, |ids| ids.0)).await;
        forget_others(&mut real.1, &self.run);
        let fake = self.fake.send(&self.fill(ask, |ids| ids.1)).await;
        (real, fake)
    }

    /// The request with the ids of one side.
    fn fill(&self, ask: &Ask, side: impl Fn(&(u64, u64)) -> u64) -> Ask {
        let mut ask = ask.clone();
        let mut names: Vec<(String, String)> =
            self.named.iter().map(|(name, ids)| (format!("{{{name}}}"), side(ids).to_string())).collect();
        names.push(("{run}".to_owned(), self.run.clone()));
        for (name, text) in &names {
            ask.path = ask.path.replace(name, text);
        }
        ask.body = ask.body.map(|body| fill_value(body, &names));
        ask
    }

    fn compare(&mut self, ask: &Ask, real: (u16, Value), fake: (u16, Value)) {
        self.compared += 1;
        let body = ask.body.as_ref().map(Value::to_string).unwrap_or_default();
        let what = format!("{} {} {body}", ask.method, ask.path);
        if real.0 != fake.0 {
            self.differences
                .push(format!("{what}\n  status {} {}\n  fake   {} {}", real.0, real.1, fake.0, fake.1));
            return;
        }
        let mut differences = Vec::new();
        self.ids.compare("", &real.1, &fake.1, &mut differences);
        if !differences.is_empty() {
            self.differences.push(format!("{what}\n  {}", differences.join("\n  ")));
        }
    }

    /// Deletes what was made in the real NetBox, and fails when the two differed.
    async fn finish(self) {
        for (path, id) in self.made.iter().rev() {
            self.real.send(&Ask::new("DELETE", &format!("/api/{path}/{id}/"))).await;
        }
        for (path, id) in self.made.iter().rev() {
            self.real.send(&Ask::new("DELETE", &format!("/api/{path}/{id}/"))).await;
        }
        let count = self.differences.len();
        println!("{} answers compared, {count} differ", self.compared);
        assert!(count == 0, "{}", self.differences.join("\n\n"));
    }
}

/// Takes out custom fields that are not of this run: the real NetBox may have its own.
fn forget_others(value: &mut Value, run: &str) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| forget_others(item, run)),
        Value::Object(map) => {
            if let Some(Value::Object(fields)) = map.get_mut("custom_fields") {
                fields.retain(|name, _| {
                    name.contains(run)
                        || matches!(name.as_str(), "aa" | "zz" | "required" | "type" | "read_only")
                });
            }
            map.values_mut().for_each(|value| forget_others(value, run));
        }
        _ => {}
    }
}

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
async fn base(pair: &mut Pair) {
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
