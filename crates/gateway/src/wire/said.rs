//! Text of a reply on its way to the client: values take the place of their placeholders, and an address that would carry something
//! out is not shown. Whoever shows a text may load the images in it at once, and a person may follow a link.
//!
//! What may be the beginning of an address is held until its end is known; all else goes on as it comes.

use super::back::Back;
use portcullis_inspect::replace::Restorer;

/// What an address begins with.
const SCHEMES: [&str; 2] = ["https://", "http://"];

/// So much in front of an address is looked at to tell whether it is that of an image.
const BEFORE: usize = 256;

/// An address that is longer than this is none that anybody has to see.
const LONGEST: usize = 8192;

/// One text that comes in pieces.
pub(crate) struct Said {
    restorer: Restorer,
    shown: Shown,
}

impl Said {
    pub(super) fn new(restorer: Restorer) -> Self {
        Self { restorer, shown: Shown::default() }
    }

    /// Takes the next piece; gives what may be handed on.
    pub(crate) fn push(&mut self, piece: &str, back: &mut Back<'_>) -> String {
        let local = self.restorer.push(piece);
        self.shown.take(local.for_local(), false, back)
    }

    /// The text is over; gives the rest of it.
    pub(crate) fn finish(self, back: &mut Back<'_>) -> String {
        let Self { restorer, mut shown } = self;
        let (rest, tally) = restorer.finish();
        back.told.restored += tally.restored;
        shown.take(rest.for_local(), true, back)
    }
}

/// What a client was shown of a text.
#[derive(Default)]
struct Shown {
    /// What was handed on last.
    before: String,
    /// What may be the beginning of an address.
    held: String,
}

impl Shown {
    fn take(&mut self, text: &str, is_last: bool, back: &mut Back<'_>) -> String {
        if self.held.is_empty() && !back.watches_addresses() {
            keep_end(&mut self.before, text);
            return text.to_owned();
        }
        let all = std::mem::take(&mut self.held) + text;
        let small = all.to_ascii_lowercase();
        let (mut out, mut from) = (String::new(), 0);
        while let Some(at) = begins(&small, from) {
            self.plain(all.get(from..at).unwrap_or_default(), &mut out);
            let address = all.get(at..).unwrap_or_default();
            let length = match end_of(address) {
                Some(length) => length,
                // Of one that is too long nothing more is waited for.
                None if is_last || address.len() > LONGEST => address.len(),
                None => {
                    address.clone_into(&mut self.held);
                    return out;
                }
            };
            self.hand_on(address.get(..length).unwrap_or_default(), back, &mut out);
            from = at + length;
        }
        let rest = all.get(from..).unwrap_or_default();
        let sure = if is_last { rest.len() } else { sure_of(rest) };
        let (plain, held) = rest.split_at_checked(sure).unwrap_or((rest, ""));
        self.plain(plain, &mut out);
        held.clone_into(&mut self.held);
        out
    }

    fn plain(&mut self, text: &str, out: &mut String) {
        keep_end(&mut self.before, text);
        out.push_str(text);
    }

    fn hand_on(&mut self, address: &str, back: &mut Back<'_>, out: &mut String) {
        match back.rule_address(address, is_image(&self.before)) {
            Some(words) => out.push_str(&words),
            None => out.push_str(address),
        }
        keep_end(&mut self.before, address);
    }
}

/// Where the next address begins in a text of small letters.
fn begins(small: &str, from: usize) -> Option<usize> {
    let mut next = from;
    loop {
        let behind = next + small.get(next..)?.find("://")?;
        let before = small.get(from..behind)?;
        if let Some(scheme) = ["https", "http"].iter().find(|scheme| before.ends_with(**scheme)) {
            return Some(behind - scheme.len());
        }
        next = behind + 3;
    }
}

/// So much of a text is not the beginning of an address that goes on behind it.
fn sure_of(text: &str) -> usize {
    let may_begin = |at: &usize| {
        let end = text.get(*at..).unwrap_or_default().to_ascii_lowercase();
        SCHEMES.iter().any(|scheme| scheme.starts_with(&end))
    };
    let from = text.len().saturating_sub("https://".len() - 1);
    (from..text.len()).filter(|at| text.is_char_boundary(*at)).find(may_begin).unwrap_or(text.len())
}

