//! What the service tells of a site's mapping modules, and what a sync would do with them.

use crate::lab::Lab;
use crate::world::{World, modular_world};
use proxbox_model::report::Stage;
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

const ARTIFACTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/modules/artifacts/");

/// A folder with these entries and their modules.
fn folder(entries: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in ["pool-roles.wasm", "hostile.wasm"].into_iter().filter(|file| entries.contains(file)) {
        fs::copy(format!("{ARTIFACTS}{file}"), dir.path().join(file)).unwrap();
    }
    fs::write(dir.path().join("transforms.toml"), entries).unwrap();
    dir
}

const STAGED_ROLES: &str = "[[module]]\nname = \"roles\"\nfile = \"pool-roles.wasm\"\nstate = \"staged\"\n\
                            settings = { roles = { web = \"Web server\" } }\n";

fn hostile(behaviour: &str, state: &str) -> String {
    format!(
        "[[module]]\nfile = \"hostile.wasm\"\nstate = \"{state}\"\n\
         settings = {{ behaviour = \"{behaviour}\", vmid = 101, size = 3 }}\n"
    )
}

async fn world_with(entries: &str) -> (World, TempDir) {
    let modules = folder(entries);
    let world = modular_world(1, 4, modules.path()).await;
    world.proxmox.change(|fleet| {
        let vmids: Vec<u32> = fleet.guests.keys().copied().collect();
        for vmid in vmids {
            fleet.set_pool(vmid, (vmid == 101).then_some("web")).unwrap();
        }
    });
    (world, modules)
}

async fn full_update(lab: &Lab) {
    assert_eq!(lab.get("/full-update").await.0, 200);
    lab.ended_run().await;
}

