//! Real modules on the bench.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proxbox_workbench::check::{Level, check};
use proxbox_workbench::conformance::{Claim, Conformance, conformance};
use proxbox_workbench::cost::cost;
use proxbox_workbench::golden::{Verdict, try_all};
use proxbox_workbench::report::{self, Line};
use proxbox_workbench::trial::try_facts;
use proxbox_workbench::{Case, Settings, Workbench};
use serde_json::json;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn module(name: &str) -> PathBuf {
    root().join("tests/modules/artifacts").join(name)
}

/// Compiled modules of all these tests, so that each is compiled once.
fn cache() -> Option<PathBuf> {
    Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled-components"))
}

async fn bench(name: &str, settings: &Settings) -> Workbench {
    Workbench::open(&module(name), settings, cache()).await.unwrap()
}

fn settings(json: serde_json::Value) -> Settings {
    json.as_object().unwrap().clone()
}

fn text(lines: &[Line]) -> String {
    lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// A guest of the pool `web`.
fn guest() -> serde_json::Value {
    let case =
        root().join("guest-transforms/virtual-machine/cases/a-container-beside-the-current-plugin.json");
    let mut fact = Case::load(&case).unwrap().fact;
    fact["pool"] = json!("web");
    fact
}

fn case(dir: &Path, name: &str, rest: serde_json::Value) -> Case {
    let mut whole = json!({"name": name, "fact": guest()});
    whole.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    let path = dir.join(format!("{name}.json"));
    std::fs::write(&path, whole.to_string()).unwrap();
    Case::load(&path).unwrap()
}

#[tokio::test]
async fn a_case_that_does_not_hold_is_told_field_by_field() {
    let dir = tempfile::tempdir().unwrap();
    let bench = bench("pool-roles.wasm", &Settings::new()).await;
    let open = case(dir.path(), "open", json!({}));
    let updated = try_all(&bench, std::slice::from_ref(&open), true).await.unwrap();
    assert_eq!(updated[0].verdict, Verdict::Updated);
    let recorded = Case::load(&open.path).unwrap();
    let other = settings(json!({"roles": {"web": "Edge"}}));
    let cases = [recorded.clone(), Case { name: "other settings".into(), settings: other, ..recorded }, open];
    let mut tried = try_all(&bench, &cases, false).await.unwrap();
    for tried in &mut tried {
        tried.file = "cases/open.json".into();
    }
    insta::assert_snapshot!(text(&report::cases(&tried)));
}

#[tokio::test]
async fn a_case_with_a_wrong_fact_or_wrong_settings_fails_alone() {
    let dir = tempfile::tempdir().unwrap();
    let bench = bench("pool-roles.wasm", &Settings::new()).await;
    let cases = [
        case(dir.path(), "wrong fact", json!({"fact": {"vmid": "many"}})),
        case(dir.path(), "wrong settings", json!({"settings": {"roles": 12}})),
        case(dir.path(), "open", json!({})),
    ];
    let tried = try_all(&bench, &cases, false).await.unwrap();
    assert!(matches!(&tried[0].verdict, Verdict::Failed { problems } if problems[0].code == "case-fact"));
    assert!(
        matches!(&tried[1].verdict, Verdict::Failed { problems } if problems[0].code == "module-settings")
    );
    assert_eq!(tried[2].verdict, Verdict::Open);
}

#[tokio::test]
async fn the_cases_of_a_built_in_mapper_hold_for_it() {
    let built_in = root().join("guest-transforms/artifacts/vlan.wasm");
    let bench = Workbench::open(&built_in, &Settings::new(), cache()).await.unwrap();
    let cases = Case::load_folder(&root().join("guest-transforms/vlan/cases")).unwrap();
    let tried = try_all(&bench, &cases, false).await.unwrap();
    assert!(tried.iter().all(|tried| tried.verdict == Verdict::Holds), "{}", text(&report::cases(&tried)));
}

#[tokio::test]
async fn a_good_module_keeps_every_claim() {
    let bench = bench("pool-roles.wasm", &Settings::new()).await;
    let dir = tempfile::tempdir().unwrap();
    let cases = [
        case(dir.path(), "a", json!({})),
        case(dir.path(), "b", json!({"settings": {"roles": {"web": "x"}}})),
    ];
    let found = conformance(&bench, &cases, &Settings::new()).await.unwrap();
    assert!(found.holds(), "{}", text(&report::conformance(&found)));
    assert_eq!(found.findings.len(), Claim::ALL.len());
    assert!(found.objects > 10, "{}", found.objects);
}

async fn misbehaves(behaviour: &str) -> Conformance {
    let settings = settings(json!({"behaviour": behaviour}));
    let bench = bench("hostile.wasm", &settings).await;
    conformance(&bench, &[], &settings).await.unwrap()
}

fn broken(found: &Conformance) -> Vec<Claim> {
    let findings = found.findings.iter().filter(|finding| !finding.faults.is_empty());
    findings.map(|finding| finding.claim).collect()
}

#[tokio::test]
async fn a_module_that_fails_is_told_with_the_claim_that_it_breaks() {
    for (behaviour, claims) in [
        ("panic", vec![Claim::NeverFails]),
        ("loop", vec![Claim::NeverFails]),
        ("stderr-panic", vec![Claim::NeverFails]),
        ("recurse", vec![Claim::NeverFails]),
        ("allocate", vec![Claim::NeverFails]),
        ("exit", vec![Claim::NeverFails]),
        ("huge", vec![Claim::NeverFails]),
        ("many-drafts", vec![Claim::NeverFails]),
        ("keep-nothing", vec![Claim::NeverFails]),
        ("next-forever", vec![Claim::NeverFails]),
        ("too-few", vec![Claim::CountPreserving]),
        ("too-many", vec![Claim::CountPreserving]),
        ("nothing", vec![Claim::CountPreserving]),
        ("unknown-field", vec![Claim::KnownFields]),
        ("unknown-kind", vec![Claim::KnownFields]),
        ("wrong-type", vec![Claim::KnownFields]),
        ("wrong-identity", vec![Claim::Identity]),
        // Random numbers are the same in every batch, and others for each object of one.
        ("clock", vec![Claim::OrderPreserving, Claim::Independent]),
    ] {
        let found = misbehaves(behaviour).await;
        assert_eq!(broken(&found), claims, "{behaviour}: {}", text(&report::conformance(&found)));
    }
}

#[tokio::test]
async fn what_a_module_must_not_draft_is_told_by_kind_and_field() {
    insta::assert_snapshot!(text(&report::conformance(&misbehaves("unknown-field").await)));
}

#[tokio::test]
async fn a_module_that_panics_is_told_with_its_last_words() {
    insta::assert_snapshot!(text(&report::conformance(&misbehaves("stderr-panic").await)));
}

#[tokio::test]
async fn what_a_module_tries_in_vain_or_needs_in_netbox_is_noted() {
    for (behaviour, note) in [
        ("file", "it tried to use files, which modules may not"),
        (
            "dangling-reference",
            "it refers to tenancy.tenant slug=nobody-knows, which must be in NetBox already",
        ),
    ] {
        let found = misbehaves(behaviour).await;
        assert!(found.holds(), "{behaviour}: {}", text(&report::conformance(&found)));
        assert!(found.notes.iter().any(|told| told == note), "{behaviour}: {:?}", found.notes);
    }
}

#[tokio::test]
async fn what_a_module_may_do_is_no_fault() {
    for behaviour in ["skip", "reject", "environment", "socket", "log-flood"] {
        let found = misbehaves(behaviour).await;
        assert!(found.holds(), "{behaviour}: {}", text(&report::conformance(&found)));
    }
}

#[tokio::test]
async fn a_trial_shows_the_draft_and_what_is_not_as_usual() {
    let bench = bench("pool-roles.wasm", &Settings::new()).await;
    let context = Default::default();
    let trials = try_facts(&bench, &Settings::new(), "virtual-machine", &context, &[guest()]).await.unwrap();
    insta::assert_snapshot!(text(&report::trials(&trials)));
}

#[tokio::test]
async fn a_good_module_passes_the_check() {
    let given = settings(json!({"roles": {"web": "Edge"}}));
    let bench = bench("pool-roles.wasm", &given).await;
    let found = check(&bench, Some(&given));
    assert!(found.iter().all(|line| line.level != Level::Error));
    // What depends on the compiler that built the module.
    let built = regex::Regex::new(r"\d+\.\d KiB|\d+ imports").unwrap();
    insta::assert_snapshot!(built.replace_all(&text(&report::check(&found)), "N"));
}

#[tokio::test]
async fn wrong_settings_are_an_error_of_the_check() {
    let given = settings(json!({"roles": 12}));
    let bench = bench("pool-roles.wasm", &given).await;
    let found = check(&bench, Some(&given));
    let last = found.last().unwrap();
    assert_eq!((last.what, last.level), ("settings", Level::Error));
    assert!(last.message.contains("`/roles`"), "{}", last.message);
}

#[tokio::test]
async fn a_file_that_the_host_refuses_is_told_to_both() {
    let dir = tempfile::tempdir().unwrap();
    let text_file = dir.path().join("notes.wasm");
    std::fs::write(&text_file, "no module at all").unwrap();
    let bench = Workbench::open(&text_file, &Settings::new(), cache()).await.unwrap();
    let found = check(&bench, None);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].what, found[0].level), ("file", Level::Error));
    let hint = found[0].hint.as_deref().unwrap();
    assert!(hint.contains("For you: ") && hint.contains("For its author: "), "{hint}");
}

#[tokio::test]
async fn costs_are_those_of_the_module_and_of_both_starts() {
    let bench = bench("pool-roles.wasm", &Settings::new()).await;
    let cost = cost(&bench, &[], &Settings::new(), 50).await.unwrap();
    let row = &cost.interfaces[0];
    assert_eq!(
        (cost.module.as_str(), row.interface.as_str(), row.objects),
        ("pool-roles", "virtual-machine", 50)
    );
    assert!(row.ratio > 0.0 && row.chain_seconds > 0.0 && row.usual_seconds > 0.0);
    assert!(row.memory_peak > 0 && (0.0..=1.0).contains(&row.own_share), "{row:?}");
    assert!(cost.warm_start_seconds < cost.cold_start_seconds, "{cost:?}");
}
