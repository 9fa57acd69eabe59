//! The default mapping of a backup on a storage to the plugin's backup.

mod format;
mod subtype;

use proxbox_transform_sdk::facts::BackupFacts;
use proxbox_transform_sdk::{
    BackupMapper, Context, Draft, Outcome, digest, export, fit, guest, proxbox_tag, storage, time,
};

/// The longest text of most fields.
const TEXT: usize = 255;

/// The mapper that the host has built in.
pub struct Backup;

impl BackupMapper for Backup {
    fn map(_cx: &Context, fact: &BackupFacts) -> Outcome {
        let Some(vmid) = fact.vmid else {
            return Outcome::leave_out("Proxmox does not say which guest the backup is of");
        };
        Draft::new("netbox_proxbox.vmbackup")
            .reference("virtual_machine", guest(vmid))
            .text("volume_id", fit(&fact.volume_id, TEXT, &["~", &digest(&fact.volume_id)].concat()))
            .reference("proxmox_storage", storage(&fact.storage))
            .text("storage", fit(&fact.storage, TEXT, ""))
            .text("subtype", subtype::of(fact))
            .text("format", format::of(&fact.format, &fact.volume_id))
            .with("creation_time", fact.created.map(time))
            .with("size", fact.size)
            .with("used", fact.used)
            .text("notes", fact.notes.as_str())
            .with("vmid", i64::from(vmid).min(2_147_483_647))
            .text("encrypted", fit(&fact.encrypted, TEXT, ""))
            .with("verification_state", cut(fact.verification_state.as_deref()))
            .with("verification_upid", cut(fact.verification_task.as_deref()))
            .tag(proxbox_tag())
            .into()
    }
}

fn cut(text: Option<&str>) -> Option<String> {
    text.map(|text| fit(text, TEXT, ""))
}

export!(Backup: BackupMapper);
