use proxbox_model::report::{Counts, RunReport, Stage};

/// How the objects of one stage ended.
pub fn of_stage(report: &RunReport, stage: Stage) -> Counts {
    let mut counts = Counts::default();
    report
        .objects
        .iter()
        .filter(|object| object.stage == stage)
        .for_each(|object| counts.count(&object.result));
    counts
}
