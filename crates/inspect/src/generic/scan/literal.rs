//! Reads a value: a quoted text in the ways that languages quote, or a bare word.

use crate::generic::shape::{Literal, Quoting};
use crate::generic::view::{View, is_line_end};

/// A value longer than this is none that a name is given.
const LONGEST: usize = 1024;
/// Letters that languages put before the opening quote.
const PREFIXES: &[u8] = b"rRbBuUfFLN@$";

/// A quote, and how many backslashes stand before it because it is inside another quoted text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quote {
    pub(super) mark: u8,
    pub(super) depth: usize,
}

/// The quote at a place.
pub(super) fn quote_at(view: View<'_>, at: usize) -> Option<Quote> {
    let depth = view.ahead(at, 4).iter().take_while(|byte| **byte == b'\\').count();
    let mark = view.at(at + depth);
    matches!(mark, b'"' | b'\'' | b'`').then_some(Quote { mark, depth })
}

impl Quote {
    /// How many bytes it takes.
    pub(super) fn len(self) -> usize {
        self.depth + 1
    }

    fn quoting(self) -> Quoting {
        match (self.depth, self.mark) {
            (0, b'"') => Quoting::Double,
            (0, b'\'') => Quoting::Single,
            (0, _) => Quoting::Backtick,
            _ => Quoting::Escaped,
        }
    }
}

/// The quoted text at a place. It ends on the same line, unless three quotes open it.
pub(super) fn quoted(view: View<'_>, at: usize) -> Option<Literal> {
    let prefix = view.ahead(at, 2).iter().take_while(|byte| PREFIXES.contains(byte)).count();
    let quote = quote_at(view, at + prefix)?;
    let start = at + prefix + quote.len();
    if quote.depth == 0 && quote.mark != b'`' && view.at(start) == quote.mark && view.at(start + 1) == quote.mark {
        return triple(view, start + 2, quote.mark);
    }
    let mut place = start;
    while place - start <= LONGEST {
        let byte = view.at(place);
        if is_line_end(byte) {
            return None;
        }
        let escapes = view.ahead(place, 8).iter().take_while(|byte| **byte == b'\\').count();
        if escapes == quote.depth && view.at(place + escapes) == quote.mark {
            return Some(Literal { quoting: quote.quoting(), value: start..place, end: place + quote.len() });
        }
        // A quote that ends the text around this one ends the search too.
        if escapes < quote.depth && view.at(place + escapes) == quote.mark {
            return None;
        }
        place += if escapes == 0 { 1 } else { escapes + 1 };
    }
    None
}

fn triple(view: View<'_>, start: usize, mark: u8) -> Option<Literal> {
    let length = view.ahead(start, LONGEST).windows(3).position(|window| window == [mark; 3])?;
    Some(Literal { quoting: Quoting::Triple, value: start..start + length, end: start + length + 3 })
}

/// Tags and marks that only show what stands in them.
const EMPHASIS: &[&str] = &["<code>", "<b>", "<strong>", "<tt>", "<kbd>", "<em>", "<i>", "**", "*"];

/// Skips the tag or the mark that a value stands in: `<code>x</code>`, `**x**`.
pub(super) fn skip_emphasis(view: View<'_>, at: usize) -> usize {
    at + EMPHASIS.iter().find(|it| view.says(at, it)).map_or(0, |it| it.len())
}

/// Where a bare value ends, beside white space and quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// At a comma too, as in code and lists.
    Code,
    /// At a comma only if white space follows it, as in settings.
    Settings,
    /// At `&`: a parameter of a URL.
    Query,
    /// At `}`: the fallback of a variable.
    Brace,
    /// At `<`, but not at blanks: the text of an element.
    Element,
}

/// The bare value at a place; it may be empty.
pub(super) fn bare(view: View<'_>, at: usize, stop: Stop) -> Literal {
    let mut end = at;
    while end - at < LONGEST && !ends_bare(view, end, stop) {
        end += 1;
    }
    let trimmed = trim(view, at, end);
    Literal { quoting: Quoting::Bare, value: at..trimmed, end: trimmed }
}

fn ends_bare(view: View<'_>, at: usize, stop: Stop) -> bool {
    let byte = view.at(at);
    let blank_follows = matches!(view.at(at + 1), b' ' | b'\t' | b'\n' | b'\r' | 0);
    match byte {
        0 | b'\n' | b'\r' | b'<' => true,
        b' ' | b'\t' | b'"' | b'\'' | b'`' | b';' => stop != Stop::Element,
        b',' => stop == Stop::Code || blank_follows && stop != Stop::Element,
        b'&' => stop == Stop::Query,
        b'}' => stop == Stop::Brace,
        // An escape that stands for white space or a quote in the text around.
        b'\\' => matches!(view.at(at + 1), b'n' | b'r' | b't' | b'"' | b'\'') && stop != Stop::Element,
        _ => false,
    }
}

/// Cuts off closing brackets that nothing opened, and the end of a sentence.
fn trim(view: View<'_>, start: usize, end: usize) -> usize {
    let mut end = end;
    while end > start {
        let last = view.before(end);
        let opened = match last {
            b')' => b'(',
            b']' => b'[',
            b'}' => b'{',
            b' ' | b'\t' => 0,
            b'.' | b',' if !matches!(view.before(end - 1), b'.' | b',') => 0,
            _ => break,
        };
        if opened != 0 && view.slice(start..end).contains(&opened) {
            break;
        }
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(&str, Quoting)> {
        let literal = quoted(View::new(text.as_bytes()), 0)?;
        Some((text.get(literal.value)?, literal.quoting))
    }

    #[test]
    fn reads_quotes_of_every_kind() {
        assert_eq!(read("'a b'"), Some(("a b", Quoting::Single)));
        assert_eq!(read(r#""a\"b" c"#), Some((r#"a\"b"#, Quoting::Double)));
        assert_eq!(read("`a`"), Some(("a", Quoting::Backtick)));
        assert_eq!(read("rb'a'"), Some(("a", Quoting::Single)));
        assert_eq!(read("\"\"\"a\nb\"\"\""), Some(("a\nb", Quoting::Triple)));
        assert_eq!(read(r#"\"a\", \"b\""#), Some(("a", Quoting::Escaped)));
        assert_eq!(read(r#"\\\"a\\\", "#), Some(("a", Quoting::Escaped)));
        assert_eq!(read("\"\""), Some(("", Quoting::Double)));
    }

    #[test]
    fn a_quote_that_does_not_close_on_its_line_is_none() {
        assert_eq!(read("\"abc\n\""), None);
        assert_eq!(read("'abc"), None);
        assert_eq!(read(r#"\"abc""#), None);
    }

    fn read_bare(text: &str, stop: Stop) -> &str {
        text.get(bare(View::new(text.as_bytes()), 0, stop).value).unwrap()
    }

    #[test]
    fn a_bare_value_ends_where_its_format_ends_it() {
        assert_eq!(read_bare("abc;x", Stop::Settings), "abc");
        assert_eq!(read_bare("a,b, c", Stop::Settings), "a,b");
        assert_eq!(read_bare("a,b", Stop::Code), "a");
        assert_eq!(read_bare("a&b=c", Stop::Query), "a");
        assert_eq!(read_bare("abc}\"", Stop::Brace), "abc");
        assert_eq!(read_bare("a b </x>", Stop::Element), "a b");
        assert_eq!(read_bare("abc).", Stop::Code), "abc");
        assert_eq!(read_bare("f(x)", Stop::Code), "f(x)");
        assert_eq!(read_bare(r"abc\n", Stop::Code), "abc");
    }
}
