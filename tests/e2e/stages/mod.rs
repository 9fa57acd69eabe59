//! Stages on their own, and the choices that a caller and the plugin's operator have.

mod alone;
mod flags;
mod modes;
mod restricted;
mod settings;
