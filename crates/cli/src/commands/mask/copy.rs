//! Reads the files, pass by pass, and writes the copies.

use super::view::{Column, Copied};
use crate::failure::Failure;
use portcullis_inspect::mask::{
    By, Choices, Encoding, EncodingSurvey, Finder, Format, Gather, Known, MaskError, MaskKey, Masked, Masker, Plan,
    Survey,
};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How much is read at once.
const PIECE: usize = 256 << 10;

/// What all files are copied with.
pub(super) struct Copying {
    pub(super) key: MaskKey,
    pub(super) finder: Arc<dyn Finder>,
    pub(super) choices: Choices,
    pub(super) format: Option<Format>,
}

/// What is known of a file before it is copied.
pub(super) struct Planned {
    format: Format,
    plan: Plan,
    /// What tells that the file is still the same.
    stamp: Stamp,
}

/// Which file it is, how long, and when it was changed.
type Stamp = (u64, u64, u64, i64, i64);

fn stamp(metadata: &Metadata) -> Stamp {
    (metadata.dev(), metadata.ino(), metadata.size(), metadata.mtime(), metadata.mtime_nsec())
}

impl Copying {
    /// Looks at all of a file, three times: how it is encoded, what its columns hold, and which values must not turn up
    /// elsewhere.
    pub(super) fn plan(&self, path: &Path) -> Result<(Planned, Known), Failure> {
        let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        if !metadata.is_file() {
            return Err(
                Failure::usage("only a file can be copied, since it is read several times").at(path.to_string_lossy())
            );
        }
        let mut encoding = EncodingSurvey::default();
        let mut start = Vec::new();
        pieces(path, |bytes| {
            encoding.push(bytes);
            if start.len() < PIECE {
                start.extend(bytes);
            }
            Ok(())
        })?;
        let name = path.to_string_lossy();
        let format = self.format.unwrap_or_else(|| Format::guess(&name, &String::from_utf8_lossy(&start)));
        let about = path.file_stem().unwrap_or_default().to_string_lossy();
        let mut survey = Survey::new(format, encoding.finish()).about(&about);
        pieces(path, |bytes| survey.push(bytes).map_err(|error| not_masked(path, &error)))?;
        let plan = survey.finish(&self.choices).map_err(|error| not_masked(path, &error))?;
        let mut gather = Gather::new(&plan);
        pieces(path, |bytes| gather.push(bytes).map_err(|error| not_masked(path, &error)))?;
        let known = gather.finish().map_err(|error| not_masked(path, &error))?;
        Ok((Planned { format, plan, stamp: stamp(&metadata) }, known))
    }

    /// Copies a file to another one, or to standard output. A copy has its name only when it is whole.
    pub(super) fn copy(
        &self,
        path: &Path,
        output: Option<&Path>,
        planned: Planned,
        known: &Arc<Known>,
    ) -> Result<Copied, Failure> {
        let (format, encoding) = (planned.format, planned.plan.encoding());
        let done = match output {
            None => self.write(path, planned, known, &mut io::stdout().lock(), None)?,
            Some(output) => {
                if let Some(folder) = output.parent() {
                    fs::create_dir_all(folder).map_err(|error| unwritable(output, &error))?;
                }
                let aside = aside(output);
                let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside);
                let mut file = opened.map_err(|error| unwritable(&aside, &error))?;
                let written = self.write(path, planned, known, &mut file, Some(output)).and_then(|done| {
                    file.sync_all().map_err(|error| unwritable(output, &error))?;
                    let named = renameat_with(CWD, &aside, CWD, output, RenameFlags::NOREPLACE);
                    named.map_err(|error| unwritable(output, &error.into())).map(|()| done)
                });
                written.inspect_err(|_| drop(fs::remove_file(&aside)))?
            }
        };
        Ok(Copied {
            path: path.to_string_lossy().into_owned(),
            output: output.map(|output| output.to_string_lossy().into_owned()),
            format: format_name(format),
            encoding: encoding_name(encoding),
            columns: done.into_iter().map(column).collect(),
        })
    }

    fn write(
        &self,
        path: &Path,
        planned: Planned,
        known: &Arc<Known>,
        out: &mut dyn Write,
        output: Option<&Path>,
    ) -> Result<Vec<Masked>, Failure> {
        let masker = Masker::new(planned.plan, self.key.clone(), Arc::clone(&self.finder));
        let mut masker = masker.knowing(Arc::clone(known));
        let mut ready = Vec::new();
        let failed = |error: io::Error| match output {
            Some(output) => unwritable(output, &error),
            None => Failure::io("write to standard output", None, &error),
        };
        pieces(path, |bytes| {
            ready.clear();
            masker.push(bytes, &mut ready).map_err(|error| not_masked(path, &error))?;
            out.write_all(&ready).map_err(failed)
        })?;
        if fs::metadata(path).map_err(|error| unreadable(path, &error)).map(|it| stamp(&it))? != planned.stamp {
            return Err(Failure::incomplete("the file was changed while it was read")
                .at(path.to_string_lossy())
                .because("what its columns hold was decided by what was in it before")
                .fix("try again when nobody writes to the file"));
        }
        ready.clear();
        let done = masker.finish(&mut ready).map_err(|error| not_masked(path, &error))?;
        out.write_all(&ready).and_then(|()| out.flush()).map_err(failed)?;
        Ok(done)
    }
}

/// Where a copy is written until it is whole: beside its place.
fn aside(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    PathBuf::from(name)
}

/// Hands over a file piece by piece.
fn pieces(path: &Path, mut take: impl FnMut(&[u8]) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let mut piece = vec![0; PIECE];
    loop {
        let count = file.read(&mut piece).map_err(|error| unreadable(path, &error))?;
        match piece.get(..count) {
            Some([]) | None => return Ok(()),
            Some(bytes) => take(bytes)?,
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::io("read the file", Some(path), error)
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::io("write the copy", Some(path), error)
}

fn not_masked(path: &Path, error: &MaskError) -> Failure {
    let failure = Failure::incomplete(format!("the file could not be masked: {error}"))
        .at(path.to_string_lossy())
        .because("a copy that was masked only in part would be taken for one that is masked");
    match error {
        MaskError::Syntax { .. } | MaskError::Unfinished { .. } | MaskError::TooLong { .. } => {
            failure.fix("if it is in another format, name it: --format FORMAT")
        }
        MaskError::Encoding { .. } => failure.fix("try again when nobody writes to the file"),
    }
}

fn column(masked: Masked) -> Column {
    let Masked { table, name, kind, by, values, masked, found } = masked;
    let by = match by {
        By::Choice => "choice",
        By::Name => "name",
        By::Content => "content",
        By::Reference => "reference",
    };
    Column { table, name, kind: kind.name(), by, is_masked: kind.is_masked(), values, masked, found }
}

const fn format_name(format: Format) -> &'static str {
    match format {
        Format::Csv => "csv",
        Format::Json => "json",
        Format::Sql => "sql",
        Format::Env => "env",
        Format::Yaml => "yaml",
        Format::Text => "text",
    }
}

const fn encoding_name(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Utf8 => "utf-8",
        Encoding::Utf16Little | Encoding::Utf16Big => "utf-16",
        Encoding::Bytes => "latin-1",
    }
}
