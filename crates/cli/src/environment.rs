//! What the process was started with: environment variables and working folder, read once and handed on. The rest of
//! the program reads no variable by itself, so the book's list of them is complete.

use portcullis_effects::Variable;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

/// The variables that Portcullis looks at, and where it was started.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    /// `PORTCULLIS_HOME`: where all state of this user lives.
    pub(crate) portcullis_home: Option<PathBuf>,
    /// `HOME`.
    pub(crate) home: Option<PathBuf>,
    /// `HOME` as it was written, where `home` is its real path and that is another one.
    pub(crate) home_as_written: Option<PathBuf>,
    /// `XDG_DATA_HOME`; only an absolute path counts, as its specification says.
    pub(crate) data_home: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`; only an absolute path counts.
    pub(crate) config_home: Option<PathBuf>,
    /// `PATH`.
    pub(crate) path: Option<OsString>,
    /// Whether `NO_COLOR` is set to anything.
    pub(crate) no_color: bool,
    /// The working folder; `None` if it was removed under us.
    pub(crate) cwd: Option<PathBuf>,
}

impl Environment {
    /// Reads the environment of this process.
    pub(crate) fn of_process() -> Self {
        Self {
            portcullis_home: variable("PORTCULLIS_HOME").map(PathBuf::from),
            home: absolute("HOME"),
            home_as_written: None,
            data_home: absolute("XDG_DATA_HOME"),
            config_home: absolute("XDG_CONFIG_HOME"),
            path: variable("PATH"),
            no_color: variable("NO_COLOR").is_some(),
            cwd: env::current_dir().ok(),
        }
    }

    /// The same with the home by its real path, for what is built of files: whatever links lead to them, what policy says of `~/`
    /// holds for them.
    #[must_use]
    pub(crate) fn by_real_home(self) -> Self {
        let real = self.home.as_ref().map(|home| fs::canonicalize(home).unwrap_or_else(|_| home.clone()));
        Self { home_as_written: self.home.filter(|written| Some(written) != real.as_ref()), home: real, ..self }
    }

    /// The folders of `PATH`, in order.
    pub(crate) fn path_folders(&self) -> Vec<PathBuf> {
        self.path.as_ref().map(|path| env::split_paths(path).filter(|p| p.is_absolute()).collect()).unwrap_or_default()
    }
}

fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn absolute(name: &str) -> Option<PathBuf> {
    variable(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// A variable by its name, as a command would find it.
pub(crate) fn any_variable(name: &str) -> Variable {
    if name.is_empty() || name.contains(['=', '\0']) {
        return Variable::Unset;
    }
    match env::var(name) {
        Ok(value) => Variable::Is(value),
        Err(env::VarError::NotPresent) => Variable::Unset,
        Err(env::VarError::NotUnicode(_)) => Variable::Unknown,
    }
}
