//! YAML and JSON with positions. JSON is YAML, so one reader serves both.
//!
//! Only plain trees are read: no anchors and aliases (a few lines of them can stand for gigabytes), no tags, no second
//! document, no key twice, not too deep.

use crate::diagnostic::Diagnostic;
use crate::source::{Origin, Text};
use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use std::ops::Range;
use std::sync::Arc;

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) value: NodeValue,
}

/// What it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NodeValue {
    /// A text; `quoted` if it stood in quotes.
    Text {
        text: String,
        quoted: bool,
    },
    List(Vec<Node>),
    Table(Vec<(Node, Node)>),
}

/// The deepest nesting that is read.
const DEEPEST: usize = 16;

/// Reads one document.
pub(crate) fn read(text: &Arc<Text>) -> Result<Node, Diagnostic> {
    let mut reader = Reader { text, parser: Parser::new_from_str(&text.written) };
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
            Event::StreamEnd | Event::DocumentEnd => {
                return Ok(Node { span, value: NodeValue::Table(Vec::new()) });
            }
            first @ (Event::Alias(_)
            | Event::Scalar(..)
            | Event::SequenceStart(..)
            | Event::SequenceEnd
            | Event::MappingStart(..)
            | Event::MappingEnd) => {
                let node = reader.node(first, span, 0)?;
                reader.end()?;
                return Ok(node);
            }
        }
    }
}

struct Reader<'a> {
    text: &'a Arc<Text>,
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
}

impl<'a> Reader<'a> {
    fn problem(&self, span: Range<usize>, title: &str, label: &str) -> Diagnostic {
        Diagnostic::error(title, Origin::new(self.text, span), label)
    }

    fn bytes(&self, span: Span) -> Range<usize> {
        let at = |mark: saphyr_parser::Marker| self.text.byte_at(mark.line(), mark.col() + 1);
        let range = at(span.start)..at(span.end);
        // The end of a block is the start of what follows; white space does not belong to it.
        let written = self.text.written.get(range.clone()).unwrap_or_default();
        range.start..range.start + written.trim_end().len()
    }

    fn next(&mut self) -> Result<(Event<'a>, Range<usize>), Diagnostic> {
        match self.parser.next() {
            Some(Ok((event, span))) => {
                let span = self.bytes(span);
                Ok((event, span))
            }
            Some(Err(error)) => {
                let at = self.text.byte_at(error.marker().line(), error.marker().col() + 1);
                Err(self.problem(at..at, "this can't be read", error.info()))
            }
            None => Ok((Event::StreamEnd, self.text.written.len()..self.text.written.len())),
        }
    }

    fn end(&mut self) -> Result<(), Diagnostic> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(()),
                Event::DocumentEnd | Event::Nothing | Event::StreamStart => {}
                Event::DocumentStart(_)
                | Event::Alias(_)
                | Event::Scalar(..)
                | Event::SequenceStart(..)
                | Event::SequenceEnd
                | Event::MappingStart(..)
                | Event::MappingEnd => {
                    return Err(self.problem(span, "there is a second document", "only the first would be read"));
                }
            }
        }
    }

    fn plain(&self, span: &Range<usize>, anchor: usize, tagged: bool) -> Result<(), Diagnostic> {
        if anchor != 0 || tagged {
            let title = "anchors, aliases and tags are not read";
            return Err(self.problem(span.clone(), title, "write the value itself"));
        }
        Ok(())
    }

    fn node(&mut self, event: Event<'a>, span: Range<usize>, depth: usize) -> Result<Node, Diagnostic> {
        if depth > DEEPEST {
            return Err(self.problem(span, "this is nested too deeply", "nothing that is read here is so deep"));
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.plain(&span, anchor, tag.is_some())?;
                let quoted = style != ScalarStyle::Plain;
                Ok(Node { span, value: NodeValue::Text { text: text.into_owned(), quoted } })
            }
            Event::SequenceStart(anchor, tag) => {
                self.plain(&span, anchor, tag.is_some())?;
                self.list(span, depth)
            }
            Event::MappingStart(anchor, tag) => {
                self.plain(&span, anchor, tag.is_some())?;
                self.table(span, depth)
            }
            Event::Alias(_) => {
                self.plain(&span, 1, false)?;
                Err(self.problem(span, "an alias is not read", "write the value itself"))
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => Err(self.problem(span, "a value is missing", "expected here")),
        }
    }

    fn list(&mut self, start: Range<usize>, depth: usize) -> Result<Node, Diagnostic> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Node { span: start.start..span.end.max(start.end), value: NodeValue::List(items) });
            }
            items.push(self.node(event, span, depth + 1)?);
        }
    }

    fn table(&mut self, start: Range<usize>, depth: usize) -> Result<Node, Diagnostic> {
        let mut entries: Vec<(Node, Node)> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(Node { span: start.start..span.end.max(start.end), value: NodeValue::Table(entries) });
            }
            let key = self.node(event, span, depth + 1)?;
            if let Some((first, _)) = entries.iter().find(|(known, _)| known.value == key.value) {
                let first = Origin::new(self.text, first.span.clone());
                let problem = self.problem(key.span, "a key is written twice", "again");
                return Err(problem.related(first, "here first").help("put both values into one list, or remove one"));
            }
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            entries.push((key, value));
        }
    }
}
