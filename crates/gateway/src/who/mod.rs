//! Who may use the gate of models: what a key of ours looks like, where it stands in a request, and what it is good for.
//!
//! Pure. Which keys there are, and since when one of them is none any more, is known to whoever keeps them: a [`Keeper`] that is
//! handed in.

pub(crate) mod claim;
mod key;
mod pattern;

pub use key::{Fingerprint, PREFIX, fingerprint, fresh, is_one};
pub use pattern::Pattern;

use crate::wire::Api;

/// Whoever keeps the keys. It is asked anew for each request and for each message on a web socket.
pub trait Keeper: Send + Sync + std::fmt::Debug {
    /// Whether whoever shows this key is let in; what is shown may be no key of ours at all.
    fn admit(&self, key: Option<&str>) -> Admission;
}

/// Whether somebody is let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// No key is asked for.
    Free,
    /// The key is good.
    In(Holder),
    /// It is not, or there is none.
    Out(Denial),
}

/// Whose key it is, and what for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holder {
    /// The name of the key.
    pub name: String,
    /// The models that it is for, as `provider/model`; all if there is no pattern.
    pub models: Vec<Pattern>,
    /// The interfaces that it is for; all if none is named.
    pub interfaces: Vec<Api>,
}

impl Holder {
    /// Whether the key is for a model, as `provider/model`.
    pub fn has_model(&self, model: &str) -> bool {
        self.models.is_empty() || self.models.iter().any(|pattern| pattern.fits(model))
    }

    /// Whether the key is for an interface.
    pub fn has_interface(&self, api: Api) -> bool {
        self.interfaces.is_empty() || self.interfaces.contains(&api)
    }
}

/// Why somebody is not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// No key is shown.
    Missing,
    /// What is shown is no key that there is.
    Unknown,
    /// The key of this name has run out.
    Expired(String),
    /// The key of this name was revoked.
    Revoked(String),
    /// Nobody can tell which keys there are.
    Unreadable,
}

impl Denial {
    /// The name of the key, if it has one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Expired(name) | Self::Revoked(name) => Some(name),
            Self::Missing | Self::Unknown | Self::Unreadable => None,
        }
    }

    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Missing => 401,
            Self::Unknown | Self::Expired(_) | Self::Revoked(_) | Self::Unreadable => 403,
        }
    }

    /// Said to whoever asks, and put on the record.
    pub(crate) fn words(&self) -> &'static str {
        match self {
            Self::Missing => "it shows no key of this gate",
            Self::Unknown => "the key that it shows is none of this gate",
            Self::Expired(_) => "the key that it shows has expired",
            Self::Revoked(_) => "the key that it shows was revoked",
            Self::Unreadable => "the keys of this gate can't be read, so nobody passes",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_without_limits_is_for_everything_and_one_with_limits_for_nothing_else() {
        let mut holder = Holder { name: "ci".to_owned(), ..Holder::default() };
        assert!(holder.has_model("openai/gpt-5.1") && holder.has_interface(Api::Chat));
        holder.models = vec![Pattern::parse("anthropic/claude-*").unwrap()];
        holder.interfaces = vec![Api::Messages];
        assert!(holder.has_model("anthropic/claude-opus-4-1") && holder.has_interface(Api::Messages));
        assert!(!holder.has_model("openai/gpt-5.1") && !holder.has_interface(Api::Chat));
    }
}
