//! A document and its values.

use super::read::{Kind, Malformed, Node, read};
use super::text::Decoded;
use std::borrow::Cow;
use std::ops::Range;

/// A document that was read.
#[derive(Debug)]
pub struct Document<'a> {
    source: &'a str,
    nodes: Vec<Node>,
}

/// A value of a document.
#[derive(Debug, Clone, Copy)]
pub struct Value<'d> {
    document: &'d Document<'d>,
    number: usize,
}

/// A string of a document, by where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    /// What lies between its quotes.
    pub(crate) span: Range<usize>,
    /// The number of its node.
    pub(crate) number: usize,
    /// Whether it is the name of a member.
    pub(crate) is_name: bool,
}

impl<'a> Document<'a> {
    /// Reads a document.
    pub fn read(source: &'a str) -> Result<Self, Malformed> {
        Ok(Self { source, nodes: read(source)? })
    }

    /// What it was read from.
    pub fn source(&self) -> &'a str {
        self.source
    }

    /// All of it.
    pub fn root(&self) -> Value<'_> {
        Value { document: self, number: 0 }
    }

    /// The value with this number. One that is not there is none of the kinds of values.
    pub(crate) fn value(&self, number: usize) -> Value<'_> {
        Value { document: self, number }
    }

    /// Every string among the nodes with these numbers, the names of members as well, in the order of the source.
    pub(crate) fn texts(&self, numbers: Range<usize>) -> impl Iterator<Item = Text> {
        let nodes = self.nodes.get(numbers.clone()).unwrap_or_default().iter().zip(numbers);
        let texts = nodes.filter(|(node, _)| matches!(node.kind, Kind::Text | Kind::Name));
        texts.map(|(node, number)| Text {
            span: node.start + 1..node.end - 1,
            number,
            is_name: node.kind == Kind::Name,
        })
    }
}

impl<'d> Value<'d> {
    fn node(self) -> Node {
        let none = Node { kind: Kind::Other, start: 0, end: 0, after: self.number + 1 };
        self.document.nodes.get(self.number).copied().unwrap_or(none)
    }

    /// Where it stands, with its quotes or brackets.
    pub fn span(self) -> Range<usize> {
        self.node().span()
    }

