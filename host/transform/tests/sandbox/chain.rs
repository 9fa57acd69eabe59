//! How facts pass through several modules.

use crate::support::{
    BAD, BUILT_IN, Guest, Site, bad, built_in, cluster, cx, guest, guests_with_bad, node, on_bad,
};
use proxbox_model::draft::{Outcome, Value};
use proxbox_modules::Policy;

#[tokio::test]
async fn built_in_mappers_map_every_object_type() {
    let transforms = Site::new().load().await;
    let set = transforms.modules();
    assert_eq!(set.problems(), []);

    let mapped = set.guests(&cx(), &[guest(101), guest(102)]).await;
    assert_eq!(mapped.problems, []);
    for fact in &mapped.outcomes {
        let Outcome::Keep(drafts) = &fact.outcome else { panic!("{fact:?}") };
        assert_eq!(drafts[0].kind, "virtualization.virtualmachine");
        assert_eq!(fact.module, built_in(&transforms));
    }

    let mapped = set.nodes(&cx(), &[node("pve1")]).await;
    let Outcome::Keep(drafts) = &mapped.outcomes[0].outcome else { panic!("{mapped:?}") };
    assert_eq!(drafts[0].kind, "dcim.device");

    let mapped = set.clusters(&cx(), &[cluster()]).await;
    let Outcome::Keep(drafts) = &mapped.outcomes[0].outcome else { panic!("{mapped:?}") };
    assert_eq!(drafts[0].kind, "virtualization.cluster");
}

#[tokio::test]
async fn a_problem_names_nodes_as_nodes() {
    let transforms = Site::with(&Guest::new("acme").of("node").before("unreachable")).load().await;
    let mapped = transforms.modules().nodes(&cx(), &[node("pve1"), node("pve2")]).await;
    assert_eq!(
        mapped.problems[0].message,
        "Module acme 1.2.0 panicked on 2 nodes: pve1, pve2; they were left to the next mapper."
    );
    assert!(mapped.outcomes.iter().all(|fact| matches!(fact.outcome, Outcome::Keep(_))));
}

#[tokio::test]
async fn nothing_in_is_nothing_out() {
    let mapped = Site::new().load().await.modules().guests(&cx(), &[]).await;
    assert!(mapped.outcomes.is_empty() && mapped.problems.is_empty());
}

#[tokio::test]
async fn a_module_that_wraps_gets_what_the_built_in_mapper_gives() {
    let usual = Site::new().load().await.modules().guests(&cx(), &[guest(101)]).await;
    let transforms = Site::with(&Guest::new("wrapper").wrap()).load().await;
    let mapped = transforms.modules().guests(&cx(), &[guest(101)]).await;
    assert_eq!(mapped.outcomes[0].outcome, usual.outcomes[0].outcome);
    assert_eq!(mapped.outcomes[0].module, "wrapper 1.2.0");
}

#[tokio::test]
async fn the_first_of_the_list_is_outermost() {
    let site = Site::new()
        .file("a.wasm", &Guest::new("last").component())
        .file("b.wasm", &Guest::new("first").wrap().component())
        .toml("[[module]]\nfile = \"b.wasm\"\n[[module]]\nfile = \"a.wasm\"\n");
    let mapped = site.load().await.modules().guests(&cx(), &[guest(1)]).await;
    assert_eq!(mapped.outcomes[0].module, "first 1.2.0");
    assert_eq!(mapped.outcomes[0].outcome, Outcome::Skip("last".to_owned()));
}

#[tokio::test]
async fn without_a_list_files_are_in_the_order_of_their_names() {
    let site = Site::new()
        .file("20.wasm", &Guest::new("inner").component())
        .file("10.wasm", &Guest::new("outer").wrap().component());
    let mapped = site.load().await.modules().guests(&cx(), &[guest(1)]).await;
    assert_eq!(mapped.outcomes[0].module, "outer 1.2.0");
    assert_eq!(mapped.outcomes[0].outcome, Outcome::Skip("inner".to_owned()));
}

