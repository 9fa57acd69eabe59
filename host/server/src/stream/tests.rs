//! Whole streams from scripted events.

use super::render::{Renderer, Surface};
use super::*;
use proxbox_model::event::Item;
use proxbox_model::problem::Problem;
use proxbox_model::report::{Counts, GoneCounts, ObjectReport, ObjectResult, RunReport, RunStatus, Stage};
use proxbox_model::{Identity, SourceObject};
use std::sync::Arc;

const RUN: &str = "76bdc365-9769-43f6-b7b2-e89b7ebdf610";
const DEVICES: Surface = Surface::Stage { stage: Stage::Devices, network: false, machine: None };

fn transcript(surface: Surface, events: &[Event]) -> String {
    let mut renderer = Renderer::new(surface);
    let mut frames: Vec<Frame> = events.iter().flat_map(|event| renderer.frames(event)).collect();
    frames.extend(renderer.end());
    frames.iter().map(Frame::text).collect()
}

fn problem(code: &str, message: &str) -> Problem {
    Problem::new(code, message).with_hint("look at it")
}

/// Every type of object: its stage, its pages in NetBox.
const TYPES: [(&str, Stage, &str); 21] = [
    ("cluster", Stage::Devices, "virtualization/clusters"),
    ("node", Stage::Devices, "dcim/devices"),
    ("storage", Stage::Storage, "plugins/proxbox/storage"),
    ("qemu", Stage::VirtualMachines, "virtualization/virtual-machines"),
    ("lxc", Stage::VirtualMachines, "virtualization/virtual-machines"),
    ("cloud-init", Stage::VirtualMachines, "plugins/proxbox/cloud-init"),
    ("disk", Stage::VirtualDisks, "virtualization/virtual-disks"),
    ("backup", Stage::Backups, "plugins/proxbox/backups"),
    ("snapshot", Stage::Snapshots, "plugins/proxbox/snapshots"),
    ("node-interface", Stage::NodeInterfaces, "dcim/interfaces"),
    ("vlan", Stage::NodeInterfaces, "ipam/vlans"),
    ("ip-address", Stage::NodeInterfaces, "ipam/ip-addresses"),
    ("vm-interface", Stage::VmInterfaces, "virtualization/interfaces"),
    ("mac-address", Stage::VmInterfaces, "dcim/mac-addresses"),
    ("vlan", Stage::VmInterfaces, "ipam/vlans"),
    ("guest-interface", Stage::VmInterfaces, "plugins/proxbox/guest-interfaces"),
    ("ip-address", Stage::IpAddresses, "ipam/ip-addresses"),
    ("primary-ip", Stage::IpAddresses, "virtualization/virtual-machines"),
    ("backup-routine", Stage::BackupRoutines, "plugins/proxbox/backup-routines"),
    ("replication", Stage::Replications, "plugins/proxbox/replications"),
    ("task", Stage::TaskHistory, "plugins/proxbox/task-history"),
];

/// One source object, its id in NetBox being its place on the list.
fn object(item_type: &str, name: &str, id: u64, result: ObjectResult) -> ObjectReport {
    let (_, stage, place) = TYPES.into_iter().find(|(known, ..)| *known == item_type).unwrap();
    placed(item_type, stage, place, name, id, result)
}

fn placed(
    item_type: &str,
    stage: Stage,
    place: &str,
    name: &str,
    id: u64,
    result: ObjectResult,
) -> ObjectReport {
    let source = match item_type {
        "cluster" => SourceObject::Cluster,
        "node" => SourceObject::Node(name.into()),
        _ => SourceObject::Guest(100),
    };
    let there = !matches!(result, ObjectResult::Failed { .. } | ObjectResult::Skipped { .. });
    ObjectReport {
        stage,
        identity: Identity { source: "labcluster".into(), object: source },
        name: name.into(),
        item_type: item_type.into(),
        result,
        netbox_id: there.then_some(id),
        netbox_url: there.then(|| format!("http://127.0.0.1:18080/{place}/{id}/")),
        without: Vec::new(),
        preview: None,
    }
}

/// An object of every type in every stage where it occurs, made anew.
fn everything() -> Vec<ObjectReport> {
    (1..)
        .zip(TYPES)
        .map(|(id, (item_type, stage, place))| {
            placed(item_type, stage, place, &format!("{item_type}-{id}"), id, ObjectResult::Created)
        })
        .collect()
}

