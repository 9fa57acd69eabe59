//! The choices of the plugin's fields.

use super::super::super::table::Choices;

pub(super) const MODE: Choices =
    &[("undefined", "Undefined"), ("standalone", "Standalone"), ("cluster", "Cluster")];
pub(super) const ENVIRONMENT: Choices = &[
    ("production", "Production"),
    ("staging", "Staging"),
    ("development", "Development"),
    ("homologation", "Homologation"),
    ("testing", "Testing"),
    ("lab", "Lab"),
];
pub(super) const CREDENTIAL_STORAGE: Choices =
    &[("openbao", "OpenBao"), ("legacy_encrypted", "Legacy Fernet-encrypted local storage")];
pub(super) const SSH_SOURCE: Choices =
    &[("dedicated", "Dedicated SSH credential"), ("reuse_endpoint", "Reuse endpoint username/password")];
pub(super) const SSH_METHOD: Choices =
    &[("key", "SSH private key (recommended)"), ("password", "Password (fallback)")];
pub(super) const ACCESS: Choices = &[("api", "API only"), ("api_ssh", "API + SSH")];
pub(super) const SYNC_MODE: Choices =
    &[("always", "Always"), ("bootstrap_only", "Bootstrap only"), ("disabled", "Disabled")];
pub(super) const INTERFACE_STRATEGY: Choices =
    &[("guest_os_model", "Guest OS model"), ("legacy_rename", "Legacy rename")];
pub(super) const ADDRESS_PREFERENCE: Choices = &[("ipv4", "Prefer IPv4"), ("ipv6", "Prefer IPv6")];
pub(super) const ENGINE: Choices =
    &[("python", "Python (default)"), ("compare", "Compare Python and Rust"), ("rust", "Rust + PyO3")];
pub(super) const BRANCH_CONFLICT: Choices = &[("fail", "Fail"), ("acknowledge", "Acknowledge")];

pub(super) const BACKUP_SUBTYPE: Choices =
    &[("undefined", "Undefined"), ("lxc", "LXC"), ("ct", "CT"), ("qemu", "QEMU"), ("vm", "VM")];
pub(super) const BACKUP_FORMAT: Choices = &[
    ("undefined", "Undefined"),
    ("pbs-vm", "PBS VM"),
    ("pbs-ct", "PBS CT"),
    ("zst", "ZST"),
    ("iso", "ISO"),
    ("tzst", "TZST"),
    ("tgz", "TGZ"),
    ("qcow2", "QCOW2"),
    ("raw", "RAW"),
    ("tar", "TAR"),
    ("tbz", "TBZ"),
];
pub(super) const SNAPSHOT_SUBTYPE: Choices = &[("qemu", "QEMU"), ("lxc", "LXC")];
pub(super) const STATUS: Choices = &[("active", "Active"), ("stale", "Stale")];
pub(super) const JOB_TYPE: Choices = &[("local", "Local")];
pub(super) const REMOVE_JOB: Choices = &[("local", "Local"), ("full", "Full")];
