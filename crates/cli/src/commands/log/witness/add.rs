//! `portcullis log witness add`: puts a witness on the list, and shows it the ledger at once.

use super::{Seen, key};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::{ledger, witnessed};
use clap::{ArgGroup, Args};
use portcullis_ledger::note::Verifier;
use portcullis_ledger::witness::KnownWitness;
use std::path::{Path, PathBuf};

/// Puts a witness on the list, and shows it the ledger. It stays on the list even if it can't be reached now.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("way").args(["url", "git", "folder"]).required(true))]
pub(crate) struct Add {
    /// A witness on the network, such as `http://witness.example:7480`
    #[arg(long, requires = "key", value_parser = url)]
    url: Option<String>,
    /// A git repository: the checkpoint is committed to a reference of its own, for you to push
    #[arg(long, value_name = "REPOSITORY", conflicts_with = "key")]
    git: Option<PathBuf>,
    /// The folder of somebody who watches this ledger from the same machine
    #[arg(long, value_name = "DIR", requires = "key")]
    folder: Option<PathBuf>,
    /// The witness's key, as `witness serve` and `witness watch` print it
    #[arg(long, value_parser = key)]
    key: Option<Verifier>,
}

/// Reads an address. What can't be asked at all does not get on the list.
fn url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("http://").ok_or("an address begins with http://; what is exchanged is signed")?;
    if rest.is_empty() || text.chars().any(|c| c.is_control() || c.is_whitespace()) || rest.contains('@') {
        return Err("an address looks like http://HOST:PORT".to_owned());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

impl Add {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let home = invocation.home()?;
        let reader = ledger::open(&home)?;
        let witness = self.witness(invocation.cwd()?)?;
        let witnesses = witnessed::known(&home);
        witnesses.add(witness.clone())?;
        let note = witnesses.show(&witness, &reader).map_err(|error| {
            Failure::from(error)
                .fix(format!("{witness} is on the list; once it is mended: portcullis log witness submit"))
        })?;
        invocation.output.show(&Seen { by: note.by, records: note.checkpoint.size })?;
        Ok(Exit::Success)
    }

    fn witness(self, cwd: &Path) -> Result<KnownWitness, Failure> {
        let absolute = |path: PathBuf| cwd.join(&path).canonicalize().unwrap_or_else(|_| cwd.join(path));
        let key = self.key.map(|key| key.to_string());
        match (self.url, self.git, self.folder, key) {
            (Some(url), None, None, Some(key)) => Ok(KnownWitness::Http { url, key }),
            (None, Some(repository), None, None) => Ok(KnownWitness::Git { repository: absolute(repository) }),
            (None, None, Some(state), Some(key)) => Ok(KnownWitness::Folder { state: absolute(state), key }),
            // INVARIANT: the group and its requirements above let nothing else through.
            _ => Err(Failure::usage("name one witness: --url with --key, --git, or --folder with --key")),
        }
    }
}
