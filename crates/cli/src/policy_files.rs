//! Finds and reads the files that a policy is made of. What they say is the policy crate's business; here it matters
//! that a file is the one that we think it is, and that nobody who must not could have written it.

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::repository;
use portcullis_event::AbsPath;
use portcullis_policy::{Format, Layer, Places, Source, ValidPolicy};
use rustix::fs::OFlags;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// The organisation's folder. It can't be moved, because whoever could move it could do without it.
pub(crate) const ORGANISATION: &str = "/etc/portcullis";
/// The file that every layer may have.
pub(crate) const MAIN_FILE: &str = "portcullis.toml";
/// A policy is written by people. What is larger than this was not.
const LARGEST: u64 = 1024 * 1024;

/// The files that a layer's folder may hold.
const NAMES: [(&str, Format); 4] = [
    (MAIN_FILE, Format::Toml),
    ("portcullis.tools.json", Format::ToolsJson),
    ("portcullis.skills.yaml", Format::SkillsYaml),
    ("portcullis.cedar", Format::Cedar),
];

/// The files of all layers, the highest first, and where their paths start.
#[derive(Debug)]
pub(crate) struct PolicyFiles {
    pub(crate) sources: Vec<Source>,
    pub(crate) places: Places,
}

impl PolicyFiles {
    /// Finds and reads the files that are in force for this run.
    pub(crate) fn find(invocation: &Invocation) -> Result<Self, Failure> {
        let cwd = invocation.cwd()?;
        let home = invocation.environment.home.as_deref().ok_or_else(no_home)?;
        let repository = repository::root_of(cwd, Some(home));
        let mut sources = read_folder(Path::new(ORGANISATION), Layer::Organisation)?;
        match &invocation.policy {
            Some(file) => sources.push(read_named(&cwd.join(file))?),
            None => {
                for (folder, layer) in own_folders(invocation, cwd, repository.as_deref()) {
                    sources.extend(read_folder(&folder, layer)?);
                }
            }
        }
        let places = Places {
            home: absolute(home)?,
            repository: repository.as_deref().map(absolute).transpose()?,
            cwd: absolute(cwd)?,
        };
        Ok(Self { sources, places })
    }

    /// The policy that the files make together.
    pub(crate) fn load(&self) -> Result<ValidPolicy, Failure> {
        ValidPolicy::load(&self.sources, &self.places).map_err(|problems| Failure::invalid_policy(&problems))
    }
}

/// The folders of the user and of the repository: every one from its root down to where we are, so that a file in a
/// nested folder adds to those above it and never replaces them.
fn own_folders(invocation: &Invocation, cwd: &Path, repository: Option<&Path>) -> Vec<(PathBuf, Layer)> {
    let mut folders: Vec<PathBuf> = match repository {
        Some(root) => cwd.ancestors().take_while(|folder| folder.starts_with(root)).map(Path::to_owned).collect(),
        None => vec![cwd.to_owned()],
    };
    folders.reverse();
    let user = user_folder(invocation);
    let repository = folders.into_iter().filter(|folder| Some(folder) != user.as_ref());
    let repository: Vec<_> = repository.map(|folder| (folder, Layer::Repository)).collect();
    user.clone().into_iter().map(|folder| (folder, Layer::User)).chain(repository).collect()
}

/// The folder of the user's own policy.
pub(crate) fn user_folder(invocation: &Invocation) -> Option<PathBuf> {
    let environment = &invocation.environment;
    let config = environment.config_home.clone().or_else(|| Some(environment.home.as_ref()?.join(".config")))?;
    Some(config.join("portcullis"))
}

fn no_home() -> Failure {
    Failure::usage("HOME is not set to an absolute path")
        .because("a policy speaks of files in your home, and would miss them")
        .fix("set HOME")
}

fn absolute(path: &Path) -> Result<AbsPath, Failure> {
    AbsPath::from_os(path).map_err(|error| Failure::usage(error.to_string()).at(path.to_string_lossy()))
}

fn read_folder(folder: &Path, layer: Layer) -> Result<Vec<Source>, Failure> {
    let mut found = Vec::new();
    for (name, format) in NAMES {
        let path = folder.join(name);
        if let Some(text) = read(&path, layer)? {
            found.push(Source { layer, name: path.to_string_lossy().into_owned(), text, format });
        }
    }
    if layer == Layer::Organisation && !found.is_empty() {
        // Whoever can rename files in the folder can exchange them.
        let metadata = fs::metadata(folder).map_err(|error| unreadable(folder, &error))?;
        check_owner(folder, &metadata, layer)?;
    }
    Ok(found)
}

/// Reads the file of `--policy`. The user named it, so it stands in the user's place.
fn read_named(path: &Path) -> Result<Source, Failure> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let format = match ending {
        "json" => Format::ToolsJson,
        "yaml" | "yml" => Format::SkillsYaml,
        "cedar" => Format::Cedar,
        _ => Format::Toml,
    };
    let text = read(path, Layer::User)?.ok_or_else(|| {
        Failure::usage("the policy file does not exist").at(path.to_string_lossy()).fix("check the path after --policy")
    })?;
    Ok(Source { layer: Layer::User, name: path.to_string_lossy().into_owned(), text, format })
}

