use crate::focus::Found;
use crate::journal::Journal;
use futures::Stream;
use proxbox_model::event::Event;
use proxbox_model::report::{RunReport, Stage};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What is known of a run that is at work or waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunInfo {
    /// UUID.
    pub id: String,
    /// Endpoint names, sorted.
    pub endpoints: Vec<String>,
    /// Stages, in order.
    pub stages: Vec<Stage>,
    /// Start, seconds since the Unix epoch; of one that waits, when it was asked for.
    pub started: u64,
    /// The run that it waits for.
    pub waits_for: Option<String>,
}

/// Seconds since the Unix epoch.
pub(crate) fn now() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or_default()
}

/// The events of a run, kept from the first, so that a late listener misses nothing. They are let go when the run has left the
/// queue and the last listener has left, too: who listens sees to it that nobody listens for ever.
pub(crate) struct EventLog {
    events: Mutex<Vec<Event>>,
    length: watch::Sender<usize>,
    journal: Journal,
}

impl EventLog {
    pub(crate) fn new() -> Self {
        Self { events: Mutex::new(Vec::new()), length: watch::Sender::new(0), journal: Journal::default() }
    }

    /// Adds an event, unless the run has ended: nothing comes after the end.
    pub(crate) fn push(&self, event: Event) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(events.last(), Some(Event::RunDone { .. })) {
            return;
        }
        self.journal.tell(&event);
        events.push(event);
        self.length.send_replace(events.len());
    }

    fn get(&self, index: usize) -> Option<Event> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).get(index).cloned()
    }

    fn report(&self) -> Option<Arc<RunReport>> {
        match self.events.lock().unwrap_or_else(PoisonError::into_inner).last() {
            Some(Event::RunDone { report }) => Some(Arc::clone(report)),
            _ => None,
        }
    }
}

/// A run that was started or joined. Dropping it leaves the run at work.
#[derive(Clone)]
pub struct Run {
    pub(crate) info: Arc<RunInfo>,
    pub(crate) log: Arc<EventLog>,
    pub(crate) found: Arc<OnceLock<Found>>,
    pub(crate) cancel: CancellationToken,
    pub(crate) joined: bool,
}

impl Run {
    /// UUID.
    pub fn id(&self) -> &str {
        &self.info.id
    }

    /// What it found of the objects that it is about; none when it is about all, or came to nothing.
    pub fn found(&self) -> Option<&Found> {
        self.found.get()
    }

    /// Whether it was at work or waiting already when it was asked for.
    pub fn joined(&self) -> bool {
        self.joined
    }

    /// Every event from the first, then live; ends after the last, [`Event::RunDone`].
    pub fn events(&self) -> impl Stream<Item = Event> + Send + 'static {
        let log = Arc::clone(&self.log);
        let length = log.length.subscribe();
        futures::stream::unfold(Some((log, length, 0)), |state| async move {
            let (log, mut length, index) = state?;
            length.wait_for(|length| *length > index).await.ok()?;
            let event = log.get(index)?;
            let ended = matches!(event, Event::RunDone { .. });
            Some((event, (!ended).then_some((log, length, index + 1))))
        })
    }

    /// Asks it to stop. What is written stays; the next run goes on from there.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Waits for its end.
    pub async fn wait(&self) -> Arc<RunReport> {
        let mut length = self.log.length.subscribe();
        loop {
            if let Some(report) = self.log.report() {
                return report;
            }
            // The sender lives in the log that we hold, so this cannot fail.
            let _ = length.changed().await;
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use futures::StreamExt as _;

    /// A run of which nothing is told yet.
    pub(crate) fn run() -> Run {
        let info = RunInfo {
            id: "run".into(),
            endpoints: Vec::new(),
            stages: Stage::ALL.to_vec(),
            started: 0,
            waits_for: None,
        };
        Run {
            info: Arc::new(info),
            log: Arc::new(EventLog::new()),
            found: Arc::default(),
            cancel: CancellationToken::new(),
            joined: false,
        }
    }

    #[tokio::test]
    async fn events_are_let_go_with_the_last_who_listens() {
        let run = run();
        run.log.push(Event::RunStarted { run: run.id().to_owned(), stages: Vec::new() });
        let log = Arc::downgrade(&run.log);
        let mut late = Box::pin(run.events());
        drop(run);
        assert!(matches!(late.next().await, Some(Event::RunStarted { .. })), "a listener keeps them");
        drop(late);
        assert!(log.upgrade().is_none());
    }
}
