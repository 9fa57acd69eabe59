//! What was synced of each endpoint.

use crate::common::{Lab, proxmox};

const NETBOX: &str = "https://netbox.example.org";

#[tokio::test]
async fn what_was_synced_is_kept_for_each_endpoint_and_netbox_and_goes_with_the_endpoint() {
    let lab = Lab::new();
    let store = lab.open().await;
    let endpoint = store.proxmox_create(proxmox("lab")).await.unwrap().id;
    store.note_synced(endpoint, NETBOX, "first").await.unwrap();
    store.note_synced(endpoint, NETBOX, "second").await.unwrap();
    store.note_synced(endpoint, "https://other.example.org", "third").await.unwrap();
    let store = lab.open().await;
    assert_eq!(store.synced(endpoint, NETBOX).await.unwrap().as_deref(), Some("second"));
    assert_eq!(store.synced(endpoint + 1, NETBOX).await.unwrap(), None);
    store.proxmox_delete(endpoint).await.unwrap();
    assert_eq!(store.synced(endpoint, NETBOX).await.unwrap(), None);
}
