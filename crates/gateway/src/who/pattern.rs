//! Which models are meant: a name, in which `*` stands for anything.

use std::fmt;

/// A pattern for `provider/model`. Without a `/` it means the model, whoever serves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

/// Longer ones are no names.
const LONGEST: usize = 200;

impl Pattern {
    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() || text.len() > LONGEST {
            return Err("a pattern has between 1 and 200 characters");
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains(['!', '?', '[', '{', '"', '\\']) {
            return Err("a pattern is a name such as `anthropic/claude-*`, in which only `*` has a meaning");
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether exactly this name is meant: what it is held against opens something.
    pub fn fits(&self, name: &str) -> bool {
        fits(self.0.as_bytes(), self.wanted(name).as_bytes())
    }

    /// Whether this name is meant, however it is written: what it is held against closes something, and there are servers that
    /// don't mind the case of a name.
    pub fn fits_loosely(&self, name: &str) -> bool {
        let pattern = self.0.to_ascii_lowercase();
        fits(pattern.as_bytes(), self.wanted(name).to_ascii_lowercase().as_bytes())
    }

    /// What of a name it is held against.
    fn wanted<'a>(&self, name: &'a str) -> &'a str {
        let model = name.split_once('/').map_or(name, |(_, model)| model);
        if self.0.contains('/') { name } else { model }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Goes back to the last `*` only, so that the time is bounded by the product of both lengths.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(read) {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(same) if same == byte => (at, read) = (at + 1, read + 1),
            Some(_) | None => {
                let Some((star_at, from)) = star else { return false };
                star = Some((star_at, from + 1));
                (at, read) = (star_at + 1, from + 1);
            }
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_star_stands_for_anything_and_all_else_for_itself() {
        let fits = |pattern: &str, name: &str| Pattern::parse(pattern).unwrap().fits(name);
        assert!(fits("anthropic/claude-*", "anthropic/claude-opus-4-1") && fits("*", "a/b") && fits("a/b", "a/b"));
        assert!(fits("gpt-5*", "openai/gpt-5.1") && fits("*mini", "openai/gpt-5-mini") && fits("a/*b*c", "a/xxbyyc"));
        assert!(!fits("anthropic/claude-*", "openrouter/anthropic/claude-x") && !fits("gpt-5", "openai/gpt-5.1"));
        assert!(!fits("a/b", "a/B") && Pattern::parse("a/b").unwrap().fits_loosely("A/B"));
        for bad in ["", "a b", "!a", "a?", "[ab]", "a\nb", "é"] {
            assert!(Pattern::parse(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn it_says_what_a_slow_reader_says(pattern in "[ab*]{1,8}", text in "[ab]{0,8}") {
            fn slow(pattern: &[u8], text: &[u8]) -> bool {
                match pattern.split_first() {
                    None => text.is_empty(),
                    Some((b'*', rest)) => (0..=text.len()).any(|from| slow(rest, &text[from..])),
                    Some((byte, rest)) => text.first() == Some(byte) && slow(rest, &text[1..]),
                }
            }
            prop_assert_eq!(fits(pattern.as_bytes(), text.as_bytes()), slow(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
