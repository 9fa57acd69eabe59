//! What an operator can press for one object, and for one sort of object.

use proxbox_fakes::fleet::Fleet;
use proxbox_tests::{Browser, Claims, PluginLab, Served, Snapshot, Token, told};
use serde_json::{Value as Json, json};

const GUESTS: usize = 12;

/// A laboratory in step, with a browser.
struct Desk {
    lab: PluginLab,
    browser: Browser,
    claims: Claims,
}

impl Desk {
    async fn start(token: Token) -> Self {
        let lab = PluginLab::start(2, GUESTS, token).await;
        let job = lab.full_update().await;
        assert_eq!(job.status(), "completed", "{}\n{:#?}", job.error(), job.log());
        let browser = lab.browser().await;
        Self { lab, browser, claims: Claims::default() }
    }

    fn change(&self, change: impl FnOnce(&mut Fleet)) {
        self.lab.proxmox.change(change);
    }

    /// The first row of one of the plugin's lists for which something holds.
    async fn row(&self, list: &str, fits: impl Fn(&Json) -> bool) -> Json {
        let rows = self.lab.netbox.list(&format!("plugins/proxbox/{list}")).await;
        rows.into_iter().find(|row| fits(row)).unwrap_or_else(|| panic!("no such row in {list}"))
    }

