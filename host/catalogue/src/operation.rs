use crate::method::Method;
use crate::schema::Schema;
use serde_json::Value;

/// What the index of a catalogue knows about an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How it is called.
    pub method: Method,
    /// The path with the names of its parameters: `/nodes/{node}`.
    pub path: String,
    /// Its name in Proxmox's code.
    pub name: String,
    /// What it does, where the source says so.
    pub description: Option<String>,
    /// Whether Proxmox runs it as root.
    pub protected: bool,
    /// Whether an API token may call it.
    pub token: bool,
}

/// An operation with its schemas.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Path, method, name.
    pub summary: Summary,
    /// Who may call it, in Proxmox's own form, where the source says so.
    pub permissions: Option<Value>,
    /// Schema of the parameters, as Proxmox wrote it.
    pub parameters: Value,
    /// Schema of the answer, as Proxmox wrote it.
    pub returns: Value,
}

/// An operation and what stands in the concrete path for its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The operation.
    pub operation: Operation,
    /// Name and decoded value of each parameter in the path, in its order.
    pub arguments: Vec<(String, String)>,
}

impl Operation {
    /// The names of the parameters in the path, in its order.
    pub fn path_parameters(&self) -> impl Iterator<Item = &str> {
        template_parameters(&self.summary.path)
    }

    /// Names and schemas of the parameters that are not in the path, in the order of their names.
    #[must_use]
    pub fn query_parameters(&self) -> Vec<(&str, Schema<'_>)> {
        let in_path: Vec<_> = self.path_parameters().collect();
        let mut all: Vec<_> =
            self.parameters().properties().filter(|(name, _)| !in_path.contains(name)).collect();
        all.sort_by_key(|(name, _)| *name);
        all
    }

    /// Schema of the parameters.
    #[must_use]
    pub fn parameters(&self) -> Schema<'_> {
        Schema::new(&self.parameters)
    }

    /// Schema of the answer.
    #[must_use]
    pub fn returns(&self) -> Schema<'_> {
        Schema::new(&self.returns)
    }
}

pub(crate) fn template_parameters(template: &str) -> impl Iterator<Item = &str> {
    template.split('/').filter_map(parameter_name)
}

/// The name in `{name}`.
pub(crate) fn parameter_name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}
