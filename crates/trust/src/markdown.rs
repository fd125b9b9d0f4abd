//! A text for a model, taken apart: front matter, what it says, what it shows as code, what it runs when it is loaded.
//!
//! Not a renderer. It knows as much of Markdown as is needed to tell prose from listings and to see what a reader of the
//! rendered page does not.

use std::ops::Range;

/// A text, taken apart.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// What stands between the first two lines of `---`.
    pub(crate) front: Option<Range<usize>>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) fences: Vec<Fence>,
    /// Commands that an agent runs when it loads the text: `` !`…` ``.
    pub(crate) bangs: Vec<Range<usize>>,
}

/// A paragraph, an item of a list, a heading, a row of a table, a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) span: Range<usize>,
    pub(crate) place: Place,
    /// The headings that it stands under, the nearest last; numbers of blocks.
    pub(crate) under: Vec<usize>,
}

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Heading,
    Text,
    Item,
    Cell,
    Quote,
    /// Between `<!--` and `-->`: a model reads it, and nobody who looks at the page does.
    Comment,
    /// A listing that is no code.
    Listing,
}

/// A fenced listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fence {
    /// The language that it names, in lower case.
    pub(crate) language: String,
    /// What is in it.
    pub(crate) span: Range<usize>,
    /// Whether an agent runs it when it loads the text.
    pub(crate) runs: bool,
    /// The headings that it stands under.
    pub(crate) under: Vec<usize>,
}

/// Languages of listings that hold words.
const WORDS: [&str; 8] = ["", "text", "txt", "md", "markdown", "prompt", "plaintext", "plain"];

/// What link definitions begin with that are written for their titles, which no page shows.
const UNSEEN_LINKS: [&str; 5] = ["[//]: #", "[//]: <>", "[comment]: #", "[comment]: <>", "[_]: #"];

impl Page {
    pub(crate) fn read(text: &str) -> Self {
        let mut reader = Reader { text, page: Self::default(), headings: Vec::new(), open: None };
        let body = reader.front();
        reader.body(body);
        reader.page.bangs = bangs(text, body);
        reader.page
    }
}

struct Reader<'t> {
    text: &'t str,
    page: Page,
    /// Level and number of the headings above.
    headings: Vec<(usize, usize)>,
    /// The block that the next line may belong to.
    open: Option<(Range<usize>, Place)>,
}

impl Reader<'_> {
    /// Reads the front matter and gives the place where the body begins.
    fn front(&mut self) -> usize {
        let start = if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let rest = self.text.get(start..).unwrap_or_default();
        let Some(inner) = rest.strip_prefix("---\n").or_else(|| rest.strip_prefix("---\r\n")) else { return start };
        let from = self.text.len() - inner.len();
        let mut at = from;
        for line in inner.split_inclusive('\n') {
            if line.trim_end() == "---" || line.trim_end() == "..." {
                self.page.front = Some(from..at);
                return at + line.len();
            }
            at += line.len();
        }
        start
    }

    fn body(&mut self, from: usize) {
        let mut at = from;
        let mut fence: Option<(String, Fence)> = None;
        let mut comment: Option<usize> = None;
        for line in self.text.get(from..).unwrap_or_default().split_inclusive('\n') {
            let span = at..at + line.len();
            at = span.end;
            if let Some((mark, mut open)) = fence.take() {
                let closing = line.trim();
                if closing.starts_with(mark.as_str()) && closing.trim_start_matches(['`', '~']).is_empty() {
                    self.fence(open);
                } else {
                    open.span.end = span.end;
                    fence = Some((mark, open));
                }
                continue;
            }
            if let Some(start) = comment {
                if let Some(end) = line.find("-->") {
                    self.push(start..span.start + end, Place::Comment);
                    comment = None;
                }
                continue;
            }
            if let Some(opened) = self.opening(line, &span) {
                self.close();
                fence = Some(opened);
                continue;
            }
            comment = self.line(line, span);
        }
        if let Some((_, open)) = fence {
            self.fence(open);
        }
        if let Some(start) = comment {
            self.push(start..self.text.len(), Place::Comment);
        }
        self.close();
    }

    /// The fence that a line opens.
    fn opening(&self, line: &str, span: &Range<usize>) -> Option<(String, Fence)> {
        let trimmed = line.trim_start();
        let trimmed = trimmed.strip_prefix("> ").unwrap_or(trimmed);
        let mark: String = trimmed.chars().take_while(|it| *it == '`').collect();
        let mark = if mark.is_empty() { trimmed.chars().take_while(|it| *it == '~').collect() } else { mark };
        if mark.len() < 3 {
            return None;
        }
        let info = trimmed.get(mark.len()..)?.trim();
        let runs = info.starts_with('!');
        let language = info.trim_start_matches('!').split([' ', '{', ',']).next().unwrap_or_default();
        let language = language.to_ascii_lowercase();
        Some((mark, Fence { language, span: span.end..span.end, runs, under: self.under() }))
    }

    fn under(&self) -> Vec<usize> {
        self.headings.iter().map(|(_, number)| *number).collect()
    }

    fn fence(&mut self, fence: Fence) {
        if WORDS.contains(&fence.language.as_str()) && !fence.runs {
            self.push(fence.span.clone(), Place::Listing);
        }
        self.page.fences.push(fence);
    }

    /// Takes a line of the body; gives the start of a comment that it leaves open.
    fn line(&mut self, line: &str, span: Range<usize>) -> Option<usize> {
        let trimmed = line.trim();
        if let Some(begin) = line.find("<!--") {
            self.close();
            let start = span.start + begin + 4;
            let behind = self.text.get(start..span.end).unwrap_or_default();
            let before = span.start..span.start + begin;
            if !line.get(..begin).unwrap_or_default().trim().is_empty() {
                self.push(before, Place::Text);
            }
            let Some(end) = behind.find("-->") else { return Some(start) };
            self.push(start..start + end, Place::Comment);
            // What follows on the same line may hold another one.
            let rest = start + end + 3..span.end;
            let text = self.text.get(rest.clone()).unwrap_or_default().to_owned();
            return self.line(&text, rest);
        }
        if trimmed.is_empty() {
            self.close();
            return None;
        }
        if UNSEEN_LINKS.iter().any(|link| trimmed.starts_with(link)) {
            self.close();
            self.push(span, Place::Comment);
            return None;
        }
        let level = trimmed.chars().take_while(|it| *it == '#').count();
        if (1..=6).contains(&level) && trimmed.chars().nth(level).is_none_or(|it| it == ' ') {
            self.close();
            let number = self.page.blocks.len();
            self.headings.retain(|(above, _)| *above < level);
            self.push(span, Place::Heading);
            self.headings.push((level, number));
            return None;
        }
        let place = if trimmed.starts_with('|') {
            Some(Place::Cell)
        } else if is_item(trimmed) {
            Some(Place::Item)
        } else if trimmed.starts_with('>') && !matches!(self.open, Some((_, Place::Quote))) {
            Some(Place::Quote)
        } else {
            None
        };
        match (&mut self.open, place) {
            (Some((open, _)), None) => open.end = span.end,
            (_, place) => {
                self.close();
                self.open = Some((span, place.unwrap_or(Place::Text)));
            }
        }
        None
    }

    fn close(&mut self) {
        if let Some((span, place)) = self.open.take() {
            self.push(span, place);
        }
    }

    fn push(&mut self, span: Range<usize>, place: Place) {
        let under = self.under();
        self.page.blocks.push(Block { span, place, under });
    }
}

