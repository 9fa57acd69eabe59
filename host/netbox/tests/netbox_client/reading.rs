//! Whole lists, page by page.

use crate::support::{Lab, endpoint, kind, quick};
use proxbox_model::Diagnostic;
use proxbox_netbox::{Netbox, NetboxSettings};
use serde_json::{Value as Json, json};
use wiremock::ResponseTemplate;

const SITES: &str = "dcim/sites";

/// A page as NetBox gives it: without a count when it begins at an id.
fn page(count: Option<usize>, next: Option<&str>, ids: impl IntoIterator<Item = u64>) -> ResponseTemplate {
    let results: Vec<Json> = ids.into_iter().map(|id| json!({"id": id, "name": format!("{id}")})).collect();
    ResponseTemplate::new(200).set_body_json(json!({"count": count, "next": next, "results": results}))
}

async fn with_sites(count: usize) -> Lab {
    let lab = Lab::start().await;
    for n in 0..count {
        lab.store.lock().unwrap().add(SITES, json!({"name": format!("site {n}")}));
    }
    lab
}

async fn read(lab: &Lab, page_size: usize) -> Result<usize, proxbox_netbox::NetboxError> {
    let netbox = Netbox::new(&endpoint(&lab.server.uri()), NetboxSettings { page_size, ..quick() }).unwrap();
    let state = netbox.snapshot(&[kind("dcim.site")]).await?;
    Ok(state.objects(kind("dcim.site")).count())
}

#[tokio::test]
async fn a_long_list_is_read_in_large_pages_from_the_configured_address() {
    let lab = with_sites(2500).await;
    assert_eq!(read(&lab, 1000).await.unwrap(), 2500);
    let requests = lab.server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 6, "status, two API roots and three pages");
}

#[tokio::test]
async fn a_server_that_gives_smaller_pages_is_followed() {
    let lab = with_sites(25).await;
    lab.store.lock().unwrap().max_page = 10;
    assert_eq!(read(&lab, 1000).await.unwrap(), 25);
}

#[tokio::test]
async fn an_empty_list_is_read_as_empty() {
    let lab = with_sites(0).await;
    assert_eq!(read(&lab, 10).await.unwrap(), 0);
}

#[tokio::test]
async fn only_what_is_needed_is_asked_for() {
    let lab = with_sites(1).await;
    read(&lab, 10).await.unwrap();
    let requests = lab.server.received_requests().await.unwrap();
    let query: Vec<_> = requests.last().unwrap().url.query_pairs().into_owned().collect();
    let fields = &query.iter().find(|(name, _)| name == "fields").unwrap().1;
    assert_eq!(fields, "id,display,name,slug,status,tenant,description,comments,tags,custom_fields");
    assert!(query.contains(&("start".to_owned(), "1".to_owned())));
}

#[tokio::test]
async fn a_page_that_answers_another_question_is_asked_for_once_more() {
    let lab = with_sites(5).await;
    lab.instead("GET", SITES, 1, page(None, Some("/api/dcim/sites/?start=3"), [2, 1])).await;
    assert_eq!(read(&lab, 10).await.unwrap(), 5);
}

#[tokio::test]
async fn pages_that_do_not_go_on_are_an_error_whichever_way_it_shows() {
    let next = Some("/api/dcim/sites/?start=3");
    let cases = [
        (page(None, next, [1, 2]), "object 1 comes after object 2"),
        (page(None, next, [2, 1]), "object 1 comes after object 2"),
        (page(None, next, []), "a page is empty, though more is announced"),
        // A filter that is ignored, on a list that does not know the cursor.
        (page(Some(4), Some("/api/dcim/sites/?offset=2"), [1, 2]), "object 1 comes after object 2"),
    ];
    for (answer, says) in cases {
        let lab = with_sites(0).await;
        lab.instead("GET", SITES, 99, answer).await;
        let error = read(&lab, 2).await.unwrap_err();
        assert_eq!(error.code(), "netbox-pagination");
        assert!(error.to_string().ends_with(says), "{error}");
    }
}

