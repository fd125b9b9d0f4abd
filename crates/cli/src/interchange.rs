//! Export formats on the command line, and what happens when their reader goes away.

use crate::failure::Failure;
use crate::output::is_read;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use portcullis_ledger::export::{ExportError, Format};

/// Reads the name of a format.
pub(crate) fn format() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::name)).try_map(|name| name.parse::<Format>())
}

/// Whether somebody still reads what was exported.
pub(crate) fn is_written(result: Result<(), ExportError>) -> Result<bool, Failure> {
    match result {
        Ok(()) => Ok(true),
        Err(ExportError::Write(error)) => is_read(Err(error)),
        Err(error @ ExportError::Record { .. }) => Err(Failure::incomplete(error.to_string())),
    }
}
