use serde_json::Value as Json;

/// A background job of the plugin, as NetBox shows it.
#[derive(Clone, Debug)]
pub struct SyncJob(Json);

impl SyncJob {
    pub(crate) fn new(body: Json) -> Self {
        Self(body)
    }

    /// Its number.
    pub fn id(&self) -> u64 {
        self.0["id"].as_u64().unwrap_or_default()
    }

    /// `completed`, `errored`.
    pub fn status(&self) -> &str {
        self.0["status"]["value"].as_str().unwrap_or_default()
    }

    /// Why it did not complete; empty when it did.
    pub fn error(&self) -> &str {
        self.0["error"].as_str().unwrap_or_default()
    }

    /// Whether it came to an end.
    pub fn has_ended(&self) -> bool {
        !matches!(self.status(), "pending" | "scheduled" | "running")
    }

    /// Messages of its log, in order.
    pub fn log(&self) -> Vec<&str> {
        let entries = self.0["log_entries"].as_array().map(Vec::as_slice).unwrap_or_default();
        entries.iter().filter_map(|entry| entry["message"].as_str()).collect()
    }

    /// Whether a message of its log has this text.
    pub fn says(&self, text: &str) -> bool {
        self.log().iter().any(|message| message.contains(text))
    }

    /// Messages of its log that are warnings or worse.
    pub fn complaints(&self) -> Vec<&str> {
        let entries = self.0["log_entries"].as_array().map(Vec::as_slice).unwrap_or_default();
        let bad = entries
            .iter()
            .filter(|entry| matches!(entry["level"].as_str(), Some("warning" | "error" | "failure")));
        bad.filter_map(|entry| entry["message"].as_str()).collect()
    }

    /// What became of every stage: its name and its result.
    pub fn stages(&self) -> Vec<(&str, &Json)> {
        let stages = self.response("stages").iter();
        stages
            .map(|stage| (stage["sync_type"].as_str().unwrap_or_default(), &stage["result_summary"]))
            .collect()
    }

    /// The plugin's own phases: `cluster`, `firewall` …, with status and summary.
    pub fn local_phases(&self) -> Vec<(&str, &str, &str)> {
        self.response("local_phases")
            .iter()
            .map(|phase| {
                let text = |name: &str| phase[name].as_str().unwrap_or_default();
                (text("kind"), text("status"), text("summary"))
            })
            .collect()
    }

    /// How long it took.
    pub fn seconds(&self) -> f64 {
        self.0["data"]["proxbox_sync"]["runtime_seconds"].as_f64().unwrap_or_default()
    }

    fn response(&self, list: &str) -> &[Json] {
        self.0["data"]["proxbox_sync"]["response"][list].as_array().map(Vec::as_slice).unwrap_or_default()
    }
}
