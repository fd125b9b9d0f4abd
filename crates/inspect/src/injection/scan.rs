//! Looks through a text and every view of it, and collects the signals.

use super::detect::{Sign, characters, container, far_right};
use super::judge::Doubts;
use super::lexicon::{Classes, Token, tokens, words_in};
use super::phrase::{self, Found};
use super::rule::{ANCHORS, REACHES, rule};
use super::survey::Survey;
use super::view::{Undone, View, fold};
use super::{Context, Signal, Tier};
use std::ops::Range;

/// Everything that a text says or hides, the strongest of those signals that overlap.
pub(crate) fn scan(text: &str, context: Context) -> Vec<Signal> {
    let mut scan = Scan { text, context, signals: Vec::new(), views: None };
    scan.look(&View::original(text));
    merge(scan.signals)
}

/// The same, and every view in which words are to be read: the text itself first.
pub(crate) fn examine(text: &str, context: Context) -> (Vec<Signal>, Vec<String>) {
    let mut scan = Scan { text, context, signals: Vec::new(), views: Some(Vec::new()) };
    scan.look(&View::original(text));
    (merge(scan.signals), scan.views.unwrap_or_default())
}

struct Scan<'t> {
    text: &'t str,
    context: Context,
    signals: Vec<Signal>,
    views: Option<Vec<String>>,
}

impl Scan<'_> {
    /// Looks at a view, at what invisible characters carry in it, and at the views that it leads to.
    fn look(&mut self, view: &View<'_>) {
        let plain = view.folded_as(fold(&view.text));
        if let Some(views) = self.views.as_mut().filter(|views| views.is_empty() || view.tells_more()) {
            views.push(plain.text.clone().into_owned());
        }
        let mut signs = characters(&view.text);
        // Programs that handle such characters name them in escapes; only a text made of them hides something.
        signs.retain(|sign| !view.ends_with(Undone::Escape) || sign.carries_text());
        for sign in &signs {
            if let Some(shown) = sign.shown.as_ref().filter(|_| !view.has_undone(Undone::Smuggled)) {
                self.look(&view.then_whole(Undone::Smuggled, shown.clone(), sign.span.clone()));
            }
        }
        let survey = Survey::of(plain.text.as_bytes());
        let rare = rare_words(plain.text.as_bytes(), &survey.words);
        let mut inner = Vec::new();
        far_right::detect(&plain.text, &survey.blank, &mut inner);
        let phrases = self.phrases(&plain, &rare);
        if survey.angle || plain.text.contains("]:") {
            inner.extend(hidden(&plain.text, &phrases));
        }
        self.keep(&plain, &inner, phrases, &mut signs, view);
        for further in plain.further(&survey, &rare) {
            self.look(&further);
        }
    }

    /// Phrases and their tiers, in places of the view.
    fn phrases(&self, view: &View<'_>, rare: &[(usize, Token)]) -> Vec<(Found, Tier, Doubts)> {
        let bytes = view.text.as_bytes();
        let mut all = Vec::new();
        for window in windows(bytes, rare) {
            let tokens = tokens(bytes, window);
            for found in phrase::find(bytes, &tokens) {
                let Some(tier) = found.weight.of(rule(found.rule).tier) else { continue };
                let doubts = Doubts::of(&view.text, &found, self.context);
                all.extend(doubts.apply(tier).map(|tier| (found, tier, doubts)));
            }
        }
        all
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

/// Words such as "please" that may stand before a phrase.
const LEAD: usize = 40;

/// The words from which a search starts, each with the place of its first letter, which is one of these.
fn rare_words(text: &[u8], places: &[usize]) -> Vec<(usize, Token)> {
    let anchors = |at| words_in(text, at, |classes| classes.meets(&ANCHORS));
    places.iter().flat_map(|at| anchors(*at).map(move |token| (*at, token))).collect()
}

/// Passages around the words that phrases are found from, as wide as those phrases may be.
fn windows(text: &[u8], rare: &[(usize, Token)]) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    for same in rare.chunk_by(|(one, _), (next, _)| one == next) {
        let (Some((at, _)), reach) = (same.first(), same.iter().map(|(_, token)| reach(token.classes)).max()) else {
            continue;
        };
        let Some(reach) = reach.filter(|reach| *reach > 0) else { continue };
        let (start, end) = (at.saturating_sub(reach + LEAD), (at + reach).min(text.len()));
        match windows.last_mut() {
            Some(last) if last.end >= start => {
                last.end = last.end.max(end);
                last.start = last.start.min(start);
            }
            _ => windows.push(start..end),
        }
    }
    windows
}

fn reach(classes: &Classes) -> usize {
    classes.numbers().filter_map(|class| REACHES.get(class)).copied().max().map_or(0, usize::from)
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
