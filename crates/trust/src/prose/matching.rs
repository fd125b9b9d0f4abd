//! Finds the patterns of the book in sentences.

use super::Said;
use super::book::{Book, Pattern};
use super::passage::Passages;
use crate::markdown::Place;
use std::ops::Range;

/// A word of a class, at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Token {
    class: u16,
    start: usize,
    end: usize,
}

/// How far before a pattern a negation may stand.
const NEGATION_REACH: usize = 60;
/// The same for a word within a pattern, and for a pattern that is a negation itself.
const NEGATION_INSIDE: usize = 12;
const ADJACENT: usize = 2;

/// How many of the last findings a new one may be part of.
const NEAR: usize = 64;
/// So many places are tried from which a pattern may begin in a sentence.
const HEADS: usize = 24;

/// Which kind of text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A page for a model.
    Page,
    /// The description of a skill or a tool, which is read before anything is used.
    Description,
}

impl Book {
    /// Everything that the rules see in a text.
    pub(crate) fn find(&self, passages: &Passages, role: Role) -> Vec<Said<'_>> {
        let tokens = self.tokens(&passages.text);
        let mut said: Vec<Said<'_>> = Vec::new();
        for (number, sentence) in passages.sentences.iter().enumerate() {
            for pattern in &self.patterns {
                if pattern.described && role != Role::Description {
                    continue;
                }
                let hidden = passages.blocks.get(sentence.block).is_some_and(|block| block.place == Place::Comment);
                if pattern.hidden && !hidden {
                    continue;
                }
                let Some(span) = self.fits(pattern, passages, number, &tokens) else { continue };
                let Some(found) = self.rules.get(pattern.rule) else { continue };
                let (confidence, command) = (pattern.confidence, pattern.command);
                let new = Said { rule: found, confidence, command, span, block: sentence.block };
                let mut near = said.iter_mut().rev().take(NEAR);
                match near.find(|old| old.rule == found && overlap(&old.span, &new.span)) {
                    Some(old) => {
                        old.confidence = old.confidence.max(new.confidence);
                        old.command |= new.command;
                    }
                    None => said.push(new),
                }
            }
        }
        for it in &mut said {
            it.span = passages.origin(&it.span);
        }
        said
    }

    /// Whether a text speaks of attacks.
    pub(crate) fn talks_of_attacks(&self, text: &str) -> bool {
        let passages = Passages::of_line(text);
        self.tokens(&passages.text).iter().any(|token| token.class == self.talk)
    }

    /// Every word of the book in a text, by its place.
    fn tokens(&self, text: &str) -> Vec<Token> {
        let bytes = text.as_bytes();
        let is_part = |at: Option<usize>| {
            at.and_then(|at| bytes.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        };
        let mut tokens = Vec::new();
        for found in self.search.find_overlapping_iter(text) {
            let Some(word) = self.words.get(found.pattern().as_usize()) else { continue };
            let (start, end) = (found.start(), found.end());
            let inside = |at: usize| is_part(Some(at));
            // What is joined by a dash is another word: `post-install` posts nothing.
            let is_dash = |at: Option<usize>| at.and_then(|at| bytes.get(at)) == Some(&b'-');
            let joined_before =
                is_dash(start.checked_sub(1)) && start.checked_sub(2).is_some_and(|at| inside(at) || is_dash(Some(at)));
            let joined_behind = is_dash(Some(end)) && inside(end + 1);
            let starts = !inside(start) || !(is_part(start.checked_sub(1)) || joined_before);
            let ends = word.open || !is_part(end.checked_sub(1)) || !(inside(end) || joined_behind);
            if starts && ends {
                let classes = word.classes.0 as usize..word.classes.1 as usize;
                let classes = self.memberships.get(classes).unwrap_or_default();
                tokens.extend(classes.iter().map(|class| Token { class: *class, start, end }));
            }
        }
        self.addresses(text, &mut tokens);
        tokens.sort_by_key(|token| (token.start, std::cmp::Reverse(token.end)));
        tokens
    }

    /// Addresses of mail, and hosts that are numbers: no list of words holds them.
    fn addresses(&self, text: &str, tokens: &mut Vec<Token>) {
        let mut push = |classes: &[u16], start: usize, end: usize| {
            tokens.extend(classes.iter().map(|class| Token { class: *class, start, end }));
        };
        for (at, _) in text.match_indices('@') {
            let is_name = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-' | '+');
            let before = text.get(..at).unwrap_or_default();
            let local = before.len() - before.trim_end_matches(is_name).len();
            let behind = text.get(at + 1..).unwrap_or_default();
            let host = behind.split(|it| !is_name(it)).next().unwrap_or_default().trim_end_matches('.');
            let has_dot = host.rsplit_once('.').is_some_and(|(name, top)| {
                !name.is_empty() && top.len() >= 2 && top.bytes().all(|it| it.is_ascii_alphabetic())
            });
            if local > 0 && has_dot {
                push(&self.mail_address, at - local, at + 1 + host.len());
            }
        }
        for ending in ["_key", "_token", "_secret", "_password"] {
            for (at, _) in text.match_indices(ending) {
                let before = text.get(..at).unwrap_or_default();
                let name =
                    before.len() - before.trim_end_matches(|it: char| it.is_ascii_alphanumeric() || it == '_').len();
                let goes_on = text
                    .as_bytes()
                    .get(at + ending.len())
                    .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
                if name > 1 && !goes_on {
                    push(&self.secret_variable, at - name, at + ending.len());
                }
            }
        }
        for (at, _) in text.match_indices("://") {
            let host =
                text.get(at + 3..).unwrap_or_default().split(['/', ':', ' ', ')', '"']).next().unwrap_or_default();
            let parts: Vec<&str> = host.split('.').collect();
            if parts.len() == 4 && parts.iter().all(|part| part.parse::<u8>().is_ok()) && !host.starts_with("127.") {
                push(&self.raw_ip, at + 3, at + 3 + host.len());
            }
        }
    }

    /// Where a pattern fits that begins in this sentence.
    fn fits(&self, pattern: &Pattern, passages: &Passages, number: usize, tokens: &[Token]) -> Option<Range<usize>> {
        let first = passages.sentences.get(number)?;
        let last = passages.sentences.get(number..)?.iter().take(pattern.sentences).next_back()?;
        let own = within(tokens, &(first.span.start..last.span.end));
        let begins = within(tokens, &first.span);
        if !begins.iter().any(|token| pattern.groups.iter().flatten().any(|class| *class == token.class)) {
            return None;
        }
        let words = if pattern.ordered {
            ordered(pattern, own, first.span.end)
        } else {
            unordered(pattern, own, first.span.end)
        }?;
        let start = words.iter().map(|(start, _)| *start).min()?;
        let span = start..words.iter().map(|(_, end)| *end).max()?;
        let has = |class: u16, range: &Range<usize>| within(tokens, range).iter().any(|token| token.class == class);
        let around = first.span.start..last.span.end;
        if pattern.unless.iter().any(|class| has(*class, &around)) {
            return None;
        }
        if self.is_taken_back(pattern, &passages.text, &words, within(tokens, &around)) {
            return None;
        }
        if !pattern.blunt && self.is_talked_about(passages, number, tokens, &has) {
            return None;
        }
        Some(span)
    }

    /// Whether a negation stands before a word of a pattern, near enough to mean it.
    fn is_taken_back(&self, pattern: &Pattern, text: &str, words: &[(usize, usize)], around: &[Token]) -> bool {
        let first = words.iter().map(|(start, _)| *start).min().unwrap_or_default();
        let negations = around.iter().filter(|token| token.class == self.negation);
        negations.into_iter().any(|negation| {
            words.iter().any(|(start, _)| {
                let Some(between) = start.checked_sub(negation.end).and_then(|_| text.get(negation.end..*start)) else {
                    return false;
                };
                let reach = match (pattern.negated, *start == first) {
                    (true, true) => ADJACENT,
                    (true, false) => return false,
                    (false, true) => NEGATION_REACH,
                    (false, false) => NEGATION_INSIDE,
                };
                between.len() <= reach
                    && ![" and ", "; ", ". ", " then ", " but "].iter().any(|end| between.contains(end))
            })
        })
    }

    /// Whether attacks are talked about around a sentence: in it, in the headings above it, or in what leads up to it.
    fn is_talked_about(
        &self,
        passages: &Passages,
        number: usize,
        tokens: &[Token],
        has: &dyn Fn(u16, &Range<usize>) -> bool,
    ) -> bool {
        let Some(sentence) = passages.sentences.get(number) else { return false };
        let before = number.checked_sub(1).and_then(|number| passages.sentences.get(number));
        if has(self.talk, &sentence.span) || before.is_some_and(|before| has(self.talk, &before.span)) {
            return true;
        }
        let Some(block) = passages.blocks.get(sentence.block) else { return false };
        // What leads up to a list stands before its first item.
        let items = passages.blocks.get(..sentence.block).unwrap_or_default().iter().rev();
        let items = items.take_while(|above| block.place == Place::Item && above.place == Place::Item).count();
        let lead = sentence.block.checked_sub(items + 1).filter(|_| block.place == Place::Item);
        block.under.iter().copied().chain(lead).any(|heading| {
            let of = passages.sentences.partition_point(|sentence| sentence.block < heading);
            passages.sentences.get(of).is_some_and(|sentence| {
                sentence.block == heading && within(tokens, &sentence.span).iter().any(|it| it.class == self.talk)
            })
        })
    }
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// The tokens that begin within a range.
fn within<'t>(tokens: &'t [Token], range: &Range<usize>) -> &'t [Token] {
    let begin = tokens.partition_point(|token| token.start < range.start);
    let end = tokens.partition_point(|token| token.start < range.end);
    tokens.get(begin..end.max(begin)).unwrap_or_default()
}

