//! JSON as calls bring it, read as the OpenAPI document describes it: an object is an object (serde would take a list of its values for
//! one), and 3.0 is a whole number as 3 is.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error as _, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use super::problem::{Code, Problem};

/// A `T` that is written as an object.
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, fields: M) -> Result<Object<T>, M::Error> {
                T::deserialize(MapAccessDeserializer::new(fields)).map(Object)
            }
        }

        from.deserialize_map(Fields(PhantomData))
    }
}

/// Whole numbers from here on have neighbours that a JSON number, read as a double, cannot tell from them.
const EXACT: f64 = 9_007_199_254_740_992.0;

struct Whole<T>(T);

impl<'de, T: TryFrom<i64>> Deserialize<'de> for Whole<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Number;

        impl Visitor<'_> for Number {
            type Value = i64;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a whole number")
            }

            fn visit_i64<E: serde::de::Error>(self, n: i64) -> Result<i64, E> {
                Ok(n)
            }

            fn visit_u64<E: serde::de::Error>(self, n: u64) -> Result<i64, E> {
                i64::try_from(n).map_err(|_| E::invalid_value(Unexpected::Unsigned(n), &"a smaller whole number"))
            }

            fn visit_f64<E: serde::de::Error>(self, n: f64) -> Result<i64, E> {
                if n.fract() == 0.0 && n.abs() < EXACT { Ok(n as i64) } else { Err(E::invalid_value(Unexpected::Float(n), &self)) }
            }
        }

        let n = from.deserialize_i64(Number)?;
        T::try_from(n).map(Whole).map_err(|_| D::Error::invalid_value(Unexpected::Signed(n), &"a whole number of this field's range"))
    }
}

/// For `deserialize_with`: a whole number, also one that is written as 3.0.
pub fn whole<'de, D: Deserializer<'de>, T: TryFrom<i64>>(from: D) -> Result<T, D::Error> {
    Whole::deserialize(from).map(|Whole(n)| n)
}

/// The same, or null.
pub fn whole_or_none<'de, D: Deserializer<'de>, T: TryFrom<i64>>(from: D) -> Result<Option<T>, D::Error> {
    Option::<Whole<T>>::deserialize(from).map(|given| given.map(|Whole(n)| n))
}

/// Reads JSON; what is wrong with a value names the field: `events[3].amount`.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = error.path().to_string();
        let cause = error.into_inner();
        let text = cause.to_string();
        let message = text.split(" at line ").next().unwrap_or(&text);
        match cause.classify() {
            serde_json::error::Category::Data => Problem::field(if field == "." { "" } else { &field }, message),
            serde_json::error::Category::Syntax | serde_json::error::Category::Eof | serde_json::error::Category::Io => {
                Problem::new(Code::Malformed, format!("The body is no JSON: {text}."))
            }
        }
    })?;
    json.end().map_err(|_| Problem::new(Code::Malformed, "There is something after the end of the JSON."))?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Event {
        #[serde(deserialize_with = "whole")]
        amount: i64,
        #[serde(default, deserialize_with = "whole_or_none")]
        days: Option<u16>,
    }

    #[test]
    fn bad_json_is_told_from_bad_values() {
        for (body, status, field) in [
            ("[{\"amount\": 1}]", 200, ""),
            ("[{\"amount\": 1}", 400, ""),
            ("[{\"amount\": 1}] x", 400, ""),
            ("", 400, ""),
            ("[{\"amount\": 1.5}]", 422, "[0].amount"),
            ("[{\"amount\": 1}, {\"amount\": 9223372036854775808}]", 422, "[1].amount"),
            ("[{\"amount\": 1, \"tenant\": \"b\"}]", 422, "[0].tenant"),
            ("[{\"amount\": 1, \"days\": 65536}]", 422, "[0].days"),
            ("[{\"amount\": null}]", 422, "[0].amount"),
            ("[{}]", 422, "[0]"),
            ("[[1, 2]]", 422, "[0]"),
            ("{\"amount\": 1}", 422, ""),
        ] {
            let (got, at) = match parse::<Vec<Object<Event>>>(body.as_bytes()) {
                Ok(_) => (200, String::new()),
                Err(problem) => {
                    let debug = format!("{problem:?}");
                    let at = debug.split("field: \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned();
                    (problem.into_response().status().as_u16(), at)
                }
            };
            assert_eq!((got, at.as_str()), (status, field), "{body}");
        }
    }

    #[test]
    fn a_whole_number_may_be_written_with_a_point() {
        let read = |text: &str| parse::<Object<Event>>(text.as_bytes()).map(|Object(event)| (event.amount, event.days)).ok();
        assert_eq!(read(r#"{"amount": 1038.0, "days": 14.0}"#), Some((1038, Some(14))));
        assert_eq!(read(r#"{"amount": 1e15, "days": null}"#), Some((1_000_000_000_000_000, None)));
        assert_eq!(read(r#"{"amount": -2}"#), Some((-2, None)));
        for wrong in [r#"{"amount": 0.5}"#, r#"{"amount": 1e300}"#, r#"{"amount": "1"}"#, r#"{"amount": 1, "days": -1}"#] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
