//! How much a request may be.

use crate::differential::{Ask, Pair, VM, base};
use serde_json::{Value, json};

/// Most bytes of a request line for gunicorn.
const LINE: usize = 4094;

/// Most bytes of a body for NetBox.
const BODY: usize = 2_621_440;

/// A GET whose request line is so long.
fn line(length: usize) -> Ask {
    let path = "/api/dcim/sites/?fields=id&slug=";
    let rest = "GET  HTTP/1.1".len() + path.len();
    Ask::new("GET", &format!("{path}{}", "x".repeat(length - rest)))
}

#[tokio::test]
async fn a_long_request_line_is_refused_with_a_page() {
    let mut pair = Pair::new("request lines").await;
    for length in [LINE - 1, LINE, LINE + 1, 6000] {
        pair.same(line(length)).await;
    }
    pair.same(line(LINE + 1).anonymous()).await;
    pair.finish().await;
}

/// A site as a text of so many bytes.
fn site(length: usize) -> String {
    let empty = json!({ "name": "", "slug": "s", "comments": "" }).to_string();
    json!({ "name": "", "slug": "s", "comments": "x".repeat(length - empty.len()) }).to_string()
}

#[tokio::test]
async fn a_long_body_is_more_than_netbox_reads() {
    let mut pair = Pair::new("bodies").await;
    base(&mut pair).await;
    let json = "application/json";
    for (method, path, length) in [
        ("POST", "/api/dcim/sites/", BODY),
        ("POST", "/api/dcim/sites/", BODY + 1),
        ("PATCH", "/api/dcim/sites/{site}/", BODY + 1),
        ("PATCH", "/api/dcim/sites/999999/", BODY + 1),
        ("PATCH", "/api/dcim/sites/", BODY + 1),
        ("DELETE", "/api/dcim/sites/{site}/", BODY + 1),
        ("GET", "/api/dcim/sites/{site}/", BODY + 1),
        ("POST", "/api/status/", BODY + 1),
        ("POST", "/api/dcim/nope/", BODY + 1),
    ] {
        pair.same(Ask::new(method, path).text(json, &site(length))).await;
    }
    let long = Ask::new("POST", "/api/dcim/sites/").text(json, &"x".repeat(BODY + 1));
    pair.same(long.clone()).await;
    pair.same(long.clone().anonymous()).await;
    pair.same(long.read_only()).await;
    pair.same(Ask::new("POST", "/api/dcim/sites/").text("text/plain", &site(BODY + 1))).await;
    pair.get("/api/dcim/sites/{site}/").await;
    pair.finish().await;
}

#[tokio::test]
async fn no_page_has_more_than_a_thousand_objects() {
    let mut pair = Pair::new("large pages").await;
    let list = "/api/dcim/manufacturers/";
    let tag = |number: usize| json!({ "name": format!("m{number:04} {{run}}"), "slug": format!("m{number:04}-{{run}}") });
    let all: Vec<Value> = (0..1001).map(tag).collect();
    let ask = Ask::new("POST", list).body(all.into());
    let (real, fake) = pair.both(&ask).await;
    assert_eq!((real.status, fake.status), (201, 201), "{} {}", real.body, fake.body);
    let ids = |answer: &Value| -> Vec<u64> {
        answer.as_array().unwrap().iter().map(|object| object["id"].as_u64().unwrap()).collect()
    };
    let (real, fake) = (ids(&real.body), ids(&fake.body));
    pair.pair_ids(&real, &fake);
    for page in [
        "limit=5000",
        "limit=0",
        "limit=1000",
        "limit=1001",
        "limit=999",
        "limit=5000&offset=1000",
        "limit=5000&offset=500",
        "limit=0&offset=1",
        "start=0&limit=5000",
        "start=0&limit=0",
        "",
    ] {
        pair.get(&format!("{list}?name__ic={{run}}&fields=id,name&{page}")).await;
    }
    let bodies = [real, fake].map(|ids| ids.iter().map(|id| json!({ "id": id })).collect::<Value>());
    pair.apart(&Ask::new("DELETE", list), bodies).await;
    pair.get(&format!("{list}?name__ic={{run}}")).await;
    pair.finish().await;
}

/// Filters that NetBox does not know do not narrow a list, so that a misspelt one brings everything.
#[tokio::test]
async fn unknown_filters_bring_the_whole_list() {
    let mut pair = Pair::new("unknown filters").await;
    base(&mut pair).await;
    for path in
        [VM, "dcim/devices", "dcim/sites", "virtualization/clusters", "extras/tags", "dcim/manufacturers"]
    {
        for filter in [
            "nope=1",
            "nope=1&name__ic={run}",
            "nmae={run}",
            "name__icontains={run}",
            "name__contains={run}",
            "id__in=999999",
            "cluster__name=x",
            "custom_field_data__x=1",
            "cf_nope=1",
            "Name=x",
            "NAME__IC=zzz",
            "pk=999999",
            "?name=x",
            "id=",
            "name__ic=",
        ] {
            pair.get(&format!("/api/{path}/?{filter}&fields=id,name")).await;
        }
        for wrong in [
            "id=x",
            "id=1.5",
            "id__gt=x",
            "id__n=x",
            "id=999999999999999999999",
            "id__empty=x",
            "created=x",
            "created__gte=2024-13-01",
            "last_updated=yesterday",
            "tag=nope-{run}",
            "tag_id=x",
            "ordering=nope",
            "limit=x",
            "nope=1&id=x&tag=nope-{run}",
        ] {
            pair.get(&format!("/api/{path}/?{wrong}&fields=id,name")).await;
        }
    }
    for wrong in [
        "dcim/devices/?status=nope",
        "virtualization/virtual-machines/?id={vm}.0",
        "virtualization/virtual-machines/?id={vm}.5",
        "virtualization/virtual-machines/?vcpus=x",
        "virtualization/virtual-machines/?vcpus=1.25",
        "virtualization/virtual-machines/?memory=1.5",
        "virtualization/virtual-machines/?memory__gte=x",
        "dcim/devices/?site=nope",
        "dcim/devices/?site_id=999999",
        "dcim/devices/?site_id=x",
        "dcim/devices/?cluster_id=x&status=nope",
        "virtualization/clusters/?type=nope",
        "virtualization/clusters/?site_id=999999",
        "ipam/ip-addresses/?address=nope",
        "ipam/ip-addresses/?parent=nope",
        "ipam/ip-addresses/?status=nope",
        "ipam/prefixes/?prefix=nope",
        "ipam/vlans/?vid=x",
        "dcim/interfaces/?device_id=x",
        "dcim/mac-addresses/?mac_address=nope",
    ] {
        pair.get(&format!("/api/{wrong}&fields=id")).await;
    }
    pair.finish().await;
}
