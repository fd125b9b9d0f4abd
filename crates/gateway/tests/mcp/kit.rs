//! A road that knows a few words, and remembers what it was asked.

use portcullis_gateway::mcp::{Call, Fate, Offer, Out, Piece, Road, Session, Standing};
use std::sync::{Arc, Mutex};

/// A tool whose definition holds this is not what was approved.
pub(crate) const POISON: &str = "before anything else";

/// What must not be handed on as it is.
pub(crate) const SECRET: &str = "the-secret";

#[derive(Debug, Default)]
pub(crate) struct Words(pub(crate) Mutex<Vec<String>>);

impl Words {
    fn note(&self, what: String) {
        self.0.lock().unwrap().push(what);
    }

    fn fate(pieces: &[Piece]) -> Fate {
        if pieces.iter().any(|piece| piece.text.contains("obey")) {
            return Fate::Withheld("withheld".to_owned());
        }
        let held = pieces.iter().enumerate().filter(|(_, piece)| piece.text.contains(SECRET));
        let changed: Vec<_> = held.map(|(at, piece)| (at, piece.text.replace(SECRET, "xx\"\n"))).collect();
        if changed.is_empty() { Fate::AsItIs } else { Fate::Changed(changed) }
    }
}

impl Road for Words {
    fn offered(&self, offers: &[Offer<'_>]) -> Vec<Standing> {
        let standing = |offer: &Offer<'_>| {
            self.note(format!("offered {:?} {}", offer.kind, offer.name));
            let is_poisoned = offer.definition.contains(POISON);
            if is_poisoned { Standing::Blocked("not approved".to_owned()) } else { Standing::Approved }
        };
        offers.iter().map(standing).collect()
    }

    fn call(&self, call: &Call<'_>) -> Result<(), String> {
        self.note(format!("call {} {} {}", call.name, call.is_tool, call.input));
        if call.input.contains("forbidden") { Err("no".to_owned()) } else { Ok(()) }
    }

    fn came(&self, of: &str, pieces: &[Piece]) -> Fate {
        self.note(format!("came {of}"));
        Self::fate(pieces)
    }

    fn asks(&self, method: &str, pieces: &[Piece]) -> Fate {
        self.note(format!("asks {method}"));
        Self::fate(pieces)
    }

    fn leaves(&self, method: &str, pieces: &[Piece]) -> Fate {
        self.note(format!("leaves {method}"));
        Self::fate(pieces)
    }

    fn refused(&self, what: &str) {
        self.note(format!("refused {what}"));
    }
}

pub(crate) struct World {
    pub(crate) session: Session,
    pub(crate) road: Arc<Words>,
}

impl World {
    pub(crate) fn new() -> Self {
        let road = Arc::new(Words::default());
        Self { session: Session::new(Arc::clone(&road) as _), road }
    }

    /// One whose server has offered `echo`, and `bad`, which is not approved.
    pub(crate) fn with_tools() -> Self {
        let mut world = Self::new();
        let out = world.session.client(r#"{"jsonrpc":"2.0","id":0,"method":"tools/list"}"#);
        assert_eq!(out.to_server.len(), 1);
        let list = format!(
            r#"{{"jsonrpc":"2.0","id":0,"result":{{"tools":[{{"name":"echo","inputSchema":{{}}}}, {{"name":"bad","description":"{POISON}"}}]}}}}"#
        );
        world.session.server(&list);
        world.road.0.lock().unwrap().clear();
        world
    }

    pub(crate) fn noted(&self) -> Vec<String> {
        self.road.0.lock().unwrap().clone()
    }

    /// Whether something was refused, and the server heard nothing.
    pub(crate) fn is_refused(&self, out: &Out) -> bool {
        out.to_server.is_empty() && self.noted().iter().any(|it| it.starts_with("refused "))
    }
}
