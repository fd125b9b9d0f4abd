//! Where a user's state lives: the ledger, keys and what is derived from them. One folder, readable by its owner only.

use crate::environment::Environment;
use crate::failure::Failure;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// The folder of a user's state. Finding it creates nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Home {
    root: PathBuf,
}

impl Home {
    /// Finds the folder: what `--home` says, else `PORTCULLIS_HOME`, else the XDG data folder.
    pub(crate) fn find(asked: Option<&Path>, environment: &Environment) -> Result<Self, Failure> {
        let root = match asked.or(environment.portcullis_home.as_deref()) {
            Some(path) if path.is_absolute() => path.to_owned(),
            Some(path) => match &environment.cwd {
                Some(cwd) => cwd.join(path),
                None => return Err(no_home()),
            },
            None => match (&environment.data_home, &environment.home) {
                (Some(data), _) => data.join("portcullis"),
                (None, Some(home)) => home.join(".local/share/portcullis"),
                (None, None) => return Err(no_home()),
            },
        };
        Ok(Self { root })
    }

    /// One that was found before.
    pub(crate) fn known(root: PathBuf) -> Self {
        Self { root }
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.root
    }

    /// Makes sure that the folder exists and that nobody else can read or change what is in it.
    pub(crate) fn ensure(&self) -> Result<(), Failure> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.root)
            .map_err(|error| self.unusable(&Failure::io("create the folder for your state", None, &error).what))?;
        let metadata = fs::metadata(&self.root)
            .map_err(|error| self.unusable(&Failure::io("look at the folder for your state", None, &error).what))?;
        if metadata.uid() != rustix::process::geteuid().as_raw() {
            return Err(self.unusable("the folder for your state belongs to another user"));
        }
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err(self
                .unusable("other users can look into the folder for your state")
                .fix(format!("chmod 700 {}", self.root.display())));
        }
        Ok(())
    }

    fn unusable(&self, what: &str) -> Failure {
        Failure::incomplete(what)
            .at(self.root.to_string_lossy())
            .because("what can't be recorded safely is not done")
            .fix("name another folder with --home DIR or PORTCULLIS_HOME")
    }
}

fn no_home() -> Failure {
    Failure::usage("there is no place for your state: neither HOME nor XDG_DATA_HOME is an absolute path")
        .because("decisions are recorded in a folder of yours")
        .fix("name a folder with --home DIR or PORTCULLIS_HOME")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> Environment {
        Environment { home: Some("/home/ada".into()), cwd: Some("/work".into()), ..Environment::default() }
    }

    #[test]
    fn the_option_wins_over_the_variable_and_that_over_xdg() {
        let mut environment = environment();
        let root = |asked: Option<&str>, e: &Environment| Home::find(asked.map(Path::new), e).unwrap().root;
        assert_eq!(root(None, &environment), Path::new("/home/ada/.local/share/portcullis"));
        environment.data_home = Some("/data".into());
        assert_eq!(root(None, &environment), Path::new("/data/portcullis"));
        environment.portcullis_home = Some("/state".into());
        assert_eq!(root(None, &environment), Path::new("/state"));
        assert_eq!(root(Some("here"), &environment), Path::new("/work/here"));
    }

    #[test]
    fn without_any_folder_it_says_what_to_name() {
        let failure = Home::find(None, &Environment::default()).unwrap_err();
        assert_eq!(failure.fix, ["name a folder with --home DIR or PORTCULLIS_HOME"]);
    }

    #[test]
    fn a_new_folder_is_private_and_an_open_one_is_refused() {
        let temporary = tempfile::tempdir().unwrap();
        let home = Home { root: temporary.path().join("a/b") };
        home.ensure().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&home.root), mode(&temporary.path().join("a"))), (0o700, 0o700));

        fs::set_permissions(&home.root, fs::Permissions::from_mode(0o750)).unwrap();
        assert_eq!(home.ensure().unwrap_err().what, "other users can look into the folder for your state");
    }
}
