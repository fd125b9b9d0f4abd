//! `--limit NAME=VALUE`: limits for one run, below those of policy.

use crate::failure::Failure;
use portcullis_policy::{Format, Layer, Source, ValidPolicy};
use std::fmt;
use std::str::FromStr;

/// The name under which messages speak of it.
const NAME: &str = "--limit";

/// One limit as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    name: String,
    value: String,
}

impl FromStr for Asked {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE, such as `memory=2GiB`")?;
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        let is_value = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_name && is_value {
            return Ok(Self { name: name.to_owned(), value: value.to_owned() });
        }
        Err("a limit has a name and a value in the words of `[limits]` in a policy, such as `memory=2GiB`".to_owned())
    }
}

impl fmt::Display for Asked {
    /// A line of policy.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, value } = self;
        if value.bytes().all(|byte| byte.is_ascii_digit()) {
            writeln!(f, "{name} = {value}")
        } else {
            writeln!(f, "{name} = \"{value}\"")
        }
    }
}

impl Asked {
    /// All of them as a policy of their own, which stands below all others and so can only tighten.
    pub(crate) fn source(all: &[Self]) -> Option<Source> {
        let lines: String = all.iter().map(ToString::to_string).collect();
        let text = format!("[limits]\n{lines}");
        let source = Source { layer: Layer::Repository, name: NAME.to_owned(), text, format: Format::Toml };
        (!all.is_empty()).then_some(source)
    }

    /// A limit above that of policy would not hold, and whoever asked for it must not believe that it does.
    pub(crate) fn check(policy: &ValidPolicy) -> Result<(), Failure> {
        let Some(above) = policy.loosenings().iter().find(|it| it.file() == NAME) else { return Ok(()) };
        Err(Failure::usage(above.title().to_owned())
            .at(NAME)
            .because("a limit of one run can only be lower than the one in policy")
            .fix("ask for less, or leave it out"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_becomes_a_policy_and_nothing_else() {
        let all: Vec<Asked> = ["processes=64", "memory=1GiB"].map(|text| text.parse().unwrap()).to_vec();
        assert_eq!(Asked::source(&all).unwrap().text, "[limits]\nprocesses = 64\nmemory = \"1GiB\"\n");
        assert_eq!(Asked::source(&[]), None);
        for bad in ["memory", "=1", "memory=", "a b=1", "memory=1\n[network]", "memory=\"1\"", "x\ny=1", "m=1 "] {
            assert!(bad.parse::<Asked>().is_err(), "{bad:?}");
        }
    }
}
