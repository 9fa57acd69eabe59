use super::ORDER_OF_THE_PLUGIN;
use proxbox_model::report::{ObjectResult, Stage};
use proxbox_tests::{Claims, Lab, of_stage};
use serde_json::{Map, Value as Json};

#[tokio::test(flavor = "multi_thread")]
async fn each_stage_alone_writes_nothing_after_a_full_update() {
    let lab = Lab::with_plugin(2, 15).await;
    lab.sync().await;
    let mut claims = Claims::default();
    for stage in Stage::ALL {
        let report = lab.sync_stages(&[stage]).await;
        let counts = of_stage(&report, stage);
        claims.that(report.netbox_writes == 0, || format!("{stage:?} writes {} times", report.netbox_writes));
        claims.that(counts.total() > 0 && counts == report.counts, || {
            format!("{stage:?} is about other stages too: {counts:?} of {:?}", report.counts)
        });
        claims.that(counts.unchanged + counts.skipped == counts.total(), || format!("{stage:?}: {counts:?}"));
    }
    claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn stages_one_by_one_come_to_the_same_as_a_full_update() {
    let lab = Lab::with_plugin(2, 15).await;
    lab.sync().await;
    let at_once = portrait(&lab).await;
    drop(lab);

    let lab = Lab::with_plugin(2, 15).await;
    let mut claims = Claims::default();
    for stage in ORDER_OF_THE_PLUGIN {
        let report = lab.sync_stages(&[stage]).await;
        let wrong = report.counts.failed + report.counts.conflicts;
        claims.that(wrong == 0, || format!("{stage:?}: {:?} {:?}", report.counts, report.problems));
    }
    claims.same_set("one by one and at once", portrait(&lab).await, at_once);
    for stage in ORDER_OF_THE_PLUGIN {
        let report = lab.sync_stages(&[stage]).await;
        claims.that(report.netbox_writes == 0, || {
            format!("again, {stage:?} writes {} times", report.netbox_writes)
        });
    }
    let full = lab.sync().await;
    claims
        .that(full.netbox_writes == 0, || format!("a full update then writes {} times", full.netbox_writes));
    claims.settle();
}

/// Every object without what differs between two NetBoxes: ids, times, the port of Proxmox.
async fn portrait(lab: &Lab) -> Vec<String> {
    let port = lab.proxmox[0].addr().port().to_string();
    let netbox = lab.look().await;
    netbox.all().map(|(path, object)| format!("{path} {}", bare(object)).replace(&port, "PORT")).collect()
}

fn bare(value: &Json) -> Json {
    const LEFT_OUT: [&str; 10] = [
        "last_synced",
        "id",
        "url",
        "display_url",
        "created",
        "last_updated",
        "proxmox_last_updated",
        "assigned_object_id",
        "proxbox_storage_id",
        "related_object_id",
    ];
    match value {
        Json::Object(object) => {
            let kept = object.iter().filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()));
            Json::Object(kept.map(|(name, value)| (name.clone(), bare(value))).collect::<Map<_, _>>())
        }
        Json::Array(items) => {
            let mut items: Vec<Json> = items.iter().map(bare).collect();
            items.sort_by_key(Json::to_string);
            Json::Array(items)
        }
        other => other.clone(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_whose_guests_are_not_there_yet_leaves_them_out_with_a_reason() {
    let lab = Lab::with_plugin(2, 12).await;
    let of_guests =
        [Stage::VirtualDisks, Stage::Backups, Stage::Snapshots, Stage::IpAddresses, Stage::TaskHistory];
    let mut claims = Claims::default();
    for stage in of_guests {
        let report = lab.sync_stages(&[stage]).await;
        claims.that(report.counts.total() > 0, || format!("{stage:?} is about nothing"));
        for object in &report.objects {
            let is_left_out =
                matches!(&object.result, ObjectResult::Skipped { reason } if !reason.is_empty());
            claims.that(is_left_out, || format!("{stage:?}: {} {:?}", object.identity, object.result));
        }
        let made = lab.netbox.list("virtualization/virtual-machines/").await.len();
        claims.that(made == 0, || format!("{stage:?} makes machines"));
    }
    claims.settle();
}
