//! Masked files that git tracks: git in a run is told to leave them alone. It would find each of them changed, so that no rebase
//! began, and a commit of all that changed would hold masks in the place of what they stand for.

use super::masks;
use super::world::{Seen, World};
use crate::failure::Failure;
use crate::repository::linked;
use portcullis_changes::{LayerName, TreePath};
use std::fs::{self, File, FileTimes};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// What git is told.
struct Told {
    /// Where its index lies.
    layer: usize,
    index: TreePath,
    /// What it says.
    text: Vec<u8>,
}

impl World<'_> {
    /// Has git's index say so, among what lies over the workspace; where git's folder is a layer by itself, in a folder to lie
    /// over that.
    pub(super) fn leave_masked_alone(&self, seen: &Seen) -> Result<Option<PathBuf>, Failure> {
        let (Some(over), Some(told)) = (&seen.workspace.folder, self.told(seen)?) else { return Ok(None) };
        let Some(layer) = self.session.session().layers.get(told.layer) else { return Ok(None) };
        let is_apart = layer.name != LayerName::Workspace;
        let over = if is_apart { over.with_file_name("git") } else { over.clone() };
        self.put(&told, &layer.lower, &over)
            .map_err(|error| Failure::io("tell git what is masked", Some(&over), &error))?;
        Ok(is_apart.then_some(over))
    }

    /// The same in a copy, in which the masked files are not. Nobody but us has been in it yet.
    pub(super) fn leave_alone_in_copy(&self, seen: &Seen, copy: &Path) -> Result<(), Failure> {
        let Some(told) = self.told(seen)?.filter(|told| told.layer == 0) else { return Ok(()) };
        let file = copy.join(told.index.as_path());
        let write = || {
            let written = fs::metadata(&file)?.modified()?;
            fs::write(&file, &told.text)?;
            File::options().write(true).open(&file)?.set_times(FileTimes::new().set_modified(written))
        };
        write().map_err(|error| Failure::io("tell git what is left out", Some(&file), &error))
    }

    /// What git's index says then, if it tracks anything that is masked.
    fn told(&self, seen: &Seen) -> Result<Option<Told>, Failure> {
        let Some((layer, index)) = self.index() else { return Ok(None) };
        let masked = seen.workspace.paths.iter().filter_map(|(path, _)| TreePath::parse(path.as_os_str().as_bytes()));
        let text = self.session.leave_alone((layer, &index), masked.collect())?;
        Ok(text.map(|text| Told { layer, index, text }))
    }

    /// The layer in which the index of the workspace lies, and where there.
    fn index(&self) -> Option<(usize, TreePath)> {
        let index = linked::own_folder(self.workspace)?.join("index");
        let layers = self.session.session().layers.iter().enumerate();
        let found = layers.filter_map(|(number, layer)| Some((number, index.strip_prefix(&layer.lower).ok()?)));
        let (number, path) = found.min_by_key(|(_, path)| path.components().count())?;
        Some((number, TreePath::parse(path.as_os_str().as_bytes())?))
    }

    /// Writes it as the real one is: who owns it and when it was written means something to git.
    fn put(&self, told: &Told, real: &Path, over: &Path) -> io::Result<()> {
        let index = told.index.as_path();
        fs::create_dir_all(over)?;
        masks::lead_to(real, over, index)?;
        let (found, file) = (fs::metadata(real.join(index))?, over.join(index));
        fs::write(&file, &told.text)?;
        fs::set_permissions(&file, found.permissions())?;
        File::options().write(true).open(&file)?.set_times(FileTimes::new().set_modified(found.modified()?))?;
        fs::set_permissions(over, fs::metadata(real)?.permissions())?;
        let Some((user, group)) = self.who.instead_of else { return Ok(()) };
        let made = index.ancestors().filter(|path| !path.as_os_str().is_empty()).map(|path| over.join(path));
        made.chain([over.to_owned()]).try_for_each(|path| std::os::unix::fs::chown(path, Some(user), Some(group)))
    }
}
