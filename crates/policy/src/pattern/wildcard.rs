//! `*`, `?` and `[…]` within one name. A backslash takes the meaning away from the character after it.

use super::BadPattern;
use std::collections::BTreeSet;

/// A name with or without wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wildcard {
    /// Exactly this.
    Literal(String),
    /// `*`
    Anything,
    /// `text*`
    Starts(String),
    /// `*text`
    Ends(String),
    /// `*text*`
    Holds(String),
    /// All others.
    Mixed(Vec<Token>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    Char(char),
    One,
    Many,
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Token {
    /// Whether it stands for this one character.
    fn is_one(&self, c: char) -> bool {
        match self {
            Self::Char(expected) => *expected == c,
            Self::One => true,
            Self::Many => false,
            Self::Class { negated, ranges } => ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *negated,
        }
    }
}

impl Wildcard {
    pub(crate) fn parse(text: &str) -> Result<Self, BadPattern> {
        // Most names stand for themselves, and a policy with many of them is read each time a hook starts.
        if is_plain(text) { Ok(Self::Literal(text.to_owned())) } else { tokens(text).map(simplify) }
    }

    /// The name itself if there is no wildcard in it.
    pub(crate) fn literal(self) -> Result<String, Self> {
        match self {
            Self::Literal(name) => Ok(name),
            Self::Anything | Self::Starts(_) | Self::Ends(_) | Self::Holds(_) | Self::Mixed(_) => Err(self),
        }
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Literal(text) => name == text,
            Self::Anything => true,
            Self::Starts(text) => name.starts_with(text),
            Self::Ends(text) => name.ends_with(text),
            Self::Holds(text) => name.contains(text),
            Self::Mixed(tokens) => mixed(tokens, name),
        }
    }

    /// Whether a name that it fits can begin like this.
    pub(crate) fn may_begin(&self, start: &str) -> bool {
        match self {
            Self::Literal(text) => text.starts_with(start),
            Self::Anything | Self::Ends(_) | Self::Holds(_) => true,
            Self::Starts(text) => text.starts_with(start) || start.starts_with(text),
            Self::Mixed(tokens) => mixed_may_begin(tokens, start),
        }
    }
}

/// Whether a character means something else than itself, or stands in no name.
pub(crate) fn is_special(c: char) -> bool {
    matches!(c, '*' | '?' | '[' | '\\' | '{' | '}') || c.is_control()
}

/// Whether a text stands for itself.
pub(crate) fn is_plain(text: &str) -> bool {
    !text.contains(is_special)
}

fn tokens(text: &str) -> Result<Vec<Token>, BadPattern> {
    let mut out = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let token = match c {
            '*' if out.last() == Some(&Token::Many) => continue,
            '*' => Token::Many,
            '?' => Token::One,
            '[' => class(&mut chars)?,
            '\\' => Token::Char(chars.next().ok_or_else(|| {
                BadPattern::new("it ends with a backslash", "write `\\\\` for a backslash, or leave it out")
            })?),
            '{' | '}' => {
                return Err(BadPattern::new(
                    "braces have no meaning here",
                    "write one entry for each alternative, or `\\{` if the name really holds a brace",
                ));
            }
            c if c.is_control() => {
                return Err(BadPattern::new("it holds a control character", "no name that is matched here holds one"));
            }
            c => Token::Char(c),
        };
        out.push(token);
    }
    Ok(out)
}

fn class(chars: &mut std::str::Chars<'_>) -> Result<Token, BadPattern> {
    let unclosed =
        || BadPattern::new("`[` is never closed", "close it with `]`, or write `\\[` for the character itself");
    let mut set: Vec<char> = Vec::new();
    loop {
        match chars.next().ok_or_else(unclosed)? {
            ']' if !set.is_empty() && set != ['!'] && set != ['^'] => break,
            c => set.push(c),
        }
    }
    let negated = matches!(set.first(), Some('!' | '^'));
    let members = set.get(usize::from(negated)..).unwrap_or_default();
    let mut ranges = Vec::new();
    let mut rest = members;
    loop {
        rest = match rest {
            [from, '-', to, tail @ ..] if from <= to => {
                ranges.push((*from, *to));
                tail
            }
            [_, '-', _, ..] => {
                return Err(BadPattern::new(
                    "this range runs backwards",
                    "write the lower character first, as in `[a-z]`",
                ));
            }
            [one, tail @ ..] => {
                ranges.push((*one, *one));
                tail
            }
            [] => break,
        };
    }
    Ok(Token::Class { negated, ranges })
}

fn simplify(tokens: Vec<Token>) -> Wildcard {
    let literal = |tokens: &[Token]| -> Option<String> {
        tokens
            .iter()
            .map(|token| match token {
                Token::Char(c) => Some(*c),
                Token::One | Token::Many | Token::Class { .. } => None,
            })
            .collect()
    };
    let simple = match tokens.as_slice() {
        [Token::Many] => Some(Wildcard::Anything),
        [Token::Many, middle @ .., Token::Many] => literal(middle).map(Wildcard::Holds),
        [Token::Many, end @ ..] => literal(end).map(Wildcard::Ends),
        [start @ .., Token::Many] => literal(start).map(Wildcard::Starts),
        all => literal(all).map(Wildcard::Literal),
    };
    simple.unwrap_or(Wildcard::Mixed(tokens))
}

