//! What users may do who may not do everything.

use crate::differential::{Ask, Pair, VM, base};
use proxbox_fakes::netbox::{Action, Grant};
use serde_json::json;

const MACHINE: &str = "virtualization.virtualmachine";

#[tokio::test]
async fn what_is_not_granted_is_refused() {
    let mut pair = Pair::new("granted models").await;
    base(&mut pair).await;
    pair.user("nobody", false, vec![]).await;
    pair.user("viewer", false, vec![Grant::new(&[Action::View], &["dcim.site", MACHINE])]).await;
    pair.user("reader", true, vec![Grant::new(Action::ALL, &["dcim.site"])]).await;
    let adds = [Action::View, Action::Add];
    pair.user(
        "adder",
        false,
        vec![Grant::new(&adds, &["dcim.site"]), Grant::new(&[Action::Delete], &[MACHINE])],
    )
    .await;
    let machine = format!("/api/{VM}/{{vm}}/");
    let machines = format!("/api/{VM}/");
    let site = json!({ "name": "new {run}", "slug": "new-{run}" });
    for user in ["nobody", "viewer", "reader", "adder"] {
        for path in ["/api/", "/api/status/", "/api/dcim/", "/api/nope/"] {
            let ask = Ask::new("GET", path).by(user);
            // The models of an app and what runs where are compared for everybody, or not at all.
            pair.same_part(ask, |_| json!(null)).await;
        }
        for path in [&machine, &machines, "/api/dcim/sites/{site}/", "/api/dcim/sites/", "/api/extras/tags/"]
        {
            let query = if path.ends_with("s/") { "?limit=1&fields=id&name__ic={run}" } else { "" };
            for method in ["GET", "HEAD"] {
                pair.same(Ask::new(method, &format!("{path}{query}")).by(user)).await;
            }
            pair.same_part(Ask::new("OPTIONS", path).by(user), |options| {
                let actions = options["actions"].as_object();
                actions.map(|actions| actions.keys().cloned().collect::<Vec<_>>()).into()
            })
            .await;
            pair.same(Ask::new("TRACE", path).by(user)).await;
        }
        pair.same(Ask::new("GET", &format!("/api/{VM}/999999/")).by(user)).await;
        pair.same(Ask::new("GET", "/api/dcim/sites/999999/").by(user)).await;
        for path in ["/api/dcim/sites/{site2}/", machine.as_str()] {
            pair.same(Ask::new("POST", path).by(user).body(json!({}))).await;
            pair.same(Ask::new("PATCH", path).by(user).body(json!({ "comments": "c" }))).await;
            pair.same(Ask::new("PATCH", path).by(user).text("application/json", "{")).await;
        }
        pair.same(Ask::new("PATCH", &machines).by(user).body(json!([{ "id": "{vm}", "memory": 5 }]))).await;
        pair.same(Ask::new("DELETE", "/api/dcim/sites/{site2}/").by(user)).await;
        pair.same(Ask::new("DELETE", "/api/dcim/sites/").by(user).body(json!([{ "id": "{site2}" }]))).await;
        pair.same(Ask::new("POST", "/api/dcim/sites/").by(user).body(site.clone())).await;
        pair.same(Ask::new("POST", "/api/dcim/sites/").by(user).body(json!({ "name": 5 }))).await;
        pair.same(
            Ask::new("POST", "/api/dcim/sites/").by(user).body(json!([{ "name": user, "slug": "{run}" }])),
        )
        .await;
    }
    pair.same(Ask::new("DELETE", &machine).by("adder")).await;
    pair.get(&machine).await;
    pair.finish().await;
}

