//! Options of the form `NAME=VALUE`, where both are known words.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, Command, Error};
use proxbox_model::options::{OVERWRITE_FLAGS, SYNC_MODES, SyncMode};
use std::ffi::OsStr;

/// Takes a pair; a wrong word is answered with those there are, and the nearest of them.
#[derive(Clone)]
struct Pair {
    names: PossibleValuesParser,
    values: PossibleValuesParser,
}

impl TypedValueParser for Pair {
    type Value = (String, String);

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        text: &OsStr,
    ) -> Result<Self::Value, Error> {
        let text = text.to_string_lossy();
        let (name, value) = text.split_once('=').unwrap_or((&text, ""));
        let name = self.names.parse_ref(command, argument, OsStr::new(name))?;
        Ok((name, self.values.parse_ref(command, argument, OsStr::new(value))?))
    }
}

/// `overwrite_vm_role=false`.
pub(crate) fn overwrite() -> impl TypedValueParser<Value = (String, bool)> {
    let names = OVERWRITE_FLAGS.iter().map(|flag| flag.name);
    let values = ["true", "false"];
    Pair { names: names.into(), values: values.into() }.map(|(name, value)| (name, value == "true"))
}

/// `sync_mode_mac=disabled`.
pub(crate) fn mode() -> impl TypedValueParser<Value = (String, SyncMode)> {
    let names = SYNC_MODES.iter().map(|(name, _)| *name);
    let values = ["always", "bootstrap_only", "disabled"];
    Pair { names: names.into(), values: values.into() }
        .map(|(name, value)| (name, SyncMode::parse(&value).unwrap_or_default()))
}
