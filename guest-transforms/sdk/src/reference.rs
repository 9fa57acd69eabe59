//! Names of NetBox objects: by natural key, or by what Proxmox knows them as.

use crate::Reference;

impl Reference {
    /// An object whose field has that value.
    pub fn new(kind: &str, field: &str, value: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), key: vec![(field.to_owned(), value.into())] }
    }

    /// Narrows a reference by another key part: all of them must match.
    #[must_use]
    pub fn and(mut self, field: &str, value: impl Into<String>) -> Self {
        self.key.push((field.to_owned(), value.into()));
        self
    }
}

/// References to shared objects by slug.
macro_rules! by_slug {
    ($($name:ident => $kind:literal;)+) => {
        $(
            #[doc = concat!("The `", $kind, "` with that slug.")]
            pub fn $name(slug: impl Into<String>) -> Reference {
                Reference::new($kind, "slug", slug)
            }
        )+
    };
}

by_slug! {
    tenant => "tenancy.tenant";
    site => "dcim.site";
    manufacturer => "dcim.manufacturer";
    device_role => "dcim.devicerole";
    platform => "dcim.platform";
    cluster_type => "virtualization.clustertype";
    cluster_group => "virtualization.clustergroup";
    virtual_machine_type => "virtualization.virtualmachinetype";
}

/// The device type of a manufacturer, both by slug.
pub fn device_type(manufacturer: &str, slug: &str) -> Reference {
    Reference::new("dcim.devicetype", "manufacturer.slug", manufacturer).and("slug", slug)
}

/// The cluster that the facts come from.
pub fn this_cluster(cx: &crate::Context) -> Reference {
    Reference::new("virtualization.cluster", "proxmox-cluster", cx.source.cluster.as_str())
}

/// The device of a node of this source.
pub fn node(name: &str) -> Reference {
    Reference::new("dcim.device", "proxmox-node", name)
}

/// The interface of a node of this source.
pub fn node_interface(node: &str, name: &str) -> Reference {
    Reference::new("dcim.interface", "proxmox-node", node).and("proxmox-interface", name)
}

/// The virtual machine or container of this source with that vmid.
pub fn guest(vmid: u32) -> Reference {
    of_guest("virtualization.virtualmachine", vmid)
}

/// The interface of a guest by its configuration key: `net0`.
pub fn guest_interface(vmid: u32, net: &str) -> Reference {
    of_guest("virtualization.vminterface", vmid).and("proxmox-net", net)
}

/// The disk of a guest by its configuration key: `scsi0`.
pub fn guest_disk(vmid: u32, disk: &str) -> Reference {
    of_guest("virtualization.virtualdisk", vmid).and("proxmox-disk", disk)
}

/// The MAC address of a guest's interface, by the interface's configuration key.
pub fn mac_address(vmid: u32, net: &str) -> Reference {
    of_guest("dcim.macaddress", vmid).and("proxmox-net", net)
}

/// An address, written as in the facts and without prefix length, of a guest's interface.
pub fn guest_address(vmid: u32, net: &str, ip: &str) -> Reference {
    of_guest("ipam.ipaddress", vmid).and("proxmox-net", net).and("proxmox-ip", ip)
}

/// An address, written as in the facts and without prefix length, of a node's interface.
pub fn node_address(node: &str, interface: &str, ip: &str) -> Reference {
    Reference::new("ipam.ipaddress", "proxmox-node", node)
        .and("proxmox-interface", interface)
        .and("proxmox-ip", ip)
}

/// The VLAN with that id.
pub fn vlan(id: u16) -> Reference {
    Reference::new("ipam.vlan", "vid", id.to_string())
}

/// The plugin's storage of this source with that name.
pub fn storage(name: &str) -> Reference {
    Reference::new("netbox_proxbox.proxmoxstorage", "proxmox-storage", name)
}

/// The plugin's row of an interface inside a guest, by its name there: `ens18`.
pub fn interface_inside(vmid: u32, name: &str) -> Reference {
    of_guest("netbox_proxbox.guestvminterface", vmid).and("proxmox-guest-interface", name)
}

/// The plugin's row of the Proxmox endpoint that the facts come from.
pub fn plugin_endpoint(cx: &crate::Context) -> Reference {
    Reference::new("netbox_proxbox.proxmoxendpoint", "proxmox-endpoint", cx.source.endpoint.as_str())
}

/// The plugin's row of the cluster that the facts come from.
pub fn plugin_cluster(cx: &crate::Context) -> Reference {
    Reference::new("netbox_proxbox.proxmoxcluster", "proxmox-cluster", cx.source.cluster.as_str())
}

/// The plugin's row of a node of this source.
pub fn plugin_node(name: &str) -> Reference {
    Reference::new("netbox_proxbox.proxmoxnode", "proxmox-node", name)
}

fn of_guest(kind: &str, vmid: u32) -> Reference {
    Reference::new(kind, "proxmox-vmid", vmid.to_string())
}
