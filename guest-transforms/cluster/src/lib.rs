//! The default mapping of a Proxmox cluster, or a node on its own, to a NetBox cluster.

use proxbox_transform_sdk::facts::ClusterFacts;
use proxbox_transform_sdk::{
    ClusterMapper, Context, Draft, Outcome, cluster_type, export, fit, proxbox_tag, slug,
};

/// The mapper that the host has built in.
pub struct Cluster;

impl ClusterMapper for Cluster {
    fn map(cx: &Context, fact: &ClusterFacts) -> Outcome {
        let mode = fact.mode.as_str();
        let mut cluster = Draft::new("virtualization.cluster")
            .text("name", fit(&fact.name, 100, ""))
            .reference("type", cluster_type(slug(mode)))
            .text("description", format!("Proxmox {mode} cluster."))
            .tag(proxbox_tag());
        if cx.keeps_identity_in_custom_fields() {
            cluster = cluster.custom("proxmox_cluster_name", fact.name.as_str());
        }
        Outcome::object(cluster).bring(kind_of_cluster(mode))
    }
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
