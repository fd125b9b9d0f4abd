//! Text that a model reads and a person does not: characters that are not shown, letters that look like others.

use crate::found::Findings;
use crate::markdown::Page;
use crate::rule;
use portcullis_inspect::injection::{self, Context, Tier};
use std::ops::Range;

/// Looks for what hides in a text.
pub(crate) fn look(text: &str, path: &str, context: Context, out: &mut Findings) {
    for (span, message) in signs(text, context) {
        let value = text.get(span.clone()).unwrap_or_default();
        out.add(&rule::HIDDEN_TEXT, path, span.clone(), value, message);
    }
}

/// The same for a value that stands in `span`.
pub(crate) fn look_in(text: &str, path: &str, span: &Range<usize>, out: &mut Findings) {
    for (at, message) in signs(text, Context::ToolResult) {
        let value = text.get(at).unwrap_or_default();
        out.add(&rule::HIDDEN_TEXT, path, span.clone(), value, message);
    }
}

/// What hides in a text, and where.
fn signs(text: &str, context: Context) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    // Almost every text is plain; what hides needs a character beyond ASCII, or markup.
    if text.is_ascii() && !text.contains(['<', '\u{1b}']) && !text.contains("          ") {
        return found;
    }
    for signal in injection::signals(text, context) {
        if !signal.hides() || signal.tier < Tier::Alert {
            continue;
        }
        let shown = signal.shown.as_deref().unwrap_or_default();
        if !signal.rule.id.contains("comment") && shown.chars().filter(|it| it.is_alphanumeric()).count() < 3 {
            continue;
        }
        found.push((signal.span, format!("It {}.", signal.rule.title)));
    }
    found
}

/// So many blanks put what follows out of sight.
const FAR: usize = 120;

/// Fewer words than these are no message.
const FEWEST: usize = 4;

/// Styles that show nothing.
const UNSEEN: [&str; 20] = [
    "color:white",
    "color: white",
    "color:#fff",
    "color: #fff",
    "color:#fefefe",
    "color: #fefefe",
    "color:transparent",
    "color: transparent",
    "font-size:1px",
    "font-size: 1px",
    "left:-9999",
    "left: -9999",
    "display:none",
    "display: none",
    "visibility:hidden",
    "visibility: hidden",
    "font-size:0",
    "font-size: 0",
    "opacity:0",
    "opacity: 0",
];

/// Looks for words that are set so that nobody sees them: far to the right, or in a style that shows nothing. What they say does
/// not matter: a text for a model has no reason to hide any.
pub(crate) fn set_apart(text: &str, page: &Page, path: &str, out: &mut Findings) {
    let is_code = |at: usize| page.fences.iter().any(|fence| fence.span.contains(&at));
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if let Some(gap) = line.find(&" ".repeat(FAR))
            && !is_code(start)
        {
            let rest = line.get(gap..).unwrap_or_default();
            let words = rest.trim();
            // The cells of a table are as wide as the widest of them.
            let in_table = line.trim_start().starts_with('|') && words.starts_with('|');
            if !in_table && line.trim_start().len() > words.len() && words.split_whitespace().count() >= FEWEST {
                let from = start + gap + rest.len() - rest.trim_start().len();
                let message = "Words stand so far to the right that nobody sees them.".to_owned();
                out.add(&rule::HIDDEN_TEXT, path, from..from + words.len(), words, message);
            }
        }
        let Some(style) = UNSEEN.iter().find_map(|style| line.find(style)) else { continue };
        let shown = line.get(style..).unwrap_or_default();
        let inner = shown.split_once('>').map_or("", |(_, rest)| rest.split("</").next().unwrap_or(rest));
        // What is white on a ground of another colour is read well.
        let on_ground = line.split_once("background").is_some_and(|(_, ground)| {
            let colour = ground.trim_start_matches("-color").trim_start_matches([':', ' ']);
            !["white", "#fff", "#fefefe", "transparent"].iter().any(|white| colour.starts_with(white))
        });
        if on_ground && line.get(style..).is_some_and(|rest| rest.starts_with("color")) {
            continue;
        }
        let is_hidden = line.contains("style=") && !is_code(start) && !is_quoted_code(text, start, start + style);
        if is_hidden && inner.split_whitespace().count() >= FEWEST {
            let message = "Words stand in a style that shows nothing.".to_owned();
            out.add(&rule::HIDDEN_TEXT, path, start + style..start + line.trim_end().len(), inner, message);
        }
    }
}

/// Whether markup stands between backquotes, where a reader sees it as it is written. Within other markup they mean nothing.
fn is_quoted_code(text: &str, line: usize, at: usize) -> bool {
    let before = text.get(..line).unwrap_or_default();
    let paragraph = before.rfind("\n\n").map_or(0, |blank| blank + 2);
    let opening = text.get(line..at).unwrap_or_default().rfind('`').map(|mark| line + mark);
    let marks = text.get(line..at).unwrap_or_default().matches('`').count();
    let behind = text.get(at..).unwrap_or_default().split('\n').next().unwrap_or_default();
    let is_plain = |mark: usize| !text.get(paragraph..mark).unwrap_or_default().contains('<');
    marks % 2 == 1 && opening.is_some_and(is_plain) && behind.rsplit("</").next().is_some_and(|rest| rest.contains('`'))
}
