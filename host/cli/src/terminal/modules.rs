//! What the site's modules did in a run: a line for each module and object type.

use proxbox_model::report::ModuleUsage;

/// The lines; nothing of the built-in mappers.
pub(crate) fn usage_lines(used: &[ModuleUsage]) -> Vec<String> {
    let all: f64 = used.iter().map(|usage| usage.seconds).sum();
    used.iter().filter(|usage| !usage.is_built_in()).map(|usage| line(usage, all)).collect()
}

/// `module acme-tenants 1.0.0, virtual-machine: 12 objects (11 kept, 1 failed), 34 % of the mapping time, 2 MiB, 3 restarts`.
fn line(usage: &ModuleUsage, all: f64) -> String {
    let ModuleUsage { module, version, interface, objects, restarts, .. } = usage;
    let called = format!("{module} {version}");
    let outcomes: Vec<String> = [
        (usage.kept, "kept"),
        (usage.skipped, "skipped"),
        (usage.rejected, "rejected"),
        (usage.failed, "failed"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    let share = if all > 0.0 { usage.seconds / all * 100.0 } else { 0.0 };
    let mib = usage.memory_peak as f64 / (1024.0 * 1024.0);
    let again = match restarts {
        0 => String::new(),
        1 => ", 1 restart".to_owned(),
        more => format!(", {more} restarts"),
    };
    let (called, outcomes) = (called.trim_end(), outcomes.join(", "));
    let noun = if *objects == 1 { "object" } else { "objects" };
    format!(
        "module {called}, {interface}: {objects} {noun} ({outcomes}), {share:.0} % of the mapping time, {mib:.1} MiB{again}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_told_in_one_line_and_the_built_in_mappers_not_at_all() {
        let usage = |module: &str, seconds| ModuleUsage {
            module: module.into(),
            version: "1.0.0".into(),
            interface: "virtual-machine".into(),
            objects: 12,
            kept: 10,
            failed: 2,
            seconds,
            memory_peak: 3 * 1024 * 1024,
            restarts: 3,
            ..ModuleUsage::default()
        };
        let lines = usage_lines(&[usage("acme-tenants", 0.25), usage("proxbox-virtual-machine", 0.75)]);
        assert_eq!(
            lines,
            [
                "module acme-tenants 1.0.0, virtual-machine: 12 objects (10 kept, 2 failed), 25 % of the mapping time, \
              3.0 MiB, 3 restarts"
            ]
        );
    }
}
