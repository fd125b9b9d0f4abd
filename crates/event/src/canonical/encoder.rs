//! Writes canonical JSON in one pass. Members are written in the order in which they come; when an object ends and they
//! were not in order, their texts are put in order within the output. No tree of values is built.

use super::DEEPEST;
use crate::ParseError;
use serde::ser::{self, Error as _, Serialize};
use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;
use std::ops::Range;

/// Room that is kept for the next encoding; what a larger value needed is given back.
const KEPT: usize = 64 << 10;

thread_local! {
    /// The room that the last encoding on this thread needed. Asking for it anew each time takes longer than a tenth of
    /// the encoding.
    static ROOM: Cell<Room> = const { Cell::new(Room { out: Vec::new(), members: Vec::new(), spare: Vec::new() }) };
}

#[derive(Default)]
struct Room {
    out: Vec<u8>,
    members: Vec<Member>,
    spare: Vec<u8>,
}

pub(super) fn encode(value: &impl Serialize) -> Result<Vec<u8>, ParseError> {
    let Room { mut out, mut members, spare } = ROOM.take();
    out.clear();
    members.clear();
    let mut encoder = Encoder { out, members, spare, depth: 0 };
    value.serialize(&mut encoder)?;
    let Encoder { out, members, spare, .. } = encoder;
    let bytes = out.as_slice().to_vec();
    if out.capacity() <= KEPT {
        ROOM.set(Room { out, members, spare });
    }
    Ok(bytes)
}

struct Encoder {
    out: Vec<u8>,
    /// Members of all objects that are not finished, innermost last.
    members: Vec<Member>,
    /// Where members are copied to while their order changes.
    spare: Vec<u8>,
    depth: usize,
}

/// One member of an object, by where it lies in the output.
#[derive(Clone)]
struct Member {
    /// The name as it is written, without its quotes.
    name: Name,
    /// Name, colon and value.
    text: Range<usize>,
}

/// Where a name lies in the output, and whether it has an escape in it.
#[derive(Clone)]
struct Name {
    at: Range<usize>,
    is_escaped: bool,
}

impl Encoder {
    fn scalar(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), ParseError> {
        Ok(serde_json::to_writer(&mut self.out, value)?)
    }

    fn open(&mut self, bracket: u8) -> Result<(), ParseError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(ParseError::custom(format_args!("it is nested deeper than {DEEPEST} levels")));
        }
        self.out.push(bracket);
        Ok(())
    }

    fn close(&mut self, bracket: u8) {
        self.depth -= 1;
        self.out.push(bracket);
    }

    /// Opens `{"variant":`, which is how the variants of an enum wrap what they hold.
    fn open_variant(&mut self, variant: &str) -> Result<(), ParseError> {
        self.open(b'{')?;
        self.scalar(variant)?;
        self.out.push(b':');
        Ok(())
    }

    /// Puts the members of the innermost object, from `first` on, in order. `start` is where their texts begin.
    fn sort(&mut self, first: usize, start: usize) -> Result<(), ParseError> {
        let Self { out, members, spare, .. } = self;
        let Some(members) = members.get_mut(first..) else { return Ok(()) };
        members.sort_by(|a, b| compare(out, &a.name, &b.name));
        let mut pairs = members.iter().zip(members.iter().skip(1));
        if pairs.any(|(a, b)| compare(out, &a.name, &b.name) == Ordering::Equal) {
            return Err(ParseError::custom("a name occurs twice in one object"));
        }
        spare.clear();
        for member in members {
            if !spare.is_empty() {
                spare.push(b',');
            }
            spare.extend_from_slice(part(out, &member.text));
        }
        out.truncate(start);
        out.extend_from_slice(spare);
        Ok(())
    }
}

/// A part of the output. INVARIANT: every range was taken from the output's own length, and the output does not shrink
/// below a member before its object ends, so the range is always there.
fn part<'a>(out: &'a [u8], range: &Range<usize>) -> &'a [u8] {
    out.get(range.clone()).unwrap_or_default()
}

/// The order of two names by their code points, which is that of their bytes in UTF-8. Escapes change that order, so a
/// name that has one is read back first.
fn compare(out: &[u8], a: &Name, b: &Name) -> Ordering {
    let (left, right) = (part(out, &a.at), part(out, &b.at));
    if a.is_escaped || b.is_escaped { unescape(left).cmp(&unescape(right)) } else { left.cmp(right) }
}

fn unescape(name: &[u8]) -> Cow<'_, [u8]> {
    let quoted = [b"\"", name, b"\""].concat();
    // INVARIANT: this is a string that was written a moment ago. Should it not read, its written form still is unique.
    serde_json::from_slice::<String>(&quoted).map_or(Cow::Borrowed(name), |name| Cow::Owned(name.into_bytes()))
}

