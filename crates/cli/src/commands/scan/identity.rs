//! The key under which this user's findings are named. It is made when it is first needed, and nobody else can read it.

use crate::failure::Failure;
use crate::home::Home;
use portcullis_review::IdentityKey;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// The key of this user.
pub(crate) fn key(home: &Home) -> Result<IdentityKey, Failure> {
    let path = home.path().join("findings.key");
    match fs::read(&path) {
        Ok(bytes) => read(&bytes, &path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(home, &path),
        Err(error) => Err(Failure::io("read the key that findings are named with", Some(&path), &error)),
    }
}

fn read(bytes: &[u8], path: &Path) -> Result<IdentityKey, Failure> {
    let key = <[u8; 32]>::try_from(bytes).map_err(|_| {
        Failure::incomplete("the key that findings are named with is damaged")
            .at(path.to_string_lossy())
            .because("findings get other names under another key, and baselines that name them no longer fit")
            .fix("bring the file back from a backup, or remove it to begin anew")
    })?;
    Ok(IdentityKey::private(key))
}

fn make(home: &Home, path: &Path) -> Result<IdentityKey, Failure> {
    home.ensure()?;
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| Failure::incomplete(format!("there is no randomness: {error}")))?;
    // Written aside and linked into place, so that of two processes that come first one wins and both use its key.
    let aside = path.with_extension(format!("{}", std::process::id()));
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside);
    written
        .and_then(|mut file| file.write_all(&key).and_then(|()| file.sync_all()))
        .map_err(|error| Failure::io("write the key that findings are named with", Some(path), &error))?;
    let linked = fs::hard_link(&aside, path);
    drop(fs::remove_file(&aside));
    match linked {
        Ok(()) => Ok(IdentityKey::private(key)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self::key(home),
        Err(error) => Err(Failure::io("write the key that findings are named with", Some(path), &error)),
    }
}
