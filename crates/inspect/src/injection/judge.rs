//! What speaks against a match: talk about attacks around it, and quotes that show it is an example.
//!
//! Whoever writes about attacks quotes them. Such a match counts one tier less for each of the two; an attacker who adds
//! them pays with that tier and not with silence.

use super::lexicon::{Token, starting_in};
use super::phrase::Found;
use super::rule::{class, rule};
use super::{Context, Tier};
use std::ops::Range;

/// How far talk about attacks may lie away.
const NEAR: usize = 200;

/// How many bytes more than the match a quotation of little else has.
const LITTLE: usize = 16;

/// How far before the match the quotation may begin.
const QUOTE: usize = 24;

/// What speaks against a match.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Doubts {
    /// The text around it is about attacks.
    pub(crate) talk: bool,
    /// It is a quotation.
    pub(crate) quoted: bool,
    /// The quotation holds little else.
    pub(crate) bare: bool,
    /// Such words are ordinary where the text comes from.
    pub(crate) place: bool,
}

impl Doubts {
    pub(crate) fn of(text: &str, tokens: &[Token], found: &Found, context: Context) -> Self {
        let rule = rule(found.rule);
        let talk = !rule.blunt && talks(tokens, &found.span);
        let quote = if rule.blunt { None } else { quotation(text, &found.span) };
        let bare = quote.as_ref().is_some_and(|quote| quote.len() <= found.span.len() + LITTLE);
        Self { talk, quoted: quote.is_some(), bare, place: rule.quiet_in.contains(&context) }
    }

    /// The tier that is left; nothing if the doubts outweigh the match.
    pub(crate) fn apply(self, tier: Tier) -> Option<Tier> {
        let doubts = [self.talk, self.quoted, self.bare, self.place].into_iter().filter(|doubt| *doubt);
        // Two doubts leave a note at least: many notes together still say something.
        let mut left = tier;
        for (number, _) in doubts.enumerate() {
            match left.lower() {
                Some(lower) => left = lower,
                None if number == 0 => return None,
                None => return Some(Tier::Note),
            }
        }
        Some(left)
    }
}

/// Whether words about attacks stand near the match, and not in it.
fn talks(tokens: &[Token], span: &Range<usize>) -> bool {
    let near = span.start.saturating_sub(NEAR)..span.end + NEAR;
    let outside = |token: &Token| token.end <= span.start || token.start >= span.end;
    starting_in(tokens, near).iter().any(|token| token.classes.holds(class::ATTACK_TALK) && outside(token))
}

/// The quotation that the match stands in, if its quote is not the one of a whole string value, as in
/// `patterns = ["ignore …", "disregard …"]` or in `phrases such as "ignore …"`.
fn quotation(text: &str, span: &Range<usize>) -> Option<Range<usize>> {
    let from = text.floor_char_boundary(span.start.saturating_sub(QUOTE));
    let before = text.get(from..span.start)?;
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let open = line + before.get(line..)?.rfind(['"', '\'', '`'])?;
    let (left, right) = (before.get(line..open)?, before.get(open..)?);
    let quote = right.chars().next()?;
    // An apostrophe inside of a word is no quote.
    if quote == '\'' && left.ends_with(char::is_alphanumeric) {
        return None;
    }
    // The value of a key in JSON or YAML is where texts stand, and no quotation.
    let left = left.trim_end_matches(['\\', ' ', '"', '\'', '`']);
    let value = matches!(left.chars().next_back(), None | Some(':' | '>' | '='));
    let in_code = left.ends_with(['(', '[', ',', '{', '|']) || left.ends_with("= r") || left.ends_with("= b");
    let rest = text.get(span.end..)?.lines().next()?;
    let close = rest.get(..rest.floor_char_boundary(160))?.find(quote)?;
    (in_code || !value).then(|| from + open + 1..span.end + close)
}
