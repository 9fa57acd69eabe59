//! What the stages of one job read. The plugin asks for a sync stage by stage, each as a run of its own; what one of them has read of
//! Proxmox and NetBox, the next ones need not ask for again.

use crate::job::Scope;
use crate::opened::Opened;
use proxbox_model::endpoint::ProxmoxEndpoint;
use proxbox_proxmox::{Proxmox, ProxmoxError, ProxmoxSettings, fingerprint};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A job asks for its next stage within this time after the end of the one before.
pub(crate) const NEXT_STAGE: Duration = Duration::from_secs(10);

/// What was read longer ago is read again, although the job goes on.
const TOO_OLD: Duration = Duration::from_secs(15 * 60);

/// The readings of jobs that go on.
#[derive(Default)]
pub(crate) struct Readings {
    proxmox: Held<OfEndpoint>,
    netbox: Held<Arc<Opened>>,
}

/// What a job has read of one Proxmox endpoint.
struct OfEndpoint {
    endpoint: String,
    client: Arc<Proxmox>,
}

/// Readings of one sort, each with how far its job has come.
struct Held<T>(Mutex<Vec<(Course, T)>>);

/// How far a job has come with what it reads.
struct Course {
    /// What it is about, with every stage that was asked for so far.
    scope: Scope,
    /// Fingerprint of the endpoint and the settings that it is read with.
    made_of: [u8; 32],
    begun: Instant,
    /// When the last stage ended; none while one is at work.
    left: Option<Instant>,
}

impl Course {
    fn begin(scope: &Scope, made_of: [u8; 32]) -> Self {
        Self { scope: scope.clone(), made_of, begun: Instant::now(), left: None }
    }

    /// Whether a run goes on with this job: it asks, soon after, for what the job has not asked for yet. A stage that
    /// is asked for again is to be read again.
    fn goes_on(&self, next: &Scope, made_of: &[u8; 32], now: Instant) -> bool {
        let soon = |left| now.saturating_duration_since(left) <= NEXT_STAGE;
        self.scope.is_beside(next)
            && self.made_of == *made_of
            && self.left.is_some_and(soon)
            && now.saturating_duration_since(self.begun) <= TOO_OLD
            && !self.scope.stages.iter().any(|stage| next.stages.contains(stage))
    }

    /// Whether a run that is at work is a stage of this job.
    fn is_at_work(&self, scope: &Scope) -> bool {
        let asked = |stage| self.scope.stages.contains(stage);
        self.left.is_none() && self.scope.is_beside(scope) && scope.stages.iter().all(asked)
    }
}

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Held<T> {
    fn all(&self) -> MutexGuard<'_, Vec<(Course, T)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a run go on with what its job has read, if it is part of one.
    fn go_on<R>(&self, scope: &Scope, made_of: &[u8; 32], take: impl FnOnce(&T) -> R) -> Option<R> {
        if !scope.may_be_part_of_a_job() {
            return None;
        }
        let now = Instant::now();
        let mut all = self.all();
        let (course, held) = all.iter_mut().find(|(course, _)| course.goes_on(scope, made_of, now))?;
        course.scope.stages.extend(&scope.stages);
        course.left = None;
        Some(take(held))
    }

    /// Whether anything is left of a job of which a stage has ended.
    fn leave(&self, scope: &Scope, well: bool) -> bool {
        let mut all = self.all();
        if !well {
            all.retain(|(course, _)| !course.is_at_work(scope));
        }
        let mut any = false;
        for (course, _) in all.iter_mut().filter(|(course, _)| course.is_at_work(scope)) {
            course.left = Some(Instant::now());
            any = true;
        }
        any
    }

    fn clear(&self) {
        self.all().retain(|(course, _)| course.left.is_none_or(|left| left.elapsed() < NEXT_STAGE));
    }
}

impl Readings {
    /// A client of an endpoint for a run: the one that its job has read with so far, or else a new one; and how many requests it had
    /// sent before.
    ///
    /// # Errors
    /// When the endpoint cannot be reached or used.
    pub(crate) async fn client(
        &self,
        scope: &Scope,
        endpoint: &ProxmoxEndpoint,
        settings: &ProxmoxSettings,
    ) -> Result<(Arc<Proxmox>, u64), ProxmoxError> {
        let made_of = fingerprint(endpoint, settings);
        if let Some(client) = self.proxmox.go_on(scope, &made_of, |held| Arc::clone(&held.client)) {
            let before = client.requests();
            return Ok((client, before));
        }
        // What this run reads and writes is newer than what other jobs have read.
        let is_other = |course: &Course, held: &OfEndpoint| {
            held.endpoint != endpoint.name || course.scope.netbox != scope.netbox
        };
        self.proxmox.all().retain(|(course, held)| is_other(course, held));
        let client = Proxmox::connect(endpoint, settings.clone()).await?;
        if scope.options.quick {
            // It looks at the lists first, and may need them again.
            return Ok((Arc::new(client.remembering()), 0));
        }
        if !scope.may_be_part_of_a_job() {
            return Ok((Arc::new(client), 0));
        }
        let client = Arc::new(client.remembering());
        let held = OfEndpoint { endpoint: endpoint.name.clone(), client: Arc::clone(&client) };
        self.proxmox.all().push((Course::begin(scope, made_of), held));
        Ok((client, 0))
    }

