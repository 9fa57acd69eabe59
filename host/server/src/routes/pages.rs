//! Pages for people, and the files that they are made of. Everything comes from here: no other host is asked.

use super::overview;
use crate::auth;
use crate::error::{ApiError, DetailBody, InvalidBody};
use crate::query::Params;
use crate::state::{self, AppState};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};
use utoipa_swagger_ui::Config;

const DOCS: &str = include_str!("../../assets/docs.html");
const ADMIN: &str = include_str!("../../assets/admin.html");
const LOGIN: &str = include_str!("../../assets/admin-login.html");
/// Where the page has room for what it shows.
const ROOM: &str = "<main>\n";

/// Files of our own: name, type and text.
const OWN: &[(&str, &str, &str)] = &[
    ("admin.css", "text/css; charset=utf-8", include_str!("../../assets/admin.css")),
    ("admin.js", "text/javascript; charset=utf-8", include_str!("../../assets/admin.js")),
    ("docs.css", "text/css; charset=utf-8", include_str!("../../assets/docs.css")),
    ("docs.js", "text/javascript; charset=utf-8", include_str!("../../assets/docs.js")),
    ("icon.svg", "image/svg+xml", include_str!("../../assets/icon.svg")),
];

/// Files of Swagger UI that the page of the API is made of.
const SWAGGER: &[&str] = &["swagger-ui.css", "swagger-ui-bundle.js"];

static SWAGGER_CONFIG: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::from("/openapi.json")));

/// The API, for people
#[utoipa::path(get, path = "/docs", tag = "meta", security(()), responses(
    (status = 200, body = String, content_type = "text/html"),
))]
pub(crate) async fn docs() -> Html<&'static str> {
    Html(DOCS)
}

/// The API, for people
///
/// The same page as `/docs`.
#[utoipa::path(get, path = "/redoc", tag = "meta", security(()), responses(
    (status = 200, body = String, content_type = "text/html"),
))]
pub(crate) async fn redoc() -> Html<&'static str> {
    Html(DOCS)
}

/// A file of these pages
#[utoipa::path(get, path = "/static/{file}", tag = "meta", security(()), params(("file" = String, Path)), responses(
    (status = 200, description = "The file", body = String, content_type = "application/octet-stream"),
    (status = 404, body = DetailBody),
))]
pub(crate) async fn file(Path(name): Path<String>) -> Result<Response, ApiError> {
    let (kind, bytes) = own(&name).or_else(|| swagger(&name)).ok_or_else(state::not_found)?;
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=3600")], bytes)
        .into_response())
}

type File = (&'static str, Cow<'static, [u8]>);

fn own(name: &str) -> Option<File> {
    let (_, kind, text) = OWN.iter().find(|(own, ..)| *own == name)?;
    Some((kind, Cow::Borrowed(text.as_bytes())))
}

fn swagger(name: &str) -> Option<File> {
    let name = SWAGGER.iter().find(|own| **own == name)?;
    let file = utoipa_swagger_ui::serve(name, Arc::clone(&SWAGGER_CONFIG)).ok()??;
    let kind =
        if name.ends_with(".css") { "text/css; charset=utf-8" } else { "text/javascript; charset=utf-8" };
    Some((kind, file.bytes))
}

/// The service at a glance, for people
///
/// Release, endpoints, runs at work and recent runs. A browser cannot send the key by itself: to one that sends none, the
/// page asks for it.
#[utoipa::path(get, path = "/admin/", tag = "admin",
    params(
        ("offset" = Option<u64>, Query, description = "How many of the recent runs to leave out."),
        ("limit" = Option<u64>, Query, description = "How many recent runs to show, 100 at most."),
    ),
    responses(
        (status = 200, body = String, content_type = "text/html"),
        (status = 401, description = "To browsers, a page that asks for the key.", body = DetailBody),
        (status = 422, body = InvalidBody),
    ),
)]
pub(crate) async fn admin(
    State(state): State<AppState>,
    params: Params,
    request: Request,
) -> Result<Response, ApiError> {
    let key = auth::key(request.headers());
    let asks = key.is_none() && wants_a_page(request.headers());
    match auth::admit(&state, auth::client(&state, &request), key).await {
        Ok(()) => {}
        Err(ApiError::Detail(StatusCode::UNAUTHORIZED, _)) if asks => {
            return Ok((StatusCode::UNAUTHORIZED, Html(page(LOGIN))).into_response());
        }
        Err(error) => return Err(error),
    }
    let overview = overview::of(&state, &params).await?;
    let fresh = [(header::CACHE_CONTROL, "no-store")];
    Ok((fresh, Html(page(&overview))).into_response())
}

fn wants_a_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

fn page(content: &str) -> String {
    ADMIN.replacen(ROOM, &format!("{ROOM}{content}"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_a_page_names_is_served() {
        for page in [DOCS, ADMIN] {
            let names: Vec<&str> =
                page.split("/static/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
            assert!(!names.is_empty());
            for name in names {
                assert!(own(name).or_else(|| swagger(name)).is_some(), "{name}");
            }
        }
        assert!(own("../Cargo.toml").is_none() && swagger("index.html").is_none());
    }

    #[test]
    fn pages_ask_no_other_host() {
        let assets = OWN.iter().map(|(.., text)| *text).chain([DOCS, ADMIN, LOGIN]);
        for text in assets {
            // The name of a vocabulary is no address that anybody asks.
            let text = text.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
            assert!(!text.contains("://"), "{text}");
        }
    }

    #[test]
    fn the_page_has_room() {
        assert!(page("<p>x</p>").contains("<main>\n<p>x</p>"));
    }
}
