//! Storing endpoints: what is refused, what a partial update keeps, which endpoints a request means.

use crate::common::{Lab, netbox, proxmox, rejected};
use proxbox_model::endpoint::{NetboxToken, ProxmoxAuth, TlsPolicy};
use proxbox_store::{NetboxChange, NewNetbox, NewProxmox, ProxmoxChange, Rejected, Selection, Store};
use secrecy::ExposeSecret;
use std::time::Duration;

async fn names(store: &Store, selection: Selection) -> Vec<String> {
    store.proxmox_select(&selection).await.unwrap().into_iter().map(|endpoint| endpoint.name).collect()
}

fn ids(ids: &[i64]) -> Selection {
    Selection { ids: ids.to_vec(), ..Selection::default() }
}

#[tokio::test]
async fn there_is_one_netbox_endpoint() {
    let lab = Lab::new();
    let store = lab.open().await;
    store.netbox_create(netbox()).await.unwrap();
    assert_eq!(rejected(store.netbox_create(netbox()).await), Rejected::NetboxNameTaken);
    let second = NewNetbox { name: "other".into(), ..netbox() };
    assert_eq!(rejected(store.netbox_create(second).await), Rejected::NetboxExists);
}

#[tokio::test]
async fn token_versions_ask_for_their_parts() {
    let lab = Lab::new();
    let store = lab.open().await;
    let v2 = || NewNetbox { token_version: "v2".into(), ..netbox() };
    assert_eq!(rejected(store.netbox_create(v2()).await), Rejected::TokenHalfMissing);
    let v3 = NewNetbox { token_version: "v3".into(), ..netbox() };
    assert_eq!(rejected(store.netbox_create(v3).await), Rejected::TokenVersion);
    assert_eq!(
        rejected(store.netbox_create(NewNetbox { token: "".into(), ..netbox() }).await),
        Rejected::TokenMissing
    );

    let id = store.netbox_create(NewNetbox { token_key: Some("NDt9".into()), ..v2() }).await.unwrap().id;
    let endpoint = store.netbox_endpoint(Some(id)).await.unwrap().unwrap();
    let NetboxToken::V2 { key, secret } = endpoint.token else { panic!("a v2 token") };
    assert_eq!((key.as_str(), secret.expose_secret()), ("NDt9", "t0k3n"));

    let no_key = NetboxChange { token_key: Some("".into()), ..NetboxChange::default() };
    assert_eq!(rejected(store.netbox_update(id, no_key).await), Rejected::TokenHalfMissing);
}

#[tokio::test]
async fn a_fingerprint_or_an_authority_decides_how_the_certificate_is_checked() {
    let lab = Lab::new();
    let store = lab.open().await;
    let fingerprint = Some("AA:".repeat(31) + "AA");
    let new = NewNetbox { fingerprint, use_https: Some(true), ..netbox() };
    let id = store.netbox_create(new).await.unwrap().id;
    let endpoint = store.netbox_endpoint(None).await.unwrap().unwrap();
    assert_eq!(
        (endpoint.tls, endpoint.url.as_str()),
        (TlsPolicy::Fingerprint([0xaa; 32]), "https://netbox.test:8000")
    );

    let bad = NetboxChange { fingerprint: Some(Some("AA".into())), ..NetboxChange::default() };
    assert_eq!(rejected(store.netbox_update(id, bad).await), Rejected::Fingerprint);
    let none = NetboxChange { fingerprint: Some(None), ..NetboxChange::default() };
    store.netbox_update(id, none).await.unwrap();
    assert_eq!(store.netbox_endpoint(None).await.unwrap().unwrap().tls, TlsPolicy::Insecure);
}

