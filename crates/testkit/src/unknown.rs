//! Fields of a version that does not exist yet.

use crate::text::any_text;
use portcullis_event::Rest;
use proptest::prelude::*;
use serde_json::Value;

/// How the names of unknown fields begin. Known names begin with a lower-case letter and have no spaces, so these can't
/// be one; in order, some of them come before, between and after the known ones.
const BEGINNINGS: &[&str] =
    &["A", "\"", "\\", "\n", "=|", "\u{0}", "m m", "x-", "zz", "é", "\u{202e}", "\u{ffff}", "🦀"];

/// The name of an unknown field.
pub fn any_name() -> BoxedStrategy<String> {
    let (short, awkward) = (prop::sample::select(BEGINNINGS), prop::sample::select(BEGINNINGS));
    prop_oneof![
        1 => Just(String::new()),
        6 => short.prop_map(str::to_owned),
        3 => (awkward, any_text()).prop_map(|(beginning, end)| format!("{beginning}{end}")),
    ]
    .boxed()
}

/// A number: small, huge, negative, fractional.
pub fn any_number() -> BoxedStrategy<Value> {
    prop_oneof![
        any::<u8>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(&[u64::MAX, 1 << 53, (1 << 53) + 1][..]).prop_map(Value::from),
        prop::sample::select(&[0.0, -0.0, 0.1, 1.0, -1.5, 5e-324, 1e21, 1e-7, f64::MAX, f64::MIN][..])
            .prop_map(Value::from),
        (prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL).prop_map(Value::from),
    ]
    .boxed()
}

/// Any JSON value, nested a little.
pub fn any_value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any_number(),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(any_name(), inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
    .boxed()
}

/// Unknown fields; mostly none.
pub fn any_rest() -> BoxedStrategy<Rest> {
    prop_oneof![
        3 => Just(Rest::new()),
        1 => prop::collection::btree_map(any_name(), any_value(), 1..3),
    ]
    .boxed()
}
