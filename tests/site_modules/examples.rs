//! What the examples promise: their cases, and what every module keeps to.

use crate::{example, example_dir};
use proxbox_tests::compiled_components;
use proxbox_workbench::check::{Level, check};
use proxbox_workbench::conformance::conformance;
use proxbox_workbench::golden::{Tried, try_all};
use proxbox_workbench::{Case, Settings, Workbench};

async fn keeps_its_promises(name: &str) {
    let module = example(name);
    let bench = Workbench::open(&module, &Settings::new(), Some(compiled_components())).await.unwrap();
    let wrong: Vec<_> = check(&bench, None).into_iter().filter(|line| line.level == Level::Error).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");

    let cases = Case::load_folder(&example_dir(name).join("cases")).unwrap();
    assert!(!cases.is_empty(), "{name} has no cases");
    let tried = try_all(&bench, &cases, false).await.unwrap();
    let bad: Vec<_> = tried.iter().filter(|tried| tried.is_bad()).collect::<Vec<&Tried>>();
    assert!(bad.is_empty(), "{bad:#?}");

    let found = conformance(&bench, &cases, &Settings::new()).await.unwrap();
    assert!(found.holds(), "{found:#?}");
}

macro_rules! examples {
    ($($test:ident $name:literal;)+) => {
        const NAMES: &[&str] = &[$($name),+];

        $(
            #[tokio::test]
            async fn $test() {
                keeps_its_promises($name).await;
            }
        )+
    };
}

examples! {
    the_tenant_comes_from_a_tag_or_a_name "tag-tenants";
    the_role_comes_from_the_pool "pool-roles";
    site_and_location_come_from_the_node "node-sites";
    the_platform_comes_from_the_guest_os "guest-os-platforms";
    templates_and_lab_guests_are_left_out "skip-labs";
    custom_fields_come_from_the_notes "notes-fields";
    a_tag_brings_a_service "tag-services";
    paused_guests_have_a_status_of_their_own "paused-status";
    the_primary_address_is_in_the_management_network "management-ip";
}

#[test]
fn every_example_is_tried() {
    let folders =
        std::fs::read_dir(example_dir(".")).unwrap().flatten().filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    let mut tried: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
    names.sort();
    tried.sort();
    assert_eq!(names, tried);
}
