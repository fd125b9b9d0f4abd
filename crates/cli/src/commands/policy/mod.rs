//! `portcullis policy`: what an agent may do.

mod check;
mod explain;
mod schema;
mod show;
mod test;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use clap::Subcommand;

/// What an agent may do, by the files that are in force here.
#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Check the files, and say what is wrong with them
    Check(check::Check),
    /// Say what would be decided about something, by which lines, and what would change it
    Explain(Box<explain::Explain>),
    /// Compare the policy's answers with a table of expected ones
    Test(test::Test),
    /// Show the policy in force, each line with the place that it comes from
    Show(show::Show),
    /// Print the JSON Schema of portcullis.toml, for editors
    Schema(schema::Schema),
}

impl Policy {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match self {
            Self::Check(check::Check {}) => check::Check::run(invocation),
            Self::Explain(explain) => explain.run(invocation),
            Self::Test(test) => test.run(invocation),
            Self::Show(show::Show {}) => show::Show::run(invocation),
            Self::Schema(schema::Schema {}) => schema::Schema::run(),
        }
    }
}
