use super::whole;
use proxbox_model::report::{Counts, ObjectResult, Stage};
use proxbox_tests::{Claims, of_stage};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn every_object_has_one_outcome_and_the_counts_add_up() {
    let whole = whole().await;
    for report in [&whole.first, &whole.second] {
        let identities: BTreeSet<_> = report.objects().map(|object| object.identity.clone()).collect();
        assert_eq!(identities.len(), report.objects.len(), "no object twice");
        let mut sum = Counts::default();
        for stage in Stage::ALL {
            sum += of_stage(report, stage);
        }
        assert_eq!(sum, report.counts);
        assert_eq!(report.counts.total(), report.objects.len() as u64);
        assert_eq!(report.counts.failed + report.counts.conflicts, 0, "{:?}", report.counts);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_runs_speak_of_the_same_objects() {
    let whole = whole().await;
    for stage in Stage::ALL {
        let (first, second) = (of_stage(&whole.first, stage), of_stage(&whole.second, stage));
        assert_eq!(first.total(), second.total(), "{stage:?}");
        assert_eq!(first.skipped, second.skipped, "{stage:?}");
        assert_eq!(first.created + first.updated + first.unchanged, second.unchanged, "{stage:?}");
        assert!(first.created > 0, "{stage:?} made something");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_netbox_has_its_page_and_what_is_left_out_has_its_reason() {
    let whole = whole().await;
    let mut claims = Claims::default();
    for object in &whole.first.objects {
        let is_there = object.netbox_id.is_some() && object.netbox_url.is_some();
        let expected = match &object.result {
            ObjectResult::Skipped { reason } => !is_there && !reason.is_empty(),
            _ => is_there,
        };
        claims.that(expected, || format!("{object:?}"));
    }
    claims.settle();
}
