use crate::{Claims, Lab, Snapshot, told};
use proxbox_fakes::fleet::Fleet;
use proxbox_model::report::RunReport;
use proxbox_sync::Job;
use std::sync::Arc;

/// A laboratory that is in step, and what becomes of it when the first cluster changes.
pub struct Trial {
    /// The laboratory.
    pub lab: Lab,
    /// What was found so far.
    pub claims: Claims,
    now: Snapshot,
}

impl Trial {
    /// Brings a laboratory into step: the second run writes nothing.
    pub async fn of(lab: Lab) -> Self {
        lab.sync().await;
        let again = lab.sync().await;
        let mut claims = Claims::default();
        claims.that(again.netbox_writes == 0, || {
            format!("in step from the start: {} writes", again.netbox_writes)
        });
        let now = lab.look().await;
        Self { lab, claims, now }
    }

    /// Claims that a change in Proxmox has exactly these effects in NetBox, and that nothing is left to write then.
    pub async fn step(
        &mut self,
        what: &str,
        change: impl FnOnce(&mut Fleet),
        effects: &[&str],
    ) -> Arc<RunReport> {
        self.step_with(what, |_| {}, change, effects).await
    }

    /// The same of runs with other choices.
    pub async fn step_with(
        &mut self,
        what: &str,
        choose: impl Fn(&mut Job),
        change: impl FnOnce(&mut Fleet),
        effects: &[&str],
    ) -> Arc<RunReport> {
        self.lab.change(change);
        let mut job = self.lab.job();
        choose(&mut job);
        let report = self.lab.run(job.clone()).await;
        let then = self.lab.look().await;
        let mut expected: Vec<String> = effects.iter().map(|effect| (*effect).to_owned()).collect();
        expected.sort();
        let got = told(&self.now, &then);
        // An object may be completed after it was made.
        let most = 2 * got.len() as u64;
        self.claims.that(got == expected, || format!("{what}: {got:#?}, not {expected:#?}"));
        let writes = report.netbox_writes;
        self.claims.that((writes == 0) == got.is_empty() && writes <= most, || {
            format!("{what}: {writes} writes for {} effects", got.len())
        });
        let again = self.lab.run(job).await;
        self.claims.that(again.netbox_writes == 0, || {
            let left: Vec<String> = again.objects().filter(|object| is_written(object)).map(shown).collect();
            format!("{what}: the next run writes {} times: {left:?}", again.netbox_writes)
        });
        // What the next run wrote, it did not write for the next change.
        self.now = if again.netbox_writes == 0 { then } else { self.lab.look().await };
        report
    }

    /// Takes what NetBox holds now for what it held before the next change.
    pub async fn look_again(&mut self) {
        self.now = self.lab.look().await;
    }

    /// Claims that a run told that something is gone.
    pub fn tells(&mut self, report: &RunReport, code: &str, word: &str) {
        let said =
            report.problems.iter().any(|problem| problem.code == code && problem.message.contains(word));
        self.claims.that(said, || format!("{code} about {word} is not told: {:?}", report.problems));
    }

    /// Fails when a claim did not hold.
    pub fn settle(self) {
        self.claims.settle();
    }
}

fn is_written(object: &proxbox_model::report::ObjectReport) -> bool {
    use proxbox_model::report::ObjectResult;
    matches!(object.result, ObjectResult::Created | ObjectResult::Updated { .. })
}

fn shown(object: &proxbox_model::report::ObjectReport) -> String {
    format!("{}: {:?}", object.identity, object.result)
}
