//! Whom the gate asks, and whom it tells.

use super::pieces::Piece;

/// What a server offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfferKind {
    /// A tool.
    Tool,
    /// A prompt.
    Prompt,
    /// What it says of itself to whoever uses it.
    Instructions,
}

/// One thing that a server offers, whose words a model reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer<'a> {
    /// What it is.
    pub kind: OfferKind,
    /// What it is called; empty for instructions.
    pub name: &'a str,
    /// All of it, as JSON.
    pub definition: &'a str,
}

/// Whether something that is offered may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is what was approved.
    Approved,
    /// It is not, in words for whoever would use it.
    Blocked(String),
}

/// Something that a server is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call<'a> {
    /// The tool; or the method, of what is asked in another way.
    pub name: &'a str,
    /// Whether it is a tool.
    pub is_tool: bool,
    /// What it is given, as JSON.
    pub input: &'a str,
    /// What the client calls this request.
    pub id: &'a str,
}

/// What becomes of a message that was looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It passes as it is.
    AsItIs,
    /// It passes with these texts instead of its own, by the place of each among the pieces.
    Changed(Vec<(usize, String)>),
    /// It does not pass, and these words stand in its place.
    Withheld(String),
}

/// Whoever decides and records.
pub trait Road: Send + Sync + std::fmt::Debug {
    /// Which of these may be used. There are as many answers.
    fn offered(&self, offers: &[Offer<'_>]) -> Vec<Standing>;
    /// Rules about a call, and records that; an error is the words for whoever called.
    fn call(&self, call: &Call<'_>) -> Result<(), String>;
    /// Rules about what came of it, or of whatever else the server tells. `of` is the tool or the method.
    fn came(&self, of: &str, pieces: &[Piece]) -> Fate;
    /// Rules about something that a server asks of the client: of its model, or of its user.
    fn asks(&self, method: &str, pieces: &[Piece]) -> Fate;
    /// Rules about what the client tells a server that asked.
    fn leaves(&self, method: &str, pieces: &[Piece]) -> Fate;
    /// Records that something was not handed on which could not be read, or which nobody had asked for.
    fn refused(&self, what: &str);
}
