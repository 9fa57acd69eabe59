//! Who may in: keys, the one-time claim, the lockout.

use crate::common::{Lab, rejected};
use proxbox_store::{Access, Rejected, Store};
use secrecy::SecretString;

const SOURCE: &str = "192.0.2.1";

async fn knock(store: &Store, source: &str, key: &str) -> Access {
    store.authenticate(source, Some(&SecretString::from(key))).await.unwrap()
}

async fn with_key(lab: &Lab) -> (Store, String) {
    let store = lab.open().await;
    let key = "0123456789abcdef0123456789abcdef".to_owned();
    store.register_first_key(&key.as_str().into(), "first").await.unwrap();
    (store, key)
}

#[tokio::test]
async fn the_first_key_is_claimed_once_for_ever() {
    let lab = Lab::new();
    let store = lab.open().await;
    assert_eq!(knock(&store, SOURCE, "x").await, Access::NoActiveKey);
    assert!(store.bootstrap().await.unwrap().needed);
    assert_eq!(rejected(store.register_first_key(&"short".into(), "").await), Rejected::KeyTooShort);
    assert_eq!(rejected(store.register_first_key(&"x".repeat(73).into(), "").await), Rejected::KeyTooLong);
    store.register_first_key(&"x".repeat(72).into(), "").await.unwrap();
    assert_eq!(
        rejected(store.register_first_key(&"y".repeat(40).into(), "").await),
        Rejected::AlreadyClaimed
    );

    let key = store.keys().await.unwrap().remove(0).id;
    let made = store.create_key("cli").await.unwrap();
    store.delete_key(key).await.unwrap();
    assert_eq!(rejected(store.delete_key(made.key.id).await), Rejected::LastActiveKey);
    assert_eq!(rejected(store.set_key_active(made.key.id, false).await), Rejected::LastActiveKey);
    assert_eq!(
        rejected(store.register_first_key(&"y".repeat(40).into(), "").await),
        Rejected::AlreadyClaimed
    );
}

#[tokio::test]
async fn a_deactivated_key_opens_nothing_from_that_moment() {
    let lab = Lab::new();
    let (store, key) = with_key(&lab).await;
    let second = store.create_key("").await.unwrap();
    assert_eq!(knock(&store, SOURCE, &key).await, Access::Granted { key: 1 });
    store.set_key_active(1, false).await.unwrap();
    assert_eq!(knock(&store, SOURCE, &key).await, Access::Wrong { remaining: 4 });
    store.set_key_active(1, true).await.unwrap();
    assert_eq!(knock(&store, SOURCE, &key).await, Access::Granted { key: 1 });
    store.delete_key(1).await.unwrap();
    assert!(matches!(knock(&store, SOURCE, &key).await, Access::Wrong { .. }));
    assert_eq!(second.key.label, "");
    assert_eq!(rejected(store.set_key_active(1, true).await), Rejected::KeyNotFound);
}

#[tokio::test]
async fn five_wrong_attempts_lock_that_key_out_and_no_other() {
    let lab = Lab::new();
    let (store, key) = with_key(&lab).await;
    for remaining in [4, 3, 2, 1, 0] {
        assert_eq!(knock(&store, SOURCE, "wrong").await, Access::Wrong { remaining });
    }
    assert!(
        matches!(knock(&store, SOURCE, "wrong").await, Access::Locked { retry_after } if retry_after.as_secs() == 300)
    );
    assert_eq!(knock(&store, SOURCE, &key).await, Access::Granted { key: 1 });
    assert_eq!(knock(&store, "192.0.2.2", "wrong").await, Access::Wrong { remaining: 4 });
}

#[tokio::test]
async fn a_missing_key_is_not_counted() {
    let lab = Lab::new();
    let (store, key) = with_key(&lab).await;
    for _ in 0..60 {
        assert_eq!(store.authenticate(SOURCE, None).await.unwrap(), Access::Missing);
    }
    assert!(store.failed_sources().await.unwrap().is_empty());
    assert_eq!(knock(&store, SOURCE, &key).await, Access::Granted { key: 1 });
}

async fn guess_until_locked(store: &Store) {
    for guess in 0..50 {
        assert!(matches!(knock(store, SOURCE, &format!("guess {guess}")).await, Access::Wrong { .. }));
    }
    assert!(matches!(knock(store, SOURCE, "guess 50").await, Access::Locked { .. }));
}

