//! Answers that a client keeps, so that asking again costs no request.

use crate::client::Proxmox;
use crate::error::{Fault, ProxmoxError, Step};
use serde_json::Value as Json;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Most bytes of answers that are kept; what comes then is asked for each time.
const MOST: usize = 64 * 1024 * 1024;

/// Answers as they came, by path and query.
#[derive(Default)]
pub(crate) struct Memory(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    answers: HashMap<String, Arc<RawValue>>,
    bytes: usize,
}

impl Memory {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, question: &str) -> Option<Arc<RawValue>> {
        self.kept().answers.get(question).cloned()
    }

    /// Forgets the answer at a path that is read without a query.
    pub(crate) fn forget(&self, path: &str) {
        let question = question(path, &[]);
        let mut kept = self.kept();
        if let Some(answer) = kept.answers.remove(&question) {
            kept.bytes = kept.bytes.saturating_sub(question.len() + answer.get().len());
        }
    }

    fn keep(&self, question: String, answer: Box<RawValue>) {
        let mut kept = self.kept();
        let bytes = kept.bytes + question.len() + answer.get().len();
        if bytes <= MOST {
            kept.bytes = bytes;
            kept.answers.insert(question, Arc::from(answer));
        }
    }
}

fn question(path: &str, query: &[(&str, &str)]) -> String {
    format!("{path} {query:?}")
}

impl Proxmox {
    /// Answers from memory what was answered before, and keeps what `ask` brings. Failures are not kept.
    pub(crate) async fn remembered<A>(
        &self,
        memory: &Memory,
        (path, query): (&str, &[(&str, &str)]),
        ask: A,
    ) -> Result<Json, ProxmoxError>
    where
        A: Future<Output = Result<Box<RawValue>, ProxmoxError>>,
    {
        let read = |answer: &RawValue| {
            serde_json::from_str(answer.get())
                .map_err(|error| self.error(Step::Read(path.to_owned()), Fault::NotJson(error)))
        };
        let question = question(path, query);
        if let Some(answer) = memory.find(&question) {
            return read(&answer);
        }
        let answer = ask.await?;
        let json = read(&answer)?;
        memory.keep(question, answer);
        Ok(json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn what_does_not_fit_is_not_kept() {
        let memory = Memory::default();
        memory.keep("large".to_owned(), answer(&format!("\"{}\"", "x".repeat(MOST))));
        memory.keep("small".to_owned(), answer("1"));
        assert!(memory.find("large").is_none());
        assert_eq!(memory.find("small").unwrap().get(), "1");
    }

    #[test]
    fn what_is_forgotten_makes_room() {
        let memory = Memory::default();
        memory.keep(question("/nodes", &[]), answer("[]"));
        memory.forget("/nodes");
        assert!(memory.find(&question("/nodes", &[])).is_none());
        assert_eq!(memory.kept().bytes, 0);
    }
}
