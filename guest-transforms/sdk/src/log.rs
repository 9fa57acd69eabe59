//! Lines for the operator's log, kept with the run.

/// How much a line matters.
pub use crate::bindings::shared::log::Level;

/// Writes one line. The macros [`debug!`](crate::debug), [`info!`](crate::info), [`warn!`](crate::warn) and
/// [`error!`](crate::error) format one.
pub fn write(level: Level, message: &str) {
    #[cfg(target_arch = "wasm32")]
    crate::bindings::shared::log::write(level, message);
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::record(level, message);
}

#[cfg(target_arch = "wasm32")]
pub(crate) fn error(message: &str) {
    write(Level::Error, message);
}

/// Logs a line that helps an author.
#[macro_export]
macro_rules! debug {
    ($($arg:tt)+) => { $crate::log::write($crate::log::Level::Debug, &::std::format!($($arg)+)) };
}

/// Logs a line that is good to know.
#[macro_export]
macro_rules! info {
    ($($arg:tt)+) => { $crate::log::write($crate::log::Level::Info, &::std::format!($($arg)+)) };
}

/// Logs a line that the operator should look at.
#[macro_export]
macro_rules! warn {
    ($($arg:tt)+) => { $crate::log::write($crate::log::Level::Warn, &::std::format!($($arg)+)) };
}

/// Logs a line about something that went wrong.
#[macro_export]
macro_rules! error {
    ($($arg:tt)+) => { $crate::log::write($crate::log::Level::Error, &::std::format!($($arg)+)) };
}
