//! What a client may ask for.

use proxbox_model::report::Stage;
use serde::Deserialize;

/// Bytes of a command.
const MAX_COMMAND: usize = 4096;
/// Characters of an unknown command that are repeated.
const MAX_ECHO: usize = 100;

/// A sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    FullUpdate,
    Nodes,
    VirtualMachines,
}

impl Command {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "Full Update" | "Full Update Sync" => Some(Self::FullUpdate),
            "Sync Nodes" => Some(Self::Nodes),
            "Sync Virtual Machines" => Some(Self::VirtualMachines),
            _ => None,
        }
    }

    /// What runs; nothing named means every stage.
    pub(super) fn stages(self) -> &'static [Stage] {
        match self {
            Self::FullUpdate => &[],
            Self::Nodes => &[Stage::Devices],
            Self::VirtualMachines => {
                &[Stage::VirtualMachines, Stage::VirtualDisks, Stage::VmInterfaces, Stage::IpAddresses]
            }
        }
    }

    /// The object whose end is the end of the command.
    pub(super) fn object(self) -> &'static str {
        match self {
            Self::FullUpdate => "full-update",
            Self::Nodes => "device",
            Self::VirtualMachines => "virtual_machine",
        }
    }

    /// What its errors are about.
    pub(super) fn phase(self) -> &'static str {
        match self {
            Self::FullUpdate => "full-update",
            Self::Nodes => "devices",
            Self::VirtualMachines => "virtual-machines",
        }
    }
}

/// What a text frame means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// A sync, and the id by which the client wants to know its frames.
    Run(Command, Option<String>),
    /// Text that is no command, as far as it is repeated.
    Unknown(String),
    /// JSON that is no command, or too much of anything.
    Malformed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonCommand {
    command: String,
    run_id: String,
}

/// Understands a text frame.
pub(super) fn parse(text: &str) -> Asked {
    let text = text.trim();
    if text.len() > MAX_COMMAND {
        return Asked::Malformed;
    }
    if text.starts_with(['{', '[']) {
        return json(text).unwrap_or(Asked::Malformed);
    }
    match Command::parse(text) {
        Some(command) => Asked::Run(command, None),
        None => Asked::Unknown(text.chars().take(MAX_ECHO).collect()),
    }
}

fn json(text: &str) -> Option<Asked> {
    // A struct can be read from a list, too.
    let object = Some(text).filter(|text| text.starts_with('{'))?;
    let asked: JsonCommand = serde_json::from_str(object).ok()?;
    let is_id = (8..=64).contains(&asked.run_id.len())
        && asked.run_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let command = Command::parse(&asked.command).filter(|_| is_id)?;
    Some(Asked::Run(command, Some(asked.run_id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_texts() {
        for (text, command) in [
            ("Full Update", Command::FullUpdate),
            ("Full Update Sync", Command::FullUpdate),
            ("Sync Nodes\n", Command::Nodes),
            ("Sync Virtual Machines", Command::VirtualMachines),
        ] {
            assert_eq!(parse(text), Asked::Run(command, None));
        }
        assert_eq!(parse("sync nodes"), Asked::Unknown("sync nodes".to_owned()));
        assert_eq!(parse(&"ü".repeat(200)), Asked::Unknown("ü".repeat(MAX_ECHO)));
        assert_eq!(parse(&"x".repeat(5000)), Asked::Malformed);
    }

    #[test]
    fn json_commands_have_two_members_and_nothing_else() {
        let run = |id: &str| Asked::Run(Command::FullUpdate, Some(id.to_owned()));
        let command = |id: &str| parse(&format!(r#"{{"command": "Full Update", "run_id": "{id}"}}"#));
        assert_eq!(command("abc_DEF-1"), run("abc_DEF-1"));
        assert_eq!(command(&"x".repeat(64)), run(&"x".repeat(64)));
        for id in ["", "short", &"x".repeat(65), "abcdefg!", "äbcdefgh"] {
            assert_eq!(command(id), Asked::Malformed, "{id}");
        }
        for text in [
            "{",
            "{}",
            "[]",
            r#"["Full Update", "abcdefgh"]"#,
            r#"{"command": "Full Update"}"#,
            r#"{"command": "Reboot", "run_id": "abcdefgh"}"#,
            r#"{"command": "Full Update", "run_id": "abcdefgh", "force": true}"#,
            r#"{"command": "Full Update", "run_id": 12345678}"#,
        ] {
            assert_eq!(parse(text), Asked::Malformed, "{text}");
        }
        let long =
            format!(r#"{{"command": "Full Update", "run_id": "abcdefgh"{}}}"#, " ".repeat(MAX_COMMAND));
        assert_eq!(parse(&long), Asked::Malformed);
    }
}
