use jiff::Timestamp;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// How much an entry matters, under the names that clients know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Level {
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}

impl Level {
    /// Every name, in the order of weight.
    pub(crate) const NAMES: [&'static str; 5] = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];

    /// From a name in lower case.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "debug" => Some(Self::Debug),
            "info" => Some(Self::Info),
            "warning" | "warn" => Some(Self::Warning),
            "error" => Some(Self::Error),
            "critical" => Some(Self::Critical),
            _ => None,
        }
    }
}

impl From<&tracing::Level> for Level {
    fn from(level: &tracing::Level) -> Self {
        match *level {
            tracing::Level::ERROR => Self::Error,
            tracing::Level::WARN => Self::Warning,
            tracing::Level::INFO => Self::Info,
            _ => Self::Debug,
        }
    }
}

/// One thing that was logged.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Entry {
    /// Grows by one with every entry.
    pub(crate) id: u64,
    /// When.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, example = "2026-01-31T12:00:00.123456Z")]
    pub(crate) timestamp: Timestamp,
    pub(crate) level: Level,
    /// Part of the service.
    #[schema(example = "proxbox_sync::journal")]
    pub(crate) module: String,
    /// What, and further values as `name=value`.
    pub(crate) message: String,
    #[serde(flatten)]
    pub(crate) about: About,
    /// What is only wanted at a second look.
    pub(crate) expandable: Expandable,
}

/// What an entry is about; an event knows it itself, or one of the spans around it does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct About {
    /// Id of the run.
    pub(crate) operation_id: Option<String>,
    /// What the run does.
    pub(crate) operation: Option<String>,
    /// Stage of the run.
    #[schema(example = "devices")]
    pub(crate) phase: Option<String>,
    /// What kind of object.
    #[schema(example = "qemu")]
    pub(crate) resource_type: Option<String>,
    /// Which object.
    pub(crate) resource_id: Option<String>,
}

impl About {
    /// Takes what is not known yet from someone further out.
    pub(crate) fn fill(&mut self, outer: &Self) {
        for (own, outer) in [
            (&mut self.operation_id, &outer.operation_id),
            (&mut self.operation, &outer.operation),
            (&mut self.phase, &outer.phase),
            (&mut self.resource_type, &outer.resource_type),
            (&mut self.resource_id, &outer.resource_id),
        ] {
            if own.is_none() {
                own.clone_from(outer);
            }
        }
    }

    /// The member that a field of that name fills.
    pub(crate) fn member(&mut self, field: &str) -> Option<&mut Option<String>> {
        match field {
            "run" | "operation_id" => Some(&mut self.operation_id),
            "operation" => Some(&mut self.operation),
            "phase" | "stage" => Some(&mut self.phase),
            "resource_type" => Some(&mut self.resource_type),
            "resource_id" => Some(&mut self.resource_id),
            _ => None,
        }
    }

    fn bytes(&self) -> usize {
        [&self.operation_id, &self.operation, &self.phase, &self.resource_type, &self.resource_id]
            .into_iter()
            .flatten()
            .map(String::len)
            .sum()
    }
}

/// What is only wanted at a second look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Expandable {
    /// The chain of causes, one a line.
    pub(crate) traceback: Option<String>,
}

impl Entry {
    /// About how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.module.len()
            + self.message.len()
            + self.about.bytes()
            + self.expandable.traceback.as_ref().map_or(0, String::len)
    }
}

fn rfc3339<S: Serializer>(timestamp: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{timestamp:.6}"))
}