#[tokio::test]
async fn a_netbox_below_a_path_keeps_its_path_when_other_things_change() {
    let lab = Lab::new();
    let store = lab.open().await;
    let new = NewNetbox { base_path: "/netbox/".into(), ..netbox() };
    let id = store.netbox_create(new).await.unwrap().id;
    let port = NetboxChange { port: Some(8001), ..NetboxChange::default() };
    assert_eq!(store.netbox_update(id, port).await.unwrap().url, "http://netbox.test:8001/netbox");
    assert_eq!(store.netbox_endpoint(None).await.unwrap().unwrap().url, "http://netbox.test:8001/netbox");

    let bad = NetboxChange { base_path: Some("/a b".into()), ..NetboxChange::default() };
    assert_eq!(rejected(store.netbox_update(id, bad).await), Rejected::BasePath { path: "/a b".into() });
    let none = NetboxChange { base_path: Some("/".into()), ..NetboxChange::default() };
    assert_eq!(store.netbox_update(id, none).await.unwrap().url, "http://netbox.test:8001");
}

#[tokio::test]
async fn a_disabled_netbox_is_not_written_to() {
    let lab = Lab::new();
    let store = lab.open().await;
    store.netbox_create(NewNetbox { enabled: false, ..netbox() }).await.unwrap();
    assert!(store.netbox_endpoint(None).await.unwrap().is_none());
}

#[tokio::test]
async fn proxmox_endpoints_need_a_way_to_log_in() {
    let lab = Lab::new();
    let store = lab.open().await;
    let nothing = NewProxmox { token_name: None, token_value: None, ..proxmox("a") };
    assert_eq!(rejected(store.proxmox_create(nothing).await), Rejected::CredentialsMissing);
    let half = NewProxmox { token_value: None, ..proxmox("a") };
    assert_eq!(rejected(store.proxmox_create(half).await), Rejected::TokenPairSplit);
    store.proxmox_create(proxmox("a")).await.unwrap();
    assert_eq!(rejected(store.proxmox_create(proxmox("a")).await), Rejected::ProxmoxNameTaken);
}

#[tokio::test]
async fn a_partial_update_keeps_the_rest() {
    let lab = Lab::new();
    let store = lab.open().await;
    let id = store.proxmox_create(NewProxmox { timeout: Some(9), ..proxmox("lab (nb:1)") }).await.unwrap().id;
    let off = ProxmoxChange { enabled: Some(false), ..ProxmoxChange::default() };
    let record = store.proxmox_update(id, off).await.unwrap();
    assert_eq!((record.enabled, record.timeout, record.ip_address.as_str()), (false, Some(9), "192.0.2.10"));

    let on = ProxmoxChange { enabled: Some(true), ..ProxmoxChange::default() };
    store.proxmox_update(id, on).await.unwrap();
    let endpoint = store.proxmox_select(&Selection::default()).await.unwrap().remove(0);
    assert_eq!(endpoint.timeout, Some(Duration::from_secs(9)));
    let ProxmoxAuth::Token { name, value } = endpoint.auth else { panic!("a token") };
    assert_eq!((name.as_str(), value.expose_secret()), ("t", "sekret"));
}

/// The stored endpoint's way to log in: `token t=secret` or `password secret`.
async fn login(store: &Store) -> String {
    match store.proxmox_select(&Selection::default()).await.unwrap().remove(0).auth {
        ProxmoxAuth::Token { name, value } => format!("token {name}={}", value.expose_secret()),
        ProxmoxAuth::Password(password) => format!("password {}", password.expose_secret()),
    }
}

#[tokio::test]
async fn credentials_that_are_not_given_stay_and_empty_ones_are_not_given() {
    let lab = Lab::new();
    let store = lab.open().await;
    let id = store.proxmox_create(proxmox("lab")).await.unwrap().id;
    let empty = ProxmoxChange {
        password: Some("".into()),
        token_name: Some(String::new()),
        token_value: Some("".into()),
        ..ProxmoxChange::default()
    };
    let same_name = ProxmoxChange { token_name: Some("t".into()), ..ProxmoxChange::default() };
    for change in [ProxmoxChange::default(), empty, same_name] {
        store.proxmox_update(id, change).await.unwrap();
        assert_eq!(login(&store).await, "token t=sekret");
    }
    let half = ProxmoxChange { token_name: Some("new".into()), ..ProxmoxChange::default() };
    assert_eq!(rejected(store.proxmox_update(id, half).await), Rejected::TokenPairSplit);
    let half = ProxmoxChange { token_value: Some("new".into()), ..ProxmoxChange::default() };
    assert_eq!(rejected(store.proxmox_update(id, half).await), Rejected::TokenPairSplit);
}

