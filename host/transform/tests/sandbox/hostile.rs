//! What modules may do to the host, and what becomes of it.

use crate::support::{
    Guest, Site, assert_others_mapped_by, bad, built_in, cx, guest, guests_with_bad, on_bad, quick,
};
use proxbox_model::draft::Outcome;
use proxbox_model::facts::GuestFacts;
use proxbox_transform::{Limits, Mapped, Settings, Transforms};
use std::time::Duration;

const SITE: &str = "acme 1.2.0";

/// Maps with a hostile module, and checks that it is to blame for the bad guest alone.
async fn only_the_bad_guest_suffers(
    module: Guest,
    code: &str,
    message: &str,
) -> (Transforms, Vec<GuestFacts>, Mapped) {
    let transforms = Site::with(&module).load().await;
    assert_eq!(transforms.modules().problems(), []);
    let facts = guests_with_bad(100);
    let mapped = transforms.modules().guests(&cx(), &facts).await;
    assert_others_mapped_by(SITE, &facts, &mapped);
    assert_eq!(bad(&facts, &mapped).module, built_in(&transforms));
    assert_eq!(mapped.problems.len(), 1, "{:?}", mapped.problems);
    let problem = &mapped.problems[0];
    assert_eq!(problem.code, code);
    assert_eq!(
        problem.message,
        format!("Module acme 1.2.0 {message} on guest 666 (vm666); it was left to the next mapper.")
    );
    assert!(problem.hint.as_ref().unwrap().contains("For its author"), "{:?}", problem.hint);
    (transforms, facts, mapped)
}

#[tokio::test]
async fn a_panic_is_blamed_on_one_guest() {
    let module = Guest::new("acme").each(on_bad("unreachable"));
    only_the_bad_guest_suffers(module, "module-panicked", "panicked").await;
}

#[tokio::test]
async fn an_endless_loop_is_stopped() {
    let module = Guest::new("acme").each(on_bad("(loop $forever (br $forever))"));
    only_the_bad_guest_suffers(module, "module-too-slow", "ran longer than 0.2 s").await;
}

#[tokio::test]
async fn greed_for_memory_is_stopped() {
    let module = Guest::new("acme").each(on_bad("(drop (memory.grow (i32.const 5000)))"));
    only_the_bad_guest_suffers(module, "module-out-of-memory", "wanted more than 256 MiB of memory").await;
}

#[tokio::test]
async fn endless_recursion_is_stopped() {
    let module = Guest::new("acme").each(on_bad("(drop (call $deep (i32.const 0)))"));
    only_the_bad_guest_suffers(module, "module-stack-overflow", "recursed too deeply").await;
}

#[tokio::test]
async fn hoarding_handles_is_stopped() {
    let module =
        Guest::new("acme").opens_stderr().each(on_bad("(loop $more (drop (call $stderr)) (br $more))"));
    only_the_bad_guest_suffers(module, "module-too-many-handles", "held too many handles").await;
}

#[tokio::test]
async fn a_pointer_out_of_memory_is_a_crash() {
    let module = Guest::new("acme").each(on_bad("(drop (i32.load (i32.const -4)))"));
    only_the_bad_guest_suffers(module, "module-crashed", "crashed: out of bounds memory access").await;
}

#[tokio::test]
async fn a_hundred_megabytes_of_output_never_reach_the_host() {
    let grow =
        "(drop (memory.grow (i32.const 1700))) (i32.store offset=8 (local.get $out) (i32.const 100000000))";
    let module = Guest::new("acme").each(on_bad(grow));
    only_the_bad_guest_suffers(module, "module-output-too-big", "returned more than 1152 KiB").await;
}

#[tokio::test]
async fn a_text_too_long_is_named() {
    let code = "(drop (memory.grow (i32.const 10)))
        (i32.store offset=4 (local.get $out) (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 400000)))
        (i32.store offset=8 (local.get $out) (i32.const 300000))";
    let module = Guest::new("acme").each(on_bad(code));
    let message = "returned 300000 bytes in `skip`, more than the 262144 that are allowed";
    only_the_bad_guest_suffers(module, "module-text-too-long", message).await;
}

#[tokio::test]
async fn a_missing_outcome_is_found() {
    let module = Guest::new("acme")
        .global("(global $missing (mut i32) (i32.const 0))")
        .each(on_bad("(global.set $missing (i32.const 1))"))
        .count("(i32.sub (local.get $n) (global.get $missing))");
    only_the_bad_guest_suffers(module, "module-wrong-count", "returned 0 outcomes for 1").await;
}

#[tokio::test]
async fn keeping_without_a_draft_is_an_error() {
    let code =
        "(i32.store8 (local.get $out) (i32.const 0)) (i32.store offset=8 (local.get $out) (i32.const 0))";
    let module = Guest::new("acme").each(on_bad(code));
    only_the_bad_guest_suffers(module, "module-no-draft", "returned no draft").await;
}

#[tokio::test]
async fn text_that_is_not_utf8_is_a_breach_of_contract() {
    let code = "(i32.store8 (i32.const 3000) (i32.const 255))
        (i32.store offset=4 (local.get $out) (i32.const 3000)) (i32.store offset=8 (local.get $out) (i32.const 1))";
    let module = Guest::new("acme").each(on_bad(code));
    let transforms = Site::with(&module).load().await;
    let facts = guests_with_bad(100);
    let mapped = transforms.modules().guests(&cx(), &facts).await;
    assert_others_mapped_by(SITE, &facts, &mapped);
    assert_eq!(mapped.problems[0].code, "module-broke-contract");
    assert!(mapped.problems[0].message.contains("utf-8"), "{}", mapped.problems[0].message);
}

