use crate::canonical;
use crate::error::{CatalogueError, FindError};
use crate::method::Method;
use crate::operation::{Found, Operation, Summary, template_parameters};
use crate::paths::{PathTree, decoded_segments};
use crate::schema::Schema;
use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use std::collections::BTreeMap;
use std::io::{Read, Write};

/// The stored form that this code reads and writes.
const FORM: u32 = 1;

/// No catalogue unpacks to more; Proxmox's own is a few megabytes with all its descriptions.
const MAX_UNPACKED: u64 = 64 << 20;

/// Nothing similar is looked for to a longer path: comparing takes time, and what there is is shorter.
const LONGEST_GUESS: usize = 256;

/// A path is called similar to another one from here on.
const SIMILAR: f64 = 0.8;

/// Every operation of one version of Proxmox VE.
///
/// It keeps the schemas as JSON text and parses them when an operation is asked for.
#[derive(Debug)]
pub struct Catalogue {
    version: String,
    schemas: Vec<Box<RawValue>>,
    entries: Vec<Entry>,
    paths: PathTree,
}

#[derive(Debug)]
struct Entry {
    summary: Summary,
    permissions: Option<Box<RawValue>>,
    parameters: usize,
    returns: usize,
}

/// The stored form: schemas that are equal are stored once.
#[derive(Serialize, Deserialize)]
struct Stored {
    form: u32,
    version: String,
    schemas: Vec<Box<RawValue>>,
    operations: Vec<StoredOperation>,
}

#[derive(Serialize, Deserialize)]
struct StoredOperation {
    method: Method,
    path: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    description: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    protected: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    token: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    permissions: Option<Box<RawValue>>,
    parameters: usize,
    returns: usize,
}

impl Catalogue {
    /// Makes a catalogue of operations. They are sorted by path and method; of two that are equal, the first one counts.
    pub(crate) fn new(version: &str, mut operations: Vec<Operation>) -> Result<Self, CatalogueError> {
        let key = |operation: &Operation| (operation.summary.path.clone(), operation.summary.method);
        operations.sort_by_key(key);
        operations.dedup_by_key(|operation| key(operation));
        let mut schemas = Vec::new();
        let mut known = BTreeMap::new();
        let mut keep = |schema: &Value| -> Result<usize, CatalogueError> {
            let text = canonical::text(schema);
            if let Some(index) = known.get(&text) {
                return Ok(*index);
            }
            schemas.push(RawValue::from_string(text.clone()).map_err(damaged)?);
            known.insert(text, schemas.len() - 1);
            Ok(schemas.len() - 1)
        };
        let mut entries = Vec::with_capacity(operations.len());
        for operation in operations {
            let permissions = operation.permissions.as_ref().map(canonical::sorted);
            entries.push(Entry {
                parameters: keep(&operation.parameters)?,
                returns: keep(&operation.returns)?,
                permissions: permissions.map(|value| to_raw_value(&value)).transpose().map_err(damaged)?,
                summary: operation.summary,
            });
        }
        Ok(Self::indexed(version.to_owned(), schemas, entries))
    }

    fn indexed(version: String, schemas: Vec<Box<RawValue>>, entries: Vec<Entry>) -> Self {
        let mut paths = PathTree::default();
        for (index, Entry { summary, .. }) in entries.iter().enumerate() {
            paths.insert(&summary.path, summary.method, index);
        }
        Self { version, schemas, entries, paths }
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// When it is damaged, or of a form that this version does not read.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CatalogueError> {
        let mut text = Vec::new();
        GzDecoder::new(bytes).take(MAX_UNPACKED).read_to_end(&mut text).map_err(damaged)?;
        let stored: Stored = serde_json::from_slice(&text).map_err(damaged)?;
        if stored.form != FORM {
            return Err(CatalogueError::Damaged(format!("its form is {}, not {FORM}", stored.form)));
        }
        let count = stored.schemas.len();
        if stored.operations.iter().any(|entry| entry.parameters >= count || entry.returns >= count) {
            return Err(CatalogueError::Damaged("it names a schema that it does not hold".into()));
        }
        let entries = stored.operations.into_iter().map(Entry::from).collect();
        Ok(Self::indexed(stored.version, stored.schemas, entries))
    }

