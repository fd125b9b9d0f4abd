//! `portcullis completions`: completions for a shell.

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::{View, write_out};
use crate::page::Page;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use serde::Serialize;

/// Prints completions for a shell.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell that will read them
    #[arg(value_enum)]
    shell: Shell,
}

/// What `--json` shows.
#[derive(Debug, Serialize)]
struct Script {
    shell: String,
    script: String,
}

impl View for Script {
    fn write(&self, page: &mut Page) {
        page.lines(&self.script);
    }
}

impl Completions {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "portcullis", &mut script);
        let script = String::from_utf8(script).map_err(|_| Failure::incomplete("the completions are not UTF-8"))?;
        if invocation.output.is_json() {
            invocation.output.show(&Script { shell: self.shell.to_string(), script })?;
        } else {
            write_out(&script)?;
        }
        Ok(Exit::Success)
    }
}