/// Reads one file; `None` if there is none.
pub(crate) fn read(path: &Path, layer: Layer) -> Result<Option<String>, Failure> {
    // In a repository a link could lead to any file of the user, which an error message would then quote. The other
    // two layers are the user's and the administrator's own, and links are common there. Without NONBLOCK a named pipe
    // would make us wait for ever.
    let flags = match layer {
        Layer::Repository => OFlags::NOFOLLOW | OFlags::NONBLOCK,
        Layer::Organisation | Layer::User => OFlags::NONBLOCK,
    };
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !is_link(path) => return Ok(None),
        Err(_) if layer == Layer::Repository && is_link(path) => return Err(link(path)),
        Err(error) => return Err(unreadable(path, &error)),
    };
    let metadata = file.metadata().map_err(|error| unreadable(path, &error))?;
    if !metadata.is_file() {
        return Err(refused(path, "the policy is not a regular file"));
    }
    check_owner(path, &metadata, layer)?;
    text(file, path).map(Some)
}

fn is_link(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.file_type().is_symlink())
}

fn text(file: File, path: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST {
        return Err(refused(path, "the policy is larger than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let line =
            error.as_bytes().iter().take(error.utf8_error().valid_up_to()).filter(|byte| **byte == b'\n').count();
        refused(path, "the policy is not UTF-8").at(format!("{}:{}", path.display(), line + 1))
    })
}

/// Whether nobody could have written it who must not.
fn check_owner(path: &Path, metadata: &Metadata, layer: Layer) -> Result<(), Failure> {
    let me = rustix::process::geteuid().as_raw();
    let open_to_others = metadata.mode() & 0o022 != 0;
    let shown = path.display();
    match layer {
        Layer::Organisation if metadata.uid() != 0 => {
            Err(refused(path, "the organisation's policy does not belong to root")
                .fix(format!("sudo chown root {shown}")))
        }
        Layer::User if metadata.uid() != me && metadata.uid() != 0 => {
            Err(refused(path, "your policy belongs to another user").fix(format!("sudo chown \"$USER\" {shown}")))
        }
        Layer::Organisation | Layer::User if open_to_others => {
            Err(refused(path, "other users can change the policy").fix(format!("chmod go-w {shown}")))
        }
        // Whoever works on the repository may write its policy; it can only tighten.
        Layer::Organisation | Layer::User | Layer::Repository => Ok(()),
    }
}

fn link(path: &Path) -> Failure {
    refused(path, "the repository's policy is a symbolic link")
        .because("it could lead to any file of yours, and an error message would quote that file")
        .fix("put the file itself there")
}

fn refused(path: &Path, what: &str) -> Failure {
    Failure::usage(what)
        .at(path.to_string_lossy())
        .because("a policy that can't be trusted is not left out but stops everything")
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let failure = Failure::io("read the policy", Some(path), error);
    Failure { exit: crate::exit::Exit::Usage, ..failure }
        .because("a policy that can't be read is not left out but stops everything")
        .fix("make the file readable, or remove it if it is yours")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn file(folder: &Path, text: impl AsRef<[u8]>, mode: u32) -> PathBuf {
        let path = folder.join(MAIN_FILE);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    fn what(result: Result<Option<String>, Failure>) -> String {
        result.unwrap_err().what
    }

    #[test]
    fn a_missing_file_is_no_layer_and_a_dangling_link_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(MAIN_FILE);
        assert_eq!(read(&path, Layer::User), Ok(None));
        symlink("nowhere", &path).unwrap();
        assert_eq!(what(read(&path, Layer::User)), "could not read the policy: no such file or directory");
    }

    #[test]
    fn a_link_in_a_repository_is_refused_and_one_of_the_user_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let real = file(folder.path(), "secret = 1", 0o600);
        let path = folder.path().join("link.toml");
        symlink(real, &path).unwrap();
        assert_eq!(what(read(&path, Layer::Repository)), "the repository's policy is a symbolic link");
        assert_eq!(read(&path, Layer::User), Ok(Some("secret = 1".to_owned())));
    }

    #[test]
    fn what_others_can_write_is_not_the_users_policy() {
        let folder = tempfile::tempdir().unwrap();
        for mode in [0o620, 0o602, 0o666] {
            let path = file(folder.path(), "", mode);
            assert_eq!(what(read(&path, Layer::User)), "other users can change the policy", "{mode:o}");
            assert_eq!(read(&path, Layer::Repository), Ok(Some(String::new())));
        }
    }

    #[test]
    fn only_root_writes_the_organisations_policy() {
        let folder = tempfile::tempdir().unwrap();
        let metadata = file(folder.path(), "", 0o644).metadata().unwrap();
        let answer = check_owner(folder.path(), &metadata, Layer::Organisation).map_err(|failure| failure.what);
        let expected = match metadata.uid() {
            0 => Ok(()),
            _ => Err("the organisation's policy does not belong to root".to_owned()),
        };
        assert_eq!(answer, expected);
    }

    #[test]
    fn pipes_folders_large_files_and_other_encodings_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe.toml");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR).unwrap();
        assert_eq!(what(read(&path, Layer::Repository)), "the policy is not a regular file");
        assert_eq!(what(read(folder.path(), Layer::Repository)), "the policy is not a regular file");

        let large = file(folder.path(), vec![b'#'; 1024 * 1024 + 1], 0o600);
        assert_eq!(what(read(&large, Layer::User)), "the policy is larger than 1 MiB");

        let latin = file(folder.path(), b"# one\n# caf\xe9\n", 0o600);
        let failure = read(&latin, Layer::User).unwrap_err();
        assert_eq!(
            (failure.what.as_str(), failure.place),
            ("the policy is not UTF-8", Some(format!("{}:2", latin.display()).into()))
        );
    }
}
