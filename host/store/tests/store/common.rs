//! A store in a temporary folder, and values to put in.

use proxbox_store::{
    AccessSettings, Cipher, NewNetbox, NewProxmox, Rejected, Store, StoreError, StoreSettings,
};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use std::path::PathBuf;
use tempfile::TempDir;

pub const KEY: &str = "lab-key";

pub struct Lab {
    folder: TempDir,
}

impl Lab {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("data/proxbox/database.db")
    }

    pub async fn open_with(&self, cipher: Cipher) -> Result<Store, StoreError> {
        Store::open(&self.path(), cipher, settings()).await
    }

    /// A store that has so many bytes for one report, and for all of them.
    pub async fn open_with_room(&self, report_bytes: u32, all_report_bytes: u32) -> Store {
        let settings = StoreSettings { report_bytes, all_report_bytes, ..settings() };
        Store::open(&self.path(), cipher(KEY), settings).await.unwrap()
    }

    /// The database as SQLite sees it.
    pub async fn raw(&self) -> SqliteConnection {
        std::fs::create_dir_all(self.path().parent().unwrap()).unwrap();
        SqliteConnectOptions::new().filename(self.path()).create_if_missing(true).connect().await.unwrap()
    }

    pub async fn open(&self) -> Store {
        self.open_with(cipher(KEY)).await.unwrap()
    }
}

fn settings() -> StoreSettings {
    let access = AccessSettings { bcrypt_cost: 4, ..AccessSettings::default() };
    StoreSettings { access, kept_runs: 3, ..StoreSettings::default() }
}

pub fn cipher(key: &str) -> Cipher {
    Cipher::from_key(&key.into()).unwrap()
}

pub fn netbox() -> NewNetbox {
    NewNetbox {
        name: "self".into(),
        ip_address: "127.0.0.1".into(),
        domain: "netbox.test".into(),
        port: 8000,
        token_version: "v1".into(),
        token_key: None,
        token: "t0k3n".into(),
        verify_ssl: false,
        enabled: true,
        ca_pem: None,
        fingerprint: None,
        use_https: None,
        base_path: String::new(),
    }
}

pub fn proxmox(name: &str) -> NewProxmox {
    NewProxmox {
        name: name.into(),
        ip_address: "192.0.2.10/24".into(),
        domain: None,
        port: 8006,
        username: "root@pam".into(),
        password: None,
        token_name: Some("t".into()),
        token_value: Some("sekret".into()),
        verify_ssl: false,
        enabled: true,
        ca_pem: None,
        fingerprint: None,
        timeout: None,
        max_retries: None,
        retry_backoff: None,
        access_methods: None,
        allow_packer_template_builds: None,
    }
}

pub fn rejected<T: std::fmt::Debug>(result: Result<T, StoreError>) -> Rejected {
    match result {
        Err(StoreError::Rejected(rejected)) => rejected,
        other => panic!("expected a rejection, got {other:?}"),
    }
}
