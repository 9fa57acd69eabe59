//! What a sync request asks for. What it does not say is left open: the plugin's settings decide that.

use super::selection;
use super::sync_params::{FAMILIES, MODES, MOST_CONCURRENT, STRATEGIES};
use crate::error::ApiError;
use crate::query::Params;
use crate::state::AppState;
use proxbox_model::options::{
    AddressFamily, InterfaceStrategy, MappingChoices, OVERWRITE_FLAGS, RunOptions, SYNC_MODES, SyncMode,
};
use proxbox_model::report::Stage;
use proxbox_sync::Job;
use std::collections::BTreeMap;

/// Older ways to switch a mode off: false is `disabled`.
const SWITCHED_OFF: &[(&str, &str)] =
    &[("sync_vm_interface_macs", "sync_mode_mac"), ("assign_vm_interface_ips", "sync_mode_ip_address")];

/// The job of a request, with everything that can be wrong before it starts found out.
pub(super) async fn job(state: &AppState, params: &Params, stages: &[Stage]) -> Result<Job, ApiError> {
    on_the_main_branch(params)?;
    let options = options(params, stages)?;
    quick_runs_are_about_everything(&options)?;
    let netbox_id = params.number("netbox_id", 0, i64::MAX)?;
    let netbox = state.netbox_endpoint(netbox_id).await?;
    let proxmox = selection::endpoints(state, params).await?;
    Ok(Job { proxmox, netbox, options })
}

/// A branch of NetBox is not written to, and the main one not in its place.
fn on_the_main_branch(params: &Params) -> Result<(), ApiError> {
    match params.text("netbox_branch_schema_id").filter(|branch| !branch.is_empty()) {
        None => Ok(()),
        Some(_) => Err(ApiError::bad_request(
            "Branches of NetBox are not supported",
            "Switch branching off in the plugin's settings: this service writes to the main branch only.",
        )),
    }
}

fn quick_runs_are_about_everything(options: &RunOptions) -> Result<(), ApiError> {
    match options.quick && (!options.stages.is_empty() || !options.netbox_vm_ids.is_empty()) {
        false => Ok(()),
        true => Err(ApiError::bad_request(
            "A quick run finds out by itself what it is about",
            "Ask for it without netbox_vm_ids at /full-update or /full-update/stream, or leave quick out.",
        )),
    }
}

fn options(params: &Params, stages: &[Stage]) -> Result<RunOptions, ApiError> {
    let switch = |name| Ok::<bool, ApiError>(params.flag(name)?.unwrap_or(false));
    Ok(RunOptions {
        stages: stages.to_vec(),
        dry_run: switch("dry_run")?,
        quick: switch("quick")?,
        overwrite: overwrite(params)?,
        modes: modes(params)?,
        mapping: mapping(params)?,
        netbox_vm_ids: params.ids("netbox_vm_ids")?,
        fetch_max_concurrency: concurrency(params)?,
        delete_nonexistent_backup: switch("delete_nonexistent_backup")?,
        delete_nonexistent_snapshot: switch("delete_nonexistent_snapshot")?,
        ..RunOptions::default()
    })
}

fn overwrite(params: &Params) -> Result<BTreeMap<String, bool>, ApiError> {
    let mut given = BTreeMap::new();
    for flag in OVERWRITE_FLAGS {
        if let Some(value) = params.flag(flag.name)? {
            given.insert(flag.name.to_owned(), value);
        }
    }
    Ok(given)
}

fn modes(params: &Params) -> Result<BTreeMap<String, SyncMode>, ApiError> {
    let mut given = BTreeMap::new();
    for (name, _) in SYNC_MODES {
        if let Some(mode) = params.choice(name, MODES, SyncMode::parse)? {
            given.insert((*name).to_owned(), mode);
        }
    }
    for (switch, mode) in SWITCHED_OFF {
        if params.flag(switch)? == Some(false) {
            given.insert((*mode).to_owned(), SyncMode::Disabled);
        }
    }
    Ok(given)
}

fn mapping(params: &Params) -> Result<MappingChoices, ApiError> {
    Ok(MappingChoices {
        use_guest_agent_interface_name: params.flag("use_guest_agent_interface_name")?,
        vm_interface_sync_strategy: params.choice(
            "vm_interface_sync_strategy",
            STRATEGIES,
            InterfaceStrategy::parse,
        )?,
        ignore_ipv6_link_local_addresses: params.flag("ignore_ipv6_link_local_addresses")?,
        primary_ip_preference: params.choice("primary_ip_preference", FAMILIES, AddressFamily::parse)?,
    })
}

