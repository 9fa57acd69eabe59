//! How errors of every crate present themselves: a stable code, one plain sentence, what to try, and the causes.

use serde::{Deserialize, Serialize};
use std::error::Error;

/// An error that a person will read.
pub trait Diagnostic: Error {
    /// Stable, kebab-case, prefixed by the area: `proxmox-unreachable`.
    fn code(&self) -> &'static str;

    /// What to try, in one sentence.
    fn hint(&self) -> Option<String> {
        None
    }
}

/// An error or warning as it is shown, logged and stored. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Stable code.
    pub code: String,
    /// One plain sentence.
    pub message: String,
    /// What to try.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
    /// The chain of causes, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub causes: Vec<String>,
}

impl Problem {
    /// A problem without a hint or causes.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), hint: None, causes: Vec::new() }
    }

    /// Adds what to try.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl<E: Diagnostic> From<&E> for Problem {
    fn from(error: &E) -> Self {
        let mut causes = Vec::new();
        let mut next = error.source();
        while let Some(cause) = next {
            causes.push(shown(cause));
            next = cause.source();
        }
        Self { code: error.code().to_owned(), message: shown(error), hint: error.hint(), causes }
    }
}

/// As text that cannot write to a terminal: errors repeat what files and servers hold.
fn shown(error: &(impl Error + ?Sized)) -> String {
    error.to_string().replace(|c: char| c.is_control() && c != '\n', " ")
}
