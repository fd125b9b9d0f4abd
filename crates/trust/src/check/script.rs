//! Scripts that come with a skill or a plugin.

use super::command::{self, When};
use super::hidden;
use super::page::Desk;
use crate::found::Findings;
use crate::tree::name_of;
use portcullis_inspect::injection::Context;

/// The language of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Shell,
    PowerShell,
    /// An interpreter, and the switch behind which it takes code.
    Other(&'static str, &'static str),
    /// One whose commands nobody reads here; what comes together in it is.
    Unread,
    /// A list of packages to install.
    Packages,
}

/// Endings of names, and what runs such files.
const ENDINGS: [(&str, Language); 43] = [
    ("applescript", Language::Unread),
    ("vbs", Language::Unread),
    ("bat", Language::Unread),
    ("cmd", Language::Unread),
    ("hta", Language::Unread),
    ("jl", Language::Unread),
    ("ex", Language::Unread),
    ("mk", Language::Unread),
    ("plist", Language::Unread),
    ("service", Language::Unread),
    ("rs", Language::Unread),
    ("kt", Language::Unread),
    ("kts", Language::Unread),
    ("gradle", Language::Unread),
    ("groovy", Language::Unread),
    ("scala", Language::Unread),
    ("cs", Language::Unread),
    ("dart", Language::Unread),
    ("html", Language::Unread),
    ("ipynb", Language::Unread),
    ("mts", Language::Other("node", "-e")),
    ("tsx", Language::Unread),
    ("go", Language::Unread),
    ("r", Language::Unread),
    ("rprofile", Language::Unread),
    ("swift", Language::Unread),
    ("java", Language::Unread),
    ("sh", Language::Shell),
    ("bash", Language::Shell),
    ("zsh", Language::Shell),
    ("command", Language::Shell),
    ("ps1", Language::PowerShell),
    ("psm1", Language::PowerShell),
    ("py", Language::Other("python3", "-c")),
    ("pyw", Language::Other("python3", "-c")),
    ("js", Language::Other("node", "-e")),
    ("mjs", Language::Other("node", "-e")),
    ("cjs", Language::Other("node", "-e")),
    ("ts", Language::Other("node", "-e")),
    ("rb", Language::Other("ruby", "-e")),
    ("pl", Language::Other("perl", "-e")),
    ("php", Language::Other("php", "-r")),
    ("lua", Language::Other("lua", "-e")),
];

impl Language {
    /// The language of a file, by its name or by its first line.
    pub(crate) fn of(path: &str, text: &str) -> Option<Self> {
        let name = name_of(path).to_ascii_lowercase();
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        if name.starts_with("requirements") && ending == "txt" {
            return Some(Self::Packages);
        }
        let is_compose = name.contains("compose") && matches!(ending, "yml" | "yaml");
        if is_compose || matches!(name.as_str(), "makefile" | "gnumakefile" | "justfile") {
            return Some(Self::Unread);
        }
        if let Some((_, language)) = ENDINGS.iter().find(|(known, _)| *known == ending) {
            return Some(*language);
        }
        let first = text.strip_prefix("#!")?.split('\n').next()?;
        let program = first.split([' ', '/', '\t']).rfind(|word| !word.starts_with('-'))?;
        match program {
            "sh" | "bash" | "zsh" | "dash" | "ksh" => Some(Self::Shell),
            "pwsh" => Some(Self::PowerShell),
            "node" | "bun" | "deno" => Some(Self::Other("node", "-e")),
            "ruby" => Some(Self::Other("ruby", "-e")),
            "perl" => Some(Self::Other("perl", "-e")),
            python if python.starts_with("python") => Some(Self::Other("python3", "-c")),
            _ => None,
        }
    }
}

/// Looks into a script.
pub(crate) fn look(text: &str, path: &str, language: Language, desk: Desk<'_>, out: &mut Findings) {
    hidden::look(text, path, Context::Source, out);
    match language {
        Language::Shell => command::look(text, path, 0, When::Script, desk.ground, out),
        Language::Unread | Language::Packages => {}
        Language::PowerShell => command::look_powershell(text, path, 0, When::Script, desk.ground, out),
        Language::Other(program, switch) => {
            let words = [program, switch, text].map(str::to_owned);
            command::look_words(
                &words,
                path,
                &(0..text.find('\n').unwrap_or(text.len())),
                When::Script,
                desk.ground,
                out,
            );
        }
    }
    if language == Language::Packages {
        // What is known of one line says nothing of the next.
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            desk.deeds.look_at_packages(line, path, at, out);
            at += line.len();
        }
        return;
    }
    desk.deeds.look(text, path, language, out);
}