#[tokio::test]
async fn a_source_that_guesses_is_locked_as_a_whole_but_not_for_valid_keys() {
    let lab = Lab::new();
    let (store, key) = with_key(&lab).await;
    let other = store.create_key("").await.unwrap();
    assert_eq!(knock(&store, SOURCE, &key).await, Access::Granted { key: 1 });
    guess_until_locked(&store).await;
    assert_eq!(knock(&store, SOURCE, &key).await, Access::Granted { key: 1 });
    assert_eq!(
        store.authenticate(SOURCE, Some(&other.raw)).await.unwrap(),
        Access::Granted { key: 2 },
        "a key that was never used before"
    );
    store.close().await;
    let store = lab.open().await;
    assert!(matches!(knock(&store, SOURCE, "guess 50").await, Access::Locked { .. }));
    assert_eq!(knock(&store, SOURCE, &key).await, Access::Granted { key: 1 }, "after a restart");
}

#[tokio::test]
async fn failures_are_listed_and_forgotten_on_demand() {
    let lab = Lab::new();
    let (store, _) = with_key(&lab).await;
    guess_until_locked(&store).await;
    for _ in 0..5 {
        knock(&store, "192.0.2.2", "wrong").await;
    }
    let sources = store.failed_sources().await.unwrap();
    let told: Vec<_> =
        sources.iter().map(|one| (one.source.as_str(), one.attempts, one.locked_credentials)).collect();
    assert_eq!(told, [("192.0.2.2", 5, 1), (SOURCE, 50, 0)]);
    assert_eq!((sources[0].is_locked, sources[1].is_locked), (false, true));

    assert_eq!(store.unlock(Some("192.0.2.2")).await.unwrap(), 1);
    assert_eq!(knock(&store, "192.0.2.2", "wrong").await, Access::Wrong { remaining: 4 });
    assert!(matches!(knock(&store, SOURCE, "guess 51").await, Access::Locked { .. }));
    assert_eq!(store.unlock(None).await.unwrap(), 2);
    assert_eq!(knock(&store, SOURCE, "guess 51").await, Access::Wrong { remaining: 4 });
}

#[tokio::test]
async fn a_key_that_was_refused_is_good_from_the_moment_that_it_is_stored() {
    let lab = Lab::new();
    let (store, _) = with_key(&lab).await;
    let second = store.create_key("").await.unwrap();
    store.set_key_active(2, false).await.unwrap();
    assert!(matches!(store.authenticate(SOURCE, Some(&second.raw)).await.unwrap(), Access::Wrong { .. }));
    // As another process does it.
    lab.open().await.set_key_active(2, true).await.unwrap();
    assert_eq!(store.authenticate(SOURCE, Some(&second.raw)).await.unwrap(), Access::Granted { key: 2 });
}

#[tokio::test]
async fn a_lock_survives_a_restart() {
    let lab = Lab::new();
    let (store, _) = with_key(&lab).await;
    for _ in 0..5 {
        knock(&store, SOURCE, "wrong").await;
    }
    store.close().await;
    assert!(matches!(knock(&lab.open().await, SOURCE, "wrong").await, Access::Locked { .. }));
}

#[tokio::test]
async fn keys_of_any_length_and_bytes_are_just_wrong() {
    let lab = Lab::new();
    let (store, _) = with_key(&lab).await;
    for key in [String::new(), "x".repeat(73), "x".repeat(10_000), "\0".repeat(40), "ü".repeat(40)] {
        assert!(matches!(knock(&store, SOURCE, &key).await, Access::Wrong { .. }), "{} bytes", key.len());
    }
}

#[tokio::test]
async fn made_keys_are_64_url_safe_characters_and_their_number_is_limited() {
    use secrecy::ExposeSecret as _;
    let lab = Lab::new();
    let store = lab.open().await;
    let raw = store.create_key("").await.unwrap().raw;
    let raw = raw.expose_secret();
    assert!(raw.len() == 64 && raw.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    for _ in 1..32 {
        store.create_key("").await.unwrap();
    }
    assert_eq!(rejected(store.create_key("").await), Rejected::TooManyActiveKeys { limit: 32 });
    assert!(!store.bootstrap().await.unwrap().needed, "a key made by hand is a claim too");
}
