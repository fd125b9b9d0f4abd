//! Looks through a text and every view of it, and collects the signals.

use super::detect::{Sign, characters, container, far_right, pasted};
use super::judge::Doubts;
use super::lexicon::{Token, tokens};
use super::model::Plain;
use super::phrase::{self, Found};
use super::rule::rule;
use super::survey::Survey;
use super::view::{Undone, View, fold, is_invisible};
use super::{Context, Signal, Tier};
use std::ops::Range;

/// Everything that a text says or hides, the strongest of those signals that overlap.
pub(crate) fn scan(text: &str, context: Context) -> Vec<Signal> {
    let mut scan = Scan { text, context, signals: Vec::new(), views: None };
    scan.look(&View::original(text));
    merge(scan.signals)
}

/// The same, and every view in which words are to be read: the text itself first.
pub(crate) fn examine(text: &str, context: Context) -> (Vec<Signal>, Vec<Plain>) {
    let mut scan = Scan { text, context, signals: Vec::new(), views: Some(Vec::new()) };
    scan.look(&View::original(text));
    (merge(scan.signals), scan.views.unwrap_or_default())
}

struct Scan<'t> {
    text: &'t str,
    context: Context,
    signals: Vec<Signal>,
    views: Option<Vec<Plain>>,
}

impl Scan<'_> {
    /// Looks at a view, at what invisible characters carry in it, and at the views that it leads to.
    fn look(&mut self, view: &View<'_>) {
        let plain = view.folded_as(fold(&view.text));
        let survey = Survey::of(plain.text.as_bytes());
        let tokens = tokens(plain.text.as_bytes(), &survey.words);
        // Before what it leads to: the first of the views is the text itself.
        if let Some(views) = self.views.as_mut().filter(|views| views.is_empty() || view.tells_more()) {
            views.push(Plain::new(plain.text.clone().into_owned(), &tokens));
        }
        // Where letters only changed places or were read as others, the view before has the same characters.
        let mut signs = if view.brings_characters() { characters(&view.text) } else { Vec::new() };
        // Programs that handle such characters name them in escapes; only a text made of them hides something.
        let is_text = |sign: &Sign| sign.carries_text() && !is_constant(&view.text, &sign.span);
        signs.retain(|sign| !view.ends_with(Undone::Escape) || is_text(sign));
        for sign in &signs {
            if let Some(shown) = sign.shown.as_ref().filter(|_| !view.has_undone(Undone::Smuggled)) {
                self.look(&view.then_whole(Undone::Smuggled, shown.clone(), sign.span.clone()));
            }
        }
        // People paste what they please into what they ask.
        if view.undone.is_empty() && self.context != Context::User {
            pasted::detect(&view.text, &mut signs);
        }
        let mut inner = Vec::new();
        far_right::detect(&plain.text, &survey.blank, &mut inner);
        let phrases = self.phrases(&plain, &tokens);
        if survey.angle || plain.text.contains("]:") {
            inner.extend(hidden(&plain.text, &phrases));
        }
        self.keep(&plain, &inner, phrases, &mut signs, view);
        for further in plain.further(&survey, &tokens) {
            self.look(&further);
        }
    }

    /// Phrases and their tiers, in places of the view.
    fn phrases(&self, view: &View<'_>, tokens: &[Token]) -> Vec<(Found, Tier, Doubts)> {
        let tiers = phrase::find(view.text.as_bytes(), tokens).into_iter().filter_map(|found| {
            let tier = found.weight.of(rule(found.rule).tier)?;
            let doubts = Doubts::of(&view.text, tokens, &found, self.context);
            doubts.apply(tier).map(|tier| (found, tier, doubts))
        });
        tiers.collect()
    }

    /// Turns what was seen in a view into signals of the original.
    fn keep(
        &mut self,
        plain: &View<'_>,
        inner: &[Sign],
        phrases: Vec<(Found, Tier, Doubts)>,
        outer: &mut [Sign],
        view: &View<'_>,
    ) {
        let says: Vec<&str> = plain.undone.iter().filter_map(|undone| undone.says()).collect();
        let mut raw: Vec<Signal> =
            outer.iter().map(|sign| Signal::of_sign(sign, view.raw(sign.span.clone()))).collect();
        raw.extend(inner.iter().map(|sign| Signal::of_sign(sign, plain.raw(sign.span.clone()))));
        for (found, tier, doubts) in phrases {
            let span = plain.raw(found.span.clone());
            let mut signal = Signal::of_rule(found.rule, tier, span.clone());
            // What somebody took pains to disguise is meant. It may also stand in the open, beside what was undone.
            let raw_text = self.text.get(span.clone()).unwrap_or_default();
            let disguised = plain.text.get(found.span.clone()).is_some_and(|text| plain.is_disguise(raw_text, text));
            if disguised && !signal.rule.faint && !says.is_empty() {
                signal.tier = signal.tier.higher();
                signal.why.extend(says.iter().map(|says| (*says).to_owned()));
                signal.shown = plain.text.get(found.span.clone()).map(str::to_owned);
            }
            signal.doubts = doubts;
            for sign in raw.iter_mut().filter(|sign| sign.hides() && covers(&sign.span, &span)) {
                sign.tier = sign.tier.max(tier.higher());
                signal.tier = signal.tier.max(tier.higher());
            }
            self.signals.push(signal);
        }
        self.signals.extend(raw);
    }
}

