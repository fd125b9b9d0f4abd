//! A model is asked.

use crate::{AbsPath, Host, ModelId, Rest};
use serde::{Deserialize, Serialize};

/// What is asked of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LlmOp {
    /// A prompt leaves.
    Request,
    /// A reply came back.
    Response,
    /// Text is turned into vectors.
    Embed,
    /// Tokens are counted.
    CountTokens,
}

/// How many findings of one sort were replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redaction {
    /// The rule that found them.
    pub rule: String,
    /// How many.
    pub count: u64,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A file whose text a prompt carries, as the conversation shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedFile {
    /// The file.
    pub path: AbsPath,
    /// Length in bytes of the text that carries it, as it left.
    pub length: u64,
    /// Keyed fingerprint of that text, as in [`Content::Omitted`](crate::Content::Omitted). Absent where something was replaced in a
    /// longer text that the file is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The tool that has read it. Absent where its whole text stands among the instructions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// How many files that text carries, if it is more than this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub among: Option<u64>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A model is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Llm {
    /// What is asked.
    pub op: LlmOp,
    /// Who serves the model.
    pub provider: String,
    /// The model.
    pub model: ModelId,
    /// The endpoint's host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Host>,
    /// Tokens of the prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_in: Option<u64>,
    /// Tokens of the reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_out: Option<u64>,
    /// What it cost, in millionths of a US dollar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_microdollars: Option<u64>,
    /// Why the reply ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish: Option<String>,
    /// Files that are to be put into the context. Policy judges them as it judges reading them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<AbsPath>,
    /// Files that the prompt carries, and that no prompt of the session carried to the same receiver before. That they were read was
    /// judged where it was asked for, so policy does not judge it again: a conversation can't unread what it holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<CarriedFile>,
    /// What was replaced before it left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<Redaction>,
    /// Fields of a newer version.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Llm {
    /// With what it can't do without; the rest is filled in where it is known.
    pub fn new(op: LlmOp, provider: impl Into<String>, model: ModelId) -> Self {
        Self {
            op,
            provider: provider.into(),
            model,
            host: None,
            tokens_in: None,
            tokens_out: None,
            cost_microdollars: None,
            finish: None,
            files: Vec::new(),
            carried: Vec::new(),
            redactions: Vec::new(),
            rest: Rest::new(),
        }
    }
}
