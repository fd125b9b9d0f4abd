//! Names: short strings that other things are called by. Each kind of name is a type of its own, so that a session id
//! can't be handed over where a rule id is meant.

use crate::ParseError;

/// Longest name that is accepted, in bytes.
const LONGEST: usize = 256;

fn check(what: &'static str, text: &str) -> Result<(), ParseError> {
    let why = if text.is_empty() {
        "it is empty"
    } else if text.len() > LONGEST {
        "it is longer than 256 bytes"
    } else if text.chars().any(char::is_control) {
        "it holds a control character"
    } else if text.trim() != text {
        "it starts or ends with white space"
    } else {
        return Ok(());
    };
    Err(ParseError::Name { what, why })
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident = $what:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads a name: 1 to 256 bytes, no control characters, no white space around it.
            pub fn parse(text: impl Into<String>) -> Result<Self, ParseError> {
                let text = text.into();
                check($what, &text)?;
                Ok(Self(text))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseError;
            fn try_from(text: String) -> Result<Self, ParseError> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = ParseError;
            fn from_str(text: &str) -> Result<Self, ParseError> {
                Self::parse(text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

names! {
    /// One run of an agent, from start to exit.
    SessionId = "session id";
    /// A coding agent, such as `claude-code`.
    AgentName = "agent name";
    /// A model as its provider names it.
    ModelId = "model id";
    /// A rule that finds something, such as `github-token`.
    RuleId = "rule id";
    /// A check that answers in a decision, such as `network`.
    CheckId = "check id";
    /// A person, as the operating system or the identity provider names them.
    UserName = "user name";
    /// A tool that an agent can call.
    ToolName = "tool name";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_could_break_a_line_or_hide() {
        for bad in ["", " a", "a\n", "a\u{1b}[2J", "a\0b", &"x".repeat(257)] {
            assert!(SessionId::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(SessionId::parse("s-1").map(String::from), Ok("s-1".to_owned()));
    }
}
