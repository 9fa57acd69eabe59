//! Fresh files, databases of the former backend, and keys that do not fit.

use crate::common::{KEY, Lab, cipher, netbox, proxmox};
use proxbox_model::endpoint::NetboxToken;
use proxbox_store::{Access, Cipher, NetboxChange, Selection, StoreError, default_path};
use secrecy::ExposeSecret;
use std::collections::BTreeMap;
use std::path::PathBuf;

async fn former_database(lab: &Lab) {
    let mut connection = lab.raw().await;
    sqlx::raw_sql(include_str!("seed-database.sql")).execute(&mut connection).await.unwrap();
    let token = include_str!("python-fernet.txt").trim();
    sqlx::query("INSERT INTO netboxendpoint VALUES (1, 'nb', '10.0.0.5/24', '', 443, ?, 1)")
        .bind(token)
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::query("INSERT INTO proxmoxendpoint VALUES (7, 'lab', '10.0.0.1', NULL, 8006, 'root@pam', 'plain-old', 0, NULL, NULL, 0, '')")
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::query("INSERT INTO apikey VALUES (1, 'plugin', ?, 1, 1700000000.5)")
        .bind(bcrypt::hash("k".repeat(40), 4).unwrap())
        .execute(&mut connection)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_database_of_the_former_backend_opens_with_everything_in_it() {
    let lab = Lab::new();
    former_database(&lab).await;
    let store = lab.open().await;

    let endpoint = store.netbox_endpoint(None).await.unwrap().unwrap();
    assert_eq!(endpoint.url, "https://10.0.0.5:443");
    let NetboxToken::V1(token) = endpoint.token else { panic!("a v1 token") };
    assert_eq!(token.expose_secret(), "nbt-token-0123456789");
    assert_eq!(store.proxmox_select(&Selection::default()).await.unwrap().len(), 1);
    assert!(!store.bootstrap().await.unwrap().needed);
    assert_eq!(store.keys().await.unwrap()[0].created_at, 1_700_000_000.5);
    let key = "k".repeat(40).into();
    assert_eq!(store.authenticate("10.0.0.9", Some(&key)).await.unwrap(), Access::Granted { key: 1 });
}

#[tokio::test]
async fn required_columns_of_other_releases_do_not_stop_an_insert() {
    let lab = Lab::new();
    former_database(&lab).await;
    let store = lab.open().await;
    assert_eq!(store.proxmox_create(proxmox("second")).await.unwrap().id, 8);
}

#[tokio::test]
async fn opening_twice_changes_nothing() {
    let lab = Lab::new();
    former_database(&lab).await;
    lab.open().await.close().await;
    let store = lab.open().await;
    assert_eq!(store.netbox_list().await.unwrap()[0].token_version, "v1");
}

#[tokio::test]
async fn a_wrong_key_is_refused_with_a_sentence() {
    let lab = Lab::new();
    let store = lab.open().await;
    store.netbox_create(netbox()).await.unwrap();
    store.close().await;

    let error = lab.open_with(cipher("other")).await.unwrap_err();
    assert!(matches!(error, StoreError::WrongKey { .. }));
    assert!(error.to_string().starts_with("PROXBOX_ENCRYPTION_KEY is not the key"));
    assert!(matches!(lab.open_with(Cipher::Plaintext).await.unwrap_err(), StoreError::KeyRequired { .. }));
    lab.open().await;
}

#[tokio::test]
async fn a_wrong_key_is_refused_on_a_former_database_too() {
    let lab = Lab::new();
    former_database(&lab).await;
    assert!(matches!(lab.open_with(cipher("other")).await.unwrap_err(), StoreError::WrongKey { .. }));
}

#[tokio::test]
async fn a_new_key_is_fine_while_nothing_is_sealed() {
    let lab = Lab::new();
    lab.open().await.close().await;
    lab.open_with(cipher("other")).await.unwrap();
}

#[tokio::test]
async fn a_token_that_was_sealed_twice_still_opens() {
    let lab = Lab::new();
    former_database(&lab).await;
    let twice = cipher(KEY).seal(&include_str!("python-fernet.txt").trim().into());
    let mut connection = lab.raw().await;
    sqlx::query("UPDATE netboxendpoint SET token = ?").bind(twice).execute(&mut connection).await.unwrap();
    let endpoint = lab.open().await.netbox_endpoint(None).await.unwrap().unwrap();
    let NetboxToken::V1(token) = endpoint.token else { panic!("a v1 token") };
    assert_eq!(token.expose_secret(), "nbt-token-0123456789");
}

#[tokio::test]
async fn an_update_without_a_token_keeps_the_stored_one() {
    let lab = Lab::new();
    let store = lab.open().await;
    let id = store.netbox_create(netbox()).await.unwrap().id;
    let change = NetboxChange { port: Some(8443), ..NetboxChange::default() };
    store.netbox_update(id, change).await.unwrap();
    let endpoint = store.netbox_endpoint(None).await.unwrap().unwrap();
    let NetboxToken::V1(token) = endpoint.token else { panic!("a v1 token") };
    assert_eq!((token.expose_secret(), endpoint.url.as_str()), ("t0k3n", "http://netbox.test:8443"));
}

#[tokio::test]
async fn credentials_are_never_in_the_file_as_plain_text() {
    let lab = Lab::new();
    let store = lab.open().await;
    store.netbox_create(netbox()).await.unwrap();
    store.proxmox_create(proxmox("lab")).await.unwrap();
    let key = store.create_key("x").await.unwrap();
    store.close().await;
    let bytes = std::fs::read(lab.path()).unwrap();
    for secret in ["t0k3n", "sekret", key.raw.expose_secret()] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let lab = Lab::new();
    lab.open().await.close().await;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&lab.path()), 0o600);
    assert_eq!(mode(lab.path().parent().unwrap()), 0o700);

    std::fs::set_permissions(lab.path(), std::fs::Permissions::from_mode(0o644)).unwrap();
    lab.open().await;
    assert_eq!(mode(&lab.path()), 0o600);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let lab = Lab::new();
    std::fs::create_dir_all(lab.path().parent().unwrap()).unwrap();
    std::fs::write(lab.path(), "not a database, but long enough to be looked at as one. ".repeat(20))
        .unwrap();
    let error = lab.open_with(cipher(KEY)).await.unwrap_err();
    assert!(error.to_string().contains("database.db"), "{error}");
}

#[test]
fn the_default_path_follows_the_environment() {
    let path = |vars: &[(&str, &str)]| {
        let vars: BTreeMap<String, String> =
            vars.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        default_path(|name| vars.get(name).map(Into::into))
    };
    let home = ("HOME", "/home/u");
    assert_eq!(path(&[home]), Some(PathBuf::from("/home/u/.local/share/proxbox/database.db")));
    assert_eq!(path(&[home, ("XDG_DATA_HOME", "/data")]), Some(PathBuf::from("/data/proxbox/database.db")));
    assert_eq!(path(&[home, ("PROXBOX_DATABASE_PATH", "/x.db")]), Some(PathBuf::from("/x.db")));
    assert_eq!(path(&[]), None);
}
