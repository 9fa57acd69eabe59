//! A field of a model: what it holds, what it takes, how it is shown.

mod make;

pub(crate) use make::*;

use serde_json::Value;

use super::release::Flavour;
use super::represent::Presenter;
use super::store::Row;
use super::table::Model;

/// Choices of a field: value and label.
pub(crate) type Choices = &'static [(&'static str, &'static str)];

/// What becomes of an object when the object that it refers to is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnDelete {
    /// The deletion is refused, even when the referring object would go as well.
    Protect,
    /// The deletion is refused, unless the referring object goes as well.
    Restrict,
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
    /// Written and shown as an id, without the object around it.
    pub(crate) bare: bool,
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
    /// A whole number that NetBox calls a big one, not below the limit.
    Big(i64),
    Decimal(Decimals),
    Float,
    /// One of the choices, read as `{"value", "label"}`.
    Choice(Choices),
    /// One of the choices, read as it was written.
    Word(Choices),
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
    /// An address without prefix length.
    Host,
    /// A web address of at most so many characters.
    Url(usize),
    /// A date with a time.
    Moment,
    /// A list of texts.
    Texts,
    /// A list of whole numbers.
    Integers,
    /// A list of pairs of whole numbers: the first and the last of a range.
    Ranges,
    /// An ISO date.
    Date,
    /// Something NetBox relates to that the fake has no objects of.
    Foreign,
    /// A list of something that the fake has no objects of.
    ForeignMany,
    /// Accepted by the API for the sake of a shortcut, and worked out on reading.
    Shortcut(Compute),
    /// Worked out from the object, and not shown where it is nested in another one.
    Title(Compute),
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
    Object,
    /// One range.
    Range(i64, i64),
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
            Self::Object => Value::Object(Row::new()),
            Self::Range(first, last) => serde_json::json!([[first, last]]),
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
    /// The least plugin that has the field.
    pub(crate) flavour: Flavour,
    /// Can be read only.
    pub(crate) read_only: bool,
    /// Can be written only.
    pub(crate) write_only: bool,
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
            flavour: Flavour::Bare,
            read_only: false,
            write_only: false,
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
    /// A text that is this one when it is not given, and never empty.
    pub(crate) const fn filled(mut self, text: &'static str) -> Self {
        self.initial = Initial::Text(text);
        self.blank = false;
        self
    }
    pub(crate) const fn optional(mut self) -> Self {
        self.required = false;
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
    /// Only the current plugin has the field.
    pub(crate) const fn current(mut self) -> Self {
        self.flavour = Flavour::CurrentPlugin;
        self
    }
    /// Clients never get to see the value.
    pub(crate) const fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }
    /// The relation is written and shown as an id.
    pub(crate) const fn bare(mut self) -> Self {
        if let Holds::Related(relation) = self.holds {
            self.holds = Holds::Related(Relation { bare: true, ..relation });
        }
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
                | Holds::Title(_)
                | Holds::Null
                | Holds::Zero(_)
                | Holds::Empty
                | Holds::Foreign
                | Holds::ForeignMany
        )
    }
}
