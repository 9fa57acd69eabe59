use super::{Whole, is_moment, text_or_null, whole};
use proxbox_fakes::fleet::BackupJob;
use proxbox_tests::Claims;
use serde_json::{Value as Json, json};

/// `a=1,b=2` or an object, as Proxmox writes rules.
fn part(rule: &Json, name: &str) -> Option<String> {
    match rule {
        Json::Object(parts) => parts.get(name)?.as_str().map(str::to_owned),
        Json::String(text) => {
            let mut parts = text.split(',').filter_map(|part| part.split_once('='));
            parts.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
        }
        _ => None,
    }
}

fn numbers(list: &Json) -> Vec<u32> {
    list.as_str().unwrap_or_default().split(',').filter_map(|vmid| vmid.parse().ok()).collect()
}

fn selection(job: &BackupJob) -> Json {
    if let Some(guests) = job.entry.get("vmid") {
        return json!(numbers(guests));
    }
    let mut selection = match job.entry.get("pool") {
        Some(pool) => json!({ "pool": pool }),
        None => json!({ "all": true }),
    };
    let exclude = job.entry.get("exclude").map(numbers).unwrap_or_default();
    if !exclude.is_empty() {
        selection["exclude"] = json!(exclude);
    }
    selection
}

#[tokio::test(flavor = "multi_thread")]
async fn every_backup_job_is_there_with_its_selection_and_retention() {
    let whole = whole().await;
    let mut claims = Claims::default();
    let path = "plugins/proxbox/backup-routines/";
    claims.same("routines", &json!(whole.netbox.of(path).count()), whole.fleet.backup_jobs.len());
    for job in &whole.fleet.backup_jobs {
        is_shown(&mut claims, &whole, job, whole.one(path, |row| row["job_id"] == job.id));
    }
    claims.settle();
}

fn is_shown(claims: &mut Claims, whole: &Whole, job: &BackupJob, row: &Json) {
    let said = |key: &str| job.entry.get(key).cloned().unwrap_or_default();
    let id = |object: &Json| object["id"].clone();
    let mut same =
        |field: &str, got: &Json, expected: Json| claims.same(format!("{} {field}", job.id), got, expected);
    let text = |field: &str| json!(row[field].as_str().unwrap_or_default());
    let told = |key: &str| json!(said(key).as_str().unwrap_or_default());
    same("endpoint", &id(&row["endpoint"]), id(whole.endpoint()));
    same("enabled", &row["enabled"], json!(said("enabled") == 1));
    same("schedule", &row["schedule"], said("schedule"));
    same("storage", &id(&row["storage"]), id(whole.storage(said("storage").as_str().unwrap())));
    same("selection", &row["selection"], selection(job));
    same("comment", &text("comment"), told("comment"));
    same("notes", &text("notes_template"), told("notes-template"));
    same("change detection", &text("pbs_change_detection_mode"), told("pbs-change-detection-mode"));
    same("status", &row["status"]["value"], json!("active"));
    same("bandwidth", &row["bwlimit"], said("bwlimit"));
    same("zstd", &row["zstd"], said("zstd"));
    same("raw", &row["raw_config"]["prune-backups"], said("prune-backups"));
    let node = job.entry.get("node").map(|node| id(whole.node_row(node.as_str().unwrap())));
    same("node", &id(&row["node"]), json!(node));
    for field in ["keep_last", "keep_daily", "keep_weekly", "keep_monthly", "keep_yearly"] {
        let count = part(&said("prune-backups"), &field.replace('_', "-"));
        same(field, &row[field], json!(count.map(|count| count.parse::<u64>().unwrap())));
    }
    let all = part(&said("prune-backups"), "keep-all").map(|all| all == "1");
    same("keep_all", &row["keep_all"], json!(all));
    let workers = part(&said("performance"), "max-workers").map(|count| count.parse::<u64>().unwrap());
    same("workers", &row["io_workers"], json!(workers));
    let fleecing = part(&said("fleecing"), "storage").map(|name| id(whole.storage(&name)));
    same("fleecing storage", &id(&row["fleecing_storage"]), json!(fleecing));
    let next = said("next-run").as_u64();
    claims.that(is_moment(&row["next_run"], next), || format!("{} next {}", job.id, row["next_run"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_replication_is_there_with_both_its_nodes() {
    let whole = whole().await;
    let mut claims = Claims::default();
    let path = "plugins/proxbox/replications/";
    claims.same("replications", &json!(whole.netbox.of(path).count()), whole.fleet.replications.len());
    for job in &whole.fleet.replications {
        let row = whole.one(path, |row| row["replication_id"] == job.id());
        let who = job.id();
        let source = &whole.fleet.guests[&job.vmid].node;
        let related = [
            ("endpoint", whole.endpoint()["id"].clone()),
            ("virtual_machine", json!(whole.machines[&job.vmid])),
            ("proxmox_node", whole.node_row(source)["id"].clone()),
        ];
        for (field, id) in related {
            claims.same(format!("{who} {field}"), &row[field]["id"], id);
        }
        for (field, expected) in [
            ("guest", json!(job.vmid)),
            ("jobnum", json!(job.number)),
            ("target", json!(job.target)),
            ("source", json!(source)),
            ("schedule", json!(job.schedule)),
            ("comment", text_or_null(&job.comment)),
            ("disable", json!(!job.enabled)),
        ] {
            claims.same(format!("{who} {field}"), &row[field], expected);
        }
        let rate = row["rate"].as_str().and_then(|rate| rate.parse::<f64>().ok()).or(row["rate"].as_f64());
        claims.that(rate == job.rate, || format!("{who} rate {rate:?}, not {:?}", job.rate));
        claims.same(format!("{who} sort"), &row["job_type"]["value"], "local");
        claims.same(format!("{who} raw"), &row["raw_config"]["schedule"], job.schedule.as_str());
        claims.same(format!("{who} status"), &row["status"]["value"], "active");
    }
    claims.settle();
}
