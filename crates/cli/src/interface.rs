//! The interfaces of models, as a person names them.

use clap::ValueEnum;
use portcullis_gateway::wire::Api;
use serde::{Deserialize, Serialize};

/// An interface of models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Interface {
    /// Anthropic's Messages
    Messages,
    /// OpenAI's Chat Completions
    Chat,
    /// OpenAI's Responses
    Responses,
    /// Google's generateContent
    Gemini,
    /// Ollama's own
    Ollama,
}

impl Interface {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [Self::Messages, Self::Chat, Self::Responses, Self::Gemini, Self::Ollama];

    pub(crate) const fn api(self) -> Api {
        match self {
            Self::Messages => Api::Messages,
            Self::Chat => Api::Chat,
            Self::Responses => Api::Responses,
            Self::Gemini => Api::Gemini,
            Self::Ollama => Api::Ollama,
        }
    }

    /// As it is written.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Chat => "chat",
            Self::Responses => "responses",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
        }
    }

    /// The variables in which its own provider's key usually is.
    pub(crate) const fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Messages => &["ANTHROPIC_API_KEY"],
            Self::Chat | Self::Responses => &["OPENAI_API_KEY"],
            Self::Gemini => &["GEMINI_API_KEY", "GOOGLE_API_KEY"],
            Self::Ollama => &[],
        }
    }

    /// What stands before the `=` of an option such as `chat=https://models.example`, and what behind it.
    pub(crate) fn split(text: &str) -> Result<(Self, &str), String> {
        let (name, rest) = text.split_once('=').ok_or("it is no INTERFACE=VALUE")?;
        let interface = Self::from_str(name, false).map_err(|_| {
            format!("there is no interface `{name}`; there are messages, chat, responses, gemini and ollama")
        })?;
        Ok((interface, rest))
    }
}
