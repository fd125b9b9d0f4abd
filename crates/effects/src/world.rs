//! What must be known of the machine to tell what a command would do there. Whoever asks answers; nothing is read here.

use portcullis_event::AbsPath;
use std::collections::BTreeMap;

/// The value of a variable of the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Variable {
    /// It has this value.
    Is(String),
    /// There is none of this name.
    Unset,
    /// Nobody knows.
    Unknown,
}

/// The machine that a command would run on.
pub trait World {
    /// Where it would run.
    fn cwd(&self) -> AbsPath;

    /// The home of the user.
    fn home(&self) -> AbsPath;

    /// The root of the repository.
    fn repository(&self) -> Option<AbsPath>;

    /// A variable of the environment.
    fn variable(&self, name: &str) -> Variable;

    /// What an alias of git stands for.
    fn git_alias(&self, name: &str) -> Option<String>;

    /// The text of a file, if it is one, not too long, and may be looked at.
    fn text(&self, path: &AbsPath) -> Option<String>;

    /// The branch that is checked out.
    fn branch(&self) -> Option<String> {
        None
    }
}

/// A machine that is made up: for tests, and for questions about another machine.
#[derive(Debug, Clone)]
pub struct FixedWorld {
    /// Where a command would run.
    pub cwd: AbsPath,
    /// The home of the user.
    pub home: AbsPath,
    /// The root of the repository.
    pub repository: Option<AbsPath>,
    /// The environment; what is not in it is not set.
    pub variables: BTreeMap<String, String>,
    /// Aliases of git.
    pub git_aliases: BTreeMap<String, String>,
    /// Texts of files.
    pub files: BTreeMap<AbsPath, String>,
    /// The branch that is checked out.
    pub branch: Option<String>,
}

impl FixedWorld {
    /// A machine of which only places are known.
    pub fn new(cwd: AbsPath, home: AbsPath, repository: Option<AbsPath>) -> Self {
        Self {
            cwd,
            home,
            repository,
            variables: BTreeMap::new(),
            git_aliases: BTreeMap::new(),
            files: BTreeMap::new(),
            branch: None,
        }
    }
}

impl World for FixedWorld {
    fn cwd(&self) -> AbsPath {
        self.cwd.clone()
    }

    fn home(&self) -> AbsPath {
        self.home.clone()
    }

    fn repository(&self) -> Option<AbsPath> {
        self.repository.clone()
    }

    fn variable(&self, name: &str) -> Variable {
        self.variables.get(name).map_or(Variable::Unset, |value| Variable::Is(value.clone()))
    }

    fn git_alias(&self, name: &str) -> Option<String> {
        self.git_aliases.get(name).cloned()
    }

    fn text(&self, path: &AbsPath) -> Option<String> {
        self.files.get(path).cloned()
    }

    fn branch(&self) -> Option<String> {
        self.branch.clone()
    }
}
