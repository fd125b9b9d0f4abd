//! The options that every command understands, and the text around the help. The commands' own options are in
//! `commands/`.

use crate::commands::Command;
use crate::output::Colour;
use clap::Parser;
use std::path::PathBuf;

const AFTER_HELP: &str = "\
Exit status:
  0  nothing to report, or allowed
  1  findings, or denied
  2  usage or configuration error
  3  could not do all of it

Environment:
  PORTCULLIS_HOME  folder of your state: ledger, keys, caches
  XDG_DATA_HOME    where that folder is made otherwise (default ~/.local/share)
  XDG_CONFIG_HOME  where your own policy is read from (default ~/.config)
  NO_COLOR         no colours";

/// The gate that coding agents pass through: what they do is decided by your policy and recorded so that it stays.
#[derive(Debug, Parser)]
#[command(
    name = "portcullis",
    version,
    after_help = AFTER_HELP,
    arg_required_else_help = true,
    subcommand_required = true,
    propagate_version = false,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Arguments {
    /// Use this policy instead of yours and the repository's; the organisation's still holds
    #[arg(long, value_name = "FILE", global = true, help_heading = "Options for every command")]
    pub(crate) policy: Option<PathBuf>,
    /// Answer with one JSON document, errors included
    #[arg(long, global = true, help_heading = "Options for every command")]
    pub(crate) json: bool,
    // Not a doc comment, because help has no use for backticks.
    #[arg(long, value_name = "DIR", global = true, help_heading = "Options for every command")]
    #[arg(help = "Keep all state under this folder [env: PORTCULLIS_HOME]")]
    pub(crate) home: Option<PathBuf>,
    /// When to use colours
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, global = true)]
    #[arg(help_heading = "Options for every command")]
    pub(crate) color: Colour,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}
