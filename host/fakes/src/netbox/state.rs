//! What a request does to the objects, and what it answers.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::bulk;
use super::delete::{Protected, delete};
use super::errors::Refusal;
use super::filter::{self, Query};
use super::models;
use super::page::{self, Page};
use super::release::{Flavour, Release};
use super::represent::{Presenter, Wanted};
use super::rights::{Action, Rights};
use super::roots;
use super::store::{Row, Store, Values};
use super::table::{Field, Model};
use super::write::Writer;

/// One request to the REST API.
pub(crate) struct Call<'a> {
    pub(crate) method: &'a str,
    /// Path below `/api/`, without slashes at the ends.
    pub(crate) path: &'a str,
    pub(crate) query: Query,
    /// The JSON of the body, or why it cannot be read; NetBox finds out when it needs it.
    pub(crate) body: Result<Value, Answer>,
    /// Scheme and host by which the client knows the server.
    pub(crate) base: &'a str,
    /// `If-Match` of the request.
    pub(crate) if_match: Option<String>,
    /// What its user may do.
    pub(crate) rights: Rights,
}

/// The objects and what governs them.
pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) release: Release,
    pub(crate) max_page_size: usize,
}

/// NetBox takes what follows the cables of an interface for what answers TRACE, and names that among the methods.
const TRACED: &str = "dcim.interface";

/// What a path below `/api/` leads to.
pub(crate) enum Place {
    List(&'static Model),
    /// An object by the text that stands for its id.
    Object(&'static Model, Option<u64>),
    /// The list of an app's models, or of what a plugin has.
    App(String),
    /// The one object of a model, with what the plugin's own service may know.
    Runtime(&'static Model),
}

impl Place {
    /// The methods that it takes.
    pub(crate) fn allow(&self) -> &'static str {
        match self {
            Self::List(model) | Self::Object(model, _) if model.single => "GET, PATCH, HEAD, OPTIONS",
            Self::List(model) if model.name == TRACED => {
                "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, TRACE"
            }
            Self::Object(model, _) if model.name == TRACED => "GET, PUT, PATCH, DELETE, HEAD, OPTIONS, TRACE",
            Self::List(_) => "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS",
            Self::Object(..) => "GET, PUT, PATCH, DELETE, HEAD, OPTIONS",
            Self::App(_) | Self::Runtime(_) => "GET, HEAD, OPTIONS",
        }
    }

    /// The model whose objects it is about.
    pub(crate) fn model(&self) -> Option<&'static Model> {
        match self {
            Self::List(model) | Self::Object(model, _) | Self::Runtime(model) => Some(model),
            Self::App(_) => None,
        }
    }
}

impl State {
    /// What a path leads to; none where NetBox has nothing, or nothing yet.
    pub(crate) fn place(&self, path: &str) -> Option<Place> {
        let known = |path: &str| models::by_path(path).filter(|model| self.release.offers(model));
        if let Some(model) = known(path) {
            return Some(Place::List(model));
        }
        let app = |model: &Model| model.path.split('/').next() == Some(path);
        if roots::root(self.release.flavour, path, "").is_some()
            || models::all().filter(|model| self.release.offers(model)).any(app)
        {
            return Some(Place::App(path.to_owned()));
        }
        if path == "plugins/proxbox/settings/runtime" && self.release.flavour == Flavour::CurrentPlugin {
            return known("plugins/proxbox/settings").map(Place::Runtime);
        }
        let (list, id) = path.rsplit_once('/')?;
        known(list).map(|model| Place::Object(model, id.parse().ok()))
    }

    /// Makes the one object of each model that has just one.
    pub(crate) fn found(&mut self) {
        for model in models::all().filter(|model| model.single) {
            if self.release.offers(model) {
                // The initial values are valid.
                let _ = self.writer(&Rights::All).create(model, &json!({}));
            }
        }
    }

    /// Makes the custom fields that the current plugin brings along.
    pub(crate) fn found_fields(&mut self) {
        let Some(model) = models::by_name("extras.customfield") else { return };
        for (name, label) in
            [("proxmox_node", "Proxmox target node"), ("proxmox_storage", "Proxmox storage pool")]
        {
            let field = json!({
                "name": name, "label": label, "type": "text", "search_weight": 0,
                "object_types": ["virtualization.virtualmachine"],
            });
            // They are valid.
            let _ = self.writer(&Rights::All).create(model, &field);
        }
    }

    /// Carries a request out.
    pub(crate) fn run(&mut self, place: Place, call: &Call<'_>) -> Answer {
        self.store.begin();
        self.try_run(place, call).unwrap_or_else(|refused| refused)
    }

