//! What Cargo built with this test, and what the tests keep beside it.

use std::path::PathBuf;

/// The program; `PROXBOX_TEST_BINARY` names another one.
pub fn program() -> PathBuf {
    let named = std::env::var_os("PROXBOX_TEST_BINARY").map(PathBuf::from);
    named.unwrap_or_else(|| above_this_test(2).join("proxbox"))
}

/// Where all tests keep compiled components, so that each is compiled once.
pub fn compiled_components() -> PathBuf {
    above_this_test(3).join("tmp").join("compiled-components")
}

/// A folder above `<target>/<profile>/deps/<test>`.
fn above_this_test(levels: usize) -> PathBuf {
    let test = std::env::current_exe().expect("this test has a path");
    test.ancestors().nth(levels).expect("it lies in Cargo's folder").to_owned()
}
