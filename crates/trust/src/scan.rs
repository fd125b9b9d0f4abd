//! The one way in: a tree goes in, findings come out.

use crate::check::command::When;
use crate::check::deeds::Deeds;
use crate::check::page::Desk;
use crate::check::script::Language;
use crate::check::{command, declared, page, script, server, settings, source, tools, workspace};
use crate::found::{Findings, Found};
use crate::ground::Ground;
use crate::kind::Kind;
use crate::model;
use crate::prose::{Book, BookError};
use crate::read;
use crate::rule;
use crate::server::Server;
use crate::tree::{Entry, File, Tree, folder_of, name_of, within};
use portcullis_inspect::injection::Opinion;
use portcullis_inspect::{Inspection, Kinds};
use std::collections::BTreeSet;

/// More scripts and texts of one skill or plugin are not looked into one by one.
const MOST_FILES: usize = 4000;

/// Scans trees.
#[derive(Debug)]
pub struct Scanner {
    book: Book,
    deeds: Deeds,
    ground: Ground,
    secrets: Inspection,
    opinion: Option<Opinion>,
}

/// What a scan came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What was found, by file and place.
    pub findings: Vec<Found>,
    /// Files that were looked into.
    pub files: Vec<String>,
    /// Files that should have been looked into and were not, each with why.
    pub skipped: Vec<(String, String)>,
}

impl Scanner {
    /// Reads the rules.
    pub fn new() -> Result<Self, BookError> {
        let ground = Ground::new().ok_or_else(|| BookError::Search("no machine can be made up".to_owned()))?;
        let kinds = Kinds { secrets: true, personal_data: false, injection: false };
        Ok(Self { book: Book::read()?, deeds: Deeds::read()?, ground, secrets: Inspection::new(kinds), opinion: None })
    }

    /// Also asks another model about what servers say of their tools.
    #[must_use]
    pub fn with_opinion(self, opinion: Opinion) -> Self {
        Self { opinion: Some(opinion), ..self }
    }

    fn desk(&self) -> Desk<'_> {
        let Self { book, deeds, ground, secrets, opinion } = self;
        Desk { book, deeds, ground, secrets, opinion: opinion.as_ref() }
    }

    /// The rules about what a text says.
    pub(crate) fn book(&self) -> &Book {
        &self.book
    }

    /// Everything that is found in a tree.
    pub fn scan(&self, tree: &Tree) -> Report {
        let mut scan = Scan { desk: self.desk(), out: Findings::default(), report: Report::default() };
        let roots = roots(tree);
        let mut brought = 0;
        for (path, entry) in tree.entries() {
            match entry {
                Entry::Link(target) => scan.link(path, target, &roots),
                Entry::File(file) => {
                    let kind = Kind::of(path);
                    let is_brought = brought_by(&roots, path).is_some();
                    if kind.is_none() && is_brought {
                        brought += 1;
                        if brought > MOST_FILES {
                            scan.report
                                .skipped
                                .push((path.to_owned(), "there are too many files beside it".to_owned()));
                            continue;
                        }
                    }
                    scan.file(path, file, kind, is_brought, tree.len() == 1);
                }
            }
        }
        let Scan { out, mut report, .. } = scan;
        report.findings = out.list;
        declared::take_off(&mut report.findings, tree, &roots);
        report.findings.sort_by(|one, other| {
            (&one.path, one.hit.span.start, &one.hit.rule).cmp(&(&other.path, other.hit.span.start, &other.hit.rule))
        });
        report
    }
}

/// Folders whose every file comes with a skill or a plugin.
pub(crate) fn roots(tree: &Tree) -> BTreeSet<String> {
    roots_of(tree.entries().map(|(path, _)| path))
}

/// The innermost of these folders that a file comes with.
pub fn brought_by<'r>(roots: &'r BTreeSet<String>, path: &str) -> Option<&'r str> {
    let mut folder = folder_of(path);
    loop {
        if let Some(root) = roots.get(folder) {
            return Some(root);
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder_of(folder);
    }
}

/// The same, by names alone: what has to be read is known before anything is.
pub fn roots_of<'n>(names: impl Iterator<Item = &'n str>) -> BTreeSet<String> {
    let mut roots = BTreeSet::new();
    for path in names {
        let name = name_of(path).to_ascii_lowercase();
        if name == "skill.md" {
            roots.insert(folder_of(path).to_owned());
        }
        if name == "plugin.json" && folder_of(path).ends_with("-plugin") {
            roots.insert(folder_of(folder_of(path)).to_owned());
        }
    }
    roots
}

struct Scan<'a> {
    desk: Desk<'a>,
    out: Findings,
    report: Report,
}