/// An array on its way out.
struct List<'a> {
    encoder: &'a mut Encoder,
    is_empty: bool,
    in_variant: bool,
}

impl List<'_> {
    fn push(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), ParseError> {
        if !self.is_empty {
            self.encoder.out.push(b',');
        }
        self.is_empty = false;
        value.serialize(&mut *self.encoder)
    }

    fn finish(self) {
        self.encoder.close(b']');
        if self.in_variant {
            self.encoder.close(b'}');
        }
    }
}

/// An object on its way out.
struct Object<'a> {
    encoder: &'a mut Encoder,
    /// Its first member in [`Encoder::members`].
    first: usize,
    /// Where the text of its first member begins.
    start: usize,
    /// Whether each name so far came after the one before it.
    in_order: bool,
    /// Where the member that is being written begins, and its name.
    begun: (usize, Name),
    in_variant: bool,
}

impl<'a> Object<'a> {
    fn open(encoder: &'a mut Encoder, in_variant: bool) -> Result<Self, ParseError> {
        encoder.open(b'{')?;
        let (first, start) = (encoder.members.len(), encoder.out.len());
        Ok(Self {
            encoder,
            first,
            start,
            in_order: true,
            begun: (start, Name { at: start..start, is_escaped: false }),
            in_variant,
        })
    }

    fn name(&mut self, name: &(impl Serialize + ?Sized)) -> Result<(), ParseError> {
        if self.encoder.members.len() > self.first {
            self.encoder.out.push(b',');
        }
        let begin = self.encoder.out.len();
        name.serialize(&mut *self.encoder)?;
        let end = self.encoder.out.len();
        if self.encoder.out.get(begin) != Some(&b'"') {
            return Err(ParseError::custom("a name in an object must be a string"));
        }
        let at = begin + 1..end - 1;
        let is_escaped = part(&self.encoder.out, &at).contains(&b'\\');
        self.begun = (begin, Name { at, is_escaped });
        self.encoder.out.push(b':');
        Ok(())
    }

    fn value(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), ParseError> {
        value.serialize(&mut *self.encoder)?;
        let (begin, name) = self.begun.clone();
        let Encoder { out, members, .. } = &mut *self.encoder;
        if let Some(last) = members.get(self.first..).and_then(<[Member]>::last) {
            self.in_order &= compare(out, &last.name, &name) == Ordering::Less;
        }
        members.push(Member { name, text: begin..out.len() });
        Ok(())
    }

    fn finish(self) -> Result<(), ParseError> {
        if !self.in_order {
            self.encoder.sort(self.first, self.start)?;
        }
        self.encoder.members.truncate(self.first);
        self.encoder.close(b'}');
        if self.in_variant {
            self.encoder.close(b'}');
        }
        Ok(())
    }
}

macro_rules! scalars {
    ($($method:ident: $type:ty;)*) => {$(
        fn $method(self, value: $type) -> Result<(), ParseError> {
            self.scalar(&value)
        }
    )*};
}

impl<'a> ser::Serializer for &'a mut Encoder {
    type Ok = ();
    type Error = ParseError;
    type SerializeSeq = List<'a>;
    type SerializeTuple = List<'a>;
    type SerializeTupleStruct = List<'a>;
    type SerializeTupleVariant = List<'a>;
    type SerializeMap = Object<'a>;
    type SerializeStruct = Object<'a>;
    type SerializeStructVariant = Object<'a>;

    scalars! {
        serialize_bool: bool;
        serialize_i8: i8;
        serialize_i16: i16;
        serialize_i32: i32;
        serialize_i64: i64;
        serialize_u8: u8;
        serialize_u16: u16;
        serialize_u32: u32;
        serialize_u64: u64;
        serialize_char: char;
        serialize_str: &str;
    }

    fn serialize_f32(self, value: f32) -> Result<(), ParseError> {
        self.serialize_f64(f64::from(value))
    }

