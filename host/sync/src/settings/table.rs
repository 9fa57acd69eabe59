//! Every setting of the service that the plugin may have a say in: one row each.

use super::value::{Slot, Value};
use super::{Setting, SyncSettings, Theirs};

/// What a plugin holds that was never changed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shipped {
    Number(f64),
    Switch(bool),
    Nothing,
}

impl Shipped {
    pub(super) fn is(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Number(shipped), Value::Number(number)) => shipped == *number,
            (Self::Switch(shipped), Value::Switch(switch)) => shipped == *switch,
            (Self::Nothing, Value::Networks(networks)) => networks.is_empty(),
            _ => false,
        }
    }
}

const fn number(name: &'static str, shipped: f64) -> Theirs {
    Theirs { name, shipped: Shipped::Number(shipped) }
}

const fn switch(name: &'static str, shipped: bool) -> Theirs {
    Theirs { name, shipped: Shipped::Switch(shipped) }
}

const fn list(name: &'static str) -> Theirs {
    Theirs { name, shipped: Shipped::Nothing }
}

const fn setting(
    name: &'static str,
    variable: &'static str,
    help: &'static str,
    least: f64,
    theirs: &'static [Theirs],
    slot: for<'a> fn(&'a mut SyncSettings) -> Slot<'a>,
) -> Setting {
    Setting { name, variable, help, least, theirs, column: None, slot }
}

/// Every setting of a run.
pub const SETTINGS: &[Setting] = &[
    setting(
        "netbox_timeout",
        "PROXBOX_NETBOX_TIMEOUT",
        "Seconds that one NetBox request may take",
        1.0,
        &[number("netbox_timeout", 120.0)],
        |s| Slot::Seconds(&mut s.netbox.timeout),
    ),
    setting(
        "netbox_max_concurrent",
        "PROXBOX_NETBOX_MAX_CONCURRENT",
        "NetBox requests at a time",
        1.0,
        &[number("netbox_max_concurrent", 1.0)],
        |s| Slot::Count(&mut s.netbox.max_concurrent),
    ),
    setting(
        "netbox_max_retries",
        "PROXBOX_NETBOX_MAX_RETRIES",
        "Retries of one NetBox request",
        0.0,
        &[number("netbox_max_retries", 5.0)],
        |s| Slot::Retries(&mut s.netbox.max_retries),
    ),
    setting(
        "netbox_retry_delay",
        "PROXBOX_NETBOX_RETRY_DELAY",
        "Seconds before the first retry of a NetBox request; doubled for each further one",
        0.0,
        &[number("netbox_retry_delay", 2.0)],
        |s| Slot::Seconds(&mut s.netbox.retry_delay),
    ),
    setting(
        "netbox_get_cache_ttl",
        "PROXBOX_NETBOX_GET_CACHE_TTL",
        "Seconds that answers of NetBox are kept between requests; 0 keeps none",
        0.0,
        &[number("netbox_get_cache_ttl", 60.0)],
        |s| Slot::Seconds(&mut s.netbox.get_cache_ttl),
    ),
    setting(
        "netbox_get_cache_max_entries",
        "PROXBOX_NETBOX_GET_CACHE_MAX_ENTRIES",
        "Most answers of NetBox to keep",
        1.0,
        &[number("netbox_get_cache_max_entries", 4096.0)],
        |s| Slot::Entries(&mut s.netbox.get_cache_max_entries),
    ),
    setting(
        "netbox_get_cache_max_bytes",
        "PROXBOX_NETBOX_GET_CACHE_MAX_BYTES",
        "Most bytes of answers of NetBox to keep",
        1024.0,
        &[number("netbox_get_cache_max_bytes", 52_428_800.0)],
        |s| Slot::Bytes(&mut s.netbox.get_cache_max_bytes),
    ),
    setting(
        "bulk_batch_size",
        "PROXBOX_BULK_BATCH_SIZE",
        "Objects in one NetBox write",
        1.0,
        &[number("bulk_batch_size", 50.0)],
        |s| Slot::Count(&mut s.netbox.bulk_batch_size),
    ),
    setting(
        "bulk_batch_delay_ms",
        "PROXBOX_BULK_BATCH_DELAY_MS",
        "Milliseconds to pause after each NetBox write",
        0.0,
        &[number("bulk_batch_delay_ms", 500.0)],
        |s| Slot::Milliseconds(&mut s.netbox.bulk_batch_delay),
    ),
    setting(
        "custom_fields_request_delay",
        "PROXBOX_CUSTOM_FIELDS_REQUEST_DELAY",
        "Seconds to pause after each NetBox write of custom fields",
        0.0,
        &[number("custom_fields_request_delay", 0.0)],
        |s| Slot::Seconds(&mut s.netbox.custom_fields_delay),
    ),
    Setting {
        column: Some("timeout"),
        ..setting(
            "proxmox_timeout",
            "PROXMOX_API_TIMEOUT",
            "Seconds that one Proxmox request may take",
            1.0,
            &[number("proxmox_timeout", 5.0)],
            |s| Slot::Seconds(&mut s.proxmox.timeout),
        )
    },
    Setting {
        column: Some("max_retries"),
        ..setting(
            "proxmox_max_retries",
            "PROXMOX_API_RETRIES",
            "Retries of one Proxmox request",
            0.0,
            &[number("proxmox_max_retries", 0.0)],
            |s| Slot::Retries(&mut s.proxmox.max_retries),
        )
    },
    Setting {
        column: Some("retry_backoff"),
        ..setting(
            "proxmox_retry_backoff",
            "PROXMOX_API_RETRY_BACKOFF",
            "Seconds before the first retry of a Proxmox request; doubled for each further one",
            0.0,
            &[number("proxmox_retry_backoff", 0.5)],
            |s| Slot::Seconds(&mut s.proxmox.retry_backoff),
        )
    },
    setting(
        "proxmox_fetch_concurrency",
        "PROXBOX_PROXMOX_FETCH_CONCURRENCY",
        "Proxmox requests at a time, for each endpoint",
        1.0,
        &[number("proxmox_fetch_concurrency", 8.0), number("proxbox_fetch_max_concurrency", 8.0)],
        |s| Slot::Count(&mut s.proxmox.concurrency),
    ),
    setting(
        "vm_sync_max_concurrency",
        "PROXBOX_VM_SYNC_MAX_CONCURRENCY",
        "Guests read at a time, for each Proxmox endpoint",
        1.0,
        &[number("vm_sync_max_concurrency", 4.0)],
        |s| Slot::Count(&mut s.proxmox.guest_concurrency),
    ),
    setting(
        "ssrf_protection_enabled",
        "PROXBOX_SSRF_PROTECTION_ENABLED",
        "Whether endpoints are kept from leading to addresses that cannot be meant",
        0.0,
        &[switch("ssrf_protection_enabled", true)],
        |s| Slot::Switch(&mut s.addresses.protection),
    ),
    setting(
        "allow_private_ips",
        "PROXBOX_ALLOW_PRIVATE_IPS",
        "Whether endpoints may have private and loopback addresses",
        0.0,
        &[switch("allow_private_ips", true)],
        |s| Slot::Switch(&mut s.addresses.allow_private),
    ),
    setting(
        "additional_allowed_ip_ranges",
        "PROXBOX_ADDITIONAL_ALLOWED_IP_RANGES",
        "Networks that endpoints may be in, whatever else they are; separated by commas",
        0.0,
        &[list("additional_allowed_ip_ranges")],
        |s| Slot::Networks(&mut s.addresses.allowed),
    ),
    setting(
        "explicitly_blocked_ip_ranges",
        "PROXBOX_EXPLICITLY_BLOCKED_IP_RANGES",
        "Networks that endpoints may never be in; separated by commas",
        0.0,
        &[list("explicitly_blocked_ip_ranges")],
        |s| Slot::Networks(&mut s.addresses.blocked),
    ),
    setting(
        "fields",
        "PROXBOX_FIELDS",
        "Whose single fields are: [ENDPOINT/]KIND.FIELD=mirror|fill-when-empty|never; separated by commas",
        0.0,
        &[],
        |s| Slot::Fields(&mut s.fields),
    ),
];

