//! What modules did and logged, summed up.

use proxbox_model::report::{Level, LogLine, ModuleUsage};
use std::collections::BTreeMap;

/// Log lines of modules that a run keeps.
const KEPT_LINES: usize = 500;

/// What modules did, by name, version and interface.
#[derive(Debug, Default)]
pub(crate) struct Usage(BTreeMap<(String, String, String), ModuleUsage>);

impl Usage {
    pub(crate) fn add<'a>(&mut self, done: impl IntoIterator<Item = &'a ModuleUsage>) {
        for usage in done {
            let key = (usage.module.clone(), usage.version.clone(), usage.interface.clone());
            match self.0.get_mut(&key) {
                Some(sum) => sum.add(usage),
                None => {
                    self.0.insert(key, usage.clone());
                }
            }
        }
    }

    /// One for each module, version and interface.
    pub(crate) fn all(&self) -> Vec<ModuleUsage> {
        self.0.values().cloned().collect()
    }
}

/// What modules logged, as far as it is kept.
#[derive(Debug, Default)]
pub(crate) struct ModuleLog {
    lines: Vec<LogLine>,
    dropped: usize,
}

impl ModuleLog {
    pub(crate) fn add(&mut self, lines: Vec<LogLine>) {
        let room = KEPT_LINES.saturating_sub(self.lines.len());
        self.dropped += lines.len().saturating_sub(room);
        self.lines.extend(lines.into_iter().take(room));
    }

    /// The lines, and one about those that are not kept.
    pub(crate) fn take(&mut self) -> Vec<LogLine> {
        let mut lines = std::mem::take(&mut self.lines);
        if self.dropped > 0 {
            let message = format!("{} more lines of modules were not kept", self.dropped);
            lines.push(LogLine { module: "proxbox".to_owned(), level: Level::Warn, message });
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: usize) -> LogLine {
        LogLine { module: "acme 1.0.0".into(), level: Level::Info, message: format!("line {number}") }
    }

    #[test]
    fn usage_is_summed_for_each_module_and_interface() {
        let of = |interface: &str, objects| ModuleUsage {
            module: "acme".into(),
            version: "1.0.0".into(),
            interface: interface.into(),
            objects,
            memory_peak: objects * 10,
            ..ModuleUsage::default()
        };
        let mut usage = Usage::default();
        usage.add(&[of("node", 2), of("cluster", 1)]);
        usage.add(&[of("node", 1)]);
        let sums: Vec<_> =
            usage.all().into_iter().map(|sum| (sum.interface, sum.objects, sum.memory_peak)).collect();
        assert_eq!(sums, [("cluster".to_owned(), 1, 10), ("node".to_owned(), 3, 20)]);
    }

    #[test]
    fn a_talkative_module_is_cut_and_that_is_said() {
        let mut log = ModuleLog::default();
        log.add((0..KEPT_LINES - 1).map(line).collect());
        log.add((0..3).map(line).collect());
        let kept = log.take();
        assert_eq!(kept.len(), KEPT_LINES + 1);
        assert_eq!(kept.last().unwrap().message, "2 more lines of modules were not kept");
    }
}
