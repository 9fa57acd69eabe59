//! Modules in the states, with the contents and for the types that a site chose, and how they are replaced.

use crate::support::{Guest, Site, built_in, cx, guest, guests_with_bad, node, on_bad};
use proxbox_model::draft::Outcome;
use proxbox_model::report::ModuleUsage;
use proxbox_model::{Diagnostic, Problem};
use proxbox_modules::{Change, Entry, Folder, Installation, Policy, State};
use proxbox_transform::{Candidate, ModuleSet, Transforms, UnreadableFact};
use serde_json::json;

const POOL_ROLES: &[u8] = include_bytes!("../../../../tests/modules/artifacts/pool-roles.wasm");

/// Who maps guests.
async fn mapper(modules: &ModuleSet) -> String {
    modules.guests(&cx(), &[guest(1)]).await.outcomes.remove(0).module
}

fn folder(site: &Site) -> Folder {
    Folder::new(site.dir.path())
}

fn installation(name: &str, module: &Guest) -> Installation {
    let change = Change { state: Some(State::Enabled), ..Change::default() };
    let maps = vec!["virtual-machine".to_owned()];
    Installation {
        name: name.to_owned(),
        version: "1.2.0".to_owned(),
        bytes: module.component(),
        maps,
        change,
    }
}

fn only_problem(modules: &ModuleSet) -> Problem {
    let problems = modules.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].clone()
}

#[tokio::test]
async fn a_staged_module_is_in_previews_only_and_a_disabled_one_nowhere() {
    let site = Site::new()
        .file("staged.wasm", &Guest::new("staged").component())
        .file("disabled.wasm", &Guest::new("disabled").component())
        .file("enabled.wasm", &Guest::new("enabled").component())
        .toml(
            "[[module]]\nfile = \"disabled.wasm\"\nstate = \"disabled\"\n\
             [[module]]\nfile = \"staged.wasm\"\nstate = \"staged\"\n[[module]]\nfile = \"enabled.wasm\"\n",
        );
    let transforms = site.load().await;
    assert_eq!(mapper(&transforms.modules()).await, "enabled 1.2.0");
    assert_eq!(mapper(&transforms.preview()).await, "staged 1.2.0");
    assert_eq!(mapper(&transforms.usual()).await, built_in(&transforms));
    let states: Vec<State> = transforms
        .preview()
        .describe()
        .iter()
        .filter(|module| !module.builtin)
        .map(|module| module.state)
        .collect();
    assert_eq!(states, [State::Staged, State::Enabled]);
}

#[tokio::test]
async fn a_module_is_asked_only_for_the_types_that_it_is_listed_for() {
    let site = Site::with(&Guest::new("acme")).toml("[[module]]\nfile = \"site.wasm\"\ntypes = [\"node\"]\n");
    let transforms = site.load().await;
    let problem = only_problem(&transforms.modules());
    assert_eq!(problem.code, "module-types");
    assert!(problem.hint.unwrap().contains("It maps virtual-machine."), "nothing of it would ever be used");

    let site = Site::with(&Guest::new("acme")).toml("[[module]]\nfile = \"site.wasm\"\ntypes = [\"vm\"]\n");
    let wrong = Transforms::load(site.settings()).await.err().unwrap();
    assert_eq!(wrong.code(), "transform-manifest");
    assert!(
        wrong.to_string().contains("\"vm\", which is no object type; there are cluster, node"),
        "{wrong}"
    );
}

#[tokio::test]
async fn a_file_that_changed_is_refused_until_its_content_is_accepted() {
    let site = Site::new();
    let entry = folder(&site).install(&installation("acme", &Guest::new("acme"))).unwrap().entry;
    let transforms = site.load().await;
    assert_eq!(mapper(&transforms.modules()).await, "acme 1.2.0");

    std::fs::write(site.dir.path().join(&entry.file), Guest::new("acme").version("6.6.6").component())
        .unwrap();
    assert!(transforms.refresh().await.unwrap());
    assert_eq!(mapper(&transforms.modules()).await, built_in(&transforms));
    let problem = only_problem(&transforms.modules());
    assert_eq!(problem.code, "module-changed");
    assert!(problem.message.starts_with("Module acme ("), "{}", problem.message);
    assert!(problem.message.contains("its content changed"), "{}", problem.message);

    folder(&site).accept("acme", &[], u64::MAX).unwrap();
    assert!(transforms.refresh().await.unwrap());
    assert_eq!(mapper(&transforms.modules()).await, "acme 6.6.6");
}

#[tokio::test]
async fn a_module_that_cannot_be_read_stands_for_what_it_mapped_and_for_nothing_else() {
    let site = Site::new();
    let mut installation = installation("acme", &Guest::new("acme"));
    installation.change.policy = Some(Policy::Fail);
    let entry = folder(&site).install(&installation).unwrap().entry;
    std::fs::write(site.dir.path().join(&entry.file), b"garbage").unwrap();
    let modules = site.load().await.modules();
    let guests = modules.guests(&cx(), &[guest(1)]).await;
    assert!(matches!(guests.outcomes[0].outcome, Outcome::Reject(_)));
    let nodes = modules.nodes(&cx(), &[node("pve1")]).await;
    assert!(matches!(nodes.outcomes[0].outcome, Outcome::Keep(_)));
}

#[tokio::test]
async fn a_new_version_is_taken_between_runs_and_a_run_keeps_the_former() {
    let site = Site::new();
    folder(&site).install(&installation("acme", &Guest::new("acme"))).unwrap();
    let transforms = site.load().await;
    assert!(!transforms.refresh().await.unwrap(), "nothing changed");

    let of_a_run = transforms.modules();
    folder(&site).install(&installation("acme", &Guest::new("acme").version("2.0.0"))).unwrap();
    assert!(transforms.refresh().await.unwrap());
    assert_eq!(mapper(&of_a_run).await, "acme 1.2.0");
    assert_eq!(mapper(&transforms.modules()).await, "acme 2.0.0");
}

