//! Modules from the network.

use crate::digest::Digest;
use crate::error::{ContentError, ModulesError};
use futures::StreamExt as _;
use proxbox_model::endpoint::TlsPolicy;
use reqwest::redirect;
use std::time::Duration;
use url::Url;

/// No server needs longer for what a module may weigh.
const TIMEOUT: Duration = Duration::from_secs(300);

const REDIRECTS: usize = 5;

/// Fetches a module over https. The content must have that digest, and may have so many bytes.
///
/// # Errors
/// When the address is not an https one, the server does not give the file, or it is not what was asked for.
pub async fn download(address: &str, digest: &Digest, limit: u64) -> Result<Vec<u8>, ModulesError> {
    let url = Url::parse(address)
        .ok()
        .filter(|url| url.scheme() == "https")
        .ok_or_else(|| ModulesError::Address { url: address.to_owned() })?;
    let tls = proxbox_tls::client_config(&TlsPolicy::Verify)
        .map_err(|error| ModulesError::Fetch { url: shown(&url), reason: error.to_string() })?;
    let client = client(tls).https_only(true).build().map_err(|error| fetch_error(&url, &error))?;
    fetch(&client, url, digest, limit).await
}

fn client(tls: rustls::ClientConfig) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(redirect::Policy::limited(REDIRECTS))
        .timeout(TIMEOUT)
}

async fn fetch(
    client: &reqwest::Client,
    url: Url,
    digest: &Digest,
    limit: u64,
) -> Result<Vec<u8>, ModulesError> {
    let failed = |error: reqwest::Error| fetch_error(&url, &error);
    let response =
        client.get(url.clone()).send().await.and_then(reqwest::Response::error_for_status).map_err(failed)?;
    let refused = |source| ModulesError::Content { file: shown(&url), source };
    if let Some(size) = response.content_length().filter(|size| *size > limit) {
        return Err(refused(ContentError::TooBig { size, limit }));
    }
    let mut bytes = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(chunk) = stream.next().await {
        bytes.extend_from_slice(&chunk.map_err(failed)?);
        let size = bytes.len() as u64;
        if size > limit {
            return Err(refused(ContentError::TooBig { size, limit }));
        }
    }
    let found = Digest::of(&bytes);
    if found != *digest {
        return Err(ModulesError::Fetch {
            url: shown(&url),
            reason: format!("its content has SHA-256 {found}, not {digest}"),
        });
    }
    Ok(bytes)
}

fn fetch_error(url: &Url, error: &reqwest::Error) -> ModulesError {
    let mut reason = match error.status() {
        Some(status) => format!("the server answered {status}"),
        None => {
            let mut cause: &dyn std::error::Error = error;
            while let Some(deeper) = cause.source() {
                cause = deeper;
            }
            cause.to_string()
        }
    };
    if error.is_timeout() {
        reason = "the server took too long".to_owned();
    }
    ModulesError::Fetch { url: shown(url), reason }
}

/// Without what may be secret: user, password and query.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // An https address can lose both.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proxbox_model::Diagnostic as _;
    use wiremock::matchers::path;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    async fn fetched(body: &[u8], digest: &Digest, limit: u64) -> Result<Vec<u8>, ModulesError> {
        let server = MockServer::start().await;
        let template = ResponseTemplate::new(200).set_body_bytes(body);
        Mock::given(path("/module.wasm")).respond_with(template).mount(&server).await;
        let url = Url::parse(&format!("{}/module.wasm?token=hush", server.uri())).unwrap();
        let client = client(proxbox_tls::plaintext_config().unwrap()).no_proxy().build().unwrap();
        fetch(&client, url, digest, limit).await
    }

    #[tokio::test]
    async fn a_module_of_the_right_digest_is_taken() {
        assert_eq!(fetched(b"wasm", &Digest::of(b"wasm"), 4).await.unwrap(), b"wasm");
    }

    #[tokio::test]
    async fn another_content_is_refused_without_showing_the_query() {
        let refused = fetched(b"evil", &Digest::of(b"wasm"), 10).await.unwrap_err();
        assert_eq!(refused.code(), "module-not-fetched");
        assert!(
            refused.to_string().contains("its content has SHA-256") && !refused.to_string().contains("hush")
        );
    }

    #[tokio::test]
    async fn a_module_that_is_too_large_is_refused() {
        let refused = fetched(b"large", &Digest::of(b"large"), 4).await.unwrap_err();
        assert_eq!(refused.code(), "module-too-big");
    }

    #[tokio::test]
    async fn plain_http_is_refused() {
        let refused = download("http://example.org/a.wasm", &Digest::of(b""), 1).await.unwrap_err();
        assert_eq!(refused.code(), "module-address");
    }
}