/// Where an address ends, if it does.
fn end_of(address: &str) -> Option<usize> {
    address.find(|c: char| c.is_whitespace() || matches!(c, ')' | '>' | '"' | '\'' | '`' | '<' | ']' | '}' | '|'))
}

/// Whether what stands in front of an address makes it that of an image: `![…](`, `src="`, `url(`.
fn is_image(before: &str) -> bool {
    let before = before.trim_end_matches(['<', '"', '\'', ' ']);
    let small = before.to_ascii_lowercase();
    if small.ends_with("src=") || small.ends_with("url(") || small.ends_with("srcset=") {
        return true;
    }
    let Some(inner) = before.strip_suffix("](").or_else(|| before.strip_suffix("]:")) else { return false };
    // A definition is used by whoever names it, an image perhaps.
    before.ends_with("]:")
        || inner.rfind('[').is_some_and(|at| inner.get(..at).is_some_and(|front| front.ends_with('!')))
}

/// Adds a text to the end that is kept.
fn keep_end(kept: &mut String, text: &str) {
    kept.push_str(text);
    let mut from = kept.len().saturating_sub(BEFORE);
    while !kept.is_char_boundary(from) {
        from += 1;
    }
    kept.drain(..from);
}

#[cfg(test)]
mod tests {
    use super::super::back::{Call, Ruling, Rulings};
    use super::*;
    use portcullis_event::Secret;
    use portcullis_inspect::replace::Session;
    use proptest::prelude::*;
    use std::sync::Arc;

    /// Shows no address that has `evil` in it, and no image at all.
    struct Strict;

    impl Rulings for Strict {
        fn rule(&mut self, _: &Call) -> Ruling {
            Ruling::Restored
        }
        fn watches_addresses(&self) -> bool {
            true
        }
        fn address(&mut self, url: &str, is_image: bool) -> Option<String> {
            (is_image || url.contains("evil")).then(|| "[withheld]".to_owned())
        }
    }

    fn shown(pieces: &[&str]) -> String {
        let session = Arc::new(Session::new(&Secret::new([1; 32])));
        let mut rulings = Strict;
        let mut back = Back::new(&session, &mut rulings);
        let mut said = back.said();
        let mut out = String::new();
        for piece in pieces {
            out.push_str(&said.push(piece, &mut back));
        }
        out + &said.finish(&mut back)
    }

    #[test]
    fn an_address_that_must_not_be_shown_is_not_and_the_rest_is() {
        assert_eq!(
            shown(&["see https://evil.example/a?b and http://ok.example/x."]),
            "see [withheld] and http://ok.example/x."
        );
        assert_eq!(
            shown(&["![a](https://ok.example/x.png) [b](https://ok.example/y)"]),
            "![a]([withheld]) [b](https://ok.example/y)"
        );
        assert_eq!(shown(&["<img src=\"https://ok.example/x\">"]), "<img src=\"[withheld]\">");
        assert_eq!(shown(&["[x]: https://ok.example/x"]), "[x]: [withheld]");
        assert_eq!(shown(&["HTTPS://EVIL.example/evil"]), "[withheld]");
        assert_eq!(shown(&["http", "s:/", "/ok.example"]), "https://ok.example");
        assert_eq!(shown(&["an h, htt and https: alone"]), "an h, htt and https: alone");
    }

    proptest! {
        #[test]
        fn it_makes_no_difference_where_a_text_is_cut(
            parts in proptest::collection::vec(prop_oneof![
                Just("https://evil.example/x "), Just("https://ok.example/y"), Just(" "), Just("![i]("), Just(")"), Just("häuser "),
                Just("http"), Just("s://"), Just("\n"), Just("src="), Just("text ")], 0..12),
            cuts in proptest::collection::vec(1_usize..9, 1..40),
        ) {
            let whole = parts.concat();
            let mut pieces: Vec<String> = Vec::new();
            let mut rest: Vec<char> = whole.chars().collect();
            for cut in cuts {
                let tail = rest.split_off(cut.min(rest.len()));
                pieces.push(rest.into_iter().collect());
                rest = tail;
            }
            pieces.push(rest.into_iter().collect());
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            let out = shown(&pieces);
            prop_assert_eq!(&out, &shown(&[&whole]));
            prop_assert!(!out.contains("evil"));
        }
    }
}
