//! The contract of modules, one submodule for each released version. Nothing outside of this module sees the generated
//! types.

mod v0_1;

pub(crate) use v0_1::{
    CONTRACT, Context, Exports, Identity, Interface, Mapper, PACKAGE, RawOutcome, add_to_linker, context,
    describe, to_model,
};

/// Whether modules built for that version of the contract run on this host.
pub(crate) fn speaks(version: &semver::Version) -> bool {
    (version.major, version.minor) == (0, 1)
}
