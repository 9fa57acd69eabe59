//! The plugin's settings: one object.

use super::super::super::represent::plugin as compute;
use super::super::super::table::*;
use super::{PLAIN, SMALL, choices, default_role, flags, json, optional_count};

/// The key with which a new plugin encrypts secrets; the fake encrypts nothing.
pub(super) const KEY: &str = "ZmFrZS1rZXktb2YtYS1mYWtlLW5ldGJveC0wMDAwMDA=";

pub(super) const MODELS: &[Model] = &[Model {
    name: "netbox_proxbox.proxboxpluginsettings",
    path: "plugins/proxbox/settings",
    label: "Proxbox Plugin Settings",
    fields: &[
        INTERFACES,
        &flags::MODE_DEFAULTS,
        METADATA,
        CLIENTS,
        BATCHES,
        SAFETY,
        PROXMOX,
        INTENT,
        &flags::DEFAULTS,
    ],
    brief: &["id", "url", "display"],
    ordering: &["id"],
    search: &[],
    single: true,
    display: Display::With(compute::settings_label),
    ..PLAIN
}];

const fn count(name: &'static str, most: i64, initial: i64) -> Field {
    integer(name, 0, most).initial(Initial::Integer(initial))
}

const fn seconds(name: &'static str, digits: usize, initial: f64) -> Field {
    decimal(name, Decimals { digits, places: 2, least: None, most: None }).initial(Initial::Decimal(initial))
}

const fn limited(name: &'static str, least: (f64, &'static str), most: (f64, &'static str)) -> Field {
    decimal(name, Decimals { digits: 6, places: 2, least: Some(least), most: Some(most) }).current()
}

const INTERFACES: &[Field] = &[
    read("singleton_key", Holds::Computed(compute::default_key)),
    flag("use_guest_agent_interface_name", true),
    word("vm_interface_sync_strategy", choices::INTERFACE_STRATEGY, "guest_os_model").current(),
    text("node_device_name_template", 128).filled("{node}").current(),
    count("proxbox_fetch_max_concurrency", SMALL, 8),
    flag("ignore_ipv6_link_local_addresses", true),
    flag("ensure_netbox_objects", true).current(),
    flag("delete_orphans", false).current(),
    word("primary_ip_preference", choices::ADDRESS_PREFERENCE, "ipv4"),
];

const METADATA: &[Field] = &[
    flag("parse_description_metadata", false).current(),
    flag("embed_description_metadata", false).current(),
    flag("enable_tenant_name_regex", false).current(),
    json("tenant_name_regex_rules", Initial::List).current(),
    flag("enable_tenant_tag_assignment", false).current(),
    flag("enable_tenant_from_cluster", false).current(),
    flag("cloud_network_lock_enabled", false).current(),
    optional_count("cloud_customer_prefix_id").current(),
    text("cloud_customer_bridge", 64).filled("vmbr1").current(),
    optional_count("cloud_customer_vlan_tag").current(),
    text("cloud_customer_gateway", 64).current(),
];

const CLIENTS: &[Field] = &[
    count("netbox_max_concurrent", SMALL, 1),
    count("netbox_timeout", MAX_INT, 120).current(),
    count("netbox_write_concurrency", SMALL, 8).current(),
    count("proxmox_fetch_concurrency", SMALL, 8).current(),
    count("netbox_max_retries", SMALL, 5),
    seconds("netbox_retry_delay", 5, 2.0),
    seconds("netbox_get_cache_ttl", 7, 60.0),
    count("netbox_get_cache_max_entries", MAX_INT, 4096).current(),
    big("netbox_get_cache_max_bytes", 0).initial(Initial::Integer(52_428_800)).current(),
];

const BATCHES: &[Field] = &[
    count("bulk_batch_size", SMALL, 50),
    count("bulk_batch_delay_ms", MAX_INT, 500),
    count("backup_batch_size", SMALL, 5).current(),
    count("backup_batch_delay_ms", MAX_INT, 200).current(),
    count("vm_sync_max_concurrency", SMALL, 4),
    integer("sync_job_timeout", 3600, 604_800).initial(Initial::Integer(7200)).current(),
    integer("interface_batch_size", 1, SMALL).initial(Initial::Integer(5)).current(),
    count("interface_batch_delay_ms", MAX_INT, 100).current(),
    word("reconciliation_engine", choices::ENGINE, "python").current(),
    flag("reconciliation_compare_strict", false).current(),
    seconds("custom_fields_request_delay", 5, 0.0),
    text("backend_log_file_path", 255).filled("/var/log/proxbox.log"),
    flag("debug_cache", false).current(),
    flag("expose_internal_errors", false).current(),
    flag("netbox_openapi_persist", true).current(),
];

const SAFETY: &[Field] = &[
    flag("ssrf_protection_enabled", true),
    flag("allow_private_ips", true),
    text("additional_allowed_ip_ranges", UNLIMITED),
    text("explicitly_blocked_ip_ranges", UNLIMITED),
    text("encryption_key", 255).initial(Initial::Text(KEY)).write_only(),
    word("credential_storage_backend", choices::CREDENTIAL_STORAGE, "").blank().current(),
    slug("openbao_policy_slug", 100).optional().initial(Initial::Text("proxbox")).current(),
    text("openbao_service_username", 150).current(),
];

const PROXMOX: &[Field] = &[
    count("proxmox_timeout", MAX_INT, 5),
    count("proxmox_max_retries", SMALL, 0),
    seconds("proxmox_retry_backoff", 5, 0.5),
    limited("ceph_task_timeout", (1.0, "1.00"), (3600.0, "3600.00")).initial(Initial::Decimal(300.0)),
    limited("ceph_task_poll_interval", (0.1, "0.10"), (60.0, "60.00")).initial(Initial::Decimal(1.0)),
    limited("ceph_run_lease_seconds", (1.0, "1.00"), (3600.0, "3600.00")).initial(Initial::Decimal(360.0)),
    default_role("default_role_qemu"),
    default_role("default_role_lxc"),
];

const INTENT: &[Field] = &[
    flag("branching_enabled", false).current(),
    text("branch_name_prefix", 64).filled("proxbox-sync").current(),
    word("branch_on_conflict", choices::BRANCH_CONFLICT, "fail").current(),
    flag("netbox_to_proxmox_enabled", false).current(),
    text("netbox_to_proxmox_typed_confirmation", 64).current(),
    flag("intent_warn_plaintext_password", true).current(),
    flag("apply_destroy_confirmed", false).current(),
    flag("intent_apply_authorization_self_approve_allowed", false).current(),
    integer("intent_deletion_request_ttl_days", 1, MAX_INT).initial(Initial::Integer(7)).current(),
    flag("hardware_discovery_enabled", false).current(),
    flag("hardware_discovery_sync_nic_macs", false).current(),
];
