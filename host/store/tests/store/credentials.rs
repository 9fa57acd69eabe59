//! Credentials that are opened to see whether they can be.

use crate::common::{Lab, cipher, netbox, proxmox};
use proxbox_store::{Cipher, Credentials};

#[tokio::test]
async fn every_credential_is_opened() {
    let lab = Lab::new();
    let store = lab.open().await;
    assert_eq!(store.verify_credentials().await.unwrap(), Credentials::default());
    store.netbox_create(netbox()).await.unwrap();
    store.proxmox_create(proxmox("lab")).await.unwrap();
    let found = store.verify_credentials().await.unwrap();
    assert_eq!(found, Credentials { opened: 2, ..Credentials::default() });
}

#[tokio::test]
async fn a_credential_that_is_damaged_later_is_told() {
    let lab = Lab::new();
    let store = lab.open().await;
    store.netbox_create(netbox()).await.unwrap();
    store.proxmox_create(proxmox("lab")).await.unwrap();
    let foreign = cipher("another key").seal(&"sekret".into());
    let raw = sqlx::SqlitePool::connect(&format!("sqlite://{}", lab.path().display())).await.unwrap();
    sqlx::query("UPDATE proxmoxendpoint SET token_value = ?").bind(foreign).execute(&raw).await.unwrap();
    let found = store.verify_credentials().await.unwrap();
    assert_eq!(found, Credentials { opened: 1, unreadable: 1, plain: 0 });
}

#[tokio::test]
async fn what_is_not_encrypted_is_not_taken_for_encrypted() {
    let lab = Lab::new();
    let store = lab.open_with(Cipher::Plaintext).await.unwrap();
    store.netbox_create(netbox()).await.unwrap();
    let found = store.verify_credentials().await.unwrap();
    assert_eq!(found, Credentials { plain: 1, ..Credentials::default() });
}
