//! The Proxmox endpoints, which people enter.

use super::super::super::represent::plugin as compute;
use super::super::super::table::*;
use super::{PLAIN, choices, default_role, flags, json, optional_count, together};

const ADDRESS: &[&str] = &["id", "url", "display_url", "display", "family", "address"];
const BACKOFF: Decimals = Decimals { digits: 5, places: 2, least: None, most: None };
const PORT: i64 = 65_535;

pub(super) const MODELS: &[Model] = &[Model {
    name: "netbox_proxbox.proxmoxendpoint",
    path: "plugins/proxbox/endpoints/proxmox",
    label: "Proxmox Endpoint",
    fields: &[IDENTITY, ACCESS, SERVICES, &flags::MODE_OVERRIDES, &flags::OVERRIDES, PLACE],
    brief: &["id", "url", "display", "name", "domain", "port", "iana_timezone", "node_device_name_template"],
    ordering: &["name", "id"],
    search: &["name", "domain"],
    unique: &[together(
        "unique_name_address_domain",
        &["name", "ip_address", "domain"],
        "Proxmox endpoint with this Name, IP address and Domain already exists.",
    )],
    filters: &[&[
        own("name", By::Text),
        own("domain", By::Text),
        along("ip_address", &["ip_address"], By::OneId),
        own("mode", By::OneChoice),
        own("environment", By::OneChoice),
        along("site", &["site"], By::OneId),
        along("tenant", &["tenant"], By::OneId),
        own("enabled", By::Flag),
        own("ssh_credential_source", By::OneChoice),
    ]],
    display: Display::With(compute::endpoint_name),
    ..PLAIN
}];

const IDENTITY: &[Field] = &[
    read("display", Holds::Title(compute::endpoint_title)),
    text("name", 255).null().initial(Initial::Text("Proxmox Endpoint")),
    related("ip_address", "ipam.ipaddress", OnDelete::Protect).null().shown(ADDRESS),
    text("domain", UNLIMITED).null(),
    integer("port", 1, PORT).initial(Initial::Integer(8006)),
    choice("mode", choices::MODE, "undefined").required(),
    choice("environment", choices::ENVIRONMENT, "").null().blank().current(),
    text("version", 20).null(),
    text("repoid", 16).null(),
    read("iana_timezone", Holds::Computed(compute::no_text)).current(),
    text("node_device_name_template", 128).current(),
];

const ACCESS: &[Field] = &[
    text("username", 255).filled("root@pam"),
    text("password", UNLIMITED).null().write_only(),
    text("token_name", 255),
    text("token_value", UNLIMITED).write_only(),
    word("credential_storage_backend", choices::CREDENTIAL_STORAGE, "").blank().current(),
    flag("verify_ssl", true),
    flag("enabled", true).current(),
    optional_count("timeout"),
    integer("max_retries", 0, MAX_SMALL).null(),
    decimal("retry_backoff", BACKOFF).null(),
    word("ssh_credential_source", choices::SSH_SOURCE, "dedicated").current(),
    text("ssh_username", 64).current(),
    integer("ssh_port", 1, PORT).initial(Initial::Integer(22)).current(),
    word("ssh_auth_method", choices::SSH_METHOD, "key").current(),
    text("ssh_known_host_fingerprint", 128).current(),
    read("has_ssh_password", Holds::Computed(compute::never)).current(),
    read("has_ssh_private_key", Holds::Computed(compute::never)).current(),
    read("has_ssh_terminal_credentials", Holds::Computed(compute::never)).current(),
];

const SERVICES: &[Field] = &[
    flag("service_monitoring_enabled", false).current(),
    integer("service_monitoring_interval_minutes", 1, 1440).initial(Initial::Integer(5)).current(),
    json("service_monitoring_units", Initial::List).current(),
    read("service_monitoring_last_success_at", Holds::Null).current(),
    read("service_monitoring_last_status", Holds::Computed(compute::no_text)).current(),
    read("service_monitoring_last_error", Holds::Computed(compute::no_text)).current(),
    read("service_monitoring_eligible", Holds::Computed(compute::never)).current(),
    default_role("default_role_qemu"),
    default_role("default_role_lxc"),
    flag("enable_tenant_name_regex", false).null().current(),
    json("tenant_name_regex_rules", Initial::Null).null().current(),
    flag("enable_tenant_tag_assignment", false).null().current(),
    flag("enable_tenant_from_cluster", false).null().current(),
    flag("allow_writes", false).current(),
    flag("allow_packer_template_builds", false).current(),
    read("packer_template_builds_backend_authorized", Holds::Computed(compute::never)).current(),
    word("access_methods", choices::ACCESS, "api").current(),
];

const PLACE: &[Field] = &[
    flag("rpc_enabled", false).null().current(),
    read("effective_rpc_enabled", Holds::Computed(compute::never)).current(),
    related("site", "dcim.site", OnDelete::Clear).null(),
    related("tenant", "tenancy.tenant", OnDelete::Clear).null(),
    many("allowed_tenants", "tenancy.tenant").current(),
];
