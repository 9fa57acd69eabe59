//! A compiled module and one call of it.

use crate::abi::{self, Exports, Identity, Interface, Mapper, RawOutcome};
use crate::failure::{Failed, Failure};
use crate::journal::Journal;
use crate::sandbox::{Guest, Next};
use crate::settings::Limits;
use std::sync::Arc;
use std::time::Duration;
use wasmtime::component::{Component, Instance, InstancePre, Linker};
use wasmtime::{Store, UpdateDeadline};

/// A compiled module, ready to be instantiated.
pub(crate) struct Module {
    pre: InstancePre<Guest>,
    exports: Exports,
    limits: Arc<Limits>,
}

/// What a call took.
#[derive(Clone, Copy, Default)]
pub(crate) struct Spent {
    /// Without the time of the next mappers.
    pub time: Duration,
    /// Bytes of linear memory.
    pub memory: usize,
}

/// What a call that succeeded gave.
pub(crate) struct Called {
    pub outcomes: Vec<RawOutcome>,
    pub journal: Journal,
}

impl Module {
    /// Links a compiled component and looks its exports up.
    pub(crate) fn new(
        linker: &Linker<Guest>,
        component: &Component,
        interfaces: &[Interface],
        limits: Arc<Limits>,
    ) -> wasmtime::Result<Self> {
        let pre = linker.instantiate_pre(component)?;
        let exports = Exports::find(&pre, interfaces)?;
        Ok(Self { pre, exports, limits })
    }

    pub(crate) fn limits(&self) -> &Arc<Limits> {
        &self.limits
    }

    /// Asks the module who it is, and checks that its exports are those of the contract.
    pub(crate) async fn describe(&self, name: &Arc<str>) -> Result<Option<Identity>, Failed> {
        let guest = Guest::new(Arc::clone(name), Arc::clone(&self.limits), 0, 0, None);
        self.run(guest, 0, async |store, instance| {
            self.exports.check(store, instance)?;
            abi::describe(&self.exports, store, instance).await
        })
        .await
        .0
        .map(|(identity, _)| identity)
    }

    /// Maps facts in an instance of their own.
    pub(crate) async fn call<F: Mapper>(
        &self,
        name: &Arc<str>,
        context: &abi::Context,
        facts: &[&F],
        next: Next,
    ) -> (Result<Called, Failed>, Spent) {
        let now = context.source.now;
        let guest = Guest::new(Arc::clone(name), Arc::clone(&self.limits), facts.len(), now, Some(next));
        let call = async |store: &mut Store<Guest>, instance: &Instance| {
            F::call(&self.exports, store, instance, context, facts).await
        };
        let (result, spent) = self.run(guest, facts.len(), call).await;
        let called = result.and_then(|(outcomes, mut guest)| {
            if outcomes.len() == facts.len() {
                return Ok(Called { outcomes, journal: guest.take_journal() });
            }
            let failure = Failure::Count { expected: facts.len(), got: outcomes.len() };
            Err(Failed { failure, last_words: guest.last_words.lines() })
        });
        (called, spent)
    }

    /// Runs something in a fresh instance, within its limits.
    async fn run<R>(
        &self,
        guest: Guest,
        objects: usize,
        call: impl AsyncFnOnce(&mut Store<Guest>, &Instance) -> wasmtime::Result<R>,
    ) -> (Result<(R, Guest), Failed>, Spent) {
        let output = self.limits.call_output(objects);
        let watch = guest.watch.clone();
        let last_words = guest.last_words.clone();
        let mut store = Store::new(self.pre.engine(), guest);
        store.limiter(|guest| guest);
        store.set_hostcall_fuel(output);
        store.set_max_component_handles(self.limits.handles);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|mut store| {
            store.data_mut().tick()?;
            Ok(UpdateDeadline::Yield(1))
        });
        let result = tokio::select! {
            biased;
            result = async {
                let instance = self.pre.instantiate_async(&mut store).await.map_err(|error| Failure::at_start(&error))?;
                call(&mut store, &instance).await.map_err(|error| Failure::from_error(&error, output))
            } => result,
            () = watch.expired() => Err(watch.failure()),
        };
        let spent = Spent { time: watch.spent(), memory: store.data().memory() };
        let result = match result {
            Ok(value) => Ok((value, store.into_data())),
            Err(failure) => Err(Failed { failure, last_words: last_words.lines() }),
        };
        (result, spent)
    }
}
