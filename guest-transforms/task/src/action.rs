//! What a task does, in a word for people.

/// The first that a type names counts: `vzrestart` starts.
const ACTIONS: [&str; 17] = [
    "start", "shutdown", "reboot", "stop", "pause", "resume", "suspend", "delete", "create", "clone", "move",
    "backup", "restore", "snapshot", "rollback", "migrate", "convert",
];

/// The first action that the type of the task names, else the type itself, with a capital letter.
pub(crate) fn of(kind: &str) -> String {
    let kind = kind.trim();
    let known = ACTIONS.iter().find(|action| kind.to_ascii_lowercase().contains(*action));
    capitalised(known.copied().unwrap_or(if kind.is_empty() { "task" } else { kind }))
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters).collect()
}
