//! Console transcripts of documents, executed.
//!
//! A fenced block ```` ```console ```` holds commands and what they print:
//!
//! ```text
//! $ proxbox transform inspect pool-roles.wasm
//! module     pool-roles …
//! …
//! wraps      virtual-machine
//! ```
//!
//! - A line after `$ ` is a command; lines after `> ` go on with it.
//! - The lines below must be among what the command prints on stdout and stderr, in that order. `…` stands for any text
//!   within a line, and a line `…` for lines that are not shown.
//! - A command must succeed, unless a line below begins with `error` or `refused`: then it must fail.
//! - A word after `console` names the group of the block; blocks of one group are one session.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Stands for any text.
const ANY: char = '…';

/// A command of a document and what it prints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Line of the document, from 1.
    pub line: usize,
    /// As typed.
    pub command: String,
    /// What its output must hold, in order.
    pub expected: Vec<String>,
}

/// A fenced block of a document.
struct Block<'a> {
    /// What is after the opening fence.
    info: &'a str,
    /// With the number of each line in the document, from 1.
    lines: Vec<(usize, &'a str)>,
}

fn blocks(markdown: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    // How far the block that is open is indented, as in a list.
    let mut open: Option<usize> = None;
    for (number, line) in (1..).zip(markdown.lines()) {
        let bare = line.trim_start();
        match (bare.strip_prefix("```"), open) {
            (Some(_), Some(_)) => open = None,
            (Some(info), None) => {
                open = Some(line.len() - bare.len());
                blocks.push(Block { info: info.trim(), lines: Vec::new() });
            }
            (None, Some(indent)) => {
                let block = blocks.last_mut().expect("the open one");
                block.lines.push((number, line.get(indent..).unwrap_or(bare)));
            }
            (None, None) => {}
        }
    }
    blocks
}

/// The steps of one group of a document; those without a word after `console` are the group of the empty name.
pub fn steps(markdown: &str, group: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for block in blocks(markdown).iter().filter(|block| group_of(block.info) == Some(group)) {
        block.lines.iter().for_each(|(number, line)| read(&mut steps, *number, line));
    }
    steps
}

/// The texts of a document's blocks in a language, as its fences name it: `toml`.
pub fn texts(markdown: &str, language: &str) -> Vec<String> {
    let meant = blocks(markdown).into_iter().filter(|block| block.info == language);
    meant.map(|block| block.lines.iter().map(|(_, line)| format!("{line}\n")).collect()).collect()
}

/// Every group that a document's transcripts are in.
pub fn groups(markdown: &str) -> BTreeSet<String> {
    blocks(markdown).iter().filter_map(|block| group_of(block.info)).map(str::to_owned).collect()
}

/// The group of a fenced block; none when it is no transcript.
fn group_of(info: &str) -> Option<&str> {
    let mut words = info.split_whitespace();
    (words.next() == Some("console")).then(|| words.next().unwrap_or_default())
}

fn read(steps: &mut Vec<Step>, number: usize, line: &str) {
    if let Some(command) = line.strip_prefix("$ ") {
        steps.push(Step { line: number, command: command.to_owned(), expected: Vec::new() });
        return;
    }
    let step = steps.last_mut().unwrap_or_else(|| panic!("line {number} is output of no command: {line}"));
    match line.strip_prefix('>').filter(|_| step.expected.is_empty()) {
        Some(more) => {
            step.command.push('\n');
            step.command.push_str(more.strip_prefix(' ').unwrap_or(more));
        }
        None => step.expected.push(line.trim_end().to_owned()),
    }
}

impl Step {
    /// Whether the document shows that the command fails.
    fn fails(&self) -> bool {
        self.expected.iter().any(|line| line.starts_with("error") || line.starts_with("refused"))
    }

    /// The first line that the output lacks.
    fn missing(&self, output: &str) -> Option<&str> {
        let mut printed = output.lines();
        let mut wanted =
            self.expected.iter().filter(|line| !line.is_empty() && line.trim() != ANY.to_string());
        wanted.find(|line| !printed.any(|printed| matches(line, printed.trim_end()))).map(String::as_str)
    }
}

/// Whether a line is as it is shown.
fn matches(shown: &str, printed: &str) -> bool {
    let mut parts = shown.split(ANY);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = printed.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(place) = rest.find(part) else { return false };
        rest = &rest[place + part.len()..];
    }
    rest.ends_with(last)
}

/// Runs commands one after another, with a working folder that they may change.
pub struct Shell {
    folder: PathBuf,
    environment: Vec<(String, OsString)>,
}

impl Shell {
    /// Begins in that folder, with these variables and no others.
    pub fn new(folder: impl Into<PathBuf>, environment: Vec<(String, OsString)>) -> Self {
        Self { folder: folder.into(), environment }
    }