fn concurrency(params: &Params) -> Result<Option<usize>, ApiError> {
    let number = params.number("fetch_max_concurrency", 1, i64::MAX)?;
    Ok(number.and_then(|number| usize::try_from(number.min(MOST_CONCURRENT)).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_left_open() {
        let options = options(&Params::from([("run_id", "x"), ("parse_description_metadata", "false")]), &[]);
        assert_eq!(options.unwrap(), RunOptions::default());
    }

    #[test]
    fn what_the_plugin_says_reaches_the_run() {
        let params = Params::from([
            ("overwrite_vm_role", "False"),
            ("overwrite_vm_platform", "true"),
            ("sync_mode_vm", "bootstrap_only"),
            ("sync_mode_sdn", "disabled"),
            ("use_guest_agent_interface_name", "true"),
            ("vm_interface_sync_strategy", "legacy_rename"),
            ("ignore_ipv6_link_local_addresses", "False"),
            ("primary_ip_preference", "ipv6"),
            ("fetch_max_concurrency", "8"),
            ("netbox_vm_ids", "12,7"),
            ("delete_nonexistent_backup", "True"),
            ("delete_nonexistent_snapshot", "true"),
            ("dry_run", "1"),
        ]);
        let expected = RunOptions {
            endpoints: Vec::new(),
            stages: vec![Stage::Backups],
            dry_run: true,
            quick: false,
            overwrite: [("overwrite_vm_role", false), ("overwrite_vm_platform", true)]
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            modes: [("sync_mode_vm", SyncMode::BootstrapOnly), ("sync_mode_sdn", SyncMode::Disabled)]
                .map(|(name, mode)| (name.to_owned(), mode))
                .into(),
            mapping: MappingChoices {
                use_guest_agent_interface_name: Some(true),
                vm_interface_sync_strategy: Some(InterfaceStrategy::LegacyRename),
                ignore_ipv6_link_local_addresses: Some(false),
                primary_ip_preference: Some(AddressFamily::Ipv6),
            },
            netbox_vm_ids: vec![12, 7],
            focus: None,
            fetch_max_concurrency: Some(8),
            delete_nonexistent_backup: true,
            delete_nonexistent_snapshot: true,
        };
        assert_eq!(options(&params, &[Stage::Backups]).unwrap(), expected);
    }

    #[test]
    fn every_flag_and_every_mode_is_read() {
        for flag in OVERWRITE_FLAGS {
            let given = options(&Params::from([(flag.name, "False")]), &[]).unwrap().overwrite;
            assert_eq!(given.get(flag.name), Some(&false), "{}", flag.name);
        }
        for (name, _) in SYNC_MODES {
            for (text, mode) in [
                ("always", SyncMode::Always),
                ("bootstrap_only", SyncMode::BootstrapOnly),
                ("disabled", SyncMode::Disabled),
            ] {
                let given = options(&Params::from([(*name, text)]), &[]).unwrap().modes;
                assert_eq!(given.get(*name), Some(&mode), "{name}={text}");
            }
            let wrong = options(&Params::from([(*name, "sometimes")]), &[]).unwrap_err();
            let ApiError::Invalid(parts) = wrong else { panic!("{wrong:?}") };
            assert_eq!(parts[0].loc, ["query", *name]);
            assert_eq!(parts[0].msg, "Input should be one of always, bootstrap_only, disabled");
        }
    }

    #[test]
    fn a_switch_that_is_off_wins_over_its_mode() {
        for (switch, mode) in SWITCHED_OFF {
            let modes =
                |value| options(&Params::from([(*switch, value), (*mode, "always")]), &[]).unwrap().modes;
            assert_eq!(modes("false").get(*mode), Some(&SyncMode::Disabled));
            assert_eq!(modes("true").get(*mode), Some(&SyncMode::Always));
        }
    }

    #[test]
    fn concurrency_has_limits() {
        let given = |text| options(&Params::from([("fetch_max_concurrency", text)]), &[]);
        assert_eq!(given("1000").unwrap().fetch_max_concurrency, Some(64));
        assert!(given("0").is_err() && given("many").is_err());
    }
}
