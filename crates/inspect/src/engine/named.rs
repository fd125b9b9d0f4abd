//! Values that only their name gives away: thirty-two hexadecimal digits are a credential if they are what is assigned
//! to `datadog_api_key`. From the word that names it, a few steps forward: the rest of the name, what assigns, the value.

use super::address;
use super::boundary::{may_end, may_start};
use super::confirm::{Match, weigh};
use super::words::is_words;
use portcullis_event::Confidence;
use portcullis_patterns::Rule;
use std::ops::Range;

/// Longest name.
const NAME: usize = 48;

/// Most bytes between the name and the value.
const GAP: usize = 72;

/// Most words between the name and the value: `os.getenv("KEY", "value")` has none, `Authorization: Bearer value` one.
const WORDS: usize = 2;

/// A word after which the value is something else: what follows identifies or checks, and opens nothing.
const OTHER: [&[u8]; 18] = [
    b"sha",
    b"sha1",
    b"sha256",
    b"md5",
    b"hash",
    b"digest",
    b"checksum",
    b"commit",
    b"revision",
    b"etag",
    b"integrity",
    b"version",
    b"reference",
    b"shasum",
    b"zipball",
    b"tarball",
    b"blob",
    b"tree",
];

/// Words of which one has to stand in the name or behind it where nothing assigns and the value may be a checksum: a list
/// of checksums names its files too.
const CREDENTIAL: [&[u8]; 9] =
    [b"key", b"token", b"secret", b"pass", b"auth", b"cred", b"access", b"private", b"bearer"];

/// A place where a value may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    at: usize,
    /// Nothing but an operator, quotes and white space stands between.
    direct: bool,
    /// There is an operator, or the name is a flag of a command.
    assigned: bool,
}

/// The name that holds the word at `word`, with what belongs to it on both sides. `None` if the word is only a part of
/// another word, as `box` is of `mailbox`.
pub(crate) fn name(text: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let starts = match text.get(..word.start).and_then(<[u8]>::last) {
        // In `myDatadogKey` a word starts where an upper-case letter follows a lower-case one.
        Some(before) if before.is_ascii_lowercase() => text.get(word.start).is_some_and(u8::is_ascii_uppercase),
        // And in `myAPIDatadogKey` where a lower-case one follows it: `Setsy` holds no `etsy`, but `-Dsonar.login` sets
        // what belongs to `sonar`.
        Some(before) if before.is_ascii_uppercase() => {
            text.get(word.start.saturating_sub(2)) == Some(&b'-')
                || matches!(
                    text.get(word.start..word.start + 2),
                    Some([first, second]) if first.is_ascii_uppercase() && second.is_ascii_lowercase()
                )
        }
        Some(_) | None => true,
    };
    if !starts {
        return None;
    }
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let left = text.get(word.start.saturating_sub(NAME)..word.start).unwrap_or_default();
    let right = text.get(word.end..text.len().min(word.end + NAME)).unwrap_or_default();
    let before = left.iter().rev().take_while(|byte| part(byte)).count();
    let after = right.iter().take_while(|byte| part(byte)).count();
    Some(word.start - before..word.end + after)
}

/// Where the value of the name that ends at `from` may start.
fn places(text: &[u8], name: &Range<usize>) -> Vec<Place> {
    let mut out = Vec::new();
    let (mut operator, mut words, mut lines) = (false, 0, 0);
    let flag = text.get(name.start..name.end).is_some_and(|it| it.starts_with(b"-"));
    let mut at = name.end;
    let end = text.len().min(name.end + GAP);
    while let Some(byte) = text.get(at..end).and_then(<[u8]>::first) {
        match byte {
            b'=' | b':' | b'>' | b',' | b'(' | b'|' | b'"' | b'\'' | b'`' => operator = true,
            b'\n' => lines += 1,
            b';' | b'}' => return out,
            _ => {}
        }
        if lines > 1 {
            return out;
        }
        let word = byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'+' | b'/' | b'.' | b'-' | b'$' | b'!' | b'@' | b'#');
        if word && may_start(text, at, portcullis_patterns::Boundary::Word) {
            if operator || flag || at > name.end {
                let assigned = operator || flag;
                out.push(Place { at, direct: words == 0 && assigned, assigned });
            }
            if byte.is_ascii_alphanumeric() {
                let length =
                    text.get(at..).unwrap_or_default().iter().take_while(|it| it.is_ascii_alphanumeric()).count();
                words += 1;
                let what = text.get(at..at + length).unwrap_or_default();
                if words > WORDS || OTHER.iter().any(|other| what.eq_ignore_ascii_case(other)) {
                    return out;
                }
                at += length;
                continue;
            }
        }
        at += 1;
    }
    out
}

/// Whether a name says at its end that it is of something else, as `acme_sha256` does. A `hash` may be a credential: the
/// half of a key that some interfaces give out is called so.
fn is_called_otherwise(name: &[u8]) -> bool {
    let last = name.rsplit(|byte| !byte.is_ascii_alphanumeric()).find(|part| !part.is_empty()).unwrap_or_default();
    !last.eq_ignore_ascii_case(b"hash") && OTHER.iter().any(|other| last.eq_ignore_ascii_case(other))
}

/// A word that may name values, with what stands around it; several rules may ask for the same word.
pub(crate) struct Named<'t> {
    text: &'t [u8],
    word: Range<usize>,
    name: Range<usize>,
    places: Vec<Place>,
}

