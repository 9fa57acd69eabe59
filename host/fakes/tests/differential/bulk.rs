//! Several objects in one request.

use super::{Ask, Pair, VM, base};
use serde_json::json;

#[tokio::test]
async fn lists_are_written_whole_or_not_at_all() {
    let Some(mut pair) = Pair::new("bulk").await else { return };
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
    pair.finish().await;
}
