//! Plans that NetBox takes, and those of which it takes a part.

use crate::support::{Errors, Lab, apply, create, created, object, plan, problem, quick, sites, update};
use proxbox_model::Problem;
use proxbox_model::plan::{Action, Applied, Planned};
use proxbox_netbox::{Netbox, NetboxSettings};
use serde_json::json;
use wiremock::ResponseTemplate;

#[tokio::test]
async fn a_plan_can_be_applied_by_a_spawned_task() {
    let lab = Lab::start().await;
    let netbox = lab.client();
    let task = tokio::spawn(async move {
        let mut heard = 0;
        let plan = sites(["a".to_owned()]);
        netbox.apply(&plan, &mut |_, _, _| heard += 1).await;
        heard
    });
    assert_eq!(task.await.unwrap(), 1);
}

#[tokio::test]
async fn a_plan_without_changes_sends_nothing() {
    let lab = Lab::start().await;
    let why = Problem::new("x", "y");
    let plan = plan(vec![
        object("dcim.site", "a", Action::Unchanged { id: 7 }),
        object("dcim.site", "b", Action::Conflict(why.clone())),
        object("dcim.site", "c", Action::Fail(why.clone())),
    ]);
    let netbox = lab.client();
    let applied = apply(&netbox, &plan).await;
    assert_eq!(applied, [Applied::Unchanged(7), Applied::Conflict(why.clone()), Applied::Failed(why)]);
    assert_eq!((netbox.requests(), netbox.writes()), (0, 0));
}

#[tokio::test]
async fn objects_are_made_in_bulk_and_found_under_their_ids() {
    let lab = Lab::start().await;
    let netbox = lab.client();
    let applied = apply(&netbox, &sites((0..120).map(|n| format!("site {n}")))).await;
    assert_eq!(lab.write_sizes().await, [50, 50, 20]);
    assert_eq!(netbox.writes(), 3);
    let store = lab.store.lock().unwrap();
    for (index, applied) in applied.iter().enumerate() {
        let Applied::Created(id) = applied else { panic!("{applied:?}") };
        let held = store.lists["dcim/sites"].iter().find(|held| held["id"] == *id).unwrap();
        assert_eq!(held["name"], format!("site {index}"));
    }
}

#[tokio::test]
async fn a_new_object_refers_to_another_new_one_by_its_id() {
    let lab = Lab::start().await;
    lab.store.lock().unwrap().add("dcim/sites", json!({"name": "in the way of id 1"}));
    let plan = plan(vec![
        create("dcim.manufacturer", "Acme", &[]),
        create("dcim.devicetype", "Box", &[("manufacturer", Planned::IdOf(0))]),
        create(
            "virtualization.virtualmachine",
            "vm",
            &[
                ("tags", Planned::Ready(json!(["proxbox", "prod"]))),
                ("custom_fields", Planned::Map([("owner".to_owned(), Planned::IdOf(1))].into())),
            ],
        ),
    ]);
    let applied = apply(&lab.client(), &plan).await;
    assert_eq!(applied, [Applied::Created(2), Applied::Created(3), Applied::Created(4)]);
    let bodies = lab.bodies("POST").await;
    assert_eq!(bodies[1], json!([{"name": "Box", "manufacturer": 2}]));
    assert_eq!(
        bodies[2],
        json!([{"name": "vm", "tags": [{"slug": "proxbox"}, {"slug": "prod"}], "custom_fields": {"owner": 3}}])
    );
}

#[tokio::test]
async fn an_update_sends_only_what_changes() {
    let lab = Lab::start().await;
    let id = lab.store.lock().unwrap().add("virtualization/virtual-machines", json!({"name": "vm"}));
    let change = [
        ("vcpus", json!(2)),
        ("custom_fields.proxmox_node", json!("pve2")),
        ("custom_fields.proxmox_link", json!(null)),
        ("tags", json!(["a"])),
    ];
    let applied =
        apply(&lab.client(), &plan(vec![update("virtualization.virtualmachine", id, &change)])).await;
    assert_eq!(applied, [Applied::Updated(id)]);
    let sent = json!({
        "id": id,
        "vcpus": 2,
        "tags": [{"slug": "a"}],
        "custom_fields": {"proxmox_node": "pve2", "proxmox_link": null},
    });
    assert_eq!(lab.bodies("PATCH").await, [json!([sent])]);
}

