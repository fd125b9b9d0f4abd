//! Views: the text as a model may read it, once what hides words from a search has been undone. Each view knows which
//! bytes of the original every part of it comes from.

mod blob;
mod confusable;
mod escape;
mod fold;
pub(crate) mod foreign;
mod invisible;
mod leet;
mod letter;
mod markup;
mod passage;
mod spaced;
mod turned;

pub(crate) use confusable::lookalike;
pub(crate) use fold::fold;
pub(crate) use invisible::is_invisible;
pub(crate) use passage::line;

use super::lexicon::Token;
use super::survey::Survey;
use std::borrow::Cow;
use std::ops::Range;

/// How deep encodings are followed.
pub(crate) const DEEPEST: usize = 3;

/// The longest encoded text that is looked into, in bytes of the encoding.
pub(crate) const LONGEST_BLOB: usize = 4096;

/// What was undone to get a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Undone {
    /// Invisible characters left out, full-width and similar letters made plain.
    Folded,
    /// Letters with blanks or signs between them drawn together.
    Spaced,
    /// Digits and signs read as letters.
    Leet,
    /// Escapes such as `\u0041` and `\n`.
    Escape,
    /// HTML entities.
    Entity,
    /// Percent encoding.
    Percent,
    /// Markup inside words.
    Markup,
    /// Base64.
    Base64,
    /// Hexadecimal digits.
    Hex,
    /// Letters moved by thirteen places.
    Rot13,
    /// Text written backwards.
    Reversed,
    /// Text carried by invisible characters.
    Smuggled,
}

impl Undone {
    /// What to say of text that was found that way. Nothing is said of what is ordinary.
    pub(crate) fn says(self) -> Option<&'static str> {
        match self {
            Self::Folded | Self::Escape => None,
            Self::Entity => Some("written in HTML entities"),
            Self::Spaced => Some("its letters are spread out"),
            Self::Leet => Some("written with digits and signs for letters"),
            Self::Percent => Some("written in percent encoding"),
            Self::Markup => Some("its words are split by markup"),
            Self::Base64 => Some("written in base64"),
            Self::Hex => Some("written in hexadecimal digits"),
            Self::Rot13 => Some("written in rot13"),
            Self::Reversed => Some("written backwards"),
            Self::Smuggled => Some("carried by invisible characters"),
        }
    }
}

/// A stretch of a view and the bytes of the original that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Where it begins in the view. It ends where the next one begins.
    pub(crate) at: usize,
    /// The bytes of the original.
    pub(crate) raw: Range<usize>,
    /// Whether the bytes are the same ones, so that a place inside can be told.
    pub(crate) same: bool,
}

/// A text as it may be read.
#[derive(Debug, Clone)]
pub(crate) struct View<'t> {
    pub(crate) text: Cow<'t, str>,
    /// In order; empty if the view is the original.
    pieces: Vec<Piece>,
    /// What was undone, the last thing at the end.
    pub(crate) undone: Vec<Undone>,
}

impl<'t> View<'t> {
    /// The original itself.
    pub(crate) fn original(text: &'t str) -> Self {
        Self { text: Cow::Borrowed(text), pieces: Vec::new(), undone: Vec::new() }
    }

    /// A view of the original that is in pieces.
    pub(crate) fn folded(text: String, pieces: Vec<Piece>) -> Self {
        Self { text: Cow::Owned(text), pieces, undone: vec![Undone::Folded] }
    }