/// Whether a line begins an item of a list.
fn is_item(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let behind = line.get(digits..).unwrap_or_default();
    ["- ", "* ", "+ "].iter().any(|mark| line.starts_with(mark))
        || digits > 0 && (behind.starts_with(". ") || behind.starts_with(") "))
}

/// The commands in `` !`…` ``.
fn bangs(text: &str, from: usize) -> Vec<Range<usize>> {
    let body = text.get(from..).unwrap_or_default();
    let mut found = Vec::new();
    for (at, _) in body.match_indices("!`") {
        let start = from + at + 2;
        let before = text.get(..start - 2).unwrap_or_default().chars().next_back();
        if before.is_some_and(|it| !it.is_whitespace() && !matches!(it, '(' | '[' | ':' | '-' | '*' | '|' | '>')) {
            continue;
        }
        let line = text.get(start..).unwrap_or_default().split('\n').next().unwrap_or_default();
        if let Some(end) = line.find('`').filter(|end| *end > 0) {
            found.push(start..start + end);
        }
    }
    found
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "a cut character is a failed test")]
mod tests {
    use super::*;

    fn shown<'t>(text: &'t str, page: &Page) -> Vec<(Place, &'t str)> {
        page.blocks.iter().map(|block| (block.place, text[block.span.clone()].trim())).collect()
    }

    #[test]
    fn a_page_is_taken_apart() {
        let text = "---\nname: x\n---\n# Head\n\nOne\nline.\n- item\n  goes on\n```bash\nrm x\n```\n<!-- hidden\nwords --> tail\n| a | b |\n";
        let page = Page::read(text);
        assert_eq!(&text[page.front.clone().unwrap()], "name: x\n");
        let expected = [
            (Place::Heading, "# Head"),
            (Place::Text, "One\nline."),
            (Place::Item, "- item\n  goes on"),
            (Place::Comment, "hidden\nwords"),
            (Place::Cell, "| a | b |"),
        ];
        assert_eq!(shown(text, &page), expected);
        assert_eq!((page.fences[0].language.as_str(), &text[page.fences[0].span.clone()]), ("bash", "rm x\n"));
        assert_eq!(page.fences[0].under, [0]);
    }

    #[test]
    fn what_is_run_at_loading_is_seen() {
        let text = "Status: !`git status`\n```!\nid\n```\nNot a `code` and wow!`x`.\n";
        let page = Page::read(text);
        assert_eq!(page.bangs.iter().map(|span| &text[span.clone()]).collect::<Vec<_>>(), ["git status"]);
        assert!(page.fences[0].runs);
    }

    #[test]
    fn whatever_is_left_open_ends_with_the_text() {
        for text in ["```", "<!--", "---\nname", "<!-- a --><!-- b", "`````\n```", "#", "!`"] {
            Page::read(text);
        }
        let text = "a <!-- b";
        assert_eq!(shown(text, &Page::read(text)), [(Place::Text, "a"), (Place::Comment, "b")]);
    }
}
