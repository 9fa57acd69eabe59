//! The choices of NetBox's fields.

use super::super::table::Choices;

pub(super) const CUSTOM_FIELD_TYPE: Choices = &[
    ("text", "Text"),
    ("longtext", "Text (long)"),
    ("integer", "Integer"),
    ("decimal", "Decimal"),
    ("boolean", "Boolean"),
    ("date", "Date"),
    ("datetime", "Date & time"),
    ("url", "URL"),
    ("json", "JSON"),
    ("select", "Selection"),
    ("multiselect", "Multiple selection"),
    ("object", "Object"),
    ("multiobject", "Multiple objects"),
];
pub(super) const FILTER_LOGIC: Choices = &[("disabled", "Disabled"), ("loose", "Loose"), ("exact", "Exact")];
pub(super) const UI_VISIBLE: Choices = &[("always", "Always"), ("if-set", "If set"), ("hidden", "Hidden")];
pub(super) const UI_EDITABLE: Choices = &[("yes", "Yes"), ("no", "No"), ("hidden", "Hidden")];
pub(super) const JOURNAL_KIND: Choices =
    &[("info", "Info"), ("success", "Success"), ("warning", "Warning"), ("danger", "Danger")];

pub(super) const SITE_STATUS: Choices = &[
    ("planned", "Planned"),
    ("staging", "Staging"),
    ("active", "Active"),
    ("decommissioning", "Decommissioning"),
    ("retired", "Retired"),
];
pub(super) const SUBDEVICE_ROLE: Choices = &[("parent", "Parent"), ("child", "Child")];
pub(super) const AIRFLOW: Choices = &[
    ("front-to-rear", "Front to rear"),
    ("rear-to-front", "Rear to front"),
    ("left-to-right", "Left to right"),
    ("right-to-left", "Right to left"),
    ("side-to-rear", "Side to rear"),
    ("rear-to-side", "Rear to side"),
    ("bottom-to-top", "Bottom to top"),
    ("top-to-bottom", "Top to bottom"),
    ("passive", "Passive"),
    ("mixed", "Mixed"),
];
pub(super) const COOLING: Choices =
    &[("air", "Air"), ("liquid", "Liquid"), ("hybrid", "Hybrid"), ("immersion", "Immersion")];
pub(super) const WEIGHT_UNIT: Choices =
    &[("kg", "Kilograms"), ("g", "Grams"), ("lb", "Pounds"), ("oz", "Ounces")];
pub(super) const FACE: Choices = &[("front", "Front"), ("rear", "Rear")];
pub(super) const DEVICE_STATUS: Choices = &[
    ("offline", "Offline"),
    ("active", "Active"),
    ("planned", "Planned"),
    ("staged", "Staged"),
    ("failed", "Failed"),
    ("inventory", "Inventory"),
    ("decommissioning", "Decommissioning"),
];
pub(super) const CLUSTER_STATUS: Choices = &[
    ("planned", "Planned"),
    ("staging", "Staging"),
    ("active", "Active"),
    ("decommissioning", "Decommissioning"),
    ("offline", "Offline"),
];
pub(super) const MACHINE_STATUS: Choices = &[
    ("offline", "Offline"),
    ("active", "Active"),
    ("planned", "Planned"),
    ("staged", "Staged"),
    ("failed", "Failed"),
    ("decommissioning", "Decommissioning"),
    ("paused", "Paused"),
];
pub(super) const START_ON_BOOT: Choices = &[("on", "On"), ("off", "Off"), ("laststate", "Last State")];
pub(super) const INTERFACE_MODE: Choices = &[
    ("access", "Access"),
    ("tagged", "Tagged"),
    ("tagged-all", "Tagged (All)"),
    ("q-in-q", "Q-in-Q (802.1ad)"),
];
pub(super) const DUPLEX: Choices = &[("half", "Half"), ("full", "Full"), ("auto", "Auto")];
pub(super) const VLAN_STATUS: Choices =
    &[("active", "Active"), ("reserved", "Reserved"), ("deprecated", "Deprecated")];
pub(super) const QINQ_ROLE: Choices = &[("svlan", "Service"), ("cvlan", "Customer")];
pub(super) const PREFIX_STATUS: Choices = &[
    ("container", "Container"),
    ("active", "Active"),
    ("reserved", "Reserved"),
    ("deprecated", "Deprecated"),
];
pub(super) const ADDRESS_STATUS: Choices = &[
    ("active", "Active"),
    ("reserved", "Reserved"),
    ("deprecated", "Deprecated"),
    ("dhcp", "DHCP"),
    ("slaac", "SLAAC"),
];
pub(super) const ADDRESS_ROLE: Choices = &[
    ("loopback", "Loopback"),
    ("secondary", "Secondary"),
    ("anycast", "Anycast"),
    ("vip", "VIP"),
    ("vrrp", "VRRP"),
    ("hsrp", "HSRP"),
    ("glbp", "GLBP"),
    ("carp", "CARP"),
];
pub(super) const PROTOCOL: Choices = &[("tcp", "TCP"), ("udp", "UDP"), ("sctp", "SCTP")];
