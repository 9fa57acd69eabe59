//! Several objects in one request.

use crate::differential::{Ask, Pair, VM, base};
use serde_json::json;

#[tokio::test]
async fn lists_are_written_whole_or_not_at_all() {
    let mut pair = Pair::new("bulk").await;
    base(&mut pair).await;
    let list = format!("/api/{VM}/");
    let machine = |name: &str| json!({ "name": format!("{name} {{run}}"), "cluster": "{cluster}" });
    pair.same(Ask::new("POST", &list).body(json!([
        machine("b2"),
        machine("a1"),
        machine("a10"),
        machine("a9")
    ])))
    .await;
    for body in [
        json!([]),
        json!([machine("n"), { "cluster": "{cluster}" }, 5, [1], null, "x"]),
        json!([machine("n"), machine("N")]),
        json!([machine("n"), machine("b2"), { "name": "x", "cluster": 999_999 }]),
        json!([{ "name": "p {run}", "cluster": "{cluster}", "status": "bad" }]),
    ] {
        pair.same(Ask::new("POST", &list).body(body)).await;
    }
    pair.get(&format!("{list}?cluster_id={{cluster}}")).await;
    pair.make("one", VM, machine("one")).await;
    pair.make("two", VM, machine("two")).await;
    for method in ["PATCH", "PUT"] {
        for body in [
            json!([]),
            json!({}),
            json!({ "id": "{one}" }),
            json!("x"),
            json!(5),
            json!(null),
            json!([{ "name": "a" }]),
            json!([{ "id": "x" }, 5, { "id": null }, { "id": true }, { "id": [] }]),
            json!([{ "id": "{one}" }, { "id": "{one}" }]),
            json!([{ "id": "{one}" }, { "id": 999_999 }, { "id": 999_998 }, { "id": -1 }]),
            json!([{ "id": "{one}", "name": "x".repeat(65) }, { "id": "{two}", "memory": -1 }]),
            json!([{ "id": "{two}", "memory": 5, "name": "two {run}", "cluster": "{cluster}" }, { "id": "{one}", "status": "bad" }]),
            json!([{ "id": "{two}", "name": "one {run}" }]),
            json!([{ "id": "{two}", "name": "same {run}" }, { "id": "{one}", "name": "same {run}" }]),
        ] {
            pair.same(Ask::new(method, &list).body(body)).await;
        }
    }
    pair.same(Ask::new("PATCH", &list).body(json!([{ "id": "{two}", "memory": 5 }, { "id": "{one}", "status": "failed", "tags": [{ "slug": "tag-{run}" }] }]))).await;
    pair.same(
        Ask::new("PATCH", &list)
            .body(json!([{ "id": "{two}", "name": "swap {run}" }, { "id": "{one}", "name": "two {run}" }])),
    )
    .await;
    pair.same(
        Ask::new("PUT", &list).body(json!([{ "id": "{two}", "name": "put {run}", "cluster": "{cluster}" }])),
    )
    .await;
    for body in [
        json!([]),
        json!({}),
        json!([{ "id": 999_999 }, { "id": "{one}" }]),
        json!([{ "id": "{one}" }, { "id": "{one}" }]),
        json!([5]),
        json!(["{one}"]),
    ] {
        pair.same(Ask::new("DELETE", &list).body(body)).await;
    }
    pair.same(Ask::new("DELETE", &list)).await;
    pair.get(&format!("{list}?cluster_id={{cluster}}&fields=id,name,memory,status")).await;
    pair.same(Ask::new("DELETE", &list).body(json!([{ "id": "{one}" }, { "id": "{two}" }]))).await;
    pair.get(&format!("{list}?cluster_id={{cluster}}&fields=id,name")).await;
    pair.make("other", VM, machine("other")).await;
    pair.make(
        "limited",
        "extras/tags",
        json!({ "name": "limited {run}", "slug": "limited-{run}", "object_types": ["dcim.site"] }),
    )
    .await;
    pair.post(VM, json!({ "name": "t {run}", "cluster": "{cluster}", "tags": ["{limited}"] })).await;
    pair.same(
        Ask::new("POST", &list)
            .body(json!([{ "name": "t {run}", "cluster": "{cluster}", "tags": ["{limited}"] }])),
    )
    .await;
    pair.patch("dcim/sites/{site}", json!({ "tags": ["{limited}", "{tag}"] })).await;
    for body in
        [json!({ "tags": ["{tag}", "{limited}"] }), json!({ "add_tags": [{ "slug": "limited-{run}" }] })]
    {
        pair.patch(&format!("{VM}/{{vm}}"), body).await;
    }
    pair.same(
        Ask::new("PATCH", &list)
            .body(json!([{ "id": "{vm}", "tags": ["{limited}"] }, { "id": "{other}", "memory": 1 }])),
    )
    .await;
    pair.same(
        Ask::new("PUT", "/api/virtualization/clusters/{cluster}/")
            .body(json!({ "name": "cluster {run}", "type": "{type}", "tags": ["{limited}"] })),
    )
    .await;
    pair.get(&format!("/api/{VM}/{{vm}}/")).await;
    // A tag that is limited later stays where it is, until somebody assigns it again.
    pair.patch(&format!("{VM}/{{vm}}"), json!({ "tags": ["{tag}"] })).await;
    pair.patch("extras/tags/{tag}", json!({ "object_types": ["dcim.site"] })).await;
    pair.patch(&format!("{VM}/{{vm}}"), json!({ "comments": "c" })).await;
    pair.patch(&format!("{VM}/{{vm}}"), json!({ "tags": ["{tag}"] })).await;
    pair.patch(&format!("{VM}/{{other}}"), json!({ "tags": ["{tag}"] })).await;
    pair.patch(&format!("{VM}/{{vm}}"), json!({ "remove_tags": ["{tag}"] })).await;
    pair.finish().await;
}
