//! Tries to get out of the sandbox, and tells in the draft's comments how far it got.

use proxbox_transform_sdk::Outcome;
use std::fmt::Display;
use std::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs};

/// Adds what was found, one line each, to the comments of the virtual machine.
pub(crate) fn report(usual: Outcome, lines: &[String]) -> Outcome {
    usual.edit(|vm| vm.text("comments", lines.join("\n")))
}

pub(crate) fn files() -> Vec<String> {
    vec![
        tried("read /etc/passwd", fs::read_to_string("/etc/passwd").map(|text| text.len())),
        tried("list /", fs::read_dir("/").map(Iterator::count)),
        tried("write /tmp/hostile", fs::write("/tmp/hostile", "here").map(|()| "written")),
        tried("read ./Cargo.toml", fs::read_to_string("Cargo.toml").map(|text| text.len())),
    ]
}

pub(crate) fn sockets() -> Vec<String> {
    vec![
        tried("connect 127.0.0.1:80", TcpStream::connect("127.0.0.1:80").map(|_| "connected")),
        tried("listen on 127.0.0.1", TcpListener::bind("127.0.0.1:0").map(|_| "listening")),
        tried("bind udp", UdpSocket::bind("127.0.0.1:0").map(|_| "bound")),
        tried("look up localhost", ("localhost", 80).to_socket_addrs().map(Iterator::count)),
    ]
}

pub(crate) fn environment() -> Vec<String> {
    vec![
        format!("variables: {}", env::vars().count()),
        format!("arguments: {}", env::args().count()),
        tried("current folder", env::current_dir().map(|dir| dir.display().to_string())),
    ]
}

pub(crate) fn clocks() -> Vec<String> {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map(|time| time.as_secs());
    let start = Instant::now();
    let passes = (0..1000).any(|_| start.elapsed().as_nanos() > 0);
    let random = std::hash::BuildHasher::hash_one(&std::collections::hash_map::RandomState::new(), 1_u8);
    vec![tried("time", time), format!("time passes: {passes}"), format!("random: {random:x}")]
}

fn tried<T: Display, E: Display>(what: &str, result: Result<T, E>) -> String {
    match result {
        Ok(found) => format!("{what}: {found}"),
        Err(error) => format!("{what}: refused ({error})"),
    }
}
