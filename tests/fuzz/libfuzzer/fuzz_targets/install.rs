//! Arbitrary bytes as a module.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| proxbox_fuzz::install(bytes));
