//! What a module costs: beside the built-in mapping, and at the start.

use crate::bench::{self, Settings, Workbench};
use crate::case::{Case, Context};
use crate::error::WorkbenchError;
use crate::show::size;
use crate::{identity, standard};
use proxbox_model::report::ModuleUsage;
use proxbox_transform::{Mapped, ModuleSet, Transforms};
use serde::Serialize;
use serde_json::Value as Json;
use std::time::{Duration, Instant};

/// Measurements of each mapping, of which the median counts.
const ROUNDS: usize = 5;

/// What mapping one interface costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// What is mapped.
    pub interface: String,
    /// Objects in one measurement.
    pub objects: usize,
    /// Time of the chain by that of the built-in mapping.
    pub ratio: f64,
    /// Seconds for each object, through the module and the built-in mapper.
    pub chain_seconds: f64,
    /// Seconds for each object, through the built-in mapper alone.
    pub usual_seconds: f64,
    /// The part of the chain's time that is the module's own.
    pub own_share: f64,
    /// Most linear memory that one instance of the module had, in bytes.
    pub memory_peak: u64,
}

/// What a module costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// Name of the module.
    pub module: String,
    /// Its version.
    pub version: String,
    /// One for each interface that it maps.
    pub interfaces: Vec<Row>,
    /// Bytes of the file.
    pub size: u64,
    /// Seconds of the first start, which compiles it.
    pub cold_start_seconds: f64,
    /// Seconds of a start with the compiled module in the cache.
    pub warm_start_seconds: f64,
}

impl Cost {
    /// As a table, ratios first.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{:18} {:>10} {:>12} {:>12} {:>10} {:>12}",
            "", "× built-in", "per object", "built-in", "own share", "memory peak"
        )];
        lines.extend(self.interfaces.iter().map(|row| {
            format!(
                "{:18} {:>10.2} {:>12} {:>12} {:>8.0} % {:>12}",
                row.interface,
                row.ratio,
                time(row.chain_seconds),
                time(row.usual_seconds),
                row.own_share * 100.0,
                size(row.memory_peak)
            )
        }));
        lines.push(format!(
            "size {}, first start {} (compiles), next start {} (from the cache)",
            size(self.size),
            time(self.cold_start_seconds),
            time(self.warm_start_seconds)
        ));
        lines
    }
}

/// A time with three digits that count.
fn time(seconds: f64) -> String {
    match seconds {
        _ if seconds >= 1.0 => format!("{seconds:.2} s"),
        _ if seconds >= 1e-3 => format!("{:.2} ms", seconds * 1e3),
        _ => format!("{:.2} µs", seconds * 1e6),
    }
}

/// Measures with so many objects, made from the module's cases and standard facts, in the cases' settings or else these.
///
/// # Errors
/// When the host refuses the module, a case is of another interface, or there is no room for a cache.
pub async fn cost(
    bench: &Workbench,
    cases: &[Case],
    settings: &Settings,
    objects: usize,
) -> Result<Cost, WorkbenchError> {
    let maps = &bench.info().interfaces;
    let mut rows = Vec::with_capacity(maps.len());
    for interface in maps {
        let mut own = Vec::new();
        for case in cases {
            if case.interface_among(maps)? == *interface {
                own.push(case.clone());
            }
        }
        let chosen = own.first().map_or_else(|| settings.clone(), |case| case.settings.clone());
        own.extend(standard::cases(interface));
        rows.push(row(bench, interface, &own, &chosen, objects.max(1)).await?);
    }
    let (cold, warm) = starts(bench, settings).await?;
    let info = bench.info();
    Ok(Cost {
        module: info.name.clone(),
        version: info.version.clone(),
        interfaces: rows,
        size: u64::try_from(bench.bytes().len()).unwrap_or(u64::MAX),
        cold_start_seconds: cold.as_secs_f64(),
        warm_start_seconds: warm.as_secs_f64(),
    })
}

