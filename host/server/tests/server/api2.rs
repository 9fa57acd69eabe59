//! Proxmox VE's own API through the service: every operation of every version, and what is refused.

use crate::lab::{KEY, Lab, answer};
use proxbox_catalogue::{Method as Operation, Shelf, check_returns};
use proxbox_fakes::fleet::{Fleet, FleetSpec};
use proxbox_fakes::proxmox::{self, FakeProxmox, Fault};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Where a fleet has an older form than the schema on purpose.
const OLD_FORM: &str = "[].prune-backups";

async fn playing(version: &str) -> FakeProxmox {
    let fleet = Fleet::generate(&FleetSpec::new("lab", 2, 12, 1));
    FakeProxmox::start(fleet, proxmox::Options::default().api(version)).await.unwrap()
}

async fn store(lab: &Lab, name: &str, proxmox: &FakeProxmox, changes: Value) {
    let (user, token, secret) = proxmox.token();
    let fingerprint: String = proxmox.fingerprint().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut endpoint = json!({
        "name": name, "ip_address": "127.0.0.1", "port": proxmox.addr().port(), "username": user, "verify_ssl": false,
        "token_name": token, "token_value": secret, "fingerprint": fingerprint, "timeout": 5, "max_retries": 0,
    });
    endpoint.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let (code, stored) = lab.post("/proxmox/endpoints", endpoint).await;
    assert_eq!(code, 200, "{stored}");
}

/// A service with one endpoint.
async fn one(version: &str) -> (Lab, FakeProxmox) {
    let (lab, proxmox) = (Lab::keyed().await, playing(version).await);
    store(&lab, "lab (nb:1)", &proxmox, json!({})).await;
    (lab, proxmox)
}

fn query(pairs: &[(String, String)]) -> Vec<(String, String)> {
    let exposed = |name: &str| if name == "source" { "op_source".to_owned() } else { name.to_owned() };
    pairs.iter().map(|(name, value)| (exposed(name), value.clone())).collect()
}

#[tokio::test]
async fn calls_every_get_of_each_version_through_the_service() {
    let shelf = Shelf::bundled();
    for version in shelf.tags() {
        let (lab, proxmox) = one(&version).await;
        let catalogue = shelf.get(&version).unwrap();
        let documented: BTreeSet<_> = catalogue
            .operations()
            .filter(|operation| operation.method == Operation::Get)
            .map(|operation| operation.path.clone())
            .collect();
        let (mut wrong, mut called) = (Vec::new(), BTreeSet::new());
        for read in proxmox.reads() {
            let path = format!("/proxmox/api2/{version}{}", read.path);
            let response = lab.request(Method::GET, &path).query(&query(&read.query)).send().await.unwrap();
            let (status, headers) = (response.status(), response.headers().clone());
            let body: Value = response.json().await.unwrap();
            let operation = catalogue.operation(Operation::Get, &read.template).unwrap();
            let drifts = check_returns(&operation, &body);
            if status != StatusCode::OK
                || headers["content-type"] != "application/json"
                || headers["x-proxbox-schema-drift"] != drifts.len().to_string()
                || drifts.iter().any(|drift| drift.path != OLD_FORM)
            {
                wrong.push(format!("{path}: {status} {body} {headers:?}"));
            }
            called.insert(read.template);
        }
        eprintln!("Proxmox VE {version}: {} of {} reads answered", called.len(), documented.len());
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert_eq!(called, documented);
        assert!(proxmox.writes().is_empty());
    }
}

