//! Which cluster answers, whatever it is called: each cluster, and each node on its own, has a certificate authority that was made
//! with it, and goes on with the first node of a new cluster.

use crate::client::Proxmox;
use crate::lenient::Fields;
use proxbox_model::facts::NodeFacts;
use serde_json::Value as Json;
use std::time::Duration;

/// Everybody who can log in may read it, and it takes no time; without it a source is known by its endpoint.
const LIMIT: Duration = Duration::from_secs(10);

/// The certificate that Proxmox issues to each node, and that authority's own.
const CERTIFICATES: [(&str, &str); 2] = [("pve-ssl.pem", "issuer"), ("pve-root-ca.pem", "subject")];

/// The id of the authority that issued the nodes' certificates; none when that cannot be read.
pub(crate) async fn read(client: &Proxmox, nodes: &[NodeFacts]) -> Option<String> {
    let node = nodes.iter().find(|node| node.online)?;
    match client.get_once(&format!("/nodes/{}/certificates/info", node.name), &[], LIMIT).await {
        Ok(certificates) => parse(&certificates),
        Err(error) => {
            tracing::debug!(%error, "the certificate authority is not known");
            None
        }
    }
}

fn parse(certificates: &Json) -> Option<String> {
    CERTIFICATES.into_iter().find_map(|(file, field)| {
        let entries = certificates.as_array()?.iter();
        let of_file = |entry: &&Json| Fields::of(entry).text("filename").as_deref() == Some(file);
        let name = Fields::of(entries.clone().find(of_file)?).text(field)?;
        let unit = name.split(['/', ',']).find_map(|part| part.trim().strip_prefix("OU"))?;
        let id = unit.trim_start().strip_prefix('=')?.trim();
        (!id.is_empty()).then(|| id.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CA: &str =
        "/CN=Proxmox Virtual Environment/OU=0a1b2c3d-aaaa-bbbb-cccc-000000000001/O=PVE Cluster Manager CA";
    const ID: &str = "0a1b2c3d-aaaa-bbbb-cccc-000000000001";

    #[test]
    fn the_authority_of_the_nodes_certificate_is_the_source() {
        let certificates = json!([
            {"filename": "pveproxy-ssl.pem", "issuer": "/C=US/O=Let's Encrypt/OU=elsewhere/CN=R3"},
            {"filename": "pve-ssl.pem", "subject": "/OU=PVE Cluster Node/CN=pve1", "issuer": CA},
        ]);
        assert_eq!(parse(&certificates).as_deref(), Some(ID));
    }

    #[test]
    fn the_authoritys_own_certificate_does_as_well_and_so_does_another_spelling() {
        assert_eq!(parse(&json!([{"filename": "pve-root-ca.pem", "subject": CA}])).as_deref(), Some(ID));
        let spelled = "CN = Proxmox Virtual Environment, OU = abc, O = PVE Cluster Manager CA";
        assert_eq!(parse(&json!([{"filename": "pve-ssl.pem", "issuer": spelled}])).as_deref(), Some("abc"));
    }

    #[test]
    fn an_answer_without_an_authority_names_none() {
        for certificates in
            [json!(null), json!([]), json!([{"filename": "pve-ssl.pem", "issuer": "/CN=x"}]), json!([{}])]
        {
            assert_eq!(parse(&certificates), None, "{certificates}");
        }
    }
}
