//! Modules that return anything at all.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| proxbox_fuzz::guest_output(bytes));
