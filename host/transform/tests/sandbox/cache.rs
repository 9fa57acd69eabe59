//! Compiled modules on disk.

use crate::support::{BUILT_IN, Guest, Site, cx, guest};
use proxbox_transform::{Settings, Transforms};
use std::path::{Path, PathBuf};

fn settings(site: &Site, cache: &Path) -> Settings {
    Settings { cache_dir: Some(cache.to_owned()), ..site.settings() }
}

fn compiled(cache: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(cache).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

async fn assert_maps(transforms: &Transforms) {
    let mapped = transforms.modules().guests(&cx(), &[guest(1)]).await;
    assert_eq!(mapped.outcomes[0].module, "acme 1.2.0");
}

#[tokio::test]
async fn a_second_start_uses_what_the_first_compiled() {
    let site = Site::with(&Guest::new("acme"));
    let cache = tempfile::tempdir().unwrap();
    let cache = cache.path().join("made/by/us");
    assert_maps(&Transforms::load(settings(&site, &cache)).await.unwrap()).await;
    let files = compiled(&cache);
    assert_eq!(
        files.len(),
        2 * (BUILT_IN + 1),
        "two for each built-in mapper and the one of the site: {files:?}"
    );
    let written: Vec<_> =
        files.iter().map(|file| std::fs::metadata(file).unwrap().modified().unwrap()).collect();

    assert_maps(&Transforms::load(settings(&site, &cache)).await.unwrap()).await;
    let read: Vec<_> =
        compiled(&cache).iter().map(|file| std::fs::metadata(file).unwrap().modified().unwrap()).collect();
    assert_eq!(read, written);
}

#[cfg(unix)]
#[tokio::test]
async fn the_folder_is_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::new();
    let cache = tempfile::tempdir().unwrap();
    std::fs::set_permissions(cache.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    Transforms::load(settings(&site, cache.path())).await.unwrap();
    assert_eq!(std::fs::metadata(cache.path()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn a_damaged_file_is_compiled_anew() {
    let site = Site::with(&Guest::new("acme"));
    let cache = tempfile::tempdir().unwrap();
    Transforms::load(settings(&site, cache.path())).await.unwrap();
    for file in compiled(cache.path()) {
        let mut contents = std::fs::read(&file).unwrap();
        let middle = contents.len() / 2;
        contents[middle] ^= 1;
        std::fs::write(&file, contents).unwrap();
    }
    assert_maps(&Transforms::load(settings(&site, cache.path())).await.unwrap()).await;
    assert_maps(&Transforms::load(settings(&site, cache.path())).await.unwrap()).await;
    assert_eq!(compiled(cache.path()).len(), 2 * (BUILT_IN + 1));
}

#[tokio::test]
async fn a_file_that_others_put_there_is_not_run() {
    let site = Site::with(&Guest::new("acme"));
    let cache = tempfile::tempdir().unwrap();
    Transforms::load(settings(&site, cache.path())).await.unwrap();
    for file in compiled(cache.path()) {
        if file.extension().unwrap() == "cwasm" {
            std::fs::write(&file, b"not what was written").unwrap();
        }
    }
    assert_maps(&Transforms::load(settings(&site, cache.path())).await.unwrap()).await;
}

#[tokio::test]
async fn without_a_folder_modules_are_compiled_in_memory() {
    let site = Site::with(&Guest::new("acme"));
    let settings = Settings { cache_dir: None, ..site.settings() };
    assert_maps(&Transforms::load(settings).await.unwrap()).await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_costs_time_only() {
    let site = Site::with(&Guest::new("acme")).file("in-the-way", b"");
    let transforms = Transforms::load(settings(&site, &site.dir.path().join("in-the-way"))).await.unwrap();
    assert_maps(&transforms).await;
    assert_eq!(transforms.modules().problems()[0].code, "module-cache");
}

#[tokio::test]
async fn old_compiled_modules_are_removed() {
    let site = Site::new();
    let cache = tempfile::tempdir().unwrap();
    for number in 0..200 {
        std::fs::write(cache.path().join(format!("{number}.cwasm")), b"").unwrap();
    }
    Transforms::load(settings(&site, cache.path())).await.unwrap();
    assert_eq!(compiled(cache.path()).len(), 128);
}
