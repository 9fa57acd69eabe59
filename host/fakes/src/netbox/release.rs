//! What the server says it is, and what it therefore has.

use super::field::Field;
use super::table::Model;

/// Which `netbox-proxbox` plugin a fake NetBox has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flavour {
    /// None.
    #[default]
    Bare,
    /// 0.0.14, on NetBox 4.6.
    OlderPlugin,
    /// 0.0.29.post6, on NetBox 4.7.
    CurrentPlugin,
}

impl Flavour {
    /// The NetBox release that the plugin is usually found on.
    pub(crate) fn netbox(self) -> &'static str {
        match self {
            Self::Bare | Self::CurrentPlugin => "4.7.3",
            Self::OlderPlugin => "4.6.4",
        }
    }

    /// The plugin's own release.
    pub(crate) fn plugin(self) -> Option<&'static str> {
        match self {
            Self::Bare => None,
            Self::OlderPlugin => Some("0.0.14"),
            Self::CurrentPlugin => Some("0.0.29.post6"),
        }
    }
}

/// Release of NetBox, and its plugin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Release {
    pub(crate) version: (u32, u32),
    /// The last number of the version.
    pub(crate) patch: u32,
    pub(crate) flavour: Flavour,
}

impl Release {
    /// The release that a version names.
    pub(crate) fn of(version: &str, flavour: Flavour) -> Self {
        let mut parts = version.split(['.', '-']).map(|part| part.parse().unwrap_or_default());
        let mut part = || parts.next().unwrap_or_default();
        Self { version: (part(), part()), patch: part(), flavour }
    }

    /// A model that this release has.
    pub(crate) fn offers(self, model: &Model) -> bool {
        model.since <= self.version && model.flavour <= self.flavour
    }

    /// A field that its model has in this release.
    pub(crate) fn has(self, field: &Field) -> bool {
        field.since <= self.version && field.flavour <= self.flavour
    }
}
