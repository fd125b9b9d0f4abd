//! YAML. Only plain trees: an anchor or an alias can make a few lines stand for gigabytes, and no skill needs one.

use super::Unreadable;
use crate::node::{DEEPEST, Node, Value};
use saphyr_parser::{Event, Marker, Parser, Span, StrInput};
use std::ops::Range;

/// More values than any configuration holds.
const MOST: usize = 5000;

/// No front matter and no configuration in YAML is longer, in bytes.
const LONGEST: usize = 256 * 1024;

/// Reads the first document.
pub(crate) fn yaml(text: &str) -> Result<Node, Unreadable> {
    if text.len() > LONGEST {
        return Err(Unreadable::Long);
    }
    if super::is_deep(text) {
        return Err(Unreadable::Deep);
    }
    let mut reader = Reader { lines: lines(text), text, parser: Parser::new_from_str(text), left: MOST };
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
            Event::StreamEnd | Event::DocumentEnd => return Ok(Node { span, value: Value::Table(Vec::new()) }),
            first @ (Event::Alias(_)
            | Event::Scalar(..)
            | Event::SequenceStart(..)
            | Event::SequenceEnd
            | Event::MappingStart(..)
            | Event::MappingEnd) => return reader.node(first, span, 0),
        }
    }
}

/// Where each line starts.
fn lines(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

struct Reader<'a> {
    text: &'a str,
    lines: Vec<usize>,
    parser: Parser<'a, StrInput<'a>>,
    left: usize,
}

fn wrong(what: &str) -> Unreadable {
    Unreadable::Form(what.to_owned())
}

impl<'a> Reader<'a> {
    /// The byte that a marker, which counts characters, stands at.
    fn byte(&self, marker: Marker) -> usize {
        let start = self.lines.get(marker.line().saturating_sub(1)).copied().unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or_default();
        start + rest.char_indices().nth(marker.col()).map_or(rest.len(), |(at, _)| at)
    }

    fn next(&mut self) -> Result<(Event<'a>, Range<usize>), Unreadable> {
        match self.parser.next() {
            Some(Ok((event, Span { start, end, .. }))) => {
                let span = self.byte(start)..self.byte(end);
                Ok((event, span.start..span.end.max(span.start)))
            }
            Some(Err(error)) => Err(wrong(error.info())),
            None => Ok((Event::StreamEnd, self.text.len()..self.text.len())),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Range<usize>, depth: usize) -> Result<Node, Unreadable> {
        if depth > DEEPEST {
            return Err(Unreadable::Deep);
        }
        self.left = self.left.checked_sub(1).ok_or(Unreadable::Long)?;
        match event {
            Event::Scalar(text, ..) => Ok(Node { span, value: Value::Text(text.into_owned()) }),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    let (event, next) = self.next()?;
                    if event == Event::SequenceEnd {
                        return Ok(Node { span: span.start..next.end.max(span.end), value: Value::List(items) });
                    }
                    items.push(self.node(event, next, depth + 1)?);
                }
            }
            Event::MappingStart(..) => {
                let mut members = Vec::new();
                loop {
                    let (event, next) = self.next()?;
                    if event == Event::MappingEnd {
                        return Ok(Node { span: span.start..next.end.max(span.end), value: Value::Table(members) });
                    }
                    let key = self.node(event, next, depth + 1)?;
                    let (event, next) = self.next()?;
                    let value = self.node(event, next, depth + 1)?;
                    members.push((key.text().unwrap_or_default().to_owned(), value));
                }
            }
            Event::Alias(_) => Err(wrong("an alias stands for something else than is written here")),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => Err(wrong("a value is missing")),
        }
    }
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "a cut character is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn hooks_in_front_matter_are_read_with_their_places() {
        let text = "name: ä\nhooks:\n  PreToolUse:\n    - matcher: Bash\n      hooks:\n        - command: \"id\"\n";
        let node = yaml(text).unwrap();
        let group = &node.get("hooks").unwrap().get("PreToolUse").unwrap().items()[0];
        let command = group.get("hooks").unwrap().items()[0].get("command").unwrap();
        assert_eq!((command.text(), &text[command.span.clone()]), (Some("id"), "\"id\""));
    }

    #[test]
    fn aliases_and_depth_are_refused() {
        assert!(yaml("a: &x [1]\nb: *x\n").is_err());
        assert!(yaml(&"[".repeat(50_000)).is_err());
        let indented: String = (0..500).map(|depth| " ".repeat(depth) + "a:\n").collect();
        assert!(yaml(&indented).is_err());
    }
}
