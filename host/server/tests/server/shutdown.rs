//! Stopping while a run is at work.

use crate::lab::{Lab, frames};
use proxbox_fakes::fleet::{Fleet, FleetSpec};
use proxbox_fakes::netbox::{self, FakeNetbox};
use proxbox_fakes::proxmox::{self, FakeProxmox};
use proxbox_model::report::RunStatus;
use proxbox_store::RunState;
use serde_json::json;

#[tokio::test]
async fn streams_end_with_a_word_and_the_run_is_written_down() {
    let fleet = Fleet::generate(&FleetSpec::new("lab", 1, 3, 1));
    let proxmox = FakeProxmox::start(fleet, proxmox::Options::default()).await.unwrap();
    let netbox = FakeNetbox::start(netbox::Options::default()).await.unwrap();
    let mut lab = Lab::keyed().await;
    lab.connect(&proxmox, &netbox).await;
    netbox.fault("*", netbox::Fault::Hang);

    let response = lab.stream("/dcim/devices/create/stream").await;
    lab.tell_to_stop();
    let frames = frames(&response.text().await.unwrap());
    let complete = &frames.last().unwrap().1;
    assert_eq!((&complete["ok"], &complete["message"]), (&json!(false), &json!("devices sync cancelled.")));
    assert_eq!(complete["errors"], json!([{"detail": "Server shutdown or request cancelled."}]));
    let store = lab.stop().await;
    assert_eq!(store.runs(1).await.unwrap()[0].state, RunState::Ended(RunStatus::Cancelled));
}