    fn try_run(&mut self, place: Place, call: &Call<'_>) -> Result<Answer, Answer> {
        Ok(match (place, call.method) {
            (Place::App(app), "GET" | "HEAD") => self.app(&app, call.base),
            (Place::Runtime(model), "GET" | "HEAD") => self.runtime(model, call),
            (Place::List(model) | Place::Object(model, _), "POST" | "PUT" | "DELETE") if model.single => {
                not_allowed(call.method)
            }
            (Place::List(model), "GET" | "HEAD") => self.list(model, call),
            (Place::List(model), "POST") => self.create(model, call)?,
            (Place::List(model), "PUT" | "PATCH") => {
                let body = call.body.as_ref().map_err(Answer::clone)?;
                let outcome =
                    bulk::update(&mut self.writer(&call.rights), model, body, call.method == "PATCH");
                self.shown(200, model, &outcome?, call)
            }
            (Place::List(model), "DELETE") => {
                let body = call.body.as_ref().map_err(Answer::clone)?;
                bulk::destroy(&mut self.writer(&call.rights), model, body)?;
                Answer::nothing(204)
            }
            (Place::Object(model, id), "GET" | "HEAD" | "PUT" | "PATCH" | "DELETE") => {
                self.object(model, id, call)?
            }
            (_, method) => not_allowed(method),
        })
    }

    fn writer(&mut self, rights: &Rights) -> Writer<'_> {
        let now = jiff::Timestamp::now();
        let now = format!("{now:.6}");
        Writer { store: &mut self.store, release: self.release, now, rights: rights.clone() }
    }

    fn list(&self, model: &'static Model, call: &Call<'_>) -> Answer {
        let mut query = call.query.clone();
        if self.release.version < (4, 6) {
            query.retain(|(name, _)| name != "start");
        }
        let page = match Page::read(&query, self.max_page_size) {
            Ok(page) => page,
            Err(message) => return Answer::json(400, json!([message])),
        };
        let (from, most) = page.reach();
        let rows = match filter::select(&self.store, model, &query, from) {
            Ok(rows) => rows,
            Err(errors) => return Answer::json(400, errors.into_value()),
        };
        let asked = |field: &&Field| {
            let by_id = format!("{}_id", field.name);
            model.guarded() && call.query.iter().any(|(name, _)| *name == field.name || *name == by_id)
        };
        let asked: Vec<_> = model.all().filter(asked).collect();
        let shown = |row: &Row| {
            let mut related =
                asked.iter().filter_map(|field| Some((field.relation()?.model, row.id(field.name)?)));
            call.rights.allow(Action::View, &self.store, model, row)
                && related.all(|(model, id)| call.rights.view(&self.store, model, id))
        };
        let mut rows: Vec<_> = rows.filter(|(_, row)| shown(row)).take(most).collect();
        page::order(&self.store, model, &query, &mut rows);
        let presenter = Presenter::new(&self.store, call.base, self.release).to(&call.rights);
        let link = |changes: &[(&str, Option<String>)]| link(call, changes);
        Answer::json(200, page.body(&presenter, model, &rows, &wanted(call), &link))
    }

    fn create(&mut self, model: &'static Model, call: &Call<'_>) -> Result<Answer, Answer> {
        let body = call.body.as_ref().map_err(Answer::clone)?;
        if let Value::Array(items) = body {
            let outcome = bulk::create(&mut self.writer(&call.rights), model, items);
            return Ok(self.shown(201, model, &outcome?, call));
        }
        let point = self.store.savepoint();
        match self.writer(&call.rights).create(model, body) {
            Ok(id) => Ok(self.one(201, model, id, call)),
            Err(refusal) => Err(self.refused(point, refusal)),
        }
    }

    fn object(&mut self, model: &'static Model, id: Option<u64>, call: &Call<'_>) -> Result<Answer, Answer> {
        let id = id.ok_or_else(|| Answer::detail(404, "Not found."))?;
        let may = |row: &&Arc<Row>| {
            Action::of(call.method).is_none_or(|action| call.rights.allow(action, &self.store, model, row))
        };
        let Some(row) = self.store.get(model.name, id).filter(may) else {
            return Err(Answer::detail(404, format!("No {} matches the given query.", class_name(model))));
        };
        let etag = etag(row.text("last_updated"));
        let stale = call
            .if_match
            .as_ref()
            .is_some_and(|tags| tags != "*" && !tags.split(',').any(|tag| tag.trim() == etag));
        if stale && call.method != "GET" && call.method != "HEAD" && self.release.version >= (4, 6) {
            return Err(Answer::detail(412, "Precondition failed.").header("etag", etag));
        }
        if !matches!(call.method, "PUT" | "PATCH" | "DELETE") {
            return Ok(self.one(200, model, id, call));
        }
        let body = call.body.as_ref().map_err(Answer::clone)?;
        let point = self.store.savepoint();
        if call.method == "DELETE" {
            return delete(&mut self.store, model, id)
                .map(|()| Answer::nothing(204))
                .map_err(|protected| dependants(&protected));
        }
        match self.writer(&call.rights).update(model, id, body, call.method == "PATCH") {
            Ok(()) => Ok(self.one(200, model, id, call)),
            Err(refusal) => Err(self.refused(point, refusal)),
        }
    }

    fn refused(&mut self, point: usize, refusal: Refusal) -> Answer {
        self.store.rollback(point);
        match refusal {
            Refusal::Invalid(errors) => Answer::json(400, errors.into_value()),
            Refusal::Aborted(message) => Answer::detail(400, message),
            Refusal::Denied => Answer::denied(),
            Refusal::Ended(status, body) => Answer::json(status, body),
        }
    }

