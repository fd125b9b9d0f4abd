//! Where results go: one page for a person, or one JSON document for a program. Results go to standard output and
//! everything else to standard error; colours only where a terminal is, or where they were asked for.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::page::{Page, Tone};
use crate::printable::printable_json;
use serde::Serialize;
use std::io::{self, IsTerminal as _, Write as _};

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// A result that can be shown to a person; a program gets it as JSON.
pub(crate) trait View: Serialize {
    /// Writes the result for a person.
    fn write(&self, page: &mut Page);
}

/// Standard output, as the user wants it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
    colour: Colour,
    no_color: bool,
}

impl Output {
    /// `no_color`: whether the environment asks for no colours.
    pub(crate) const fn new(json: bool, colour: Colour, no_color: bool) -> Self {
        Self { json, colour, no_color }
    }

    /// Whether a program reads this.
    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// Shows a result.
    pub(crate) fn show(self, view: &impl View) -> Result<(), Failure> {
        if self.json {
            return write_out(&document(view)?);
        }
        let mut page = self.page();
        view.write(&mut page);
        write_out(page.as_str())
    }

    /// Tells a person something beside the result.
    pub(crate) fn remark(self, text: &str) {
        let mut page = Page::new(self.coloured(io::stderr().is_terminal()));
        page.put(Tone::Warning, "note").put(Tone::Plain, ": ").put(Tone::Plain, text).end();
        // A remark that can't be shown is no reason to stop.
        drop(io::stderr().write_all(page.as_str().as_bytes()));
    }

    /// Shows a person what was done while the result itself went to standard output.
    pub(crate) fn beside(self, view: &impl View) {
        let mut page = Page::new(self.coloured(io::stderr().is_terminal()));
        view.write(&mut page);
        // The result is out; that nobody reads about it is no reason to fail.
        drop(io::stderr().write_all(page.as_str().as_bytes()));
    }

    /// A result as text for a terminal that is open already.
    pub(crate) fn for_terminal(self, view: &impl View) -> String {
        let mut page = Page::new(self.coloured(true));
        view.write(&mut page);
        page.as_str().to_owned()
    }

    /// Shows why a command could not do its work, and gives its exit status.
    pub(crate) fn fail(self, failure: &Failure) -> Exit {
        // Nobody is left to tell when these writes fail; the exit status still says it.
        if self.json {
            if let Ok(text) = document(failure) {
                drop(write_out(&text));
            }
        } else {
            let mut page = Page::new(self.coloured(io::stderr().is_terminal()));
            failure.write(&mut page);
            drop(io::stderr().write_all(page.as_str().as_bytes()));
        }
        failure.exit
    }

    fn page(self) -> Page {
        Page::new(self.coloured(io::stdout().is_terminal()))
    }

    /// Shows one of many results: a page for a person, or one line of JSON. Tells whether somebody still reads.
    pub(crate) fn put(self, view: &impl View) -> Result<bool, Failure> {
        let text = if self.json {
            let line = serde_json::to_string(view).map_err(|error| not_json(&error))?;
            printable_json(&line) + "\n"
        } else {
            let mut page = self.page();
            view.write(&mut page);
            page.as_str().to_owned()
        };
        let mut out = io::stdout().lock();
        is_read(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
    }

    fn coloured(self, terminal: bool) -> bool {
        match self.colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => terminal && !self.no_color,
        }
    }
}

fn document(view: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(view).map_err(|error| not_json(&error))?;
    Ok(printable_json(&text) + "\n")
}

fn not_json(error: &serde_json::Error) -> Failure {
    Failure::incomplete(format!("the result can't be written as JSON: {error}"))
}

/// Writes text to standard output as it is: a script or a page that was generated here and holds nothing from outside.
pub(crate) fn write_out(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    is_read(out.write_all(text.as_bytes()).and_then(|()| out.flush())).map(|_| ())
}

/// Whether somebody still reads what was written. Whoever left has seen enough (`| head`); that is no failure of ours.
pub(crate) fn is_read(written: io::Result<()>) -> Result<bool, Failure> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::io("write to standard output", None, &error)),
    }
}
