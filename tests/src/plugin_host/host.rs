use crate::built::{compiled_components, program};
use std::fs::File;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// `proxbox serve` as a process of its own, with its own database, always on the same port.
pub struct Host {
    child: Option<Child>,
    port: u16,
    folder: TempDir,
    settings: Vec<(&'static str, &'static str)>,
}

/// A request that it answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// `GET`.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// HTTP status.
    pub status: u16,
}

/// What it logged of a run.
#[derive(Clone, Debug)]
pub struct RunLine {
    /// `run completed`, `run done in part`, `run failed`, `run cancelled`.
    pub end: String,
    /// How long.
    pub seconds: f64,
    /// Requests to NetBox.
    pub netbox_requests: u64,
    /// Those that write.
    pub netbox_writes: u64,
}

impl Host {
    /// Starts it on a free port.
    pub async fn start() -> Self {
        Self::with(Vec::new()).await
    }

    /// Starts it on a free port with these variables.
    pub async fn with(settings: Vec<(&'static str, &'static str)>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = port.expect("a free port").port();
        let folder = tempfile::tempdir().expect("a folder");
        let mut host = Self { child: None, port, folder, settings };
        host.start_again().await;
        host
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Starts it after it was stopped.
    pub async fn start_again(&mut self) {
        assert!(self.child.is_none(), "it runs");
        let log = File::options().create(true).append(true).open(self.log_file()).expect("a log file");
        let mut command = self.command();
        command.args(["serve", "--host", "127.0.0.1", "--port", &self.port.to_string()]);
        command.env("PROXBOX_LOG_LEVEL", "info,proxbox_server::layers=debug");
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("a second handle")).stderr(log);
        let child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", program().display()));
        self.child = Some(child);
        let started = Instant::now();
        while !self.is_ready().await {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            assert!(
                ended.is_none() && started.elapsed() < PATIENCE,
                "it does not start: {ended:?} {}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Tells it to stop, as a service manager does, and waits for that.
    pub async fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(told.expect("kill can be started").success(), "it is gone already");
        let started = Instant::now();
        while child.try_wait().expect("it is ours").is_none() {
            assert!(started.elapsed() < PATIENCE, "it does not stop: {}", self.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Ends it at once, as a power cut does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it is ours");
            child.wait().expect("it is ours");
        }
    }

    /// Another command of the program on the same database.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command().args(arguments).output().expect("the program can be started");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    /// Takes its database away; it must not run.
    pub fn forget(&self) {
        assert!(self.child.is_none(), "it runs");
        for end in ["", "-wal", "-shm"] {
            let file = self.folder.path().join(format!("database.db{end}"));
            if file.exists() {
                std::fs::remove_file(file).expect("it is ours");
            }
        }
    }

    /// A request with a key, or without one; the status.
    pub async fn ask(&self, path: &str, key: Option<&str>) -> u16 {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let mut request = reqwest::Client::new().get(url);
        if let Some(key) = key {
            request = request.header("X-Proxbox-API-Key", key);
        }
        request.send().await.map_or(0, |answer| answer.status().as_u16())
    }

    /// Bytes of memory that it holds, as Linux counts them.
    pub fn resident(&self) -> u64 {
        let id = self.child.as_ref().expect("it runs").id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("Linux tells it");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("it is among it");
        let kibibytes = line.split_whitespace().nth(1).and_then(|number| number.parse::<u64>().ok());
        kibibytes.expect("a number") * 1024
    }

    /// Everything that it logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// Every request that it answered.
    pub fn served(&self) -> Vec<Served> {
        self.log().lines().filter_map(served).collect()
    }

    /// Every run that came to an end.
    pub fn runs(&self) -> Vec<RunLine> {
        self.log().lines().filter_map(run_line).collect()
    }

    async fn is_ready(&self) -> bool {
        self.ask("/health", None).await == 200
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(program());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PROXBOX_")) {
            command.env_remove(name);
        }
        command.env("PROXBOX_TRANSFORM_CACHE_DIR", compiled_components());
        command.env("PROXBOX_DATABASE_PATH", self.folder.path().join("database.db"));
        command.env("PROXBOX_ENCRYPTION_KEY", "of the laboratory").env("NO_COLOR", "1");
        command.envs(self.settings.iter().copied());
        command
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.kill();
    }
}

fn served(line: &str) -> Option<Served> {
    if !line.contains(" answered ") {
        return None;
    }
    Some(Served {
        method: field(line, "method")?.to_owned(),
        path: field(line, "path")?.trim_matches('"').to_owned(),
        status: field(line, "status")?.parse().ok()?,
    })
}

fn run_line(line: &str) -> Option<RunLine> {
    let ends = ["run completed", "run done in part", "run failed", "run cancelled"];
    let end = ends.into_iter().find(|end| line.contains(&format!(" {end}: ")))?;
    let number = |name| field(line, name).and_then(|value| value.parse().ok()).unwrap_or_default();
    Some(RunLine {
        end: end.to_owned(),
        seconds: field(line, "seconds")?.parse().ok()?,
        netbox_requests: number("netbox_requests"),
        netbox_writes: number("netbox_writes"),
    })
}

/// `404` of `status=404`.
fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let start = line.find(&format!(" {name}="))? + name.len() + 2;
    line.get(start..)?.split(' ').next()
}