    /// Presses the button of a row, and claims what it tells and which objects it changes.
    async fn press(&mut self, list: &str, row: &Json, tells: &str, changes: &[&str]) {
        let before = Snapshot::take(&self.lab.netbox).await;
        let path = format!("/plugins/proxbox/{list}{}/proxbox-sync-now/", row["id"]);
        let said = self.browser.press(&path).await;
        self.claims.that(said.iter().any(|said| said.contains(tells)), || format!("{list}: {said:?}"));
        let after = Snapshot::take(&self.lab.netbox).await;
        self.claims.same(list, &json!(told(&before, &after)), json!(changes));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_brings_its_object_up_to_date_and_no_other() {
    let mut desk = Desk::start(Token::V1).await;
    let cluster = desk.row("proxmox-clusters/", |_| true).await;
    desk.press("proxmox-clusters/", &cluster, "unchanged successfully", &[]).await;
    let node = desk.row("proxmox-nodes/", |_| true).await;
    desk.press("proxmox-nodes/", &node, "unchanged successfully", &[]).await;

    let storage = desk.row("storage/", |row| row["name"] == "local").await;
    desk.press("storage/", &storage, "unchanged successfully", &[]).await;
    desk.change(|fleet| fleet.storages.iter_mut().for_each(|storage| storage.enabled = !storage.enabled));
    desk.press("storage/", &storage, "updated successfully", &["storage lab / local: enabled, raw_config"])
        .await;
    desk.change(|fleet| fleet.storages.iter_mut().for_each(|storage| storage.enabled = !storage.enabled));

    let backup = desk.row("backups/", |_| true).await;
    let volume = backup["volume_id"].as_str().unwrap().to_owned();
    desk.change(|fleet| fleet.backups.iter_mut().for_each(|backup| backup.notes.push_str(" (kept)")));
    let change = format!("backups {} / {volume}: notes", backup["virtual_machine"]["name"].as_str().unwrap());
    desk.press("backups/", &backup, "updated successfully", &[&change]).await;

    let snapshot = desk.row("snapshots/", |_| true).await;
    desk.change(|fleet| {
        for snapshot in fleet.guests.values_mut().flat_map(|guest| &mut guest.snapshots) {
            snapshot.description = "as it was before the move\n".to_owned();
        }
    });
    let (machine, name) = (&snapshot["virtual_machine"]["name"], &snapshot["name"]);
    let change = format!("snapshots {} / {}: description", machine.as_str().unwrap(), name.as_str().unwrap());
    desk.press("snapshots/", &snapshot, "updated successfully", &[&change]).await;

    let task = desk.row("task-history/", |row| row["end_time"].is_string()).await;
    desk.change(|fleet| {
        fleet.tasks.iter_mut().for_each(|task| task.status = "interrupted by signal".to_owned())
    });
    let (machine, kind) = (&task["virtual_machine"]["name"], &task["task_type"]);
    let change = format!("task-history {} / {}", machine.as_str().unwrap(), kind.as_str().unwrap());
    desk.press("task-history/", &task, "updated successfully", &[&format!("{change}: exitstatus, status")])
        .await;
    desk.claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_for_what_is_gone_in_proxmox_says_so_and_changes_nothing() {
    let mut desk = Desk::start(Token::V2).await;
    let snapshot = desk.row("snapshots/", |_| true).await;
    desk.change(|fleet| fleet.guests.values_mut().for_each(|guest| guest.snapshots.clear()));
    desk.press("snapshots/", &snapshot, "Failed to sync snapshot", &[]).await;
    desk.claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_now_of_a_machine_is_a_job_that_changes_that_machine_only() {
    let mut desk = Desk::start(Token::V1).await;
    let row = desk.row("sync-state/virtual-machines/", |row| row["proxmox_vm_type"] == "qemu").await;
    let (id, vmid) = (row["virtual_machine"]["id"].clone(), row["proxmox_vm_id"].as_u64().unwrap() as u32);
    desk.change(|fleet| fleet.guests.values_mut().for_each(|guest| guest.memory += 512));
    let name = desk.lab.fleet().guests[&vmid].name.clone();
    let before = Snapshot::take(&desk.lab.netbox).await;
    let served = desk.lab.host.served().len();
    let said = desk.browser.press(&format!("/virtualization/virtual-machines/{id}/proxbox-sync-now/")).await;
    desk.claims.that(said.iter().any(|said| said.contains("queued")), || format!("{said:?}"));
    let job = desk.lab.newest_job().await;
    desk.claims.same("status", &json!(job.status()), "completed");
    desk.claims.same("complaints", &json!(job.complaints()), json!([]));
    for part in ["create", "backups/create", "snapshots/create"] {
        let path = format!("/virtualization/virtual-machines/{id}/{part}/stream");
        let asked = desk.lab.host.served().iter().skip(served).filter(|served| served.path == path).count();
        desk.claims.same(path, &json!(asked), 1);
    }
    let after = Snapshot::take(&desk.lab.netbox).await;
    let changes = told(&before, &after);
    // The plugin's own: the load of nodes, and the time zone that it learns with the second job.
    let own = ["proxmox-nodes ", "endpoints/proxmox "];
    let is_own = |change: &String| own.iter().any(|rows| change.starts_with(rows));
    let changes: Vec<String> = changes.into_iter().filter(|change| !is_own(change)).collect();
    desk.claims.same("changes", &json!(changes), json!([format!("virtual-machines {name}: memory")]));
    desk.claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_now_of_the_endpoint_and_every_button_for_one_sort_are_jobs_that_complete() {
    let mut desk = Desk::start(Token::V2).await;
    let endpoint = format!("endpoints/proxmox/{}/sync-now/", desk.lab.rows.proxmox);
    let buttons = [
        endpoint.as_str(),
        "sync/devices/",
        "sync/storage/",
        "sync/virtual-machines/",
        "sync/virtual-machines/backups/",
        "sync/virtual-machines/snapshots/",
        "sync/virtual-machines/virtual-disks/",
        "sync/network-interfaces/",
        "sync/ip-addresses/",
        "sync/backup-routines/",
        "sync/replications/",
        "sync/full-update/",
    ];
    for button in buttons {
        desk.browser.press(&format!("/plugins/proxbox/{button}")).await;
        let job = desk.lab.newest_job().await;
        desk.claims.same(button, &json!(job.status()), "completed");
        desk.claims.same(format!("{button} complaints"), &json!(job.complaints()), json!([]));
        let page = desk.browser.open(&format!("/plugins/proxbox/jobs/{}/stream/", job.id())).await;
        desk.claims.that(page.shows("event: complete"), || format!("{button}: {}", page.text));
    }
    let writes: u64 = desk.lab.host.runs().iter().skip(12).map(|run| run.netbox_writes).sum();
    desk.claims.same("writes when nothing changed", &json!(writes), 0);
    desk.claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_shows_its_configuration_and_a_storage_what_is_on_it() {
    let mut desk = Desk::start(Token::V1).await;
    let row = desk.row("sync-state/virtual-machines/", |row| row["proxmox_vm_type"] == "qemu").await;
    let tab = format!("/virtualization/virtual-machines/{}/proxmox-config/", row["virtual_machine"]["id"]);
    let page = desk.browser.open(&tab).await;
    desk.claims.that(page.status == 200 && page.shows("scsihw"), || format!("{tab}: {}", page.status));

    // The plugin asks the nodes that the storage is restricted to.
    desk.change(|fleet| {
        let node = fleet.nodes[0].name.clone();
        fleet.storages.iter_mut().for_each(|storage| storage.nodes = vec![node.clone()]);
    });
    let storage = desk.row("storage/", |row| row["name"] == "local").await;
    desk.press("storage/", &storage, "updated successfully", &["storage lab / local: nodes, raw_config"])
        .await;
    let served = desk.lab.host.served().len();
    let path = format!("/plugins/proxbox/storage/{}/", storage["id"]);
    desk.claims.same(&path, &json!(desk.browser.open(&path).await.status), 200);
    let asked: Vec<Served> = desk.lab.host.served().split_off(served);
    let content = format!("/proxmox/nodes/{}/storage/local/content", desk.lab.fleet().nodes[0].name);
    for path in ["/proxmox/storage", &content] {
        let statuses = asked.iter().filter(|served| served.path == path).map(|served| served.status);
        desk.claims.same(path, &json!(statuses.collect::<Vec<u16>>()), json!([200]));
    }
    desk.claims.settle();
}