#[tokio::test]
async fn constraints_hide_objects() {
    let mut pair = Pair::new("granted objects").await;
    base(&mut pair).await;
    for (name, more) in [
        ("in1", json!({ "cluster": "{placed}", "tags": ["{tag}"], "tenant": "{tenant}" })),
        ("in2", json!({ "cluster": "{placed}", "status": "offline", "memory": 512 })),
        ("out", json!({ "cluster": "{cluster}", "role": "{role}" })),
    ] {
        let mut body = json!({ "name": format!("{name} {{run}}") });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        pair.make(name, VM, body).await;
    }
    let own = json!({ "cluster__name": "placed {run}" });
    let all = [MACHINE];
    pair.user("owner", false, vec![Grant::new(Action::ALL, &all).only(own.clone())]).await;
    pair.user(
        "editor",
        false,
        vec![
            Grant::new(&[Action::View], &all),
            Grant::new(&[Action::Change, Action::Add], &all).only(json!([own, { "status": "offline" }])),
        ],
    )
    .await;
    for (user, constraint) in [
        ("by_tag", json!({ "tags__slug": "tag-{run}" })),
        ("by_tenant", json!({ "tenant__slug__in": ["tenant-{run}", "x"] })),
        ("by_role", json!({ "role__isnull": false })),
        ("by_none", json!({ "role__isnull": true, "name__endswith": "{run}" })),
        ("by_site", json!({ "site": "{site}", "memory__gte": 512 })),
        ("by_site_name", json!({ "site__name__istartswith": "SITE" })),
        ("by_id", json!({ "id__in": ["{in1}", "{out}"] })),
        ("by_case", json!({ "name__contains": "IN1" })),
        ("by_any_case", json!([{ "name__icontains": "IN1" }, { "name__iexact": "OUT {run}" }])),
        ("by_path", json!({ "cluster__type__slug": "type-{run}" })),
        ("by_nothing", json!([{ "status": "offline" }, {}])),
    ] {
        pair.user(user, false, vec![Grant::new(&[Action::View], &all).only(constraint)]).await;
        pair.same(Ask::new("GET", &format!("/api/{VM}/?fields=id,name")).by(user)).await;
        pair.same(Ask::new("GET", &format!("/api/{VM}/{{in2}}/?fields=id,name")).by(user)).await;
    }
    let list = format!("/api/{VM}/");
    let machine = |name: &str| format!("/api/{VM}/{{{name}}}/");
    for user in ["owner", "editor"] {
        for query in ["", "?limit=1", "?q=in", "?cluster_id={cluster}", "?start=0&limit=1", "?id={out}"] {
            let shown = if query.is_empty() { "?fields=id,name" } else { "&fields=id,name" };
            pair.same(Ask::new("GET", &format!("{list}{query}{shown}")).by(user)).await;
        }
        for name in ["in1", "out"] {
            pair.same(Ask::new("GET", &machine(name)).by(user)).await;
            pair.same_part(Ask::new("OPTIONS", &machine(name)).by(user), |options| {
                options["actions"].is_null().into()
            })
            .await;
            pair.same(Ask::new("PATCH", &machine(name)).by(user).body(json!({ "memory": 7 }))).await;
            pair.same(Ask::new("PATCH", &machine(name)).by(user).body(json!({ "memory": "x" }))).await;
            pair.same(
                Ask::new("PATCH", &machine(name))
                    .by(user)
                    .body(json!({ "cluster": "{cluster}", "site": null })),
            )
            .await;
            pair.same(Ask::new("PUT", &machine(name)).by(user).body(json!({ "name": "put" }))).await;
            pair.get(&machine(name)).await;
        }
        for body in [
            json!({ "name": "made {run}", "cluster": "{cluster}" }),
            json!({ "name": format!("{user} {{run}}"), "cluster": "{placed}" }),
            json!({ "name": "bad {run}", "cluster": "{cluster}", "status": "bad" }),
            json!([{ "name": "a {run}", "cluster": "{cluster}" }]),
            json!([{ "name": "a {run}", "cluster": "{placed}" }, { "name": "b {run}", "cluster": "{cluster}" }]),
            json!([{ "name": "a {run}", "cluster": "{cluster}" }, { "name": "b {run}" }]),
        ] {
            pair.same(Ask::new("POST", &list).by(user).body(body)).await;
        }
        for body in [
            json!([{ "id": "{in1}", "memory": 9 }, { "id": "{out}", "memory": 9 }]),
            json!([{ "id": "{in1}", "memory": 9 }, { "id": "{in2}", "cluster": "{cluster}", "site": null, "status": "active" }]),
            json!([{ "id": "{in1}", "memory": "x" }, { "id": "{in2}", "cluster": "{cluster}", "site": null, "status": "active" }]),
            json!([{ "id": "{in1}", "memory": 9 }, { "id": "{in2}", "memory": 9 }]),
        ] {
            pair.same(Ask::new("PATCH", &list).by(user).body(body)).await;
        }
        pair.get(&format!("{list}?name__ic={{run}}&fields=id,name,memory,cluster")).await;
    }
    for user in ["editor", "owner"] {
        pair.same(Ask::new("DELETE", &machine("out")).by(user)).await;
        pair.same(Ask::new("DELETE", &list).by(user).body(json!([{ "id": "{in1}" }, { "id": "{out}" }])))
            .await;
        pair.same(Ask::new("DELETE", &machine("in1")).by(user)).await;
    }
    pair.finish().await;
}

