//! What is known of the sources that endpoints lead to.

use crate::common::{Lab, proxmox};
use proxbox_model::endpoint::KnownSource;
use proxbox_model::facts::ClusterMode;

fn source(name: &str) -> KnownSource {
    KnownSource {
        name: name.into(),
        is_apart: false,
        cluster: name.into(),
        mode: ClusterMode::Cluster,
        authority: Some("0a1b".into()),
        nodes: vec!["pve1".into(), "pve2".into()],
    }
}

#[tokio::test]
async fn what_an_endpoint_leads_to_survives_a_restart_and_is_replaced_by_what_is_learned() {
    let lab = Lab::new();
    let store = lab.open().await;
    let id = store.proxmox_create(proxmox("a")).await.unwrap().id;
    store.source_learned(id, &source("pve")).await.unwrap();
    let renamed = KnownSource { cluster: "home".into(), ..source("pve") };
    store.source_learned(id, &renamed).await.unwrap();
    store.close().await;
    let known = lab.open().await.sources().await.unwrap();
    assert_eq!(known.of_endpoints.into_iter().collect::<Vec<_>>(), [(id, renamed)]);
    assert!(known.former.is_empty());
}

#[tokio::test]
async fn a_source_keeps_its_name_when_its_endpoint_is_removed_and_has_one_entry_when_it_is_back() {
    let store = Lab::new().open().await;
    let id = store.proxmox_create(proxmox("a")).await.unwrap().id;
    store.source_learned(id, &source("pve")).await.unwrap();
    store.proxmox_delete(id).await.unwrap();
    let known = store.sources().await.unwrap();
    assert_eq!((known.of_endpoints.len(), known.former), (0, vec![source("pve")]));
    let again = store.proxmox_create(proxmox("b")).await.unwrap().id;
    store.source_learned(again, &source("pve")).await.unwrap();
    let known = store.sources().await.unwrap();
    assert_eq!((known.of_endpoints.len(), known.former.len()), (1, 0));
}

#[tokio::test]
async fn an_installation_that_was_made_anew_keeps_its_name_and_nothing_that_tells_it_apart() {
    let store = Lab::new().open().await;
    let id = store.proxmox_create(proxmox("a")).await.unwrap().id;
    store.source_learned(id, &source("pve")).await.unwrap();
    store.source_renew(id).await.unwrap();
    let known = store.sources().await.unwrap();
    let expected = KnownSource { authority: None, nodes: Vec::new(), ..source("pve") };
    assert_eq!(known.of_endpoints[&id], expected);
}
