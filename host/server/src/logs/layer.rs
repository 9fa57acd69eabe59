use super::LogBuffer;
use super::buffer::Fresh;
use super::entry::{About, Level};
use super::redact::redact;
use std::error::Error;
use std::fmt::{self, Write as _};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Bytes of a message or a chain of causes; what is longer is cut.
const MAX_TEXT: usize = 8 * 1024;
/// Bytes of a name.
const MAX_NAME: usize = 256;

/// Feeds a [`LogBuffer`].
///
/// `run`, `operation`, `phase`, `resource_type` and `resource_id` of an event and of the spans around it say what it is
/// about; `causes`, or the sources of a field that holds an error, become what is shown at a second look.
#[derive(Clone, Debug)]
pub struct LogLayer(LogBuffer);

impl LogBuffer {
    /// The layer that feeds it.
    pub fn layer(&self) -> LogLayer {
        LogLayer(self.clone())
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for LogLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields.about);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        if let Some(span) = context.span(id)
            && let Some(about) = span.extensions_mut().get_mut::<About>()
        {
            fields.about.fill(about);
            *about = fields.about;
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut about = fields.about;
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(outer) = span.extensions().get::<About>() {
                about.fill(outer);
            }
        }
        let mut message = fields.message;
        if !message.is_empty() && !fields.others.is_empty() {
            message.push(' ');
        }
        message.push_str(&fields.others);
        self.0.push(Fresh {
            level: Level::from(event.metadata().level()),
            module: event.metadata().target().to_owned(),
            message: kept(&message),
            about,
            traceback: fields.causes.map(|causes| kept(&causes)),
        });
    }
}

/// A text as it may be kept.
fn kept(text: &str) -> String {
    redact(cut(text, MAX_TEXT)).into_owned()
}

fn cut(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

#[derive(Default)]
struct Fields {
    message: String,
    /// As `name=value name=value`.
    others: String,
    about: About,
    causes: Option<String>,
}

impl Fields {
    fn put(&mut self, name: &str, value: &str) {
        if let Some(member) = self.about.member(name) {
            *member = Some(redact(cut(value, MAX_NAME)).into_owned());
            return;
        }
        match name {
            "message" => self.message.push_str(value),
            "causes" => self.causes = Some(value.to_owned()).filter(|causes| !causes.is_empty()),
            _ => {
                let gap = if self.others.is_empty() { "" } else { " " };
                // Writing to a string does not fail.
                let _ = write!(self.others, "{gap}{name}={value}");
            }
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field.name(), &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field.name(), value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.put(field.name(), &value.to_string());
        let chain: Vec<String> =
            std::iter::successors(value.source(), |&error| error.source()).map(ToString::to_string).collect();
        if !chain.is_empty() {
            self.causes = Some(chain.join("\n"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::query::{Filter, LogQuery};
    use super::*;
    use tracing_subscriber::layer::SubscriberExt as _;

    fn logged(work: impl FnOnce()) -> Vec<super::super::Entry> {
        let buffer = LogBuffer::default();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(buffer.layer()), work);
        let query = LogQuery { filter: Filter::default(), limit: 100, offset: 0 };
        buffer.select(&query).entries.iter().map(|entry| entry.as_ref().clone()).collect()
    }

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn events_know_the_run_that_they_happen_in() {
        let entries = logged(|| {
            let run = tracing::info_span!("run", run = "r-1", operation = "full-update");
            let _run = run.enter();
            let stage = tracing::info_span!("stage", phase = tracing::field::Empty);
            let _stage = stage.enter();
            stage.record("phase", "devices");
            tracing::warn!(resource_type = "node", resource_id = "pve1", code = "x", "cannot");
        });
        let about = About {
            operation_id: Some("r-1".to_owned()),
            operation: Some("full-update".to_owned()),
            phase: Some("devices".to_owned()),
            resource_type: Some("node".to_owned()),
            resource_id: Some("pve1".to_owned()),
        };
        assert_eq!((&entries[0].about, entries[0].message.as_str()), (&about, "cannot code=x"));
        assert_eq!((entries[0].level, entries[0].expandable.traceback.as_deref()), (Level::Warning, None));
        assert!(entries[0].module.ends_with("logs::layer::tests"));
    }

    #[test]
    fn causes_are_for_a_second_look() {
        let entries = logged(|| {
            let error = Outer(std::io::Error::other("inner"));
            tracing::error!(error = &error as &dyn Error, "failed");
            tracing::error!(causes = "one\ntwo", "failed");
            tracing::error!(causes = None::<String>, "failed");
        });
        let shown: Vec<_> = entries
            .iter()
            .map(|entry| (entry.message.as_str(), entry.expandable.traceback.as_deref()))
            .collect();
        assert_eq!(
            shown,
            [("failed", None), ("failed", Some("one\ntwo")), ("failed error=outer", Some("inner"))]
        );
    }

    #[test]
    fn secrets_are_taken_out_wherever_they_stand() {
        let entries = logged(|| {
            tracing::info!(password = "hunter2", "sent Authorization: Bearer hunter2-hunter2");
            tracing::info!(causes = "api_key=hunter2", resource_id = "token=hunter2", "x");
        });
        assert_eq!(entries.len(), 2);
        assert!(!format!("{entries:?}").contains("hunter2"), "{entries:?}");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let entries = logged(|| tracing::info!("{}", "ü".repeat(MAX_TEXT)));
        assert_eq!(entries[0].message.len(), MAX_TEXT);
    }
}
