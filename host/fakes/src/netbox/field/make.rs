//! Fields of each kind, to begin a model's table with.

use super::{Choices, Decimals, Field, Holds, Initial, Nested, OnDelete, Relation};

pub(crate) const fn text(name: &'static str, most: usize) -> Field {
    Field::new(name, Holds::Text(most), Initial::Text("")).blank()
}
pub(crate) const fn slug(name: &'static str, most: usize) -> Field {
    Field::new(name, Holds::Slug(most), Initial::Text("")).required()
}
pub(crate) const fn flag(name: &'static str, initial: bool) -> Field {
    Field::new(name, Holds::Flag, Initial::Flag(initial))
}
pub(crate) const fn integer(name: &'static str, least: i64, most: i64) -> Field {
    Field::new(name, Holds::Integer(least, most), Initial::Null)
}
pub(crate) const fn big(name: &'static str, least: i64) -> Field {
    Field::new(name, Holds::Big(least), Initial::Null)
}
/// One of the choices, written and shown bare.
pub(crate) const fn word(name: &'static str, choices: Choices, initial: &'static str) -> Field {
    Field::new(name, Holds::Word(choices), Initial::Text(initial))
}
/// A date with a time; none unless it is given.
pub(crate) const fn moment(name: &'static str) -> Field {
    Field::new(name, Holds::Moment, Initial::Null)
}
pub(crate) const fn decimal(name: &'static str, limits: Decimals) -> Field {
    Field::new(name, Holds::Decimal(limits), Initial::Null)
}
pub(crate) const fn choice(name: &'static str, choices: Choices, initial: &'static str) -> Field {
    Field::new(name, Holds::Choice(choices), Initial::Text(initial))
}
pub(crate) const fn related(name: &'static str, model: &'static str, on_delete: OnDelete) -> Field {
    Field::new(name, Holds::Related(Relation { model, on_delete, shown: &[], bare: false }), Initial::Null)
}
pub(crate) const fn many(name: &'static str, model: &'static str) -> Field {
    Field::new(name, Holds::Many(model), Initial::List)
}
pub(crate) const fn other(name: &'static str, holds: Holds, initial: Initial) -> Field {
    Field::new(name, holds, initial)
}
pub(crate) const fn read(name: &'static str, holds: Holds) -> Field {
    let mut field = Field::new(name, holds, Initial::Null);
    field.read_only = true;
    field
}
/// Counted on reading, and left out where the object is nested.
pub(crate) const fn count(name: &'static str, model: &'static str, field: &'static str) -> Field {
    read(name, Holds::Count { model, field, nested: Nested::Hidden })
}
/// Counted on reading, and zero where the object is nested.
pub(crate) const fn annotated(name: &'static str, model: &'static str, field: &'static str) -> Field {
    read(name, Holds::Count { model, field, nested: Nested::Zero })
}
/// A stored counter.
pub(crate) const fn counter(name: &'static str, model: &'static str, field: &'static str) -> Field {
    read(name, Holds::Count { model, field, nested: Nested::Counted })
}
/// A reference to something that the fake has no objects of.
pub(crate) const fn foreign(name: &'static str) -> Field {
    Field::new(name, Holds::Foreign, Initial::Null).null()
}

pub(crate) const UNLIMITED: usize = usize::MAX;
/// NetBox's largest value of a positive integer field.
pub(crate) const MAX_INT: i64 = 2_147_483_647;
pub(crate) const MAX_SMALL: i64 = 32_767;

/// Every field set begins with this one.
pub(crate) const DESCRIPTION: Field = text("description", 200);
pub(crate) const COMMENTS: Field = text("comments", UNLIMITED);
pub(crate) const OWNER: Field = foreign("owner").since(4, 5);
pub(crate) const NAME: Field = text("name", 100).required();
pub(crate) const SLUG: Field = slug("slug", 100);
