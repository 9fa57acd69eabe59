//! Streams as bytes: headers, framing, comments, ends.

use crate::lab::{KEY, Lab};
use crate::wire::sse;
use proxbox_fakes::fleet::{Fleet, FleetSpec};
use proxbox_fakes::netbox::{self, FakeNetbox};
use proxbox_fakes::proxmox::{self, FakeProxmox};
use reqwest::Method;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const DEVICES: &str = "/dcim/devices/create/stream";
const MACHINES: &str = "/virtualization/virtual-machines/create/stream?sync_vm_network=false";
const SOON: Duration = Duration::from_secs(10);

struct World {
    lab: Lab,
    proxmox: FakeProxmox,
    netbox: FakeNetbox,
}

async fn world(guests: usize) -> World {
    let fleet = Fleet::generate(&FleetSpec::new("lab", 1, guests, 1));
    let proxmox = FakeProxmox::start(fleet, proxmox::Options::default()).await.unwrap();
    let options = netbox::Options::default().flavour(netbox::Flavour::CurrentPlugin);
    let netbox = FakeNetbox::start(options).await.unwrap();
    let lab = Lab::keyed().await;
    lab.connect(&proxmox, &netbox).await;
    World { lab, proxmox, netbox }
}

/// Sends the head of a request and reads until the connection ends, or until what was read ends so.
async fn raw(lab: &Lab, head: &str, end: Option<&str>) -> String {
    let mut socket = TcpStream::connect(lab.addr).await.unwrap();
    socket.write_all(format!("{head}\r\nX-Proxbox-API-Key: {KEY}\r\n\r\n").as_bytes()).await.unwrap();
    let mut text = Vec::new();
    let read = async {
        while end.is_none_or(|end| !text.ends_with(end.as_bytes())) {
            if socket.read_buf(&mut text).await.unwrap() == 0 {
                break;
            }
        }
    };
    tokio::time::timeout(SOON, read).await.expect("the answer does not end");
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn a_stream_ends_with_its_last_frame() {
    let world = world(2).await;
    let head =
        format!("GET {DEVICES} HTTP/1.1\r\nHost: proxbox\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate");
    let text = raw(&world.lab, &head, Some("\r\n0\r\n\r\n")).await.to_lowercase();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("http/1.1 200"), "{head}");
    for header in [
        "content-type: text/event-stream; charset=utf-8",
        "cache-control: no-cache",
        "x-accel-buffering: no",
        "transfer-encoding: chunked",
    ] {
        assert!(head.lines().any(|line| line == header), "{header} is not in {head}");
    }
    assert!(!head.contains("content-encoding") && !head.contains("content-length"), "{head}");
    let (_, last) = body.rsplit_once("event: complete\n").unwrap();
    let lines: Vec<&str> = last.lines().skip(1).collect();
    assert_eq!(lines, ["", "", "0", ""], "nothing comes after the last frame");
    let closing =
        raw(&world.lab, &format!("GET {DEVICES} HTTP/1.1\r\nHost: proxbox\r\nConnection: close"), None).await;
    assert!(closing.ends_with("\n\n\r\n0\r\n\r\n"), "the connection is closed when the client wants that");
}

#[tokio::test]
async fn a_client_of_http_1_0_gets_the_stream_and_then_the_end_of_the_connection() {
    let world = world(2).await;
    let text = raw(&world.lab, &format!("GET {DEVICES} HTTP/1.0\r\nHost: proxbox"), None).await;
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(" 200 ") && !head.to_lowercase().contains("transfer-encoding"), "{head}");
    let faults = sse::faults(body, "devices");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn what_a_client_accepts_makes_no_difference() {
    let world = world(2).await;
    for accept in ["*/*", "application/json", "text/html", "text/event-stream", ""] {
        let mut request = world.lab.request(Method::GET, DEVICES);
        if !accept.is_empty() {
            request = request.header("Accept", accept);
        }
        let response = request.send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (200, &"text/event-stream; charset=utf-8".parse().unwrap())
        );
        assert!(sse::faults(&response.text().await.unwrap(), "devices").is_empty(), "{accept}");
    }
}

