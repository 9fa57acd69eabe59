//! The NetBox in memory: its switches, its faults, its log and its pages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proxbox_fakes::netbox::{Action, FakeNetbox, Fault, Grant, Login, Options};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

const VM: &str = "virtualization/virtual-machines";

fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}

async fn send(
    netbox: &FakeNetbox,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> reqwest::Result<Response> {
    let method: Method = method.parse().unwrap();
    let request = client()
        .request(method, format!("{}/api/{path}", netbox.url()))
        .header("authorization", format!("Token {}", netbox.token()));
    let request = if let Some(body) = body { request.json(&body) } else { request };
    request.send().await
}

async fn call(netbox: &FakeNetbox, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let response = send(netbox, method, path, body).await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or_default())
}

/// A NetBox with a cluster, which has id 1.
async fn with_cluster(options: Options) -> FakeNetbox {
    let options = options
        .object("virtualization/cluster-types", json!({ "name": "type", "slug": "type" }))
        .object("virtualization/clusters", json!({ "name": "lab", "type": { "slug": "type" } }));
    FakeNetbox::start(options).await.unwrap()
}

fn machine(name: &str) -> Value {
    json!({ "name": name, "cluster": 1 })
}

fn names(netbox: &FakeNetbox) -> Vec<String> {
    let objects = netbox.objects("virtualization.virtualmachine");
    objects.iter().map(|object| object["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn both_kinds_of_tokens_are_accepted() {
    let netbox = FakeNetbox::start(Options::default()).await.unwrap();
    let (key, secret) = netbox.token_v2();
    let status = async |authorization: String| {
        let url = format!("{}/api/status/", netbox.url());
        let response = client().get(url).header("authorization", authorization).send().await.unwrap();
        (response.status().as_u16(), response.headers().get("api-version").cloned())
    };
    assert_eq!(status(format!("Token {}", netbox.token())).await, (200, Some("4.7".parse().unwrap())));
    assert_eq!(status(format!("Bearer nbt_{key}.{secret}")).await.0, 200);
    assert_eq!(status(format!("Bearer nbt_{key}.wrong")).await.0, 403);
    assert_eq!(status(format!("Token {}", netbox.read_only_token())).await.0, 200);
}

#[tokio::test]
async fn a_read_only_token_learns_nothing_of_writing() {
    let netbox = with_cluster(Options::default()).await;
    let options = async |token: &str| -> Value {
        let url = format!("{}/api/{VM}/", netbox.url());
        let request =
            client().request(Method::OPTIONS, url).header("authorization", format!("Token {token}"));
        request.send().await.unwrap().json().await.unwrap()
    };
    assert!(options(netbox.token()).await.pointer("/actions/POST/name").is_some());
    assert!(options(netbox.read_only_token()).await.get("actions").is_none());
}

#[tokio::test]
async fn older_releases_lack_what_came_later() {
    let netbox = with_cluster(Options::default().version("4.5.2")).await;
    assert_eq!(call(&netbox, "GET", "virtualization/virtual-machine-types/", None).await.0, 404);
    let machine =
        netbox.insert(VM, &json!({ "name": "a", "cluster": 1, "virtual_machine_type": 5 })).unwrap();
    assert!(machine.get("virtual_machine_type").is_none());
    let (_, status) = call(&netbox, "GET", "status/", None).await;
    assert_eq!(status["netbox-version"], "4.5.2");
}

#[tokio::test]
async fn before_4_7_bulk_errors_have_a_place_for_every_object() {
    let netbox = with_cluster(Options::default().version("4.6.4")).await;
    let body = json!([machine("a"), { "cluster": 1 }, machine("b")]);
    let (status, errors) = call(&netbox, "POST", &format!("{VM}/"), Some(body)).await;
    assert_eq!((status, errors), (400, json!([{}, { "name": ["This field is required."] }, {}])));
    let twice = json!([machine("a"), machine("A")]);
    let (status, error) = call(&netbox, "POST", &format!("{VM}/"), Some(twice)).await;
    assert_eq!((status, error["exception"].as_str()), (500, Some("IntegrityError")));
    assert!(names(&netbox).is_empty());
}

#[tokio::test]
async fn before_4_7_a_bulk_change_names_the_first_error_and_skips_unknown_objects() {
    let netbox = with_cluster(Options::default().version("4.5.2")).await;
    netbox.insert(VM, &machine("a")).unwrap();
    let list = format!("{VM}/");
    let bad = json!([{ "id": 1, "memory": -1 }]);
    let (status, error) = call(&netbox, "PATCH", &list, Some(bad)).await;
    assert_eq!(
        (status, error),
        (400, json!({ "memory": ["Ensure this value is greater than or equal to 0."] }))
    );
    let unknown = json!([{ "id": 1, "memory": 5 }, { "id": 99, "memory": 5 }]);
    let (status, changed) = call(&netbox, "PATCH", &list, Some(unknown)).await;
    assert_eq!((status, changed.as_array().unwrap().len()), (200, 1));
}

#[tokio::test]
async fn no_page_is_larger_than_allowed() {
    let netbox = with_cluster(Options { max_page_size: 3, ..Options::default() }).await;
    let machines: Vec<_> = (0..7).map(|number| machine(&format!("vm{number}"))).collect();
    call(&netbox, "POST", &format!("{VM}/"), Some(machines.into())).await;
    let mut path = format!("{VM}/?limit=1000&fields=name");
    let mut seen = Vec::new();
    loop {
        let (_, page) = call(&netbox, "GET", &path, None).await;
        assert_eq!(page["count"], 7);
        seen.push(page["results"].as_array().unwrap().len());
        let Some(next) = page["next"].as_str() else { break };
        path = next.strip_prefix(&format!("{}/api/", netbox.url())).unwrap().to_owned();
    }
    assert_eq!(seen, [3, 3, 1]);
}

#[tokio::test]
async fn requests_are_logged_with_their_bodies() {
    let netbox = with_cluster(Options::default()).await;
    call(&netbox, "GET", &format!("{VM}/?limit=1"), None).await;
    call(&netbox, "POST", &format!("{VM}/"), Some(machine("a"))).await;
    let requests = netbox.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!((requests[0].method.as_str(), requests[0].query.as_str()), ("GET", "limit=1"));
    let writes = netbox.writes();
    assert_eq!((writes.len(), &writes[0].body), (1, &machine("a")));
    assert_eq!(netbox.count("POST /api/virtualization/*"), 1);
    netbox.clear_requests();
    assert!(netbox.requests().is_empty());
}

#[tokio::test]
async fn a_fault_hits_what_it_is_meant_for_and_as_often() {
    let netbox = with_cluster(Options::default()).await;
    let list = format!("{VM}/");
    netbox.fault_times(&format!("POST /api/{VM}/"), Fault::Status(503, json!({ "detail": "busy" })), 2);
    assert_eq!(call(&netbox, "GET", &list, None).await.0, 200);
    for _ in 0..2 {
        assert_eq!(
            call(&netbox, "POST", &list, Some(machine("a"))).await,
            (503, json!({ "detail": "busy" }))
        );
    }
    assert!(names(&netbox).is_empty());
    assert_eq!(call(&netbox, "POST", &list, Some(machine("a"))).await.0, 201);
    netbox.fault("/api/*", Fault::Html(502));
    assert_eq!(call(&netbox, "GET", &list, None).await.0, 502);
    netbox.clear_faults();
    assert_eq!(call(&netbox, "GET", &list, None).await.0, 200);
}

#[tokio::test]
async fn too_many_requests_say_when_to_come_back() {
    let netbox = FakeNetbox::start(Options::default()).await.unwrap();
    netbox.fault_times("/api/status/", Fault::TooMany(7), 1);
    let response = send(&netbox, "GET", "status/", None).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
}

#[tokio::test]
async fn a_lost_answer_leaves_the_write_done() {
    let netbox = with_cluster(Options::default()).await;
    let list = format!("{VM}/");
    netbox.fault_times("POST /api/*", Fault::Lost, 1);
    assert!(send(&netbox, "POST", &list, Some(machine("kept"))).await.is_err());
    assert_eq!(names(&netbox), ["kept"]);
    netbox.fault_times("POST /api/*", Fault::Dropped, 1);
    assert!(send(&netbox, "POST", &list, Some(machine("never"))).await.is_err());
    assert_eq!(names(&netbox), ["kept"]);
}

#[tokio::test]
async fn answers_break_off_in_the_middle() {
    let netbox = with_cluster(Options::default()).await;
    let path = format!("{VM}/");
    netbox.fault_times("/api/*", Fault::Truncated, 1);
    let cut = send(&netbox, "GET", &path, None).await.unwrap();
    assert!(cut.status().is_success() && cut.json::<Value>().await.is_err());
    netbox.fault_times("/api/*", Fault::Reset, 1);
    let reset = send(&netbox, "GET", &path, None).await;
    assert!(match reset {
        Ok(response) => response.text().await.is_err(),
        Err(_) => true,
    });
    netbox.fault_times("/api/*", Fault::Garbage, 1);
    assert!(send(&netbox, "GET", &path, None).await.unwrap().json::<Value>().await.is_err());
}

#[tokio::test]
async fn a_hanging_request_ends_with_the_server() {
    let netbox = FakeNetbox::start(Options::default()).await.unwrap();
    netbox.fault("/api/status/", Fault::Hang);
    let url = format!("{}/api/status/", netbox.url());
    let hanging = tokio::spawn(async move { client().get(url).send().await.is_err() });
    while netbox.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    netbox.shutdown().await;
    assert!(hanging.await.unwrap());
}

#[tokio::test]
async fn objects_can_be_made_changed_and_deleted_without_requests() {
    let netbox = with_cluster(Options::default()).await;
    let made = netbox.insert(VM, &machine("a")).unwrap();
    assert_eq!(made["cluster"]["name"], "lab");
    netbox.change(&format!("{VM}/1"), &json!({ "status": "offline" })).unwrap();
    let found = netbox.find("virtualization.virtualmachine", "name", "a").unwrap();
    assert_eq!(found["status"]["value"], "offline");
    assert_eq!(netbox.insert(VM, &json!({})).unwrap_err(), json!({ "name": ["This field is required."] }));
    netbox.delete(&format!("{VM}/1")).unwrap();
    assert!(netbox.objects("virtualization.virtualmachine").is_empty() && netbox.requests().is_empty());
}

#[tokio::test]
async fn an_object_that_netbox_refuses_keeps_it_from_starting() {
    let error =
        FakeNetbox::start(Options::default().object("dcim/sites", json!({ "name": "x" }))).await.unwrap_err();
    assert!(error.to_string().starts_with("dcim/sites: "), "{error}");
}

#[tokio::test]
async fn pages_for_people_escape_what_they_show() {
    let netbox = with_cluster(Options::default()).await;
    let name = "<script>alert('x')</script>";
    netbox.insert(VM, &json!({ "name": name, "cluster": 1, "comments": "a & \"b\"" })).unwrap();
    let page = async |path: &str| {
        let response = client().get(format!("{}{path}", netbox.url())).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    for path in
        ["/", "/virtualization/virtual-machines/", "/virtualization/virtual-machines/1/", "/dcim/devices/"]
    {
        let (status, text) = page(path).await;
        assert!(
            status == 200 && text.starts_with("<!DOCTYPE html>") && !text.contains("<script"),
            "{path}: {text}"
        );
    }
    let (_, detail) = page("/virtualization/virtual-machines/1/").await;
    assert!(detail.contains("&lt;script&gt;") && detail.contains("a &amp; &quot;b&quot;"));
    assert!(detail.contains("href=\"/virtualization/clusters/1/\""));
    assert_eq!(page("/virtualization/virtual-machines/9/").await.0, 404);
}

#[tokio::test]
async fn a_failed_bulk_request_leaves_no_trace() {
    let netbox = with_cluster(Options::default()).await;
    netbox.insert(VM, &machine("a")).unwrap();
    netbox
        .insert("virtualization/virtual-disks", &json!({ "virtual_machine": 1, "name": "d", "size": 5 }))
        .unwrap();
    let before = netbox.objects("virtualization.virtualmachine");
    let disks = json!([{ "virtual_machine": 1, "name": "e", "size": 7 }, { "virtual_machine": 1, "name": "d", "size": 1 }]);
    assert_eq!(call(&netbox, "POST", "virtualization/virtual-disks/", Some(disks)).await.0, 400);
    let changes = json!([{ "id": 1, "name": "b" }, { "id": 1, "name": "c" }]);
    assert_eq!(call(&netbox, "PATCH", &format!("{VM}/"), Some(changes)).await.0, 400);
    assert_eq!(netbox.objects("virtualization.virtualmachine"), before);
}

#[tokio::test]
async fn a_device_is_in_a_location_of_its_own_site() {
    let netbox = with_cluster(Options::default()).await;
    let made = [
        ("dcim/sites", json!({ "name": "Berlin", "slug": "berlin" })),
        ("dcim/sites", json!({ "name": "Bonn", "slug": "bonn" })),
        ("dcim/locations", json!({ "name": "Room", "slug": "room", "site": { "slug": "berlin" } })),
        ("dcim/locations", json!({ "name": "Room", "slug": "room", "site": { "slug": "bonn" } })),
        ("dcim/locations", json!({ "name": "Rack", "slug": "rack", "site": 1, "parent": 1 })),
        ("dcim/manufacturers", json!({ "name": "m", "slug": "m" })),
        ("dcim/device-types", json!({ "manufacturer": 1, "model": "t", "slug": "t" })),
        ("dcim/device-roles", json!({ "name": "r", "slug": "r" })),
    ];
    made.iter().for_each(|(path, body)| drop(netbox.insert(path, body).unwrap()));
    let device = |site: u64, location: u64| {
        let body = json!({ "name": "pve1", "device_type": 1, "role": 1, "site": site, "location": location });
        netbox.insert("dcim/devices", &body)
    };
    let refused = json!({ "location": ["Location Room does not belong to site Bonn."] });
    assert_eq!(device(2, 1).unwrap_err(), refused);
    assert_eq!(device(1, 3).unwrap()["location"]["slug"], "rack");
    let twice = json!({ "name": "Other", "slug": "room", "site": 1 });
    assert!(netbox.insert("dcim/locations", &twice).is_err());
    let elsewhere = json!({ "name": "x", "slug": "x", "site": 2, "parent": 1 });
    assert!(netbox.insert("dcim/locations", &elsewhere).is_err());
    let (_, page) = call(&netbox, "GET", "dcim/devices/?location=room", None).await;
    assert_eq!(page["count"], 1, "a location holds what is in those below it");

    let scoped = json!({ "scope_type": "dcim.location", "scope_id": 1 });
    netbox.change("virtualization/clusters/1", &scoped).unwrap();
    let refused = json!({ "cluster": ["The assigned cluster belongs to a different location (Room)"] });
    assert_eq!(netbox.change("dcim/devices/1", &json!({ "cluster": 1 })).unwrap_err(), refused);
    netbox.change("dcim/devices/1", &json!({ "cluster": 1, "location": 1 })).unwrap();
}

#[tokio::test]
async fn thousands_of_objects_are_no_trouble() {
    let netbox = with_cluster(Options::default()).await;
    let list = format!("{VM}/");
    for batch in 0..50 {
        let machines: Vec<_> = (0..100).map(|number| machine(&format!("vm-{batch}-{number}"))).collect();
        assert_eq!(call(&netbox, "POST", &list, Some(machines.into())).await.0, 201);
    }
    let (_, page) = call(&netbox, "GET", &format!("{list}?limit=1000&cluster_id=1"), None).await;
    assert_eq!((page["count"].as_u64(), page["results"].as_array().unwrap().len()), (Some(5000), 1000));
    let ids: Vec<_> = (1..=500).map(|id| json!({ "id": id, "memory": 1 })).collect();
    assert_eq!(call(&netbox, "PATCH", &list, Some(ids.into())).await.0, 200);
}

/// A NetBox with the sites Berlin and Bonn, and a login that may do what is granted.
async fn with_login(grants: Vec<Grant>) -> FakeNetbox {
    let login = Login { token: "limited".to_owned(), grants, ..Login::default() };
    let options = Options { logins: vec![login], ..Options::default() }
        .object("dcim/sites", json!({ "name": "Berlin", "slug": "berlin" }))
        .object("dcim/sites", json!({ "name": "Bonn", "slug": "bonn" }));
    FakeNetbox::start(options).await.unwrap()
}

async fn as_login(netbox: &FakeNetbox, method: &str, path: &str, body: Value) -> (u16, Value) {
    let method: Method = method.parse().unwrap();
    let request = client().request(method, format!("{}/api/{path}", netbox.url()));
    let response = request.header("authorization", "Token limited").json(&body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

#[tokio::test]
async fn a_login_does_what_it_is_granted_and_no_more() {
    let berlin =
        Grant::new(&[Action::View, Action::Change], &["dcim.site"]).only(json!({ "slug": "berlin" }));
    let netbox = with_login(vec![berlin]).await;
    let refused = json!({ "detail": "You do not have permission to perform this action." });
    assert_eq!(as_login(&netbox, "GET", "dcim/sites/", json!(null)).await.1["count"], 1);
    assert_eq!(as_login(&netbox, "GET", "dcim/devices/", json!(null)).await, (403, refused.clone()));
    assert_eq!(as_login(&netbox, "DELETE", "dcim/sites/1/", json!(null)).await, (403, refused.clone()));
    assert_eq!(as_login(&netbox, "PATCH", "dcim/sites/2/", json!({ "comments": "c" })).await.0, 404);
    assert_eq!(as_login(&netbox, "PATCH", "dcim/sites/1/", json!({ "slug": "bonn2" })).await, (403, refused));
    assert_eq!(netbox.objects("dcim.site")[0]["slug"], "berlin");
    // Rights can be given and taken while it runs.
    let all = vec![Grant::new(Action::ALL, &["dcim.site"])];
    netbox.admit(Login { token: "limited".to_owned(), grants: all, ..Login::default() }).unwrap();
    assert_eq!(as_login(&netbox, "DELETE", "dcim/sites/1/", json!(null)).await.0, 204);
    netbox.admit(Login { token: "limited".to_owned(), ..Login::default() }).unwrap();
    assert_eq!(as_login(&netbox, "GET", "dcim/sites/", json!(null)).await.0, 403);
}

#[tokio::test]
async fn a_grant_about_nothing_is_an_error() {
    let netbox = with_login(Vec::new()).await;
    for (model, constraints) in [
        ("dcim.nope", json!(null)),
        ("dcim.site", json!({ "nope": 1 })),
        ("dcim.site", json!([{ "slug": "a" }, { "region__nope": 1 }])),
        ("dcim.site", json!({ "slug__nope": 1 })),
    ] {
        let grants = vec![Grant::new(Action::ALL, &[model]).only(constraints)];
        assert!(netbox.admit(Login { grants, ..Login::default() }).is_err(), "{model}");
    }
    for lookup in
        ["id", "pk__in", "slug__startswith", "region__slug", "tags__name__in", "custom_field_data__a"]
    {
        let grants = vec![Grant::new(Action::ALL, &["dcim.site"]).only(json!({ lookup: 1 }))];
        netbox.admit(Login { token: lookup.to_owned(), grants, ..Login::default() }).unwrap();
    }
}

/// A real NetBox needs another configuration for this: `MAX_PAGE_SIZE = 0` lifts the limit.
#[tokio::test]
async fn pages_can_be_without_limit() {
    let netbox = with_cluster(Options { max_page_size: 0, ..Options::default() }).await;
    let machines: Vec<_> = (0..60).map(|number| machine(&format!("vm{number}"))).collect();
    call(&netbox, "POST", &format!("{VM}/"), Some(machines.into())).await;
    for (query, shown, next) in [
        ("limit=0", 60, false),
        ("", 50, true),
        ("limit=20&offset=20", 20, true),
        ("limit=0&offset=10", 50, false),
    ] {
        let (_, page) = call(&netbox, "GET", &format!("{VM}/?{query}"), None).await;
        let results = page["results"].as_array().unwrap().len();
        assert_eq!((results, page["next"].is_string()), (shown, next), "{query}");
    }
    let (_, page) = call(&netbox, "GET", &format!("{VM}/?limit=0&offset=10"), None).await;
    assert_eq!(page["previous"], Value::Null);
}

/// Where another server or another setting stands in front, its limits count: 413 is the answer of nginx with its
/// `client_max_body_size`; the page is nginx's usual one, not compared with a running nginx.
#[tokio::test]
async fn requests_may_be_as_long_as_the_options_say() {
    let limits =
        Options { max_request_line: 100, max_body: 1000, proxy_max_body: Some(2000), ..Options::default() };
    let netbox = with_cluster(limits).await;
    let answer = async |method: &str, path: &str, length: usize| {
        let body = (length > 0).then(|| json!({ "name": "x".repeat(length) }));
        let response = send(&netbox, method, path, body).await.unwrap();
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        (response.status().as_u16(), kind, response.text().await.unwrap())
    };
    let (status, kind, page) = answer("GET", &format!("{VM}/?q={}", "x".repeat(100)), 0).await;
    assert_eq!((status, kind.as_str()), (400, "text/html"));
    assert!(page.contains(" &gt; 100)"), "{page}");
    let (status, kind, error) = answer("POST", &format!("{VM}/"), 1500).await;
    assert_eq!((status, kind.as_str()), (500, "application/json"));
    assert!(error.contains("RequestDataTooBig"), "{error}");
    let (status, kind, page) = answer("POST", &format!("{VM}/"), 2500).await;
    assert_eq!((status, kind.as_str()), (413, "text/html"));
    assert!(page.contains("413 Request Entity Too Large"), "{page}");
    assert!(names(&netbox).is_empty());
    assert_eq!(netbox.requests().len(), 3, "what is refused is in the log all the same");
}
