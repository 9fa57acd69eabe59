//! What one instance of a module lives in: WASI without any effect on the outside, limits on memory and time, and the
//! way to the next mapper.

use crate::abi::Mapper;
use crate::chain::Run;
use crate::failure::{Failure, Stop};
use crate::journal::Journal;
use crate::settings::Limits;
use crate::tail::Tail;
use crate::watch::Watch;
use proxbox_model::draft::Outcome;
use proxbox_model::report::Level;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use wasmtime::ResourceLimiter;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::filesystem::{preopens, types::Descriptor};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddressFamily};
use wasmtime_wasi::p2::bindings::sockets::{network, tcp_create_socket, udp_create_socket};
use wasmtime_wasi::p2::{SocketError, SocketResult, TcpSocket, UdpSocket};
use wasmtime_wasi::sockets::WasiSocketsView;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, ResourceTable, WasiCtx, WasiCtxView, WasiView};

/// Seed of every module's random numbers, so that the same facts give the same drafts.
const SEED: u64 = 0x5052_4f58_424f_5831;

/// The state of one instance.
pub(crate) struct Guest {
    wasi: WasiCtx,
    table: ResourceTable,
    limits: Arc<Limits>,
    module: Arc<str>,
    next: Option<Next>,
    /// Bytes of all linear memories.
    memory: usize,
    /// Clock ticks that may still pass while the module runs.
    ticks: u64,
    tries: Tries,
    /// Stops the module when a host function takes too long.
    pub(crate) watch: Watch,
    pub(crate) last_words: Tail,
    pub(crate) journal: Journal,
}

/// The rest of the chain, as a module sees it.
pub(crate) struct Next {
    pub run: Arc<Run>,
    /// Place of the module that asks.
    pub level: usize,
    /// Facts that it may still pass on.
    pub left: usize,
}

/// What a module tried and may not.
#[derive(Clone, Default)]
struct Tries(Arc<Mutex<Vec<String>>>);

impl Tries {
    /// Most tries that are told of one call.
    const MOST: usize = 5;

    fn note(&self, what: String) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.len() < Self::MOST && !tries.contains(&what) {
            tries.push(what);
        }
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Guest {
    /// A sandbox for a call about so many objects, at a time in seconds since the Unix epoch.
    pub(crate) fn new(
        module: Arc<str>,
        limits: Arc<Limits>,
        objects: usize,
        now: u64,
        next: Option<Next>,
    ) -> Self {
        let tries = Tries::default();
        let last_words = Tail::default();
        let time = limits.call_time(objects);
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        Self {
            wasi: inert_wasi(now, last_words.clone()),
            table,
            module,
            next,
            memory: 0,
            ticks: u64::try_from(time.as_millis().div_ceil(crate::engine::TICK.as_millis()))
                .unwrap_or(u64::MAX),
            tries,
            watch: Watch::new(time),
            last_words,
            journal: Journal::default(),
            limits,
        }
    }

    /// Bytes of all linear memories.
    pub(crate) fn memory(&self) -> usize {
        self.memory
    }

    /// Called at every tick of the clock while the module's code runs.
    pub(crate) fn tick(&mut self) -> Result<(), Stop> {
        self.ticks = self.ticks.checked_sub(1).ok_or_else(|| Stop(self.watch.failure()))?;
        Ok(())
    }

    /// A line for the operator. It is also among the last words, as that is where modules tell why they panic.
    pub(crate) fn log(&mut self, level: Level, message: &str) {
        self.last_words.push(message.as_bytes());
        self.last_words.push(b"\n");
        self.journal.log(&self.limits, &self.module, level, message);
    }

    /// Has facts mapped by the rest of the chain. Its time is not this module's.
    pub(crate) async fn call_next<F: Mapper>(&mut self, facts: Vec<F>) -> Result<Vec<Outcome>, Stop> {
        let Some(next) = &mut self.next else {
            return Err(Stop(Failure::Contract("`describe` called a mapper".to_owned())));
        };
        next.left = next.left.checked_sub(facts.len().max(1)).ok_or(Stop(Failure::Overuse))?;
        let facts: Vec<&F> = facts.iter().collect();
        self.watch.pause();
        let mapped = next.run.map(next.level + 1, &facts, &mut self.journal).await;
        self.watch.resume();
        Ok(mapped.into_iter().map(|fact| fact.outcome).collect())
    }

    /// The journal of the call, with what the module tried in vain.
    pub(crate) fn take_journal(&mut self) -> Journal {
        for what in self.tries.take() {
            self.log(Level::Debug, &format!("tried to {what}, which modules may not"));
        }
        std::mem::take(&mut self.journal)
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl preopens::Host for Guest {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        self.tries.note("use files".to_owned());
        Ok(Vec::new())
    }
}

impl network::Host for Guest {
    fn convert_error_code(&mut self, error: SocketError) -> wasmtime::Result<ErrorCode> {
        self.sockets().convert_error_code(error)
    }

    fn network_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        self.sockets().network_error_code(error)
    }
}

impl network::HostNetwork for Guest {
    fn drop(&mut self, network: Resource<network::Network>) -> wasmtime::Result<()> {
        network::HostNetwork::drop(&mut self.sockets(), network)
    }
}

impl tcp_create_socket::Host for Guest {
    fn create_tcp_socket(&mut self, _: IpAddressFamily) -> SocketResult<Resource<TcpSocket>> {
        self.tries.note("use the network".to_owned());
        Err(ErrorCode::AccessDenied.into())
    }
}

impl udp_create_socket::Host for Guest {
    async fn create_udp_socket(&mut self, _: IpAddressFamily) -> SocketResult<Resource<UdpSocket>> {
        self.tries.note("use the network".to_owned());
        Err(ErrorCode::AccessDenied.into())
    }
}

impl ResourceLimiter for Guest {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_add(desired.saturating_sub(current));
        if total > self.limits.memory {
            return Err(Stop(Failure::Memory { limit: self.limits.memory }).into());
        }
        self.memory = total;
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        if desired > self.limits.table_elements {
            return Err(Stop(Failure::Table { limit: self.limits.table_elements }).into());
        }
        Ok(true)
    }
}

/// No environment, no arguments, no folders, no network; the run's time; the same random numbers every time.
fn inert_wasi(now: u64, output: Tail) -> WasiCtx {
    let mut wasi = WasiCtx::builder();
    wasi.stdout(output.clone())
        .stderr(output)
        .wall_clock(RunClock(now))
        .monotonic_clock(RunClock(now))
        .secure_random(SmallRng::seed_from_u64(SEED))
        .insecure_random(SmallRng::seed_from_u64(SEED))
        .insecure_random_seed(u128::from(SEED))
        .allow_ip_name_lookup(false)
        .allow_tcp(false)
        .allow_udp(false)
        .socket_addr_check(|_, _| Box::pin(async { false }));
    wasi.build()
}

/// A clock that stands still at the run's time, in seconds since the Unix epoch.
struct RunClock(u64);

impl HostWallClock for RunClock {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        Duration::from_secs(self.0)
    }
}

impl HostMonotonicClock for RunClock {
    fn resolution(&self) -> u64 {
        1_000_000_000
    }

    fn now(&self) -> u64 {
        self.0.saturating_mul(1_000_000_000)
    }
}
