//! What policy says about carrying changes over: which are applied by themselves, which wait, and which are never
//! applied.
//!
//! A change waits if one of its classes does, or if policy keeps agents from changing that file. What git keeps for
//! itself goes or waits as a whole: half of it would leave a repository that nobody made, and it waits if a commit in it
//! holds what would wait as a file.

use portcullis_changes::{
    Change, ChangeKind, ChangeSet, Choice, Class, FileType, LayerName, Rule, TreePath, Verdict, path_classes,
};
use portcullis_event::{AbsPath, Verdict as Said};
use portcullis_policy::ValidPolicy;
use portcullis_review::committed;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Why something waits that would have been applied by itself if it came from this run alone.
const LEFT: &str = "is left of an earlier run (taken back, held or broken off); portcullis changes apply";

/// What becomes of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is applied by itself.
    Applies,
    /// It waits for a person, because of this.
    Waits(Vec<String>),
    /// It waits, because the real file changed while the session ran.
    Drifted,
    /// It can't be applied, or must not be.
    Never(String),
}

impl Standing {
    /// In a word.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Applies => "applies",
            Self::Waits(_) => "waits",
            Self::Drifted => "drifted",
            Self::Never(_) => "never",
        }
    }

    /// Why it does not apply by itself.
    pub(crate) fn because(&self) -> Vec<String> {
        match self {
            Self::Applies => Vec::new(),
            Self::Waits(why) => why.clone(),
            Self::Drifted => vec!["was changed by somebody else since the session started".to_owned()],
            Self::Never(why) => vec![why.clone()],
        }
    }
}

/// What becomes of each change of a layer.
#[derive(Debug)]
pub(crate) struct Standings(HashMap<TreePath, Standing>);

impl Standings {
    /// What becomes of a change of that layer.
    pub(crate) fn of(&self, change: &Change) -> Standing {
        let unknown = || Standing::Waits(vec!["nobody chose it".to_owned()]);
        self.0.get(&change.path).cloned().unwrap_or_else(unknown)
    }
}

/// What policy says.
#[derive(Debug)]
pub(crate) struct Terms<'a> {
    policy: &'a ValidPolicy,
    choice: Choice,
    /// The classes that are never applied, and the line that says so.
    denied: BTreeMap<Class, String>,
    /// What nobody applied before the session went on.
    left: BTreeSet<(LayerName, TreePath)>,
}

impl<'a> Terms<'a> {
    pub(crate) fn of(policy: &'a ValidPolicy) -> Self {
        let (mut choice, mut denied) = (Choice::nothing(), BTreeMap::new());
        for class in Class::ALL {
            let answer = policy.change_answer(*class);
            match answer.verdict {
                Said::Allow | Said::AllowWithChanges => choice.set(*class, Rule::Apply),
                Said::Ask => {}
                Said::Deny => {
                    let line = answer.by.map_or_else(String::new, |by| format!(" ({by})"));
                    let why = format!("policy never lets changes of the class {} through{line}", class.as_str());
                    denied.insert(*class, why);
                }
            }
        }
        Self { policy, choice, denied, left: BTreeSet::new() }
    }

    /// The same, but what is left of earlier runs waits: it was taken back or held, or its run was killed.
    pub(crate) fn leaving(self, left: BTreeSet<(LayerName, TreePath)>) -> Self {
        Self { left, ..self }
    }

    /// What becomes of the changes of each layer.
    pub(crate) fn standings(&self, sets: &[ChangeSet]) -> Vec<Standings> {
        let workspace = sets.iter().find(|set| set.layer == LayerName::Workspace);
        sets.iter().map(|set| self.of_layer(set, workspace.unwrap_or(set))).collect()
    }

    /// The same of one. What commits hold are files of the workspace, wherever their git folder lies.
    fn of_layer(&self, set: &ChangeSet, workspace: &ChangeSet) -> Standings {
        let alone = |change: &Change| (change.path.clone(), self.alone(set, change));
        let mut standings = Standings(set.changes.iter().map(alone).collect());
        let may_go = |change: &&Change| {
            change.classes.contains(&Class::GitState) && standings.0.get(&change.path) == Some(&Standing::Applies)
        };
        let of_git: Vec<&Change> = set.changes.iter().filter(may_go).collect();
        if of_git.is_empty() {
            return standings;
        }
        if let Some(why) = self.against_git_state(set, workspace, &standings) {
            let waiting = of_git.iter().map(|change| (change.path.clone(), Standing::Waits(vec![why.clone()])));
            standings.0.extend(waiting);
        }
        standings
    }