/// The setting of the HTTP API that the plugin has a say in.
pub const EXPOSE_INTERNAL_ERRORS: &Setting = &setting(
    "expose_internal_errors",
    "PROXBOX_EXPOSE_INTERNAL_ERRORS",
    "Send chains of causes to clients",
    0.0,
    &[switch("expose_internal_errors", false)],
    |s| Slot::Switch(&mut s.expose_internal_errors),
);

/// Settings of the plugin that this service has no use for, and why.
pub(crate) const NOT_USED: &[(&str, &str)] = &[
    ("netbox_write_concurrency", "writes are lists, one after the other"),
    ("backup_batch_size", "bulk_batch_size holds for backups too"),
    ("backup_batch_delay_ms", "bulk_batch_delay_ms holds for backups too"),
    ("interface_batch_size", "bulk_batch_size holds for interfaces too"),
    ("interface_batch_delay_ms", "bulk_batch_delay_ms holds for interfaces too"),
    ("ensure_netbox_objects", "roles, types, platforms and tags that are missing are always made"),
    ("delete_orphans", "machines that are gone from Proxmox are reported, never deleted"),
    ("parse_description_metadata", "descriptions are not searched for values; a mapping module can do that"),
    ("embed_description_metadata", "nothing is written to Proxmox"),
    ("enable_tenant_name_regex", "a mapping module can choose the tenant by any rule"),
    ("tenant_name_regex_rules", "a mapping module can choose the tenant by any rule"),
    ("enable_tenant_tag_assignment", "a mapping module can choose the tenant by any rule"),
    ("enable_tenant_from_cluster", "a mapping module can choose the tenant by any rule"),
    ("reconciliation_engine", "there is one"),
    ("reconciliation_compare_strict", "there is one way to compare"),
    ("backend_log_file_path", "the log goes to stderr"),
    ("debug_cache", "PROXBOX_LOG_LEVEL decides what is logged"),
    ("netbox_openapi_persist", "NetBox's OpenAPI document is not needed"),
    ("hardware_discovery_enabled", "nodes are read over the API alone"),
];
