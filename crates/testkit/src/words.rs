//! Strategies for the small words that records are made of: names, hosts, paths, ids, counts.

use crate::text::{any_character, any_text};
use portcullis_event::{AbsPath, EventId, Host, SpanId, Timestamp, TraceId};
use proptest::prelude::*;

/// One host of each form.
const KNOWN_HOSTS: &[&str] =
    &["api.anthropic.com", "localhost", "127.0.0.1", "::1", "fe80::1:2", "_dmarc.example.com", "xn--bcher-kva.example"];

/// Present or absent, evenly.
pub fn maybe<S: Strategy + 'static>(strategy: S) -> BoxedStrategy<Option<S::Value>>
where
    S::Value: Clone + 'static,
{
    prop::option::of(strategy).boxed()
}

/// A few of them, or none.
pub fn some<S: Strategy + 'static>(strategy: S) -> BoxedStrategy<Vec<S::Value>>
where
    S::Value: 'static,
{
    prop::collection::vec(strategy, 0..3).boxed()
}

/// One of the given values.
pub fn one_of<T: Clone + std::fmt::Debug + 'static>(values: &'static [T]) -> BoxedStrategy<T> {
    prop::sample::select(values).boxed()
}

/// A name of the type that `parse` makes, as awkward as a name may be.
pub fn any_named<T: std::fmt::Debug + Clone + 'static>(parse: fn(String) -> Option<T>) -> BoxedStrategy<T> {
    prop::collection::vec(any_character(), 1..10)
        .prop_map(move |characters| {
            let printable: String = characters.into_iter().filter(|c| !c.is_control()).collect();
            parse(printable.trim().to_owned()).or_else(|| parse("n".to_owned()))
        })
        .prop_filter_map("every name type takes the name `n`", |name| name)
        .boxed()
}

/// A host name or an address.
pub fn any_host() -> BoxedStrategy<Host> {
    let addresses = prop_oneof![
        any::<[u8; 4]>().prop_map(|bytes| std::net::Ipv4Addr::from(bytes).to_string()),
        any::<[u8; 16]>().prop_map(|bytes| std::net::Ipv6Addr::from(bytes).to_string()),
    ];
    prop_oneof![
        prop::sample::select(KNOWN_HOSTS).prop_map(str::to_owned),
        addresses,
        "[a-z]{1,8}(\\.[a-z][a-z0-9]{0,8}){0,3}"
    ]
    .prop_filter_map("all of these are hosts", |text| Host::parse(&text).ok())
    .boxed()
}

/// An absolute path, awkward characters included.
pub fn any_path() -> BoxedStrategy<AbsPath> {
    prop::collection::vec(any_text(), 0..4)
        .prop_filter_map("all of these are paths", |parts| {
            AbsPath::parse(&format!("/{}", parts.join("/").replace('\0', "0"))).ok()
        })
        .boxed()
}

/// An event id.
pub fn any_event_id() -> BoxedStrategy<EventId> {
    any::<[u8; 16]>().prop_map(EventId::from_bytes).boxed()
}

/// A trace id.
pub fn any_trace_id() -> BoxedStrategy<TraceId> {
    any::<[u8; 16]>().prop_map(TraceId::from_bytes).boxed()
}

/// A span id.
pub fn any_span_id() -> BoxedStrategy<SpanId> {
    any::<[u8; 8]>().prop_map(SpanId::from_bytes).boxed()
}

/// A time: mostly now, also long before and long after, to the ends of what fits.
pub fn any_time() -> BoxedStrategy<Timestamp> {
    prop_oneof![
        4 => 1_700_000_000_000_000..1_900_000_000_000_000i64,
        1 => prop::sample::select(&[0, -1, 999, -999_999, i64::MIN, i64::MAX, 1 << 53][..]),
        1 => any::<i64>(),
    ]
    .prop_map(Timestamp::from_micros)
    .boxed()
}

/// A count: mostly small, sometimes as large as a stranger can claim.
pub fn any_count() -> BoxedStrategy<u64> {
    prop_oneof![4 => 0..100_000u64, 1 => any::<u64>(), 1 => prop::sample::select(&[(1 << 53) - 1, 1 << 53, u64::MAX][..])]
        .boxed()
}