    /// One object, as it now is.
    fn one(&self, status: u16, model: &'static Model, id: u64, call: &Call<'_>) -> Answer {
        let Some(row) = self.store.get(model.name, id) else { return Answer::nothing(status) };
        let presenter = Presenter::new(&self.store, call.base, self.release).to(&call.rights);
        let answer = Answer::json(status, presenter.object(model, row, &wanted(call)));
        let answer = if status == 201 {
            answer.header("location", format!("{}/api/{}/{id}/", call.base, model.path))
        } else {
            answer
        };
        answer.header("etag", etag(row.text("last_updated")))
    }

    /// Several objects, as they now are.
    fn shown(&self, status: u16, model: &'static Model, ids: &[u64], call: &Call<'_>) -> Answer {
        let presenter = Presenter::new(&self.store, call.base, self.release).to(&call.rights);
        let wanted = wanted(call);
        let rows = ids.iter().filter_map(|id| self.store.get(model.name, *id));
        Answer::json(status, rows.map(|row| presenter.object(model, row, &wanted)).collect())
    }

    /// The plugin's settings with the key that its service decrypts with, which only a superuser gets to see.
    fn runtime(&self, model: &'static Model, call: &Call<'_>) -> Answer {
        let may = |row: &Row| call.rights.allow(Action::View, &self.store, model, row);
        let Some((_, row)) = self.store.rows(model.name).next().filter(|(_, row)| may(row)) else {
            return Answer::detail(404, "Not found.");
        };
        let presenter = Presenter::new(&self.store, call.base, self.release).to(&call.rights);
        let mut settings = presenter.object(model, row, &wanted(call));
        if let Value::Object(settings) = &mut settings {
            let key = row.text("encryption_key");
            settings.insert("encryption_key_configured".to_owned(), (!key.is_empty()).into());
            let key = if matches!(call.rights, Rights::All) { key } else { "" };
            settings.insert("encryption_key".to_owned(), key.into());
        }
        Answer::json(200, settings).header("cache-control", "no-store")
    }

    fn app(&self, app: &str, base: &str) -> Answer {
        if let Some(root) = roots::root(self.release.flavour, app, base) {
            return Answer::json(200, root);
        }
        let lists = models::all().filter(|model| self.release.offers(model)).filter_map(|model| {
            let (of, list) = model.path.split_once('/')?;
            (of == app).then(|| (list.to_owned(), format!("{base}/api/{}/", model.path).into()))
        });
        Answer::json(200, Value::Object(lists.collect::<Map<_, Value>>()))
    }
}

fn not_allowed(method: &str) -> Answer {
    Answer::detail(405, format!("Method \"{method}\" not allowed."))
}

/// The fields that the query asks for.
fn wanted(call: &Call<'_>) -> Wanted {
    let get = |name: &str| {
        let value = call.query.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    };
    let names = |list: &str| list.split(',').map(str::to_owned).collect();
    if let Some(fields) = get("fields") {
        Wanted::Only(names(fields))
    } else if let Some(omit) = get("omit") {
        Wanted::Without(names(omit))
    } else if call.method == "GET" && get("brief").is_some() {
        Wanted::Brief
    } else {
        Wanted::All
    }
}

/// The URL of another page of the same list; the parameters come in alphabetical order.
fn link(call: &Call<'_>, changes: &[(&str, Option<String>)]) -> String {
    let mut query: Vec<(String, String)> = call
        .query
        .iter()
        .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name))
        .cloned()
        .collect();
    for (name, value) in changes {
        query.extend(value.clone().map(|value| ((*name).to_owned(), value)));
    }
    query.sort_by(|(left, _), (right, _)| left.cmp(right));
    let pairs: Vec<_> =
        query.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    format!("{}/api/{}/?{}", call.base, call.path, pairs.join("&"))
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => escaped.push(byte.into()),
            b' ' => escaped.push('+'),
            other => escaped.push_str(&format!("%{other:02X}")),
        }
    }
    escaped
}

fn etag(last_updated: &str) -> String {
    format!("W/\"{}\"", last_updated.replace('Z', "+00:00"))
}

/// Why an object cannot be deleted.
pub(crate) fn dependants(protected: &Protected) -> Answer {
    let names: Vec<_> = protected.iter().map(|(name, id)| format!("{name} ({id})")).collect();
    let count = names.len();
    let names = names.join(", ");
    Answer::detail(409, format!("Unable to delete object. {count} dependent objects were found: {names}"))
}

/// A model as its Python class is called.
fn class_name(model: &Model) -> String {
    match model.name {
        "dcim.macaddress" => return "MACAddress".to_owned(),
        "virtualization.vminterface" => return "VMInterface".to_owned(),
        "virtualization.virtualdisk" => return "VirtualDisk".to_owned(),
        "ipam.service" => return "Service".to_owned(),
        "netbox_proxbox.proxmoxvmcloudinit" => return "ProxmoxVMCloudInit".to_owned(),
        _ => {}
    }
    let words = model.label.split(' ').map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        first.to_uppercase() + rest
    });
    words.collect()
}
