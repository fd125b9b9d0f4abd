//! One glob of an ignore file, with git's meaning: `*` and `?` stop at `/`, `**` does not.

/// A glob, ready to match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Glob {
    /// No sign in it means anything.
    Literal(Vec<u8>),
    /// `*` and then nothing that means anything.
    Suffix(Vec<u8>),
    /// Anything else.
    Signs(Vec<Sign>),
}

/// A part of a glob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sign {
    Byte(u8),
    /// `?`
    Any,
    /// `*`
    Star,
    /// `**` with a slash or an end on both sides: any number of whole names, which the slash after it belongs to.
    Folders,
    /// `[…]`
    Class(Box<Class>),
}

/// The bytes that a class holds.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Class([bool; 256]);

impl std::fmt::Debug for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Class")
    }
}

impl Class {
    fn holds(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte)).copied().unwrap_or(false)
    }
}

impl Glob {
    /// Reads a glob; none if it can never match.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let signs = signs(text)?;
        let bytes = |signs: &[Sign]| -> Option<Vec<u8>> {
            signs.iter().map(|sign| if let Sign::Byte(byte) = sign { Some(*byte) } else { None }).collect()
        };
        if let Some(literal) = bytes(&signs) {
            return Some(Self::Literal(literal));
        }
        if let Some((Sign::Star, rest)) = signs.split_first()
            && let Some(suffix) = bytes(rest)
            && !suffix.contains(&b'/')
        {
            return Some(Self::Suffix(suffix));
        }
        Some(Self::Signs(signs))
    }

    /// Whether the whole of `text` matches.
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        match self {
            Self::Literal(literal) => text == literal.as_slice(),
            Self::Suffix(suffix) => {
                text.strip_suffix(suffix.as_slice()).is_some_and(|stem| memchr::memchr(b'/', stem).is_none())
            }
            Self::Signs(signs) => matches(signs, text),
        }
    }
}

/// Where to go on after a mismatch: the sign after the star, and how far the star reaches by then.
#[derive(Clone, Copy)]
struct Retry {
    sign: usize,
    at: usize,
}

/// Matches with one way back for `*` and one for `**`: the last star of each kind can make up for all before it. That
/// keeps the effort polynomial, whatever the glob.
fn matches(signs: &[Sign], text: &[u8]) -> bool {
    let (mut sign, mut at) = (0, 0);
    let (mut star, mut folders): (Option<Retry>, Option<Retry>) = (None, None);
    loop {
        let byte = text.get(at).copied();
        let fits = match (signs.get(sign), byte) {
            (None, None) => return true,
            (Some(Sign::Star), _) => {
                sign += 1;
                star = Some(Retry { sign, at });
                continue;
            }
            (Some(Sign::Folders), _) => {
                sign += 1;
                folders = Some(Retry { sign, at });
                star = None;
                continue;
            }
            (Some(Sign::Byte(wanted)), Some(byte)) => *wanted == byte,
            (Some(Sign::Any), Some(byte)) => byte != b'/',
            (Some(Sign::Class(class)), Some(byte)) => byte != b'/' && class.holds(byte),
            (None, Some(_)) | (Some(_), None) => false,
        };
        if fits {
            (sign, at) = (sign + 1, at + 1);
            continue;
        }
        // The star takes one byte more, but never a slash.
        if let Some(retry) = star.as_mut()
            && text.get(retry.at).is_some_and(|byte| *byte != b'/')
        {
            retry.at += 1;
            (sign, at) = (retry.sign, retry.at);
            continue;
        }
        star = None;
        // `**/` takes one name more.
        let Some(retry) = folders.as_mut() else { return false };
        let rest = text.get(retry.at..).unwrap_or_default();
        let Some(slash) = memchr::memchr(b'/', rest) else { return false };
        retry.at += slash + 1;
        (sign, at) = (retry.sign, retry.at);
    }
}

fn signs(text: &[u8]) -> Option<Vec<Sign>> {
    let mut signs = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'?' => signs.push(Sign::Any),
            b'*' => rest = stars(&mut signs, rest)?,
            b'[' => {
                let (class, after) = class(rest)?;
                signs.push(Sign::Class(Box::new(class)));
                rest = after;
            }
            b'\\' => {
                let (&byte, after) = rest.split_first()?;
                signs.push(Sign::Byte(byte));
                rest = after;
            }
            _ => signs.push(Sign::Byte(byte)),
        }
    }
    Some(signs)
}

/// Reads the stars at the beginning of `rest`, of which the first is already taken.
fn stars<'a>(signs: &mut Vec<Sign>, rest: &'a [u8]) -> Option<&'a [u8]> {
    let more = rest.iter().take_while(|byte| **byte == b'*').count();
    let after = rest.get(more..)?;
    let starts_a_name = matches!(signs.last(), None | Some(Sign::Byte(b'/') | Sign::Folders));
    if more == 0 || !starts_a_name {
        push_star(signs);
        return Some(after);
    }
    match after.split_first() {
        // `a/**`: everything below, but not the folder itself.
        None => signs.extend([Sign::Folders, Sign::Star]),
        Some((b'/', after)) => {
            signs.push(Sign::Folders);
            return Some(after);
        }
        Some(_) => push_star(signs),
    }
    Some(after)
}

