use super::whole;
use proxbox_model::report::RunStatus;
use proxbox_tests::changed;

#[tokio::test(flavor = "multi_thread")]
async fn the_first_run_takes_few_requests_and_is_complete() {
    let whole = whole().await;
    let (first, guests) = (&whole.first, whole.fleet.guests.len() as u64);
    assert_eq!(first.status, RunStatus::Completed, "{:#?}", first.problems);
    assert!(first.netbox_requests <= 150, "{} requests to NetBox", first.netbox_requests);
    assert!(first.proxmox_requests <= 4 * guests + 40, "{} requests to Proxmox", first.proxmox_requests);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_run_writes_nothing_and_takes_few_requests() {
    let whole = whole().await;
    let second = &whole.second;
    assert_eq!(second.status, RunStatus::Completed, "{:#?}", second.problems);
    assert_eq!(second.netbox_writes, 0, "a second run must not write");
    assert_eq!(second.counts.created + second.counts.updated, 0, "{:?}", second.counts);
    assert!(second.netbox_requests <= 60, "{} requests to NetBox", second.netbox_requests);
    let changed = changed(&whole.netbox, &whole.then);
    assert!(changed.is_empty(), "{changed:?}");
}
