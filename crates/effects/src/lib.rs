//! What a command or a tool call would do, told before it is done.
//!
//! A command's text is read with the grammar of its shell and gone through as the shell would go through it, with values
//! that may be known in part only: variables, folders, functions, pipes, what one command writes and the next one runs.
//! The outcome is a list of [`Effect`]s: files, programs, hosts, references of git, packages, and the [`Hazard`]s that lie
//! in how these come together. What can't be told is an effect too, and never nothing.
//!
//! Text that only mentions a command does nothing: an argument of `echo`, the message of a commit, a pattern of `grep`.
//!
//! This crate does no I/O. What must be known of the machine it asks of a [`World`].

mod bodies;
mod code;
mod effect;
mod evaluate;
mod programs;
mod sensitive;
mod shell;
mod tools;
mod world;

pub use bodies::bodies;
pub use effect::{Confidence, Direction, Effect, Effects, Known, Target, What};
pub use portcullis_event::Hazard;
pub use programs::TAKEN_OFF;
pub use tools::{Agent, Base, Shown, ToolCall};
pub use world::{FixedWorld, Variable, World};

use evaluate::{Machine, Value};

/// The language that a command is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shell {
    /// bash, sh, zsh and what is like them.
    #[default]
    Bash,
    /// PowerShell.
    PowerShell,
}

/// The longest command that is read.
pub const LONGEST: usize = 1024 * 1024;

/// What a command would do.
pub fn of_command(text: &str, shell: Shell, world: &dyn World) -> Effects {
    let mut machine = Machine::new(world);
    run(&mut machine, text, shell);
    machine.finish()
}

/// What words that are handed to a program as they are would do.
pub fn of_argv(argv: &[String], world: &dyn World) -> Effects {
    let mut machine = Machine::new(world);
    let argv: Vec<Value> = argv.iter().map(|word| Value::from_outside(word)).collect();
    machine.ending(|machine| machine.start(argv, &Value::default()));
    machine.finish()
}

/// What a tool call would do.
pub fn of_tool(call: &ToolCall<'_>, world: &dyn World) -> Effects {
    let mut machine = Machine::new(world);
    tools::call(&mut machine, call);
    machine.finish()
}

/// The files whose text the result of a tool call shows, as far as the call tells that for sure.
pub fn shown_by_tool(call: &ToolCall<'_>, base: Base<'_>) -> Shown {
    tools::shown(call, base)
}

pub(crate) fn run(machine: &mut Machine<'_>, text: &str, shell: Shell) {
    if text.len() > LONGEST {
        machine.danger(Hazard::Unresolved, "it is longer than any command that a person writes");
        return;
    }
    match shell {
        Shell::Bash => {
            let parsed = shell::parse(text);
            machine.ending(|machine| machine.script(&parsed.script, &Value::default()));
            if let Some(problem) = parsed.problem {
                machine.mark = shell::Mark { start: problem.at, end: text.len() };
                machine.danger(Hazard::Unresolved, format!("it can't be read from here on: {}", problem.why));
            }
        }
        Shell::PowerShell => drop(programs::run_powershell(machine, &Value::from_outside(text))),
    }
}
