//! One list, page after page. The place in it is an id, which nobody can move: what others add or delete meanwhile shifts no page.

use crate::client::{Netbox, plain_path};
use crate::error::NetboxError;
use proxbox_model::kind::Kind;
use proxbox_reconcile::bare;
use reqwest::Method;
use serde_json::{Map, Value as Json};

const MAX_OBJECTS: usize = 1_000_000;

/// First NetBox that knows the parameter `start`.
const STARTS_SINCE: (u32, u32) = (4, 6);

type Object = Map<String, Json>;

/// What is made of each row of a list.
type Shape<'a> = &'a (dyn Fn(Object) -> Object + Sync);

impl Netbox {
    /// Every row of a list below `/api/` that passes the filter, with all of its fields, by ascending id; never from memory. Rows that
    /// come or go meanwhile may be among them or not; every other one is, once.
    ///
    /// # Errors
    /// When the path is not a plain path, or the list cannot be read in full.
    pub async fn every_row(&self, path: &str, filter: &[(&str, &str)]) -> Result<Vec<Object>, NetboxError> {
        self.twice(0, plain_path(path)?, filter, &|row| row).await
    }

    /// The rows of a kind that have a higher id and pass the filter, as snapshots hold them.
    pub(crate) async fn rows_after(
        &self,
        id: u64,
        kind: &'static Kind,
        filter: &[(&str, &str)],
    ) -> Result<Vec<Object>, NetboxError> {
        self.twice(id, kind.path, filter, &|row| bare(kind, row)).await
    }

    async fn twice(
        &self,
        id: u64,
        path: &str,
        filter: &[(&str, &str)],
        shape: Shape<'_>,
    ) -> Result<Vec<Object>, NetboxError> {
        match self.pages(id, path, filter, shape).await {
            Err(NetboxError::Pagination { request, what }) => {
                tracing::warn!(request, what, "reading the list once more");
                self.pages(id, path, filter, shape).await
            }
            read => read,
        }
    }

    /// How many rows of a kind there are, and the newest of them, by ascending id, as snapshots hold them.
    pub(crate) async fn newest(
        &self,
        kind: &'static Kind,
        fields: &str,
        most: usize,
    ) -> Result<(usize, Vec<Object>), NetboxError> {
        let most = most.to_string();
        let query = [("limit", most.as_str()), ("ordering", "-id"), ("fields", fields)];
        let page = self.page(kind.path, &query).await?.shaped(&|row| bare(kind, row));
        let count = page.count.and_then(|count| usize::try_from(count).ok());
        let count = count.ok_or_else(|| self.malformed(kind.path, "it has no count"))?;
        Ok((count, page.whole(0)))
    }

    async fn pages(
        &self,
        last: u64,
        path: &str,
        filter: &[(&str, &str)],
        shape: Shape<'_>,
    ) -> Result<Vec<Object>, NetboxError> {
        let limit = self.settings.page_size.max(1);
        let mut cursor = self.cursor();
        let mut list = List { last, objects: Vec::new() };
        loop {
            // Page by page, as a long list takes much more as it comes than as it is held.
            let page = self.next_page(path, filter, cursor, list.last, limit).await?.shaped(shape);
            if cursor == Cursor::Start && page.count.is_some() {
                if list.objects.is_empty() && !page.more {
                    return Ok(page.whole(last));
                }
                cursor = Cursor::Filter;
                continue;
            }
            let more = match cursor {
                Cursor::Start => page.more,
                // What came between its count and its page makes this NetBox take a full page for the last one.
                Cursor::Filter => !page.objects.is_empty() && (page.more || page.objects.len() >= limit),
            };
            let request = || self.transport.name(&Method::GET, path);
            list.add(page, more).map_err(|what| NetboxError::Pagination { request: request(), what })?;
            if !more {
                return Ok(list.objects);
            }
        }
    }

    async fn next_page(
        &self,
        path: &str,
        filter: &[(&str, &str)],
        cursor: Cursor,
        last: u64,
        limit: usize,
    ) -> Result<Page, NetboxError> {
        let (limit, next, last) = (limit.to_string(), last.saturating_add(1).to_string(), last.to_string());
        let place: &[(&str, &str)] = match cursor {
            Cursor::Start => &[("start", &next)],
            Cursor::Filter => &[("ordering", "id"), ("id__gt", &last)],
        };
        self.page(path, &[&[("limit", limit.as_str())], place, filter].concat()).await
    }

    async fn page(&self, path: &str, query: &[(&str, &str)]) -> Result<Page, NetboxError> {
        Page::parse(self.fetch(path, query).await?).map_err(|what| self.malformed(path, what))
    }

    fn malformed(&self, path: &str, what: &str) -> NetboxError {
        NetboxError::Malformed { request: self.transport.name(&Method::GET, path), what: what.to_owned() }
    }

    /// As far as is known what NetBox this is.
    fn cursor(&self) -> Cursor {
        let known = self.capabilities.lock().ok().and_then(|known| known.as_ref().map(|known| known.release));
        if known.is_some_and(|release| release < STARTS_SINCE) { Cursor::Filter } else { Cursor::Start }
    }
}

/// How the next page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cursor {
    /// By the first id that may be on it. NetBox then counts nothing, which tells that it understood.
    Start,
    /// By a filter and an order, for a list that does not know the other way.
    Filter,
}

struct Page {
    /// None on a page that begins at an id.
    count: Option<u64>,
    /// Whether another one is announced. Nothing else of the link is used: requests stay with the configured URL.
    more: bool,
    objects: Vec<(u64, Object)>,
}

impl Page {
    fn parse(page: Json) -> Result<Self, &'static str> {
        let Json::Object(mut page) = page else { return Err("it is not a list") };
        let Some(Json::Array(results)) = page.remove("results") else { return Err("it has no results") };
        let count = match page.get("count") {
            Some(Json::Null) => None,
            count => Some(count.and_then(Json::as_u64).ok_or("it has no count")?),
        };
        let more = page.get("next").is_some_and(Json::is_string);
        let objects = results
            .into_iter()
            .map(|object| {
                let Json::Object(object) = object else { return Err("it lists something that is no object") };
                let id = object.get("id").and_then(Json::as_u64);
                Ok((id.ok_or("it lists an object without a numeric id")?, object))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { count, more, objects })
    }

    fn shaped(self, shape: Shape<'_>) -> Self {
        let objects = self.objects.into_iter().map(|(id, object)| (id, shape(object))).collect();
        Self { objects, ..self }
    }

    /// The rows of a list of one page that come after an id, whichever order they came in.
    fn whole(mut self, last: u64) -> Vec<Object> {
        self.objects.sort_by_key(|(id, _)| *id);
        self.objects.dedup_by_key(|(id, _)| *id);
        self.objects.into_iter().filter(|(id, _)| *id > last).map(|(_, object)| object).collect()
    }
}

/// A list that grows by pages.
struct List {
    last: u64,
    objects: Vec<Object>,
}

impl List {
    /// Adds the next page. NetBox ignores a filter that it does not know, so that the answer is checked against the question.
    fn add(&mut self, page: Page, more: bool) -> Result<(), String> {
        if more && page.objects.is_empty() {
            return Err("a page is empty, though more is announced".to_owned());
        }
        for (id, object) in page.objects {
            if id <= self.last {
                return Err(format!("object {id} comes after object {}", self.last));
            }
            self.last = id;
            self.objects.push(object);
        }
        if self.objects.len() > MAX_OBJECTS {
            return Err(format!("there are more than {MAX_OBJECTS} objects"));
        }
        Ok(())
    }
}
