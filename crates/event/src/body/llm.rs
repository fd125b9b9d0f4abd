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
    /// Files whose text is in the context.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<AbsPath>,
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
            redactions: Vec::new(),
            rest: Rest::new(),
        }
    }
}
