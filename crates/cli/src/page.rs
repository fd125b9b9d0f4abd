//! What a person reads: lines of toned text. Everything that is put on a page is made printable on the way in, so no
//! command can forget it; colours are added afterwards, and only here.

use crate::printable::printable;

/// What a piece of text says by its colour. The text says the same without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As the terminal has it.
    Plain,
    /// Fine.
    Good,
    /// Look at it.
    Warning,
    /// Broken or denied.
    Bad,
    /// A heading, or what the eye should find first.
    Strong,
    /// Less important than the rest.
    Faint,
}

impl Tone {
    const fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Good => "\u{1b}[32m",
            Self::Warning => "\u{1b}[33m",
            Self::Bad => "\u{1b}[1;31m",
            Self::Strong => "\u{1b}[1m",
            Self::Faint => "\u{1b}[2m",
        }
    }
}

/// Lines of text under construction.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    text: String,
    coloured: bool,
}

impl Page {
    /// An empty page.
    pub(crate) const fn new(coloured: bool) -> Self {
        Self { text: String::new(), coloured }
    }

    /// Adds text to the current line.
    pub(crate) fn put(&mut self, tone: Tone, text: impl AsRef<str>) -> &mut Self {
        let text = printable(text.as_ref());
        let code = if self.coloured { tone.code() } else { "" };
        self.text.push_str(code);
        self.text.push_str(&text);
        if !code.is_empty() {
            self.text.push_str("\u{1b}[0m");
        }
        self
    }

    /// Adds text and fills it up with blanks to `width` characters, for a column.
    pub(crate) fn column(&mut self, tone: Tone, text: impl AsRef<str>, width: usize) -> &mut Self {
        let text = printable(text.as_ref());
        let missing = width.saturating_sub(text.chars().count());
        self.put(tone, &*text);
        self.text.extend(std::iter::repeat_n(' ', missing));
        self
    }

    /// Ends the current line.
    pub(crate) fn end(&mut self) -> &mut Self {
        // Blanks that only fill a column are not worth a trailing space.
        let kept = self.text.trim_end_matches(' ').len();
        self.text.truncate(kept);
        self.text.push('\n');
        self
    }

    /// A whole line of plain text.
    pub(crate) fn line(&mut self, text: impl AsRef<str>) -> &mut Self {
        self.put(Tone::Plain, text).end()
    }

    /// Text of several lines that are ours or were quoted from a file: each becomes a line of the page.
    pub(crate) fn lines(&mut self, text: impl AsRef<str>) -> &mut Self {
        for line in text.as_ref().lines() {
            self.line(line);
        }
        self
    }

    /// What was written so far.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

/// The widest of some texts, in characters as they are shown.
pub(crate) fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(|text| printable(text).chars().count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untrusted_text_can_neither_colour_nor_break_a_line() {
        let mut page = Page::new(true);
        page.put(Tone::Bad, "denied").put(Tone::Plain, " rm\u{1b}[0m\nallowed").end();
        assert_eq!(page.as_str(), "\u{1b}[1;31mdenied\u{1b}[0m rm\\u{1b}[0m\\nallowed\n");
    }

    #[test]
    fn columns_line_up_and_leave_no_blanks_behind() {
        let mut page = Page::new(false);
        page.column(Tone::Good, "ok", 6).put(Tone::Plain, "first").end();
        page.column(Tone::Good, "last", 6).end();
        assert_eq!(page.as_str(), "ok    first\nlast\n");
    }
}
