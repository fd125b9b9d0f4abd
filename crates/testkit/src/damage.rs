//! What happens to a word that a model does not know, on its way through the model and through what shows its answer.

#![expect(clippy::indexing_slicing, reason = "used by tests only, where a panic is a failed test")]

use crate::dice::Dice;
use std::fmt::Write as _;

/// A word as it arrives: symbols, each spelled somehow, and what came between and around them.
#[derive(Debug, Clone)]
pub struct Word {
    before: String,
    /// Each symbol as it is spelled, and what follows it.
    symbols: Vec<(String, String)>,
    after: String,
}

impl Word {
    /// A word without damage.
    pub fn new(word: &str) -> Self {
        let symbols = word.chars().map(|c| (c.to_string(), String::new())).collect();
        Self { before: String::new(), symbols, after: String::new() }
    }

    /// What stands before the first symbol, the word from its first to its last symbol, and what stands behind it.
    pub fn parts(&self) -> (String, String, String) {
        let mut word: String = self.symbols.iter().flat_map(|(symbol, gap)| [symbol.as_str(), gap]).collect();
        let last_gap = self.symbols.last().map_or(0, |(_, gap)| gap.len());
        let behind = word.split_off(word.len() - last_gap);
        (self.before.clone(), word, behind + &self.after)
    }

    fn inside(&mut self, dice: &mut Dice, text: &str) {
        let place = dice.below(self.symbols.len() - 1);
        self.symbols[place].1.push_str(text);
    }

    fn around(&mut self, text: &str) {
        self.before.insert_str(0, text);
        self.after.push_str(text);
    }

    /// Spells one symbol another way, if it is still spelled as itself.
    fn spell(&mut self, dice: &mut Dice, spelling: impl Fn(char) -> String) {
        let place = dice.below(self.symbols.len());
        let symbol = &mut self.symbols[place].0;
        let mut characters = symbol.chars();
        if let (Some(c), None) = (characters.next(), characters.next()) {
            *symbol = spelling(c);
        }
    }

    fn each(&mut self, change: impl FnMut(char) -> char) {
        let mut change = change;
        for (symbol, _) in self.symbols.iter_mut().filter(|(symbol, _)| symbol.chars().count() == 1) {
            *symbol = symbol.chars().map(&mut change).collect();
        }
    }
}

