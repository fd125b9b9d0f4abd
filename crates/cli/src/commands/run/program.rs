//! Whether the program of a run is among what the run sees. If it is not, that is said at once, with the line that would
//! change it: "no such file" about a program that is there makes people look in the wrong place.

use super::world::{SYSTEM, Seen, World};
use crate::exit::Exit;
use crate::failure::Failure;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

impl World<'_> {
    /// Refuses a program that is there, and nowhere that is shown. One that is not there is left to the walls to tell.
    pub(super) fn shows_program(&self, command: &[OsString], seen: &Seen) -> Result<(), Failure> {
        let Some(program) = command.first() else { return Ok(()) };
        let places = candidates(Path::new(program), &self.invocation.environment.path_folders());
        let Some(first) = places.first().filter(|_| !places.iter().any(|place| self.shows(place, seen))) else {
            return Ok(());
        };
        let home = self.home();
        let failure = Failure::incomplete(format!("{} is not among what a run sees", program.to_string_lossy()))
            .at(first.to_string_lossy())
            .because("of your files it sees the repository, and what policy opens");
        let failure = match first.strip_prefix(home).ok().and_then(folder_of_tool) {
            Some(folder) => failure.fix(format!("add `~/{}` to `files.read` in your policy", folder.display())),
            None => failure.fix("install it for the whole machine, or in your home"),
        };
        Err(Failure { exit: Exit::OfChild(127), ..failure })
    }

    /// Whether a program can be seen, and what it really is if its name is a link.
    fn shows(&self, place: &Path, seen: &Seen) -> bool {
        let shown = |path: &Path| {
            path.starts_with(self.workspace)
                || SYSTEM.iter().any(|folder| path.starts_with(folder))
                || seen.home.keys().any(|folder| path.starts_with(folder))
        };
        shown(place) && std::fs::canonicalize(place).is_ok_and(|real| shown(&real))
    }
}

/// The folder of the home that a tool lies in: not all that others keep beside it.
fn folder_of_tool(below: &Path) -> Option<PathBuf> {
    let shared = [".local/share", ".local/state", ".local", ".cache", ".config"];
    let depth = shared.iter().find(|folder| below.starts_with(folder)).map_or(1, |it| Path::new(it).iter().count() + 1);
    let folder: PathBuf = below.iter().take(depth).collect();
    (!folder.as_os_str().is_empty()).then_some(folder)
}

/// Where a program is: where its path says, or in which folders of `PATH`.
fn candidates(program: &Path, folders: &[PathBuf]) -> Vec<PathBuf> {
    let places: Vec<PathBuf> = match program.components().count() {
        // A path that is not whole is one below the workspace.
        1 if !program.is_absolute() => folders.iter().map(|folder| folder.join(program)).collect(),
        _ => vec![program.to_owned()].into_iter().filter(|program| program.is_absolute()).collect(),
    };
    places.into_iter().filter(|place| is_program(place)).collect()
}

fn is_program(place: &Path) -> bool {
    place.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_for_in_every_folder_and_a_path_is_itself() {
        let folders = ["/nowhere", "/usr/bin", "/bin"].map(PathBuf::from);
        assert!(candidates(Path::new("sh"), &folders).contains(&PathBuf::from("/usr/bin/sh")));
        assert_eq!(candidates(Path::new("/bin/sh"), &folders), [PathBuf::from("/bin/sh")]);
        assert!(candidates(Path::new("./sh"), &folders).is_empty());
        assert!(candidates(Path::new("no-such-program"), &folders).is_empty());
        assert!(candidates(Path::new("/etc/passwd"), &folders).is_empty());
    }
}
