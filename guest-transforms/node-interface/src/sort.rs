//! From Proxmox's types of interfaces to NetBox's.

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Bridge,
    Bond,
    Vlan,
    /// An interface that is no device of its own: an alias, a port that Open vSwitch makes.
    Virtual,
    /// A network card, whose speed Proxmox does not tell, or what Proxmox does not know itself.
    Other,
}

impl Sort {
    pub(crate) fn of(kind: &str) -> Self {
        match kind {
            "bridge" | "OVSBridge" | "vnet" => Self::Bridge,
            "bond" | "OVSBond" => Self::Bond,
            "vlan" => Self::Vlan,
            "alias" | "OVSIntPort" | "fabric" => Self::Virtual,
            _ => Self::Other,
        }
    }

    /// NetBox's type.
    pub(crate) fn netbox(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
            Self::Bond => "lag",
            Self::Vlan | Self::Virtual => "virtual",
            Self::Other => "other",
        }
    }

    pub(crate) fn is_virtual(self) -> bool {
        matches!(self, Self::Vlan | Self::Virtual)
    }

    /// The field by which a member names an interface of this sort.
    pub(crate) fn field_of_members(self) -> Option<&'static str> {
        match self {
            Self::Bridge => Some("bridge"),
            Self::Bond => Some("lag"),
            Self::Vlan | Self::Virtual | Self::Other => None,
        }
    }
}
