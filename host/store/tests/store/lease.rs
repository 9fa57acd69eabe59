//! The right to write, shared by processes.

use crate::common::Lab;
use std::time::Duration;

const NETBOX: &str = "https://netbox.example.org";
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn one_holder_has_the_right_to_write_and_may_renew_it() {
    let lab = Lab::new();
    let (one, other) = (lab.open().await, lab.open().await);
    assert!(one.lease_take(NETBOX, "a", MINUTE).await.unwrap());
    assert!(!other.lease_take(NETBOX, "b", MINUTE).await.unwrap());
    assert!(one.lease_take(NETBOX, "a", MINUTE).await.unwrap());
    other.lease_give_back(NETBOX, "b").await.unwrap();
    assert!(!other.lease_take(NETBOX, "b", MINUTE).await.unwrap(), "it was not b's to give back");
    one.lease_give_back(NETBOX, "a").await.unwrap();
    assert!(other.lease_take(NETBOX, "b", MINUTE).await.unwrap());
}

#[tokio::test]
async fn a_right_that_nobody_renews_goes_to_the_next() {
    let store = Lab::new().open().await;
    assert!(store.lease_take(NETBOX, "killed", Duration::ZERO).await.unwrap());
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert!(store.lease_take(NETBOX, "next", MINUTE).await.unwrap());
}

#[tokio::test]
async fn writing_into_one_netbox_keeps_nobody_from_another() {
    let lab = Lab::new();
    let (one, other) = (lab.open().await, lab.open().await);
    assert!(one.lease_take(NETBOX, "a", MINUTE).await.unwrap());
    assert!(other.lease_take("https://elsewhere.example.org", "b", MINUTE).await.unwrap());
}
