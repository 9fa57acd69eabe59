//! Prints what a file is.

use proxbox_authoring::inspect;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        eprintln!("{path}: {:#?}", inspect(&std::fs::read(&path)?)?);
    }
    Ok(())
}
