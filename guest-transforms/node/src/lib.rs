//! The default mapping of a Proxmox node to a NetBox device.

use proxbox_transform_sdk::facts::NodeFacts;
use proxbox_transform_sdk::{
    Context, Draft, NodeMapper, Outcome, device_role, device_type, digest, export, fit, manufacturer,
    proxbox_tag, site, slug, tenant, this_cluster,
};

const MAKER: &str = "Proxmox";
const DEVICE_TYPE: &str = "Proxmox Generic Device";
const ROLE: &str = "Proxmox Node";
const ROLE_COLOR: &str = "00bcd4";

/// The longest name of a device.
const NAME: usize = 64;
/// The longest name and slug of a site.
const SITE_NAME: usize = 100;
/// The longest description.
const DESCRIPTION: usize = 200;

/// The mapper that the host has built in.
pub struct Node;

impl NodeMapper for Node {
    fn map(cx: &Context, fact: &NodeFacts) -> Outcome {
        let template = cx.option("device-name-template");
        let chosen_site = cx.option("site");
        let default_site = default_site(&cx.source.cluster);
        let mut device = Draft::new("dcim.device")
            .text("name", device_name(template.as_deref(), &fact.name, &cx.source.cluster))
            .text("status", if fact.online { "active" } else { "offline" })
            .reference("cluster", this_cluster(cx))
            .reference("device_type", device_type(&slug(MAKER), &slug(DEVICE_TYPE)))
            .reference("role", device_role(slug(ROLE)))
            .reference("site", site(chosen_site.clone().unwrap_or_else(|| slug(&default_site))))
            .text("description", fit(&format!("Proxmox Node {}", fact.name), DESCRIPTION, ""))
            .tag(proxbox_tag());
        if let Some(slug) = cx.option("tenant") {
            device = device.reference("tenant", tenant(slug));
        }
        let outcome = with_type_and_role(Outcome::object(detailed(device, cx, fact)));
        if chosen_site.is_some() {
            return outcome;
        }
        outcome.bring(
            Draft::new("dcim.site")
                .text("name", default_site.as_str())
                .text("slug", slug(&default_site))
                .text("status", "active")
                .tag(proxbox_tag()),
        )
    }
}

fn with_type_and_role(device: Outcome) -> Outcome {
    device
        .bring(Draft::named("dcim.manufacturer", MAKER).tag(proxbox_tag()))
        .bring(
            Draft::new("dcim.devicetype")
                .reference("manufacturer", manufacturer(slug(MAKER)))
                .text("model", DEVICE_TYPE)
                .text("slug", slug(DEVICE_TYPE))
                .tag(proxbox_tag()),
        )
        .bring(Draft::named("dcim.devicerole", ROLE).text("color", ROLE_COLOR).tag(proxbox_tag()))
}

fn detailed(mut device: Draft, cx: &Context, fact: &NodeFacts) -> Draft {
    if cx.keeps_identity_in_custom_fields() {
        device = device
            .custom("proxmox_cluster", cx.source.cluster.as_str())
            .custom("proxmox_node", fact.name.as_str());
    }
    match cx.link(&["node/", &fact.name].concat()) {
        Some(link) if cx.keeps_details() => device.custom("proxmox_link", link),
        _ => device,
    }
}

/// The name by the operator's template, with `{node}` and `{cluster}` put in.
fn device_name(template: Option<&str>, node: &str, cluster: &str) -> String {
    let name = template.unwrap_or("{node}").replace("{node}", node).replace("{cluster}", cluster);
    let name = if name.trim().is_empty() { node } else { name.trim() };
    fit(name, NAME, &format!("~{}", digest(name)))
}

fn default_site(cluster: &str) -> String {
    let name = format!("Proxmox Default Site - {cluster}");
    fit(&name, SITE_NAME, &format!("~{}", digest(&name)))
}

export!(Node: NodeMapper);
