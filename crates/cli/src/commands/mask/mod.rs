//! `portcullis mask`: synthetic copies of data.

mod copy;
mod key;
mod place;
mod view;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use clap::{Args, ValueEnum};
use copy::Copying;
use portcullis_inspect::mask::{Choices, Kind, Known};
use portcullis_inspect::{Inspection, Kinds};
use std::path::PathBuf;
use std::sync::Arc;
use view::Done;

/// Makes synthetic copies of data: the same shape, other values.
#[derive(Debug, Args)]
pub(crate) struct Mask {
    /// Files to copy
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Where the copy goes: a file, or a folder for several; standard output if nothing is said
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    /// The key to mask with, 32 bytes or 64 hexadecimal digits; one of this project's own if nothing is said
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Say what a column holds, as NAME=KIND or TABLE.NAME=KIND
    #[arg(long, value_name = "NAME=KIND", value_parser = column)]
    column: Vec<(String, Kind)>,
    /// Leave a column as it is
    #[arg(long, value_name = "NAME")]
    keep: Vec<String>,
    /// The format of the files
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,
}

/// The format of the files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// By their names and how they begin
    #[default]
    Auto,
    /// Values separated by commas, semicolons, tabs or bars
    Csv,
    /// JSON
    Json,
    /// JSON, one value on each line
    Jsonl,
    /// A dump in SQL
    Sql,
    /// Lines with a key, an equals sign and a value
    Env,
    /// YAML
    Yaml,
    /// Text, such as a log
    Text,
}

fn column(text: &str) -> Result<(String, Kind), String> {
    let (name, kind) = text.split_once('=').ok_or("it must be NAME=KIND")?;
    if name.is_empty() {
        return Err("there is no name before the equals sign".to_owned());
    }
    Ok((name.to_owned(), kind.parse()?))
}

impl Mask {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let outputs = place::outputs(&self.files, self.output.as_deref())?;
        if self.output.is_none() && invocation.output.is_json() {
            return Err(Failure::usage("the copy and the JSON document would both go to standard output")
                .fix("say where the copy goes, with --output PATH"));
        }
        let copying = Copying {
            key: key::key(invocation, self.key_file.as_deref())?,
            finder: Arc::new(Inspection::new(Kinds { injection: false, ..Kinds::ALL })),
            choices: self.choices(),
            format: self.format.asked(),
        };
        // Nothing is written before all files were understood, and a value of one must not turn up in another.
        let (mut plans, mut known) = (Vec::new(), Known::default());
        for file in &self.files {
            let (plan, values) = copying.plan(file)?;
            plans.push(plan);
            known = known.and(values);
        }
        let mut done = Done { all_values_known: !known.is_full(), ..Done::default() };
        let known = Arc::new(known);
        for ((file, output), plan) in self.files.iter().zip(outputs).zip(plans) {
            done.files.push(copying.copy(file, output.as_deref(), plan, &known)?);
        }
        if self.output.is_some() {
            invocation.output.show(&done)?;
        } else {
            invocation.output.beside(&done);
        }
        Ok(Exit::Success)
    }

    fn choices(&self) -> Choices {
        let mut choices = Choices::default();
        for (name, kind) in &self.column {
            choices.choose(name, *kind);
        }
        for name in &self.keep {
            choices.choose(name, Kind::Keep);
        }
        choices
    }
}

impl Format {
    /// What was asked for, if it was not to be guessed.
    const fn asked(self) -> Option<portcullis_inspect::mask::Format> {
        use portcullis_inspect::mask::Format as Known;
        match self {
            Self::Auto => None,
            Self::Csv => Some(Known::Csv),
            Self::Json | Self::Jsonl => Some(Known::Json),
            Self::Sql => Some(Known::Sql),
            Self::Env => Some(Known::Env),
            Self::Yaml => Some(Known::Yaml),
            Self::Text => Some(Known::Text),
        }
    }
}