    /// The stored form: JSON, one schema or operation a line, compressed with gzip. The same catalogue gives the same
    /// bytes.
    ///
    /// # Errors
    /// Never for a catalogue that was imported or read.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CatalogueError> {
        let mut packed = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
        packed.write_all(self.to_text()?.as_bytes()).map_err(damaged)?;
        packed.finish().map_err(damaged)
    }

    /// The stored form before it is compressed.
    pub(crate) fn to_text(&self) -> Result<String, CatalogueError> {
        let lines = |items: Vec<String>| items.join(",\n");
        let schemas = lines(self.schemas.iter().map(|schema| schema.get().to_owned()).collect());
        let operations: Result<Vec<_>, _> =
            self.entries.iter().map(|entry| serde_json::to_string(&StoredOperation::from(entry))).collect();
        let operations = lines(operations.map_err(damaged)?);
        let version = serde_json::to_string(&self.version).map_err(damaged)?;
        Ok(format!(
            "{{\"form\":{FORM},\"version\":{version},\"schemas\":[\n{schemas}\n],\"operations\":[\n{operations}\n]}}\n"
        ))
    }

    /// The full version: `9.1.11`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Every operation, by path and method.
    pub fn operations(&self) -> impl ExactSizeIterator<Item = &Summary> {
        self.entries.iter().map(|entry| &entry.summary)
    }

    /// How many different paths there are.
    #[must_use]
    pub fn path_count(&self) -> usize {
        self.entries.chunk_by(|one, other| one.summary.path == other.summary.path).count()
    }

    /// The operation with exactly this template as path.
    #[must_use]
    pub fn operation(&self, method: Method, template: &str) -> Option<Operation> {
        let key = (template, method);
        let index = self
            .entries
            .binary_search_by(|entry| (entry.summary.path.as_str(), entry.summary.method).cmp(&key))
            .ok()?;
        self.entries.get(index).map(|entry| self.read(entry))
    }

    /// The operation of a concrete path, as it came: still percent-encoded, without the query.
    ///
    /// # Errors
    /// When a segment could lead somewhere else, or nothing has this path or this method.
    pub fn find(&self, method: Method, path: &str) -> Result<Found, FindError> {
        let segments = decoded_segments(path)?;
        let candidates = self.candidates(path, &segments)?;
        let entry = |index: &usize| self.entries.get(*index);
        let Some(found) =
            candidates.iter().find(|(known, _)| *known == method).and_then(|(_, index)| entry(index))
        else {
            let template = candidates.first().and_then(|(_, index)| entry(index));
            return Err(FindError::NoSuchMethod {
                path: template.map_or_else(|| path.to_owned(), |entry| entry.summary.path.clone()),
                method,
                allowed: candidates.iter().map(|(method, _)| *method).collect(),
            });
        };
        let operation = self.read(found);
        let arguments = arguments(&operation.summary.path, &segments);
        Ok(Found { operation, arguments })
    }

    /// The methods that a concrete path takes.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub fn methods(&self, path: &str) -> Result<Vec<Method>, FindError> {
        let segments = decoded_segments(path)?;
        Ok(self.candidates(path, &segments)?.iter().map(|(method, _)| *method).collect())
    }

    fn candidates(&self, path: &str, segments: &[String]) -> Result<&[(Method, usize)], FindError> {
        self.paths.get(segments).ok_or_else(|| FindError::NoSuchPath {
            path: path.to_owned(),
            version: self.version.clone(),
            nearest: self.nearest(path),
        })
    }

    fn nearest(&self, path: &str) -> Option<String> {
        if path.len() > LONGEST_GUESS {
            return None;
        }
        let scored = self.entries.iter().map(|entry| {
            let known = &entry.summary.path;
            (strsim::jaro_winkler(known, path), known)
        });
        let best = scored.max_by(|one, other| one.0.total_cmp(&other.0))?;
        (best.0 >= SIMILAR).then(|| best.1.clone())
    }

    fn read(&self, entry: &Entry) -> Operation {
        Operation {
            summary: entry.summary.clone(),
            permissions: entry.permissions.as_deref().map(parsed),
            parameters: self.schema(entry.parameters),
            returns: self.schema(entry.returns),
        }
    }

    fn schema(&self, index: usize) -> Value {
        self.schemas.get(index).map_or(Value::Null, |raw| parsed(raw))
    }

    /// Every operation with its schemas, one after the other.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Operation> {
        self.entries.iter().map(|entry| self.read(entry))
    }

    /// The Perl expressions in the schemas of this version, each once, in order.
    #[must_use]
    pub fn patterns(&self) -> Vec<String> {
        let mut found = std::collections::BTreeSet::new();
        for raw in &self.schemas {
            collect_patterns(&parsed(raw), &mut found);
        }
        found.into_iter().collect()
    }
}

fn collect_patterns(value: &Value, found: &mut std::collections::BTreeSet<String>) {
    found.extend(Schema::new(value).pattern().map(str::to_owned));
    match value {
        Value::Object(object) => object.values().for_each(|value| collect_patterns(value, found)),
        Value::Array(items) => items.iter().for_each(|value| collect_patterns(value, found)),
        _ => {}
    }
}

/// What was checked to be JSON when it was read.
fn parsed(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

fn arguments(template: &str, segments: &[String]) -> Vec<(String, String)> {
    let names = template.split('/').filter(|segment| !segment.is_empty());
    let pairs = names.zip(segments);
    pairs
        .filter_map(|(name, value)| Some((template_parameters(name).next()?.to_owned(), value.clone())))
        .collect()
}

fn damaged(error: impl std::error::Error) -> CatalogueError {
    CatalogueError::Damaged(error.to_string())
}

impl From<StoredOperation> for Entry {
    fn from(stored: StoredOperation) -> Self {
        Self {
            summary: Summary {
                method: stored.method,
                path: stored.path,
                name: stored.name,
                description: stored.description,
                protected: stored.protected,
                token: stored.token,
            },
            permissions: stored.permissions,
            parameters: stored.parameters,
            returns: stored.returns,
        }
    }
}

impl From<&Entry> for StoredOperation {
    fn from(entry: &Entry) -> Self {
        let Summary { method, path, name, description, protected, token } = entry.summary.clone();
        Self {
            method,
            path,
            name,
            description,
            protected,
            token,
            permissions: entry.permissions.clone(),
            parameters: entry.parameters,
            returns: entry.returns,
        }
    }
}