    /// This view with its text in its simplest form.
    pub(crate) fn folded_as<'f>(&self, folded: View<'f>) -> View<'f> {
        let pieces = if folded.pieces.is_empty() { self.pieces.clone() } else { self.compose(folded.pieces) };
        View { text: folded.text, pieces, undone: self.undone.clone() }
    }

    /// What became of a part of this view by undoing something. `pieces` speak of places in this view.
    pub(crate) fn then(&self, undone: Undone, text: String, pieces: Vec<Piece>) -> View<'static> {
        let undone = self.undone.iter().copied().chain([undone]).collect();
        View { text: Cow::Owned(text), pieces: self.compose(pieces), undone }
    }

    /// Pieces that speak of places in this view, made to speak of the original.
    fn compose(&self, pieces: Vec<Piece>) -> Vec<Piece> {
        if self.pieces.is_empty() {
            return pieces;
        }
        let mut composed = Vec::with_capacity(pieces.len());
        for piece in pieces {
            if piece.same {
                self.split(&piece, &mut composed);
            } else {
                composed.push(Piece { raw: self.raw(piece.raw), ..piece });
            }
        }
        composed
    }

    /// Adds a piece that is the same bytes as in this view, cut where the pieces of this view are.
    fn split(&self, piece: &Piece, composed: &mut Vec<Piece>) {
        let mut from = piece.raw.start;
        let first = self.pieces.partition_point(|mine| mine.at <= from).saturating_sub(1);
        for (number, mine) in self.pieces.iter().enumerate().skip(first) {
            if from >= piece.raw.end {
                break;
            }
            let next = self.pieces.get(number + 1).map_or(self.text.len(), |next| next.at);
            let end = next.min(piece.raw.end);
            composed.push(Piece { at: piece.at + (from - piece.raw.start), raw: self.raw(from..end), same: mine.same });
            from = end;
        }
    }

    /// What became of a part of this view, where no place inside can be told.
    pub(crate) fn then_whole(&self, undone: Undone, text: String, part: Range<usize>) -> View<'static> {
        self.then(undone, text, vec![Piece { at: 0, raw: part, same: false }])
    }

    /// The bytes of the original that a range of the view stands for.
    pub(crate) fn raw(&self, range: Range<usize>) -> Range<usize> {
        if self.pieces.is_empty() {
            return range;
        }
        let start = self.place(range.start, false);
        let end = if range.is_empty() { start } else { self.place(range.end, true) };
        start..end.max(start)
    }

    fn place(&self, at: usize, end: bool) -> usize {
        // An end belongs to the piece of the last byte before it.
        let inside = if end { at.saturating_sub(1) } else { at };
        let next = self.pieces.partition_point(|piece| piece.at <= inside);
        let Some(piece) = next.checked_sub(1).and_then(|number| self.pieces.get(number)) else { return at };
        match (piece.same, end) {
            (true, _) => (piece.raw.start + (at - piece.at)).min(piece.raw.end),
            (false, false) => piece.raw.start,
            (false, true) => piece.raw.end,
        }
    }

    /// Whether this was undone to get here.
    pub(crate) fn has_undone(&self, what: Undone) -> bool {
        self.undone.contains(&what)
    }

    /// Whether there are words in this view that the views before it do not show.
    pub(crate) fn tells_more(&self) -> bool {
        self.undone.iter().any(|undone| match undone {
            Undone::Folded | Undone::Escape | Undone::Entity | Undone::Markup | Undone::Leet => false,
            Undone::Spaced
            | Undone::Percent
            | Undone::Base64
            | Undone::Hex
            | Undone::Rot13
            | Undone::Reversed
            | Undone::Smuggled => true,
        })
    }

    /// Whether there may be characters in this view that the views before it do not have.
    pub(crate) fn brings_characters(&self) -> bool {
        !self.undone.last().is_some_and(|undone| undone.keeps_length())
    }

    /// Whether this was undone last.
    pub(crate) fn ends_with(&self, what: Undone) -> bool {
        self.undone.last() == Some(&what)
    }

    /// Whether a passage of this view, `plain`, was made hard to find in the original, `raw`.
    pub(crate) fn is_disguise(&self, raw: &str, plain: &str) -> bool {
        let entities =
            self.undone.iter().all(|undone| matches!(undone, Undone::Folded | Undone::Escape | Undone::Entity));
        // Quotes and blanks are often written as entities; letters are not.
        raw != plain && (!entities || raw.contains("&#"))
    }

    /// How many encodings lie around the text.
    fn depth(&self) -> usize {
        self.undone.iter().filter(|undone| !matches!(undone, Undone::Folded)).count()
    }

    /// What further views this one leads to.
    pub(crate) fn further(&self, survey: &Survey, tokens: &[Token]) -> Vec<View<'static>> {
        let mut views = Vec::new();
        if self.depth() >= DEEPEST {
            return views;
        }
        blob::undo(self, &survey.blobs, &mut views);
        if survey.backslash {
            escape::undo_escapes(self, &mut views);
        }
        if survey.ampersand {
            escape::undo_entities(self, &mut views);
        }
        if survey.percent {
            escape::undo_percent(self, &mut views);
        }
        // What does not make a text shorter is undone once, so that the work stays in bounds.
        if !self.undone.iter().any(|undone| undone.keeps_length()) {
            spaced::undo(self, &survey.spaced, &mut views);
            leet::undo(self, &survey.leet, &mut views);
            turned::undo(self, tokens, &mut views);
            markup::undo(self, &survey.marks, &mut views);
        }
        views
    }
}

impl Undone {
    /// Whether the undone text is about as long as before.
    fn keeps_length(self) -> bool {
        match self {
            Self::Spaced | Self::Leet | Self::Markup | Self::Rot13 | Self::Reversed => true,
            Self::Folded | Self::Escape | Self::Entity | Self::Percent | Self::Base64 | Self::Hex | Self::Smuggled => {
                false
            }
        }
    }
}
