//! Whether an outcome is one that the host takes. What a draft may hold is for the reconciler to say; here it is about
//! size and shape.

use crate::abi::{RawOutcome, to_model};
use crate::failure::Failure;
use crate::settings::Limits;
use proxbox_model::draft::{Draft, Field, KeyParts, Outcome, Value};

/// The outcome as the model has it.
pub(crate) fn outcome(outcome: RawOutcome, limits: &Limits) -> Result<Outcome, Failure> {
    let outcome = to_model(outcome);
    match &outcome {
        Outcome::Keep(drafts) if drafts.is_empty() => return Err(Failure::NoDraft),
        Outcome::Keep(drafts) if drafts.len() > limits.drafts => {
            return Err(Failure::Drafts { got: drafts.len(), limit: limits.drafts });
        }
        Outcome::Keep(drafts) => drafts.iter().try_for_each(|draft| check_draft(draft, limits.text))?,
        Outcome::Skip(reason) => text("skip", reason, limits.text)?,
        Outcome::Reject(rejection) => text("reject", &rejection.message, limits.text)?,
    }
    Ok(outcome)
}

fn check_draft(draft: &Draft, limit: usize) -> Result<(), Failure> {
    text("kind", &draft.kind, limit)?;
    key("key", &draft.key, limit)?;
    draft.fields.iter().chain(&draft.custom_fields).try_for_each(|field| check_field(field, limit))?;
    draft
        .tags
        .iter()
        .flat_map(|tag| [&tag.name, &tag.slug, &tag.color])
        .try_for_each(|part| text("tags", part, limit))
}

fn check_field(field: &Field, limit: usize) -> Result<(), Failure> {
    let name = &field.name;
    text("name", name, limit)?;
    match &field.value {
        Value::Null | Value::Flag(_) | Value::Integer(_) => Ok(()),
        Value::Decimal(value) | Value::Text(value) | Value::Json(value) => text(name, value, limit),
        Value::Texts(values) => values.iter().try_for_each(|value| text(name, value, limit)),
        Value::Reference(one) => key(name, &one.key, limit),
        Value::References(many) => many.iter().try_for_each(|one| key(name, &one.key, limit)),
    }
}

fn key(field: &str, parts: &KeyParts, limit: usize) -> Result<(), Failure> {
    parts
        .iter()
        .try_for_each(|(name, value)| text(field, name, limit).and_then(|()| text(field, value, limit)))
}

fn text(field: &str, text: &str, limit: usize) -> Result<(), Failure> {
    if text.len() <= limit {
        return Ok(());
    }
    let field = crate::tail::clean(field, 100);
    Err(Failure::Text { field, bytes: text.len(), limit })
}