/// What a user may not view can be referred to by its id, not by its attributes, and is shown within what may be viewed.
#[tokio::test]
async fn hidden_objects_are_referred_to_by_id() {
    let mut pair = Pair::new("references to hidden objects").await;
    base(&mut pair).await;
    let disks = "/api/virtualization/virtual-disks/";
    let disk = ["virtualization.virtualdisk"];
    pair.user("disks", false, vec![Grant::new(Action::ALL, &disk)]).await;
    let some = Grant::new(&[Action::View], &[MACHINE]).only(json!({ "cluster": "{placed}" }));
    let tags = Grant::new(&[Action::View], &["extras.tag"]);
    pair.user("more", false, vec![Grant::new(Action::ALL, &disk), some, tags]).await;
    pair.make("seen", VM, json!({ "name": "seen {run}", "cluster": "{placed}" })).await;
    for user in ["disks", "more"] {
        for (number, machine) in [
            json!({ "name": "vm {run}" }),
            json!({ "id": "{vm}", "name": "vm {run}" }),
            json!({ "id": "{vm}" }),
            json!("{vm}"),
            json!({ "name": "seen {run}" }),
            json!({ "cluster": { "name": "placed {run}" }, "name": "seen {run}" }),
        ]
        .into_iter()
        .enumerate()
        {
            let body = json!({ "virtual_machine": machine, "name": format!("{user}{number}"), "size": 1 });
            pair.same(Ask::new("POST", disks).by(user).body(body)).await;
        }
        for (number, tags) in [json!([{ "slug": "tag-{run}" }]), json!(["{tag}"]), json!([{ "id": "{tag}" }])]
            .into_iter()
            .enumerate()
        {
            let name = format!("{user} tagged {number}");
            let body = json!({ "virtual_machine": "{vm}", "name": name, "size": 1, "tags": tags });
            let list = json!([body]);
            pair.same(Ask::new("POST", disks).by(user).body(body)).await;
            pair.same(Ask::new("POST", disks).by(user).body(list)).await;
        }
        pair.same(Ask::new("GET", &format!("{disks}?virtual_machine_id={{vm}}")).by(user)).await;
        pair.same(Ask::new("GET", &format!("{disks}?virtual_machine=vm%20{{run}}&fields=id")).by(user)).await;
        pair.same(Ask::new("GET", &format!("{disks}?tag=tag-{{run}}&fields=id")).by(user)).await;
        pair.same(Ask::new("GET", &format!("{disks}?tag=nope-{{run}}&fields=id")).by(user)).await;
    }
    pair.finish().await;
}
