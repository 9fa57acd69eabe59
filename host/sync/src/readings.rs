//! What the stages of one job read of Proxmox. The plugin asks for a sync stage by stage, each as a run of its own; what one of them
//! has read, the next ones need not ask for again.

use crate::job::Job;
use proxbox_model::endpoint::ProxmoxEndpoint;
use proxbox_model::report::Stage;
use proxbox_proxmox::{Proxmox, ProxmoxError, ProxmoxSettings, fingerprint};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A job asks for its next stage within this time after the end of the one before.
pub(crate) const NEXT_STAGE: Duration = Duration::from_secs(10);

/// What was read longer ago is read again, although the job goes on.
const TOO_OLD: Duration = Duration::from_secs(15 * 60);

/// The readings of jobs that go on.
#[derive(Default)]
pub(crate) struct Readings(Mutex<Vec<Reading>>);

/// What a job has read of one endpoint.
struct Reading {
    of: Course,
    endpoint: String,
    client: Arc<Proxmox>,
}

/// How far a job has come with one endpoint.
struct Course {
    stages: Stages,
    /// Fingerprint of the endpoint and the settings that it is read with.
    made_of: [u8; 32],
    begun: Instant,
    /// When the last stage ended; none while one is at work.
    left: Option<Instant>,
}

/// The stages of a job that share what they read, with the NetBox that they are for and the endpoints that they read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stages {
    netbox: String,
    endpoints: BTreeSet<String>,
    stages: BTreeSet<Stage>,
}

impl Stages {
    /// None when a run stands alone: it only plans, is about single objects, or asks for everything itself.
    pub(crate) fn of(job: &Job) -> Option<Self> {
        let options = &job.options;
        let stages: BTreeSet<Stage> = job.stages().into_iter().collect();
        let alone = options.dry_run
            || options.focus.is_some()
            || !options.netbox_vm_ids.is_empty()
            || stages.len() == Stage::ALL.len();
        let endpoints = job.proxmox.iter().map(|endpoint| endpoint.name.clone()).collect();
        (!alone).then(|| Self { netbox: job.netbox.url.clone(), endpoints, stages })
    }

    fn same_place(&self, other: &Self) -> bool {
        self.netbox == other.netbox && self.endpoints == other.endpoints
    }
}

impl Course {
    /// Whether a run goes on with this job: it asks, soon after, for what the job has not asked for yet. A stage that
    /// is asked for again is to be read again.
    fn goes_on(&self, next: &Stages, made_of: &[u8; 32], now: Instant) -> bool {
        let soon = |left| now.saturating_duration_since(left) <= NEXT_STAGE;
        self.stages.same_place(next)
            && self.made_of == *made_of
            && self.left.is_some_and(soon)
            && now.saturating_duration_since(self.begun) <= TOO_OLD
            && self.stages.stages.is_disjoint(&next.stages)
    }
}

impl Readings {
    fn all(&self) -> MutexGuard<'_, Vec<Reading>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A client of the endpoint: the one that the job has read with so far, or else a new one; and how many requests it had sent before.
    ///
    /// # Errors
    /// When the endpoint cannot be reached or used.
    pub(crate) async fn client(
        &self,
        stages: Option<&Stages>,
        endpoint: &ProxmoxEndpoint,
        settings: &ProxmoxSettings,
    ) -> Result<(Arc<Proxmox>, u64), ProxmoxError> {
        let Some(stages) = stages else {
            // What it reads and writes is newer than what a job has read.
            self.all().retain(|held| held.endpoint != endpoint.name);
            return Ok((Arc::new(Proxmox::connect(endpoint, settings.clone()).await?), 0));
        };
        let made_of = fingerprint(endpoint, settings);
        if let Some(client) = self.go_on(stages, &made_of) {
            let before = client.requests();
            return Ok((client, before));
        }
        let client = Arc::new(Proxmox::connect(endpoint, settings.clone()).await?.remembering());
        let mut all = self.all();
        all.retain(|held| held.endpoint != endpoint.name || !held.of.stages.same_place(stages));
        all.push(Reading {
            of: Course { stages: stages.clone(), made_of, begun: Instant::now(), left: None },
            endpoint: endpoint.name.clone(),
            client: Arc::clone(&client),
        });
        Ok((client, 0))
    }

    fn go_on(&self, stages: &Stages, made_of: &[u8; 32]) -> Option<Arc<Proxmox>> {
        let now = Instant::now();
        let mut all = self.all();
        let reading = all.iter_mut().find(|held| held.of.goes_on(stages, made_of, now))?;
        reading.of.stages.stages.extend(stages.stages.iter().copied());
        reading.of.left = None;
        Some(Arc::clone(&reading.client))
    }

