//! What the commands for authors share: opening a module, settings, patience and colour.

use crate::error::CliError;
use crate::terminal;
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use proxbox_workbench::report::{Line, Tone};
use proxbox_workbench::{Settings, Workbench};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

/// Loads a module. One that the host does not use for another reason than its settings is an error.
pub(crate) async fn open(
    module: &Path,
    settings: &Settings,
    cache: Option<PathBuf>,
) -> Result<Workbench, CliError> {
    let bench = open_any(module, settings, cache).await?;
    match &bench.info().problem {
        Some(problem) if problem.code != "module-settings" => {
            Err(proxbox_workbench::WorkbenchError::refused(problem).into())
        }
        _ => Ok(bench),
    }
}

/// Loads a module, usable or not.
pub(crate) async fn open_any(
    module: &Path,
    settings: &Settings,
    cache: Option<PathBuf>,
) -> Result<Workbench, CliError> {
    let what = format!("compiling {}, which the next start finds compiled", module.display());
    Ok(patiently(&what, Workbench::open(module, settings, cache)).await?)
}

/// Waits, and says for what when it takes longer than a moment.
pub(crate) async fn patiently<T>(what: &str, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    tokio::select! {
        done = &mut work => return done,
        () = tokio::time::sleep(Duration::from_secs(1)) => {}
    }
    if !std::io::stderr().is_terminal() {
        terminal::say(&format!("{what} …"));
        return work.await;
    }
    let spinner = ProgressBar::new_spinner().with_message(format!("{what} …"));
    let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
    spinner.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    spinner.enable_steady_tick(Duration::from_millis(120));
    let done = work.await;
    spinner.finish_and_clear();
    done
}

/// Settings as an argument: a JSON object, or `@` and the name of a file with one.
pub(crate) fn settings(text: &str) -> Result<Settings, String> {
    let json = match text.strip_prefix('@') {
        Some(file) => {
            std::fs::read_to_string(file).map_err(|error| format!("cannot read {file}: {error}"))?
        }
        None => text.to_owned(),
    };
    serde_json::from_str(&json).map_err(|error| format!("not a JSON object: {error}"))
}

/// Prints what was found, in colour where that is wanted.
pub(crate) fn print(lines: &[Line]) -> Result<(), CliError> {
    let colour =
        std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
    lines.iter().try_for_each(|line| terminal::data(&if colour { painted(line) } else { line.text.clone() }))
}

fn painted(line: &Line) -> String {
    let style = match line.tone {
        Tone::Good => AnsiColor::Green.on_default(),
        Tone::Bad => AnsiColor::Red.on_default().bold(),
        Tone::Odd => AnsiColor::Yellow.on_default(),
        Tone::Heading => Style::new().bold(),
        Tone::Faint => Style::new().dimmed(),
        Tone::Plain => return line.text.clone(),
    };
    format!("{style}{}{style:#}", line.text)
}

/// A heading.
pub(crate) fn heading(text: impl Into<String>) -> Line {
    Line { tone: Tone::Heading, text: text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_an_object_or_a_file_with_one() {
        assert_eq!(settings(r#"{"a": 1}"#).unwrap().len(), 1);
        assert!(settings("[1]").unwrap_err().starts_with("not a JSON object"));
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), r#"{"a": 1, "b": 2}"#).unwrap();
        assert_eq!(settings(&format!("@{}", file.path().display())).unwrap().len(), 2);
        assert!(settings("@/nowhere/settings.json").unwrap_err().starts_with("cannot read"));
    }

    #[test]
    fn only_what_means_something_is_painted() {
        let line = |tone| painted(&Line { tone, text: "x".to_owned() });
        assert_eq!(line(Tone::Plain), "x");
        assert_eq!(line(Tone::Good), "\u{1b}[32mx\u{1b}[0m");
    }
}