#[tokio::test]
async fn a_wrong_list_leaves_the_modules_in_use_and_is_told_every_time() {
    let site = Site::new();
    folder(&site).install(&installation("acme", &Guest::new("acme"))).unwrap();
    let transforms = site.load().await;
    let site = site.toml("[[module]]\nfile = 7\n");
    for _ in 0..2 {
        assert_eq!(transforms.refresh().await.unwrap_err().code(), "transform-manifest");
        assert_eq!(mapper(&transforms.modules()).await, "acme 1.2.0");
    }
    site.toml("");
    assert!(transforms.refresh().await.unwrap());
}

#[tokio::test]
async fn settings_are_checked_against_the_schema_of_the_module() {
    let list = |settings: &str| {
        Site::new()
            .file("pool-roles.wasm", POOL_ROLES)
            .toml(&format!("[[module]]\nfile = \"pool-roles.wasm\"\nsettings = {settings}\n"))
    };
    let right = list("{ roles = { web = \"Web server\" } }").load().await;
    assert_eq!(right.modules().problems(), []);
    let wrong = list("{ roles = { web = 7 } }").load().await;
    let problem = only_problem(&wrong.modules());
    assert_eq!(problem.code, "module-settings");
    assert!(problem.message.contains("its settings are wrong: `/roles/web`"), "{}", problem.message);
    assert_eq!(mapper(&wrong.modules()).await, built_in(&wrong));
}

#[tokio::test]
async fn candidates_run_over_the_built_in_mappers_whatever_is_in_the_folder() {
    let site = Site::with(&Guest::new("installed"));
    let transforms = site.load().await;
    let candidate = |guest: &Guest| Candidate {
        entry: Entry { state: State::Disabled, ..Entry::of_file("candidate.wasm") },
        bytes: guest.component(),
    };
    let tried = transforms.with(vec![candidate(&Guest::new("tried").wrap())]).await;
    let mapped = tried.guests(&cx(), &[guest(1)]).await;
    assert_eq!(mapped.outcomes[0].module, "tried 1.2.0");
    assert!(matches!(mapped.outcomes[0].outcome, Outcome::Keep(_)), "it wraps the built-in mapper");
    let refused =
        transforms.with(vec![Candidate { bytes: b"garbage".to_vec(), ..candidate(&Guest::new("x")) }]).await;
    assert_eq!(only_problem(&refused).code, "module-not-wasm");
}

#[tokio::test]
async fn what_modules_did_is_counted_and_adds_up() {
    let site = Site::new()
        .file("1.wasm", &Guest::new("outer").wrap().component())
        .file("2.wasm", &Guest::new("inner").each(on_bad("unreachable")).component());
    let transforms = site.load().await;
    let facts = guests_with_bad(250);
    let usage = transforms.modules().guests(&cx(), &facts).await.usage;

    let of = |name: &str| usage.iter().find(|usage| usage.module == name).unwrap();
    let (outer, inner) = (of("outer"), of("inner"));
    assert_eq!((outer.objects, outer.kept, outer.skipped, outer.failed), (250, 1, 249, 0));
    assert_eq!((outer.calls, outer.restarts), (3, 0));
    assert_eq!((inner.objects, inner.skipped, inner.failed), (250, 249, 1));
    assert!(inner.restarts > 2 && inner.calls == 3 + inner.restarts, "{inner:?}");
    let builtin = usage.last().unwrap();
    assert_eq!((builtin.objects, builtin.kept), (1, 1), "the built-in mapper caught one");
    for ModuleUsage { interface, seconds, memory_peak, objects, kept, skipped, rejected, failed, .. } in
        &usage
    {
        assert_eq!(interface, "virtual-machine");
        assert!(*seconds > 0.0 && *memory_peak >= 64 * 1024);
        assert_eq!(*objects, kept + skipped + rejected + failed);
    }
}

#[tokio::test]
async fn time_of_the_next_mapper_is_not_the_callers() {
    let site = Site::new()
        .file("1.wasm", &Guest::new("outer").wrap().component())
        .file("2.wasm", &Guest::new("slow").before("(local.set $i (i32.const 30000000)) (loop $spin (local.set $i (i32.sub (local.get $i) (i32.const 1))) (br_if $spin (local.get $i)))").component());
    let usage = site.load().await.modules().guests(&cx(), &[guest(1)]).await.usage;
    assert_eq!(usage.iter().map(|usage| usage.module.as_str()).collect::<Vec<_>>(), ["outer", "slow"]);
    assert!(usage[0].seconds < usage[1].seconds / 2.0, "{usage:?}");
}

#[tokio::test]
async fn facts_can_be_given_as_json_by_the_name_of_their_interface() {
    let transforms = Site::new().load().await;
    let facts = [serde_json::to_value(node("pve1")).unwrap()];
    let modules = transforms.modules();
    let named = modules.map_json("node", &cx(), &facts).await.unwrap();
    assert_eq!(named.outcomes, modules.nodes(&cx(), &[node("pve1")]).await.outcomes);

    let unknown = modules.map_json("nodes", &cx(), &facts).await.unwrap_err();
    assert!(matches!(unknown, UnreadableFact::Interface(_)));
    let mut wrong = facts[0].clone();
    wrong["cpus"] = json!("many");
    let wrong = modules.map_json("node", &cx(), &[facts[0].clone(), wrong]).await.unwrap_err();
    assert_eq!(wrong.to_string(), "fact 2 is none of `node`, at cpus");
}
