//! Whom the gate asks, and whom it tells.

use super::carried::Carried;
use crate::wire::{Api, Call, Ruling};
use portcullis_event::{Finding, Llm, Skipped};

/// Who asks. What the request says is not proven: it names things in the record and decides nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// The program, by what it calls itself.
    pub program: Option<String>,
    /// Its session, by what it says.
    pub session: Option<String>,
    /// The name of the key that it has shown. This one is proven.
    pub key: Option<String>,
}

/// A prompt that wants to leave.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The interface it came by.
    pub api: Api,
    /// Who asks.
    pub client: &'a Client,
    /// The model, where it is, and what was replaced.
    pub llm: Llm,
    /// The request as it would leave.
    pub prompt: String,
    /// What was found in it, one for each rule.
    pub findings: Vec<Finding>,
    /// What nobody looked into.
    pub skipped: Vec<Skipped>,
    /// Texts of it in which files may stand.
    pub carried: Vec<Carried<'a>>,
}

/// What came of a tool, as the conversation tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Came<'a> {
    /// What the call is called.
    pub id: Option<&'a str>,
    /// The tool, if the conversation tells the call as well.
    pub tool: Option<&'a str>,
    /// What it was given: JSON, or the text of a tool that takes one.
    pub input: Option<&'a str>,
    /// What it answered, with nothing replaced.
    pub text: &'a str,
}

/// What becomes of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It leaves.
    Pass,
    /// It does not, and the agent is told these words.
    Refuse(String),
}

/// Whoever decides and records.
pub trait Road: Send + Sync + std::fmt::Debug {
    /// Decides about a prompt and records it, before any of it leaves.
    fn request(&self, asked: Asked<'_>) -> Answer;
    /// Decides about text that came from elsewhere and steers its reader: the words that take its place, or `None` if it may
    /// be read.
    fn result(&self, client: &Client, tool: Option<&str>, findings: Vec<Finding>) -> Option<String>;
    /// Takes note of what the user said, before a model reads it. It is told once, however often the conversation has it.
    fn said(&self, client: &Client, text: &str);
    /// Takes note of what came of a tool, in the same way.
    fn came(&self, client: &Client, came: &Came<'_>);
    /// Rules about a call before the agent hears of it, and records that.
    fn call(&self, client: &Client, call: &Call) -> Ruling;
    /// Whether addresses in what a model says have to be ruled about.
    fn watches_addresses(&self) -> bool;
    /// Rules about one, which a client may load as soon as it shows it if it is that of an image: the words that take its place, or
    /// `None` if it may be shown.
    fn address(&self, client: &Client, url: &str, is_image: bool) -> Option<String>;
    /// Records what came back.
    fn reply(&self, client: &Client, llm: Llm);
    /// Records that something was refused that could not even be read.
    fn refused(&self, client: &Client, what: &str);
}
