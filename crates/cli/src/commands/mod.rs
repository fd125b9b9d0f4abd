//! The commands: one file each.

pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod man;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use clap::Subcommand;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what works on this machine, and how to mend what does not
    Doctor(doctor::Doctor),
    /// Print completions for a shell
    Completions(completions::Completions),
    /// Write the manual pages into a folder
    #[command(hide = true)]
    Man(man::Man),
}

impl Command {
    /// Carries it out.
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match self {
            Self::Doctor(doctor::Doctor {}) => doctor::Doctor::run(invocation),
            Self::Completions(completions) => completions.run(invocation),
            Self::Man(man) => man.run(invocation),
        }
    }
}
