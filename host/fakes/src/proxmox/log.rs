//! What was asked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One request as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST` …
    pub method: String,
    /// Path behind `/api2/json`, percent-encoded as sent; the whole path when it is not below that.
    pub path: String,
    /// Query string, percent-encoded as sent; empty when there is none.
    pub query: String,
}

/// All requests, and how many are under way.
#[derive(Debug, Default)]
pub(super) struct Log {
    requests: Mutex<Vec<Request>>,
    in_flight: AtomicUsize,
    max_in_flight: AtomicUsize,
}

impl Log {
    /// Notes a request, which is under way as long as the result lives.
    pub(super) fn begin(&self, request: Request) -> UnderWay<'_> {
        self.requests().push(request);
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.max_in_flight.fetch_max(now, Ordering::SeqCst);
        UnderWay(self)
    }

    pub(super) fn all(&self) -> Vec<Request> {
        self.requests().clone()
    }

    pub(super) fn max_in_flight(&self) -> usize {
        self.max_in_flight.load(Ordering::SeqCst)
    }

    pub(super) fn clear(&self) {
        self.requests().clear();
        self.max_in_flight.store(0, Ordering::SeqCst);
    }

    fn requests(&self) -> MutexGuard<'_, Vec<Request>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is not answered yet.
pub(super) struct UnderWay<'a>(&'a Log);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}
