//! Which Proxmox endpoints a request is about.

use crate::error::ApiError;
use crate::query::{POSITIVE, Params, positive};
use crate::state::AppState;
use proxbox_model::endpoint::ProxmoxEndpoint;
use proxbox_store::Selection;

const MAX_IDS_TEXT: usize = 255;
const MAX_IDS: usize = 100;
/// Names of the condition on an endpoint's name; the second one is that of the proxy routes.
const NAMES: [&str; 2] = ["name", "target_name"];
const DOMAINS: [&str; 2] = ["domain", "target_domain"];
const ADDRESSES: [&str; 2] = ["ip_address", "target_ip_address"];
const IDS: [&str; 2] = ["proxmox_endpoint_ids", "endpoint_ids"];

/// The enabled endpoints that a request selects; all of them when it says nothing. Never empty.
pub(super) async fn endpoints(state: &AppState, params: &Params) -> Result<Vec<ProxmoxEndpoint>, ApiError> {
    let (selection, field) = of(params)?;
    let endpoints = state.store.proxmox_select(&selection).await?;
    if endpoints.is_empty() {
        return Err(ApiError::bad_request(
            "No Proxmox endpoint to read",
            format!("No result found for Proxmox Sessions based on the provided {field}"),
        ));
    }
    Ok(endpoints)
}

/// The endpoints meant, and the name of what was given, for the case that it leads nowhere.
fn of(params: &Params) -> Result<(Selection, &'static str), ApiError> {
    if params.text("source").is_some_and(|source| source != "database") {
        return Err(ApiError::bad_request(
            "Only source=database is supported",
            "NetBox does not hand out the credentials of its Proxmox endpoints; store them with POST /proxmox/endpoints.",
        ));
    }
    let given = |names: [&'static str; 2]| names.into_iter().find(|name| params.text(name).is_some());
    let owned = |names| given(names).and_then(|name| params.text(name)).map(str::to_owned);
    let ids = given(IDS).map_or(Ok(Vec::new()), |name| ids(name, params.text(name).unwrap_or_default()))?;
    let selection =
        Selection { ids, name: owned(NAMES), domain: owned(DOMAINS), ip_address: owned(ADDRESSES) };
    let field = [IDS, NAMES, DOMAINS, ADDRESSES].into_iter().find_map(given).unwrap_or("source");
    Ok((selection, field))
}

fn ids(name: &str, text: &str) -> Result<Vec<i64>, ApiError> {
    let bad = |msg: String| ApiError::bad_request("Invalid endpoint ids", format!("{name}: {msg}"));
    if text.len() > MAX_IDS_TEXT {
        return Err(bad(format!("at most {MAX_IDS_TEXT} characters are allowed")));
    }
    let ids = positive(text).ok_or_else(|| bad(POSITIVE.to_owned()))?;
    if ids.len() > MAX_IDS {
        return Err(bad(format!("at most {MAX_IDS} ids are allowed")));
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plugins_name_of_the_ids_wins() {
        let (selection, field) =
            of(&Params::from([("endpoint_ids", "1"), ("proxmox_endpoint_ids", "41,2"), ("port", "8006")]))
                .unwrap();
        assert_eq!((selection.ids, field), (vec![41, 2], "proxmox_endpoint_ids"));
    }

    #[test]
    fn nothing_given_means_all() {
        let (selection, field) = of(&Params::from([("source", "database"), ("name", " ")])).unwrap();
        assert_eq!((selection, field), (Selection::default(), "source"));
    }

    #[test]
    fn a_target_is_an_endpoint_too() {
        let (selection, field) = of(&Params::from([("target_name", "lab (nb:1)")])).unwrap();
        assert_eq!((selection.name.as_deref(), field), (Some("lab (nb:1)"), "target_name"));
    }

    #[test]
    fn too_many_ids_and_other_sources_are_refused() {
        let many = vec!["1"; 101].join(",");
        let long = "1".repeat(256);
        for (name, value) in [
            ("endpoint_ids", many.as_str()),
            ("endpoint_ids", &long),
            ("endpoint_ids", "x"),
            ("source", "netbox"),
        ] {
            assert!(of(&Params::from([(name, value)])).is_err(), "{name}={value}");
        }
    }
}
