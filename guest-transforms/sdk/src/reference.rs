//! Names of NetBox objects: by natural key, or by what Proxmox knows them as.

use crate::Reference;

impl Reference {
    /// An object whose field has that value.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Reference, tenant};
    /// assert_eq!(Reference::new("tenancy.tenant", "slug", "acme"), tenant("acme"));
    /// ```
    pub fn new(kind: &str, field: &str, value: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), key: vec![(field.to_owned(), value.into())] }
    }

    /// Narrows a reference by another key part: all of them must match.
    ///
    /// ```
    /// # use proxbox_transform_sdk::{Reference, location};
    /// let room = Reference::new("dcim.location", "site.slug", "berlin").and("slug", "room-1");
    /// assert_eq!(room, location("berlin", "room-1"));
    /// ```
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
            #[doc = concat!("The `", $kind, "` with that slug.\n\n```\n# use proxbox_transform_sdk as sdk;\n")]
            #[doc = concat!("let it = sdk::", stringify!($name), "(\"blue\");\n")]
            #[doc = concat!("assert_eq!(it, sdk::Reference::new(\"", $kind, "\", \"slug\", \"blue\"));\n```")]
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

/// The location of a site, both by slug.
///
/// ```
/// # use proxbox_transform_sdk::{Draft, location, site};
/// let device = Draft::new("dcim.device")
///     .reference("site", site("berlin"))
///     .reference("location", location("berlin", "room-1"));
/// assert_eq!(device.get("location"), Some(&location("berlin", "room-1").into()));
/// ```
pub fn location(site: &str, slug: &str) -> Reference {
    Reference::new("dcim.location", "site.slug", site).and("slug", slug)
}

/// The device type of a manufacturer, both by slug.
///
/// ```
/// # use proxbox_transform_sdk::device_type;
/// assert_eq!(device_type("dell", "r650").kind, "dcim.devicetype");
/// ```
pub fn device_type(manufacturer: &str, slug: &str) -> Reference {
    Reference::new("dcim.devicetype", "manufacturer.slug", manufacturer).and("slug", slug)
}

/// The cluster that the facts come from.
///
/// ```
/// # use proxbox_transform_sdk::{this_cluster, testing};
/// let cx = testing::context();
/// assert_eq!(this_cluster(&cx).key, [("proxmox-cluster".to_owned(), "lab".to_owned())]);
/// ```
pub fn this_cluster(cx: &crate::Context) -> Reference {
    Reference::new("virtualization.cluster", "proxmox-cluster", cx.source.cluster.as_str())
}

/// The device of a node of this source.
///
/// ```
/// # use proxbox_transform_sdk::node;
/// assert_eq!(node("pve1").kind, "dcim.device");
/// ```
pub fn node(name: &str) -> Reference {
    Reference::new("dcim.device", "proxmox-node", name)
}

/// The interface of a node of this source.
///
/// ```
/// # use proxbox_transform_sdk::node_interface;
/// assert_eq!(node_interface("pve1", "vmbr0").kind, "dcim.interface");
/// ```
pub fn node_interface(node: &str, name: &str) -> Reference {
    Reference::new("dcim.interface", "proxmox-node", node).and("proxmox-interface", name)
}

/// The virtual machine or container of this source with that vmid.
///
/// ```
/// # use proxbox_transform_sdk::{Draft, guest};
/// let service = Draft::new("ipam.service").text("name", "https").reference("parent_object_id", guest(101));
/// assert_eq!(service.get("parent_object_id"), Some(&guest(101).into()));
/// ```
pub fn guest(vmid: u32) -> Reference {
    of_guest("virtualization.virtualmachine", vmid)
}

/// The interface of a guest by its configuration key: `net0`.
///
/// ```
/// # use proxbox_transform_sdk::guest_interface;
/// assert_eq!(guest_interface(101, "net0").kind, "virtualization.vminterface");
/// ```
pub fn guest_interface(vmid: u32, net: &str) -> Reference {
    of_guest("virtualization.vminterface", vmid).and("proxmox-net", net)
}

/// The disk of a guest by its configuration key: `scsi0`.
///
/// ```
/// # use proxbox_transform_sdk::guest_disk;
/// assert_eq!(guest_disk(101, "scsi0").kind, "virtualization.virtualdisk");
/// ```
pub fn guest_disk(vmid: u32, disk: &str) -> Reference {
    of_guest("virtualization.virtualdisk", vmid).and("proxmox-disk", disk)
}