    /// What a command prints, and whether it succeeds.
    pub fn run(&mut self, command: &str) -> (String, bool) {
        // The folder in which the command ended is told on another way than its output.
        let note = tempfile::NamedTempFile::new().expect("a file");
        let script = format!("exec 2>&1\ntrap 'pwd > \"$TRANSCRIPT_FOLDER\"' EXIT\n{command}\n");
        let mut bash = Command::new("bash");
        bash.arg("-c").arg(script).current_dir(&self.folder).stdin(Stdio::null());
        bash.env_clear().envs(self.environment.iter().cloned()).env("TRANSCRIPT_FOLDER", note.path());
        let output = bash.output().expect("bash can be started");
        let folder = fs::read_to_string(note.path()).expect("the folder is told");
        self.folder = PathBuf::from(folder.trim_end());
        (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.success())
    }

    /// Runs a step of a document. What is not as the document says is told with everything that was printed.
    ///
    /// # Errors
    /// When the command ends otherwise than shown, or does not print what is shown.
    pub fn follow(&mut self, document: &str, step: &Step) -> Result<(), String> {
        let (output, succeeded) = self.run(&step.command);
        let fault = match (step.missing(&output), succeeded == step.fails()) {
            (Some(line), _) => format!("this line did not come: {line}"),
            (None, true) if succeeded => "it succeeded, and the document shows an error".to_owned(),
            (None, true) => "it failed".to_owned(),
            (None, false) => return Ok(()),
        };
        let mut told = format!("{document}:{}: {fault}\n$ {}\n", step.line, step.command);
        let _ = write!(told, "--- shown\n{}\n--- printed\n{output}", step.expected.join("\n"));
        Err(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r"# A page
```console
$ echo one && \
> echo two
one
…
```
```toml
$ no = 1
```
  ```console rust
  $ cargo build
    done
  ```
";

    fn step(command: &str, expected: &[&str]) -> Step {
        let expected = expected.iter().map(|line| (*line).to_owned()).collect();
        Step { line: 1, command: command.to_owned(), expected }
    }

    fn follow(step: &Step) -> Result<(), String> {
        let path = std::env::var_os("PATH").unwrap();
        Shell::new("/", vec![("PATH".to_owned(), path)]).follow("page.md", step)
    }

    #[test]
    fn commands_and_their_output_are_read_by_group() {
        let found = steps(DOCUMENT, "");
        assert_eq!(found, [Step { line: 3, ..step("echo one && \\\necho two", &["one", "…"]) }]);
        assert_eq!(steps(DOCUMENT, "rust"), [Step { line: 12, ..step("cargo build", &["  done"]) }]);
    }

    #[test]
    fn other_blocks_are_texts() {
        assert_eq!(texts(DOCUMENT, "toml"), ["$ no = 1\n"]);
        assert_eq!(groups(DOCUMENT), ["".to_owned(), "rust".to_owned()].into());
    }

    #[test]
    fn three_dots_stand_for_any_text_of_a_line() {
        for (shown, printed, fits) in [
            ("a.wasm (… bytes)", "a.wasm (229867 bytes)", true),
            ("a.wasm (… bytes)", "a.wasm (229867 bytes) and more", false),
            ("sha256  …", "sha256  1a2b", true),
            ("… of …: …", "3 of 4: ok", true),
            ("ok", "ok, nearly", false),
            ("…aba", "ab", false),
        ] {
            assert_eq!(matches(shown, printed), fits, "{shown} and {printed}");
        }
    }

    #[test]
    fn lines_must_come_in_the_order_that_is_shown() {
        follow(&step("printf 'a\\nb\\nc\\n'", &["a", "…", "c"])).unwrap();
        let fault = follow(&step("printf 'a\\nb\\n'", &["b", "a"])).unwrap_err();
        assert!(fault.contains("page.md:1: this line did not come: a"), "{fault}");
        assert!(fault.contains("--- printed\na\nb\n"), "{fault}");
    }

    #[test]
    fn a_command_must_end_as_it_is_shown() {
        follow(&step("echo 'error: no' >&2; false", &["error: no"])).unwrap();
        assert!(follow(&step("false", &[])).unwrap_err().contains("it failed"));
        assert!(follow(&step("echo error: no", &["error: no"])).unwrap_err().contains("it succeeded"));
    }

    #[test]
    fn the_folder_is_carried_on_and_variables_are_not() {
        let path = std::env::var_os("PATH").unwrap();
        let mut shell = Shell::new("/", vec![("PATH".to_owned(), path)]);
        shell.run("cd /usr && X=1");
        assert_eq!(shell.run("pwd; echo ${X-none}${HOME-nowhere}"), ("/usr\nnonenowhere\n".to_owned(), true));
    }
}
