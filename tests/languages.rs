//! New projects in every language, from `new` to the sandbox: they build, their cases hold, they keep to what every module
//! must, and they map alike. `PROXBOX_PYTHON_TOOLS` names a virtual environment with componentize-py, `PROXBOX_NODE_TOOLS` a
//! folder whose `node_modules` has componentize-js.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proxbox_authoring::{
    BuildOptions, Language, NewModule, Tools, USUAL_INTERFACE, build, interfaces, scaffold,
};
use proxbox_model::Diagnostic;
use proxbox_tests::compiled_components;
use proxbox_workbench::conformance::conformance;
use proxbox_workbench::golden::{Tried, try_all};
use proxbox_workbench::{Case, Project, Settings, Workbench};
use std::path::PathBuf;
use tempfile::TempDir;

/// The tools of a language.
fn tools(language: Language) -> Tools {
    let tools = Tools::from_env();
    let is_there = match language {
        Language::Rust => true,
        Language::Python => tools.python.is_some(),
        Language::JavaScript => tools.node.is_some(),
    };
    assert!(is_there, "the tools for {language} are not named: see tests/tools");
    tools
}

/// A new project with its module built.
fn built(language: Language, wraps: &str) -> (TempDir, Project) {
    let tools = tools(language);
    let dir = tempfile::tempdir().unwrap();
    let module = NewModule { name: "acme".to_owned(), language, wraps: wraps.to_owned() };
    scaffold(dir.path(), &module).unwrap();
    // One folder for all crates, so that what they depend on is compiled once.
    let target_dir = Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("languages"));
    let options = BuildOptions { tools, target_dir, ..BuildOptions::default() };
    let built = build(dir.path(), &options, &mut |_| {});
    let component = built.unwrap_or_else(|error| panic!("{language}: {error}: {:?}", error.hint())).component;
    std::fs::write(dir.path().join("acme.wasm"), component).unwrap();
    let project = Project::find(dir.path(), None).unwrap();
    (dir, project)
}

async fn assert_good(language: Language, project: &Project) {
    let settings = Settings::new();
    let cache = compiled_components();
    let bench = Workbench::open(&project.module, &settings, Some(cache)).await.unwrap();
    assert_eq!((bench.info().name.as_str(), bench.info().version.as_str()), ("acme", "0.1.0"), "{language}");
    let cases = project.cases.as_deref().map_or_else(Vec::new, |dir| Case::load_folder(dir).unwrap());
    let tried = try_all(&bench, &cases, false).await.unwrap();
    let bad: Vec<_> = tried.iter().filter(|tried| tried.is_bad()).collect::<Vec<&Tried>>();
    assert!(bad.is_empty(), "{language}: {bad:#?}");
    let found = conformance(&bench, &cases, &settings).await.unwrap();
    assert!(found.holds(), "{language}: {found:#?}");
}

/// The cases are the same files in every language, so the drafts are the same, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_project_gives_guests_their_tenants_in_every_language() {
    for language in Language::ALL {
        let (_dir, project) = built(language, USUAL_INTERFACE);
        assert!(project.cases.is_some());
        assert_good(language, &project).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_project_of_another_object_type_changes_nothing_yet() {
    for (language, wraps) in Language::ALL.into_iter().zip(interfaces().filter(|name| name.contains('-'))) {
        let (_dir, project) = built(language, wraps);
        assert_good(language, &project).await;
    }
}
