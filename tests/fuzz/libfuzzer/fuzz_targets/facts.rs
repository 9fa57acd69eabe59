//! Odd facts through the built-in mappers.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| proxbox_fuzz::facts(bytes));
