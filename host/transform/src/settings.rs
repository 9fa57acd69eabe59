//! What the sandbox allows, in one table.

use proxbox_modules::Entry;
use std::path::PathBuf;
use std::time::Duration;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Where modules come from and what they may use.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder of the site's modules, as [`proxbox_modules`] describes it. None, or a folder that is not there: built-in
    /// mappers only.
    pub dir: Option<PathBuf>,
    /// Folder to take the built-in mappers from (`cluster.wasm` and so on) in place of those that are part of the program.
    /// For trying freshly built ones.
    pub built_in_dir: Option<PathBuf>,
    /// Folder for compiled modules, made with mode 0700 and written by the host alone. None compiles in memory.
    pub cache_dir: Option<PathBuf>,
    /// What one module may use.
    pub limits: Limits,
    /// Objects in one call of a module.
    pub batch_size: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { dir: None, built_in_dir: None, cache_dir: None, limits: Limits::default(), batch_size: 100 }
    }
}

/// What one module may use. Every number scales with the objects of a call where that makes sense, so that the batch
/// size never decides whether a module fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of linear memory of one instance, all its memories together. High enough for a Python interpreter;
    /// `memory_mib` of a module sets its own, up to [`Limits::MAX_MEMORY`].
    pub memory: usize,
    /// Elements of one table.
    pub table_elements: usize,
    /// Handles to things of the host, such as streams, that one instance may hold.
    pub handles: usize,
    /// Bytes of stack for the module's code. The same for every module.
    pub stack: usize,
    /// Time of one call, without the time that the next mappers of the chain take. `timeout_ms` of a module sets its
    /// own.
    pub time: Duration,
    /// Added to `time` for each object of the call.
    pub time_per_object: Duration,
    /// Drafts for one object.
    pub drafts: usize,
    /// Bytes of one text: a field's value, a reason, a message.
    pub text: usize,
    /// Bytes that one call may hand to the host.
    pub output: usize,
    /// Added to `output` for each object of the call.
    pub output_per_object: usize,
    /// Log lines kept of one mapping of a list of objects; the rest is counted.
    pub log_lines: usize,
    /// Bytes of one log line.
    pub log_line: usize,
    /// Time that finding the guilty objects may take for one module, in one mapping of a list of objects. After
    /// that the module is given up for the rest of the list.
    pub blame_time: Duration,
    /// Objects that run into the time limit until the module is given up for the rest of the list.
    pub blame_slow: usize,
    /// Objects that fail, when none has been mapped, until the module is given up for the rest of the list.
    pub blame_all: usize,
    /// Bytes of a module's file.
    pub file: u64,
}

impl Limits {
    /// The most that `memory` can be, in bytes.
    pub const MAX_MEMORY: usize = proxbox_modules::MAX_MEMORY_MIB * MIB;

    /// These, with what an entry says for itself.
    pub(crate) fn of(&self, entry: &Entry) -> Self {
        let mut limits = self.clone();
        if let Some(mib) = entry.memory_mib {
            limits.memory = mib.saturating_mul(MIB);
        }
        if let Some(ms) = entry.timeout_ms {
            limits.time = Duration::from_millis(ms);
        }
        limits
    }

    /// The time of a call about so many objects.
    pub(crate) fn call_time(&self, objects: usize) -> Duration {
        self.time
            .saturating_add(self.time_per_object.saturating_mul(u32::try_from(objects).unwrap_or(u32::MAX)))
    }

    /// The bytes that a call about so many objects may hand to the host.
    pub(crate) fn call_output(&self, objects: usize) -> usize {
        self.output.saturating_add(self.output_per_object.saturating_mul(objects))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 256 * MIB,
            table_elements: 100_000,
            handles: 1000,
            stack: MIB,
            time: Duration::from_secs(1),
            time_per_object: Duration::from_millis(10),
            drafts: 64,
            text: 256 * KIB,
            output: MIB,
            output_per_object: 128 * KIB,
            log_lines: 200,
            log_line: KIB,
            blame_time: Duration::from_secs(10),
            blame_slow: 3,
            blame_all: 16,
            file: 64 * MIB as u64,
        }
    }
}