impl<'t> Named<'t> {
    /// Reads the name around a word, and where its values may start. `None` if there are none.
    pub(crate) fn read(text: &'t [u8], word: Range<usize>) -> Option<Self> {
        let name = name(text, word.clone())?;
        if is_called_otherwise(text.get(name.clone()).unwrap_or_default()) {
            return None;
        }
        let mut places = places(text, &name);
        let query = address::values(text, &name);
        places.extend(query.into_iter().map(|at| Place { at, direct: true, assigned: true }));
        (!places.is_empty()).then_some(Self { text, word, name, places })
    }

    /// The match of `rule` whose value the word names.
    pub(crate) fn matched<'a>(&self, rule: &'a Rule) -> Option<Match<'a>> {
        let Self { text, word, name, places } = self;
        let word = text.get(word.clone()).unwrap_or_default();
        let (confidence, span) = places.iter().find_map(|place| {
            let found = at_place(rule, text, name, *place)?;
            (!is_words(&rule.pattern, text.get(found.1.clone()).unwrap_or_default(), word)).then_some(found)
        })?;
        let shown = String::from_utf8_lossy(word).into_owned();
        Some(Match { rule, span, confidence, reason: Some(format!("the name of the value holds `{shown}`")) })
    }
}

fn at_place(rule: &Rule, text: &[u8], name: &Range<usize>, place: Place) -> Option<(Confidence, Range<usize>)> {
    let limit = text.len().min(place.at + rule.longest);
    let from = match &rule.before {
        Some(before) => before.end(text, place.at, limit)?,
        None => place.at,
    };
    let to = rule.pattern.end(text, from, limit)?;
    if let Some(after) = &rule.after {
        after.end(text, to, limit)?;
    }
    if !may_end(text, to, rule.boundary) || !has_company(rule, text, name.start..from) {
        return None;
    }
    let value = text.get(from..to)?;
    let between = text.get(name.start..from).unwrap_or_default();
    if !place.assigned && is_checksum(value) && !CREDENTIAL.iter().any(|word| holds(between, word)) {
        return None;
    }
    let (confidence, _) = weigh(rule, value)?;
    let confidence = if place.direct { confidence } else { confidence.min(Confidence::Medium) };
    Some((confidence, from..to))
}

/// Whether one of the words that the rule asks for stands in the name, or between it and the value.
fn has_company(rule: &Rule, text: &[u8], between: Range<usize>) -> bool {
    let between = text.get(between).unwrap_or_default();
    rule.with.is_empty() || rule.with.iter().any(|word| holds(between, word.as_bytes()))
}

/// Whether a value has the form of a checksum.
fn is_checksum(value: &[u8]) -> bool {
    matches!(value.len(), 32 | 40 | 56 | 64 | 96 | 128) && value.iter().all(u8::is_ascii_hexdigit)
}

/// Whether a text holds a word, in any case.
fn holds(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len().max(1)).any(|it| it.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::name;
    use crate::engine::{Context, Engine};
    use portcullis_patterns::{RuleFile, compile_file};

    const RULE: &str = "vendor = \"Acme\"\n[[rule]]\nid = \"acme-key\"\nname = \"Acme key\"\nseverity = \"high\"\n\
        confidence = \"medium\"\nnear = [\"acme\"]\npattern = '[0-9a-f]{32}'\n";

    fn finds(text: &str) -> bool {
        let value = "9f86d081884c7d65".to_owned() + "9a2feaa0c55ad015";
        let engine = Engine::only(compile_file(&RuleFile::parse(RULE).unwrap()).unwrap());
        !engine.find(text.replace("VALUE", &value).as_bytes(), Context::default()).is_empty()
    }

    #[test]
    fn a_value_is_assigned_or_called_a_credential() {
        for text in [
            "ACME=VALUE",
            "acme: 'VALUE'",
            "acme key VALUE",
            "acme-token VALUE",
            "--acme VALUE",
            "<acme>VALUE</acme>",
            "Authorization: Acme-Key VALUE",
        ] {
            assert!(finds(text), "{text}");
        }
    }

    #[test]
    fn a_list_of_files_and_their_checksums_holds_no_credentials() {
        for text in [
            "icons/acme.svg VALUE",
            "VALUE  icons/acme.svg\nVALUE  icons/other.svg",
            "\"url\": \"https://code.example/acme/acme.git\",\n\"reference\": \"VALUE\"",
            "https://code.example/acme/zipball/VALUE",
            "acme_sha256 = VALUE",
        ] {
            assert!(!finds(text), "{text}");
        }
    }

    fn named_by(text: &str, word: &str) -> Option<String> {
        let start = text.to_lowercase().find(word).unwrap();
        name(text.as_bytes(), start..start + word.len()).and_then(|it| text.get(it)).map(str::to_owned)
    }

    #[test]
    fn a_name_starts_where_a_word_starts() {
        assert_eq!(named_by("myDatadogKey = 1", "datadog").as_deref(), Some("myDatadogKey"));
        assert_eq!(named_by("myAPIDatadogKey = 1", "datadog").as_deref(), Some("myAPIDatadogKey"));
        assert_eq!(named_by("MY_ETSY_KEY=1", "etsy").as_deref(), Some("MY_ETSY_KEY"));
        assert_eq!(named_by("-Detsy.key=1", "etsy").as_deref(), Some("-Detsy.key"));
        for part in ["betsy = 1", "SetSysctl = 1", "BETSY = 1"] {
            assert_eq!(named_by(part, "etsy"), None, "{part}");
        }
    }
}
