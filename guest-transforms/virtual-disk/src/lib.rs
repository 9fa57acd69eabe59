//! The default mapping of a disk of a guest to a NetBox virtual disk.

use proxbox_transform_sdk::facts::{DiskRole, VirtualDiskFacts};
use proxbox_transform_sdk::{
    Context, Draft, Outcome, VirtualDiskMapper, digest, export, fit, guest, proxbox_tag, storage,
};

/// The longest name of a virtual disk.
const NAME: usize = 64;
/// The longest description.
const DESCRIPTION: usize = 200;
/// NetBox's largest number of mebibytes.
const MOST_MIB: u64 = 2_147_483_647;

/// The mapper that the host has built in.
pub struct VirtualDisk;

impl VirtualDiskMapper for VirtualDisk {
    fn map(cx: &Context, fact: &VirtualDiskFacts) -> Outcome {
        if let Some(why) = no_disk(fact.role) {
            return Outcome::leave_out(why);
        }
        let Some(size) = fact.size else {
            return Outcome::leave_out("the configuration does not say how large the disk is");
        };
        let disk = Draft::new("virtualization.virtualdisk")
            .reference("virtual_machine", guest(fact.vmid))
            .text("name", fit(&fact.key, NAME, &["~", &digest(&fact.key)].concat()))
            .with("size", mebibytes(size))
            .stated("description", description(fact))
            .tag(proxbox_tag());
        if cx.keeps_details() && cx.has("proxbox-plugin") {
            disk.custom("proxbox_storage_id", fact.storage.as_deref().map(storage)).into()
        } else {
            disk.into()
        }
    }
}

/// Why a line is no disk of the guest's own; none when it is one.
fn no_disk(role: DiskRole) -> Option<&'static str> {
    match role {
        DiskRole::Disk
        | DiskRole::RootFilesystem
        | DiskRole::MountPoint
        | DiskRole::EfiVars
        | DiskRole::TpmState => None,
        DiskRole::Cdrom => Some("a CD-ROM drive is no disk of the guest"),
        DiskRole::CloudInit => Some("the cloud-init drive is made by Proxmox and is no disk of the guest"),
        DiskRole::Passthrough => {
            Some("a device or directory of the node is passed through; it has no volume")
        }
        DiskRole::Unused => Some("the volume is not attached to the guest"),
    }
}

/// A begun mebibyte counts, so that the smallest disk (528 KiB of UEFI variables) is one.
fn mebibytes(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20).min(MOST_MIB)
}

/// None when the line says neither.
fn description(fact: &VirtualDiskFacts) -> Option<String> {
    let storage = fact.storage.as_deref().map(|name| ["Storage: ", name].concat());
    let format = fact.format.as_deref().map(|name| ["Format: ", name].concat());
    let parts: Vec<String> = storage.into_iter().chain(format).collect();
    (!parts.is_empty()).then(|| fit(&parts.join(" | "), DESCRIPTION, "…"))
}

export!(VirtualDisk: VirtualDiskMapper);
