//! The SDK of transform authors: a trait to implement and one macro line.
