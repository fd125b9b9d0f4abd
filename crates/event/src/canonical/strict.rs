//! Refuses JSON that two readers could understand differently: a name that occurs twice in an object. The parser that
//! builds the record would keep the last one and say nothing; another program may keep the first.

use crate::ParseError;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

/// Reads all of `bytes` once. Syntax, nesting and trailing bytes are checked by the parser itself on the way.
pub(super) fn check(bytes: &[u8]) -> Result<(), ParseError> {
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    AnyValue.deserialize(&mut parser)?;
    Ok(parser.end()?)
}

/// The names of one object. Canonical input has them in order, which is the cheap case: each new one comes after the
/// last. Any other order is remembered aside, so that hostile input costs no more than a logarithm per name.
#[derive(Default)]
struct Names<'de> {
    ascending: Vec<Cow<'de, str>>,
    stray: BTreeSet<Cow<'de, str>>,
}

impl<'de> Names<'de> {
    /// Adds a name; `false` if it was there.
    fn insert(&mut self, name: Cow<'de, str>) -> bool {
        if self.ascending.last().is_none_or(|last| *last < name) {
            self.ascending.push(name);
            return true;
        }
        self.ascending.binary_search(&name).is_err() && self.stray.insert(name)
    }
}

struct AnyValue;

impl<'de> DeserializeSeed<'de> for AnyValue {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyValue {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut names = Names::default();
        while let Some(name) = object.next_key_seed(Name)? {
            if !names.insert(name) {
                return Err(A::Error::custom("a name occurs twice in one object"));
            }
            object.next_value_seed(AnyValue)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        while array.next_element_seed(AnyValue)?.is_some() {}
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}

/// A name, borrowed from the input unless it holds an escape.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }
    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }
    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_name_that_occurs_twice_is_refused_in_any_spelling_and_depth() {
        for bad in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"b":2,"a":3}"#,
            r#"{"b":1,"a":2,"a":3}"#,
            r#"{"c":1,"a":2,"b":3,"c":4}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":[[{"y":{"":1,"":2}}]]}"#,
        ] {
            assert!(check(bad.as_bytes()).is_err(), "{bad}");
        }
        for good in [r#"{"b":1,"a":{"b":1,"a":1},"c":[{"a":1},{"a":1}]}"#, "1e300", r#""a""#, " [ null , true ] "] {
            assert_eq!(check(good.as_bytes()), Ok(()), "{good}");
        }
    }

    #[test]
    fn trailing_bytes_and_depth_bombs_are_refused() {
        for bad in ["{}{}", "{} x", "", "{", "[1,]", "\u{feff}{}", &"[".repeat(100_000), &"{\"a\":".repeat(100_000)] {
            assert!(check(bad.as_bytes()).is_err());
        }
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(check(nested(super::super::DEEPEST).as_bytes()), Ok(()));
        assert!(check(nested(super::super::DEEPEST + 1).as_bytes()).is_err());
    }

    #[test]
    fn many_names_in_the_worst_order_take_no_time_worth_naming() {
        let members: Vec<String> = (0..50_000).rev().map(|n| format!("\"{n:06}\":0")).collect();
        assert_eq!(check(format!("{{{}}}", members.join(",")).as_bytes()), Ok(()));
    }
}