/// A stage's own objects: one of each type that is right already, and one of its main type for every other end.
fn mixed(stage: Stage) -> Vec<ObjectReport> {
    let own = everything().into_iter().filter(|object| object.stage == stage);
    let mut objects: Vec<ObjectReport> =
        own.map(|object| ObjectReport { result: ObjectResult::Unchanged, ..object }).collect();
    let main = words::words(stage).counted[0];
    let (_, _, place) = TYPES.into_iter().find(|(known, of, _)| *known == main && *of == stage).unwrap();
    let fields = vec!["description".to_owned()];
    for (id, result) in (31..).zip([
        ObjectResult::Updated { fields, adopted: false },
        ObjectResult::Skipped { reason: "it was not asked for".into() },
        ObjectResult::Failed { problem: problem("netbox-rejected", "no") },
        ObjectResult::Conflict { problem: problem("conflict-name", "taken") },
    ]) {
        objects.push(placed(main, stage, place, &format!("{main}-{id}"), id, result));
    }
    objects
}

fn report(status: RunStatus, objects: Vec<ObjectReport>, problems: Vec<Problem>) -> RunReport {
    let mut counts = Counts::default();
    objects.iter().for_each(|object| counts.count(&object.result));
    RunReport {
        run: RUN.into(),
        status,
        dry_run: false,
        counts,
        dependencies: Counts::default(),
        gone: GoneCounts::default(),
        duration_seconds: 1.0,
        netbox_requests: 0,
        netbox_writes: 0,
        proxmox_requests: 0,
        quick: None,
        objects: objects.into_iter().map(Arc::new).collect(),
        failure: problems.last().cloned(),
        problems,
        modules: Vec::new(),
        module_log: Vec::new(),
        staged: Vec::new(),
    }
}

/// The events of a run over these objects, stage by stage.
fn script(
    stages: &[Stage],
    status: RunStatus,
    objects: Vec<ObjectReport>,
    problems: Vec<Problem>,
) -> Vec<Event> {
    let mut events = vec![Event::RunStarted { run: RUN.into(), stages: stages.to_vec() }];
    events.extend(problems.iter().map(|problem| Event::Warning { problem: problem.clone() }));
    for stage in stages {
        let own: Vec<&ObjectReport> = objects.iter().filter(|object| object.stage == *stage).collect();
        let item =
            |object: &&ObjectReport| Item { name: object.name.clone(), item_type: object.item_type.clone() };
        let mut counts = Counts::default();
        events.push(Event::StageStarted { stage: *stage });
        events.push(Event::Discovered { stage: *stage, items: own.iter().map(item).collect() });
        for (done, object) in (1..).zip(&own) {
            counts.count(&object.result);
            events.push(Event::ObjectDone {
                object: Arc::new((*object).clone()),
                done,
                total: own.len() as u64,
            });
        }
        events.push(Event::StageDone {
            stage: *stage,
            counts,
            gone: GoneCounts::default(),
            duration_seconds: 0.0971,
        });
    }
    events.push(Event::RunDone { report: Arc::new(report(status, objects, problems)) });
    events
}

fn first_run() -> Vec<ObjectReport> {
    vec![
        object("node", "pve1", 1, ObjectResult::Created),
        object("node", "pve2", 2, ObjectResult::Created),
        object("qemu", "vm100", 1, ObjectResult::Created),
        object("lxc", "vm103", 2, ObjectResult::Created),
    ]
}

#[test]
fn a_full_update_tells_everything_it_does() {
    let events = script(&Stage::ALL, RunStatus::Completed, everything(), Vec::new());
    insta::assert_snapshot!(transcript(Surface::Full, &events));
}

#[test]
fn every_stage_has_a_stream_of_its_own() {
    for stage in Stage::ALL {
        let events = script(&[stage], RunStatus::Partial, mixed(stage), Vec::new());
        let text = transcript(Surface::Stage { stage, network: false, machine: None }, &events);
        insta::assert_snapshot!(format!("stage_{}", stage.as_str()), text);
    }
}

#[test]
fn a_stage_without_objects_still_ends_well() {
    let text: String = Stage::ALL
        .into_iter()
        .map(|stage| {
            let events = script(&[stage], RunStatus::Completed, Vec::new(), Vec::new());
            transcript(Surface::Stage { stage, network: false, machine: None }, &events)
        })
        .collect();
    insta::assert_snapshot!(text);
}

#[test]
fn machines_tell_the_stages_that_they_bring_along() {
    let stages = [Stage::VirtualMachines, Stage::VirtualDisks, Stage::VmInterfaces, Stage::IpAddresses];
    let objects = everything().into_iter().filter(|object| stages.contains(&object.stage)).collect();
    let events = script(&stages, RunStatus::Completed, objects, Vec::new());
    let surface = Surface::Stage { stage: Stage::VirtualMachines, network: true, machine: None };
    insta::assert_snapshot!(transcript(surface, &events));
}

