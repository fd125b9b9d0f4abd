//! What was in a workspace before a live session, kept in the session's folder until it has been compared.

use super::walk::{Entry, Guard, Survey};
use crate::copy::contents;
use crate::folder::Folder;
use crate::{ChangesError, FileType, Layer, LockedSession, Node, SessionFolder, TreePath, atomic};
use rustix::fs::{self, Mode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;

/// The file that says what was there, and the folder of what could be needed to put back.
const NAME: &str = "before.json";
const ORIGINALS: &str = "before";

/// Of files that are guarded a copy is kept if they are no larger than this, and all together than that.
const LARGEST: u64 = 1 << 20;
const MOST: u64 = 64 << 20;

/// What was in a workspace before a live session.
#[derive(Debug, Default)]
pub struct Record {
    pub(crate) survey: Survey,
    /// The numbers under which originals are kept.
    pub(crate) originals: BTreeMap<TreePath, usize>,
}

/// The same as it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    entries: Vec<(TreePath, Entry)>,
    originals: Vec<(TreePath, usize)>,
}

impl Record {
    /// What lay where.
    pub fn survey(&self) -> &Survey {
        &self.survey
    }
}

impl LockedSession {
    /// Writes down what is there before the command starts. Of `secret` files no copy is kept.
    pub fn begin_live(&mut self, survey: &Survey, secret: &[TreePath]) -> Result<(), ChangesError> {
        let Some(layer) = self.session().layers.first().cloned() else { return Ok(()) };
        let originals = self.folder().keep_originals(&layer, survey, secret)?;
        let entries = survey.entries.iter().map(|(path, entry)| (path.clone(), entry.clone())).collect();
        let written = Written { entries, originals: originals.into_iter().collect() };
        let path = self.folder().path().join(NAME);
        let damaged = |error: serde_json::Error| ChangesError::Damaged { path: path.clone(), what: error.to_string() };
        atomic::write(&path, &serde_json::to_vec(&written).map_err(damaged)?)
            .map_err(ChangesError::io("write", &path))?;
        self.mark_live()?;
        self.update(|session| session.live = Some(crate::Live::Open))
    }

    /// What was there; `None` if that was compared already, or if the session is not a live one.
    pub fn live_record(&self) -> Result<Option<Record>, ChangesError> {
        if self.session().live != Some(crate::Live::Open) {
            return Ok(None);
        }
        let path = self.folder().path().join(NAME);
        let text = std::fs::read(&path).map_err(ChangesError::io("read", &path))?;
        let damaged = |error: serde_json::Error| ChangesError::Damaged { path: path.clone(), what: error.to_string() };
        let Written { entries, originals } = serde_json::from_slice(&text).map_err(damaged)?;
        let survey = Survey { entries: entries.into_iter().collect(), uncounted: 0 };
        Ok(Some(Record { survey, originals: originals.into_iter().collect() }))
    }

    /// It was compared, and what was kept for that is not needed any more.
    pub fn end_live(&mut self, changed: usize) -> Result<(), ChangesError> {
        self.update(|session| session.live = Some(crate::Live::Ended { changed }))?;
        // What stays is in the way of nobody.
        std::fs::remove_file(self.folder().path().join(NAME)).ok();
        std::fs::remove_dir_all(self.folder().path().join(ORIGINALS)).ok();
        self.unmark_live();
        Ok(())
    }
}

impl SessionFolder {
    /// Where an original is kept.
    pub(crate) fn original(&self, number: usize) -> PathBuf {
        self.path().join(ORIGINALS).join(number.to_string())
    }

    fn keep_originals(
        &self,
        layer: &Layer,
        survey: &Survey,
        secret: &[TreePath],
    ) -> Result<BTreeMap<TreePath, usize>, ChangesError> {
        let folder = self.path().join(ORIGINALS);
        DirBuilder::new().mode(0o700).create(&folder).map_err(ChangesError::io("create", &folder))?;
        let failed = |error: io::Error| ChangesError::io("keep a copy in", &folder)(error);
        let to = Folder::root(&folder).map_err(|errno| failed(errno.into()))?;
        let from = Folder::root(&layer.lower).map_err(|errno| failed(errno.into()))?;
        let (mut originals, mut bytes) = (BTreeMap::new(), 0u64);
        let is_kept = |path: &TreePath, node: &Node| {
            node.file_type == FileType::File && node.size <= LARGEST && !secret.iter().any(|it| path.is_within(it))
        };
        let guarded =
            survey.entries.iter().filter(|(path, entry)| entry.guard != Guard::Open && is_kept(path, &entry.node));
        for (number, (path, entry)) in guarded.enumerate() {
            bytes = bytes.saturating_add(entry.node.size);
            if bytes > MOST {
                break;
            }
            let opened = from.below(&path.parent().unwrap_or_default()).and_then(|it| it.file(path.name()));
            // One that we can't read is put back only if it is still somewhere.
            let Ok(mut source) = opened else { continue };
            let name = number.to_string();
            let mut target = to.create(name.as_bytes()).map_err(|errno| failed(errno.into()))?;
            contents(&mut source, &mut target, LARGEST).map_err(failed)?;
            fs::fchmod(&target, Mode::from_raw_mode(entry.node.mode & 0o777)).map_err(|errno| failed(errno.into()))?;
            originals.insert(path.clone(), number);
        }
        Ok(originals)
    }
}
