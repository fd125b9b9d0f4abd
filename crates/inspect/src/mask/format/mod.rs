//! The forms that data come in. Each one cuts its data into rows and cells; what is done with the cells is the same for all.

pub(super) mod csv;
pub(super) mod json;
pub(super) mod keyed;
pub(super) mod sql;
pub(super) mod text;

use super::row::{Columns, Reader};
use csv::{Csv, Dialect};
use json::Json;
use keyed::Keyed;
use sql::Sql;
use text::Text;

/// The form that data come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Values separated by commas, semicolons, tabs or bars.
    Csv,
    /// JSON: one document, or one after the other.
    Json,
    /// A dump in SQL.
    Sql,
    /// Lines such as `KEY=value`.
    Env,
    /// YAML, line by line.
    Yaml,
    /// Anything else: what is found in it is masked in place.
    Text,
}

impl Format {
    /// The format of a file, by its name and by how it begins.
    pub fn guess(name: &str, start: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let file = name.rsplit('/').next().unwrap_or(&name);
        let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
        match ending {
            "csv" | "tsv" | "tab" | "psv" => Self::Csv,
            "json" | "jsonl" | "ndjson" | "geojson" => Self::Json,
            "sql" | "dump" | "ddl" => Self::Sql,
            "yaml" | "yml" => Self::Yaml,
            "env" | "ini" | "properties" | "conf" | "cfg" | "toml" => Self::Env,
            "log" | "txt" | "md" => Self::Text,
            _ if file.starts_with(".env") => Self::Env,
            _ => Self::of_content(start),
        }
    }

    fn of_content(start: &str) -> Self {
        let text = start.trim_start_matches('\u{feff}').trim_start();
        let has = |words: &[&str]| words.iter().any(|word| start.contains(word));
        if text.starts_with(['{', '[']) && text.contains('"') {
            Self::Json
        } else if has(&["INSERT INTO ", "CREATE TABLE ", "insert into ", "FROM stdin;"]) {
            Self::Sql
        } else {
            Self::Text
        }
    }
}

/// A format with what had to be found out about the file.
#[derive(Debug, Clone)]
pub(super) enum Layout {
    Csv(Dialect),
    Json,
    Sql { backslash: bool },
    Env,
    Yaml,
    Text,
}

impl Layout {
    /// Finds it out from the beginning of the text.
    pub(super) fn guess(format: Format, start: &str) -> Self {
        match format {
            Format::Csv => Self::Csv(Dialect::guess(start)),
            Format::Json => Self::Json,
            Format::Sql => Self::Sql { backslash: Sql::guess_backslash(start) },
            Format::Env => Self::Env,
            Format::Yaml => Self::Yaml,
            Format::Text => Self::Text,
        }
    }

    /// A reader from the start of the data. `columns` are those of an earlier reader, if there was one.
    pub(super) fn reader(&self, columns: Columns) -> Box<dyn Reader> {
        match self {
            Self::Csv(dialect) => Box::new(Csv::new(*dialect)),
            Self::Json => Box::new(Json::new()),
            Self::Sql { backslash } => Box::new(Sql::new(*backslash).with_columns(columns)),
            Self::Env => Box::new(Keyed::assignments()),
            Self::Yaml => Box::new(Keyed::yaml()),
            Self::Text => Box::new(Text::new()),
        }
    }
}
