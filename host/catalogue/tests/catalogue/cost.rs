use proxbox_catalogue::{Method, Shelf};
use std::time::{Duration, Instant};

/// The shortest of a few tries, which is the one that other processes disturbed least.
fn shortest<T>(mut work: impl FnMut() -> T) -> Duration {
    let tries = (0..5).map(|_| {
        let start = Instant::now();
        std::hint::black_box(work());
        start.elapsed()
    });
    tries.min().unwrap()
}

fn read_all(shelf: &Shelf) {
    for edition in shelf.editions() {
        edition.catalogue().unwrap();
    }
}

/// Reading all versions is the measure: whatever read one of them without need would take about as long.
#[test]
fn a_shelf_costs_nothing_and_a_call_reads_nothing_again() {
    let read = shortest(|| read_all(&Shelf::bundled()));
    let made = shortest(Shelf::bundled);
    let shelf = Shelf::bundled();
    read_all(&shelf);
    let again = shortest(|| read_all(&shelf));
    let call = shortest(|| {
        let catalogue = shelf.get("latest").unwrap();
        let found = catalogue.find(Method::Get, "/nodes/pve1/qemu/100/config").unwrap();
        found.operation.check_parameters(&found.arguments, &[]).unwrap();
    });
    eprintln!("shelf {made:?}, all versions {read:?}, all again {again:?}, one call {call:?}");
    assert!(made * 100 < read, "a shelf is made in {made:?}, its versions are read in {read:?}");
    assert!(again * 100 < read, "what was read is read again: {again:?}, {read:?}");
    assert!(call * 10 < read, "a call takes {call:?}, all versions {read:?}");
}

#[test]
fn the_versions_are_small() {
    let shelf = Shelf::bundled();
    let sizes: Vec<usize> = shelf
        .editions()
        .iter()
        .map(|edition| edition.catalogue().unwrap().to_bytes().unwrap().len())
        .collect();
    assert!(sizes.len() > 1 && sizes.iter().sum::<usize>() < 500_000, "{sizes:?}");
}