#[tokio::test]
async fn every_non_get_is_refused() {
    let (lab, proxmox) = one("latest").await;
    let refusal = json!({"message": "Generated Proxmox proxy routes are read-only.",
        "detail": "Use a typed, audited RPC procedure for mutation operations."});
    let shelf = Shelf::bundled();
    for version in shelf.tags() {
        let catalogue = shelf.get(&version).unwrap();
        let (mut documented, mut others) = (0, 0);
        let paths: BTreeSet<_> = catalogue.operations().map(|operation| operation.path.as_str()).collect();
        for path in paths {
            let known: Vec<_> = catalogue.operations().filter(|operation| operation.path == path).collect();
            let path = format!("/proxmox/api2/{version}{}", path.replace(['{', '}'], ""));
            for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
                let request = lab.request(method.clone(), &path).json(&json!({}));
                assert_eq!(answer(request).await, (403, refusal.clone()), "{method} {path}");
                let is_known = known.iter().any(|operation| operation.method.as_str() == method.as_str());
                *(if is_known { &mut documented } else { &mut others }) += 1;
            }
        }
        let writing = catalogue.operations().filter(|operation| operation.method != Operation::Get);
        eprintln!(
            "Proxmox VE {version}: {documented} operations that write refused, and {others} that it does not have"
        );
        assert_eq!(documented, writing.count());
    }
    for path in ["/proxmox/api2", "/proxmox/api2/", "/proxmox/api2/nodes", "/proxmox/api2/8.4/nodes"] {
        assert_eq!(lab.post(path, json!({})).await, (403, refusal.clone()), "{path}");
    }
    assert_eq!(proxmox.requests(), [], "nobody was asked");
    assert_eq!(answer(lab.open(Method::POST, "/proxmox/api2/nodes")).await.0, 401, "a key is needed first");
}

#[tokio::test]
async fn the_newest_version_needs_no_name() {
    let (lab, proxmox) = one("latest").await;
    let nodes = lab.get("/proxmox/api2/nodes").await;
    assert_eq!((nodes.0, nodes.1.as_array().unwrap().len()), (200, 2));
    assert_eq!(lab.get("/proxmox/api2/nodes/").await.0, 200);
    for version in ["latest", "9.2", "9.1", "9.1.11"] {
        assert_eq!(lab.get(&format!("/proxmox/api2/{version}/nodes")).await.0, 200, "{version}");
    }
    assert_eq!(lab.get("/proxmox/api2/cluster/sdn/route-maps").await.0, 200);
    assert_eq!(lab.get("/proxmox/api2/9.1/cluster/sdn/route-maps").await.0, 404, "9.1 has no such path");
    let head = lab.request(Method::HEAD, "/proxmox/api2/nodes").send().await.unwrap();
    assert_eq!((head.status().as_u16(), head.text().await.unwrap().as_str()), (200, ""));
    proxmox.clear_requests();
    assert_eq!(answer(lab.open(Method::GET, "/proxmox/api2/nodes")).await.0, 401);
    assert_eq!(proxmox.requests(), []);
}

#[tokio::test]
async fn what_is_not_there_is_said_with_what_is() {
    let (lab, proxmox) = one("latest").await;
    let said = async |path: &str, status: u16| {
        let (code, body) = lab.get(path).await;
        assert_eq!(code, status, "{path}: {body}");
        assert_eq!(body["python_exception"], Value::Null);
        [&body["message"], &body["detail"]].map(|text| text.as_str().unwrap_or_default().to_owned())
    };
    let [message, detail] = said("/proxmox/api2/nodes/pve1/stats", 404).await;
    assert_eq!(message, "Proxmox VE 9.2 has no path /nodes/pve1/stats");
    assert!(detail.starts_with("Did you mean /nodes/{node}/"), "{detail}");
    let [message, detail] = said("/proxmox/api2/8.4/nodes", 404).await;
    assert_eq!(message, "there is no schema of Proxmox VE 8.4");
    assert_eq!(detail, "There are: 9.1, 9.2, latest.");
    let [message, detail] = said("/proxmox/api2/nodes/pve1/qemu/100/clone", 404).await;
    assert_eq!(message, "/nodes/{node}/qemu/{vmid}/clone does not take GET");
    assert_eq!(detail, "It takes POST. Only what reads is answered here.");
    said("/proxmox/api2", 404).await;
    said("/proxmox/api2/9.2", 404).await;
    for path in [
        "/proxmox/api2/nodes/..%2F..%2Faccess/time",
        "/proxmox/api2/nodes/..%2e/time",
        "/proxmox/api2/9.2/nodes/pve1%2Fqemu/status",
        "/proxmox/api2/nodes/%5Caccess/time",
        "/proxmox/api2/nodes//time",
        "/proxmox/api2/nodes/%00/time",
        "/proxmox/api2/nodes/%ff/time",
    ] {
        said(path, 400).await;
    }
    for path in ["/proxmox/api2/../access", "/proxmox/api2/nodes/%2E%2e/time", "/proxmox/api2/nodes/./time"] {
        assert_eq!(as_it_stands(&lab, path).await, "HTTP/1.1 400 Bad Request", "{path}");
    }
    assert_eq!(proxmox.requests(), []);
}

