//! Values of settings: read from text and JSON, put where they belong, shown.

use proxbox_model::address::{InvalidNetworks, Networks};
use proxbox_model::options::{FieldRules, InvalidFieldRule};
use serde_json::Value as Json;
use std::time::Duration;

/// A value of a setting, whoever said it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A count, a size or a length of time in the unit of its setting.
    Number(f64),
    /// Yes or no.
    Switch(bool),
    /// Networks.
    Networks(Networks),
    /// Whose single fields are.
    Fields(FieldRules),
}

/// Where a setting is kept, and with that what it is.
pub(crate) enum Slot<'a> {
    Count(&'a mut usize),
    Retries(&'a mut u32),
    Entries(&'a mut u64),
    Bytes(&'a mut u64),
    Seconds(&'a mut Duration),
    Milliseconds(&'a mut Duration),
    Switch(&'a mut bool),
    Networks(&'a mut Networks),
    Fields(&'a mut FieldRules),
}

impl Slot<'_> {
    /// What stands for the value in help texts.
    pub(crate) fn placeholder(&self) -> &'static str {
        match self {
            Self::Count(_) | Self::Retries(_) | Self::Entries(_) => "N",
            Self::Bytes(_) => "BYTES",
            Self::Seconds(_) => "SECONDS",
            Self::Milliseconds(_) => "MILLISECONDS",
            Self::Switch(_) => "YES",
            Self::Networks(_) | Self::Fields(_) => "LIST",
        }
    }

    /// Reads what a person wrote.
    pub(crate) fn parse(&self, text: &str) -> Result<Value, String> {
        let text = text.trim();
        match self {
            Self::Switch(_) => match text.to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" | "on" => Ok(Value::Switch(true)),
                "" | "0" | "false" | "no" | "off" => Ok(Value::Switch(false)),
                _ => Err("say yes or no".to_owned()),
            },
            Self::Networks(_) => {
                text.parse().map(Value::Networks).map_err(|odd: InvalidNetworks| odd.to_string())
            }
            Self::Fields(_) => {
                text.parse().map(Value::Fields).map_err(|odd: InvalidFieldRule| odd.to_string())
            }
            _ => {
                let number = text.parse().map_err(|_| "not a number".to_owned())?;
                self.number(number).map(Value::Number)
            }
        }
    }

    /// Reads what the plugin holds; of a list, what can be used of it together with what cannot.
    pub(crate) fn read(&self, json: &Json) -> (Option<Value>, Option<String>) {
        let value = match (self, json) {
            (Self::Networks(_), Json::String(text)) => {
                let (networks, odd) = Networks::parse(text);
                let odd = (!odd.is_empty()).then(|| format!("{} is no network", odd.join(", ")));
                return (Some(Value::Networks(networks)), odd);
            }
            (Self::Switch(_), Json::Bool(switch)) => Ok(Value::Switch(*switch)),
            (Self::Switch(_) | Self::Networks(_) | Self::Fields(_), other) => {
                Err(format!("{other} is of the wrong type"))
            }
            // Decimals travel as texts.
            (_, Json::String(text)) => self.parse(text),
            (_, Json::Number(number)) => self.number(number.as_f64().unwrap_or(f64::NAN)).map(Value::Number),
            (_, other) => Err(format!("{other} is not a number")),
        };
        value.map_or_else(|why| (None, Some(why)), |value| (Some(value), None))
    }

    fn number(&self, number: f64) -> Result<f64, String> {
        let is_time = matches!(self, Self::Seconds(_) | Self::Milliseconds(_));
        match (is_time, number.is_finite() && number.fract() == 0.0) {
            (true, _) if number.is_finite() => Ok(number),
            (true, _) => Err(format!("{number} is not a length of time")),
            (false, true) => Ok(number),
            (false, false) => Err(format!("{number} is not a whole number")),
        }
    }

    /// Puts a value of the right type there, raised to `least`. Numbers beyond what the place can hold are the most it can.
    pub(crate) fn put(self, value: Value, least: f64) {
        match (self, value) {
            (Self::Count(place), Value::Number(number)) => *place = number.max(least) as usize,
            (Self::Retries(place), Value::Number(number)) => *place = number.max(least) as u32,
            (Self::Entries(place) | Self::Bytes(place), Value::Number(number)) => {
                *place = number.max(least) as u64
            }
            (Self::Seconds(place), Value::Number(number)) => *place = length(number.max(least)),
            (Self::Milliseconds(place), Value::Number(number)) => *place = length(number.max(least) / 1000.0),
            (Self::Switch(place), Value::Switch(switch)) => *place = switch,
            (Self::Networks(place), Value::Networks(networks)) => *place = networks,
            (Self::Fields(place), Value::Fields(rules)) => *place = rules,
            _ => {}
        }
    }

    /// As people write it.
    pub(crate) fn show(&self) -> String {
        match self {
            Self::Count(place) => place.to_string(),
            Self::Retries(place) => place.to_string(),
            Self::Entries(place) | Self::Bytes(place) => place.to_string(),
            Self::Seconds(place) => place.as_secs_f64().to_string(),
            Self::Milliseconds(place) => (place.as_secs_f64() * 1000.0).to_string(),
            Self::Switch(place) => if **place { "yes" } else { "no" }.to_owned(),
            Self::Networks(place) => place.to_string(),
            Self::Fields(place) => place.to_string(),
        }
    }
}

/// Longest time that makes sense anywhere: a day.
const LONGEST: f64 = 86_400.0;

fn length(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.min(LONGEST)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_taken_as_text_and_as_json_and_odd_ones_are_not() {
        let mut time = Duration::ZERO;
        let seconds = Slot::Seconds(&mut time);
        assert_eq!(seconds.parse(" 2.50 "), Ok(Value::Number(2.5)));
        assert_eq!(seconds.read(&json!("2.50")), (Some(Value::Number(2.5)), None));
        assert_eq!(seconds.read(&json!(7)), (Some(Value::Number(7.0)), None));
        for odd in [json!("soon"), json!("NaN"), json!(true), json!([])] {
            let (value, why) = seconds.read(&odd);
            assert!(value.is_none() && why.is_some(), "{odd}");
        }
        let mut count = 0;
        assert!(Slot::Count(&mut count).read(&json!(1.5)).0.is_none());
    }

    #[test]
    fn a_value_is_raised_to_the_least_and_held_to_what_the_place_can_take() {
        let (mut count, mut retries, mut time) = (0, 0, Duration::ZERO);
        Slot::Count(&mut count).put(Value::Number(-4.0), 1.0);
        Slot::Retries(&mut retries).put(Value::Number(1e30), 0.0);
        Slot::Milliseconds(&mut time).put(Value::Number(1e30), 0.0);
        assert_eq!((count, retries, time), (1, u32::MAX, Duration::from_secs(86_400)));
    }

    #[test]
    fn a_list_with_a_bad_line_keeps_the_good_ones() {
        let mut networks = Networks::default();
        let (value, why) = Slot::Networks(&mut networks).read(&json!("10.0.0.0/8\noffice"));
        assert_eq!(value, Some(Value::Networks("10.0.0.0/8".parse().unwrap())));
        assert!(why.unwrap().contains("office"));
    }
}
