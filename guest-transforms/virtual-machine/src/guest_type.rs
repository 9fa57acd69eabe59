//! What NetBox calls the sort of a guest: a virtual machine type where it has them, a role where it does not.

use proxbox_transform_sdk::facts::GuestKind;
use proxbox_transform_sdk::{Context, Draft, Reference, proxbox_tag};

pub(crate) enum GuestType {
    Type { name: &'static str, slug: &'static str, description: &'static str },
    Role { name: &'static str, slug: &'static str, color: &'static str, description: &'static str },
}

impl GuestType {
    pub(crate) fn of(cx: &Context, kind: GuestKind) -> Self {
        match (cx.has("virtual-machine-types"), kind) {
            (true, GuestKind::Qemu) => Self::Type {
                name: "QEMU Virtual Machine",
                slug: "qemu-virtual-machine",
                description: "Proxmox QEMU/KVM Virtual Machine",
            },
            (true, GuestKind::Lxc) => Self::Type {
                name: "LXC Container",
                slug: "lxc-container",
                description: "Proxmox LXC Container",
            },
            (false, GuestKind::Qemu) => Self::Role {
                name: "Virtual Machine (QEMU)",
                slug: "virtual-machine-qemu",
                color: "00ffff",
                description: "Proxmox Virtual Machine",
            },
            (false, GuestKind::Lxc) => Self::Role {
                name: "Container (LXC)",
                slug: "container-lxc",
                color: "7fffd4",
                description: "Proxmox LXC Container",
            },
        }
    }

    /// The field of a virtual machine that names it.
    pub(crate) fn field(&self) -> &'static str {
        match self {
            Self::Type { .. } => "virtual_machine_type",
            Self::Role { .. } => "role",
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Type { .. } => "virtualization.virtualmachinetype",
            Self::Role { .. } => "dcim.devicerole",
        }
    }

    pub(crate) fn reference(&self) -> Reference {
        let (Self::Type { slug, .. } | Self::Role { slug, .. }) = self;
        Reference::new(self.kind(), "slug", *slug)
    }

    pub(crate) fn draft(&self) -> Draft {
        let draft = Draft::new(self.kind()).tag(proxbox_tag());
        match self {
            Self::Type { name, slug, description } => {
                draft.text("name", *name).text("slug", *slug).text("description", *description)
            }
            Self::Role { name, slug, color, description } => draft
                .text("name", *name)
                .text("slug", *slug)
                .text("color", *color)
                .text("description", *description)
                .with("vm_role", true),
        }
    }
}
