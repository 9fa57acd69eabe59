use super::story;
use proxbox_tests::{Claims, Page, PluginLab};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Lists and dashboards of the plugin.
const PAGES: [&str; 24] = [
    "home/",
    "dashboard/",
    "clusters/",
    "nodes/",
    "virtual_machines/",
    "lxc_containers/",
    "interfaces/",
    "ip-addresses/",
    "virtual-disks/",
    "storage/",
    "backups/",
    "snapshots/",
    "task-history/",
    "backup-routines/",
    "replications/",
    "vm-cloudinit/",
    "vm-templates/",
    "logs/",
    "jobs/",
    "settings/",
    "ha/",
    "data-protection/",
    "sync-state/",
    "sync-state/bootstrap-status/",
];

/// Lists whose first object has a page of its own.
const OBJECTS: [&str; 8] = [
    "proxmox-clusters/",
    "proxmox-nodes/",
    "storage/",
    "backups/",
    "snapshots/",
    "task-history/",
    "backup-routines/",
    "replications/",
];

/// Looks at every badge and page.
pub(super) async fn visit(lab: &PluginLab) -> (BTreeMap<&'static str, Json>, BTreeMap<String, Page>) {
    let browser = lab.browser().await;
    let mut badges = BTreeMap::new();
    let rows = [("fastapi", lab.rows.backend), ("netbox", lab.rows.netbox), ("proxmox", lab.rows.proxmox)];
    let mut paths: Vec<String> = PAGES.map(str::to_owned).to_vec();
    for (sort, id) in rows {
        let page = browser.open(&format!("/plugins/proxbox/keepalive-status/{sort}/{id}/")).await;
        badges.insert(sort, page.json());
        paths.push(format!("endpoints/{sort}/{id}/"));
    }
    paths.push(format!("proxmox-card/{}/", lab.rows.proxmox));
    for list in OBJECTS {
        let first = lab.netbox.list(&format!("plugins/proxbox/{list}")).await;
        let id = first.first().and_then(|row| row["id"].as_u64()).unwrap_or_default();
        paths.push(format!("{list}{id}/"));
    }
    let mut pages = BTreeMap::new();
    for path in paths {
        let page = browser.open(&format!("/plugins/proxbox/{path}")).await;
        pages.insert(path, page);
    }
    (badges, pages)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_badge_is_green() {
    let story = story().await;
    let mut claims = Claims::default();
    for (sort, badge) in &story.badges {
        for part in ["status", "authentication", "api_access"] {
            claims.same(format!("{sort} {part}"), &badge[part], "success");
        }
        claims.same(format!("{sort} detail"), &badge["detail"], Json::Null);
        let warnings = badge["warnings"].as_array().map(Vec::len).unwrap_or_default();
        claims.same(format!("{sort} warnings"), &json!(warnings), 0);
    }
    claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_answers_and_shows_what_the_cluster_has() {
    let story = story().await;
    let mut claims = Claims::default();
    for (path, page) in &story.pages {
        claims.same(path, &json!(page.status), 200);
    }
    let guest = story.fleet.guests.values().find(|guest| guest.kind.as_str() == "qemu").unwrap();
    let shown = [
        ("clusters/", "lab"),
        ("nodes/", story.fleet.nodes[1].name.as_str()),
        ("virtual_machines/", guest.name.as_str()),
        ("storage/", story.fleet.storages[0].name.as_str()),
        ("replications/", "local"),
        ("dashboard/", story.fleet.nodes[0].name.as_str()),
        ("proxmox-card/1/", story.fleet.version.as_str()),
    ];
    for (path, text) in shown {
        claims.that(story.pages[path].shows(text), || format!("{path} does not show {text}"));
    }
    claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sync_state_is_said_to_be_in_order() {
    let story = story().await;
    let told = story.pages["sync-state/bootstrap-status/"].json();
    assert_eq!(told["ok"], true, "{told}");
}
