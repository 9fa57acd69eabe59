//! The wasmtime engine: which features modules may use, how instances are allocated, and the clock that stops them.

use crate::TransformError;
use crate::settings::Limits;
use std::time::Duration;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

/// Instances that may live at once; every size of the pool follows from it.
pub(crate) const INSTANCES: u32 = 64;

/// How often a running module is interrupted to look at its deadline.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Stack of a fiber beyond the module's own: host functions run on it.
const HOST_STACK: usize = 1024 * 1024;

/// Bytes of an instance that stay resident between two uses of its slot; resetting them is cheaper than faulting
/// them in again.
const KEEP_RESIDENT: usize = 2 * 1024 * 1024;

/// Slots that stay resident while no instance uses them.
const WARM_SLOTS: u32 = 16;

/// An engine with a pool of instances where the address space allows one, else without.
pub(crate) fn build(limits: &Limits) -> Result<Engine, TransformError> {
    let engine = match Engine::new(config(limits).allocation_strategy(pool(limits))) {
        Ok(engine) => engine,
        Err(error) => {
            tracing::info!(%error, "no room for a pool of instances; allocating them one by one");
            Engine::new(&frugal(limits)).map_err(|error| TransformError::Engine(error.to_string()))?
        }
    };
    start_ticker(&engine)?;
    Ok(engine)
}

fn config(limits: &Limits) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .epoch_interruption(true)
        .cranelift_opt_level(OptLevel::Speed)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .max_wasm_stack(limits.stack)
        .async_stack_size(limits.stack + HOST_STACK);
    config
}

/// For a process whose address space is limited: memory as it is needed, at the price of checks in compiled code.
fn frugal(limits: &Limits) -> Config {
    let mut config = config(limits);
    config
        .allocation_strategy(InstanceAllocationStrategy::OnDemand)
        .memory_reservation(0)
        .memory_reservation_for_growth(32 * 1024 * 1024)
        .memory_guard_size(64 * 1024);
    config
}

fn pool(limits: &Limits) -> InstanceAllocationStrategy {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(INSTANCES)
        .total_core_instances(INSTANCES * 32)
        .total_memories(INSTANCES * 2)
        .total_tables(INSTANCES * 4)
        .total_stacks(INSTANCES)
        .max_core_instances_per_component(200)
        .max_memories_per_component(8)
        .max_tables_per_component(32)
        .max_component_instance_size(4 * 1024 * 1024)
        .max_core_instance_size(4 * 1024 * 1024)
        .max_memory_size(Limits::MAX_MEMORY)
        .table_elements(limits.table_elements)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT)
        .max_unused_warm_slots(WARM_SLOTS)
        .pagemap_scan(Enabled::Auto);
    InstanceAllocationStrategy::Pooling(pool)
}

/// A thread that moves the epoch on and ends with the engine.
fn start_ticker(engine: &Engine) -> Result<(), TransformError> {
    let engine = engine.weak();
    std::thread::Builder::new()
        .name("transform-ticker".to_owned())
        .spawn(move || {
            loop {
                std::thread::sleep(TICK);
                match engine.upgrade() {
                    Some(engine) => engine.increment_epoch(),
                    None => break,
                }
            }
        })
        .map(drop)
        .map_err(|error| TransformError::Engine(format!("the clock thread did not start: {error}")))
}
