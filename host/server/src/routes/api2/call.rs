//! What a request below the prefix asks for.

use super::{CONTROLS, PREFIX};
use crate::error::{ApiError, InvalidPart};
use crate::query::Params;
use axum::http::StatusCode;
use proxbox_catalogue::{
    CatalogueError, FindError, InvalidParameters, LATEST, Operation, ParameterError, Place, exposed_name,
};
use proxbox_model::Diagnostic as _;

/// The version and the path below it, both still as they came.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked<'a> {
    pub(super) version: &'a str,
    /// Whether the path named the version.
    pub(super) versioned: bool,
    /// With its first slash.
    pub(super) path: &'a str,
}

impl<'a> Asked<'a> {
    /// No path of Proxmox VE begins with a digit, so what does is meant as a version.
    pub(super) fn of(path: &'a str) -> Self {
        let rest = path.strip_prefix(PREFIX).unwrap_or(path);
        let (first, below) =
            match rest.strip_prefix('/').map(|rest| rest.split_once('/').unwrap_or((rest, ""))) {
                Some((first, _)) if first == LATEST || first.starts_with(|c: char| c.is_ascii_digit()) => {
                    (first, rest.get(1 + first.len()..).unwrap_or_default())
                }
                _ => return Self { version: LATEST, versioned: false, path: rest },
            };
        Self { version: first, versioned: true, path: below }
    }

    /// Where the operations of this version are.
    pub(super) fn prefix(&self) -> String {
        if self.versioned { format!("{PREFIX}/{}", self.version) } else { PREFIX.to_owned() }
    }
}

/// The parameters about the endpoint, and those of the operation under the names that Proxmox VE has for them.
pub(super) fn parted(operation: &Operation, pairs: Vec<(String, String)>) -> (Params, Vec<(String, String)>) {
    let known = operation.query_parameters();
    let (controls, rest): (Vec<_>, Vec<_>) =
        pairs.into_iter().partition(|(name, _)| CONTROLS.contains(&name.as_str()));
    let own_name = |name: String| match known.iter().find(|(own, _)| exposed_name(own, &CONTROLS) == name) {
        Some((own, _)) => (*own).to_owned(),
        None => name,
    };
    let query = rest.into_iter().map(|(name, value)| (own_name(name), value)).collect();
    (controls.into_iter().collect(), query)
}

/// What is said about a version that there is not, or that cannot be read.
pub(super) fn no_catalogue(error: &CatalogueError) -> ApiError {
    let status = match error {
        CatalogueError::UnknownVersion { .. } | CatalogueError::NotAVersion(_) => StatusCode::NOT_FOUND,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    ApiError::fault(status, error)
}

/// What is said about a path that nothing can be read at.
pub(super) fn not_found(error: &FindError) -> ApiError {
    let status = match error {
        FindError::UnsafePath { .. } => StatusCode::BAD_REQUEST,
        FindError::NoSuchPath { .. } => StatusCode::NOT_FOUND,
        FindError::NoSuchMethod { .. } => {
            return ApiError::Fault {
                status: StatusCode::NOT_FOUND,
                message: error.to_string(),
                detail: error.hint().map(|hint| format!("{hint} Only what reads is answered here.")),
                chain: Vec::new(),
            };
        }
    };
    ApiError::fault(status, error)
}

/// What is said about parameters that do not fit. Values are not repeated.
pub(super) fn invalid(InvalidParameters(errors): InvalidParameters) -> ApiError {
    ApiError::Invalid(errors.into_iter().map(part).collect())
}

fn part(error: ParameterError) -> InvalidPart {
    let kind = if error.value.is_none() { "missing" } else { "value_error" };
    let (place, name) = match error.place {
        Place::Path => ("path", error.parameter.as_str().into()),
        Place::Query => ("query", exposed_name(&error.parameter, &CONTROLS)),
    };
    let message = format!("{name} {}", error.problem);
    InvalidPart::new(kind, place, &name, message).allowing(error.allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_catalogue::{Method, Shelf};

    #[test]
    fn a_version_is_what_begins_with_a_digit() {
        let asked = |path| {
            let asked = Asked::of(path);
            (asked.version, asked.path, asked.prefix())
        };
        let latest = || PREFIX.to_owned();
        assert_eq!(asked("/proxmox/api2/nodes/pve1"), (LATEST, "/nodes/pve1", latest()));
        assert_eq!(asked("/proxmox/api2"), (LATEST, "", latest()));
        assert_eq!(asked("/proxmox/api2/"), (LATEST, "/", latest()));
        assert_eq!(asked("/proxmox/api2/9.1/nodes"), ("9.1", "/nodes", "/proxmox/api2/9.1".to_owned()));
        assert_eq!(asked("/proxmox/api2/9.1"), ("9.1", "", "/proxmox/api2/9.1".to_owned()));
        assert_eq!(asked("/proxmox/api2/latest/"), (LATEST, "/", "/proxmox/api2/latest".to_owned()));
        assert_eq!(asked("/proxmox/api2//9.1/nodes"), (LATEST, "//9.1/nodes", latest()));
    }

    #[test]
    fn a_parameter_of_proxmox_that_is_called_like_one_of_ours_has_a_prefix() {
        let catalogue = Shelf::bundled().get(LATEST).unwrap();
        let tasks = catalogue.operation(Method::Get, "/nodes/{node}/tasks").unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let pairs = vec![pair("source", "database"), pair("op_source", "all"), pair("op_limit", "1")];
        let (controls, query) = parted(&tasks, pairs);
        assert_eq!(controls.text("source"), Some("database"));
        assert_eq!(query, [pair("source", "all"), pair("op_limit", "1")]);
        let Err(refused) = tasks.check_parameters(&[pair("node", "pve1")], &[pair("source", "never")]) else {
            panic!("accepted")
        };
        let ApiError::Invalid(parts) = invalid(refused) else { panic!("another error") };
        assert_eq!(parts[0].loc, ["query", "op_source"]);
        assert!(parts[0].msg.starts_with("op_source must be one of: "), "{}", parts[0].msg);
    }
}
