use crate::latest;
use proxbox_catalogue::{CatalogueError, Origin, Shelf, default_folder, import};
use std::ffi::OsString;
use std::fs;
use std::path::Path;

const LIST: &str = r#"[{"path": "/mine", "method": "GET"}]"#;

fn save(folder: &Path, version: &str) {
    Shelf::save(folder, &import(LIST, version).unwrap()).unwrap();
}

fn holds_mine(shelf: &Shelf, version: &str) -> bool {
    shelf.get(version).unwrap().operations().any(|operation| operation.path == "/mine")
}

#[test]
fn versions_are_found_by_tag_by_full_version_and_as_latest() {
    let shelf = Shelf::bundled();
    assert_eq!(shelf.get("9.1").unwrap().version(), "9.1.11");
    assert_eq!(shelf.get("9.1.11").unwrap().version(), "9.1.11");
    assert_eq!(shelf.get("latest").unwrap().version(), latest().version());
    assert_eq!(shelf.tags(), ["9.1", "9.2"]);
    assert!(matches!(shelf.get("9.1.12"), Err(CatalogueError::UnknownVersion { .. })));
}

#[test]
fn an_imported_version_wins_over_the_bundled_one_of_its_tag() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), "9.1.9");
    save(folder.path(), "10.0");
    let shelf = Shelf::open(folder.path()).unwrap();
    assert!(holds_mine(&shelf, "9.1") && holds_mine(&shelf, "latest"));
    assert_eq!(shelf.get("latest").unwrap().version(), "10.0");
    assert!(!holds_mine(&shelf, "9.1.11") && !holds_mine(&shelf, "9.2"));
    let origins: Vec<_> =
        shelf.editions().iter().map(|one| (one.version(), one.origin() == &Origin::Bundled)).collect();
    assert_eq!(origins, [("9.1.9", false), ("9.1.11", true), ("9.2", true), ("10.0", false)]);
}

#[test]
fn a_damaged_file_is_told_and_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("9.2.json.gz"), b"not a schema").unwrap();
    let shelf = Shelf::open(folder.path()).unwrap();
    assert!(shelf.problems().is_empty());
    assert_eq!(shelf.get("9.2").unwrap().operations().len(), latest().operations().len());
    let problems = shelf.problems();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].message.contains("9.2.json.gz"), "{problems:?}");
}

#[test]
fn a_file_that_holds_another_version_than_it_is_called_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), "10.1");
    fs::rename(folder.path().join("10.1.json.gz"), folder.path().join("10.2.json.gz")).unwrap();
    let error = Shelf::open(folder.path()).unwrap().get("10.2").unwrap_err();
    assert!(matches!(error, CatalogueError::Damaged(_)));
}

#[test]
fn what_is_called_otherwise_is_no_version_and_no_folder_is_an_empty_one() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["latest.json.gz", "9.2.json", "..json.gz", "notes.txt"] {
        fs::write(folder.path().join(name), b"").unwrap();
    }
    assert_eq!(Shelf::open(folder.path()).unwrap().editions().len(), 2);
    assert_eq!(Shelf::open(&folder.path().join("nowhere")).unwrap().editions().len(), 2);
}

#[test]
fn the_folder_is_the_named_one_else_in_the_users_data() {
    let env = |set: &'static [(&str, &str)]| {
        default_folder(move |name| {
            set.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        })
    };
    assert_eq!(env(&[("PROXBOX_GENERATED_DIR", "/a"), ("HOME", "/h")]), Some("/a".into()));
    assert_eq!(env(&[("XDG_DATA_HOME", "/x"), ("HOME", "/h")]), Some("/x/proxbox/schemas".into()));
    assert_eq!(env(&[("HOME", "/h")]), Some("/h/.local/share/proxbox/schemas".into()));
    assert_eq!(env(&[]), None);
}
