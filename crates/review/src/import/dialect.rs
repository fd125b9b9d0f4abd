//! Patterns of other scanners, as the `regex` crate writes them.
//!
//! Go's, Python's and grep's dialects are close to it. What differs: in a class `[`, `&&`, `--` and `~~` are plain
//! characters, a brace that starts no repetition is plain, `\<` is not a word boundary, `\Q…\E` quotes, `\Z` is `\z`.

use super::ImportError;
use regex::bytes::{Regex, RegexBuilder};
use std::iter::Peekable;
use std::str::Chars;

/// Largest that a pattern may become when it is compiled, in bytes.
const LARGEST: usize = 4 << 20;

/// Compiles a pattern of Go or Python.
pub(super) fn compile(of: &str, pattern: &str) -> Result<Regex, ImportError> {
    build(of, &translated(pattern))
}

/// Compiles a pattern as `grep -E` reads it.
pub(super) fn compile_grep(of: &str, pattern: &str) -> Result<Regex, ImportError> {
    // In a class of grep a backslash is a plain character.
    build(of, &translated(&escape_in_classes(pattern)))
}

fn build(of: &str, pattern: &str) -> Result<Regex, ImportError> {
    // Classes such as `\w` mean ASCII in Go. A pattern with other characters in a class needs Unicode to be switched on.
    let attempt = |unicode| RegexBuilder::new(pattern).unicode(unicode).size_limit(LARGEST).build();
    attempt(false).or_else(|_| attempt(true)).map_err(|error| {
        let error = error.to_string();
        // The last line says what is wrong; those before repeat the pattern.
        let what = error.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        ImportError::Pattern { of: of.to_owned(), what }
    })
}

fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\\' => escape(&mut rest, &mut out),
            '[' => class(&mut rest, &mut out),
            '{' if !repeats(rest.clone()) => out.push_str("\\{"),
            '}' if !out_repeats(&out) => out.push_str("\\}"),
            _ => out.push(character),
        }
    }
    out
}

fn escape(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    match rest.next() {
        Some('Q') => {
            let quoted: String = rest.clone().collect();
            let quoted = quoted.split_once("\\E").map_or(quoted.as_str(), |(quoted, _)| quoted).to_owned();
            out.push_str(&regex::escape(&quoted));
            let ends = quoted.chars().count();
            let after: usize = if rest.clone().nth(ends).is_some() { 2 } else { 0 };
            rest.nth((ends + after).saturating_sub(1));
        }
        Some('Z') => out.push_str("\\z"),
        Some(plain @ ('<' | '>')) => out.push(plain),
        Some(other) => out.extend(['\\', other]),
        None => out.push('\\'),
    }
}

/// Reads a class whose `[` is already taken.
fn class(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    out.push('[');
    if rest.peek() == Some(&'^') {
        out.extend(rest.next());
    }
    let mut first = true;
    while let Some(character) = rest.next() {
        match character {
            ']' if first => out.push_str("\\]"),
            ']' => {
                out.push(']');
                return;
            }
            '[' if rest.peek() == Some(&':') => {
                out.push('[');
                while let Some(character) = rest.next() {
                    out.push(character);
                    if character == ':' && rest.peek() == Some(&']') {
                        out.extend(rest.next());
                        break;
                    }
                }
            }
            '[' => out.push_str("\\["),
            '\\' => escape(rest, out),
            '&' | '~' => out.extend(['\\', character]),
            '-' if first => out.push_str("\\-"),
            // A range that ends with a dash.
            '-' if rest.next_if_eq(&'-').is_some() => out.push_str("-\\-"),
            _ => out.push(character),
        }
        first = false;
    }
}

/// Whether what follows a brace makes it a repetition: `3}`, `3,}`, `3,5}`.
fn repeats(rest: Peekable<Chars<'_>>) -> bool {
    let inside: String = rest.take_while(|character| *character != '}').collect();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match inside.split_once(',') {
        Some((least, most)) => digits(least) && (most.is_empty() || digits(most)),
        None => digits(&inside),
    }
}

/// Whether what was written last opens a repetition, or the name of a class, that a brace closes.
fn out_repeats(out: &str) -> bool {
    let Some((before, inside)) = out.rsplit_once('{') else { return false };
    let named = ["\\p", "\\P", "\\x"].iter().any(|start| before.ends_with(start));
    !before.ends_with('\\') && !inside.contains('}') && (named || repeats(format!("{inside}}}").chars().peekable()))
}

fn escape_in_classes(pattern: &str) -> String {
    let (mut out, mut inside, mut start) = (String::new(), false, 0);
    let mut escaped = false;
    for (at, character) in pattern.char_indices() {
        match character {
            '[' if !inside && !escaped => (inside, start) = (true, at),
            ']' if inside && at > start + 1 => inside = false,
            '\\' if inside => out.push('\\'),
            _ => {}
        }
        escaped = character == '\\' && !escaped && !inside;
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_go_keep_their_meaning() {
        for (pattern, text, fits) in [
            ("^a{2}$", "aa", true),
            ("a{x}", "a{x}", true),
            ("{{.*}}", "{{ x }}", true),
            ("[[a]+", "[a[", true),
            ("^[a&&b]+$", "a&b", true),
            ("^[a~~b]+$", "~", true),
            ("^[+--]+$", "-,+", true),
            ("^[--0]+$", "-./0", true),
            ("^[a-]+$", "-a", true),
            ("^[]a]+$", "]a", true),
            ("^[^]a]+$", "]", false),
            ("\\Qa.b\\Ec", "a.bc", true),
            ("\\Qa.b", "axb", false),
            ("\\<b\\>", "<b>", true),
            ("^[[:alpha:]]+$", "abc", true),
            ("^\\w$", "ä", false),
            ("(?i)KEY", "key", true),
            ("a\\Z", "a", true),
            ("\\x{41}", "A", true),
            ("[äö]", "ö", true),
        ] {
            let compiled = compile("test", pattern).unwrap();
            assert_eq!(compiled.is_match(text.as_bytes()), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn patterns_of_grep_keep_their_meaning() {
        let compiled = compile_grep("test", "^[a\\]+$").unwrap();
        assert!(compiled.is_match(b"a\\a"));
        assert!(compile_grep("test", "a\\[b").unwrap().is_match(b"a[b"));
    }

    #[test]
    fn a_pattern_that_makes_no_sense_or_is_too_large_is_refused() {
        assert!(matches!(compile("test", "(a"), Err(ImportError::Pattern { .. })));
        assert!(compile("test", "((a{100}){100}){100}").is_err());
    }
}
