//! `portcullis mcp wrap`: has the servers that agents are configured with start behind the gate, and back.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::hunks;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::servers;
use crate::whole::{self, Rights};
use clap::Args;
use portcullis_changes::{Hunk, diff};
use portcullis_event::{AbsPath, Config, ConfigOp};
use portcullis_harden::{Became, Format, Way, lead};
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};

/// Has the MCP servers that agents are configured with start behind the gate. Comments and everything else stay as they are.
#[derive(Debug, Args)]
pub(crate) struct Wrap {
    /// Files of settings; without one, those that agents read in this folder
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Have them start without the gate again
    #[arg(long)]
    undo: bool,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Where agents look for servers in a project.
const USUAL: [&str; 5] =
    [".mcp.json", ".cursor/mcp.json", ".vscode/mcp.json", ".gemini/settings.json", ".codex/config.toml"];

/// What became of each file.
#[derive(Debug, Serialize)]
struct Shown {
    files: Vec<File>,
    written: bool,
}

#[derive(Debug, Serialize)]
struct File {
    path: PathBuf,
    servers: Vec<Server>,
    #[serde(skip)]
    differing: Vec<Hunk>,
    #[serde(skip)]
    text: String,
}

#[derive(Debug, Serialize)]
struct Server {
    name: String,
    became: Became,
}

impl Wrap {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let cwd = invocation.cwd()?;
        let files: Vec<PathBuf> = if self.files.is_empty() {
            USUAL.iter().map(|name| cwd.join(name)).filter(|path| path.is_file()).collect()
        } else {
            self.files.iter().map(|path| cwd.join(path)).collect()
        };
        if files.is_empty() {
            return Err(Failure::usage("no agent is configured with servers in this folder").fix("name a file"));
        }
        // All are read before one is written.
        let files = files.iter().map(|path| self.led(path)).collect::<Result<Vec<File>, Failure>>()?;
        if !self.dry_run {
            let gate = Gate::open(invocation)?;
            for file in files.iter().filter(|file| !file.differing.is_empty()) {
                let mut config = Config::new(ConfigOp::Change, "settings", file.path.to_string_lossy());
                config.path = AbsPath::from_os(&file.path).ok();
                gate.put_on_record(invocation, "the change of settings", config)?;
                whole::replace(&file.path, file.text.as_bytes(), Rights::Kept { or: 0o644 })
                    .map_err(|error| Failure::io("write the settings", Some(&file.path), &error))?;
            }
        }
        invocation.output.show(&Shown { files, written: !self.dry_run })?;
        Ok(Exit::Success)
    }

    fn led(&self, path: &Path) -> Result<File, Failure> {
        let before = fs::read_to_string(path).map_err(|error| Failure::io("read the settings", Some(path), &error))?;
        let is_toml = path.extension().is_some_and(|it| it == "toml");
        let (format, way) =
            (if is_toml { Format::Toml } else { Format::Jsonc }, if self.undo { Way::Out } else { Way::In });
        let led = lead((format, &before), "portcullis", way, |name| servers::name(name).is_ok())
            .map_err(|error| Failure::usage(error.to_string()).at(path.to_string_lossy()))?;
        let differing = diff(before.as_bytes(), led.text.as_bytes()).hunks;
        let servers = led.servers.into_iter().map(|(name, became)| Server { name, became }).collect();
        Ok(File { path: path.to_owned(), servers, differing, text: led.text })
    }
}

impl View for Shown {
    fn write(&self, page: &mut Page) {
        for file in &self.files {
            let tone = if file.differing.is_empty() { Tone::Faint } else { Tone::Strong };
            page.put(tone, file.path.to_string_lossy()).end();
            for (tone, line) in file.differing.iter().flat_map(hunks::lines) {
                page.put(tone, format!("  {line}")).end();
            }
            for server in &file.servers {
                let word = match server.became {
                    Became::Changed => continue,
                    Became::Same => "is so already",
                    Became::ByUrl => {
                        "is reached by a URL: portcullis mcp run NAME --url URL, with the header of its login"
                    }
                    Became::Odd => "is not described as servers are, or has a name that no gate takes",
                };
                page.put(Tone::Warning, format!("  {}", server.name)).put(Tone::Plain, format!(" {word}")).end();
            }
        }
        let is_changed = self.files.iter().any(|file| !file.differing.is_empty());
        match (is_changed, self.written) {
            (true, true) => page.put(Tone::Good, "written").put(
                Tone::Plain,
                "; if there is a portcullis.lock here, `portcullis trust lock` approves it as it is now",
            ),
            (true, false) => page.put(Tone::Plain, "nothing was written"),
            (false, _) => page.put(Tone::Plain, "nothing to change"),
        };
        page.end();
    }
}