/// One token of each group, each behind the one before and not too far from it.
fn ordered(pattern: &Pattern, tokens: &[Token], begin_before: usize) -> Option<Vec<(usize, usize)>> {
    let (first, rest) = pattern.groups.split_first()?;
    let heads = tokens.iter().filter(|token| token.start < begin_before && first.contains(&token.class));
    for head in heads.take(HEADS) {
        let mut end = head.end;
        let mut taken = vec![(head.start, head.end)];
        let whole = rest.iter().all(|group| {
            let next = tokens
                .iter()
                .find(|token| token.start >= end && token.start <= end + pattern.gap && group.contains(&token.class));
            next.is_some_and(|next| {
                end = next.end;
                taken.push((next.start, next.end));
                true
            })
        });
        if whole {
            return Some(taken);
        }
    }
    None
}

/// One token of each group, none within another, none too far from the first group's.
fn unordered(pattern: &Pattern, tokens: &[Token], begin_before: usize) -> Option<Vec<(usize, usize)>> {
    let (first, rest) = pattern.groups.split_first()?;
    for head in tokens.iter().filter(|token| first.contains(&token.class)).take(HEADS) {
        let mut taken = vec![(head.start, head.end)];
        let whole = rest.iter().all(|group| {
            let free = |token: &&Token| taken.iter().all(|(start, end)| token.end <= *start || token.start >= *end);
            let distance = |token: &&Token| {
                taken
                    .iter()
                    .map(|(start, end)| token.start.saturating_sub(*end).max(start.saturating_sub(token.end)))
                    .min()
            };
            let nearest = tokens.iter().filter(|token| group.contains(&token.class)).filter(free).min_by_key(distance);
            match nearest {
                Some(next) if distance(&next).is_some_and(|far| far <= pattern.gap) => {
                    taken.push((next.start, next.end));
                    true
                }
                _ => false,
            }
        });
        let start = taken.iter().map(|(start, _)| *start).min().unwrap_or(head.start);
        if whole && start < begin_before {
            return Some(taken);
        }
    }
    None
}