async fn row(
    bench: &Workbench,
    interface: &str,
    cases: &[Case],
    settings: &Settings,
    objects: usize,
) -> Result<Row, WorkbenchError> {
    let Some(context) = cases.first().map(|case| case.context.clone()) else {
        return Err(WorkbenchError::NoCases { dir: interface.into() });
    };
    let facts = many(interface, cases, &context, objects);
    let set = bench.chain(settings).await?;
    let (chain, mapped) = median(&set, interface, &context, &facts).await?;
    let (usual, _) = median(&bench.usual(), interface, &context, &facts).await?;
    let of_module = |usage: &&ModuleUsage| usage.module == bench.info().name;
    let usage = mapped.usage.iter().find(of_module).cloned().unwrap_or_default();
    let all: f64 = mapped.usage.iter().map(|usage| usage.seconds).sum();
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let each = |time: Duration| time.as_secs_f64() / objects as f64;
    Ok(Row {
        interface: interface.to_owned(),
        objects,
        ratio: ratio(chain.as_secs_f64(), usual.as_secs_f64()),
        chain_seconds: each(chain),
        usual_seconds: each(usual),
        own_share: ratio(usage.seconds, all),
        memory_peak: usage.memory_peak,
    })
}

fn ratio(one: f64, other: f64) -> f64 {
    if other > 0.0 { one / other } else { 0.0 }
}

/// So many facts of different objects, in turn from the cases of one context.
fn many(interface: &str, cases: &[Case], context: &Context, objects: usize) -> Vec<Json> {
    let alike: Vec<&Json> =
        cases.iter().filter(|case| case.context == *context).map(|case| &case.fact).collect();
    let numbered = alike.iter().cycle().take(objects).zip(0_u32..);
    let fact = |(fact, number): (&&Json, u32)| {
        let mut fact = (*fact).clone();
        identity::vary(interface, &mut fact, number);
        fact
    };
    numbered.map(fact).collect()
}

/// The median time of some mappings, after one that warms up, and what the last of them gave.
async fn median(
    set: &ModuleSet,
    interface: &str,
    context: &Context,
    facts: &[Json],
) -> Result<(Duration, Mapped), WorkbenchError> {
    let mut mapped = bench::map(set, interface, context, facts).await?;
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let started = Instant::now();
        mapped = bench::map(set, interface, context, facts).await?;
        times.push(started.elapsed());
    }
    times.sort();
    Ok((times.get(ROUNDS / 2).copied().unwrap_or_default(), mapped))
}

/// The time of a start that compiles the module, and of one that finds it compiled.
async fn starts(bench: &Workbench, settings: &Settings) -> Result<(Duration, Duration), WorkbenchError> {
    let dir = tempfile::tempdir().map_err(WorkbenchError::io("making a folder in", std::env::temp_dir()))?;
    let mut times = [Duration::ZERO; 2];
    for time in &mut times {
        let transforms = Transforms::load(bench::sandbox(Some(dir.path().to_owned()))).await?;
        let candidates = bench::candidates(bench.file(), bench.bytes(), settings, 1);
        let started = Instant::now();
        let _set = transforms.with(candidates).await;
        *time = started.elapsed();
    }
    Ok((times[0], times[1]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn as_many_different_objects_are_made_as_are_wanted() {
        let cases = standard::cases("virtual-machine");
        let facts = many("virtual-machine", &cases, &cases[0].context, 50);
        let vmids: BTreeSet<u64> = facts.iter().map(|fact| fact["vmid"].as_u64().unwrap()).collect();
        assert_eq!(facts.len(), 50);
        assert!(vmids.len() > 40, "{vmids:?}");
    }

    #[test]
    fn the_table_begins_with_the_ratio() {
        let row = Row {
            interface: "virtual-machine".to_owned(),
            objects: 1000,
            ratio: 1.043,
            chain_seconds: 1.21e-5,
            usual_seconds: 1.16e-5,
            own_share: 0.04,
            memory_peak: 1_310_720,
        };
        let cost = Cost {
            module: "acme".to_owned(),
            version: "1.0.0".to_owned(),
            interfaces: vec![row],
            size: 62_000,
            cold_start_seconds: 0.41,
            warm_start_seconds: 0.0031,
        };
        insta::assert_snapshot!(cost.lines().join("\n"), @"
                           × built-in   per object     built-in  own share  memory peak
        virtual-machine          1.04     12.10 µs     11.60 µs        4 %      1.2 MiB
        size 60.5 KiB, first start 410.00 ms (compiles), next start 3.10 ms (from the cache)
        ");
    }
}
