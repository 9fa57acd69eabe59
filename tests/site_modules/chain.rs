//! Three modules in three languages, one after another, over a large cluster.

use crate::example;
use proxbox_fakes::fleet::FleetSpec;
use proxbox_model::report::{ModuleUsage, RunReport, RunStatus};
use proxbox_tests::{Lab, LabBuilder};
use serde_json::json;
use std::fs;
use tempfile::TempDir;

const GUESTS: usize = 1000;

/// Python, JavaScript and Rust, the outermost first.
const CHAIN: [&str; 3] = ["tag-tenants", "guest-os-platforms", "pool-roles"];

fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut manifest = String::new();
    for name in CHAIN {
        fs::copy(example(name), dir.path().join(format!("{name}.wasm"))).unwrap();
        manifest.push_str(&format!("[[module]]\nfile = \"{name}.wasm\"\ntimeout_ms = 20000\n"));
    }
    fs::write(dir.path().join("transforms.toml"), manifest).unwrap();
    dir
}

async fn lab() -> (Lab, TempDir) {
    let modules = folder();
    let spec = FleetSpec::new("lab", 3, GUESTS, 23);
    let lab = LabBuilder::default().fleet(spec).modules(modules.path()).in_memory().start().await;
    (lab, modules)
}

fn usage<'a>(report: &'a RunReport, module: &str) -> &'a ModuleUsage {
    let of_guests = |usage: &&ModuleUsage| usage.module == module && usage.interface == "virtual-machine";
    report.modules.iter().find(of_guests).unwrap_or_else(|| panic!("{module} was not asked"))
}

/// One line for each module: its part of the time of mapping guests.
fn tell(report: &RunReport) {
    let of_guests = || report.modules.iter().filter(|usage| usage.interface == "virtual-machine");
    let all: f64 = of_guests().map(|usage| usage.seconds).sum();
    for usage in of_guests() {
        eprintln!(
            "{:24} {:5} guests, {:6.1} ms, {:4.1} % of mapping guests, {:5.1} us a guest, {:.1} MiB",
            usage.module,
            usage.objects,
            usage.seconds * 1e3,
            100.0 * usage.seconds / all,
            usage.seconds * 1e6 / usage.objects as f64,
            usage.memory_peak as f64 / f64::from(1 << 20),
        );
    }
    eprintln!("mapping guests took {:.1} % of the run", 100.0 * all / report.duration_seconds);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_languages_map_a_thousand_guests_together() {
    let (lab, _modules) = lab().await;
    let vmid = *lab.fleet().guests.keys().next().unwrap();
    lab.change(|fleet| {
        fleet.set_tags(vmid, &["tenant-acme"]).unwrap();
        fleet.set_pool(vmid, Some("web")).unwrap();
    });

    let report = lab.sync().await;
    assert_eq!(report.status, RunStatus::Completed, "{:#?}", report.problems);
    tell(&report);
    for module in CHAIN {
        let usage = usage(&report, module);
        assert_eq!((usage.objects, usage.failed), (GUESTS as u64, 0), "{module}");
    }
    let vm = lab.vm("lab", vmid).await;
    assert_eq!(vm["tenant"]["slug"], "acme", "Python");
    assert!(vm["platform"].is_object(), "JavaScript");
    assert_eq!(vm["role"]["slug"], "web", "Rust");

    let again = lab.sync().await;
    assert_eq!(
        (again.status, again.netbox_writes),
        (RunStatus::Completed, 0),
        "the same facts give the same drafts"
    );
    lab.change(|fleet| fleet.set_tags(vmid, &["tenant-umbrella"]).unwrap());
    lab.sync().await;
    assert_eq!(lab.vm("lab", vmid).await["tenant"]["slug"], json!("umbrella"));
}
