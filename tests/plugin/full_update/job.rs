use super::{Update, story};
use proxbox_tests::Claims;
use serde_json::json;

/// The plugin's stages in its order, and where it asks for each; none for the one that its settings switch off.
const STAGES: [(&str, Option<&str>); 13] = [
    ("devices", Some("/dcim/devices/create/stream")),
    ("storage", Some("/virtualization/virtual-machines/storage/create/stream")),
    ("virtual-machines", Some("/virtualization/virtual-machines/create/stream")),
    ("task-history", Some("/virtualization/virtual-machines/task-history/create/stream")),
    ("vm-disks", Some("/virtualization/virtual-machines/virtual-disks/create/stream")),
    ("vm-backups", Some("/virtualization/virtual-machines/backups/all/create/stream")),
    ("vm-snapshots", Some("/virtualization/virtual-machines/snapshots/all/create/stream")),
    ("network-interfaces", Some("/dcim/devices/interfaces/create/stream")),
    ("vm-interfaces", Some("/virtualization/virtual-machines/interfaces/create/stream")),
    ("ip-addresses", Some("/virtualization/virtual-machines/interfaces/ip-address/create/stream")),
    ("sdn", None),
    ("replications", Some("/proxmox/replication/stream")),
    ("backup-routines", Some("/proxmox/cluster/backup/stream")),
];

fn is_complete(claims: &mut Claims, update: &Update) {
    let job = &update.job;
    claims.same("status", &json!(job.status()), "completed");
    claims.same("error", &json!(job.error()), "");
    claims.same("complaints", &json!(job.complaints()), json!([]));
    let names: Vec<&str> = job.stages().into_iter().map(|(name, _)| name).collect();
    claims.same("stages", &json!(names), json!(STAGES.map(|(name, _)| name)));
    for (name, result) in job.stages() {
        claims.same(format!("{name} ok"), &result["ok"], true);
    }
    let phases = job.local_phases();
    let kinds: Vec<&str> = phases.iter().map(|(kind, _, _)| *kind).collect();
    claims.same("local phases", &json!(kinds), json!(["cluster", "firewall", "datacenter", "vm_template"]));
    for (kind, status, summary) in phases {
        claims.that(!matches!(status, "warning" | "error" | "failed"), || {
            format!("{kind}: {status}, {summary}")
        });
    }
    for (name, path) in STAGES {
        let Some(path) = path else { continue };
        let asked: Vec<u16> =
            update.served.iter().filter(|served| served.path == path).map(|served| served.status).collect();
        claims.same(format!("{name} asked for"), &json!(asked), json!([200]));
    }
    for served in &update.served {
        claims.that(served.status < 400, || format!("{} {}: {}", served.method, served.path, served.status));
    }
    for run in &update.runs {
        claims.same("run", &json!(run.end), "run completed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_job_completes_in_one_go() {
    let story = story().await;
    let mut claims = Claims::default();
    is_complete(&mut claims, &story.first);
    claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_job_completes_and_changes_nothing_of_ours() {
    let story = story().await;
    let mut claims = Claims::default();
    is_complete(&mut claims, &story.second);
    let writes: u64 = story.second.runs.iter().map(|run| run.netbox_writes).sum();
    claims.same("writes", &json!(writes), 0);
    let differences = proxbox_tests::changed(&story.first.netbox, &story.second.netbox);
    for (object, fields) in differences {
        // The plugin itself keeps the load of nodes, and the time zone that it learned in its own rows.
        let is_of_plugin = ["proxmox-nodes/", "proxmox-clusters/", "endpoints/"]
            .iter()
            .any(|rows| object.starts_with(&format!("plugins/proxbox/{rows}")));
        claims.that(is_of_plugin, || format!("{object}: {fields:?}"));
    }
    for (sort, count) in &story.second.changes {
        claims.that(sort.starts_with("netbox_proxbox.proxmox"), || format!("{count} changes of {sort}"));
    }
    claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_shows_every_stage_and_frames_of_its_stream() {
    let story = story().await;
    let mut claims = Claims::default();
    for (name, path) in STAGES {
        let Some(path) = path else { continue };
        let line = format!("Stage completed: {name} ({}) HTTP 200", path.trim_start_matches('/'));
        claims.that(story.first.job.says(&line), || format!("no line {line}"));
    }
    let frames: Vec<&str> =
        story.first.job.log().into_iter().filter(|line| line.starts_with("[proxbox-stream] ")).collect();
    claims.that(frames.len() > 10, || format!("{} frames", frames.len()));
    for frame in frames {
        // The plugin cuts what is too long for it.
        let body = frame.split_once(": ").map_or("", |(_, body)| body);
        let parsed: Result<serde_json::Value, _> = serde_json::from_str(body);
        claims.that(parsed.is_ok(), || format!("cut or broken: {frame}"));
    }
    claims.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_takes_no_more_requests_than_it_must() {
    let story = story().await;
    let requests = |update: &Update| update.runs.iter().map(|run| run.netbox_requests).sum::<u64>();
    assert!(requests(&story.first) <= 450, "{} requests to NetBox", requests(&story.first));
    assert!(requests(&story.second) <= 300, "{} requests to NetBox", requests(&story.second));
}