#[tokio::test]
async fn three_bad_objects_of_fifty_do_not_hold_back_the_others() {
    for errors in [Errors::Entries, Errors::Aligned, Errors::First] {
        let lab = Lab::start().await;
        lab.store.lock().unwrap().errors = errors;
        let names =
            (0..50).map(|n| if [3, 20, 49].contains(&n) { format!("bad {n}") } else { format!("site {n}") });
        let applied = apply(&lab.client(), &sites(names)).await;
        assert_eq!(created(&applied), 47);
        for index in [3, 20, 49] {
            let (code, message) = problem(&applied[index]);
            assert_eq!(code, "netbox-rejected");
            assert_eq!(
                message,
                format!("NetBox refused the site \"bad {index}\": name: Enter a valid name.")
            );
        }
        assert_eq!(lab.names("dcim/sites").len(), 47);
    }
}

#[tokio::test]
async fn a_bad_update_does_not_hold_back_the_others() {
    for errors in [Errors::Entries, Errors::First] {
        let lab = Lab::start().await;
        lab.store.lock().unwrap().errors = errors;
        let ids: Vec<u64> = (0..9)
            .map(|n| lab.store.lock().unwrap().add("dcim/sites", json!({"name": format!("{n}")})))
            .collect();
        let name = |n: usize| json!(if n == 4 { "bad".to_owned() } else { format!("new {n}") });
        let objects =
            ids.iter().enumerate().map(|(n, id)| update("dcim.site", *id, &[("name", name(n))])).collect();
        let applied = apply(&lab.client(), &plan(objects)).await;
        for (n, id) in ids.iter().enumerate() {
            match n {
                4 => assert_eq!(problem(&applied[n]).0, "netbox-rejected"),
                _ => assert_eq!(applied[n], Applied::Updated(*id)),
            }
        }
    }
}

#[tokio::test]
async fn a_name_that_is_taken_is_a_conflict() {
    let lab = Lab::start().await;
    lab.store.lock().unwrap().add("dcim/sites", json!({"name": "paris"}));
    let applied = apply(&lab.client(), &sites(["paris".to_owned(), "rome".to_owned()])).await;
    let Applied::Conflict(problem) = &applied[0] else { panic!("{applied:?}") };
    assert_eq!(problem.code, "netbox-name-taken");
    assert!(problem.message.contains("site \"paris\""), "{}", problem.message);
    assert!(matches!(applied[1], Applied::Created(_)));
}

#[tokio::test]
async fn names_that_move_up_in_a_chain_all_find_their_place() {
    let lab = Lab::start().await;
    let ids: Vec<u64> =
        ["a", "b", "c"].map(|name| lab.store.lock().unwrap().add("dcim/sites", json!({"name": name}))).into();
    let objects = vec![
        create("dcim.site", "a", &[]),
        update("dcim.site", ids[0], &[("name", json!("b"))]),
        update("dcim.site", ids[1], &[("name", json!("c"))]),
        update("dcim.site", ids[2], &[("name", json!("d"))]),
    ];
    let applied = apply(&lab.client(), &plan(objects)).await;
    assert_eq!(created(&applied), 1, "{applied:?}");
    assert_eq!(applied[1..], ids.iter().map(|id| Applied::Updated(*id)).collect::<Vec<_>>());
    assert_eq!(lab.names("dcim/sites"), ["b", "c", "d", "a"]);
}

#[tokio::test]
async fn what_needs_a_failed_object_fails_and_names_it() {
    let lab = Lab::start().await;
    let mut vm = create("virtualization.virtualmachine", "vm", &[]);
    vm.needs = vec![1];
    let plan = plan(vec![
        create("dcim.site", "bad site", &[]),
        create("virtualization.cluster", "c1", &[("site", Planned::IdOf(0))]),
        vm,
        create("virtualization.virtualmachine", "free", &[]),
    ]);
    let applied = apply(&lab.client(), &plan).await;
    assert_eq!(problem(&applied[0]).0, "netbox-rejected");
    assert_eq!(
        problem(&applied[1]),
        ("netbox-needs-failed", "The cluster \"c1\" was not written, because it needs the site \"bad site\"")
    );
    assert_eq!(problem(&applied[2]).0, "netbox-needs-failed");
    let Applied::Failed(last) = &applied[2] else { panic!() };
    assert!(last.causes.iter().any(|cause| cause.contains("Enter a valid name")), "{last:?}");
    assert!(matches!(applied[3], Applied::Created(_)));
}

#[tokio::test]
async fn an_object_that_needs_another_of_its_kind_waits_for_it() {
    let lab = Lab::start().await;
    let mut first = create("dcim.site", "child", &[]);
    first.needs = vec![1];
    let mut never = create("dcim.site", "self", &[]);
    never.needs = vec![2];
    let applied = apply(&lab.client(), &plan(vec![first, create("dcim.site", "parent", &[]), never])).await;
    assert_eq!(lab.names("dcim/sites"), ["parent", "child"]);
    assert_eq!(created(&applied), 2);
    assert_eq!(problem(&applied[2]).0, "netbox-plan-order");
}

