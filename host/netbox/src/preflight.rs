//! Whether the token may write, found out without writing.

use crate::client::Netbox;
use crate::error::NetboxError;
use crate::transport::{Request, Retry};
use proxbox_model::Problem;
use proxbox_model::kind::Kind;
use reqwest::Method;

impl Netbox {
    /// Asks for each of these kinds whether the token may make objects of it; one problem for each that it may not. Costs NetBox a
    /// fraction of a second a kind. Kinds that this NetBox lacks are left out.
    ///
    /// # Errors
    /// When NetBox cannot be reached or does not accept the token.
    pub async fn preflight(&self, kinds: &[&'static Kind]) -> Result<Vec<Problem>, NetboxError> {
        let problem = |kind: &Kind| {
            let message = format!("The token of NetBox at {} may not make any {}", self.url(), kind.label);
            Problem::new("netbox-may-not-write", message).with_hint(
                "Give the token's user permission to view, add and change these objects, and enable writing for the token itself.",
            )
        };
        Ok(self.may_not_write(kinds).await?.into_iter().map(problem).collect())
    }

    /// Those of these kinds of which the token may not make objects.
    ///
    /// # Errors
    /// As [`Self::preflight`].
    pub async fn may_not_write(&self, kinds: &[&'static Kind]) -> Result<Vec<&'static Kind>, NetboxError> {
        let capabilities = self.known_capabilities().await?;
        let mut refused = Vec::new();
        for kind in kinds.iter().copied().filter(|kind| capabilities.supports(kind)) {
            let request = Request {
                method: Method::OPTIONS,
                path: kind.path,
                query: &[],
                body: None,
                retry: Retry::AnyPassing,
            };
            let may_write = match self.transport.send(&request).await {
                // NetBox describes what a POST takes only to those who may send one.
                Ok(options) => options.pointer("/actions/POST").is_some(),
                Err(NetboxError::Forbidden { .. }) => false,
                Err(error) => return Err(error),
            };
            if !may_write {
                refused.push(kind);
            }
        }
        Ok(refused)
    }
}