#[tokio::test]
async fn asking_for_the_head_or_the_options_of_a_stream_starts_nothing() {
    let world = world(1).await;
    for path in [
        DEVICES,
        "/full-update/stream",
        "/full-update",
        "/dcim/devices/interfaces/create",
        "/virtualization/virtual-machines/1/create/stream",
    ] {
        let response = world.lab.request(Method::HEAD, path).send().await.unwrap();
        assert_eq!(response.status(), 405, "{path}");
        let response = world.lab.request(Method::OPTIONS, path).send().await.unwrap();
        assert_eq!(response.text().await.unwrap(), "", "{path}");
    }
    let preflight = world
        .lab
        .open(Method::OPTIONS, DEVICES)
        .header("Origin", "http://localhost:3000")
        .header("Access-Control-Request-Method", "GET")
        .header("Access-Control-Request-Headers", "x-proxbox-api-key");
    let response = preflight.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["access-control-allow-origin"], "http://localhost:3000");
    assert!(world.lab.store.runs(1).await.unwrap().is_empty());
    assert!(world.netbox.requests().is_empty() && world.proxmox.requests().is_empty());
}

#[tokio::test]
async fn frames_arrive_while_the_run_is_at_work() {
    let mut world = world(1).await;
    world.netbox.fault("POST /api/dcim/devices/", netbox::Fault::Hang);
    let mut stream = world.lab.stream(DEVICES).await;
    let mut text = String::new();
    let read = async {
        while !text.contains("event: discovery\n") {
            text.push_str(std::str::from_utf8(&stream.chunk().await.unwrap().unwrap()).unwrap());
        }
    };
    tokio::time::timeout(SOON, read).await.expect("the frames are held back");
    assert!(text.starts_with("event: step\ndata: {\"step\": \"devices\", \"status\": \"started\""), "{text}");
    assert_eq!(world.lab.get("/sync/active").await.1["active"], true);
    world.lab.tell_to_stop();
    world.lab.stop().await;
}

#[tokio::test]
async fn a_long_stream_comes_in_many_pieces() {
    let world = world(150).await;
    let mut stream = world.lab.stream(MACHINES).await;
    let (mut pieces, mut text) = (0, Vec::new());
    while let Some(piece) = stream.chunk().await.unwrap() {
        pieces += 1;
        text.extend(piece);
    }
    let text = String::from_utf8(text).unwrap();
    let faults = sse::faults(&text, "virtual-machines");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let items = sse::parse(&text).iter().filter(|frame| frame.event == "item_progress").count();
    assert!(items >= 150 && pieces > 20, "{items} items in {pieces} pieces");
}

#[tokio::test]
async fn comments_keep_a_quiet_stream_alive() {
    let mut world = world(1).await;
    world.netbox.fault("POST /api/dcim/devices/", netbox::Fault::Hang);
    let mut stream = world.lab.stream(DEVICES).await;
    let mut text = String::new();
    while !text.contains("event: discovery\n") {
        text.push_str(std::str::from_utf8(&stream.chunk().await.unwrap().unwrap()).unwrap());
    }
    tokio::time::pause();
    let (started, mut told) = (tokio::time::Instant::now(), String::new());
    while told.matches(": keepalive\n\n").count() < 2 {
        told.push_str(std::str::from_utf8(&stream.chunk().await.unwrap().unwrap()).unwrap());
    }
    let waited = started.elapsed();
    tokio::time::resume();
    assert!((Duration::from_secs(20)..Duration::from_secs(40)).contains(&waited), "{waited:?}");
    world.lab.tell_to_stop();
    text.push_str(&told);
    while let Some(piece) = stream.chunk().await.unwrap() {
        text.push_str(std::str::from_utf8(&piece).unwrap());
    }
    let complete = sse::parse(&text).pop().unwrap();
    assert_eq!((complete.event.as_str(), &complete.json()["ok"]), ("complete", &false.into()));
    world.lab.stop().await;
}
