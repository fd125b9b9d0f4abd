//! Code of other languages on a command line: no grammar, but a lexer that knows strings and comments, and a list of the
//! calls that reach files, programs, hosts or evaluation. What a call does with a literal is told; what it does with
//! anything else is not known.

mod arguments;
mod awk;
mod calls;
mod compiled;
mod fetched;
mod lexer;
mod owner;
mod settled;
mod sweeping;

pub(crate) use awk::{awk, awk_prints};

use crate::evaluate::Machine;

/// Looks through code of a language, named as its interpreter is.
pub(crate) fn look(machine: &mut Machine<'_>, language: &str, code: &str) {
    if !machine.burn(code.len() * 2) || machine.depth >= crate::evaluate::DEEPEST {
        machine.unresolved("there is too much code to go through");
        return;
    }
    machine.depth += 1;
    calls::look(machine, language, code);
    machine.depth -= 1;
}
