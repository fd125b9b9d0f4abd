//! Where shells do not agree about a simple command: what one of them would make of it is told besides what bash does.

use super::machine::Machine;
use super::value::Value;
use crate::shell::{Arm, Assignment, Index, ParameterOp, Part, Simple, Word};

impl Machine<'_> {
    /// In zsh, `$x` stands for all values of an array, and `$x[1]` for one of them.
    pub(super) fn start_as_zsh(&mut self, simple: &Simple, stdin: &Value) {
        if !simple.words.iter().any(|word| self.means_more_in_zsh(word)) {
            return;
        }
        self.aside(|machine| {
            machine.takes_arrays_whole = true;
            let argv = machine.expand_all(&simple.words);
            machine.takes_arrays_whole = false;
            if !argv.is_empty() {
                machine.start_as(argv, stdin, true);
            }
        });
    }

    pub(super) fn means_more_in_zsh(&self, word: &Word) -> bool {
        let mut parts = word.parts.iter().peekable();
        while let Some(part) = parts.next() {
            let Part::Parameter { parameter, quoted: false } = part else { continue };
            // It counts from one.
            let is_one = matches!(parameter.index, Some(Index::At(_)));
            if is_one && self.scope.get(&parameter.name).is_some_and(|values| values.len() > 1) {
                return true;
            }
            let is_bare = parameter.index.is_none() && matches!(parameter.op, ParameterOp::Value);
            if !is_bare {
                continue;
            }
            let Some(values) = self.scope.get(&parameter.name) else { continue };
            let has_subscript = matches!(parts.peek(), Some(Part::Plain(text)) if text.starts_with('['));
            if values.len() > 1 || has_subscript {
                return true;
            }
        }
        false
    }

    /// Whether a command sets something in some shells only, or only within a function, and this may be none of them.
    pub(super) fn may_mean_nothing(&self, simple: &Simple) -> bool {
        const KNOWN_TO_SOME: [&str; 7] = ["declare", "typeset", "let", "mapfile", "readarray", "printf", "source"];
        let name = match simple.words.first().map(|word| word.parts.as_slice()) {
            Some([Part::Plain(name)]) => name.as_str(),
            _ => "",
        };
        let assigns = |it: &Assignment| it.appends || it.index.is_some() || matches!(it.value, Arm::Many(_));
        (name == "local" && self.locals.is_empty())
            || (self.scope.is_plain && (KNOWN_TO_SOME.contains(&name) || simple.assignments.iter().any(assigns)))
    }
}
