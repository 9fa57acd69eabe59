//! Read-only Proxmox VE client and the fleet snapshot.
