//! From Rust values to field values.

use crate::{Reference, Value};

/// `From` for each type that a case of [`Value`] can hold.
macro_rules! values {
    ($($from:ty => $case:expr;)+) => {
        $(
            impl From<$from> for Value {
                fn from(value: $from) -> Self {
                    $case(value)
                }
            }
        )+
    };
}

values! {
    bool => Value::Flag;
    i64 => Value::Integer;
    i32 => |value| Value::Integer(i64::from(value));
    u32 => |value| Value::Integer(i64::from(value));
    u16 => |value| Value::Integer(i64::from(value));
    u64 => |value| Value::Integer(i64::try_from(value).unwrap_or(i64::MAX));
    String => Value::Text;
    &str => |value: &str| Value::Text(value.to_owned());
    Vec<String> => Value::Texts;
    Vec<u16> => |numbers: Vec<u16>| Value::Json(serde_json::Value::from(numbers).to_string());
    Reference => Value::Reference;
    Vec<Reference> => Value::References;
    serde_json::Value => |value: serde_json::Value| Value::Json(value.to_string());
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