#[tokio::test]
async fn every_guilty_guest_is_found() {
    let odd = "(if (i32.and (i32.load (local.get $fact)) (i32.const 1)) (then unreachable))";
    let transforms = Site::with(&Guest::new("acme").each(odd)).load().await;
    let facts: Vec<_> = (1..=300).map(guest).collect();
    let mapped = transforms.modules().guests(&cx(), &facts).await;
    assert_eq!(mapped.outcomes.len(), facts.len());
    for (facts, mapped) in facts.iter().zip(&mapped.outcomes) {
        let expected = if facts.vmid % 2 == 0 { SITE.to_owned() } else { built_in(&transforms) };
        assert_eq!(mapped.module, expected);
    }
    assert_eq!(
        mapped.problems[0].message,
        "Module acme 1.2.0 panicked on 150 guests: 1 (vm1), 3 (vm3), 5 (vm5) and 147 more; they were left to the \
         next mapper."
    );
}

#[tokio::test]
async fn a_module_that_panics_on_everything_is_given_up() {
    let transforms = Site::with(&Guest::new("acme").each("unreachable")).load().await;
    let facts: Vec<_> = (1..=1000).map(guest).collect();
    let mapped = transforms.modules().guests(&cx(), &facts).await;
    assert_eq!(mapped.outcomes.len(), facts.len());
    assert!(mapped.outcomes.iter().all(|fact| fact.module == built_in(&transforms)));
    let codes: Vec<_> = mapped.problems.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(codes, ["module-given-up", "module-panicked"]);
    assert!(mapped.problems[0].message.contains("on 984 guests"), "{}", mapped.problems[0].message);
}

#[tokio::test]
async fn a_module_that_loops_on_everything_does_not_hold_the_run_up() {
    let site = Site::with(&Guest::new("acme").each("(loop $forever (br $forever))"));
    // However long the calls take here, it is their number that makes an end.
    let limits = Limits { blame_time: Duration::from_secs(600), ..quick() };
    let transforms = Transforms::load(Settings { limits, ..site.settings() }).await.unwrap();
    let facts: Vec<_> = (1..=1000).map(guest).collect();
    let mapped = transforms.modules().guests(&cx(), &facts).await;
    let usage = mapped.usage.iter().find(|usage| usage.module == "acme").unwrap();
    assert_eq!(usage.calls, 5, "a batch, a tenth of it, and three guests by themselves");
    assert_eq!(mapped.outcomes.len(), facts.len());
    assert!(mapped.outcomes.iter().all(|fact| fact.module == built_in(&transforms)));
    assert_eq!(mapped.problems.len(), 2);
    assert!(
        mapped.problems[1].message.contains("ran longer than 0.2 s on 3 guests: 1 (vm1), 2 (vm2), 3 (vm3)")
    );
}

#[tokio::test]
async fn policy_skip_gives_the_reason() {
    let site = Site::with(&Guest::new("acme").each(on_bad("unreachable"))).policy("skip");
    let transforms = site.load().await;
    let facts = guests_with_bad(10);
    let mapped = transforms.modules().guests(&cx(), &facts).await;
    assert_others_mapped_by(SITE, &facts, &mapped);
    let reason = "Module acme 1.2.0 panicked on guest 666 (vm666).".to_owned();
    assert_eq!(bad(&facts, &mapped).outcome, Outcome::Skip(reason));
    assert!(mapped.problems[0].message.ends_with("it was skipped."));
}

#[tokio::test]
async fn policy_fail_rejects_with_the_failure() {
    let site = Site::with(&Guest::new("acme").each(on_bad("unreachable"))).policy("fail");
    let transforms = site.load().await;
    let facts = guests_with_bad(10);
    let mapped = transforms.modules().guests(&cx(), &facts).await;
    assert_others_mapped_by(SITE, &facts, &mapped);
    let Outcome::Reject(rejection) = &bad(&facts, &mapped).outcome else { panic!("{mapped:?}") };
    assert_eq!(rejection.code, "module-panicked");
    assert_eq!(rejection.message, "Module acme 1.2.0 panicked on guest 666 (vm666).");
}

#[tokio::test]
async fn log_lines_are_cleaned_and_kept() {
    let transforms = Site::with(&Guest::new("acme").logs("role from the pool")).load().await;
    let mapped = transforms.modules().guests(&cx(), &[guest(1)]).await;
    assert_eq!(mapped.log.len(), 1);
    assert_eq!(mapped.log[0].module, SITE);
    assert_eq!(mapped.log[0].message, "role from the pool");
}

#[tokio::test]
async fn a_flood_of_log_lines_is_cut() {
    let flood = "(loop $more (call $log (i32.const 0) (i32.const 4096) (i32.const 1))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $more (i32.lt_u (local.get $i) (i32.const 5000)))) (local.set $i (i32.const 0))";
    let module = Guest::new("acme").logs("x");
    let transforms = Site::with(&module.before_more(flood)).load().await;
    let mapped = transforms.modules().guests(&cx(), &[guest(1)]).await;
    assert_eq!(mapped.log.len(), 201);
    assert_eq!(mapped.log[200].message, "4801 more lines of the modules were left out.");
}