#[tokio::test]
async fn a_short_list_that_does_not_know_the_cursor_costs_one_request() {
    let lab = with_sites(0).await;
    lab.instead("GET", SITES, 1, page(Some(3), None, [3, 1, 2])).await;
    let netbox = lab.client();
    let rows = netbox.every_row(SITES, &[]).await.unwrap();
    assert_eq!(rows.iter().map(|row| row["id"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(netbox.requests(), 1);
}

#[tokio::test]
async fn an_answer_that_is_no_list_is_an_error() {
    for answer in [json!([]), json!({"results": []}), json!({"count": 1, "results": [{"name": "no id"}]})] {
        let lab = with_sites(0).await;
        lab.instead("GET", SITES, 99, ResponseTemplate::new(200).set_body_json(answer)).await;
        assert_eq!(read(&lab, 2).await.unwrap_err().code(), "netbox-malformed-answer");
    }
}

#[tokio::test]
async fn a_snapshot_is_never_answered_from_memory() {
    let lab = with_sites(1).await;
    let netbox = lab.client();
    let site = kind("dcim.site");
    assert_eq!(netbox.snapshot(&[site]).await.unwrap().objects(site).count(), 1);
    lab.store.lock().unwrap().add(SITES, json!({"name": "new"}));
    assert_eq!(netbox.snapshot(&[site]).await.unwrap().objects(site).count(), 2);
    assert_eq!(netbox.cache_metrics().await, proxbox_netbox::CacheMetrics::default());
}

#[tokio::test]
async fn what_a_key_and_a_later_pass_depend_on_is_asked_for_too() {
    for (name, wanted) in [
        ("ipam.vlan", &["group", "site"][..]),
        ("ipam.ipaddress", &["vrf"]),
        ("virtualization.virtualmachine", &["primary_ip4", "virtual_disk_count"]),
        ("virtualization.vminterface", &["primary_mac_address", "mac_address"]),
    ] {
        let lab = Lab::start().await;
        lab.client().snapshot(&[kind(name)]).await.unwrap();
        let requests = lab.server.received_requests().await.unwrap();
        let query: Vec<_> = requests.last().unwrap().url.query_pairs().into_owned().collect();
        let fields = &query.iter().find(|(name, _)| name == "fields").unwrap().1;
        let fields: Vec<&str> = fields.split(',').collect();
        let once = |field: &&str| fields.iter().filter(|asked| *asked == field).count() == 1;
        assert!(wanted.iter().all(once), "{name}: {fields:?}");
    }
}

#[tokio::test]
async fn a_later_pass_is_read_with_its_kind() {
    let lab = Lab::start().await;
    lab.store.lock().unwrap().add("virtualization/virtual-machines", json!({"name": "vm"}));
    let (first, pass) =
        (kind("virtualization.virtualmachine"), kind("virtualization.virtualmachine#primary-ip"));
    let state = lab.client().snapshot(&[first, pass]).await.unwrap();
    assert_eq!((state.objects(first).count(), state.objects(pass).count()), (1, 1));
    let requests = lab.server.received_requests().await.unwrap();
    let lists = requests.iter().filter(|request| request.url.path().ends_with("/virtual-machines/"));
    assert_eq!(lists.count(), 1);
}

#[tokio::test]
async fn rows_are_read_whole_and_never_from_memory() {
    let lab = with_sites(3).await;
    lab.store.lock().unwrap().max_page = 2;
    let netbox = lab.client();
    netbox.get(SITES, &[("limit", "1000")]).await.unwrap();
    assert_eq!(netbox.every_row(SITES, &[]).await.unwrap().len(), 3);
    lab.store.lock().unwrap().add(SITES, json!({"name": "new", "anything": 7}));
    let rows = netbox.every_row("/api/dcim/sites/", &[]).await.unwrap();
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[3]["anything"], 7);
    assert_eq!(netbox.every_row("dcim/../sites", &[]).await.unwrap_err().code(), "netbox-invalid-path");
}

#[tokio::test]
async fn rows_of_a_list_that_is_not_there_are_an_error() {
    let lab = Lab::start().await;
    lab.instead("GET", "plugins/proxbox/settings", 1, ResponseTemplate::new(404)).await;
    let error = lab.client().every_row("plugins/proxbox/settings", &[]).await.unwrap_err();
    assert_eq!(error.code(), "netbox-not-found");
}

#[tokio::test]
async fn a_fresh_answer_does_not_come_from_memory() {
    let lab = Lab::start().await;
    let netbox = lab.client();
    let answer = |enabled: bool| ResponseTemplate::new(200).set_body_json(json!({"enabled": enabled}));
    let path = "plugins/proxbox/settings/runtime";
    lab.instead("GET", path, 1, answer(false)).await;
    assert_eq!(netbox.get(path, &[]).await.unwrap()["enabled"], false);
    lab.instead("GET", path, 9, answer(true)).await;
    assert_eq!(netbox.get(path, &[]).await.unwrap()["enabled"], false);
    assert_eq!(netbox.get_fresh(path).await.unwrap()["enabled"], true);
}
