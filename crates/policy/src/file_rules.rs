//! The rules about files as values, for whoever builds walls from them before anything is asked.

use crate::checks::Answers;
use crate::checks::files::{self, Access};
use crate::config::EntryValue;
use crate::pattern::{Breadth, path};
use crate::policy::ValidPolicy;
use crate::source::Origin;
use portcullis_event::{AbsPath, Reason, SourceLine, Verdict};

/// What a rule says about the files that fit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileList {
    /// They may be read.
    Read,
    /// They may be read and written.
    Write,
    /// A person is asked first.
    Ask,
    /// They may be read, never written.
    Protect,
    /// They may be neither read nor written.
    Deny,
}

/// One entry of a list of `[files]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRule {
    /// Which storey of the policy says it. A file is open only if every storey that has a list for it opens it.
    pub storey: usize,
    /// What it says.
    pub list: FileList,
    /// The pattern as an absolute path; `**` stands for any depth, and other wildcards stay within a name. Whatever
    /// fits a folder fits everything below it.
    pub pattern: String,
    /// Whether it takes files off the list instead of putting them on it.
    pub takes_away: bool,
    /// The line that says it.
    pub source: SourceLine,
}

fn list_of(key: &str) -> Option<FileList> {
    match key {
        "files.read" => Some(FileList::Read),
        "files.write" => Some(FileList::Write),
        "files.ask" => Some(FileList::Ask),
        "files.protect" => Some(FileList::Protect),
        "files.deny" => Some(FileList::Deny),
        _ => None,
    }
}

impl ValidPolicy {
    /// Every rule about files, the highest storey first.
    pub fn file_rules(&self) -> Vec<FileRule> {
        let mut out = Vec::new();
        for (storey, tier) in self.tiers.iter().enumerate() {
            for sheet in [&tier.own, &tier.preset].into_iter().flatten() {
                for entry in &sheet.entries {
                    let (Some(list), EntryValue::Item(item)) = (list_of(&entry.key), &entry.value) else { continue };
                    let (takes_away, pattern) =
                        item.name.strip_prefix('!').map_or((false, &*item.name), |it| (true, it));
                    // INVARIANT: the pattern was compiled when the policy was loaded, so it can be read again.
                    let Ok(names) = path::names(pattern, &self.places) else { continue };
                    let source = Origin::new(&sheet.text, entry.span.clone()).line();
                    out.push(FileRule { storey, list, pattern: format!("/{}", names.join("/")), takes_away, source });
                }
            }
        }
        out
    }

    /// The first line that stands against reading (or changing) a file, and how strongly: for walls, which are built
    /// before anything is asked. Nothing stands against it if this is `None`.
    pub fn against_file(&self, path: &AbsPath, changing: bool) -> Option<Reason> {
        self.against_access(path, if changing { Access::Write } else { Access::Read })
    }

    /// The same for reading a file that was looked into, and in which no secret was found.
    pub fn against_inspected_file(&self, path: &AbsPath) -> Option<Reason> {
        self.against_access(path, Access::ReadInspected)
    }

    /// Whether a line names this file and stands against reading it. A file that no line opens is named by none.
    pub fn names_against_file(&self, path: &AbsPath) -> bool {
        let stopping = self.tiers.iter().flat_map(|tier| [&tier.files.deny, &tier.files.ask]);
        stopping.flatten().any(|list| list.find(path, Breadth::Broad).is_some())
    }

    fn against_access(&self, path: &AbsPath, access: Access) -> Option<Reason> {
        // Walls are built around thousands of files, of which most are open: no reason has to be worded for them.
        let mut tiers = self.tiers.iter().enumerate();
        if tiers.all(|(index, tier)| files::is_open(tier, path, access, index == 0)) {
            return None;
        }
        self.reason_against(path, access)
    }

    fn reason_against(&self, path: &AbsPath, access: Access) -> Option<Reason> {
        let mut answers = Answers::new(false);
        answers.begin("files");
        for (index, tier) in self.tiers.iter().enumerate() {
            answers.highest = index == 0;
            files::path_answer(tier, path, access, &mut answers, true);
        }
        answers.finish();
        let strongest = answers.reasons.into_iter().max_by_key(|reason| reason.verdict)?;
        (strongest.verdict > Verdict::Allow).then_some(strongest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Layer, Places, Source};
    use proptest::prelude::*;

    const PATTERNS: [&str; 9] = ["./**", "./src", "~/.ssh", "*.pem", ".env", "!.env", "/etc", "~/**", "./src/*.rs"];
    const PATHS: [&str; 9] = [
        "/home/ada/work/src/a.rs",
        "/home/ada/work/.env",
        "/home/ada/.ssh/id_rsa",
        "/home/ada/work/x.pem",
        "/etc/passwd",
        "/etc/x.pem",
        "/home/ada/work",
        "/srv",
        "/",
    ];

    fn sheet(layer: Layer, lists: &[(&str, Vec<&str>)]) -> Source {
        let line = |(list, patterns): &(&str, Vec<&str>)| format!("{list} = {patterns:?}\n");
        Source::toml(layer, format!("{layer:?}"), format!("[files]\n{}", lists.iter().map(line).collect::<String>()))
    }

    proptest! {
        /// What is said quickly is what is said at length.
        #[test]
        fn a_file_is_open_just_if_no_reason_stands_against_it(
            user in prop::collection::vec(prop::collection::vec(prop::sample::select(PATTERNS.to_vec()), 0..3), 5),
            repository in prop::collection::vec(prop::collection::vec(prop::sample::select(PATTERNS.to_vec()), 0..3), 5),
            named in prop::collection::vec(any::<bool>(), 10),
        ) {
            let keys = ["read", "write", "ask", "protect", "deny"];
            let lists = |given: &[Vec<&'static str>], named: &[bool]| -> Vec<(&str, Vec<&'static str>)> {
                let all = keys.iter().zip(given).zip(named).filter(|(_, named)| **named);
                all.map(|((key, patterns), _)| (*key, patterns.clone())).collect()
            };
            let path = |text| AbsPath::parse(text).unwrap();
            let root = path("/home/ada/work");
            let places = Places { home: path("/home/ada"), repository: Some(root.clone()), cwd: root };
            let sources = [
                sheet(Layer::User, &lists(&user, &named[..5])),
                sheet(Layer::Repository, &lists(&repository, &named[5..])),
            ];
            let policy = ValidPolicy::load(&sources, &places);
            prop_assume!(policy.is_ok());
            let policy = policy.unwrap();
            for at in PATHS.map(path) {
                for access in [Access::Read, Access::Write] {
                    let at_length = policy.reason_against(&at, access);
                    prop_assert_eq!(policy.against_access(&at, access), at_length, "{} {:?}", at, access);
                }
            }
        }
    }
}