macro_rules! damages {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// One kind of damage.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Damage {
            $($(#[$doc])* $name,)*
        }

        impl Damage {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// What it is called in a table.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

damages! {
    /// All in lower case.
    LowerCase = "lower case";
    /// Each letter in either case.
    MixedCase = "mixed case";
    /// `ZQ**TO**KN…`
    BoldInside = "bold inside";
    /// `ZQ*TO*KN…`
    ItalicsInside = "italics inside";
    /// `ZQ_TO_KN…`
    UnderscoresInside = "underscores inside";
    /// ``ZQ`TO`KN…``
    BackticksInside = "backticks inside";
    /// `ZQ\TOKN…`
    BackslashInside = "backslash inside";
    /// `ZQ\_TOKN…`
    EscapedUnderscore = "escaped underscore inside";
    /// Characters that nobody sees.
    ZeroWidth = "zero-width inside";
    /// A hyphen that shows only at the end of a line.
    SoftHyphen = "soft hyphen inside";
    /// A hyphen that no line breaks at.
    NonBreakingHyphen = "non-breaking hyphen inside";
    /// A plain hyphen.
    Hyphen = "hyphen inside";
    /// A line end and an indent.
    LineWrap = "line wrap";
    /// The same with a carriage return.
    WindowsLineWrap = "line wrap with CR";
    /// A line end in a quoted mail or Markdown quote.
    QuotedLineWrap = "line wrap with quote mark";
    /// A line end in a comment.
    CommentLineWrap = "line wrap with comment mark";
    /// One space.
    Space = "space inside";
    /// A space after every few symbols.
    Groups = "split into groups";
    /// A space that no line breaks at.
    NonBreakingSpace = "non-breaking space inside";
    /// Around it.
    Quotes = "quotes around";
    /// Around it.
    BoldAround = "bold around";
    /// `&#65;` or `&#x41;`
    Entity = "one symbol as an entity";
    /// `&shy;`
    EntityInside = "soft hyphen as an entity";
    /// `%41`
    Percent = "one symbol percent-encoded";
    /// `\u0041`
    UnicodeEscape = "one symbol as \\u";
    /// `\x41`
    HexEscape = "one symbol as \\x";
    /// `<wbr>`
    Tag = "a tag inside";
    /// The wide forms of East Asian text.
    Wide = "wide letters";
    /// `O` for `0`, `l` for `1`, and the other way round.
    Confused = "confusable letters";
    /// One symbol, whichever, became another one.
    Substituted = "one symbol substituted";
}

impl Damage {
    /// Does it to a word.
    pub fn apply(self, word: &mut Word, dice: &mut Dice) {
        let pair = |word: &mut Word, dice: &mut Dice, text: &str| {
            word.inside(dice, text);
            word.inside(dice, text);
        };
        let indent = " ".repeat(dice.below(9));
        match self {
            Self::LowerCase => word.each(|c| c.to_ascii_lowercase()),
            Self::MixedCase => {
                word.each(|c| if dice.once_in(2) { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() });
            }
            Self::BoldInside => pair(word, dice, "**"),
            Self::ItalicsInside => pair(word, dice, "*"),
            Self::UnderscoresInside => pair(word, dice, "_"),
            Self::BackticksInside => pair(word, dice, "`"),
            Self::BackslashInside => word.inside(dice, "\\"),
            Self::EscapedUnderscore => word.inside(dice, "\\_"),
            Self::ZeroWidth => {
                let invisible = *dice.one_of(&["\u{200b}", "\u{200c}", "\u{200d}", "\u{2060}", "\u{feff}"]);
                word.inside(dice, invisible);
            }
            Self::SoftHyphen => word.inside(dice, "\u{ad}"),
            Self::NonBreakingHyphen => word.inside(dice, "\u{2011}"),
            Self::Hyphen => word.inside(dice, "-"),
            Self::LineWrap => word.inside(dice, &format!("\n{indent}")),
            Self::WindowsLineWrap => word.inside(dice, &format!("\r\n{indent}")),
            Self::QuotedLineWrap => word.inside(dice, "\n> "),
            Self::CommentLineWrap => {
                let mark = *dice.one_of(&["//", "#", "///", "--", ";", " *"]);
                word.inside(dice, &format!("\n{indent}{mark} "));
            }
            Self::Space => word.inside(dice, " "),
            Self::Groups => {
                let size = 2 + dice.below(5);
                let last = word.symbols.len() - 1;
                let ends = word.symbols[..last].iter_mut().skip(size - 1).step_by(size);
                ends.for_each(|(_, gap)| gap.push(' '));
            }
            Self::NonBreakingSpace => word.inside(dice, "\u{a0}"),
            Self::Quotes => {
                let quote = *dice.one_of(&["\"", "'", "`"]);
                word.around(quote);
            }
            Self::BoldAround => word.around("**"),
            Self::Entity if dice.once_in(2) => word.spell(dice, |c| format!("&#{};", u32::from(c))),
            Self::Entity => word.spell(dice, |c| format!("&#x{:x};", u32::from(c))),
            Self::EntityInside => word.inside(dice, "&shy;"),
            Self::Percent => word.spell(dice, |c| {
                let mut bytes = [0; 4];
                c.encode_utf8(&mut bytes).bytes().fold(String::new(), |mut text, byte| {
                    write!(text, "%{byte:02X}").ok();
                    text
                })
            }),
            Self::UnicodeEscape => word.spell(dice, |c| format!("\\u{:04x}", u32::from(c))),
            Self::HexEscape => {
                word.spell(dice, |c| if c.is_ascii() { format!("\\x{:02x}", u32::from(c)) } else { c.into() });
            }
            Self::Tag => word.inside(dice, "<wbr>"),
            Self::Wide => word.each(|c| match c {
                '!'..='~' => char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c),
                other => other,
            }),
            Self::Confused => word.each(|c| match c {
                'O' | 'o' => '0',
                '0' => 'O',
                'I' => 'l',
                'L' | 'l' => '1',
                '1' => 'I',
                other => other,
            }),
            Self::Substituted => {
                let other = *dice.one_of(b"ABCDEFGHJKMNPQRSTUVWXYZ23456789");
                word.spell(dice, |c| {
                    let other = if char::from(other).eq_ignore_ascii_case(&c) { b'7' } else { other };
                    char::from(if c == '7' { b'8' } else { other }).into()
                });
            }
        }
    }

    /// Every kind, then every two of them, one after the other. Two substitutions are left out: they are two wrong symbols.
    pub fn all_and_pairs() -> Vec<Vec<Self>> {
        let singles = Self::ALL.iter().map(|one| vec![*one]);
        let pairs = Self::ALL.iter().flat_map(|one| Self::ALL.iter().map(|two| vec![*one, *two]));
        singles.chain(pairs.filter(|pair| *pair != [Self::Substituted, Self::Substituted])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_changes_the_word_or_what_is_around_it() {
        for damage in Damage::ALL {
            let mut word = Word::new("ZQTOKN72C8H9P3W4K5M6");
            damage.apply(&mut word, &mut Dice::new(7));
            let (before, inside, after) = word.parts();
            assert_ne!(before + &inside + &after, "ZQTOKN72C8H9P3W4K5M6", "{}", damage.name());
        }
    }

    #[test]
    fn without_damage_a_word_is_what_it_was() {
        assert_eq!(Word::new("ABC").parts(), (String::new(), "ABC".to_owned(), String::new()));
    }
}