#[tokio::test]
async fn scopes_decide_who_maps_a_source() {
    let site = Site::new()
        .file("a.wasm", &Guest::new("for-lab").component())
        .file("b.wasm", &Guest::new("for-prod").component())
        .toml(
            "[[module]]\nfile = \"a.wasm\"\nscope = [\"endpoint:lab\"]\n\
             [[module]]\nfile = \"b.wasm\"\nscope = [\"cluster:prod\", \"cluster:other\"]\n",
        );
    let transforms = site.load().await;
    let mapper_of = async |endpoint: &str, cluster: &str| {
        let mut cx = cx();
        cx.source.endpoint = endpoint.to_owned();
        cx.source.cluster = cluster.to_owned();
        transforms.modules().guests(&cx, &[guest(1)]).await.outcomes.remove(0).module
    };
    assert_eq!(mapper_of("lab", "prod").await, "for-lab 1.2.0");
    assert_eq!(mapper_of("dc1", "prod").await, "for-prod 1.2.0");
    assert_eq!(mapper_of("dc1", "other").await, "for-prod 1.2.0");
    assert_eq!(mapper_of("dc1", "third").await, built_in(&transforms));
}

/// Skips with its own settings as the reason: a module finds them at the end of its context.
fn settings_teller(name: &str) -> Guest {
    Guest::new(name).each(
        "(i32.store offset=4 (local.get $out) (i32.load offset=72 (local.get $args)))
         (i32.store offset=8 (local.get $out) (i32.load offset=76 (local.get $args)))",
    )
}

#[tokio::test]
async fn every_module_gets_its_own_settings_also_when_another_calls_it() {
    let site = Site::new()
        .file("outer.wasm", &Guest::new("outer").wrap().component())
        .file("inner.wasm", &settings_teller("inner").component())
        .toml(
            "[[module]]\nfile = \"outer.wasm\"\nsettings = { mine = \"no\" }\n\
             [[module]]\nfile = \"inner.wasm\"\nsettings = { role = \"db\", list = [1, 2] }\n",
        );
    let mapped = site.load().await.modules().guests(&cx(), &[guest(1)]).await;
    assert_eq!(mapped.outcomes[0].outcome, Outcome::Skip(r#"{"list":[1,2],"role":"db"}"#.to_owned()));
}

#[tokio::test]
async fn a_failure_below_does_not_hurt_the_module_above() {
    let site = Site::new()
        .file("1.wasm", &Guest::new("outer").wrap().component())
        .file("2.wasm", &Guest::new("inner").each(on_bad("unreachable")).component());
    let transforms = site.load().await;
    let facts = guests_with_bad(50);
    let mapped = transforms.modules().guests(&cx(), &facts).await;
    assert!(mapped.outcomes.iter().all(|fact| fact.module == "outer 1.2.0"));
    assert!(matches!(bad(&facts, &mapped).outcome, Outcome::Keep(_)), "the built-in mapper took it");
    for (facts, mapped) in facts.iter().zip(&mapped.outcomes).filter(|(facts, _)| facts.vmid != BAD) {
        assert_eq!(mapped.outcome, Outcome::Skip("inner".to_owned()), "{}", facts.vmid);
    }
    let messages: Vec<_> = mapped.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(
        messages,
        ["Module inner 1.2.0 panicked on guest 666 (vm666); it was left to the next mapper."]
    );
}

#[tokio::test]
async fn a_failure_below_is_told_once_when_the_module_above_fails_too() {
    let then_panic = "(call $next (local.get $args) (i32.const 64)) (unreachable)";
    let site = Site::new()
        .file("1.wasm", &Guest::new("outer").wrap().before(then_panic).component())
        .file("2.wasm", &Guest::new("inner").each(on_bad("unreachable")).component());
    let transforms = site.load().await;
    let facts = guests_with_bad(8);
    let mapped = transforms.modules().guests(&cx(), &facts).await;
    let messages: Vec<_> = mapped.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "Module inner 1.2.0 panicked on guest 666 (vm666); it was left to the next mapper.",
            "Module outer 1.2.0 panicked on 8 guests: 1 (vm1), 2 (vm2), 3 (vm3) and 5 more; they were left to the \
             next mapper."
        ]
    );
}

#[tokio::test]
async fn time_of_the_next_mapper_is_not_the_callers() {
    let slow = "(local.set $i (i32.const 0))
        (loop $work (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $work (i32.lt_u (local.get $i) (i32.const 1500000000))))
        (local.set $i (i32.const 0))";
    let site = Site::new()
        .file("1.wasm", &Guest::new("outer").wrap().component())
        .file("2.wasm", &Guest::new("slow").before(slow).component())
        .toml(
            "[[module]]\nfile = \"1.wasm\"\ntimeout_ms = 20\n\
             [[module]]\nfile = \"2.wasm\"\ntimeout_ms = 60000\n",
        );
    let mapped = site.load().await.modules().guests(&cx(), &[guest(1)]).await;
    assert_eq!(mapped.problems, []);
    assert_eq!(mapped.outcomes[0].outcome, Outcome::Skip("slow".to_owned()));
}

