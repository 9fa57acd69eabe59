//! Whole lists, page by page, with proof that nothing is missing.

use crate::client::{Netbox, plain_path};
use crate::error::NetboxError;
use futures::{StreamExt, TryStreamExt};
use proxbox_model::kind::{KINDS, Kind};
use proxbox_reconcile::State;
use reqwest::{Method, Url};
use serde_json::{Map, Value as Json};

const MAX_PAGES: usize = 10_000;
const MAX_OBJECTS: usize = 1_000_000;

type Object = Map<String, Json>;

impl Netbox {
    /// Reads every object of these kinds, as they are now. Kinds that this NetBox lacks are left out.
    ///
    /// Objects hold `id`, `display`, the fields of their kind, `tags`, `custom_fields` and `last_updated`.
    ///
    /// # Errors
    /// When a list cannot be read in full, or its pages still do not fit together when read once more.
    pub async fn snapshot(&self, kinds: &[&'static Kind]) -> Result<State, NetboxError> {
        let capabilities = self.known_capabilities().await?;
        let mut reads = Vec::new();
        let firsts = kinds.iter().copied().filter(|kind| kind.pass_of.is_none());
        for kind in firsts.filter(|kind| capabilities.supports(kind)) {
            reads.push(async move { Ok::<_, NetboxError>((kind, self.read(kind).await?)) });
        }
        let lists: Vec<_> =
            futures::stream::iter(reads).buffered(self.settings.max_concurrent.max(1)).try_collect().await?;
        let mut state = State::new();
        for (kind, objects) in lists {
            state.insert(kind, objects);
        }
        Ok(state)
    }

    /// Every row of a list below `/api/` that passes the filter, with all of its fields, by ascending id; never from memory.
    ///
    /// # Errors
    /// When the path is not a plain path, or the list cannot be read in full.
    pub async fn every_row(&self, path: &str, filter: &[(&str, &str)]) -> Result<Vec<Object>, NetboxError> {
        let path = plain_path(path)?;
        match self.pages(path, filter).await {
            Err(NetboxError::Pagination { request, what }) => {
                tracing::warn!(request, what, "reading the list once more");
                self.pages(path, filter).await
            }
            read => read,
        }
    }

    /// Every object of a kind, by ascending id.
    pub(crate) async fn read(&self, kind: &'static Kind) -> Result<Vec<Object>, NetboxError> {
        self.every_row(kind.path, &[("fields", &fields(kind))]).await
    }

    async fn pages(&self, path: &str, filter: &[(&str, &str)]) -> Result<Vec<Object>, NetboxError> {
        let limit = self.settings.page_size.max(1).to_string();
        let mut list = List::default();
        for _ in 0..MAX_PAGES {
            let offset = list.objects.len().to_string();
            // By id, because names are neither unique nor stable while somebody works.
            let page = [("limit", limit.as_str()), ("offset", offset.as_str()), ("ordering", "id")];
            let page = self.fetch(path, &[&page, filter].concat()).await?;
            let request = || self.transport.name(&Method::GET, path);
            let page = Page::parse(page)
                .map_err(|what| NetboxError::Malformed { request: request(), what: what.to_owned() })?;
            let more = list.add(page).map_err(|what| NetboxError::Pagination { request: request(), what })?;
            if !more {
                return Ok(list.objects);
            }
        }
        let what = format!("there are more than {MAX_PAGES} pages");
        Err(NetboxError::Pagination { request: self.transport.name(&Method::GET, path), what })
    }
}

/// What to ask for: counts, rendered contexts and the like cost NetBox most of its time.
fn fields(kind: &Kind) -> String {
    let mut names = vec!["id", "display", "last_updated"];
    let passes = KINDS.iter().filter(|other| other.pass_of == Some(kind.name));
    for kind in std::iter::once(kind).chain(passes) {
        names.extend(kind.fields.iter().map(|field| field.name));
    }
    names.extend(kind.reads);
    names.extend(kind.unscoped.iter().filter(|name| kind.field(name).is_none()));
    if kind.tags {
        names.push("tags");
    }
    if kind.custom_fields {
        names.push("custom_fields");
    }
    names.join(",")
}

struct Page {
    count: usize,
    next: Option<String>,
    objects: Vec<(u64, Object)>,
}

impl Page {
    fn parse(page: Json) -> Result<Self, &'static str> {
        let Json::Object(mut page) = page else { return Err("it is not a list") };
        let Some(Json::Array(results)) = page.remove("results") else { return Err("it has no results") };
        let count = page.get("count").and_then(Json::as_u64).ok_or("it has no count")?;
        let next = page.get("next").and_then(Json::as_str).map(str::to_owned);
        let objects = results
            .into_iter()
            .map(|object| {
                let Json::Object(object) = object else { return Err("it lists something that is no object") };
                let id = object.get("id").and_then(Json::as_u64);
                Ok((id.ok_or("it lists an object without a numeric id")?, object))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { count: usize::try_from(count).unwrap_or(usize::MAX), next, objects })
    }
}

/// A list that grows by pages.
#[derive(Default)]
struct List {
    count: Option<usize>,
    last: u64,
    objects: Vec<Object>,
}

impl List {
    /// Adds the next page; says whether there is another one.
    fn add(&mut self, page: Page) -> Result<bool, String> {
        let count = *self.count.get_or_insert(page.count);
        if page.count != count {
            return Err(format!("the number of objects changed from {count} to {}", page.count));
        }
        if count > MAX_OBJECTS {
            return Err(format!("there are more than {MAX_OBJECTS} objects"));
        }
        let empty = page.objects.is_empty();
        for (id, object) in page.objects {
            if id <= self.last {
                return Err(format!("object {id} comes after object {}", self.last));
            }
            self.last = id;
            self.objects.push(object);
        }
        let read = self.objects.len();
        match page.next {
            None if read == count => Ok(false),
            None => Err(format!("{read} of {count} objects were listed")),
            Some(_) if empty => Err("a page is empty, though more is announced".to_owned()),
            Some(next) => match offset(&next) {
                Some(offset) if offset == read => Ok(true),
                Some(offset) => Err(format!("after {read} objects, the next page begins at {offset}")),
                None => Err("the link to the next page names no offset".to_owned()),
            },
        }
    }
}

/// Where the next page begins. Nothing else of the link is used: requests stay with the configured URL.
fn offset(next: &str) -> Option<usize> {
    let base = Url::parse("http://netbox.invalid/").ok()?;
    let next = base.join(next).ok()?;
    next.query_pairs().find(|(name, _)| name == "offset")?.1.parse().ok()
}
