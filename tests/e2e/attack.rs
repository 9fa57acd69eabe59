//! Guessers at the door: many addresses, many keys, bcrypt at its real cost, and one client with a valid key.

use futures::stream::{FuturesUnordered, StreamExt as _};
use proxbox_tests::Host;
use reqwest::{Client, RequestBuilder};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const ADDRESSES: usize = 50;
const REQUESTS: usize = 10_000;
/// Requests of the guessers under way at a time.
const AT_ONCE: usize = 50;
/// Most that the memory may grow, bytes.
const GROWTH: u64 = 32 * 1024 * 1024;
/// Most that the call in the middle may slow down by. The guessers and this test share the processors with the service, which
/// alone makes a call several times as long.
const SLOWER: u32 = 20;

struct Door {
    client: Client,
    url: String,
    key: String,
}

impl Door {
    fn knock(&self, address: &str, key: &str) -> RequestBuilder {
        let request = self.client.get(&self.url);
        request.header("X-Forwarded-For", address).header("X-Proxbox-API-Key", key)
    }

    /// Calls as the owner of the key until told to stop: when each began, and how long it took.
    async fn valid_calls(&self, goes_on: impl Fn(usize) -> bool) -> Vec<(Instant, Duration)> {
        let mut times = Vec::new();
        while goes_on(times.len()) {
            let started = Instant::now();
            let answer = self.knock("198.51.100.1", &self.key).send().await.unwrap();
            assert_eq!(answer.status(), 200, "call {}", times.len());
            times.push((started, started.elapsed()));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        times
    }

    /// A request with one of many wrong keys, from one of the addresses; the owner of the valid key shares one of those.
    async fn guess(&self, number: usize) -> u16 {
        let address = format!("198.51.100.{}", 1 + number % ADDRESSES);
        let key = format!("guess-{:027}", number / ADDRESSES);
        self.knock(&address, &key).send().await.unwrap().status().as_u16()
    }

    /// How often each status was answered, and when the last key was verified.
    async fn attack(&self) -> (BTreeMap<u16, usize>, Instant) {
        let (mut answers, mut verified) = (BTreeMap::new(), Instant::now());
        let mut heard = |status| {
            *answers.entry(status).or_insert(0) += 1;
            if status == 401 {
                verified = Instant::now();
            }
        };
        let mut under_way = FuturesUnordered::new();
        for number in 0..REQUESTS {
            under_way.push(self.guess(number));
            if under_way.len() == AT_ONCE
                && let Some(status) = under_way.next().await
            {
                heard(status);
            }
        }
        while let Some(status) = under_way.next().await {
            heard(status);
        }
        (answers, verified)
    }
}

/// How long the call in the middle took.
fn median(calls: &[(Instant, Duration)]) -> Duration {
    let mut times: Vec<Duration> = calls.iter().map(|(_, took)| *took).collect();
    times.sort();
    times[times.len() / 2]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[allow(clippy::print_stdout)]
async fn ten_thousand_wrong_keys_neither_lock_out_the_right_one_nor_fill_the_memory() {
    let host = Host::with(vec![
        ("PROXBOX_TRUSTED_PROXIES", "127.0.0.0/8"),
        ("PROXBOX_RATE_LIMIT", "0"),
        // A low ceiling keeps the number of verifications, and with it the length of this test, small.
        ("PROXBOX_AUTH_LOCKOUT_SOURCE_THRESHOLD", "1"),
    ])
    .await;
    let key = String::from_utf8(host.run(&["key", "create"]).stdout).unwrap().trim().to_owned();
    let url = format!("http://127.0.0.1:{}/auth/keys", host.port());
    let door = Door { client: Client::new(), url, key };
    let verification = median(&door.valid_calls(|calls| calls == 0).await);
    let calm = median(&door.valid_calls(|calls| calls < 50).await);
    let before = host.resident();

    let over = AtomicBool::new(false);
    let attack = async {
        let answers = door.attack().await;
        over.store(true, Ordering::SeqCst);
        answers
    };
    let ((answers, verified), mut calls) =
        tokio::join!(attack, door.valid_calls(|_| !over.load(Ordering::SeqCst)));
    // Once every address is locked out, no key is verified, and there is nothing to wait for.
    calls.retain(|(began, _)| *began < verified);
    let under_attack = median(&calls);
    let growth = host.resident().saturating_sub(before);
    println!(
        "answers to guesses {answers:?}; {} valid calls meanwhile, median {under_attack:?}, in peace {calm:?} (ratio {:.1}), \
         the first one {verification:?}; memory {} KiB before, {} KiB more after",
        calls.len(),
        under_attack.as_secs_f64() / calm.as_secs_f64(),
        before / 1024,
        growth / 1024
    );
    assert!(answers.keys().all(|status| matches!(status, 401 | 429 | 503)), "{answers:?}");
    assert!(answers[&429] > REQUESTS / 2, "most are turned away without a look at the key: {answers:?}");
    assert!(growth < GROWTH, "{growth}");
    // Whoever waits for wrong keys waits for whole verifications, and there is always one under way: half of one is more than
    // any delay but that, and less than that on every machine.
    assert!(under_attack < (calm * SLOWER).max(verification / 2), "{under_attack:?}, in peace {calm:?}");
}
