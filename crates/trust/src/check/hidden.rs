//! Text that a model reads and a person does not: characters that are not shown, letters that look like others.

use crate::found::Findings;
use crate::rule;
use portcullis_inspect::injection::{self, Context, Tier};

/// Looks for what hides in a text.
pub(crate) fn look(text: &str, path: &str, context: Context, out: &mut Findings) {
    // Almost every text is plain; what hides needs a character beyond ASCII, or markup.
    if text.is_ascii() && !text.contains(['<', '\u{1b}']) && !text.contains("          ") {
        return;
    }
    for signal in injection::signals(text, context) {
        if !signal.hides() || signal.tier < Tier::Alert {
            continue;
        }
        let shown = signal.shown.as_deref().unwrap_or_default();
        if !signal.rule.id.contains("comment") && shown.chars().filter(|it| it.is_alphanumeric()).count() < 3 {
            continue;
        }
        let message = format!("It {}.", signal.rule.title);
        let value = text.get(signal.span.clone()).unwrap_or_default();
        out.add(&rule::HIDDEN_TEXT, path, signal.span.clone(), value, message);
    }
}
