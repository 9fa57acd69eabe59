use proxbox_catalogue::{Method, Shelf};
use std::time::{Duration, Instant};

#[test]
fn a_shelf_costs_nothing_and_every_version_little() {
    let start = Instant::now();
    let shelf = Shelf::bundled();
    let made = start.elapsed();
    let mut bytes = 0;
    for edition in shelf.editions() {
        bytes += edition.catalogue().unwrap().to_bytes().unwrap().len();
    }
    let start = Instant::now();
    let fresh = Shelf::bundled();
    for edition in fresh.editions() {
        edition.catalogue().unwrap();
    }
    let read = start.elapsed();
    let catalogue = fresh.get("latest").unwrap();
    let start = Instant::now();
    for _ in 0..100 {
        let found = catalogue.find(Method::Get, "/nodes/pve1/qemu/100/config").unwrap();
        found.operation.check_parameters(&found.arguments, &[]).unwrap();
    }
    let call = start.elapsed() / 100;
    eprintln!("shelf {made:?}, all versions {read:?}, one call {call:?}, {bytes} bytes of data");
    // Ample for builds without optimisation on busy machines; the release build stays far below 50 ms for both.
    assert!(
        made < Duration::from_millis(5) && read < Duration::from_secs(2) && call < Duration::from_millis(50)
    );
    assert!(bytes < 500_000);
}
