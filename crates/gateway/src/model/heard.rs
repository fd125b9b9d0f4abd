//! What a conversation tells of the user's words and of what came of tools, handed on once each and in its order, before a model
//! reads any of it.

use super::Shared;
use super::memo::{Key, key_of_texts};
use super::road::{Came, Client};
use crate::json::{Decoded, Document};
use crate::wire::{Request, ToolResult};
use std::collections::HashMap;
use std::ops::Range;

/// Hands on what was not handed on before. Gives what each of these texts is, by its first node.
pub(super) fn tell(
    shared: &Shared,
    client: &Client,
    document: &Document<'_>,
    request: &Request,
) -> HashMap<usize, Key> {
    let mut all: Vec<(usize, Heard<'_>)> = Vec::new();
    all.extend(request.said.iter().map(|nodes| (nodes.start, Heard::Said(nodes))));
    all.extend(request.results.iter().map(|result| (result.nodes.start, Heard::Came(result))));
    all.sort_by_key(|(place, _)| *place);
    let tell = |(place, heard): (usize, Heard<'_>)| {
        let key = heard.key(document);
        shared.told.tell(key, || heard.tell(shared, client, &text(document, heard.nodes())));
        (place, key)
    };
    all.into_iter().map(tell).collect()
}

#[derive(Clone, Copy)]
enum Heard<'a> {
    Said(&'a Range<usize>),
    Came(&'a ToolResult),
}

impl Heard<'_> {
    fn nodes(&self) -> &Range<usize> {
        match self {
            Self::Said(nodes) => nodes,
            Self::Came(result) => &result.nodes,
        }
    }

    /// What it is: the same words can come of two calls.
    fn key(&self, document: &Document<'_>) -> Key {
        let spans = || document.texts(self.nodes().clone()).map(|text| text.span);
        let (first, last) = (spans().next(), spans().last());
        let whole = first.zip(last).map(|(first, last)| first.start..last.end);
        let source = whole.and_then(|whole| document.source().get(whole));
        match self {
            Self::Said(_) => key_of_texts(&[source]),
            Self::Came(ToolResult { id, called, .. }) => {
                let name = called.as_ref().map(|called| called.name.as_str());
                let input = called.as_ref().and_then(|called| called.input.as_deref());
                key_of_texts(&[Some("came"), id.as_deref(), name, input, source])
            }
        }
    }

    fn tell(&self, shared: &Shared, client: &Client, text: &str) {
        match self {
            Self::Said(_) => shared.road.said(client, text),
            Self::Came(ToolResult { id, called, .. }) => {
                let called = called.as_ref();
                let came = Came {
                    id: id.as_deref(),
                    tool: called.map(|called| called.name.as_str()),
                    input: called.and_then(|called| called.input.as_deref()),
                    text,
                };
                shared.road.came(client, &came);
            }
        }
    }
}

/// Every text among some nodes, one in each line.
fn text(document: &Document<'_>, nodes: &Range<usize>) -> String {
    let parts = document.texts(nodes.clone()).map(|text| {
        let source = document.source().get(text.span).unwrap_or_default();
        Decoded::of_source(source).text().to_owned()
    });
    parts.collect::<Vec<_>>().join("\n")
}
