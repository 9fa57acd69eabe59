//! Modules built from Rust: the misbehaving one of `tests/modules/hostile` and the example `pool-roles`.

use crate::support::{BAD, Site, bad, built_in, cx, guest, guests_with_bad};
use proxbox_model::draft::{Draft, Outcome, Value};
use proxbox_model::facts::GuestFacts;
use proxbox_transform::{Limits, Mapped, Transforms};
use serde_json::{Value as Json, json};
use std::time::Duration;

const HOSTILE: &[u8] = include_bytes!("../../../../tests/modules/artifacts/hostile.wasm");
const POOL_ROLES: &[u8] = include_bytes!("../../../../tests/modules/artifacts/pool-roles.wasm");

/// With a module as `site.wasm`, settings, and more lines for it.
fn site(module: &[u8], settings: &Json, more: &str) -> Site {
    let settings = toml::Value::try_from(settings).unwrap();
    Site::new()
        .file("site.wasm", module)
        .toml(&format!("[[module]]\nfile = \"site.wasm\"\nsettings = {settings}\n{more}\n"))
}

async fn load(module: &[u8], settings: &Json, more: &str) -> Transforms {
    let transforms = site(module, settings, more).load().await;
    assert_eq!(transforms.modules().problems(), []);
    transforms
}

/// Name and version of the module under test.
fn title(transforms: &Transforms) -> String {
    let modules = transforms.modules().describe();
    format!("{} {}", modules[0].name, modules[0].version)
}

/// Maps guests with the hostile module misbehaving on one of them; the others must be its own all the same.
async fn misbehaving(settings: Json) -> (Transforms, Vec<GuestFacts>, Mapped) {
    let mut settings = settings;
    settings["vmid"] = json!(BAD);
    let patient = if settings["behaviour"] == "loop" { "" } else { "timeout_ms = 60000" };
    let transforms = load(HOSTILE, &settings, patient).await;
    let facts = guests_with_bad(100);
    let mapped = transforms.modules().guests(&cx(), &facts).await;
    assert_eq!(mapped.outcomes.len(), facts.len());
    for (facts, mapped) in facts.iter().zip(&mapped.outcomes).filter(|(facts, _)| facts.vmid != BAD) {
        assert_eq!(mapped.module, title(&transforms), "guest {}", facts.vmid);
        assert!(matches!(mapped.outcome, Outcome::Keep(_)));
    }
    (transforms, facts, mapped)
}

/// The one problem, and that the built-in mapper took the guest.
async fn is_a_problem(settings: Json, code: &str, message: &str) -> proxbox_model::Problem {
    let (transforms, facts, mapped) = misbehaving(settings).await;
    assert_eq!(bad(&facts, &mapped).module, built_in(&transforms));
    assert!(matches!(bad(&facts, &mapped).outcome, Outcome::Keep(_)));
    assert_eq!(mapped.problems.len(), 1, "{:?}", mapped.problems);
    let problem = mapped.problems.into_iter().next().unwrap();
    assert_eq!(problem.code, code, "{problem:?}");
    let expected = format!(
        "Module {} {message} on guest 666 (vm666); it was left to the next mapper.",
        title(&transforms)
    );
    assert_eq!(problem.message, expected);
    problem
}

#[tokio::test]
async fn a_panic_is_told_with_its_message() {
    let problem = is_a_problem(json!({"behaviour": "panic"}), "module-panicked", "panicked").await;
    assert_eq!(problem.causes.last().unwrap(), "cannot cope with vmid 666", "{:?}", problem.causes);
}

#[tokio::test]
async fn the_last_lines_of_standard_error_are_told() {
    let problem = is_a_problem(json!({"behaviour": "stderr-panic"}), "module-panicked", "panicked").await;
    assert_eq!(problem.causes[0], "about to give up on vmid 666");
    assert_eq!(problem.causes.last().unwrap(), "gave up", "{:?}", problem.causes);
}

#[tokio::test]
async fn an_endless_loop_is_stopped() {
    is_a_problem(json!({"behaviour": "loop"}), "module-too-slow", "ran longer than 0.2 s").await;
}

#[tokio::test]
async fn endless_allocation_is_stopped() {
    let message = "wanted more than 256 MiB of memory";
    is_a_problem(json!({"behaviour": "allocate"}), "module-out-of-memory", message).await;
}

