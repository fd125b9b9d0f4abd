//! Places that a reader does not see and a model does: comments of HTML and Markdown, elements that a style hides,
//! attributes such as `alt`.
//!
//! Being hidden is no offence; comments are full of notes to people. These places only make what is said in them worse.

use crate::injection::rule::rule;
use std::ops::Range;

/// The longest place that is looked at.
const MOST: usize = 2048;

/// A place that is not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Container {
    pub(crate) kind: Kind,
    pub(crate) span: Range<usize>,
}

/// What hides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A comment of HTML or Markdown.
    Comment,
    /// A style that makes an element invisible.
    Style,
    /// An attribute that is read out or shown on hovering only.
    Attribute,
}

impl Kind {
    /// The rule for it, and whether faint signals count inside: nobody hides from people what is meant for them.
    pub(crate) fn rule(self) -> (usize, bool) {
        match self {
            Self::Comment => (rule::HIDDEN_COMMENT, false),
            Self::Style => (rule::HIDDEN_STYLE, true),
            Self::Attribute => (rule::HIDDEN_ATTRIBUTE, false),
        }
    }
}

/// Every such place of a text.
pub(crate) fn containers(text: &str) -> Vec<Container> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('<') {
        found.extend(comment(text, at));
        found.extend(element(text, at));
    }
    for (at, _) in text.match_indices("]:") {
        found.extend(reference(text, at));
    }
    found
}

/// The text from `start` on, up to `end`, cut to what is looked at.
fn until<'t>(text: &'t str, start: usize, end: &str) -> Option<&'t str> {
    let rest = text.get(start..)?;
    let rest = rest.get(..rest.floor_char_boundary(MOST))?;
    rest.split(end).next()
}

fn comment(text: &str, at: usize) -> Option<Container> {
    if !text.get(at..)?.starts_with("<!--") {
        return None;
    }
    let body = until(text, at + 4, "-->")?;
    Some(Container { kind: Kind::Comment, span: at + 4..at + 4 + body.len() })
}

/// `[//]: # (text)`: the definition of a link that nothing refers to.
fn reference(text: &str, at: usize) -> Option<Container> {
    let open = text.get(text.floor_char_boundary(at.saturating_sub(24))..at)?.rsplit('\n').next()?.rsplit_once('[')?.1;
    let name = open.trim();
    let odd = name.chars().all(|letter| !letter.is_alphanumeric())
        || matches!(name.to_ascii_lowercase().as_str(), "comment" | "note" | "hidden" | "x");
    let rest = until(text, at + 2, "\n")?;
    let target = rest.trim_start();
    let hollow = target.starts_with('#') || target.starts_with("<>") || target.starts_with("<#>");
    (odd && hollow).then(|| Container { kind: Kind::Comment, span: at + 2..at + 2 + rest.len() })
}

/// An element with a style that hides it, or with words in its attributes.
fn element(text: &str, at: usize) -> Option<Container> {
    let rest = text.get(at + 1..)?;
    if !rest.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return None;
    }
    let tag = until(text, at + 1, ">")?;
    let name = tag.split(|letter: char| !letter.is_ascii_alphanumeric()).next()?;
    let inside = at + 1 + tag.len() + 1;
    if hides(&tag.to_ascii_lowercase()) {
        let body = until(text, inside, &format!("</{name}"))?;
        return Some(Container { kind: Kind::Style, span: inside..inside + body.len() });
    }
    // Most elements have none, and each search for a name has its price.
    if !tag.contains('=') {
        return None;
    }
    ["alt=", "title=", "aria-label=", "aria-description=", "placeholder=", "data-", "content=", "summary="]
        .iter()
        .find_map(|attribute| {
            let place = at + 1 + tag.find(attribute)?;
            let value = text.get(place..)?.find('=').map(|equals| place + equals + 1)?;
            // Inside of a JSON string the quote has a backslash.
            let open = text.get(value..)?.trim_start_matches('\\');
            let quote = open.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            let start = text.len() - open.len() + 1;
            let body = until(text, start, &quote.to_string())?;
            (body.split_whitespace().count() >= 4)
                .then(|| Container { kind: Kind::Attribute, span: start..start + body.len() })
        })
}

/// Whether the attributes of an element make it invisible.
fn hides(tag: &str) -> bool {
    let compact: String = tag.chars().filter(|letter| !letter.is_whitespace()).collect();
    let style = [
        "display:none",
        "visibility:hidden",
        "font-size:0",
        "font-size:1px",
        "font-size:.",
        "opacity:0;",
        "opacity:0\"",
        "opacity:0'",
        "opacity:0\\",
        "opacity:0.0",
        "color:transparent",
        "color:#fff",
        "color:white",
        "color:rgba(0,0,0,0)",
        "color:rgb(255,255,255)",
        "left:-9",
        "left:-1000",
        "left:-5000",
        "left:-100v",
        "top:-9",
        "top:-1000",
        "text-indent:-9",
        "height:0",
        "width:0",
        "height:1px",
        "clip:rect(0",
        "clip:rect(1px",
        "clip-path:inset(100%",
        "clip-path:inset(50%",
        "transform:scale(0",
        "aria-hidden=",
    ];
    // White text is hidden on white; with a background of its own it is a button.
    let white = ["background:white", "background:#fff", "background-color:white", "background-color:#fff"];
    let button = compact.contains("background") && !white.iter().any(|white| compact.contains(white));
    let set = |mark: &&str| {
        let mut places = compact.match_indices(*mark);
        // `background-color` and `line-height` are other things; `max-height` and `margin-left` are the same.
        places.any(|(at, _)| {
            let before = compact.get(..at).unwrap_or_default();
            !before.ends_with('-') || before.ends_with("max-") || before.ends_with("margin-")
        })
    };
    style.iter().any(|mark| !(button && mark.starts_with("color:")) && set(mark))
        || tag.split_whitespace().any(|word| word.trim_end_matches('/') == "hidden")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(text: &str) -> Vec<(Kind, &str)> {
        containers(text).into_iter().map(|place| (place.kind, text.get(place.span).unwrap())).collect()
    }

    #[test]
    fn finds_places_that_are_not_shown() {
        assert_eq!(inside("a <!-- b --> c"), [(Kind::Comment, " b ")]);
        assert_eq!(inside("a <!-- never closed"), [(Kind::Comment, " never closed")]);
        assert_eq!(inside("[//]: # (a b)\n[ok]: # (c)"), [(Kind::Comment, " # (a b)")]);
        assert_eq!(inside("[comment]: <> (a b)"), [(Kind::Comment, " <> (a b)")]);
        assert_eq!(inside(r#"<p style="font-size: 0">a b</p> c"#), [(Kind::Style, "a b")]);
        assert_eq!(inside("<div hidden>a b</div>"), [(Kind::Style, "a b")]);
        assert_eq!(inside(r#"<img src="x" alt="one two three four">"#), [(Kind::Attribute, "one two three four")]);
    }

    #[test]
    fn what_is_shown_is_left_alone() {
        let shown = [
            r#"<p style="color: #333">a</p>"#,
            r#"<a style="color:#fff;background:#06c">a</a>"#,
            "[docs]: https://docs.example",
            "a < b",
            r#"<img alt="logo">"#,
        ];
        for text in shown {
            assert_eq!(inside(text), [], "{text}");
        }
    }
}
