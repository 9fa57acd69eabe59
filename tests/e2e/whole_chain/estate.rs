use super::{text_or_null, whole};
use proxbox_tests::Claims;
use serde_json::{Value as Json, json};

#[tokio::test(flavor = "multi_thread")]
async fn the_cluster_is_there_and_the_plugins_row_leads_to_it() {
    let whole = whole().await;
    let mut claims = Claims::default();
    let cluster = whole.one("virtualization/clusters/", |_| true);
    claims.same("name", &cluster["name"], "lab");
    claims.same("type", &cluster["type"]["slug"], "cluster");
    let row = whole.one("plugins/proxbox/proxmox-clusters/", |_| true);
    claims.same("link", &row["netbox_cluster"]["id"], cluster["id"].clone());
    let state = whole.one("plugins/proxbox/sync-state/clusters/", |_| true);
    claims.same("row", &state["cluster"]["id"], cluster["id"].clone());
    claims.same("row of the plugin's cluster", &state["proxmox_cluster"]["id"], row["id"].clone());
    claims.same("its name", &state["proxmox_cluster_name"], "lab");
    claims.same("its status", &state["proxmox_cluster_status"], "quorate");
    claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_storage_is_there_with_all_its_settings() {
    let whole = whole().await;
    let mut claims = Claims::default();
    let rows = whole.netbox.of("plugins/proxbox/storage/").count();
    claims.same("storages", &json!(rows), whole.fleet.storages.len());
    for storage in &whole.fleet.storages {
        let row = whole.storage(&storage.name);
        let who = &storage.name;
        let option = |name: &str| storage.options.get(name).map_or("", String::as_str);
        claims.same(format!("{who} cluster"), &row["cluster"]["name"], "lab");
        claims.same(format!("{who} type"), &row["storage_type"], storage.kind.as_str());
        let content = row["content"].as_str().unwrap_or_default().split(',').map(str::to_owned).collect();
        claims.same_set(format!("{who} content"), content, storage.content.clone());
        claims.same(format!("{who} shared"), &row["shared"], storage.shared);
        claims.same(format!("{who} enabled"), &row["enabled"], storage.enabled);
        for field in ["path", "server", "export", "datastore", "namespace", "username", "pool", "mountpoint"]
        {
            let got = json!(row[field].as_str().unwrap_or_default());
            claims.same(format!("{who} {field}"), &got, option(field));
        }
        let rule = json!(row["prune_backups"].as_str().unwrap_or_default());
        claims.same(format!("{who} retention"), &rule, option("prune-backups"));
        let most = text_or_null(option("max-protected-backups"));
        let most = most.as_str().map_or(Json::Null, |most| json!(most.parse::<i64>().unwrap()));
        claims.same(format!("{who} protected"), &row["max_protected_backups"], most);
        claims.same(
            format!("{who} nodes"),
            &json!(row["nodes"].as_str().unwrap_or_default()),
            storage.nodes.join(","),
        );
        claims.same(format!("{who} raw"), &row["raw_config"]["storage"], storage.name.as_str());
    }
    claims.settle();
}
