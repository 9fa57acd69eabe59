//! Secrets stay secret. A program of its own, because it catches the log of the whole process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proxbox_fakes::fleet::FleetSpec;
use proxbox_fakes::netbox::{Fault, Flavour};
use proxbox_model::endpoint::ProxmoxAuth;
use proxbox_model::report::RunStatus;
use proxbox_tests::{LabBuilder, Logs};
use secrecy::SecretString;

const SEEDED: &str = "seeded-secret-3f9c1b";

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_any_log_line_event_or_report() {
    let logs = Logs::catch();
    let spec = FleetSpec::new("lab", 2, 8, 2);
    let builder = LabBuilder::default().flavour(Flavour::CurrentPlugin).fleet(spec).impatient();
    let lab = builder.start().await;
    let (_, _, token) = lab.proxmox[0].token();
    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Completed);

    let mut job = lab.job();
    job.proxmox[0].auth = ProxmoxAuth::Password(SecretString::from(SEEDED));
    let refused = lab.run(job).await;
    lab.netbox.fake().fault("GET /api/*", Fault::Html(500));
    let broken = lab.sync().await;

    let everything = format!("{}{report:?}{refused:?}{broken:?}", logs.text());
    assert!(logs.text().len() > 1000, "the catcher caught the run: {}", logs.text());
    for secret in [token.as_str(), SEEDED, &lab.netbox.token()] {
        assert!(!everything.contains(secret), "a secret is told");
    }
}