#[tokio::test]
async fn endless_recursion_is_stopped() {
    let (_, _, mapped) = misbehaving(json!({"behaviour": "recurse"})).await;
    let codes = ["module-stack-overflow", "module-crashed"];
    assert!(codes.contains(&mapped.problems[0].code.as_str()), "{:?}", mapped.problems);
}

#[tokio::test]
async fn wrong_counts_are_found() {
    let code = "module-wrong-count";
    is_a_problem(json!({"behaviour": "too-few"}), code, "returned 0 outcomes for 1").await;
    is_a_problem(json!({"behaviour": "too-many"}), code, "returned 2 outcomes for 1").await;
    is_a_problem(json!({"behaviour": "nothing"}), code, "returned 0 outcomes for 1").await;
}

#[tokio::test]
async fn huge_output_is_refused() {
    let code = "module-output-too-big";
    is_a_problem(json!({"behaviour": "huge"}), code, "returned more than 1152 KiB").await;
    let message = "returned 500000 bytes in `description`, more than the 262144 that are allowed";
    is_a_problem(json!({"behaviour": "huge", "size": 500_000}), "module-text-too-long", message).await;
}

#[tokio::test]
async fn too_many_drafts_are_refused() {
    let message = "returned 101 drafts, more than the 64 that are allowed";
    let (transforms, facts, mapped) = misbehaving(json!({"behaviour": "many-drafts", "size": 100})).await;
    assert_eq!(bad(&facts, &mapped).module, built_in(&transforms));
    assert_eq!(mapped.problems[0].code, "module-too-many-drafts");
    let drafts = mapped.problems[0].message.split(" drafts").next().unwrap();
    assert!(
        message.starts_with("returned") && drafts.contains("returned 10"),
        "{}",
        mapped.problems[0].message
    );
}

#[tokio::test]
async fn keeping_nothing_is_an_error() {
    is_a_problem(json!({"behaviour": "keep-nothing"}), "module-no-draft", "returned no draft").await;
}

#[tokio::test]
async fn leaving_the_process_is_an_error() {
    let problem =
        is_a_problem(json!({"behaviour": "exit"}), "module-exited", "ended itself with exit code 1").await;
    assert!(problem.hint.is_some());
}

#[tokio::test]
async fn calling_the_next_mapper_for_ever_is_stopped() {
    let message = "called the next mapper too often";
    is_a_problem(json!({"behaviour": "next-forever"}), "module-calls-too-often", message).await;
}

#[tokio::test]
async fn a_flood_of_log_lines_is_cut() {
    let (transforms, facts, mapped) = misbehaving(json!({"behaviour": "log-flood", "size": 1000})).await;
    assert_eq!(bad(&facts, &mapped).module, title(&transforms));
    assert_eq!(mapped.log.len(), Limits::default().log_lines + 1);
}

#[tokio::test]
async fn skipping_and_rejecting_are_no_failures() {
    let (_, facts, mapped) = misbehaving(json!({"behaviour": "skip"})).await;
    assert_eq!(bad(&facts, &mapped).outcome, Outcome::Skip("not wanted here".to_owned()));
    assert_eq!(mapped.problems, []);
    let (_, facts, mapped) = misbehaving(json!({"behaviour": "reject"})).await;
    let Outcome::Reject(rejection) = &bad(&facts, &mapped).outcome else { panic!("{mapped:?}") };
    assert_eq!((rejection.code.as_str(), rejection.field.as_deref()), ("too-strange", Some("name")));
    assert_eq!(mapped.problems, []);
}

fn vm(outcome: &Outcome) -> &Draft {
    let Outcome::Keep(drafts) = outcome else { panic!("{outcome:?}") };
    &drafts[0]
}

/// What the module found when it looked outside, line by line.
fn found(outcome: &Outcome) -> Vec<String> {
    let comments = vm(outcome).fields.iter().find(|field| field.name == "comments").unwrap();
    let Value::Text(text) = &comments.value else { panic!("{comments:?}") };
    text.lines().map(str::to_owned).collect()
}

fn tries(mapped: &Mapped) -> Vec<&str> {
    mapped.log.iter().map(|line| line.message.as_str()).collect()
}

#[tokio::test]
async fn files_are_out_of_reach() {
    let (_, facts, mapped) = misbehaving(json!({"behaviour": "file"})).await;
    let found = found(&bad(&facts, &mapped).outcome);
    assert_eq!(found.len(), 4);
    assert!(found.iter().all(|line| line.contains("refused")), "{found:?}");
    assert_eq!(tries(&mapped), ["tried to use files, which modules may not"]);
}

