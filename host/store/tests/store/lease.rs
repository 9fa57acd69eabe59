//! The right to write, shared by processes.

use crate::common::Lab;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn one_holder_has_the_right_to_write_and_may_renew_it() {
    let lab = Lab::new();
    let (one, other) = (lab.open().await, lab.open().await);
    assert!(one.lease_take("a", MINUTE).await.unwrap());
    assert!(!other.lease_take("b", MINUTE).await.unwrap());
    assert!(one.lease_take("a", MINUTE).await.unwrap());
    other.lease_give_back("b").await.unwrap();
    assert!(!other.lease_take("b", MINUTE).await.unwrap(), "it was not b's to give back");
    one.lease_give_back("a").await.unwrap();
    assert!(other.lease_take("b", MINUTE).await.unwrap());
}

#[tokio::test]
async fn a_right_that_nobody_renews_goes_to_the_next() {
    let store = Lab::new().open().await;
    assert!(store.lease_take("killed", Duration::ZERO).await.unwrap());
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert!(store.lease_take("next", MINUTE).await.unwrap());
}
