//! Puts each node and its guests at a site, and the node into a location; everything else stays with the next mapper.

use proxbox_transform_sdk::facts::{GuestFacts, NodeFacts};
use proxbox_transform_sdk::{
    Context, Draft, NodeOverride, Outcome, Rejection, VirtualMachineOverride, export, location, site, slug,
};
use std::collections::BTreeMap;

#[derive(serde::Deserialize)]
struct Settings {
    #[serde(default)]
    nodes: BTreeMap<String, Place>,
    /// Where the nodes are that are not listed.
    default: Option<Place>,
}

/// Names of a site and of one of its locations.
#[derive(Clone, serde::Deserialize)]
struct Place {
    site: String,
    location: Option<String>,
}

impl Place {
    fn of(cx: &Context, node: &str) -> Result<Option<Self>, Rejection> {
        let Settings { nodes, default } = cx.settings()?;
        Ok(nodes.get(node).cloned().or(default))
    }

    fn site(&self) -> Draft {
        Draft::named("dcim.site", &self.site).text("status", "active")
    }
}

/// The module.
pub struct NodeSites;

impl NodeOverride for NodeSites {
    fn map(cx: &Context, node: &NodeFacts, usual: Outcome) -> Outcome {
        let place = match Place::of(cx, &node.name) {
            Ok(Some(place)) => place,
            Ok(None) => return usual,
            Err(wrong) => return wrong.into(),
        };
        let site_slug = slug(&place.site);
        let room = place.location.as_deref().map(|name| location(&site_slug, &slug(name)));
        // The site that the next mapper brings is not needed any more.
        let device = usual
            .retain_companions(|companion| companion.kind != "dcim.site")
            .edit(|device| device.reference("site", site(site_slug.as_str())).with("location", room))
            .bring(place.site());
        match &place.location {
            Some(name) => {
                device.bring(Draft::named("dcim.location", name).reference("site", site(site_slug)))
            }
            None => device,
        }
    }
}

impl VirtualMachineOverride for NodeSites {
    fn map(cx: &Context, guest: &GuestFacts, usual: Outcome) -> Outcome {
        match Place::of(cx, &guest.node) {
            Ok(Some(place)) => {
                usual.edit(|vm| vm.reference("site", site(slug(&place.site)))).bring(place.site())
            }
            Ok(None) => usual,
            Err(wrong) => wrong.into(),
        }
    }
}

export!(NodeSites: NodeOverride + VirtualMachineOverride, settings: include_str!("settings.schema.json"));