/// The MAC address of a guest's interface, by the interface's configuration key.
///
/// ```
/// # use proxbox_transform_sdk::mac_address;
/// assert_eq!(mac_address(101, "net0").kind, "dcim.macaddress");
/// ```
pub fn mac_address(vmid: u32, net: &str) -> Reference {
    of_guest("dcim.macaddress", vmid).and("proxmox-net", net)
}

/// An address, written as in the facts and without prefix length, of a guest's interface.
///
/// ```
/// # use proxbox_transform_sdk::{Draft, guest_address};
/// let vm = Draft::new("virtualization.virtualmachine")
///     .reference("primary_ip4", guest_address(101, "net0", "192.0.2.10"));
/// assert_eq!(vm.get("primary_ip4"), Some(&guest_address(101, "net0", "192.0.2.10").into()));
/// ```
pub fn guest_address(vmid: u32, net: &str, ip: &str) -> Reference {
    of_guest("ipam.ipaddress", vmid).and("proxmox-net", net).and("proxmox-ip", ip)
}

/// An address, written as in the facts and without prefix length, of a node's interface.
///
/// ```
/// # use proxbox_transform_sdk::node_address;
/// assert_eq!(node_address("pve1", "vmbr0", "192.0.2.1").kind, "ipam.ipaddress");
/// ```
pub fn node_address(node: &str, interface: &str, ip: &str) -> Reference {
    Reference::new("ipam.ipaddress", "proxmox-node", node)
        .and("proxmox-interface", interface)
        .and("proxmox-ip", ip)
}

/// The VLAN with that id.
///
/// ```
/// # use proxbox_transform_sdk::vlan;
/// assert_eq!(vlan(20).key, [("vid".to_owned(), "20".to_owned())]);
/// ```
pub fn vlan(id: u16) -> Reference {
    Reference::new("ipam.vlan", "vid", id.to_string())
}

/// The plugin's storage of this source with that name.
///
/// ```
/// # use proxbox_transform_sdk::storage;
/// assert_eq!(storage("local-lvm").kind, "netbox_proxbox.proxmoxstorage");
/// ```
pub fn storage(name: &str) -> Reference {
    Reference::new("netbox_proxbox.proxmoxstorage", "proxmox-storage", name)
}

/// The plugin's row of an interface inside a guest, by its name there: `ens18`.
///
/// ```
/// # use proxbox_transform_sdk::interface_inside;
/// assert_eq!(interface_inside(101, "ens18").kind, "netbox_proxbox.guestvminterface");
/// ```
pub fn interface_inside(vmid: u32, name: &str) -> Reference {
    of_guest("netbox_proxbox.guestvminterface", vmid).and("proxmox-guest-interface", name)
}

/// The plugin's row of the Proxmox endpoint that the facts come from.
///
/// ```
/// # use proxbox_transform_sdk::{plugin_endpoint, testing};
/// assert_eq!(plugin_endpoint(&testing::context()).kind, "netbox_proxbox.proxmoxendpoint");
/// ```
pub fn plugin_endpoint(cx: &crate::Context) -> Reference {
    Reference::new("netbox_proxbox.proxmoxendpoint", "proxmox-endpoint", cx.source.endpoint.as_str())
}

/// The plugin's row of the cluster that the facts come from.
///
/// ```
/// # use proxbox_transform_sdk::{plugin_cluster, testing};
/// assert_eq!(plugin_cluster(&testing::context()).kind, "netbox_proxbox.proxmoxcluster");
/// ```
pub fn plugin_cluster(cx: &crate::Context) -> Reference {
    Reference::new("netbox_proxbox.proxmoxcluster", "proxmox-cluster", cx.source.cluster.as_str())
}

/// The plugin's row of a node of this source.
///
/// ```
/// # use proxbox_transform_sdk::plugin_node;
/// assert_eq!(plugin_node("pve1").kind, "netbox_proxbox.proxmoxnode");
/// ```
pub fn plugin_node(name: &str) -> Reference {
    Reference::new("netbox_proxbox.proxmoxnode", "proxmox-node", name)
}

fn of_guest(kind: &str, vmid: u32) -> Reference {
    Reference::new(kind, "proxmox-vmid", vmid.to_string())
}
