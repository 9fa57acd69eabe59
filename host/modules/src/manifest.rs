//! `transforms.toml` as text becomes entries.

use crate::entry::Entry;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Name of the file in the folder of modules.
pub const MANIFEST: &str = "transforms.toml";

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    /// In the order of the chain; the first is outermost.
    #[serde(default, rename = "module")]
    modules: Vec<Entry>,
}

/// The entries, in order; else what is wrong, with the line where there is one.
pub(crate) fn parse(text: &str) -> Result<Vec<Entry>, String> {
    let manifest: Manifest = toml::from_str(text).map_err(|error| match error.span() {
        Some(span) => {
            let line = text.get(..span.start).map_or(0, |before| before.matches('\n').count()) + 1;
            format!("line {line}: {}", error.message())
        }
        None => error.message().to_owned(),
    })?;
    let mut names = BTreeSet::new();
    for entry in &manifest.modules {
        entry.check()?;
        if !names.insert(entry.name()) {
            return Err(format!(
                "two modules are called {:?}; give one of them another `name`",
                entry.name()
            ));
        }
    }
    Ok(manifest.modules)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Policy, Scope, State};

    #[test]
    fn what_is_left_out_means_everything_and_the_usual() {
        let entries = parse("[[module]]\nfile = \"roles.wasm\"").unwrap();
        assert_eq!(entries, [Entry::of_file("roles.wasm")]);
        assert_eq!(entries[0].name(), "roles");
        assert_eq!((entries[0].state, entries[0].policy), (State::Enabled, Policy::Builtin));
    }

    #[test]
    fn every_key_is_read() {
        let digest = "ab".repeat(32);
        let text = format!(
            "[[module]]\nname = \"roles-of-prod\"\nfile = \"roles.wasm\"\nsha256 = \"{digest}\"\nstate = \"staged\"\n\
             scope = [\"endpoint:lab\", \"cluster:prod\"]\ntypes = [\"node\"]\npolicy = \"skip\"\nmemory_mib = 64\n\
             timeout_ms = 200\nsettings = {{ roles = {{ web = \"Web\" }} }}"
        );
        let entry = parse(&text).unwrap().remove(0);
        assert_eq!(entry.name(), "roles-of-prod");
        assert_eq!(entry.sha256.as_ref().map(|digest| digest.as_str().to_owned()), Some(digest));
        assert_eq!(entry.scope, [Scope::Endpoint("lab".to_owned()), Scope::Cluster("prod".to_owned())]);
        assert_eq!((entry.state, entry.policy), (State::Staged, Policy::Skip));
        assert_eq!((entry.memory_mib, entry.timeout_ms), (Some(64), Some(200)));
        assert_eq!(entry.settings["roles"]["web"], "Web");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, told) in [
            ("[[module]]\nfile = \"a.wasm\"\nenable = true", "line 3: unknown field `enable`"),
            ("[[module]]\nfile = \"a.wasm\"\nscope = [\"prod\"]", "is not a scope"),
            ("[[module]]\nfile = \"a.wasm\"\nstate = \"on\"", "line 3: unknown variant `on`"),
            ("[[module]]\nfile = \"../a.wasm\"", "must be the name of a file in this folder"),
            ("[[module]]\nfile = \"a.wasm\"\nsha256 = \"12\"", "is not a SHA-256 digest"),
            ("[[module]]\nfile = \"a.wasm\"\nname = \"A b\"", "is not a name"),
            ("[[module]]\nfile = \"a.wasm\"\nmemory_mib = 4096", "from 1 to 2048"),
            ("[[module]]\nfile = \"a.wasm\"\ntimeout_ms = 0", "from 1 to 600000"),
            ("[[module]]\nfile = \"a.wasm\"\n[[module]]\nfile = \"a.wasm\"", "two modules are called \"a\""),
        ] {
            let wrong = parse(text).unwrap_err();
            assert!(wrong.contains(told), "{text}: {wrong}");
        }
    }
}
