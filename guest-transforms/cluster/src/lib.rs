//! The default mapping of a Proxmox cluster, or a node on its own, to a NetBox cluster.

use proxbox_transform_sdk::facts::ClusterFacts;
use proxbox_transform_sdk::{
    ClusterMapper, Context, Draft, Outcome, cluster_type, export, fit, proxbox_tag, site, slug, tenant,
};

/// The mapper that the host has built in.
pub struct Cluster;

impl ClusterMapper for Cluster {
    fn map(cx: &Context, fact: &ClusterFacts) -> Outcome {
        let mode = fact.mode.as_str();
        let cluster = Draft::new("virtualization.cluster")
            .text("name", fit(&fact.name, 100, ""))
            .reference("type", cluster_type(slug(mode)))
            .text("description", format!("Proxmox {mode} cluster."))
            .tag(proxbox_tag());
        Outcome::object(detailed(placed(cluster, cx), cx, fact)).bring(kind_of_cluster(mode))
    }
}

/// Where the operator's choices put the cluster.
fn placed(mut cluster: Draft, cx: &Context) -> Draft {
    if let Some(slug) = cx.option("site") {
        cluster = cluster.reference("scope_id", site(slug));
    }
    match cx.option("tenant") {
        Some(slug) => cluster.reference("tenant", tenant(slug)),
        None => cluster,
    }
}

fn detailed(mut cluster: Draft, cx: &Context, fact: &ClusterFacts) -> Draft {
    if cx.keeps_identity_in_custom_fields() {
        cluster = cluster.custom("proxmox_cluster_name", fact.name.as_str());
    }
    if cx.keeps_details() {
        let status = if fact.quorate { "quorate" } else { "no quorum" };
        cluster = cluster.custom("proxmox_cluster_status", status);
    }
    cluster
}

fn kind_of_cluster(mode: &str) -> Draft {
    Draft::named("virtualization.clustertype", &capitalised(mode))
        .text("description", format!("Proxmox {mode} mode"))
        .tag(proxbox_tag())
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters).collect()
}

export!(Cluster: ClusterMapper);
