//! Devin's command line: what Claude Code sends, with names of its own for the tools. It takes status 2, or JSON that says
//! `block`; both are given.

use super::claude_code::block;
use super::{Answer, Kind, Protocol, Reply};

pub(super) struct Devin;

impl Protocol for Devin {
    fn events(&self) -> &'static [(&'static str, Kind)] {
        &[
            ("PreToolUse", Kind::Before),
            ("PostToolUse", Kind::After),
            ("UserPromptSubmit", Kind::Prompt),
            ("SessionStart", Kind::Other),
            ("SessionEnd", Kind::Other),
            ("Stop", Kind::Other),
        ]
    }

    fn reply(&self, _event: &str, kind: Kind, answer: &Answer) -> Reply {
        Reply::unless_silent(kind, answer, |why| Reply::blocked_and_said(&block(why), why))
    }
}