#[tokio::test]
async fn the_way_to_log_in_that_is_given_takes_the_place_of_the_other() {
    let lab = Lab::new();
    let store = lab.open().await;
    let id = store.proxmox_create(proxmox("lab")).await.unwrap().id;
    let password = || ProxmoxChange { password: Some("hunter2".into()), ..ProxmoxChange::default() };
    let token = || ProxmoxChange {
        token_name: Some("sync".into()),
        token_value: Some("s2".into()),
        ..ProxmoxChange::default()
    };
    store.proxmox_update(id, password()).await.unwrap();
    assert_eq!(login(&store).await, "password hunter2");
    assert_eq!(store.proxmox(id).await.unwrap().token_name, None);
    store.proxmox_update(id, token()).await.unwrap();
    assert_eq!(login(&store).await, "token sync=s2");
    let rename = ProxmoxChange { token_name: Some("other".into()), ..password() };
    assert_eq!(rejected(store.proxmox_update(id, rename).await), Rejected::TokenPairSplit);
    store.proxmox_update(id, password()).await.unwrap();
    assert_eq!(login(&store).await, "password hunter2", "the token was dropped with its name");
}

#[tokio::test]
async fn a_token_pasted_with_its_user_is_understood() {
    let lab = Lab::new();
    let store = lab.open().await;
    store
        .proxmox_create(NewProxmox { token_name: Some("root@pam!sync".into()), ..proxmox("lab") })
        .await
        .unwrap();
    let endpoint = store.proxmox_select(&Selection::default()).await.unwrap().remove(0);
    assert!(matches!(endpoint.auth, ProxmoxAuth::Token { name, .. } if name == "sync"));
}

#[tokio::test]
async fn missing_rows_are_told_apart() {
    let lab = Lab::new();
    let store = lab.open().await;
    assert_eq!(rejected(store.netbox(1).await), Rejected::NetboxNotFound);
    assert_eq!(rejected(store.proxmox(1).await), Rejected::ProxmoxNotFound);
    assert_eq!(rejected(store.proxmox_delete(1).await), Rejected::ProxmoxNotFound);
    assert_eq!(rejected(store.netbox_update(1, NetboxChange::default()).await), Rejected::NetboxNotFound);
}

#[tokio::test]
async fn a_pushed_endpoint_is_stored_under_the_plugins_own_id() {
    let lab = Lab::new();
    let store = lab.open().await;
    assert_eq!(store.proxmox_create(proxmox("b (nb:2)")).await.unwrap().id, 2);
    assert_eq!(store.proxmox_create(proxmox("a (nb:1)")).await.unwrap().id, 1);
    assert_eq!(names(&store, ids(&[1])).await, ["a (nb:1)"]);
}

#[tokio::test]
async fn where_ids_disagree_the_row_goes_first_and_the_plugins_number_second() {
    let lab = Lab::new();
    let store = lab.open().await;
    store.proxmox_create(proxmox("by hand")).await.unwrap();
    let id = store.proxmox_create(proxmox("pushed (nb:1)")).await.unwrap().id;
    assert_eq!(id, 2, "1 was taken");
    store.proxmox_create(proxmox("late (nb:41)")).await.unwrap();
    assert_eq!(names(&store, ids(&[1])).await, ["by hand"]);
    assert_eq!(names(&store, ids(&[2])).await, ["pushed (nb:1)"]);
    assert_eq!(names(&store, ids(&[41, 2])).await, ["pushed (nb:1)", "late (nb:41)"]);

    store.proxmox_delete(1).await.unwrap();
    assert_eq!(names(&store, ids(&[1])).await, ["pushed (nb:1)"], "no row has that id any more");
}