    fn serialize_f64(self, value: f64) -> Result<(), ParseError> {
        if !value.is_finite() {
            return Err(ParseError::custom("a number is not finite"));
        }
        // Zero and minus zero are equal, so they get the same bytes.
        self.scalar(&if value == 0.0 { 0.0 } else { value })
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), ParseError> {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Result<(), ParseError> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), ParseError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), ParseError> {
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), ParseError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), ParseError> {
        self.scalar(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), ParseError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), ParseError> {
        self.open_variant(variant)?;
        value.serialize(&mut *self)?;
        self.close(b'}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a>, ParseError> {
        self.open(b'[')?;
        Ok(List { encoder: self, is_empty: true, in_variant: false })
    }

    fn serialize_tuple(self, length: usize) -> Result<List<'a>, ParseError> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<List<'a>, ParseError> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List<'a>, ParseError> {
        self.open_variant(variant)?;
        self.open(b'[')?;
        Ok(List { encoder: self, is_empty: true, in_variant: true })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Object<'a>, ParseError> {
        Object::open(self, false)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Object<'a>, ParseError> {
        Object::open(self, false)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Object<'a>, ParseError> {
        self.open_variant(variant)?;
        Object::open(self, true)
    }
}

macro_rules! lists {
    ($($trait:ident :: $method:ident;)*) => {$(
        impl ser::$trait for List<'_> {
            type Ok = ();
            type Error = ParseError;
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ParseError> {
                self.push(value)
            }
            fn end(self) -> Result<(), ParseError> {
                self.finish();
                Ok(())
            }
        }
    )*};
}

lists! {
    SerializeSeq::serialize_element;
    SerializeTuple::serialize_element;
    SerializeTupleStruct::serialize_field;
    SerializeTupleVariant::serialize_field;
}

impl ser::SerializeMap for Object<'_> {
    type Ok = ();
    type Error = ParseError;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), ParseError> {
        self.name(key)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ParseError> {
        self.value(value)
    }
    fn end(self) -> Result<(), ParseError> {
        self.finish()
    }
}

macro_rules! objects {
    ($($trait:ident)*) => {$(
        impl ser::$trait for Object<'_> {
            type Ok = ();
            type Error = ParseError;
            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), ParseError> {
                self.name(key)?;
                self.value(value)
            }
            fn end(self) -> Result<(), ParseError> {
                self.finish()
            }
        }
    )*};
}

objects! { SerializeStruct SerializeStructVariant }

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::collections::BTreeMap;

    fn text(value: &impl Serialize) -> String {
        String::from_utf8(encode(value).unwrap()).unwrap()
    }

    #[derive(serde::Serialize)]
    enum Shape {
        Unit,
        New(u8),
        Pair(u8, bool),
        Named { z: u8, a: &'static str },
    }

    #[test]
    fn every_shape_is_written_as_json() {
        let shapes =
            (Shape::Unit, Shape::New(1), Shape::Pair(2, true), Shape::Named { z: 3, a: "x" }, (), 'c', None::<u8>);
        assert_eq!(text(&shapes), r#"["Unit",{"New":1},{"Pair":[2,true]},{"Named":{"a":"x","z":3}},null,"c",null]"#);
        assert_eq!(
            text(&(i64::MIN, u64::MAX, 1.5f32, -0.0, 1e300, [0u8; 0])),
            "[-9223372036854775808,18446744073709551615,1.5,0.0,1e+300,[]]"
        );
    }

    /// A map that may hold a name twice.
    struct Pairs<'a>(Vec<(&'a str, u8)>);
    impl Serialize for Pairs<'_> {
        fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().copied())
        }
    }

    #[test]
    fn names_are_in_order_of_code_points_also_where_escapes_would_change_it() {
        let names =
            ["b", "a", "", "a\"", "a!", "a#", "\n", "\u{1}", "\\", "]", "[", "é", "\u{ffff}", "\u{10000}", "aa"];
        let map: Vec<(&str, u8)> = names.iter().map(|name| (*name, 0)).collect();
        let sorted: BTreeMap<&str, u8> = map.iter().copied().collect();
        assert_eq!(text(&Pairs(map.clone())), serde_json::to_string(&sorted).unwrap());
        assert!(encode(&Pairs(vec![("a", 1), ("a", 2)])).is_err());
        assert!(encode(&Pairs(vec![("a\n", 1), ("b", 0), ("a\n", 1)])).is_err());
    }

    #[test]
    fn what_json_has_no_words_for_is_refused() {
        assert!(encode(&f64::NAN).is_err());
        assert!(encode(&f32::INFINITY).is_err());
        assert!(encode(&BTreeMap::from([(1, 1)])).is_err());
        assert!(encode(&BTreeMap::from([(vec!["a"], 1)])).is_err());
    }

    #[test]
    fn what_is_written_can_be_read_at_any_depth_and_no_deeper() {
        let mut nested = json!(0);
        for _ in 0..DEEPEST {
            nested = json!({ "a": nested });
        }
        let bytes = encode(&nested).unwrap();
        assert_eq!(crate::canonical::decode::<Value>(&bytes), Ok(nested.clone()));
        assert!(encode(&[nested]).is_err());
    }
}