/// Whether each character of a sign that can't be seen has the quotes around it for itself.
fn is_constant(text: &str, span: &Range<usize>) -> bool {
    let quote = |letter: Option<char>| letter.filter(|letter| matches!(letter, '"' | '\'' | '`'));
    let hidden = text.get(span.clone()).unwrap_or_default().char_indices().filter(|(_, letter)| is_invisible(*letter));
    let mut places = hidden.map(|(at, letter)| (span.start + at, span.start + at + letter.len_utf8())).peekable();
    // A command for a terminal has none.
    places.peek().is_some()
        && places.all(|(start, end)| {
            let before = quote(text.get(..start).and_then(|before| before.chars().next_back()));
            before.is_some() && before == quote(text.get(end..).and_then(|rest| rest.chars().next()))
        })
}

fn covers(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start < inner.end && inner.start < outer.end
}

/// Places that are not shown and in which something is said to an agent.
fn hidden(text: &str, phrases: &[(Found, Tier, Doubts)]) -> Vec<Sign> {
    if phrases.is_empty() {
        return Vec::new();
    }
    let mut signs = Vec::new();
    for place in container::containers(text) {
        let (number, faint) = place.kind.rule();
        let inside = phrases
            .iter()
            .filter(|(found, _, _)| covers(&place.span, &found.span) && found.span.start >= place.span.start);
        let strongest = inside
            .filter(|(found, tier, _)| faint || *tier > Tier::Note || !rule(found.rule).faint)
            .map(|(_, tier, _)| *tier)
            .max();
        if let Some(tier) = strongest {
            let why = "an instruction stands where only a program reads".to_owned();
            signs.push(Sign { rule: number, tier: tier.higher(), span: place.span, shown: None, why });
        }
    }
    signs
}

/// Of signals of one rule that overlap, the strongest; in order of where they are.
fn merge(mut signals: Vec<Signal>) -> Vec<Signal> {
    signals.sort_by(|one, next| {
        let key = |signal: &Signal| (signal.rule.id, signal.span.start, std::cmp::Reverse(signal.tier));
        key(one).cmp(&key(next))
    });
    let mut merged: Vec<Signal> = Vec::new();
    for signal in signals {
        match merged.last_mut() {
            Some(last) if last.rule.id == signal.rule.id && signal.span.start < last.span.end => last.absorb(signal),
            _ => merged.push(signal),
        }
    }
    merged.sort_by(|one, next| (one.span.start, one.rule.id).cmp(&(next.span.start, next.rule.id)));
    merged
}
