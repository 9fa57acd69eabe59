//! A field of a model: what it holds, what it takes, how it is shown.

use serde_json::Value;

use super::represent::Presenter;
use super::store::Row;
use super::table::Model;

/// Choices of a field: value and label.
pub(crate) type Choices = &'static [(&'static str, &'static str)];

/// What becomes of an object when the object that it refers to is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnDelete {
    /// The deletion is refused.
    Protect,
    /// The reference is cleared.
    Clear,
    /// The object goes too.
    Cascade,
}

/// A reference to one object of another model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relation {
    pub(crate) model: &'static str,
    pub(crate) on_delete: OnDelete,
    /// Fields shown of the related object; empty means the brief fields of its model.
    pub(crate) shown: &'static [&'static str],
}

/// Limits of a decimal number; its least value comes with the text that the error message names it by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimals {
    pub(crate) digits: usize,
    pub(crate) places: usize,
    pub(crate) least: Option<(f64, &'static str)>,
    pub(crate) most: Option<(f64, &'static str)>,
}

/// How a count shows where its object is nested in another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nested {
    /// Not at all: NetBox counts only for the list and the detail of the object itself.
    Hidden,
    /// As zero: the field has a default, but nobody counted.
    Zero,
    /// As it is: the number is stored with the object.
    Counted,
}

/// Works out a read-only field.
pub(crate) type Compute = fn(&Presenter<'_>, &Model, &Row) -> Value;

/// What a field holds.
#[derive(Clone, Copy)]
pub(crate) enum Holds {
    /// Text of at most so many characters.
    Text(usize),
    /// Letters, digits, `-` and `_`, of at most so many characters.
    Slug(usize),
    /// Six hexadecimal digits.
    Color,
    Flag,
    /// A whole number between two limits.
    Integer(i64, i64),
    Decimal(Decimals),
    /// One of the choices, read as `{"value", "label"}`.
    Choice(Choices),
    /// One object.
    Related(Relation),
    /// Several objects of a model.
    Many(&'static str),
    /// A model name, of these when the list is not empty.
    ObjectType(&'static [&'static str]),
    /// Several model names.
    ObjectTypes,
    /// Any JSON.
    Json,
    /// A MAC address.
    Mac,
    /// An address or a network with its prefix length.
    Network {
        host: bool,
    },
    /// A list of texts.
    Texts,
    /// A list of whole numbers.
    Integers,
    /// An ISO date.
    Date,
    /// Something NetBox relates to that the fake has no objects of.
    Foreign,
    /// A list of something that the fake has no objects of.
    ForeignMany,
    /// Accepted by the API for the sake of a shortcut, and worked out on reading.
    Shortcut(Compute),
    /// How many objects of a model refer to this one through a field.
    Count {
        model: &'static str,
        field: &'static str,
        nested: Nested,
    },
    /// The sum of a field over the objects that refer to this one.
    Sum {
        model: &'static str,
        through: &'static str,
        field: &'static str,
    },
    /// Worked out from the object.
    Computed(Compute),
    /// Always null.
    Null,
    /// Always zero; stored counters of what the fake does not model.
    Zero(Nested),
    /// Always an empty list.
    Empty,
}

/// Value of a field that a new object was not given.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Initial {
    Null,
    Text(&'static str),
    Integer(i64),
    Decimal(f64),
    Flag(bool),
    List,
}

impl Initial {
    pub(crate) fn value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => text.into(),
            Self::Integer(number) => number.into(),
            Self::Decimal(number) => number.into(),
            Self::Flag(flag) => flag.into(),
            Self::List => Value::Array(Vec::new()),
        }
    }
}

/// A field of a model.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) holds: Holds,
    pub(crate) required: bool,
    pub(crate) null: bool,
    pub(crate) blank: bool,
    pub(crate) initial: Initial,
    /// A PUT that leaves the field out resets it.
    pub(crate) reset_by_put: bool,
    /// Set when no two objects share a value; how the error message names the field.
    pub(crate) unique: Option<&'static str>,
    /// First version that has the field.
    pub(crate) since: (u32, u32),
    /// Can be read only.
    pub(crate) read_only: bool,
}

impl Field {
    const fn new(name: &'static str, holds: Holds, initial: Initial) -> Self {
        Self {
            name,
            holds,
            required: false,
            null: false,
            blank: false,
            initial,
            reset_by_put: false,
            unique: None,
            since: (0, 0),
            read_only: false,
        }
    }
    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self.blank = false;
        self
    }
    pub(crate) const fn null(mut self) -> Self {
        self.null = true;
        self.initial = Initial::Null;
        self
    }
    pub(crate) const fn blank(mut self) -> Self {
        self.blank = true;
        self
    }
    pub(crate) const fn initial(mut self, initial: Initial) -> Self {
        self.initial = initial;
        self
    }
    pub(crate) const fn reset_by_put(mut self) -> Self {
        self.reset_by_put = true;
        self
    }
    pub(crate) const fn unique(mut self, label: &'static str) -> Self {
        self.unique = Some(label);
        self
    }
    pub(crate) const fn since(mut self, major: u32, minor: u32) -> Self {
        self.since = (major, minor);
        self
    }
    /// Fields of the related object that are shown instead of its brief ones.
    pub(crate) const fn shown(mut self, shown: &'static [&'static str]) -> Self {
        if let Holds::Related(relation) = self.holds {
            self.holds = Holds::Related(Relation { shown, ..relation });
        }
        self
    }
    /// The related model, when the field is a reference to one object.
    pub(crate) const fn relation(&self) -> Option<Relation> {
        match self.holds {
            Holds::Related(relation) => Some(relation),
            _ => None,
        }
    }
    /// The value is kept in the row (and not worked out on reading).
    pub(crate) const fn stored(&self) -> bool {
        !matches!(
            self.holds,
            Holds::Count { .. }
                | Holds::Sum { .. }
                | Holds::Computed(_)
                | Holds::Shortcut(_)
                | Holds::Null
                | Holds::Zero(_)
                | Holds::Empty
                | Holds::Foreign
                | Holds::ForeignMany
        )
    }
}

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
pub(crate) const fn decimal(name: &'static str, limits: Decimals) -> Field {
    Field::new(name, Holds::Decimal(limits), Initial::Null)
}
pub(crate) const fn choice(name: &'static str, choices: Choices, initial: &'static str) -> Field {
    Field::new(name, Holds::Choice(choices), Initial::Text(initial))
}
pub(crate) const fn related(name: &'static str, model: &'static str, on_delete: OnDelete) -> Field {
    Field::new(name, Holds::Related(Relation { model, on_delete, shown: &[] }), Initial::Null)
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
