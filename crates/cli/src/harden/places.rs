//! Where the files of tools are on this machine, and what is in them.

use crate::environment::any_variable;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::repository;
use portcullis_effects::Variable;
use portcullis_harden::{Base, Book, Content, File, Files, Place, Scope};
use std::fs::{self, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Settings are written by people. What is larger than this was not.
const LARGEST: u64 = 4 << 20;

/// Where paths begin.
#[derive(Debug, Clone)]
pub(crate) struct Roots {
    pub(crate) root: PathBuf,
    pub(crate) home: PathBuf,
    pub(crate) repository: Option<PathBuf>,
}

impl Roots {
    /// Those of this run.
    pub(crate) fn find(invocation: &Invocation) -> Result<Self, Failure> {
        let home = invocation.environment.home.clone().ok_or_else(|| Failure::usage("HOME is not set"))?;
        let repository = repository::root_of(invocation.cwd()?, Some(&home));
        Ok(Self { root: PathBuf::from("/"), home, repository })
    }

    /// A file; `None` for one of a repository where there is none.
    pub(crate) fn path(&self, place: &Place) -> Option<PathBuf> {
        let base = match place.base {
            Base::Root => self.root.clone(),
            Base::Repository => self.repository.clone()?,
            Base::Home => self.home.clone(),
            Base::Folder { variable, usual } => match any_variable(variable) {
                Variable::Is(folder) if Path::new(&folder).is_absolute() => PathBuf::from(folder),
                Variable::Is(_) | Variable::Unset | Variable::Unknown => self.home.join(usual),
            },
        };
        let path = place.path.here();
        (!path.is_empty()).then(|| base.join(path))
    }

    /// The files of a book, as they are.
    pub(crate) fn files(&self, book: &Book) -> Files {
        let files = book.places.iter().filter_map(|place| Some(self.file(place, &self.path(place)?)));
        files.collect()
    }

    /// One of them, at its path.
    pub(crate) fn file(&self, place: &'static Place, path: &Path) -> File {
        let open = place.scope == Scope::Managed && is_open(&self.root, path);
        let content = match self.obstacle(place, path) {
            Some(why) => Content::Unreadable(why),
            None => read(path),
        };
        File { place, path: path.to_string_lossy().into_owned(), content, open }
    }

    /// What stands in the way of reading or writing a file where it is meant to be: a link in its place, or in a repository on
    /// the way to it, could lead anywhere. Folders of one's own home are often links, and one's own business.
    fn obstacle(&self, place: &Place, path: &Path) -> Option<String> {
        let is_link = |path: &Path| path.symlink_metadata().is_ok_and(|it| it.file_type().is_symlink());
        let inner = match (place.base, &self.repository) {
            (Base::Repository, Some(root)) => {
                path.ancestors().skip(1).take_while(|it| *it != root.as_path()).any(is_link)
            }
            _ => false,
        };
        (inner || is_link(path)).then(|| "a symbolic link stands there or on the way".to_owned())
    }
}

/// Whether somebody other than root can change a file of the machine's, or put another one in its place.
fn is_open(root: &Path, path: &Path) -> bool {
    let below = path.ancestors().take_while(|it| *it != root);
    below.filter_map(|it| fs::symlink_metadata(it).ok()).any(|it| it.uid() != 0 || it.mode() & 0o022 != 0)
}

/// What is in a file; nothing that is no plain file, and nothing that people did not write.
fn read(path: &Path) -> Content {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let opened = OpenOptions::new().read(true).custom_flags(i32::try_from(flags.bits()).unwrap_or_default()).open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Content::Missing;
        }
        Err(error) => return Content::Unreadable(Failure::io("read it", None, &error).what),
    };
    match file.metadata() {
        Ok(metadata) if metadata.is_file() && metadata.len() <= LARGEST => {}
        Ok(_) => return Content::Unreadable("this is no file of settings".to_owned()),
        Err(error) => return Content::Unreadable(Failure::io("read it", None, &error).what),
    }
    let mut text = String::new();
    match file.take(LARGEST).read_to_string(&mut text) {
        Ok(_) => Content::Text(text),
        Err(error) => Content::Unreadable(Failure::io("read it", None, &error).what),
    }
}