#[tokio::test]
async fn a_disabled_row_is_not_replaced_by_another_of_its_number() {
    let lab = Lab::new();
    let store = lab.open().await;
    store.proxmox_create(NewProxmox { enabled: false, ..proxmox("by hand") }).await.unwrap();
    store.proxmox_create(proxmox("pushed (nb:1)")).await.unwrap();
    assert!(names(&store, ids(&[1])).await.is_empty());
}

#[tokio::test]
async fn the_plugins_number_is_unique_and_a_rename_keeps_the_id() {
    let lab = Lab::new();
    let store = lab.open().await;
    let id = store.proxmox_create(proxmox("lab (nb:7)")).await.unwrap().id;
    let taken = Rejected::ProxmoxNumberTaken { name: "lab (nb:7)".into(), number: 7 };
    assert_eq!(rejected(store.proxmox_create(proxmox("other (nb:7)")).await), taken);
    let other = store.proxmox_create(proxmox("other (nb:8)")).await.unwrap().id;
    let named = |name: &str| ProxmoxChange { name: Some(name.into()), ..ProxmoxChange::default() };
    assert_eq!(rejected(store.proxmox_update(other, named("other (nb:7)")).await), taken);
    assert_eq!(rejected(store.proxmox_update(other, named("lab (nb:7)")).await), Rejected::ProxmoxNameTaken);

    let renamed = store.proxmox_update(id, named("prod (nb:7)")).await.unwrap();
    assert_eq!((renamed.id, renamed.name.as_str()), (7, "prod (nb:7)"));
    assert_eq!(names(&store, ids(&[7])).await, ["prod (nb:7)"]);
}

#[tokio::test]
async fn the_address_beside_the_domain_of_netbox_is_spare_unless_it_is_loopback() {
    let lab = Lab::new();
    let store = lab.open().await;
    let id = store.netbox_create(netbox()).await.unwrap().id;
    let endpoint = store.netbox_endpoint(None).await.unwrap().unwrap();
    assert_eq!((endpoint.url.as_str(), endpoint.spare_address), ("http://netbox.test:8000", None));
    let moved = NetboxChange { ip_address: Some("10.0.0.5/24".into()), ..NetboxChange::default() };
    store.netbox_update(id, moved).await.unwrap();
    let endpoint = store.netbox_endpoint(None).await.unwrap().unwrap();
    assert_eq!(endpoint.spare_address, Some("10.0.0.5".parse().unwrap()));
    let bare = NetboxChange { domain: Some(String::new()), ..NetboxChange::default() };
    store.netbox_update(id, bare).await.unwrap();
    let endpoint = store.netbox_endpoint(None).await.unwrap().unwrap();
    assert_eq!((endpoint.url.as_str(), endpoint.spare_address), ("http://10.0.0.5:8000", None));
}

#[tokio::test]
async fn a_selection_holds_all_its_conditions_and_never_a_disabled_endpoint() {
    let lab = Lab::new();
    let store = lab.open().await;
    store.proxmox_create(proxmox("a (nb:1)")).await.unwrap();
    let other =
        NewProxmox { ip_address: "192.0.2.11".into(), domain: Some("pve.test".into()), ..proxmox("b") };
    store.proxmox_create(other).await.unwrap();
    store.proxmox_create(NewProxmox { enabled: false, ..proxmox("off (nb:9)") }).await.unwrap();

    assert_eq!(names(&store, Selection::default()).await.len(), 2);
    assert!(names(&store, ids(&[9])).await.is_empty());
    assert!(names(&store, ids(&[77])).await.is_empty());
    let by_name = |name: &str| Selection { name: Some(name.into()), ..Selection::default() };
    assert_eq!(names(&store, by_name("a")).await, ["a (nb:1)"]);
    assert_eq!(names(&store, by_name("a (nb:1)")).await, ["a (nb:1)"]);
    let domain = Selection { domain: Some("pve.test".into()), ..Selection::default() };
    assert_eq!(names(&store, domain.clone()).await, ["b"]);
    assert!(names(&store, Selection { ids: vec![1], ..domain }).await.is_empty());
}
