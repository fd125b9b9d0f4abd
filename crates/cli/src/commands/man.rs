//! `portcullis man`: the manual pages, for those who package the program.

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::Page;
use clap::{Args, CommandFactory as _};
use clap_mangen::Man as ManualPage;
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes the manual pages into a folder.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The folder; it is created if it is missing
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// The pages that were written.
#[derive(Debug, Serialize)]
struct Written {
    pages: Vec<String>,
}

impl View for Written {
    fn write(&self, page: &mut Page) {
        for path in &self.pages {
            page.line(path);
        }
    }
}

impl Man {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        fs::create_dir_all(&self.folder)
            .map_err(|error| Failure::io("create the folder", Some(&self.folder), &error))?;
        let mut command = Arguments::command();
        command.build();
        let mut pages = Vec::new();
        write_pages(&command, &self.folder, &mut pages)?;
        invocation.output.show(&Written { pages })?;
        Ok(Exit::Success)
    }
}

/// Writes the page of `command`, and those of its subcommands.
fn write_pages(command: &clap::Command, folder: &Path, pages: &mut Vec<String>) -> Result<(), Failure> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let path = folder.join(format!("{name}.1"));
    let mut text = Vec::new();
    ManualPage::new(command.clone())
        .render(&mut text)
        .and_then(|()| fs::write(&path, text))
        .map_err(|error| Failure::io("write the manual page", Some(&path), &error))?;
    pages.push(path.to_string_lossy().into_owned());
    command.get_subcommands().filter(|sub| !sub.is_hide_set()).try_for_each(|sub| write_pages(sub, folder, pages))
}
