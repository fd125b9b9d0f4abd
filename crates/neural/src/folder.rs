//! The files of a model: where they lie, and how much of them is read.

use crate::failure::Failure;
use serde::de::DeserializeOwned;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// The largest models for this purpose that anybody published have a quarter of this.
const LARGEST_NETWORK: u64 = 4 << 30;

/// The largest vocabularies have a quarter of a million words.
const LARGEST_TOKENIZER: u64 = 64 << 20;

/// Settings are a page.
const LARGEST_SETTINGS: u64 = 1 << 20;

/// How the network's file may be called, as it is usually published. If there are several, the first is the one: what was
/// made smaller is faster and hardly any worse.
const NETWORKS: [&str; 4] = ["model_quantized.onnx", "model_int8.onnx", "model.quant.onnx", "model.onnx"];

/// The files of a model.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    network: PathBuf,
}

impl Folder {
    /// The model at a path: a folder, or the network's file in it.
    pub(crate) fn at(path: &Path) -> Result<Self, Failure> {
        let unreadable = |error| Failure::Unreadable { path: path.to_owned(), error };
        if fs::metadata(path).map_err(unreadable)?.is_file() {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            return Ok(Self { path: folder.unwrap_or(Path::new(".")).to_owned(), network: path.to_owned() });
        }
        let no_model = |why: String| Failure::NoModel { path: path.to_owned(), why };
        // Collections for the web keep the network in a folder of its own, beside what belongs to it.
        for folder in [path.to_owned(), path.join("onnx")] {
            if let Some(name) = NETWORKS.iter().find(|name| folder.join(name).is_file()) {
                return Ok(Self { path: path.to_owned(), network: folder.join(name) });
            }
        }
        let mut others: Vec<PathBuf> = fs::read_dir(path).map_err(unreadable)?.flatten().map(|it| it.path()).collect();
        others.retain(|it| it.extension().is_some_and(|ending| ending == "onnx") && it.is_file());
        match others.as_slice() {
            [only] => Ok(Self { path: path.to_owned(), network: only.clone() }),
            [] => Err(no_model("no model lies in this folder: there is no file that ends in .onnx".to_owned())),
            [..] => Err(no_model("there are several .onnx files; give the path of the one that is meant".to_owned())),
        }
    }

    /// Where the network lies.
    pub(crate) fn network(&self) -> &Path {
        &self.network
    }

    /// The network.
    pub(crate) fn read_network(&self) -> Result<Vec<u8>, Failure> {
        read(&self.network, LARGEST_NETWORK)
    }

    /// Where a file beside the network lies: there, or in the folder above it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        let own = self.path.join(name);
        let above = self.path.file_name().filter(|folder| *folder == "onnx").and(self.path.parent());
        above.map(|above| above.join(name)).filter(|above| !own.is_file() && above.is_file()).unwrap_or(own)
    }

    /// The tokenizer, as it is written.
    pub(crate) fn read_tokenizer(&self) -> Result<(PathBuf, Vec<u8>), Failure> {
        let path = self.file("tokenizer.json");
        let bytes = read(&path, LARGEST_TOKENIZER)?;
        Ok((path, bytes))
    }

    /// A file of settings; nothing if there is none.
    pub(crate) fn settings<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Failure> {
        let path = self.file(name);
        let bytes = match read(&path, LARGEST_SETTINGS) {
            Err(Failure::Unreadable { error, .. }) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| Failure::unusable(&path, error))
    }
}

/// A file of at most so many bytes. It is not believed about its size: it may grow while it is read.
fn read(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let unreadable = |error| Failure::Unreadable { path: path.to_owned(), error };
    let file = File::open(path).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    if !about.is_file() {
        return Err(unreadable(io::Error::other("it is no file")));
    }
    let too_large = |length| Failure::TooLarge { path: path.to_owned(), length, most };
    if about.len() > most {
        return Err(too_large(about.len()));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0));
    file.take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let length = bytes.len() as u64;
    if length > most { Err(too_large(length)) } else { Ok(bytes) }
}
