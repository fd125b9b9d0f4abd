//! Files of settings: where a tool looks for them, and which of them it believes if they disagree.

use crate::{Format, Tool};

/// Whose settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The machine's, which no user can change.
    Managed,
    /// The user's own, in one repository. They are read and never written: they are what somebody set aside on purpose.
    Local,
    /// The repository's, which everybody who works on it gets.
    Project,
    /// The user's own.
    User,
}

impl Scope {
    /// Its name, as the command line uses it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Managed => "managed",
            Self::Local => "local",
            Self::Project => "project",
            Self::User => "user",
        }
    }
}

/// Where a path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// The root of the file system.
    Root,
    /// The root of the repository.
    Repository,
    /// The user's home folder.
    Home,
    /// The folder that a variable names; without it, one below the home folder.
    Folder {
        /// The variable.
        variable: &'static str,
        /// Without it.
        usual: &'static str,
    },
}

/// A path on each system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OsPath {
    /// On Linux.
    pub linux: &'static str,
    /// On macOS.
    pub macos: &'static str,
    /// On Windows.
    pub windows: &'static str,
}

impl OsPath {
    /// The same everywhere.
    pub const fn same(path: &'static str) -> Self {
        Self { linux: path, macos: path, windows: path }
    }

    /// On the system that this was built for.
    pub const fn here(self) -> &'static str {
        if cfg!(target_os = "macos") {
            self.macos
        } else if cfg!(windows) {
            self.windows
        } else {
            self.linux
        }
    }
}

/// One file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Whose it is.
    pub scope: Scope,
    /// Where its path begins.
    pub base: Base,
    /// Its path from there.
    pub path: OsPath,
}

impl Place {
    /// The machine's; the paths are absolute, without the slash at the beginning on Linux and macOS.
    pub(crate) const fn managed(linux: &'static str, macos: &'static str, windows: &'static str) -> Self {
        Self { scope: Scope::Managed, base: Base::Root, path: OsPath { linux, macos, windows } }
    }

    pub(crate) const fn local(path: &'static str) -> Self {
        Self { scope: Scope::Local, base: Base::Repository, path: OsPath::same(path) }
    }

    pub(crate) const fn project(path: &'static str) -> Self {
        Self { scope: Scope::Project, base: Base::Repository, path: OsPath::same(path) }
    }

    pub(crate) const fn home(path: &'static str) -> Self {
        Self { scope: Scope::User, base: Base::Home, path: OsPath::same(path) }
    }

    /// Below the folder that a variable names.
    pub(crate) const fn below(variable: &'static str, usual: &'static str, path: &'static str) -> Self {
        Self { scope: Scope::User, base: Base::Folder { variable, usual }, path: OsPath::same(path) }
    }

    /// On each system elsewhere below the home folder.
    pub(crate) const fn user(linux: &'static str, macos: &'static str, windows: &'static str) -> Self {
        Self { scope: Scope::User, base: Base::Home, path: OsPath { linux, macos, windows } }
    }

    /// As people write it.
    pub fn shown(&self, path: &str) -> String {
        match self.base {
            Base::Root if path.contains('\\') => path.to_owned(),
            Base::Root => format!("/{path}"),
            Base::Repository => path.to_owned(),
            Base::Home | Base::Folder { usual: "", .. } => format!("~/{path}"),
            Base::Folder { usual, .. } => format!("~/{usual}/{path}"),
        }
    }
}

/// Files that say the same things, for different people.
#[derive(Debug, PartialEq, Eq)]
pub struct Book {
    /// The tool that reads them.
    pub tool: Tool,
    /// What its maker calls them.
    pub title: &'static str,
    /// How they are written.
    pub format: Format,
    /// The files, in the order in which the tool believes them: the first that has a value wins.
    pub places: &'static [Place],
}

impl Book {
    /// The file of a scope.
    pub fn place(&self, scope: Scope) -> Option<&'static Place> {
        self.places.iter().find(|place| place.scope == scope)
    }
}
