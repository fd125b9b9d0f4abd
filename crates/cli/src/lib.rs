//! The command line: it wires the other crates together and holds no knowledge of its own. A command is one file in
//! `commands/`: it reads its arguments, calls a library, and shows the result.

mod agent_hooks;
mod agents;
mod approvals;
mod arguments;
mod budgets;
mod collector;
mod commands;
mod doctor;
mod doors;
mod effects;
mod environment;
mod exit;
mod expiry;
mod failure;
mod filter;
mod gate;
mod gitignore;
mod harden;
mod home;
mod hooks;
mod hunks;
mod instructions;
mod interchange;
mod interface;
mod invocation;
mod keys;
mod later;
mod ledger;
mod live;
mod models;
mod mounted;
mod note;
mod opinion;
mod output;
mod page;
mod panic;
mod person;
mod policy_files;
mod printable;
mod private_text;
mod problem;
mod proof;
mod proposal;
mod push;
mod question;
mod ready;
mod records;
mod repository;
mod row;
mod servers;
mod sessions;
mod state_key;
mod surroundings;
mod terminal;
mod terms;
mod time;
mod verdict;
mod verify;
mod waiting;
mod whole;
mod witnessed;

use arguments::Arguments;
use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};
use environment::Environment;
use exit::Exit;
use failure::Failure;
use invocation::Invocation;
use output::{Colour, Output};
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    panic::install();
    let environment = Environment::of_process();
    // Within an engine this program is the first process there, and nothing else.
    portcullis_sandbox::run_if_first();
    let words: Vec<OsString> = std::env::args_os().collect();
    match Arguments::try_parse_from(&words) {
        Ok(arguments) => run(arguments, environment),
        Err(error) => not_understood(&error, &words, &environment),
    }
    .into()
}

/// The whole command line as data: what the book's reference is generated from.
pub fn command() -> clap::Command {
    Arguments::command()
}

fn run(arguments: Arguments, environment: Environment) -> Exit {
    let (invocation, command) = Invocation::new(arguments, environment);
    command.run(&invocation).unwrap_or_else(|failure| invocation.output.fail(&failure))
}

/// Help and version are results; everything else that clap stops at is a usage error.
fn not_understood(error: &clap::Error, words: &[OsString], environment: &Environment) -> Exit {
    // The arguments could not be read, so whether a program asked is read off the bare words.
    let json = words.iter().take_while(|word| *word != "--").any(|word| word == "--json");
    let kind = error.kind();
    let is_result = matches!(kind, ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if is_result || (kind == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand && !json) {
        // A closed pipe is the only thing that can go wrong here, and then nobody is listening.
        drop(error.print());
        return if is_result { Exit::Success } else { Exit::Usage };
    }
    Output::new(json, Colour::Auto, environment.no_color).fail(&usage(error))
}

/// clap's words in our order: what is wrong first, then each way out.
fn usage(error: &clap::Error) -> Failure {
    if matches!(error.kind(), ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand) {
        return Failure::usage("the command is not complete").fix("add --help to see what can follow");
    }
    let text = error.render().to_string();
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_way_out = |line: &&str| ["Usage:", "tip:", "For more information"].iter().any(|word| line.starts_with(word));
    let what: Vec<&str> = lines().take_while(|line| !is_way_out(line)).collect();
    let failure = Failure::usage(what.join(" ").trim_start_matches("error: "));
    lines().filter(is_way_out).fold(failure, |failure, line| {
        failure.fix(line.trim_start_matches("tip: ").replace("Usage:", "usage:").replace("For more", "for more"))
    })
}