/// The first line of what is answered to a path that no client would send.
async fn as_it_stands(lab: &Lab, path: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(lab.addr).await.unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: lab\r\nX-Proxbox-API-Key: {KEY}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn a_parameter_that_does_not_fit_is_named_with_what_is_allowed() {
    let (lab, proxmox) = one("latest").await;
    for (feature, path, place, name, message) in [
        ("a type", "/nodes/pve1/syslog?limit=many", "query", "limit", "must be a whole number"),
        ("a least number", "/nodes/pve1/syslog?limit=-1", "query", "limit", "must be 0 or more"),
        (
            "a range",
            "/cluster/jobs/schedule-analyze?schedule=daily&iterations=101",
            "query",
            "iterations",
            "must be 100 or less",
        ),
        ("values", "/cluster/resources?type=pool", "query", "type", "must be one of: vm, storage, node, sdn"),
        (
            "a boolean",
            "/nodes/pve1/qemu/100/config?current=perhaps",
            "query",
            "current",
            "must be 1 or 0 (or yes, no, true, false, on, off)",
        ),
        (
            "a length",
            "/nodes/pve1/qemu/100/config?snapshot=a2345678901234567890123456789012345678901",
            "query",
            "snapshot",
            "must have 40 characters or less",
        ),
        (
            "a pattern",
            "/cluster/acme/tos?directory=ftp:x",
            "query",
            "directory",
            "must match the pattern ^https?://.*",
        ),
        ("a format", "/cluster/sdn/dry-run?node=a%20b", "query", "node", "must be"),
        ("a format in the path", "/nodes/pve1/qemu/99/config", "path", "vmid", "must be"),
        ("values in the path", "/nodes/pve1/services/telnetd", "path", "service", "must be one of:"),
        ("what is needed", "/nodes/pve1/rrddata", "query", "timeframe", "is missing"),
        (
            "what is known",
            "/nodes/pve1/syslog?limt=1",
            "query",
            "limt",
            "is not known here; did you mean limit?",
        ),
        (
            "what is given twice",
            "/nodes/pve1/syslog?limit=1&limit=2",
            "query",
            "limit",
            "is given more than once",
        ),
        (
            "a name that is also ours",
            "/nodes/pve1/tasks?op_source=never",
            "query",
            "op_source",
            "must be one of: archive, active, all",
        ),
    ] {
        let (code, body) = lab.get(&format!("/proxmox/api2{path}")).await;
        assert_eq!(code, 422, "{feature}: {body}");
        let part = &body["detail"][0];
        assert_eq!(part["loc"], json!([place, name]), "{feature}: {body}");
        let said = part["msg"].as_str().unwrap();
        assert!(said.starts_with(&format!("{name} {message}")), "{feature}: {said}");
        assert!(part["ctx"].is_object() && part["type"].is_string(), "{feature}: {body}");
    }
    let (_, body) = lab.get("/proxmox/api2/nodes/-/syslog?limit=x&password=hunter2").await;
    assert_eq!(body["detail"].as_array().unwrap().len(), 3, "all at once: {body}");
    assert!(!body.to_string().contains("hunter2"), "no value is repeated: {body}");
    assert_eq!(lab.get("/proxmox/api2/nodes?%ff=1").await.0, 422);
    assert_eq!(proxmox.requests(), []);
}

#[tokio::test]
async fn parameters_reach_proxmox_as_it_calls_them() {
    let (lab, proxmox) = one("latest").await;
    assert_eq!(
        lab.get("/proxmox/api2/nodes/pve1/tasks?source=database&op_source=all&errors=yes&limit=3").await.0,
        200
    );
    let asked = proxmox.requests().into_iter().find(|request| request.path == "/nodes/pve1/tasks").unwrap();
    assert_eq!(asked.query, "source=all&errors=1&limit=3");
}

#[tokio::test]
async fn one_endpoint_is_asked_and_it_is_clear_which() {
    let lab = Lab::keyed().await;
    let (code, body) = lab.get("/proxmox/api2/version").await;
    assert_eq!((code, &body["message"]), (400, &json!("No Proxmox endpoint to read")));

    let (older, newer) = (playing("9.1").await, playing("9.2").await);
    store(&lab, "old (nb:1)", &older, json!({"domain": "localhost"})).await;
    let release = async |selection: &str| {
        let (code, body) = lab.get(&format!("/proxmox/api2/version?{selection}")).await;
        if code == 200 {
            body["release"].as_str().unwrap().to_owned()
        } else {
            format!("{code} {}", body["detail"])
        }
    };
    assert_eq!(release("").await, "9.1", "the only one is meant");
    store(&lab, "new (nb:2)", &newer, json!({})).await;
    let ask = release("").await;
    assert!(ask.starts_with("400 ") && ask.contains("target_name"), "{ask}");
    assert!(ask.contains("old (nb:1), new (nb:2)"), "{ask}");
    for (selection, found) in [
        ("target_name=old%20(nb:1)", "9.1"),
        ("target_name=new&source=database", "9.2"),
        ("target_domain=localhost", "9.1"),
        ("proxmox_endpoint_ids=2", "9.2"),
        ("endpoint_ids=1", "9.1"),
        ("target_ip_address=127.0.0.1&target_name=new", "9.2"),
    ] {
        assert_eq!(release(selection).await, found, "{selection}");
    }
    for selection in [
        "target_ip_address=127.0.0.1",
        "proxmox_endpoint_ids=1,2",
        "target_name=other",
        "proxmox_endpoint_ids=x",
        "source=netbox",
    ] {
        assert!(release(selection).await.starts_with("400 "), "{selection}");
    }
}

#[tokio::test]
async fn each_way_that_proxmox_fails_has_its_code_and_its_words() {
    let (lab, proxmox) = one("latest").await;
    let path = "/nodes/pve1/services";
    for (fault, code, status, words) in [
        (
            Fault::Status(401, "invalid token value!".into()),
            "proxmox-unauthorized",
            json!(401),
            "invalid token value!",
        ),
        (
            Fault::Status(403, "Permission check failed (/, Sys.Audit)".into()),
            "proxmox-forbidden",
            json!(403),
            "(/, Sys.Audit)",
        ),
        (
            Fault::Status(500, "rbd error: no such pool".into()),
            "proxmox-server-error",
            json!(500),
            "rbd error: no such pool",
        ),
        (
            Fault::Status(400, "Parameter verification failed.".into()),
            "proxmox-refused",
            json!(400),
            "Parameter verification",
        ),
        (
            Fault::Status(595, "No route to host".into()),
            "proxmox-node-unreachable",
            json!(595),
            "No route to host",
        ),
        (
            Fault::Status(596, "Connection timed out".into()),
            "proxmox-node-unreachable",
            json!(596),
            "Connection timed out",
        ),
        (Fault::Html(502), "proxmox-server-error", json!(502), "502"),
        (Fault::Garbage, "proxmox-not-json", json!(null), "is not JSON"),
        (Fault::Truncated, "proxmox-truncated", json!(null), "cut off"),
        (Fault::Dropped, "proxmox-truncated", json!(null), "connection broke"),
    ] {
        proxmox.clear_faults();
        proxmox.fault(path, fault);
        let (status_code, body) = lab.get(&format!("/proxmox/api2{path}")).await;
        assert_eq!((status_code, &body["code"]), (502, &json!(code)), "{body}");
        assert_eq!(body["upstream_status"], status, "{body}");
        let message = body["message"].as_str().unwrap();
        assert!(message.starts_with("Proxmox endpoint lab (nb:1): ") && message.contains(words), "{message}");
        let (_, name, secret) = proxmox.token();
        assert!(
            !body.to_string().contains(&secret) && !body.to_string().contains(&format!("!{name}")),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_proxmox_that_takes_too_long_or_is_gone_is_a_502() {
    let lab = Lab::keyed().await;
    let proxmox = playing("latest").await;
    store(&lab, "lab (nb:1)", &proxmox, json!({"timeout": 1})).await;
    assert_eq!(lab.get("/proxmox/api2/version").await.0, 200);
    proxmox.fault("/nodes", Fault::Hang);
    let (code, body) = lab.get("/proxmox/api2/nodes").await;
    assert_eq!((code, &body["code"]), (502, &json!("proxmox-timeout")), "{body}");
    proxmox.shutdown().await;
    let (code, body) = lab.get("/proxmox/api2/version").await;
    assert_eq!((code, &body["upstream_status"]), (502, &json!(null)), "{body}");
    let reached = ["proxmox-unreachable", "proxmox-truncated"].contains(&body["code"].as_str().unwrap());
    assert!(reached, "{body}");
}

#[tokio::test]
async fn an_answer_that_is_not_as_documented_is_passed_on_and_counted() {
    let (lab, proxmox) = one("latest").await;
    let metrics = async || lab.stream("/metrics").await.text().await.unwrap();
    assert!(!metrics().await.contains("schema_drift"));
    assert_eq!(lab.get("/proxmox/api2/version").await.0, 200);
    let odd = json!({"release": [], "version": "9.2.1", "more": {"a": 12345678901234567890u64}});
    proxmox.fault("/version", Fault::Data(odd.clone()));
    let response = lab.request(Method::GET, "/proxmox/api2/version").send().await.unwrap();
    let drift = response.headers()["x-proxbox-schema-drift"].to_str().unwrap().parse::<u64>().unwrap();
    assert!(drift > 0);
    assert_eq!(response.json::<Value>().await.unwrap(), odd);
    let text = metrics().await;
    assert!(text.contains("proxbox_proxied_answers_total 2\n"), "{text}");
    let counted = format!("proxbox_schema_drift_total{{version=\"9.2\",path=\"/version\"}} {drift}\n");
    assert!(text.contains(&counted), "{text}");
}

#[tokio::test]
async fn every_operation_is_in_the_documents() {
    let lab = Lab::keyed().await;
    let shelf = Shelf::bundled();
    let own: Value = serde_json::from_str(&proxbox_server::Server::openapi().unwrap()).unwrap();
    let (code, whole) = answer(lab.open(Method::GET, "/openapi.json")).await;
    assert_eq!(code, 200);
    let latest = shelf.get("latest").unwrap();
    assert_eq!(operations(&whole), operations(&own) + latest.operations().len());
    let origin = &whole["info"]["x-proxmox-generated-openapi"];
    assert_eq!(
        (&origin["version"], &origin["version_tag"], &origin["endpoint_count"]),
        (&json!(latest.version()), &json!("latest"), &json!(latest.path_count()))
    );
    sound(&whole);
    for kind in ["parameters", "schemas"] {
        for (name, component) in own["components"][kind].as_object().unwrap() {
            assert_eq!(&whole["components"][kind][name], component, "{name} is what it was");
        }
    }
    for version in shelf.tags().into_iter().chain(["latest".to_owned()]) {
        let (code, document) = lab.get(&format!("/proxmox/api2/{version}/openapi.json")).await;
        assert_eq!(code, 200);
        let catalogue = shelf.get(&version).unwrap();
        assert_eq!(operations(&document), catalogue.operations().len(), "{version}");
        assert!(document["paths"].get(format!("/proxmox/api2/{version}/nodes")).is_some());
        assert_eq!(document["info"]["x-proxmox-generated-openapi"]["version_tag"], json!(version));
        sound(&document);
        let bytes = serde_json::to_vec(&document).unwrap().len();
        eprintln!("{version}: {} operations, {bytes} bytes", operations(&document));
    }
    eprintln!(
        "whole: {} operations, {} bytes",
        operations(&whole),
        serde_json::to_vec(&whole).unwrap().len()
    );
    let tasks = &whole["paths"]["/proxmox/api2/nodes/{node}/tasks"]["get"];
    let names: Vec<_> =
        tasks["parameters"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    assert!(names.contains(&"op_source") && !names.contains(&"source"), "{names:?}");
    let clone = &whole["paths"]["/proxmox/api2/nodes/{node}/qemu/{vmid}/clone"]["post"];
    assert_eq!((&clone["deprecated"], clone["responses"].get("200")), (&json!(true), None));
}

fn operations(document: &Value) -> usize {
    document["paths"].as_object().unwrap().values().map(|item| item.as_object().unwrap().len()).sum()
}

/// Every operation has a name of its own, and every reference leads somewhere.
fn sound(document: &Value) {
    let items = document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap());
    let mut names = BTreeSet::new();
    for (_, operation) in items {
        assert!(names.insert(operation["operationId"].as_str().unwrap()), "{}", operation["operationId"]);
    }
    let mut pending = vec![document];
    while let Some(value) = pending.pop() {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            assert!(document.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference}");
        }
        match value {
            Value::Object(object) => pending.extend(object.values()),
            Value::Array(items) => pending.extend(items),
            _ => {}
        }
    }
}

#[tokio::test]
async fn the_viewer_says_what_is_known() {
    let lab = Lab::keyed().await;
    let latest = Shelf::bundled().get("latest").unwrap();
    let (code, document) = lab.get("/proxmox/viewer/openapi").await;
    assert_eq!((code, operations(&document)), (200, latest.operations().len()));
    assert_eq!(lab.get("/proxmox/api2/openapi.json").await.1, document);
    let (code, document) = lab.get("/proxmox/viewer/openapi/embedded?version_tag=9.1").await;
    assert_eq!((code, &document["info"]["title"]), (200, &json!("Proxmox VE 9.1.11")));
    let (code, body) = lab.get("/proxmox/viewer/openapi/embedded?version_tag=8.1").await;
    assert_eq!((code, &body["message"]), (400, &json!("Generated Proxmox OpenAPI schema not found.")));
    let contracts = json!({"proxmox_generated_openapi_present": true,
        "proxmox_generated_path_count": latest.path_count(), "netbox_schema_source": "/netbox/openapi"});
    assert_eq!(lab.get("/proxmox/viewer/integration/contracts").await, (200, contracts));
    let all = json!({"available_versions": ["9.1", "9.2", "latest"], "generation_tasks": {}});
    assert_eq!(lab.get("/proxmox/viewer/schema-status").await, (200, all));
    for (version, known) in [("9.1", true), ("latest", true), ("8.1", false)] {
        let one = json!({"version_tag": version, "schema_available": known, "generation": null});
        assert_eq!(
            lab.get(&format!("/proxmox/viewer/schema-status?version_tag={version}")).await,
            (200, one)
        );
    }
    assert_eq!(lab.get("/proxmox/viewer/pydantic").await.0, 410);
    for path in ["/proxmox/viewer/generate", "/proxmox/viewer/routes/refresh?version_tag=latest"] {
        let (code, body) = lab.post(path, json!({})).await;
        assert_eq!((code, &body["code"]), (403, &json!("runtime-codegen-disabled")), "{path}");
        assert_eq!(answer(lab.open(Method::POST, path)).await.0, 401);
    }
}

#[tokio::test]
async fn an_imported_version_is_served_like_a_bundled_one() {
    let folder = tempfile::tempdir().unwrap();
    let operations = json!([{"path": "/fresh", "method": "GET", "name": "fresh", "returns": {"type": "string"},
        "parameters": {"additionalProperties": 0, "properties": {}}}]);
    let imported = proxbox_catalogue::import(&operations.to_string(), "9.9").unwrap();
    Shelf::save(folder.path(), &imported).unwrap();
    let config = proxbox_server::ServerConfig {
        rate_limit: 0,
        schemas: Some(folder.path().to_owned()),
        ..proxbox_server::ServerConfig::default()
    };
    let lab = Lab::with(config).await;
    lab.register().await;
    let proxmox = playing("9.2").await;
    store(&lab, "lab (nb:1)", &proxmox, json!({})).await;
    proxmox.fault("/fresh", Fault::Data(json!("new")));
    assert_eq!(lab.get("/proxmox/api2/fresh").await, (200, json!("new")), "it is the newest");
    assert_eq!(lab.get("/proxmox/api2/9.2/nodes").await.0, 200);
    let (_, whole) = answer(lab.open(Method::GET, "/openapi.json").header("X-Proxbox-API-Key", KEY)).await;
    assert!(whole["paths"].get("/proxmox/api2/fresh").is_some());
}
