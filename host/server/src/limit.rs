//! A sliding window of a minute for every client.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

pub(crate) const WINDOW: Duration = Duration::from_secs(60);
/// Clients are looked through for idle ones when this many more are known.
const SWEEP_EVERY: usize = 1024;
/// Clients that are known at a time. Beyond it, which takes a flood, some are forgotten and begin anew.
const MOST_CLIENTS: usize = 32_768;

pub(crate) struct RateLimit {
    limit: usize,
    clients: Mutex<Clients>,
}

#[derive(Default)]
struct Clients {
    seen: HashMap<IpAddr, VecDeque<Instant>>,
    sweep_at: usize,
}

impl RateLimit {
    pub(crate) fn new(limit: u32) -> Self {
        Self { limit: limit as usize, clients: Mutex::default() }
    }

    /// Counts one more request, or says after what time there is room for it. A request that is turned away does not count.
    pub(crate) fn admit(&self, client: IpAddr, now: Instant) -> Result<(), Duration> {
        if self.limit == 0 {
            return Ok(());
        }
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.sweep(now);
        let requests = clients.seen.entry(client).or_default();
        while requests.front().is_some_and(|first| now.duration_since(*first) >= WINDOW) {
            requests.pop_front();
        }
        match requests.front() {
            Some(first) if requests.len() >= self.limit => Err(WINDOW - now.duration_since(*first)),
            _ => {
                requests.push_back(now);
                Ok(())
            }
        }
    }
}

impl Clients {
    fn sweep(&mut self, now: Instant) {
        if self.seen.len() < self.sweep_at {
            return;
        }
        self.seen
            .retain(|_, requests| requests.back().is_some_and(|last| now.duration_since(*last) < WINDOW));
        if self.seen.len() > MOST_CLIENTS {
            let spare = self.seen.len() - MOST_CLIENTS;
            let forgotten: Vec<IpAddr> = self.seen.keys().take(spare).copied().collect();
            forgotten.iter().for_each(|client| _ = self.seen.remove(client));
        }
        self.sweep_at = self.seen.len() + SWEEP_EVERY;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_slides_and_rejected_requests_do_not_extend_it() {
        let limit = RateLimit::new(2);
        let (client, start) = (IpAddr::from([192, 0, 2, 1]), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(limit.admit(client, at(0)).is_ok() && limit.admit(client, at(30)).is_ok());
        assert_eq!(limit.admit(client, at(59)), Err(Duration::from_secs(1)));
        assert!(limit.admit(client, at(60)).is_ok());
        assert_eq!(limit.admit(client, at(75)), Err(Duration::from_secs(15)));
        assert!(limit.admit(client, at(90)).is_ok());
        assert!(limit.admit(IpAddr::from([192, 0, 2, 2]), at(59)).is_ok());
    }

    #[test]
    fn zero_means_no_limit_and_idle_clients_are_forgotten() {
        let (start, open) = (Instant::now(), RateLimit::new(0));
        assert!((0..1000).all(|_| open.admit(IpAddr::from([192, 0, 2, 1]), start).is_ok()));
        let limit = RateLimit::new(5);
        for client in 0..3000_u32 {
            limit.admit(IpAddr::from(client.to_be_bytes()), start + WINDOW * client).unwrap();
        }
        assert!(limit.clients.lock().unwrap().seen.len() <= SWEEP_EVERY + 1);
    }

    #[test]
    fn a_flood_of_addresses_does_not_fill_the_memory() {
        let (limit, now) = (RateLimit::new(5), Instant::now());
        for client in 0..100_000_u32 {
            limit.admit(IpAddr::from(client.to_be_bytes()), now).unwrap();
        }
        assert!(limit.clients.lock().unwrap().seen.len() <= MOST_CLIENTS + SWEEP_EVERY);
    }
}
