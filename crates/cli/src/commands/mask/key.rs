//! The key that data are masked with: the project's own, or one from a file.

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::repository;
use crate::state_key::{self, Purpose};
use portcullis_event::Secret;
use portcullis_inspect::mask::MaskKey;
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

const PURPOSE: Purpose = Purpose {
    what: "data are masked with",
    why: "under another key every value becomes another one, so new copies do not fit those that were made before",
};

/// The key in `file`, or that of the project that the command is run in.
pub(super) fn key(invocation: &Invocation, file: Option<&Path>) -> Result<MaskKey, Failure> {
    let key = match file {
        Some(file) => from_file(file)?,
        None => state_key::key(&invocation.home()?, &of_project(invocation)?, PURPOSE)?,
    };
    Ok(MaskKey::new(&Secret::new(key)))
}

/// Where the key of this project lies below the state. Other projects have others, so their copies can't be compared.
fn of_project(invocation: &Invocation) -> Result<PathBuf, Failure> {
    let cwd = invocation.cwd()?;
    let root = repository::root_of(cwd, invocation.environment.home.as_deref());
    let root = root.as_deref().unwrap_or(cwd);
    let digest = Sha256::digest(root.as_os_str().as_bytes());
    let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let name = format!("{number:016x}");
    Ok(Path::new("mask").join(format!("{name}.key")))
}

fn from_file(path: &Path) -> Result<[u8; 32], Failure> {
    let failed = |error: io::Error| Failure::io("read the key", Some(path), &error);
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(1024).read_to_end(&mut bytes)).map_err(failed)?;
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Failure::usage("other users can read the key")
            .at(path.to_string_lossy())
            .because("whoever has the key can find out by trying what a value was")
            .fix(format!("chmod 600 {}", path.display())));
    }
    read(&bytes).ok_or_else(|| {
        Failure::usage("this is no key: it must have 32 bytes, or 64 hexadecimal digits")
            .at(path.to_string_lossy())
            .fix(format!("make one: head -c 32 /dev/urandom > {}", path.display()))
    })
}

fn read(bytes: &[u8]) -> Option<[u8; 32]> {
    if let Ok(key) = bytes.try_into() {
        return Some(key);
    }
    let text = str::from_utf8(bytes).ok()?.trim();
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_bytes_or_digits_and_nothing_else() {
        assert_eq!(read(&[7; 32]), Some([7; 32]));
        assert_eq!(read("07".repeat(32).as_bytes()), Some([7; 32]));
        assert_eq!(read(format!("{}\n", "fF".repeat(32)).as_bytes()), Some([255; 32]));
        for wrong in ["", "07", &"0x".repeat(32), &"07".repeat(33)] {
            assert_eq!(read(wrong.as_bytes()), None);
        }
    }
}