impl Scan<'_> {
    fn link(&mut self, path: &str, target: &str, roots: &BTreeSet<String>) {
        let Some(root) = brought_by(roots, path) else { return };
        if leaves(within(path, root).unwrap_or(path), target) {
            let message = "A symbolic link leads out of what was looked at.".to_owned();
            self.out.add(&rule::LINK_OUT, path, 0..0, target, message);
        }
    }

    fn file(&mut self, path: &str, file: &File, kind: Option<Kind>, is_brought: bool, is_alone: bool) {
        if kind == Some(Kind::Model) {
            model::look(path, file, &mut self.out);
            self.report.files.push(path.to_owned());
            return;
        }
        if is_brought && let Some(what) = program(&file.bytes) {
            let message = format!("It is {what}, and its source is not needed to run it.");
            self.out.add(&rule::NATIVE_CODE, path, 0..0, path, message);
        }
        // What is no text as a whole may still be read as one; what holds zeros is none.
        let text = if file.bytes.contains(&0) { None } else { Some(String::from_utf8_lossy(&file.bytes)) };
        let Some(text) = text.as_deref() else {
            return;
        };
        let looked = self.text(path, text, kind, is_brought, is_alone);
        if looked {
            self.report.files.push(path.to_owned());
            if !file.is_whole() {
                let most = file.bytes.len();
                self.report.skipped.push((path.to_owned(), format!("only its first {most} bytes were looked into")));
            }
        }
    }

    /// Looks into a text; says whether there was anything to look into.
    fn text(&mut self, path: &str, text: &str, kind: Option<Kind>, is_brought: bool, is_alone: bool) -> bool {
        match kind {
            Some(kind) if kind.is_prose() => page::look(text, path, true, self.desk, &mut self.out),
            Some(Kind::Script) => {
                let whole = 0..text.find('\n').unwrap_or(text.len());
                self.desk.deeds.look_at_hook(text, path, &whole, &mut self.out);
                return self.script(path, text);
            }
            Some(Kind::Package | Kind::Tools) if !is_brought && !is_alone && Kind::of(path) == Some(Kind::Package) => {
                return false;
            }
            Some(kind) => return self.structured(path, text, kind),
            None => {
                if (is_brought || is_alone) && self.script(path, text) {
                    return true;
                }
                if is_alone || is_brought && is_document(path) {
                    page::look(text, path, false, self.desk, &mut self.out);
                } else {
                    return false;
                }
            }
        }
        true
    }

    /// Looks into a script; says whether it is one.
    fn script(&mut self, path: &str, text: &str) -> bool {
        let language = Language::of(path, text);
        if let Some(language) = language {
            script::look(text, path, language, self.desk, &mut self.out);
        }
        language.is_some()
    }

    fn structured(&mut self, path: &str, text: &str, kind: Kind) -> bool {
        let ground = self.desk.ground;
        if matches!(kind, Kind::Envrc | Kind::GitHook) {
            // direnv asks before it runs what has changed, and to hand on a token is what it is for.
            let when = if kind == Kind::Envrc { When::Script } else { When::ByItself };
            command::look(text, path, 0, when, ground, &mut self.out);
            self.desk.deeds.look(text, path, Language::Shell, &mut self.out);
            return true;
        }
        let node = match read::by_name(path, text) {
            Ok(node) => node,
            Err(error) => {
                let message = format!("It can't be read: {error}.");
                self.out.add(&rule::UNREADABLE, path, 0..0, path, message);
                return true;
            }
        };
        match kind {
            Kind::Settings | Kind::Hooks | Kind::Editor => settings::look(&node, path, self.desk, &mut self.out),
            Kind::Plugin => {
                if let Some(hooks) = node.get("hooks") {
                    settings::hooks(hooks, path, self.desk, &mut self.out);
                }
            }
            Kind::Marketplace => source::marketplace(&node, path, &mut self.out),
            Kind::Tasks => workspace::tasks(&node, path, ground, &mut self.out),
            Kind::Container => workspace::container(&node, path, ground, &mut self.out),
            Kind::Package => workspace::package(&node, path, self.desk, &mut self.out),
            Kind::Tools => tools::look(&node, path, self.desk, &mut self.out),
            Kind::Servers
            | Kind::Skill
            | Kind::Prompt
            | Kind::Instructions
            | Kind::Envrc
            | Kind::GitHook
            | Kind::Script
            | Kind::Model => {}
        }
        for found in Server::of_file(&node) {
            server::look(&found, path, self.desk, &mut self.out);
        }
        true
    }
}

/// What kind of program some bytes are, if they are one that nobody can read.
fn program(bytes: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 8] = [
        (b"\x7fELF", "a program for Linux"),
        (b"MZ", "a program for Windows"),
        (b"\xcf\xfa\xed\xfe", "a program for macOS"),
        (b"\xce\xfa\xed\xfe", "a program for macOS"),
        (b"\xca\xfe\xba\xbe", "a program for macOS or Java"),
        (b"\xcb\x0d\x0d\x0a", "compiled Python"),
        (b"\xa7\x0d\x0d\x0a", "compiled Python"),
        (b"\x6f\x0d\x0d\x0a", "compiled Python"),
    ];
    // Texts begin with `MZ` as well.
    let is_binary = bytes.get(..bytes.len().min(512)).is_some_and(|head| head.contains(&0));
    MAGIC.iter().find(|(magic, _)| is_binary && bytes.starts_with(magic)).map(|(_, what)| *what)
}

/// Whether a file that comes with a skill is a text that the skill may have the model read.
fn is_document(path: &str) -> bool {
    let name = name_of(path).to_ascii_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    matches!(ending, "md" | "mdx" | "txt" | "markdown" | "rst" | "adoc" | "prompt") || name == "readme"
}

/// Whether a link leads out of the folder that it is in, by its words.
fn leaves(path: &str, target: &str) -> bool {
    if target.starts_with('/') {
        return true;
    }
    let mut depth = folder_of(path).split('/').filter(|part| !part.is_empty()).count();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(left) => depth = left,
                None => return true,
            },
            _ => depth += 1,
        }
    }
    false
}
