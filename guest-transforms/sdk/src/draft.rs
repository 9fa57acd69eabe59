//! Pleasant ways to make and change drafts and outcomes.

use crate::{Draft, Field, Outcome, Reference, Rejection, Tag, Value};

impl Draft {
    /// An empty draft of a NetBox model: `virtualization.virtualmachine`.
    pub fn new(kind: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            key: Vec::new(),
            fields: Vec::new(),
            custom_fields: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// A draft with the two fields by which NetBox names most shared objects. The slug is made of the name.
    pub fn named(kind: impl Into<String>, name: &str) -> Self {
        Self::new(kind).with("name", name).with("slug", crate::slug(name))
    }

    /// An empty draft of the object that a reference names, for a companion.
    pub fn about(reference: Reference) -> Self {
        Self { key: reference.key, ..Self::new(reference.kind) }
    }

    /// Sets a field; what was there under that name is replaced. `None` clears the field in NetBox.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.fields, name, value.into());
        self
    }

    /// Sets a text field or a choice.
    #[must_use]
    pub fn text(self, name: &str, value: impl Into<String>) -> Self {
        self.with(name, Value::Text(value.into()))
    }

    /// Sets a field that names another object.
    #[must_use]
    pub fn reference(self, name: &str, value: Reference) -> Self {
        self.with(name, value)
    }

    /// Sets a decimal field from its exact text: `2.00`.
    #[must_use]
    pub fn decimal(self, name: &str, value: impl Into<String>) -> Self {
        self.with(name, Value::Decimal(value.into()))
    }

    /// Clears a field in NetBox.
    #[must_use]
    pub fn null(self, name: &str) -> Self {
        self.with(name, Value::Null)
    }

    /// Leaves a field to whoever owns it in NetBox.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|field| field.name != name);
        self
    }

    /// Sets a custom field. Those not named stay.
    #[must_use]
    pub fn custom(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.custom_fields, name, value.into());
        self
    }

    /// Adds a tag. Those not named stay.
    #[must_use]
    pub fn tag(mut self, tag: Tag) -> Self {
        if self.tags.iter().all(|known| known.slug != tag.slug) {
            self.tags.push(tag);
        }
        self
    }

    /// Says which object is meant, when neither the fact nor the fields do.
    #[must_use]
    pub fn key(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.key.push((name.into(), value.into()));
        self
    }

    /// The value of a field, when the draft has it.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|field| field.name == name).map(|field| &field.value)
    }

    /// The value of a custom field, when the draft has it.
    pub fn get_custom(&self, name: &str) -> Option<&Value> {
        self.custom_fields.iter().find(|field| field.name == name).map(|field| &field.value)
    }
}

fn set(fields: &mut Vec<Field>, name: &str, value: Value) {
    match fields.iter_mut().find(|field| field.name == name) {
        Some(field) => field.value = value,
        None => fields.push(Field { name: name.to_owned(), value }),
    }
}

impl Tag {
    /// A tag; the slug is made of the name. The colour is six hexadecimal digits, lower case.
    pub fn new(name: &str, color: &str) -> Self {
        Self { name: name.to_owned(), slug: crate::slug(name), color: color.to_owned() }
    }
}

impl Outcome {
    /// Keeps one object.
    pub fn object(draft: Draft) -> Self {
        Self::Keep(vec![draft])
    }

    /// Leaves the fact out, for a reason shown to the operator.
    pub fn leave_out(reason: impl Into<String>) -> Self {
        Self::Skip(reason.into())
    }

    /// Changes the draft of the fact's own object; a fact that was skipped or rejected stays so.
    #[must_use]
    pub fn edit(mut self, change: impl FnOnce(Draft) -> Draft) -> Self {
        if let Self::Keep(drafts) = &mut self
            && let Some(own) = drafts.first_mut()
        {
            *own = change(std::mem::replace(own, Draft::new(String::new())));
        }
        self
    }

    /// Adds an object that this one needs or brings along.
    #[must_use]
    pub fn bring(mut self, companion: Draft) -> Self {
        if let Self::Keep(drafts) = &mut self {
            drafts.push(companion);
        }
        self
    }
}

impl Rejection {
    /// A rejection with a stable kebab-case code and one sentence for the operator.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), field: None }
    }

    /// Names the field of the fact at fault.
    #[must_use]
    pub fn of(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

impl From<Rejection> for Outcome {
    fn from(rejection: Rejection) -> Self {
        Self::Reject(rejection)
    }
}

impl From<Draft> for Outcome {
    fn from(draft: Draft) -> Self {
        Self::object(draft)
    }
}