#[tokio::test]
async fn a_request_that_is_too_large_is_halved_and_stays_small() {
    let lab = Lab::start().await;
    lab.instead("POST", "dcim/sites", 1, ResponseTemplate::new(413)).await;
    let applied = apply(&lab.client(), &sites((0..100).map(|n| format!("{n}")))).await;
    assert_eq!(created(&applied), 100);
    assert_eq!(lab.write_sizes().await, [50, 25, 25, 25, 25]);
}

#[tokio::test]
async fn a_single_object_that_is_too_large_fails_alone() {
    let lab = Lab::start().await;
    lab.instead("POST", "dcim/sites", 2, ResponseTemplate::new(413)).await;
    let applied = apply(&lab.client(), &sites(["a".to_owned(), "b".to_owned()])).await;
    assert_eq!(problem(&applied[0]).0, "netbox-request-too-large");
    assert!(matches!(applied[1], Applied::Created(_)));
}

#[tokio::test]
async fn an_object_that_was_deleted_meanwhile_fails_and_the_others_are_updated() {
    let lab = Lab::start().await;
    let id = lab.store.lock().unwrap().add("dcim/sites", json!({"name": "here"}));
    let objects = vec![
        update("dcim.site", 999, &[("name", json!("x"))]),
        update("dcim.site", id, &[("name", json!("y"))]),
    ];
    let applied = apply(&lab.client(), &plan(objects)).await;
    assert_eq!(problem(&applied[0]).0, "netbox-object-gone");
    assert_eq!(applied[1], Applied::Updated(id));
}

#[tokio::test]
async fn a_kind_that_may_not_be_written_fails_with_one_request_and_others_go_on() {
    let lab = Lab::start().await;
    let denied = json!({"detail": "You do not have permission to perform this action."});
    lab.instead("POST", "dcim/sites", 9, ResponseTemplate::new(403).set_body_json(denied)).await;
    let mut plan = sites((0..120).map(|n| format!("{n}")));
    plan.objects.push(create("dcim.manufacturer", "Acme", &[]));
    let netbox = lab.client();
    let applied = apply(&netbox, &plan).await;
    for applied in &applied[..120] {
        assert_eq!(problem(applied).0, "netbox-forbidden");
    }
    assert!(matches!(applied[120], Applied::Created(_)));
    assert_eq!(netbox.writes(), 2);
}

#[tokio::test]
async fn permission_denied_for_one_object_concerns_only_that_object() {
    let lab = Lab::start().await;
    let denied = json!({
        "detail": "1 of 2 objects could not be created.",
        "errors": [{"index": 0, "errors": {"__all__": ["You do not have permission to perform this action on this object."]}}],
    });
    lab.instead("POST", "dcim/sites", 1, ResponseTemplate::new(403).set_body_json(denied)).await;
    let applied = apply(&lab.client(), &sites(["a".to_owned(), "b".to_owned()])).await;
    assert!(
        problem(&applied[0]).1.ends_with("You do not have permission to perform this action on this object.")
    );
    assert!(matches!(applied[1], Applied::Created(_)));
}

#[tokio::test]
async fn a_refused_token_ends_the_writing_at_once() {
    let lab = Lab::start().await;
    // In whatever words: the same answer to what everybody may see tells that it is about the token.
    let denied = || ResponseTemplate::new(403).set_body_json(json!({"detail": "Abgelaufen"}));
    lab.instead("POST", "dcim/manufacturers", 9, denied()).await;
    lab.instead("GET", "status", 9, denied()).await;
    let mut objects = vec![create("dcim.manufacturer", "Acme", &[])];
    objects.extend((0..200).map(|n| create("dcim.platform", &format!("{n}"), &[])));
    let netbox = lab.client();
    let applied = apply(&netbox, &plan(objects)).await;
    assert!(applied.iter().all(|applied| problem(applied).0 == "netbox-unauthorized"));
    assert_eq!((netbox.requests(), netbox.writes()), (2, 1));
}

#[tokio::test]
async fn a_netbox_that_stays_unavailable_ends_the_writing_after_the_retries() {
    let lab = Lab::start().await;
    lab.instead("PATCH", "dcim/sites", 99, ResponseTemplate::new(503)).await;
    let settings = NetboxSettings { max_retries: 2, bulk_batch_size: 1, ..quick() };
    let netbox = Netbox::new(&crate::support::endpoint(&lab.server.uri()), settings).unwrap();
    let objects = (1..=20).map(|id| update("dcim.site", id, &[("name", json!("x"))])).collect();
    let applied = apply(&netbox, &plan(objects)).await;
    assert!(applied.iter().all(|applied| problem(applied).0 == "netbox-unavailable"));
    assert_eq!(netbox.writes(), 3);
}
