//! What an agent and an MCP server say to each other, in any order and any form.

use portcullis_gateway::mcp::{Call, Fate, Line, Lines, Offer, Out, Piece, Road, Session, Standing};
use std::sync::Arc;

/// What is on no way through.
const POISON: &str = "poi son";

#[derive(Debug)]
struct Words;

impl Words {
    fn fate(pieces: &[Piece]) -> Fate {
        let held = pieces.iter().enumerate().filter(|(_, piece)| piece.text.contains(POISON));
        let changed: Vec<_> = held.map(|(at, piece)| (at, piece.text.replace(POISON, "\"\n"))).collect();
        if changed.is_empty() { Fate::AsItIs } else { Fate::Changed(changed) }
    }
}

impl Road for Words {
    fn offered(&self, offers: &[Offer<'_>]) -> Vec<Standing> {
        let standing = |offer: &Offer<'_>| {
            assert!(serde_json::from_str::<serde_json::Value>(offer.definition).is_ok());
            let says = decoded(offer.definition);
            if says.contains(POISON) { Standing::Blocked("blocked".to_owned()) } else { Standing::Approved }
        };
        offers.iter().map(standing).collect()
    }

    fn call(&self, call: &Call<'_>) -> Result<(), String> {
        if decoded(call.input).contains(POISON) { Err("no".to_owned()) } else { Ok(()) }
    }

    fn came(&self, _: &str, pieces: &[Piece]) -> Fate {
        Self::fate(pieces)
    }

    fn asks(&self, _: &str, pieces: &[Piece]) -> Fate {
        Self::fate(pieces)
    }

    fn leaves(&self, _: &str, pieces: &[Piece]) -> Fate {
        Self::fate(pieces)
    }

    fn refused(&self, _: &str) {}
}

/// A document with nothing escaped that need not be.
fn decoded(source: &str) -> String {
    serde_json::from_str::<serde_json::Value>(source).map(|value| value.to_string()).unwrap_or_default()
}

/// Lines of both sides: a line that begins with `<` is the server's, every other one the client's. Nothing ends the gate, what it says
/// is one message on a line, and a client reads no poison.
pub fn gateway_mcp(bytes: &[u8]) {
    let mut session = Session::new(Arc::new(Words));
    // There is always something that was asked.
    session.client(r#"{"jsonrpc":"2.0","id":0,"method":"tools/list"}"#);
    session.client(r#"{"jsonrpc":"2.0","id":1,"method":"initialize"}"#);
    session.server(r#"{"jsonrpc":"2.0","id":0,"result":{"tools":[{"name":"t"}]}}"#);
    session.client(r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"t"}}"#);
    session.client(r#"{"jsonrpc":"2.0","id":3,"method":"tools/list"}"#);
    let mut lines = Lines::new(bytes);
    while let Ok(Some(line)) = lines.next_line() {
        let (line, by_client) = match line {
            Line::Text(text) => match text.strip_prefix('<') {
                Some(text) => (Line::Text(text.to_owned()), false),
                None => (Line::Text(text), true),
            },
            Line::Unreadable(why) => (Line::Unreadable(why), true),
        };
        let Out { to_client, to_server } = session.take(line, by_client);
        for message in to_client.iter().chain(&to_server) {
            assert!(serde_json::from_str::<serde_json::Value>(message).is_ok(), "{message}");
        }
        for message in to_client.iter().filter(|_| !by_client) {
            // What a request is called under is shown to nobody.
            let mut value: serde_json::Value = serde_json::from_str(message).unwrap_or_default();
            value.as_object_mut().map(|members| members.remove("id"));
            assert!(!value.to_string().contains(POISON), "{message}");
        }
    }
}