#[tokio::test]
async fn every_entry_is_listed_with_what_it_did_last() {
    let entries = format!(
        "{}{STAGED_ROLES}{}",
        hostile("skip", "enabled"),
        hostile("loop", "disabled").replace("file =", "name = \"off\"\nfile =",)
    );
    let (world, _modules) = world_with(&entries).await;
    full_update(&world.lab).await;

    let (code, listed) = world.lab.get("/transforms/modules").await;
    assert_eq!((code, &listed["problem"]), (200, &Value::Null), "{listed}");
    let modules = listed["modules"].as_array().unwrap();
    let states: Vec<(&str, &str)> = modules
        .iter()
        .map(|module| (module["entry"].as_str().unwrap(), module["state"].as_str().unwrap()))
        .collect();
    assert_eq!(states, [("hostile", "enabled"), ("roles", "staged"), ("off", "disabled")]);
    let usage = &modules[0]["usage"][0];
    assert_eq!(
        (&usage["object_type"], &usage["objects"], &usage["skipped"], &usage["kept"]),
        (&json!("virtual-machine"), &json!(4), &json!(1), &json!(3)),
        "{usage}"
    );
    assert_eq!((&modules[1]["name"], &modules[1]["version"]), (&json!("pool-roles"), &json!("1.0.0")));
    assert_eq!(modules[1]["interfaces"], json!(["virtual-machine"]));
    assert_eq!(modules[1]["settings"], json!({"roles": {"web": "Web server"}}));
    assert_eq!(modules[1]["usage"], json!([]), "a staged module does nothing in a run that writes");
    assert_eq!(modules[1]["sha256"].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn a_list_of_modules_that_is_wrong_is_told_and_the_former_ones_are_listed() {
    let (world, modules) = world_with(STAGED_ROLES).await;
    fs::write(modules.path().join("transforms.toml"), "[[module]]\nfile = 7\n").unwrap();
    let (code, listed) = world.lab.get("/transforms/modules").await;
    assert_eq!(code, 200);
    assert!(listed["problem"]["message"].as_str().unwrap().contains("transforms.toml"), "{listed}");
    assert_eq!(listed["modules"][0]["entry"], "roles");
}

#[tokio::test]
async fn what_modules_logged_is_told_of_the_latest_run_that_had_any() {
    let (world, modules) = world_with(&hostile("log-flood", "enabled")).await;
    let none = json!({"run_id": null, "ended_at": null, "lines": [], "total": 0, "has_more": false});
    assert_eq!(world.lab.get("/transforms/logs").await, (200, none));

    full_update(&world.lab).await;
    let run = world.lab.ended_run().await.id;
    fs::write(modules.path().join("transforms.toml"), "").unwrap();
    full_update(&world.lab).await;

    let (_, log) = world.lab.get("/transforms/logs?limit=2&module=hostile").await;
    assert_eq!(
        (&log["run_id"], &log["total"], &log["has_more"]),
        (&json!(run), &json!(3), &json!(true)),
        "{log}"
    );
    assert_eq!(log["lines"].as_array().unwrap().len(), 2);
    assert_eq!(log["lines"][0]["module"], "hostile 0.1.0");
    assert_eq!(world.lab.get(&format!("/transforms/logs?run={run}&module=other")).await.1["total"], 0);
    assert_eq!(world.lab.get("/transforms/logs?run=none").await.0, 404);
    assert_eq!(world.lab.get("/transforms/logs?limit=0").await.0, 422);
}

#[tokio::test]
async fn a_preview_shows_what_a_staged_module_would_change_and_writes_nothing() {
    let (world, _modules) = world_with(STAGED_ROLES).await;
    full_update(&world.lab).await;
    let before = world.netbox.writes().len();

    let (code, preview) = world.lab.get("/transforms/preview").await;
    assert_eq!((code, &preview["staged"]), (200, &json!(["roles"])), "{preview}");
    let objects = preview["objects"].as_array().unwrap();
    assert_eq!(
        (objects.len(), &preview["cut"]),
        (1, &json!(false)),
        "the one that would change: {objects:#?}"
    );
    let (object, seen) = (&objects[0], &objects[0]["preview"]);
    assert_eq!(object["identity"]["object"], json!({"guest": 101}));
    assert_eq!(seen["modules"], json!(["pool-roles"]));
    let of =
        |list: &Value| list.as_array().unwrap().iter().find(|one| one["field"] == "role").cloned().unwrap();
    assert_eq!(of(&seen["usual"])["to"], "device role web-server");
    assert_eq!(of(&seen["netbox"])["to"], "device role Web server (new)");
    assert_eq!(preview["modules"][0]["objects"], 4);
    assert_eq!(world.netbox.writes().len(), before, "nothing was written");
    world.lab.ended_run().await;
    let stored = world.lab.store.run_report(preview["run_id"].as_str().unwrap()).await.unwrap().unwrap();
    let stored = stored.report;
    assert!(!stored.objects.is_empty(), "{stored:#?}");
    assert!(stored.objects.iter().all(|object| object.preview.is_none()), "previews are not kept");
}

#[tokio::test]
async fn a_preview_is_narrowed_by_guest_and_stage_and_cut_to_a_limit() {
    let (world, _modules) = world_with(STAGED_ROLES).await;
    let all = |preview: &Value| preview["total"].as_u64().unwrap();
    let get = async |query: &str| world.lab.get(&format!("/transforms/preview?{query}")).await;

    let (_, machines) = get("stage=virtual-machines&limit=2").await;
    assert_eq!((&machines["cut"], machines["objects"].as_array().unwrap().len()), (&json!(true), 2));
    assert!(all(&machines) > 2);
    let stage = Stage::VirtualMachines.as_str();
    assert!(machines["objects"].as_array().unwrap().iter().all(|object| object["stage"] == stage));

    let (_, one) = get("stage=virtual-machines,virtual-disks&vmid=101").await;
    let objects = one["objects"].as_array().unwrap();
    assert!(!objects.is_empty(), "{one}");
    assert!(objects.iter().all(|object| object["identity"].to_string().contains("101")), "{objects:#?}");

    full_update(&world.lab).await;
    let (_, everything) = get("only_changed=false&stage=devices").await;
    assert_eq!(all(&everything), 2, "a cluster and its node, though nothing would change: {everything}");
    for query in ["stage=machines", "limit=0", "vmid=x", "only_changed=perhaps"] {
        assert_eq!(get(query).await.0, 422, "{query}");
    }
}

#[tokio::test]
async fn metrics_and_the_page_for_operators_tell_what_modules_did() {
    let (world, _modules) = world_with(&hostile("panic", "enabled")).await;
    full_update(&world.lab).await;
    let text = world.lab.get("/metrics").await.1.as_str().unwrap().to_owned();
    let labels = "module=\"hostile\",version=\"0.1.0\",object_type=\"virtual-machine\"";
    for line in [
        format!("proxbox_module_objects_total{{{labels},outcome=\"kept\"}} 3"),
        format!("proxbox_module_objects_total{{{labels},outcome=\"failed\"}} 1"),
        "# TYPE proxbox_module_objects_total counter".to_owned(),
        "# TYPE proxbox_module_memory_peak_bytes gauge".to_owned(),
    ] {
        assert!(text.lines().any(|told| told == line), "{line} is not in\n{text}");
    }
    let page = world.lab.get("/admin/").await.1.as_str().unwrap().to_owned();
    assert!(page.contains("Site modules") && page.contains(">hostile<"), "{page}");
}

#[tokio::test]
async fn modules_are_told_to_those_with_a_key_only() {
    let lab = Lab::keyed().await;
    for path in ["/transforms/modules", "/transforms/logs", "/transforms/preview"] {
        assert_eq!(crate::lab::answer(lab.open(reqwest::Method::GET, path)).await.0, 401, "{path}");
    }
}
