//! The `proxbox` binary.
fn main() {}
