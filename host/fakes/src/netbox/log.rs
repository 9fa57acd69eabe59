//! What was asked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

/// One request as it arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// `GET`, `POST` …
    pub method: String,
    /// Path with the slashes: `/api/dcim/sites/`.
    pub path: String,
    /// Query string as sent; empty when there is none.
    pub query: String,
    /// The JSON of the body; null when there is none.
    pub body: Value,
}

impl Request {
    /// The request can change something.
    pub fn is_write(&self) -> bool {
        matches!(self.method.as_str(), "POST" | "PUT" | "PATCH" | "DELETE")
    }
}

/// All requests, and how many are under way.
#[derive(Debug, Default)]
pub(crate) struct Log {
    requests: Mutex<Vec<Request>>,
    in_flight: AtomicUsize,
    max_in_flight: AtomicUsize,
}

impl Log {
    /// Notes a request, which is under way as long as the result lives.
    pub(crate) fn begin(&self, request: Request) -> UnderWay<'_> {
        self.requests().push(request);
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.max_in_flight.fetch_max(now, Ordering::SeqCst);
        UnderWay(self)
    }

    pub(crate) fn all(&self) -> Vec<Request> {
        self.requests().clone()
    }

    pub(crate) fn max_in_flight(&self) -> usize {
        self.max_in_flight.load(Ordering::SeqCst)
    }

    pub(crate) fn clear(&self) {
        self.requests().clear();
        self.max_in_flight.store(0, Ordering::SeqCst);
    }

    fn requests(&self) -> MutexGuard<'_, Vec<Request>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is not answered yet.
pub(crate) struct UnderWay<'a>(&'a Log);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}