#[tokio::test]
async fn calling_the_next_mapper_for_ever_is_stopped() {
    let forever = "(loop $again (call $next (local.get $args) (i32.const 64)) (br $again))";
    let module = Guest::new("caller").wrap().before(forever);
    let transforms = Site::with(&module).load().await;
    let mapped = transforms.modules().guests(&cx(), &[guest(1)]).await;
    assert_eq!(mapped.problems[0].code, "module-calls-too-often");
    assert_eq!(mapped.outcomes[0].module, built_in(&transforms));
}

#[tokio::test]
async fn a_run_keeps_its_modules_through_a_reload() {
    let site = Site::with(&Guest::new("before"));
    let transforms = site.load().await;
    let running = transforms.modules();
    let site = site.file("site.wasm", &Guest::new("after").component());
    transforms.reload().await.unwrap();
    let mapper = async |set: &proxbox_transform::ModuleSet| {
        set.guests(&cx(), &[guest(1)]).await.outcomes.remove(0).module
    };
    assert_eq!(mapper(&running).await, "before 1.2.0");
    assert_eq!(mapper(&transforms.modules()).await, "after 1.2.0");
    drop(site);
}

#[tokio::test]
async fn modules_describe_themselves() {
    let site = Site::with(&Guest::new("acme"))
        .toml("[[module]]\nfile = \"site.wasm\"\npolicy = \"skip\"\nscope = [\"cluster:prod\"]\n");
    let modules = site.load().await.modules().describe();
    assert_eq!(modules.len(), BUILT_IN + 1);
    let module = &modules[0];
    assert_eq!((module.name.as_str(), module.version.as_str()), ("acme", "1.2.0"));
    assert_eq!(module.description, "acme");
    assert_eq!(module.contract.as_deref(), Some("0.1.0"));
    assert_eq!(module.file.as_deref(), Some("site.wasm"));
    assert_eq!(module.interfaces, ["virtual-machine"]);
    assert_eq!(module.scope[0].to_string(), "cluster:prod");
    assert_eq!(module.policy, Policy::Skip);
    assert_eq!(module.digest.len(), 64);
    assert_eq!(module.settings_schema, Some(serde_json::json!({})));
    assert!(modules[1..].iter().all(|module| module.builtin && module.problem.is_none()));
}

#[tokio::test]
async fn many_mappings_at_once_share_the_pool() {
    let transforms = Site::with(&Guest::new("acme").wrap()).load().await;
    let set = transforms.modules();
    let facts: Vec<_> = (1..=50).map(guest).collect();
    let cx = cx();
    let all = futures::future::join_all((0..200).map(|_| set.guests(&cx, &facts))).await;
    for mapped in all {
        assert_eq!(mapped.problems, []);
        assert!(mapped.outcomes.iter().all(|fact| fact.module == "acme 1.2.0"));
    }
}

#[tokio::test]
async fn drafts_keep_every_sort_of_value_on_the_way_up() {
    let transforms = Site::with(&Guest::new("wrapper").wrap()).load().await;
    let mapped = transforms.modules().guests(&cx(), &[guest(101)]).await;
    let Outcome::Keep(drafts) = &mapped.outcomes[0].outcome else { panic!("{mapped:?}") };
    let value = |name: &str| &drafts[0].fields.iter().find(|field| field.name == name).unwrap().value;
    assert_eq!(*value("name"), Value::Text("vm101".to_owned()));
    assert_eq!(*value("memory"), Value::Integer(4096));
    assert!(matches!(value("cluster"), Value::Reference(_)));
}

#[cfg(unix)]
#[test]
fn modules_run_where_the_address_space_is_small() {
    let limited = std::process::Command::new("sh")
        .args([
            "-c",
            "ulimit -v 4000000 && exec \"$0\" --exact chain::built_in_mappers_map_every_object_type",
        ])
        .arg(std::env::current_exe().unwrap())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&limited.stdout);
    assert!(limited.status.success() && told.contains("1 passed"), "{told}");
}
