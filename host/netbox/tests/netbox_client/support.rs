//! A NetBox in a few lines: lists in memory behind a mock server, with the answers of the real one to bulk requests.

use proxbox_model::endpoint::{NetboxEndpoint, NetboxToken, TlsPolicy};
use proxbox_model::kind::{self, Kind};
use proxbox_model::plan::{Action, Applied, Change, Plan, Planned, PlannedObject, Shortfall};
use proxbox_netbox::{Netbox, NetboxSettings};
use secrecy::SecretString;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef01234567";

/// How a NetBox says which items of a bulk request are wrong.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Errors {
    /// 4.7: `{"detail", "errors": [{"index", "errors"}]}`.
    Entries,
    /// Older, creating: a list as long as the request.
    Aligned,
    /// Older, changing: the fields of the first item that is wrong, without saying which.
    First,
}

pub(crate) struct Store {
    pub(crate) lists: BTreeMap<String, Vec<Map<String, Json>>>,
    pub(crate) errors: Errors,
    pub(crate) max_page: usize,
    next_id: u64,
}

impl Store {
    pub(crate) fn names(&self, path: &str) -> Vec<String> {
        let list = self.lists.get(path).into_iter().flatten();
        list.map(|object| object["name"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn add(&mut self, path: &str, object: Json) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        let Json::Object(mut object) = object else { panic!("not an object") };
        object.insert("id".to_owned(), json!(id));
        self.lists.entry(path.to_owned()).or_default().push(object);
        id
    }

    pub(crate) fn answer(&mut self, request: &Request) -> ResponseTemplate {
        let path = request.url.path().trim_matches('/').strip_prefix("api/").unwrap().to_owned();
        match request.method.as_str() {
            "GET" => self.list(&path, request),
            "POST" => self.create(&path, &request.body_json::<Vec<Json>>().unwrap()),
            "PATCH" => self.change(&path, &request.body_json::<Vec<Json>>().unwrap()),
            "DELETE" => self.delete(&path, &request.body_json::<Vec<Json>>().unwrap()),
            other => panic!("unexpected {other}"),
        }
    }

    fn list(&self, path: &str, request: &Request) -> ResponseTemplate {
        let number = |name: &str| {
            let found = request.url.query_pairs().find(|(key, _)| key == name);
            found.map(|(_, value)| value.parse::<usize>().unwrap())
        };
        let limit = number("limit").unwrap_or(50).min(self.max_page);
        let all = self.lists.get(path).map_or(&[][..], Vec::as_slice);
        // A proxy may make NetBox believe that it has another name.
        let link = |place: String| format!("http://inside.invalid/api/{path}/?limit={limit}&{place}");
        let (count, next, results): (_, _, Vec<_>) = match number("start") {
            Some(start) => {
                let page: Vec<_> =
                    all.iter().filter(|row| row["id"].as_u64() >= Some(start as u64)).take(limit).collect();
                let last = page.last().filter(|_| page.len() == limit).and_then(|row| row["id"].as_u64());
                (None, last.map(|last| link(format!("start={}", last + 1))), page)
            }
            None => {
                let offset = number("offset").unwrap_or(0);
                let page: Vec<_> = all.iter().skip(offset).take(limit).collect();
                let end = offset + page.len();
                (Some(all.len()), (end < all.len()).then(|| link(format!("offset={end}"))), page)
            }
        };
        ResponseTemplate::new(200)
            .set_body_json(json!({"count": count, "next": next, "previous": null, "results": results}))
    }

    fn fault(&self, path: &str, object: &Json, id: Option<u64>) -> Option<Json> {
        let name = object.get("name")?.as_str()?;
        if name.contains("bad") {
            return Some(json!({"name": ["Enter a valid name."]}));
        }
        let taken = self
            .lists
            .get(path)
            .into_iter()
            .flatten()
            .any(|held| held["name"] == name && held["id"].as_u64() != id);
        taken.then(|| json!({"name": ["Objekt mit diesem Namen existiert bereits."]}))
    }

    /// All or nothing, one after the other, so that each sees what those before it have done.
    fn create(&mut self, path: &str, objects: &[Json]) -> ResponseTemplate {
        let before = self.lists.clone();
        let mut faults = Vec::new();
        let mut made = Vec::new();
        for (index, object) in objects.iter().enumerate() {
            match self.fault(path, object, None) {
                Some(errors) => faults.push((index, json!({"index": index, "errors": errors}))),
                None => {
                    let id = self.add(path, object.clone());
                    made.push(self.lists[path].iter().find(|held| held["id"] == id).unwrap().clone());
                }
            }
        }
        if faults.is_empty() {
            return ResponseTemplate::new(201).set_body_json(made);
        }
        self.lists = before;
        self.refuse(objects.len(), faults)
    }

    fn change(&mut self, path: &str, objects: &[Json]) -> ResponseTemplate {
        let before = self.lists.clone();
        let mut faults = Vec::new();
        let mut changed = Vec::new();
        for (index, object) in objects.iter().enumerate() {
            let id = object["id"].as_u64();
            if let Some(errors) = self.fault(path, object, id) {
                faults.push((index, json!({"id": id, "errors": errors})));
                continue;
            }
            let list = self.lists.entry(path.to_owned()).or_default();
            if let Some(held) = list.iter_mut().find(|held| held["id"].as_u64() == id) {
                held.extend(object.as_object().unwrap().clone());
                changed.push(held.clone());
            }
        }
        if faults.is_empty() {
            // The real one lists them in its own order.
            changed.reverse();
            return ResponseTemplate::new(200).set_body_json(changed);
        }
        self.lists = before;
        self.refuse(objects.len(), faults)
    }

    /// All or nothing, as 4.7 does it: what is not there is at fault.
    fn delete(&mut self, path: &str, objects: &[Json]) -> ResponseTemplate {
        let list = self.lists.entry(path.to_owned()).or_default();
        let ids: Vec<u64> = objects.iter().filter_map(|object| object["id"].as_u64()).collect();
        let there = |id: &u64| list.iter().any(|held| held["id"] == *id);
        let missing = ids.iter().enumerate().filter(|(_, id)| !there(id)).map(|(index, id)| {
            let errors = json!({"id": [format!("Objekt {id} existiert nicht")]});
            (index, json!({"index": index, "errors": errors}))
        });
        let missing: Vec<_> = missing.collect();
        if !missing.is_empty() {
            return self.refuse(objects.len(), missing);
        }
        list.retain(|held| !ids.contains(&held["id"].as_u64().unwrap()));
        ResponseTemplate::new(204)
    }

    fn refuse(&self, total: usize, faults: Vec<(usize, Json)>) -> ResponseTemplate {
        let body = match self.errors {
            Errors::Entries => {
                let detail = format!("{} of {total} objects could not be written.", faults.len());
                json!({"detail": detail, "errors": faults.into_iter().map(|(_, entry)| entry).collect::<Vec<_>>()})
            }
            Errors::Aligned => {
                let mut list = vec![json!({}); total];
                for (index, entry) in faults {
                    list[index] = entry["errors"].clone();
                }
                json!(list)
            }
            Errors::First => faults[0].1["errors"].clone(),
        };
        ResponseTemplate::new(400).set_body_json(body)
    }
}

pub(crate) struct Lab {
    pub(crate) server: MockServer,
    pub(crate) store: Arc<Mutex<Store>>,
}

impl Lab {
    pub(crate) async fn start() -> Self {
        let server = MockServer::start().await;
        let store = Store { lists: BTreeMap::new(), errors: Errors::Entries, max_page: 1000, next_id: 1 };
        let store = Arc::new(Mutex::new(store));
        Mock::given(path("/api/status/"))
            .respond_with(ResponseTemplate::new(200).set_body_json(status("4.7.3")))
            .mount(&server)
            .await;
        Mock::given(path("/api/virtualization/"))
            .respond_with(
                ResponseTemplate::new(200).set_body_json(
                    json!({"clusters": "", "virtual-machines": "", "virtual-machine-types": "", "interfaces": ""}),
                ),
            )
            .mount(&server)
            .await;
        let answering = store.clone();
        Mock::given(wiremock::matchers::any())
            .respond_with(move |request: &Request| answering.lock().unwrap().answer(request))
            .with_priority(10)
            .mount(&server)
            .await;
        Self { server, store }
    }

    /// Answers like that instead, for so many requests of that method to that path.
    pub(crate) async fn instead(&self, verb: &str, at: &str, times: u64, answer: ResponseTemplate) {
        Mock::given(method(verb))
            .and(path(format!("/api/{at}/")))
            .respond_with(answer)
            .up_to_n_times(times)
            .with_priority(1)
            .mount(&self.server)
            .await;
    }

    /// Does the work of so many requests and breaks the connection instead of answering.
    pub(crate) async fn drop_after_work(&self, verb: &str, at: &str, times: u64) {
        let store = self.store.clone();
        Mock::given(method(verb))
            .and(path(format!("/api/{at}/")))
            .respond_with_err(move |request: &Request| {
                store.lock().unwrap().answer(request);
                std::io::Error::from(std::io::ErrorKind::ConnectionReset)
            })
            .up_to_n_times(times)
            .with_priority(1)
            .mount(&self.server)
            .await;
    }

    /// Does the work of one request and answers something else.
    pub(crate) async fn answer_after_work(&self, verb: &str, at: &str, answer: ResponseTemplate) {
        let store = self.store.clone();
        Mock::given(method(verb))
            .and(path(format!("/api/{at}/")))
            .respond_with(move |request: &Request| {
                store.lock().unwrap().answer(request);
                answer.clone()
            })
            .up_to_n_times(1)
            .with_priority(1)
            .mount(&self.server)
            .await;
    }

    /// Answers so many readings of a list as if it were empty. With the last of them an object comes into it.
    pub(crate) async fn shows_up_after(&self, readings: u64, at: &'static str, object: Json) {
        let (store, left) = (self.store.clone(), AtomicU64::new(readings));
        Mock::given(method("GET"))
            .and(path(format!("/api/{at}/")))
            .respond_with(move |_: &Request| {
                if left.fetch_sub(1, Ordering::Relaxed) == 1 {
                    store.lock().unwrap().add(at, object.clone());
                }
                ResponseTemplate::new(200)
                    .set_body_json(json!({"count": null, "next": null, "previous": null, "results": []}))
            })
            .up_to_n_times(readings)
            .with_priority(1)
            .mount(&self.server)
            .await;
    }

    /// Breaks the connection before any work is done.
    pub(crate) async fn drop_before_work(&self, verb: &str, at: &str, times: u64) {
        Mock::given(method(verb))
            .and(path(format!("/api/{at}/")))
            .respond_with_err(|_: &Request| std::io::Error::from(std::io::ErrorKind::ConnectionReset))
            .up_to_n_times(times)
            .with_priority(1)
            .mount(&self.server)
            .await;
    }

    pub(crate) fn client(&self) -> Netbox {
        Netbox::new(&endpoint(&self.server.uri()), quick()).unwrap()
    }

    pub(crate) fn names(&self, path: &str) -> Vec<String> {
        self.store.lock().unwrap().names(path)
    }

    /// How many objects each writing request held, in order.
    pub(crate) async fn write_sizes(&self) -> Vec<usize> {
        let requests = self.server.received_requests().await.unwrap();
        let writes = requests.iter().filter(|request| request.method.as_str() != "GET");
        writes.map(|request| request.body_json::<Vec<Json>>().unwrap().len()).collect()
    }

    pub(crate) async fn bodies(&self, verb: &str) -> Vec<Json> {
        let requests = self.server.received_requests().await.unwrap();
        requests
            .iter()
            .filter(|request| request.method.as_str() == verb)
            .map(|request| request.body_json().unwrap())
            .collect()
    }
}

pub(crate) fn status(version: &str) -> Json {
    json!({"netbox-version": version, "plugins": {"netbox_proxbox": "0.0.14"}, "python-version": "3.12.3"})
}

pub(crate) fn endpoint(url: &str) -> NetboxEndpoint {
    NetboxEndpoint {
        id: 1,
        name: "lab".to_owned(),
        url: url.to_owned(),
        spare_address: None,
        token: NetboxToken::V1(SecretString::from(SECRET)),
        tls: TlsPolicy::Verify,
    }
}

/// Settings without long pauses.
pub(crate) fn quick() -> NetboxSettings {
    NetboxSettings { retry_delay: Duration::from_millis(1), ..NetboxSettings::default() }
}

pub(crate) fn kind(name: &str) -> &'static Kind {
    kind::find(name).unwrap()
}

pub(crate) fn create(kind_name: &str, name: &str, fields: &[(&str, Planned)]) -> PlannedObject {
    let mut fields: BTreeMap<String, Planned> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    fields.insert("name".to_owned(), Planned::Ready(json!(name)));
    object(kind_name, name, Action::Create(fields))
}

pub(crate) fn update(kind_name: &str, id: u64, changes: &[(&str, Json)]) -> PlannedObject {
    let changes = changes
        .iter()
        .map(|(name, value)| {
            ((*name).to_owned(), Change { before: Json::Null, after: Planned::Ready(value.clone()) })
        })
        .collect();
    object(kind_name, &format!("object {id}"), Action::Update { id, changes, adopted: false })
}

pub(crate) fn object(kind_name: &str, name: &str, action: Action) -> PlannedObject {
    PlannedObject {
        kind: kind(kind_name),
        name: name.to_owned(),
        identity: None,
        action,
        needs: Vec::new(),
        without: Vec::new(),
    }
}

pub(crate) fn sites(names: impl IntoIterator<Item = String>) -> Plan {
    plan(names.into_iter().map(|name| create("dcim.site", &name, &[])).collect())
}

pub(crate) fn plan(objects: Vec<PlannedObject>) -> Plan {
    Plan { objects, stale: Vec::new() }
}

pub(crate) async fn apply(netbox: &Netbox, plan: &Plan) -> Vec<Applied> {
    apply_and_hear(netbox, plan).await.0
}

/// With what each object was written without.
pub(crate) async fn apply_and_hear(netbox: &Netbox, plan: &Plan) -> (Vec<Applied>, Vec<Vec<Shortfall>>) {
    let mut heard = BTreeMap::new();
    let applied = netbox
        .apply(plan, &mut |index, applied, without| {
            let told = heard.insert(index, (applied.clone(), without.to_vec()));
            assert_eq!(told, None, "object {index} was told twice");
        })
        .await;
    let (told, without): (Vec<_>, Vec<_>) = heard.into_values().unzip();
    assert_eq!(told, applied, "every object is told once");
    (applied, without)
}

pub(crate) fn created(applied: &[Applied]) -> usize {
    applied.iter().filter(|applied| matches!(applied, Applied::Created(_))).count()
}

/// The code and the message of what was not written.
pub(crate) fn problem(applied: &Applied) -> (&str, &str) {
    match applied {
        Applied::Conflict(problem) | Applied::Failed(problem) => (&problem.code, &problem.message),
        other => panic!("{other:?} is no problem"),
    }
}
