//! From Proxmox's `ostype` to the name of a NetBox platform.

/// The platform's name; none when the type says nothing.
pub(crate) fn platform_name(os: &str) -> Option<&'static str> {
    Some(match os {
        "l24" => "Linux (kernel 2.4)",
        "l26" => "Linux (kernel 2.6 or newer)",
        "wxp" => "Windows XP",
        "w2k" => "Windows 2000",
        "w2k3" => "Windows Server 2003",
        "w2k8" => "Windows Server 2008",
        "wvista" => "Windows Vista",
        "win7" => "Windows 7",
        "win8" => "Windows 8",
        "win10" => "Windows 10",
        "win11" => "Windows 11",
        "solaris" => "Solaris",
        "other" => "Other",
        "alpine" => "Alpine Linux",
        "archlinux" => "Arch Linux",
        "centos" => "CentOS",
        "debian" => "Debian",
        "devuan" => "Devuan",
        "fedora" => "Fedora",
        "gentoo" => "Gentoo",
        "nixos" => "NixOS",
        "opensuse" => "openSUSE",
        "ubuntu" => "Ubuntu",
        _ => return None,
    })
}
