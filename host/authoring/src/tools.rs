//! Where the tools of other languages are, and how they are run.

use crate::error::BuildError;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, thread};

/// How many of a command's last lines an error carries.
pub(crate) const LAST_LINES: usize = 40;

/// Where to look for the tools that build modules in Python and JavaScript.
#[derive(Clone, Debug, Default)]
pub struct Tools {
    /// A virtual environment that has componentize-py; looked into before the project's `.venv` and the path.
    pub python: Option<PathBuf>,
    /// A folder whose `node_modules` has componentize-js; looked into before the project's own.
    pub node: Option<PathBuf>,
    /// Folders of programs, as in the variable `PATH`.
    pub path: OsString,
}

impl Tools {
    /// What the environment says: `PROXBOX_PYTHON_TOOLS`, `PROXBOX_NODE_TOOLS` and `PATH`.
    pub fn from_env() -> Self {
        let folder = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self {
            python: folder("PROXBOX_PYTHON_TOOLS"),
            node: folder("PROXBOX_NODE_TOOLS"),
            path: env::var_os("PATH").unwrap_or_default(),
        }
    }

    /// A program on the path.
    pub(crate) fn program(&self, name: &str) -> Option<PathBuf> {
        let name = format!("{name}{}", env::consts::EXE_SUFFIX);
        env::split_paths(&self.path).map(|dir| dir.join(&name)).find(|program| program.is_file())
    }
}

/// Runs a command. Its lines on stdout and stderr are given to `progress`; the last ones come back when it fails.
pub(crate) fn run(
    mut command: Command,
    progress: &mut dyn FnMut(&str),
) -> Result<Result<(), Vec<String>>, BuildError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let not_started = |source| BuildError::Start { command: program.clone(), source };
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(not_started)?;
    // Both pipes are emptied side by side, or a chatty tool would wait for ever.
    let stdout = child.stdout.take();
    let reader = thread::spawn(move || lines(stdout).collect::<Vec<_>>());
    let mut last = VecDeque::new();
    for line in lines(child.stderr.take()) {
        progress(&line);
        last.push_back(line);
        if last.len() > LAST_LINES {
            last.pop_front();
        }
    }
    let told = reader.join().unwrap_or_default();
    let status = child.wait().map_err(not_started)?;
    if status.success() {
        return Ok(Ok(()));
    }
    Ok(Err(if last.is_empty() { told } else { last.into() }))
}

fn lines(stream: Option<impl std::io::Read>) -> impl Iterator<Item = String> {
    stream.into_iter().flat_map(|stream| BufReader::new(stream).lines()).map_while(Result::ok)
}
