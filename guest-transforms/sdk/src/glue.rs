//! Between the exports of a component and an author's type. For the macros only.

use crate::bindings::about::Identity;
use std::marker::PhantomData;

/// Exports a type that maps on its own.
pub struct Mapper<T>(PhantomData<T>);

/// Exports a type that changes what the next mapper made.
pub struct Override<T>(PhantomData<T>);

/// The module's identity, from its package.
pub fn identity(name: &str, version: &str, description: &str, settings_schema: &str) -> Identity {
    Identity {
        name: name.to_owned(),
        version: version.to_owned(),
        description: description.to_owned(),
        settings_schema: settings_schema.to_owned(),
    }
}

/// The bytes of a text as an array, for a custom section. `N` must be the text's length.
pub const fn section<const N: usize>(text: &str) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(text.as_bytes());
    bytes
}

/// Sends panics to the operator's log, since a module has no standard error of its own.
pub(crate) fn start() {
    #[cfg(target_arch = "wasm32")]
    std::panic::set_hook(Box::new(|panic| crate::log::error(&panic.to_string())));
}