    /// What the job of a run has found out about NetBox so far.
    pub(crate) fn opened(&self, scope: &Scope, made_of: &[u8; 32]) -> Option<Arc<Opened>> {
        self.netbox.go_on(scope, made_of, Arc::clone)
    }

    /// Keeps for the next stages what a run has found out about NetBox.
    pub(crate) fn keep_opened(&self, scope: &Scope, made_of: [u8; 32], opened: &Arc<Opened>) {
        let mut all = self.netbox.all();
        all.retain(|(course, _)| !course.scope.is_beside(scope));
        all.push((Course::begin(scope, made_of), Arc::clone(opened)));
    }

    /// A run is about to read and write a NetBox: what other jobs have read of it will be old.
    pub(crate) fn is_written(&self, by: &Opened) {
        let all = self.netbox.all();
        let others =
            all.iter().map(|(_, opened)| &opened.netbox).filter(|other| !Arc::ptr_eq(other, &by.netbox));
        others.filter(|other| other.url() == by.netbox.url()).for_each(|other| other.forget_lists());
    }

    /// A run has ended, well or not; a job that did not go well begins anew. True when there is something to be let go unless the job
    /// goes on.
    pub(crate) fn leave(&self, scope: &Scope, well: bool) -> bool {
        self.proxmox.leave(scope, well) | self.netbox.leave(scope, well)
    }

    /// Lets go of what no job goes on with.
    pub(crate) fn clear(&self) {
        self.proxmox.clear();
        self.netbox.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_model::options::RunOptions;
    use proxbox_model::report::Stage;

    /// Fingerprint of the endpoint.
    const LAB: [u8; 32] = [1; 32];

    fn of(stages: &[Stage]) -> Scope {
        Scope {
            netbox: "https://netbox.example.org".to_owned(),
            endpoints: ["lab".to_owned()].into(),
            stages: stages.to_vec(),
            options: RunOptions::default(),
        }
    }

    /// A job whose first stage, devices, began so many seconds ago and ended so many.
    fn after_devices(began: u64, ended: Option<u64>, now: Instant) -> Course {
        let ago = |seconds| now.checked_sub(Duration::from_secs(seconds)).unwrap();
        Course { scope: of(&[Stage::Devices]), made_of: LAB, begun: ago(began), left: ended.map(ago) }
    }

    #[test]
    fn the_next_stage_of_a_job_goes_on_with_what_was_read() {
        let now = Instant::now();
        let course = after_devices(30, Some(1), now);
        assert!(course.goes_on(&of(&[Stage::Storage]), &LAB, now));
        assert!(course.goes_on(&of(&[Stage::Storage, Stage::VirtualMachines]), &LAB, now));
    }

    #[test]
    fn a_stage_that_is_asked_for_again_is_read_again() {
        let now = Instant::now();
        let course = after_devices(30, Some(1), now);
        assert!(!course.goes_on(&of(&[Stage::Devices]), &LAB, now));
        assert!(!course.goes_on(&of(&[Stage::Devices, Stage::Storage]), &LAB, now));
    }

    #[test]
    fn nothing_is_shared_with_a_changed_endpoint_another_netbox_or_other_endpoints() {
        let now = Instant::now();
        let course = after_devices(30, Some(1), now);
        let next = of(&[Stage::Storage]);
        assert!(!course.goes_on(&next, &[2; 32], now));
        let elsewhere = Scope { netbox: "https://elsewhere.example.org".to_owned(), ..next.clone() };
        assert!(!course.goes_on(&elsewhere, &LAB, now));
        let more = Scope { endpoints: ["lab".to_owned(), "other".to_owned()].into(), ..next };
        assert!(!course.goes_on(&more, &LAB, now));
    }

    #[test]
    fn what_comes_late_or_while_a_stage_is_at_work_is_a_job_of_its_own() {
        let now = Instant::now();
        let next = of(&[Stage::Storage]);
        for course in [
            after_devices(30, Some(NEXT_STAGE.as_secs() + 1), now),
            after_devices(TOO_OLD.as_secs() + 1, Some(1), now),
            after_devices(30, None, now),
        ] {
            assert!(!course.goes_on(&next, &LAB, now));
        }
    }

    #[test]
    fn a_run_that_stands_alone_shares_nothing() {
        let devices = of(&[Stage::Devices]);
        assert!(devices.may_be_part_of_a_job());
        let with = |options| Scope { options, ..devices.clone() };
        for alone in [
            of(&Stage::ALL),
            with(RunOptions { dry_run: true, ..RunOptions::default() }),
            with(RunOptions { netbox_vm_ids: vec![7], ..RunOptions::default() }),
        ] {
            assert!(!alone.may_be_part_of_a_job());
        }
    }
}
