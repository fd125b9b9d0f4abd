//! Files that the session itself filled with text from elsewhere, and the labels of that text.

use crate::label::{Label, Labels};
use portcullis_event::AbsPath;
use std::collections::BTreeMap;

/// So many files are kept apart; after that every file that is written counts as filled with all of it.
const MOST: usize = 4096;

/// Labels by file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Files {
    known: BTreeMap<AbsPath, Labels>,
    /// Labels of files that there was no more room for.
    everywhere: Labels,
}

impl Files {
    /// Notes that text with these labels was written to a file or below a folder.
    pub(crate) fn taint(&mut self, path: AbsPath, labels: Labels) {
        if labels.is_empty() {
            return;
        }
        if self.known.len() >= MOST && !self.known.contains_key(&path) {
            self.everywhere = self.everywhere.join(labels);
            return;
        }
        let known = self.known.entry(path).or_default();
        *known = known.join(labels);
    }

    /// The labels of a file, of the folders that it lies in, and of what lies below it.
    pub(crate) fn labels(&self, path: &AbsPath) -> Labels {
        let near = self.known.iter().filter(|(known, _)| path.is_within(known) || known.is_within(path));
        near.map(|(_, labels)| *labels).collect::<Labels>().join(self.everywhere)
    }

    /// The labels of this very file.
    pub(crate) fn labels_of_this(&self, path: &AbsPath) -> Labels {
        self.known.get(path).copied().unwrap_or_default()
    }

    /// A file with private text at or below a folder, if there is one.
    pub(crate) fn sensitive_below(&self, folder: &AbsPath) -> Option<&AbsPath> {
        let mut all = self.known.iter().filter(|(_, labels)| labels.holds(Label::Sensitive));
        all.find(|(path, _)| path.is_within(folder)).map(|(path, _)| path)
    }

    /// Whether files with private text could not be kept apart.
    pub(crate) fn is_sensitive_everywhere(&self) -> bool {
        self.everywhere.holds(Label::Sensitive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_files_are_all_files() {
        let mut files = Files::default();
        for number in 0..=MOST {
            files.taint(AbsPath::parse(&format!("/w/{number}")).unwrap(), Labels::SENSITIVE);
        }
        assert!(files.known.len() <= MOST && files.is_sensitive_everywhere());
        assert_eq!(files.labels(&AbsPath::parse("/elsewhere").unwrap()), Labels::SENSITIVE);
    }
}
