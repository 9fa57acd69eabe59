//! Why a call of a module gave no result.

use crate::refusal::both;
use crate::settings::Limits;
use crate::tail::clean;
use proxbox_model::Problem;
use std::time::Duration;
use wasmtime::Trap;
use wasmtime_wasi::{I32Exit, ResourceTableError};

/// What wasmtime says when a module hands more to the host than it may; the error's type is not public.
const HOSTCALL_FUEL: &str = "fuel allocated for hostcalls has been exhausted";

/// What wasmtime says when a module holds more handles than it may.
const HANDLES: &str = "store handle limit exceeded";

/// Why a call of a module gave no result, or no acceptable one. Reads on after "MODULE VERSION ".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("panicked")]
    Panicked,
    #[error("crashed: {0}")]
    Crashed(String),
    #[error("recursed too deeply")]
    StackOverflow,
    #[error("ran longer than {}", seconds(*.limit))]
    TooSlow { limit: Duration },
    #[error("wanted more than {} MiB of memory", .limit / (1024 * 1024))]
    Memory { limit: usize },
    #[error("wanted a table of more than {limit} elements")]
    Table { limit: usize },
    #[error("held too many handles")]
    Handles,
    #[error("returned more than {} KiB", .limit / 1024)]
    Output { limit: usize },
    #[error("returned {got} outcomes for {expected}")]
    Count { expected: usize, got: usize },
    #[error("returned no draft")]
    NoDraft,
    #[error("returned {got} drafts, more than the {limit} that are allowed")]
    Drafts { got: usize, limit: usize },
    #[error("returned {bytes} bytes in `{field}`, more than the {limit} that are allowed")]
    Text { field: String, bytes: usize, limit: usize },
    #[error("ended itself with exit code {0}")]
    Exit(i32),
    #[error("called the next mapper too often")]
    Overuse,
    #[error("broke the contract: {}", clean(.0, 500))]
    Contract(String),
    #[error("did not start: {}", clean(.0, 500))]
    Start(String),
    #[error("was given up, as it failed too often")]
    GivenUp,
    #[error("is not used")]
    Refused(Problem),
}

/// The limiter's and the host's own reasons to stop a module, carried through wasmtime.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Stop(pub Failure);

impl Failure {
    /// From what wasmtime returned.
    pub(crate) fn from_error(error: &wasmtime::Error, output_limit: usize) -> Self {
        if let Some(Stop(failure)) = error.downcast_ref() {
            return failure.clone();
        }
        if let Some(I32Exit(code)) = error.downcast_ref() {
            return Self::Exit(*code);
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::StackOverflow) => Self::StackOverflow,
            Some(Trap::UnreachableCodeReached) => Self::Panicked,
            Some(trap) => Self::Crashed(trap.to_string().trim_start_matches("wasm trap: ").to_owned()),
            None => {
                let cause = error.root_cause().to_string();
                if cause.contains(HOSTCALL_FUEL) {
                    Self::Output { limit: output_limit }
                } else if cause.contains(HANDLES)
                    || matches!(error.downcast_ref(), Some(ResourceTableError::Full))
                {
                    Self::Handles
                } else {
                    Self::Contract(cause)
                }
            }
        }
    }

    /// From what wasmtime returned while it made an instance.
    pub(crate) fn at_start(error: &wasmtime::Error) -> Self {
        match Self::from_error(error, 0) {
            Self::Contract(cause) => Self::Start(cause),
            failure => failure,
        }
    }

    /// Stable code of the problem.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Panicked => "module-panicked",
            Self::Crashed(_) => "module-crashed",
            Self::StackOverflow => "module-stack-overflow",
            Self::TooSlow { .. } => "module-too-slow",
            Self::Memory { .. } => "module-out-of-memory",
            Self::Table { .. } => "module-table-too-big",
            Self::Handles => "module-too-many-handles",
            Self::Output { .. } => "module-output-too-big",
            Self::Count { .. } => "module-wrong-count",
            Self::NoDraft => "module-no-draft",
            Self::Drafts { .. } => "module-too-many-drafts",
            Self::Text { .. } => "module-text-too-long",
            Self::Exit(_) => "module-exited",
            Self::Overuse => "module-calls-too-often",
            Self::Contract(_) => "module-broke-contract",
            Self::Start(_) => "module-does-not-start",
            Self::GivenUp => "module-given-up",
            Self::Refused(_) => "module-refused",
        }
    }

    /// What to try, for whoever runs the module and for whoever wrote it.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::TooSlow { .. } => both(
                "raise `timeout_ms` of the module in transforms.toml if it is right to take this long.",
                "look for a loop without an end.",
            ),
            Self::Memory { .. } => both(
                &format!(
                    "raise `memory_mib` of the module in transforms.toml, up to {}.",
                    Limits::MAX_MEMORY / (1024 * 1024)
                ),
                "keep less at once.",
            ),
            Self::GivenUp => {
                "The other problems of this module say what it failed on. It is tried again in the next run."
                    .to_owned()
            }
            Self::Refused(problem) => {
                problem.hint.clone().unwrap_or_else(|| "See the problems of the module.".to_owned())
            }
            _ => both(
                "tell its author which object it was; `proxbox transform disable` takes the module out until then.",
                self.advice(),
            ),
        }
    }

    /// What the author can do.
    fn advice(&self) -> &'static str {
        match self {
            Self::Panicked | Self::Crashed(_) | Self::Exit(_) => {
                "run `proxbox transform test` with the facts of this object."
            }
            Self::StackOverflow => "look for a recursion without an end.",
            Self::Table { .. } => "load less code at run time.",
            Self::Handles => "drop streams and the like after use.",
            Self::Output { .. } | Self::Drafts { .. } | Self::Text { .. } => {
                "return only what NetBox should hold."
            }
            Self::Count { .. } => "return one outcome for each fact, in order; use `skip` to leave one out.",
            Self::NoDraft => "`keep` needs a draft; use `skip` to leave an object out.",
            Self::Overuse => "call the next mapper once with the whole list.",
            _ => "build again with the current SDK, and run `proxbox transform test`.",
        }
    }

    /// The field at fault, where it is known.
    pub(crate) fn field(&self) -> Option<String> {
        match self {
            Self::Text { field, .. } => Some(field.clone()),
            _ => None,
        }
    }

    /// Whether trying once more costs the whole time limit.
    pub(crate) fn is_slow(&self) -> bool {
        matches!(self, Self::TooSlow { .. })
    }
}

/// A failed call with what the module wrote last.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    pub failure: Failure,
    pub last_words: Vec<String>,
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self { failure, last_words: Vec::new() }
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
