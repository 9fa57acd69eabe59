//! A generated Proxmox fleet.
