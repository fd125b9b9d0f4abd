//! The text of office documents. A word processor divides a word into several pieces of markup whenever it likes, so a token in
//! a document is often whole only without them.

use super::super::Step;
use super::super::map::Map;
use super::super::text::{Found, Surroundings};
use memchr::memchr;

/// What the parts of documents that hold text are called: Word, Excel, `PowerPoint`, `OpenDocument`.
fn holds_text(path: &str) -> bool {
    let Some((folder, file)) = path.rsplit_once('/').or(Some(("", path))) else { return false };
    let is_xml = file.strip_suffix(".xml").is_some();
    let office = matches!(folder, "word" | "xl" | "xl/worksheets" | "xl/comments" | "ppt/slides" | "ppt/notesSlides");
    is_xml && (office || (folder.is_empty() && matches!(file, "content.xml" | "styles.xml" | "meta.xml")))
}

/// Tags that end a paragraph, a cell or a line, without what marks their name space.
const ENDS_A_LINE: [&[u8]; 9] = [b"p", b"h", b"br", b"line-break", b"si", b"row", b"c", b"table-cell", b"comment"];

/// The text of a document's part, if the path says that it is one.
pub(super) fn text(path: &str, markup: &[u8]) -> Option<Found> {
    if !holds_text(path) || !markup.contains(&b'<') {
        return None;
    }
    let mut bytes = Vec::new();
    let mut map = Map::default();
    let mut at = 0;
    while let Some(rest) = markup.get(at..).filter(|rest| !rest.is_empty()) {
        let text = memchr(b'<', rest).unwrap_or(rest.len());
        // Characters beside markup count as new: their neighbours are.
        for place in at..at + text {
            map.decoded(1, place..place + 1);
        }
        bytes.extend_from_slice(rest.get(..text).unwrap_or_default());
        let tag_start = at + text;
        let Some(tag) = markup.get(tag_start..).and_then(|rest| rest.get(..=memchr(b'>', rest)?)) else { break };
        at = tag_start + tag.len();
        if ends_a_line(tag) {
            bytes.push(b'\n');
            map.decoded(1, tag_start..at);
        }
    }
    Some(Found { step: Step::DocumentText, bytes, map, surroundings: Surroundings::NONE })
}

fn ends_a_line(tag: &[u8]) -> bool {
    let closes = tag.get(1) == Some(&b'/') || tag.ends_with(b"/>");
    let inner = tag.get(1..tag.len() - 1).unwrap_or_default();
    let inner = inner.strip_prefix(b"/").unwrap_or(inner);
    let name = inner.split(|byte| byte.is_ascii_whitespace() || *byte == b'/').next().unwrap_or_default();
    let local = name.rsplit(|byte| *byte == b':').next().unwrap_or_default();
    closes && ENDS_A_LINE.contains(&local)
}
