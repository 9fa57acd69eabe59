//! Work that keeps a processor busy, aside from the threads that answer requests.

/// Does the work on a thread of its own kind and waits for it. A panic goes on in the caller.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let span = tracing::Span::current();
    match tokio::task::spawn_blocking(move || span.in_scope(work)).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down, and this task with it.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn other_tasks_go_on_meanwhile() {
        let (tell, told) = mpsc::channel();
        let work = tokio::spawn(aside(move || told.recv()));
        // On the only thread of this runtime; it would never come to this if the work were done there.
        tell.send("other task").unwrap();
        assert_eq!(work.await.unwrap(), Ok("other task"));
    }

    #[tokio::test]
    async fn a_panic_goes_on_in_the_caller() {
        let work = tokio::spawn(aside(|| panic!("defect")));
        assert!(work.await.unwrap_err().is_panic());
    }
}