    /// The stages have ended, well or not; a job that did not end well begins anew. True when there is something to be let go unless
    /// the job goes on.
    pub(crate) fn leave(&self, stages: &Stages, well: bool) -> bool {
        let mut all = self.all();
        if !well {
            all.retain(|held| !held.of.stages.same_place(stages));
        }
        let theirs = |held: &&mut Course| {
            held.left.is_none()
                && held.stages.same_place(stages)
                && held.stages.stages.is_superset(&stages.stages)
        };
        let mut left = all.iter_mut().map(|held| &mut held.of).filter(theirs).peekable();
        let any = left.peek().is_some();
        left.for_each(|held| held.left = Some(Instant::now()));
        any
    }

    /// Lets go of what no job goes on with.
    pub(crate) fn clear(&self) {
        self.all().retain(|held| held.of.left.is_none_or(|left| left.elapsed() < NEXT_STAGE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_model::endpoint::{NetboxEndpoint, NetboxToken, ProxmoxAuth, TlsPolicy};
    use proxbox_model::options::RunOptions;

    fn endpoint(port: u16) -> ProxmoxEndpoint {
        ProxmoxEndpoint {
            id: 1,
            name: "lab".to_owned(),
            domain: None,
            ip_address: Some("192.0.2.1".to_owned()),
            port,
            username: "root@pam".to_owned(),
            auth: ProxmoxAuth::Password("secret".into()),
            tls: TlsPolicy::Verify,
            timeout: None,
            max_retries: None,
            retry_backoff: None,
        }
    }

    fn job(stages: &[Stage]) -> Job {
        let netbox = NetboxEndpoint {
            id: 1,
            name: "netbox".to_owned(),
            url: "https://netbox.example.org".to_owned(),
            spare_address: None,
            token: NetboxToken::V1("token".into()),
            tls: TlsPolicy::Verify,
        };
        let options = RunOptions { stages: stages.to_vec(), ..RunOptions::default() };
        Job { proxmox: vec![endpoint(8006)], netbox, options }
    }

    fn of(stages: &[Stage]) -> Stages {
        Stages::of(&job(stages)).unwrap()
    }

    fn made_of(port: u16) -> [u8; 32] {
        fingerprint(&endpoint(port), &ProxmoxSettings::default())
    }

    /// A job whose first stage, devices, began so many seconds ago and ended so many.
    fn after_devices(began: u64, ended: Option<u64>, now: Instant) -> Course {
        let ago = |seconds| now.checked_sub(Duration::from_secs(seconds)).unwrap();
        Course {
            stages: of(&[Stage::Devices]),
            made_of: made_of(8006),
            begun: ago(began),
            left: ended.map(ago),
        }
    }

    #[test]
    fn the_next_stage_of_a_job_goes_on_with_what_was_read() {
        let now = Instant::now();
        let course = after_devices(30, Some(1), now);
        assert!(course.goes_on(&of(&[Stage::Storage]), &made_of(8006), now));
        assert!(course.goes_on(&of(&[Stage::Storage, Stage::VirtualMachines]), &made_of(8006), now));
    }

    #[test]
    fn a_stage_that_is_asked_for_again_is_read_again() {
        let now = Instant::now();
        let course = after_devices(30, Some(1), now);
        assert!(!course.goes_on(&of(&[Stage::Devices]), &made_of(8006), now));
        assert!(!course.goes_on(&of(&[Stage::Devices, Stage::Storage]), &made_of(8006), now));
    }

    #[test]
    fn nothing_is_shared_with_a_changed_endpoint_another_netbox_or_other_endpoints() {
        let now = Instant::now();
        let course = after_devices(30, Some(1), now);
        let next = of(&[Stage::Storage]);
        assert!(!course.goes_on(&next, &made_of(443), now));
        let elsewhere = Stages { netbox: "https://elsewhere.example.org".to_owned(), ..next.clone() };
        assert!(!course.goes_on(&elsewhere, &made_of(8006), now));
        let more = Stages { endpoints: ["lab".to_owned(), "other".to_owned()].into(), ..next };
        assert!(!course.goes_on(&more, &made_of(8006), now));
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
            assert!(!course.goes_on(&next, &made_of(8006), now));
        }
    }

    #[test]
    fn a_run_that_stands_alone_shares_nothing() {
        let options = RunOptions { stages: vec![Stage::Devices], ..RunOptions::default() };
        for alone in [
            RunOptions::default(),
            RunOptions { dry_run: true, ..options.clone() },
            RunOptions { netbox_vm_ids: vec![7], ..options },
        ] {
            assert_eq!(Stages::of(&Job { options: alone, ..job(&[]) }), None);
        }
    }
}
