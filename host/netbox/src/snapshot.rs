//! What NetBox holds of the kinds that a run touches.

use crate::client::Netbox;
use crate::error::NetboxError;
use futures::{StreamExt, TryStreamExt};
use proxbox_model::kind::{KINDS, Kind};
use proxbox_reconcile::State;
use serde_json::{Map, Value as Json};
use std::sync::PoisonError;

type Object = Map<String, Json>;

impl Netbox {
    /// Reads every object of these kinds, as they are now. Kinds that this NetBox lacks are left out.
    ///
    /// Objects hold `id`, the fields of their kind, `tags` and `custom_fields`, and `display` where they have no name, in the form of
    /// [`bare`](proxbox_reconcile::bare).
    ///
    /// # Errors
    /// When a list cannot be read in full.
    pub async fn snapshot(&self, kinds: &[&'static Kind]) -> Result<State, NetboxError> {
        let capabilities = self.known_capabilities().await?;
        let firsts =
            kinds.iter().copied().filter(|kind| kind.pass_of.is_none() && capabilities.supports(kind));
        let reads = firsts.map(|kind| async move { Ok::<_, NetboxError>((kind, self.read(kind).await?)) });
        let mut state = State::new();
        for (kind, objects) in self.side_by_side(reads).await? {
            self.remember(kind, highest(&objects));
            state.insert(kind, objects);
        }
        Ok(state)
    }

    /// As many requests at a time as NetBox is to be asked.
    pub(crate) async fn side_by_side<T>(
        &self,
        requests: impl Iterator<Item = impl Future<Output = Result<T, NetboxError>>>,
    ) -> Result<Vec<T>, NetboxError> {
        let requests = requests.collect::<Vec<_>>();
        futures::stream::iter(requests).buffered(self.settings.max_concurrent.max(1)).try_collect().await
    }

    /// Every object of a kind, by ascending id.
    pub(crate) async fn read(&self, kind: &'static Kind) -> Result<Vec<Object>, NetboxError> {
        self.read_after(0, kind).await
    }

    /// Objects of a kind with a higher id, by ascending id.
    pub(crate) async fn read_after(&self, id: u64, kind: &'static Kind) -> Result<Vec<Object>, NetboxError> {
        self.rows_after(id, kind, &[("fields", &fields(kind))]).await
    }

    /// The highest id of a kind in the last snapshot: what NetBox holds above it has come since.
    pub(crate) fn read_up_to(&self, kind: &'static Kind) -> u64 {
        let read = self.read_up_to.lock().unwrap_or_else(PoisonError::into_inner);
        read.get(kind.path).copied().unwrap_or_default()
    }

    pub(crate) fn remember(&self, kind: &'static Kind, highest: u64) {
        let mut read = self.read_up_to.lock().unwrap_or_else(PoisonError::into_inner);
        read.insert(kind.path, highest);
    }
}

/// The highest id of a list that ascends.
pub(crate) fn highest(objects: &[Object]) -> u64 {
    objects.last().and_then(|object| object.get("id")?.as_u64()).unwrap_or_default()
}

/// What to ask for: counts, rendered contexts and the like cost NetBox most of its time.
pub(crate) fn fields(kind: &Kind) -> String {
    let mut names = vec!["id", "display"];
    let passes = KINDS.iter().filter(|other| other.pass_of == Some(kind.name));
    for kind in std::iter::once(kind).chain(passes) {
        names.extend(kind.fields.iter().map(|field| field.name));
    }
    names.extend(kind.reads);
    names.extend(kind.unscoped.iter().filter(|name| kind.field(name).is_none()));
    if kind.tags {
        names.push("tags");
    }
    if kind.custom_fields {
        names.push("custom_fields");
    }
    names.join(",")
}