    /// What becomes of a change as far as it is looked at alone.
    fn alone(&self, set: &ChangeSet, change: &Change) -> Standing {
        if let Some(why) = change.classes.iter().find_map(|class| self.denied.get(class)) {
            return Standing::Never(why.clone());
        }
        let against = || self.against_path(set, &change.path);
        match self.choice.verdict(change) {
            Verdict::Never(obstacle) => Standing::Never(obstacle.reason().to_owned()),
            Verdict::Waits(classes) => Standing::Waits(classes.iter().map(|class| class.reason().to_owned()).collect()),
            Verdict::Drifted => against().map_or(Standing::Drifted, |why| Standing::Waits(vec![why])),
            Verdict::Applies => match against() {
                Some(why) => Standing::Waits(vec![why]),
                None if self.left.contains(&(set.layer, change.path.clone())) => Standing::Waits(vec![LEFT.to_owned()]),
                None => Standing::Applies,
            },
        }
    }

    /// The line of `[files]` that keeps agents from changing a file.
    fn against_path(&self, set: &ChangeSet, path: &TreePath) -> Option<String> {
        let Ok(path) = AbsPath::from_os(&set.lower.join(path.as_path())) else {
            return Some("has a name that policy can't be asked about".to_owned());
        };
        let reason = self.policy.against_file(&path, true)?;
        let line = reason.source.map_or_else(String::new, |line| format!(" ({line})"));
        Some(format!("{}{line}", reason.message))
    }

    /// Why what git keeps for itself waits.
    fn against_git_state(&self, set: &ChangeSet, workspace: &ChangeSet, alone: &Standings) -> Option<String> {
        let git = match set.layer {
            LayerName::Workspace => ".git",
            // All of it is the git folder of a linked working tree.
            LayerName::Git => "",
            LayerName::Home => return Some("belongs to a repository in the home folder".to_owned()),
        };
        let within_git = |change: &&Change| git.is_empty() || change.path.names().next() == Some(git.as_bytes());
        for change in set.changes.iter().filter(|change| change.classes.contains(&Class::GitState)) {
            let is_root = change.path.names().count() == 1;
            if !within_git(&change) {
                return Some("belongs to a repository within the repository".to_owned());
            }
            let mut names = change.path.names().skip(usize::from(!git.is_empty()));
            if names.next() == Some(b"modules") {
                return Some("belongs to a submodule, whose commits are not looked into".to_owned());
            }
            if !git.is_empty() && is_root && change.kind != ChangeKind::Modified && change.kind != ChangeKind::Mode {
                return Some("belongs to a new repository".to_owned());
            }
        }
        let is_plain = |change: &&Change| {
            change.after.as_ref().is_none_or(|node| matches!(node.file_type, FileType::File | FileType::Folder))
        };
        if !set.changes.iter().filter(within_git).all(|change| is_plain(&change)) {
            return Some("goes with something that is neither a file nor a folder".to_owned());
        }
        let stays = |change: &&Change| within_git(change) && alone.of(change) != Standing::Applies;
        if let Some(change) = set.changes.iter().find(stays) {
            return Some(format!("goes with {}, which does not apply by itself", change.path));
        }
        match committed::brought(&set.lower, &set.upper.join(git)) {
            Ok(paths) => paths.iter().find_map(|path| self.against_committed(workspace, path)),
            Err(why) => Some(format!("holds commits that can't be looked into: {why}")),
        }
    }

    /// Why a file that a commit brings would wait.
    fn against_committed(&self, workspace: &ChangeSet, path: &[u8]) -> Option<String> {
        let Some(path) = TreePath::parse(path) else {
            return Some("holds a commit with a name that no file can have".to_owned());
        };
        // What a run was not shown it can't have changed for the better: the commit holds a mask, or nothing.
        if workspace.protected.iter().any(|protected| path.is_within(protected)) {
            return Some(format!("holds a commit with {path}, which was masked in the run"));
        }
        let classes = path_classes(&path);
        let waits = |class: &Class| self.choice.of(*class) == Rule::Hold;
        let why = match classes.iter().find(|class| waits(class)) {
            Some(class) => Some(class.reason().to_owned()),
            None if classes.is_empty() && waits(&Class::Unknown) => Some(Class::Unknown.reason().to_owned()),
            None => self.against_path(workspace, &path),
        };
        Some(format!("holds a commit with {path}, which {}", why?))
    }
}