#[tokio::test]
async fn the_network_is_out_of_reach() {
    let (_, facts, mapped) = misbehaving(json!({"behaviour": "socket"})).await;
    let found = found(&bad(&facts, &mapped).outcome);
    assert_eq!(found.len(), 4);
    assert!(found.iter().all(|line| line.contains("refused")), "{found:?}");
    assert_eq!(tries(&mapped), ["tried to use the network, which modules may not"]);
}

#[tokio::test]
async fn the_environment_is_empty() {
    let (_, facts, mapped) = misbehaving(json!({"behaviour": "environment"})).await;
    let found = found(&bad(&facts, &mapped).outcome);
    assert_eq!(found[..2], ["variables: 0", "arguments: 0"]);
    assert!(!found[2].contains(env!("CARGO_MANIFEST_DIR")), "{found:?}");
}

#[tokio::test]
async fn time_stands_still_and_random_numbers_repeat() {
    let (_, facts, mapped) = misbehaving(json!({"behaviour": "clock"})).await;
    let first = found(&bad(&facts, &mapped).outcome);
    assert_eq!(first[..2], ["time: 1700000000", "time passes: false"]);
    let (_, facts, mapped) = misbehaving(json!({"behaviour": "clock"})).await;
    assert_eq!(found(&bad(&facts, &mapped).outcome), first);
}

#[tokio::test]
async fn a_well_behaved_module_tries_nothing() {
    let transforms = load(HOSTILE, &json!({}), "").await;
    let mapped = transforms.modules().guests(&cx(), &[guest(1)]).await;
    assert!(mapped.log.is_empty() && mapped.problems.is_empty(), "{mapped:?}");
}

#[tokio::test]
async fn limits_of_a_module_can_be_set() {
    let transforms = load(HOSTILE, &json!({"behaviour": "allocate"}), "memory_mib = 16").await;
    let mapped = transforms.modules().guests(&cx(), &[guest(1)]).await;
    assert!(mapped.problems[0].message.contains("wanted more than 16 MiB"), "{:?}", mapped.problems);
    let transforms = load(HOSTILE, &json!({"behaviour": "loop"}), "timeout_ms = 50").await;
    let mapped = transforms.modules().guests(&cx(), &[guest(1)]).await;
    assert!(mapped.problems[0].message.contains("ran longer than 0.1 s"), "{:?}", mapped.problems);
}

#[tokio::test]
async fn loops_on_every_guest_are_given_up() {
    let transforms = load(HOSTILE, &json!({"behaviour": "loop"}), "").await;
    let facts: Vec<_> = (1..=1000).map(guest).collect();
    let mapped = tokio::time::timeout(Duration::from_secs(30), async {
        transforms.modules().guests(&cx(), &facts).await
    });
    let mapped = mapped.await.expect("the module is given up");
    assert_eq!(mapped.outcomes.len(), facts.len());
    assert!(mapped.outcomes.iter().all(|fact| fact.module == built_in(&transforms)));
}

#[tokio::test]
async fn the_example_gives_roles_by_pool() {
    let transforms = load(POOL_ROLES, &json!({"roles": {"db": "Database"}}), "").await;
    let facts = [guest(1), GuestFacts { pool: Some("db".to_owned()), ..guest(2) }];
    let mapped = transforms.modules().guests(&cx(), &facts).await;
    assert_eq!(mapped.problems, []);
    let role = |place: usize| {
        let draft = vm(&mapped.outcomes[place].outcome);
        draft.fields.iter().find(|field| field.name == "role").map(|field| field.value.clone())
    };
    let Some(Value::Reference(reference)) = role(1) else { panic!("{mapped:?}") };
    assert_eq!(reference.key, [("slug".to_owned(), "database".to_owned())]);
    assert_ne!(role(0), role(1));
}

#[tokio::test]
async fn a_module_that_asks_for_the_network_is_refused() {
    let text = include_str!("../../../../tests/modules/wasi-http.wat");
    let transforms = Site::new().file("net.wasm", &wat::parse_str(text).unwrap()).load().await;
    let set = transforms.modules();
    assert_eq!(set.problems()[0].code, "module-import-refused", "{:?}", set.problems());
    assert!(set.problems()[0].message.contains("wasi:http/"));
}
