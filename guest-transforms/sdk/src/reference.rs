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

/// The virtual machine or container of this source with that vmid.
pub fn guest(vmid: u32) -> Reference {
    Reference::new("virtualization.virtualmachine", "proxmox-vmid", vmid.to_string())
}

/// The plugin's storage of this source with that name.
pub fn storage(name: &str) -> Reference {
    Reference::new("netbox_proxbox.proxmoxstorage", "proxmox-storage", name)
}

/// The interface of a guest by its configuration key: `net0`.
pub fn guest_interface(vmid: u32, net: &str) -> Reference {
    Reference::new("virtualization.vminterface", "proxmox-vmid", vmid.to_string()).and("proxmox-net", net)
}

/// The disk of a guest by its configuration key: `scsi0`.
pub fn guest_disk(vmid: u32, disk: &str) -> Reference {
    Reference::new("virtualization.virtualdisk", "proxmox-vmid", vmid.to_string()).and("proxmox-disk", disk)
}