#[test]
fn thousands_of_objects_are_one_short_frame_each() {
    let objects: Vec<ObjectReport> = (0..5000)
        .map(|id| object("vm-interface", &format!("vm{id}/net0"), id, ObjectResult::Created))
        .collect();
    let events = script(&[Stage::VmInterfaces], RunStatus::Completed, objects, Vec::new());
    let text =
        transcript(Surface::Stage { stage: Stage::VmInterfaces, network: false, machine: None }, &events);
    let frames: Vec<&str> = text.split("\n\n").filter(|frame| !frame.is_empty()).collect();
    assert!(frames.len() < 5000 + 10, "{}", frames.len());
    let longest =
        frames.iter().filter(|frame| frame.starts_with("event: item_progress")).map(|frame| frame.len());
    assert!(longest.max().unwrap() < 600);
    assert!(text.len() < 5000 * 450, "{}", text.len());
    let full = script(&Stage::ALL, RunStatus::Completed, everything(), Vec::new());
    let last = transcript(Surface::Full, &full[full.len() - 1..]);
    assert!(
        last.contains(r#""vm_interfaces": []"#) && last.contains(r#""vm_interfaces_count": 1"#),
        "{last}"
    );
}

#[test]
fn a_stage_of_its_own_tells_what_became_of_every_object() {
    let fields = vec!["status".to_owned()];
    let objects = vec![
        object("cluster", "labcluster", 7, ObjectResult::Unchanged),
        object("node", "pve1", 1, ObjectResult::Updated { fields, adopted: false }),
        object("node", "pve2", 2, ObjectResult::Skipped { reason: "the node is offline".into() }),
        object("node", "<b>pve3</b>", 3, ObjectResult::Failed { problem: problem("netbox-rejected", "no") }),
        object("node", "pve4", 4, ObjectResult::Conflict { problem: problem("conflict-name", "taken") }),
    ];
    let events = script(&[Stage::Devices], RunStatus::Partial, objects, Vec::new());
    insta::assert_snapshot!(transcript(DEVICES, &events));
}

#[test]
fn virtual_machines_without_their_network_have_no_rows() {
    let objects = vec![
        object("qemu", "vm100", 1, ObjectResult::Unchanged),
        object("lxc", "ct", 2, ObjectResult::Created),
    ];
    let events = script(&[Stage::VirtualMachines], RunStatus::Completed, objects, Vec::new());
    let stage = Stage::VirtualMachines;
    insta::assert_snapshot!(
        "virtual_machines",
        transcript(Surface::Stage { stage, network: false, machine: None }, &events)
    );
    insta::assert_snapshot!(
        "virtual_machines_with_network",
        transcript(Surface::Stage { stage, network: true, machine: None }, &events)
    );
}

#[test]
fn a_run_that_could_do_nothing_is_not_ok() {
    let problems = vec![problem("netbox-unreachable", "NetBox cannot be reached")];
    let failed = vec![
        Event::RunStarted { run: RUN.into(), stages: Stage::ALL.to_vec() },
        Event::RunDone { report: Arc::new(report(RunStatus::Failed, Vec::new(), problems)) },
    ];
    insta::assert_snapshot!("failed_full", transcript(Surface::Full, &failed));
    insta::assert_snapshot!("failed_stage", transcript(DEVICES, &failed));
}

#[test]
fn the_cause_of_a_failed_run_is_its_failure_and_not_the_warning_before_it() {
    let problems = vec![
        problem("sync-stages-left-out", "some stages are left out"),
        problem("netbox-server-error", "NetBox failed"),
    ];
    let failed = vec![
        Event::RunStarted { run: RUN.into(), stages: Stage::ALL.to_vec() },
        Event::RunDone { report: Arc::new(report(RunStatus::Failed, Vec::new(), problems)) },
    ];
    for surface in [Surface::Full, DEVICES] {
        let text = transcript(surface, &failed);
        let told = text.lines().find(|line| line.contains(r#""error""#)).unwrap_or_default();
        assert!(text.contains("NetBox failed"), "{text}");
        assert!(!told.contains("left out"), "{told}");
    }
}

#[test]
fn a_run_with_a_source_that_cannot_be_read_is_partial() {
    let problems = vec![problem("proxmox-unreachable", "pve9 cannot be reached")];
    let objects = vec![object("node", "pve1", 1, ObjectResult::Unchanged)];
    let events = script(&[Stage::Devices], RunStatus::Partial, objects, problems);
    let text = transcript(DEVICES, &events);
    assert!(text.contains(r#""category": "connection""#), "{text}");
    let last = text.lines().rev().find(|line| line.starts_with("data:")).unwrap();
    assert!(last.contains(
        r#""ok": true, "message": "devices sync partially completed: not everything could be read."#
    ));
    assert!(last.contains(r#""degraded": true"#) && last.contains(r#""status": "partial""#), "{last}");
}

#[test]
fn a_cancelled_run_says_so() {
    let events = script(&[Stage::Devices], RunStatus::Cancelled, Vec::new(), Vec::new());
    insta::assert_snapshot!(transcript(DEVICES, &events[events.len() - 1..]));
}

#[test]
fn every_stream_ends_with_exactly_one_complete() {
    for status in [RunStatus::Completed, RunStatus::Partial, RunStatus::Failed, RunStatus::Cancelled] {
        let events = script(&Stage::ALL, status, first_run(), Vec::new());
        for cut in [0, 1, 5, events.len()] {
            for surface in [Surface::Full, DEVICES] {
                let text = transcript(surface, &events[..cut]);
                assert_eq!(text.matches("event: complete\n").count(), 1, "{status:?} {cut}");
                assert!(text.trim_end().lines().rev().nth(1).unwrap() == "event: complete");
            }
        }
    }
}

#[test]
fn reading_a_large_endpoint_is_told_in_tenths() {
    let mut renderer = Renderer::new(Surface::Full);
    let frames: usize = (0..=5000)
        .map(|done| Event::Reading { endpoint: "lab".into(), done, total: Some(5000) })
        .map(|event| renderer.frames(&event).len())
        .sum();
    assert_eq!(frames, 11);
}

#[test]
fn names_in_rows_are_escaped() {
    let objects = vec![object("node", "<script>x</script>", 1, ObjectResult::Created)];
    let text = transcript(DEVICES, &script(&[Stage::Devices], RunStatus::Completed, objects, Vec::new()));
    assert!(
        text.contains("<a href='http://127.0.0.1:18080/dcim/devices/1/'>&lt;script&gt;x&lt;/script&gt;</a>")
    );
}

#[tokio::test(start_paused = true)]
async fn silence_is_broken_by_comments() {
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    let events = tokio_stream::wrappers::UnboundedReceiverStream::new(receiver);
    let mut frames = Box::pin(frames(events, DEVICES, KEEPALIVE));
    assert_eq!(frames.next().await.unwrap().unwrap(), KEEPALIVE_COMMENT);
    assert_eq!(frames.next().await.unwrap().unwrap(), KEEPALIVE_COMMENT);
    sender.send(Event::RunStarted { run: RUN.into(), stages: vec![Stage::Devices] }).unwrap();
    assert!(frames.next().await.unwrap().unwrap().starts_with(b"event: step\n"));
    drop(sender);
    assert!(frames.next().await.unwrap().unwrap().windows(16).any(|part| part == b"event: complete\n"));
    assert!(frames.next().await.is_none());
}

#[test]
fn a_run_that_waits_says_for_whom_before_it_begins() {
    let waiting = || Event::Waiting {
        run: RUN.into(),
        behind: "1b0c0d64-0000-4000-8000-000000000000".into(),
        endpoints: vec!["lab (nb:1)".into(), "other".into()],
    };
    let message = "Waiting for run 1b0c0d64-0000-4000-8000-000000000000 on lab (nb:1), other to end.";
    for (surface, step) in [(Surface::Full, "stream"), (DEVICES, "devices")] {
        let text = transcript(surface, &[waiting()]);
        let first = text.split("\n\n").next().unwrap();
        let expected = format!(
            "event: step\ndata: {{\"step\": \"{step}\", \"status\": \"progress\", \"message\": \"{message}\"}}"
        );
        assert_eq!(first, expected);
    }
}

#[test]
fn the_stream_of_one_machine_speaks_of_one() {
    let of = |stage| {
        let surface = Surface::Stage { stage, network: true, machine: Some(7) };
        let events = [
            Event::RunStarted { run: RUN.into(), stages: vec![stage] },
            Event::StageStarted { stage },
            Event::Discovered { stage, items: Vec::new() },
            Event::StageDone {
                stage,
                counts: Counts::default(),
                gone: GoneCounts::default(),
                duration_seconds: 0.1,
            },
        ];
        transcript(surface, &events)
    };
    for (stage, step, started, finished) in [
        (
            Stage::VirtualMachines,
            "virtual-machine",
            "Starting virtual machine synchronization for id=7.",
            "Virtual machine synchronization finished.",
        ),
        (
            Stage::VirtualDisks,
            "virtual-disks",
            "Starting virtual disks sync for VM id=7.",
            "virtual-disks synchronization finished.",
        ),
        (Stage::Backups, "backups", "Starting backup sync for VM id=7.", "backups synchronization finished."),
        (
            Stage::Snapshots,
            "snapshots",
            "Starting snapshot sync for VM id=7.",
            "snapshots synchronization finished.",
        ),
    ] {
        let text = of(stage);
        for message in [started, finished] {
            assert!(text.contains(message), "{message}: {text}");
        }
        let steps = text.matches(&format!("\"step\": \"{step}\"")).count();
        assert!(steps >= 3, "{text}");
        assert_eq!(
            text.matches(" synchronization for id=7.\"").count() + text.matches(" for VM id=7.\"").count(),
            1
        );
    }
}