    /// As it is written.
    pub fn raw(self) -> &'d str {
        self.document.source.get(self.span()).unwrap_or_default()
    }

    /// What it says, if it is a string.
    pub fn text(self) -> Option<Cow<'d, str>> {
        Some(Decoded::of_source(self.inner()?.1).into_text())
    }

    /// What stands between its quotes and where, if it is a string.
    pub fn inner(self) -> Option<(Range<usize>, &'d str)> {
        let node = self.node();
        if node.kind != Kind::Text {
            return None;
        }
        let span = node.start + 1..node.end - 1;
        Some((span.clone(), self.document.source.get(span).unwrap_or_default()))
    }

    /// Whether it is a string that says this.
    pub fn says(self, text: &str) -> bool {
        self.text().is_some_and(|it| it == text)
    }

    /// A whole number.
    pub fn number(self) -> Option<u64> {
        self.raw().parse().ok()
    }

    /// Whether it is `true`.
    pub fn is_true(self) -> bool {
        self.raw() == "true"
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        self.node().kind == Kind::Object
    }

    /// Whether it is a list.
    pub fn is_list(self) -> bool {
        self.node().kind == Kind::Array
    }

    /// The value of a member, if it is an object that has one of that name.
    pub fn get(self, name: &str) -> Option<Self> {
        self.members().find(|(it, _)| it == name).map(|(_, value)| value)
    }

    /// What a member says that is a string.
    pub fn text_of(self, name: &str) -> Option<Cow<'d, str>> {
        self.get(name)?.text()
    }

    /// The members, if it is an object.
    pub fn members(self) -> impl Iterator<Item = (Cow<'d, str>, Self)> {
        let Node { kind, after, .. } = self.node();
        let end = if kind == Kind::Object { after } else { 0 };
        let mut at = self.number + 1;
        std::iter::from_fn(move || {
            let name = self.document.nodes.get(at).filter(|_| at < end)?;
            let value = Self { document: self.document, number: at + 1 };
            at = value.node().after;
            let name = self.document.source.get(name.start + 1..name.end - 1).unwrap_or_default();
            Some((Decoded::of_source(name).into_text(), value))
        })
    }

    /// The items, if it is a list.
    pub fn items(self) -> impl Iterator<Item = Self> {
        let Node { kind, after, .. } = self.node();
        let end = if kind == Kind::Array { after } else { 0 };
        let mut at = self.number + 1;
        std::iter::from_fn(move || {
            let item = Self { document: self.document, number: at };
            (at < end).then(|| at = item.node().after)?;
            Some(item)
        })
    }

    /// The numbers of all nodes in it, its own included.
    pub(crate) fn numbers(self) -> Range<usize> {
        self.number..self.node().after
    }
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "a cut character is a failed test")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_found_where_they_stand() {
        let source = r#" {"a": [1, "x", {"b\u0062": true}], "c": {}, "d": null} "#;
        let document = Document::read(source).unwrap();
        let root = document.root();
        assert_eq!(root.raw(), source.trim());
        let items: Vec<&str> = root.get("a").unwrap().items().map(Value::raw).collect();
        assert_eq!(items, ["1", "\"x\"", r#"{"b\u0062": true}"#]);
        let third = root.get("a").unwrap().items().nth(2).unwrap();
        assert!(third.get("bb").unwrap().is_true());
        assert_eq!(root.get("c").unwrap().members().count(), 0);
        assert_eq!(root.get("d").unwrap().raw(), "null");
        assert!(root.get("e").is_none() && root.get("d").unwrap().get("x").is_none());
        let texts: Vec<&str> = document.texts(root.numbers()).map(|text| &source[text.span]).collect();
        assert_eq!(texts, ["a", "x", r"b\u0062", "c", "d"]);
    }

    #[test]
    fn what_two_readers_would_read_differently_is_refused() {
        for source in [
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{a:1}",
            "{'a':1}",
            "[01]",
            "[+1]",
            "[1.]",
            "[.5]",
            "[1e]",
            "[NaN]",
            "tru",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"a\nb\"",
            "\"",
            "1 2",
            "{\"a\":1}{\"a\":2}",
            "// x\n1",
            "[1] x",
            "\u{feff}{}",
            "{\"a\":1,\"a\":2}",
            "{\"a\":1,\"\\u0061\":2}",
        ] {
            assert!(Document::read(source).is_err(), "{source}");
        }
        assert!(Document::read(&"[".repeat(100_000)).is_err());
        let many: Vec<String> = (0..40).map(|number| format!("\"k{}\":1", number % 39)).collect();
        assert!(Document::read(&format!("{{{}}}", many.join(","))).is_err());
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_what_another_reader_accepts(source in "[\\[\\]{}:,\"\\\\ ua0-9eE.+tfnrul-]{0,14}") {
            let ours = Document::read(&source).is_ok();
            let theirs = serde_json::from_str::<serde_json::Value>(&source);
            if ours {
                // Numbers that don't fit, and half surrogates, are a matter of what is made of them.
                let excused = source.contains("\\u") || source.contains(['e', 'E']);
                prop_assert!(theirs.is_ok() || excused, "{}", source);
            }
        }

        #[test]
        fn every_good_document_is_read(value in values()) {
            for source in [serde_json::to_string(&value).unwrap(), serde_json::to_string_pretty(&value).unwrap()] {
                let document = Document::read(&source).unwrap();
                prop_assert_eq!(document.root().raw(), source.as_str());
                prop_assert!(same(document.root(), &value));
            }
        }
    }

    fn values() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                proptest::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    fn same(ours: Value<'_>, theirs: &serde_json::Value) -> bool {
        match theirs {
            serde_json::Value::String(text) => ours.says(text),
            serde_json::Value::Array(items) => {
                ours.items().count() == items.len() && ours.items().zip(items).all(|(ours, theirs)| same(ours, theirs))
            }
            serde_json::Value::Object(members) => {
                ours.members().count() == members.len()
                    && ours.members().all(|(name, value)| members.get(&*name).is_some_and(|it| same(value, it)))
            }
            serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
                ours.raw() == serde_json::to_string(theirs).unwrap()
            }
        }
    }
}
