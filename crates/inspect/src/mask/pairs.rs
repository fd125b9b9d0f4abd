//! Keys with values inside of text, as logs have them: `user=anna`, `name="Anna Schmidt"`, `"email":"…"`. The key says what the
//! value is, as the header of a column does.

use super::column::Content;
use super::kind::Kind;
use super::piece::{Piece, Treatment};

/// How long a key may be.
const LONGEST_KEY: usize = 64;

/// The values in a text that must be masked by what their keys say.
pub(super) fn find(text: &str) -> Vec<Piece> {
    let marks = text.match_indices(['=', ':']);
    marks.filter_map(|(at, mark)| pair(text, at, mark)).collect()
}

/// The value behind the mark at this place.
fn pair(text: &str, at: usize, mark: &str) -> Option<Piece> {
    let (key, is_quoted_key) = key(text.get(..at)?)?;
    let mut start = at + mark.len();
    if mark == ":" {
        let rest = text.get(start..)?;
        start += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }
    let rest = text.get(start..)?;
    let quote = rest.chars().next().filter(|c| ['"', '\''].contains(c));
    let span = match quote {
        Some(quote) => start + 1..start + 1 + closing(rest.get(1..)?, quote)?,
        // Words of a sentence stand behind a colon too.
        None if mark == ":" && !is_quoted_key => return None,
        None if rest.starts_with(['{', '[', '(']) => return None,
        None => start..start + rest.find(|c: char| c.is_whitespace() || ",;&)]}\"'".contains(c)).unwrap_or(rest.len()),
    };
    let value = text.get(span.clone())?;
    let is_escaped = quote == Some('"') && value.contains('\\');
    let unescaped = if is_escaped { serde_json::from_str::<String>(&format!("\"{value}\"")).ok() } else { None };
    let kind = kind(key, unescaped.as_deref().unwrap_or(value))?;
    let treatment = if unescaped.is_some() { Treatment::Escaped(kind) } else { Treatment::Value(kind) };
    Some(Piece { span, treatment })
}

/// The key that a text ends with, and whether it stands in quotes.
fn key(before: &str) -> Option<(&str, bool)> {
    let (before, is_quoted) = match before.strip_suffix(['"', '\'']) {
        Some(inner) => (inner, true),
        None => (before, false),
    };
    let from = before.len().saturating_sub(LONGEST_KEY);
    let tail = before.get(before.ceil_char_boundary(from)..)?;
    let start = tail.rfind(|c: char| !(c.is_alphanumeric() || "_-.".contains(c)));
    let word = tail
        .get(start.map_or(0, |at| at + tail.get(at..).and_then(|it| it.chars().next()).map_or(1, char::len_utf8))..)?;
    (!word.is_empty() && word.contains(char::is_alphabetic)).then_some((word, is_quoted))
}

/// Where the quote closes on the same line.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '\n' | '\r' => return None,
            c if c == quote && !is_escaped => return Some(at),
            c => is_escaped = c == '\\' && !is_escaped,
        }
    }
    None
}

fn kind(key: &str, value: &str) -> Option<Kind> {
    let kind = Kind::of_header(key).filter(|kind| kind.is_masked())?;
    let mut content = Content::default();
    content.add(value);
    let is_code = || value.len() >= 4 && value.contains(|c: char| c.is_ascii_digit());
    // `code=200` and `key=left` tell nothing about anybody; `customer_id=7` does.
    let is_meant = kind != Kind::Id || is_code() || key.to_ascii_lowercase().ends_with("id");
    (!value.trim().is_empty() && content.fits(kind) && is_meant).then_some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of a text and what they are.
    fn values(text: &str) -> Vec<(&str, Kind)> {
        let kind = |treatment| match treatment {
            Treatment::Value(kind) | Treatment::Escaped(kind) => Some(kind),
            Treatment::Lines => None,
        };
        find(text).into_iter().map(|it| (text.get(it.span).unwrap(), kind(it.treatment).unwrap())).collect()
    }

    #[test]
    fn keys_say_what_values_are() {
        let line = "2024-05-06 12:00:01 INFO login user=anna77 name=\"Anna Schmidt\" customer_id=17, ip=10.1.2.3 status=ok code=200 took=35ms";
        let all = [("anna77", Kind::User), ("Anna Schmidt", Kind::Name), ("17", Kind::Id), ("10.1.2.3", Kind::Machine)];
        assert_eq!(values(line), all);
        let line = "{\"email\": \"a\\u0040b.org\", \"user\":{\"name\":\"Ben\"}, \"count\": 3, \"ssn\":123456789}";
        let all = [("a\\u0040b.org", Kind::Email), ("Ben", Kind::Name), ("123456789", Kind::NationalId)];
        assert_eq!(values(line), all);
    }

    #[test]
    fn queries_of_addresses_have_keys_too() {
        let line = "GET /reset?token=abc123def&user=anna&page=2 HTTP/1.1";
        assert_eq!(values(line), [("abc123def", Kind::Secret), ("anna", Kind::User)]);
    }

    #[test]
    fn sentences_have_none() {
        assert_eq!(values("name: of the rose, user: not found, password=true, a==b, x := y, '': '', =, :"), []);
    }
}