/// Keeps every place of the pattern that the start can lead to.
fn mixed_may_begin(tokens: &[Token], start: &str) -> bool {
    let mut places = with_skipped(tokens, [0].into());
    for c in start.chars() {
        let next = places.iter().filter_map(|&at| match tokens.get(at)? {
            Token::Many => Some(at),
            token @ (Token::Char(_) | Token::One | Token::Class { .. }) => token.is_one(c).then_some(at + 1),
        });
        places = with_skipped(tokens, next.collect());
    }
    !places.is_empty()
}

/// A `*` may stand for nothing. Two of them never follow each other.
fn with_skipped(tokens: &[Token], mut places: BTreeSet<usize>) -> BTreeSet<usize> {
    let skipped: Vec<usize> =
        places.iter().filter(|at| tokens.get(**at) == Some(&Token::Many)).map(|at| at + 1).collect();
    places.extend(skipped);
    places
}

/// Walks both, and on a mismatch goes back to the last `*` only, so the time is at most pattern times name.
fn mixed(tokens: &[Token], name: &str) -> bool {
    let (mut at, mut rest) = (0, name);
    let mut retry: Option<(usize, &str)> = None;
    loop {
        let mut next = rest.chars();
        let c = next.next();
        let step = match (tokens.get(at), c) {
            (None, None) => return true,
            (Some(Token::Many), _) => {
                retry = Some((at + 1, rest));
                at += 1;
                continue;
            }
            (Some(token @ (Token::One | Token::Char(_) | Token::Class { .. })), Some(c)) => token.is_one(c),
            (Some(Token::One | Token::Char(_) | Token::Class { .. }), None) | (None, Some(_)) => false,
        };
        if step {
            at += 1;
            rest = next.as_str();
            continue;
        }
        let Some((after_star, from)) = retry else { return false };
        let mut skip = from.chars();
        if skip.next().is_none() {
            return false;
        }
        retry = Some((after_star, skip.as_str()));
        (at, rest) = (after_star, skip.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fits(pattern: &str, name: &str) -> bool {
        Wildcard::parse(pattern).unwrap().matches(name)
    }

    #[test]
    fn stars_question_marks_and_classes_match_as_in_gitignore() {
        for (pattern, yes, no) in [
            ("*.pem", "server.pem", "server.pem.txt"),
            (".env.*", ".env.local", ".env"),
            ("*secret*", "my-secret-file", "secre"),
            ("a?c", "abc", "ac"),
            ("id_[a-z0-9]*", "id_rsa", "id_"),
            ("[!a]x", "bx", "ax"),
            ("a*b*c", "a-b-b-c", "a-c-b"),
            ("\\*", "*", "x"),
            ("[]]", "]", "["),
        ] {
            assert!(fits(pattern, yes), "{pattern} {yes}");
            assert!(!fits(pattern, no), "{pattern} {no}");
        }
    }

    #[test]
    fn a_pattern_that_would_never_do_what_it_says_is_refused() {
        for bad in ["[a", "x\\", "*.{js,ts}", "[z-a]", "a\u{7}"] {
            assert!(Wildcard::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_name_that_is_read_at_once_is_read_as_any_other(text in "[a.*?!\\[\\]\\\\{}\\x00é-]{0,8}|.{0,8}") {
            prop_assert_eq!(Wildcard::parse(&text).ok(), tokens(&text).map(simplify).ok());
        }

        #[test]
        fn what_fits_may_begin_as_it_does(pattern in "[ab*?]{0,6}", name in "[ab]{0,6}", length in 0usize..7) {
            let start: String = name.chars().take(length).collect();
            let wildcard = Wildcard::parse(&pattern).unwrap();
            prop_assert!(!wildcard.matches(&name) || wildcard.may_begin(&start));
            // Other than the longest name that is tried here, the pattern has no more to say than six characters.
            let mut names = vec![start.clone()];
            for _ in 0..6 {
                let longer: Vec<String> = names.iter().flat_map(|name| ["a", "b"].map(|c| format!("{name}{c}"))).collect();
                names.extend(longer);
                names.sort();
                names.dedup();
            }
            prop_assert_eq!(names.iter().any(|name| wildcard.matches(name)), wildcard.may_begin(&start));
        }

        #[test]
        fn a_name_without_special_characters_matches_itself_only(name in "[a-z.]{1,8}", other in "[a-z.]{1,8}") {
            prop_assert_eq!(fits(&name, &other), name == other);
        }

        #[test]
        fn many_stars_do_not_make_it_slow(stars in 1usize..40, length in 0usize..2000) {
            let pattern = "a*".repeat(stars) + "b";
            prop_assert!(!fits(&pattern, &"a".repeat(length)));
        }

        #[test]
        fn any_text_is_read_or_refused(pattern in ".{0,20}", name in ".{0,20}") {
            if let Ok(wildcard) = Wildcard::parse(&pattern) {
                let _ = wildcard.matches(&name);
            }
        }
    }
}