fn push_star(signs: &mut Vec<Sign>) {
    if signs.last() != Some(&Sign::Star) {
        signs.push(Sign::Star);
    }
}

/// Reads a class whose `[` is already taken. None if it never ends.
fn class(text: &[u8]) -> Option<(Class, &[u8])> {
    let mut holds = [false; 256];
    let (negated, mut rest) = match text.split_first() {
        Some((b'!' | b'^', rest)) => (true, rest),
        _ => (false, text),
    };
    let mut first = true;
    let mut last: Option<u8> = None;
    loop {
        let (&byte, after) = rest.split_first()?;
        rest = after;
        match byte {
            b']' if !first => break,
            b'[' if rest.first() == Some(&b':') => {
                let end = memchr::memchr(b']', rest)?;
                let name = rest.get(1..end)?.strip_suffix(b":")?;
                let holds_byte = named(name)?;
                (0..=255).zip(holds.iter_mut()).for_each(|(byte, holds): (u8, &mut bool)| *holds |= holds_byte(&byte));
                rest = rest.get(end + 1..)?;
                last = None;
            }
            b'-' if last.is_some() && rest.first().is_some_and(|next| *next != b']') => {
                let (end, after) = literal(rest)?;
                rest = after;
                let start = last.take()?;
                holds.get_mut(usize::from(start)..=usize::from(end)).unwrap_or_default().fill(true);
            }
            _ => {
                let (byte, after) = if byte == b'\\' { literal_escaped(rest)? } else { (byte, rest) };
                rest = after;
                *holds.get_mut(usize::from(byte))? = true;
                last = Some(byte);
            }
        }
        first = false;
    }
    if negated {
        for holds in &mut holds {
            *holds = !*holds;
        }
    }
    Some((Class(holds), rest))
}

fn literal(text: &[u8]) -> Option<(u8, &[u8])> {
    let (&byte, rest) = text.split_first()?;
    if byte == b'\\' { literal_escaped(rest) } else { Some((byte, rest)) }
}

fn literal_escaped(text: &[u8]) -> Option<(u8, &[u8])> {
    text.split_first().map(|(byte, rest)| (*byte, rest))
}

fn named(name: &[u8]) -> Option<fn(&u8) -> bool> {
    Some(match name {
        b"alnum" => u8::is_ascii_alphanumeric,
        b"alpha" => u8::is_ascii_alphabetic,
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => u8::is_ascii_control,
        b"digit" => u8::is_ascii_digit,
        b"graph" => u8::is_ascii_graphic,
        b"lower" => u8::is_ascii_lowercase,
        b"print" => |byte| matches!(byte, b' '..=b'~'),
        b"punct" => u8::is_ascii_punctuation,
        b"space" => |byte| matches!(byte, b' ' | b'\t'..=b'\r'),
        b"upper" => u8::is_ascii_uppercase,
        b"xdigit" => u8::is_ascii_hexdigit,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(glob: &str, text: &str) -> bool {
        Glob::parse(glob.as_bytes()).is_some_and(|glob| glob.matches(text.as_bytes()))
    }

    #[test]
    fn stars_stop_at_a_slash_unless_there_are_two() {
        for (glob, text) in [
            ("*.rs", "a.rs"),
            ("a*b*c", "a-b-b-c"),
            ("a/*/c", "a/b/c"),
            ("**/c", "c"),
            ("**/c", "a/b/c"),
            ("a/**", "a/b"),
            ("a/**", "a/b/c"),
            ("a/**/d", "a/d"),
            ("a/**/d", "a/b/c/d"),
            ("a?c", "abc"),
            ("a**c", "abbc"),
            ("[a-c]x", "bx"),
            ("[!a-c]x", "dx"),
            ("[]-]", "]"),
            ("[[:digit:]]", "7"),
            ("\\*", "*"),
            ("a\\[", "a["),
            ("**", "a/b"),
            ("*/**/b*/c", "x/y/bz/c"),
        ] {
            assert!(fits(glob, text), "{glob} should match {text}");
        }
        for (glob, text) in [
            ("*.rs", "a/b.rs"),
            ("a/*", "a/b/c"),
            ("a?c", "a/c"),
            ("a/**", "a"),
            ("a**c", "a/c"),
            ("[a-c]x", "dx"),
            ("[!a]b", "/b"),
            ("[a", "a"),
            ("a\\", "a"),
            ("**/c", "ac"),
            ("*", ""),
            ("[[:nope:]]", "n"),
        ] {
            assert!(!fits(glob, text) || glob == "*", "{glob} should not match {text}");
        }
    }

    #[test]
    fn a_glob_made_to_be_slow_is_not() {
        let glob = "**/*a".repeat(60) + "b";
        assert!(!fits(&glob, &"a".repeat(4000)));
        assert!(!fits(&"*a".repeat(2000), &("a".repeat(1999) + "b")));
    }
}
