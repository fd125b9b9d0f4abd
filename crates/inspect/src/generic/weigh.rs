//! Whole texts, judged without the engine: what the model is told about every shape, for training it and for finding
//! out why it errs, and what becomes of it, for tests and measurements.

use super::feature::{self, Features, Seen};
use super::place::Format;
use super::trigger::Kind;
use super::view::View;
use super::{Candidate, Context, REACH, TRIGGERS, judge, model, scan, verdict};
use memchr::memmem;
use std::collections::BTreeMap;
use std::ops::Range;

/// A shape, and what the model makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighed {
    /// The name that introduces the value.
    pub name: Range<usize>,
    /// The value.
    pub span: Range<usize>,
    /// What the model is told, in the order of [`feature_names`].
    pub features: Vec<i16>,
    /// What it makes of it.
    pub score: i32,
}

/// The names of the features.
pub fn feature_names() -> &'static [&'static str] {
    feature::NAMES
}

/// Weighs every shape of a text that is not out of the question.
pub fn weigh(text: &[u8], context: &Context<'_>) -> Vec<Weighed> {
    let mut found = BTreeMap::new();
    if context.place.format == Format::Lock {
        return Vec::new();
    }
    let lower = text.to_ascii_lowercase();
    for trigger in TRIGGERS {
        for at in memmem::find_iter(&lower, trigger) {
            around(text, at..at + trigger.len(), context, &mut |weighed| {
                found.insert((weighed.span.start, weighed.span.end, weighed.name.start), weighed);
            });
        }
    }
    found.into_values().collect()
}

/// Judges every trigger of a text, the slow way: what the engine finds in one pass. Sorted by place, each once.
pub fn judge_all(text: &[u8], context: &Context<'_>) -> Vec<Candidate> {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for trigger in TRIGGERS {
        for at in memmem::find_iter(&lower, trigger) {
            judge(text, at..at + trigger.len(), context, &mut found);
        }
    }
    found.sort_by_key(|it| (it.span.start, it.span.end, it.rule));
    found.dedup_by(|later, kept| later.span == kept.span && later.rule == kept.rule);
    found
}

fn around(text: &[u8], trigger: Range<usize>, context: &Context<'_>, visit: &mut dyn FnMut(Weighed)) {
    let first = trigger.start.saturating_sub(REACH);
    let view = View::new(text.get(first..(trigger.end + REACH).min(text.len())).unwrap_or_default());
    let kind = Kind::of(text.get(trigger.clone()).unwrap_or_default());
    scan::shapes(view, trigger.start - first..trigger.end - first, kind, context.place, &mut |shape| {
        let value = view.slice(shape.literal.value.clone());
        let Some((measure, form)) = verdict::worth_asking(view, value, &shape) else { return };
        let seen = Seen { view, shape: &shape, value, measure: &measure, form, place: context.place };
        let features = Features::of(&seen);
        visit(Weighed {
            name: shape.name.start + first..shape.name.end + first,
            span: shape.literal.value.start + first..shape.literal.value.end + first,
            score: model::judge(&features).score,
            features: features.all().to_vec(),
        });
    });
}
