//! Lines for the operator's log, kept with the run.

/// How much a line matters.
pub use crate::bindings::shared::log::Level;

/// Writes one line. The macros [`debug!`](crate::debug), [`info!`](crate::info), [`warn!`](crate::warn) and
/// [`error!`](crate::error) format one.
///
/// ```
/// # use proxbox_transform_sdk::{log, testing};
/// log::write(log::Level::Info, "the pool is new");
/// assert_eq!(testing::take_log(), [(log::Level::Info, "the pool is new".to_owned())]);
/// ```
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
///
/// ```
/// # use proxbox_transform_sdk::{debug, log::Level, testing};
/// debug!("{} guests in this batch", 100);
/// assert_eq!(testing::take_log(), [(Level::Debug, "100 guests in this batch".to_owned())]);
/// ```
#[macro_export]
macro_rules! debug {
    ($($arg:tt)+) => { $crate::log::write($crate::log::Level::Debug, &::std::format!($($arg)+)) };
}

/// Logs a line that is good to know.
///
/// ```
/// # use proxbox_transform_sdk::{info, log::Level, testing};
/// info!("pool {} is new", "web");
/// assert_eq!(testing::take_log(), [(Level::Info, "pool web is new".to_owned())]);
/// ```
#[macro_export]
macro_rules! info {
    ($($arg:tt)+) => { $crate::log::write($crate::log::Level::Info, &::std::format!($($arg)+)) };
}

/// Logs a line that the operator should look at.
///
/// ```
/// # use proxbox_transform_sdk::{log::Level, testing, warn};
/// warn!("no tenant is called {}", "acme");
/// assert_eq!(testing::take_log(), [(Level::Warn, "no tenant is called acme".to_owned())]);
/// ```
#[macro_export]
macro_rules! warn {
    ($($arg:tt)+) => { $crate::log::write($crate::log::Level::Warn, &::std::format!($($arg)+)) };
}

/// Logs a line about something that went wrong.
///
/// ```
/// # use proxbox_transform_sdk::{error, log::Level, testing};
/// error!("guest {} has no owner", 101);
/// assert_eq!(testing::take_log(), [(Level::Error, "guest 101 has no owner".to_owned())]);
/// ```
#[macro_export]
macro_rules! error {
    ($($arg:tt)+) => { $crate::log::write($crate::log::Level::Error, &::std::format!($($arg)+)) };
}
