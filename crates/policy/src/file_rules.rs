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
