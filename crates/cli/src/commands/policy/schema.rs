//! `portcullis policy schema`: the JSON Schema of `portcullis.toml`. It is a JSON document with and without `--json`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::write_out;
use clap::Args;

/// Prints the JSON Schema of portcullis.toml, for editors.
#[derive(Debug, Args)]
pub(crate) struct Schema {}

impl Schema {
    pub(crate) fn run() -> Result<Exit, Failure> {
        write_out(&format!("{:#}\n", portcullis_policy::schema()))?;
        Ok(Exit::Success)
    }
}
