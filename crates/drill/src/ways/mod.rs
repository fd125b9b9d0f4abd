//! All attempts, one file per category.

mod environment;
mod everyday;
mod floods;
mod home;
mod kernel;
mod mounts;
mod network;
mod processes;
mod proxy;
mod reading;
mod sharing;
mod sockets;
mod workspace;
mod writing;

pub(crate) use workspace::LIVE;

use crate::attempt::{Attempt, Category, Got, Here, Plant, Proof, Spot, Way, home as at_home, outside, project};

/// All attempts, in the order in which they are made.
pub fn all() -> impl Iterator<Item = &'static Attempt> {
    [
        reading::ATTEMPTS,
        writing::ATTEMPTS,
        home::ATTEMPTS,
        mounts::ATTEMPTS,
        environment::ATTEMPTS,
        sockets::ATTEMPTS,
        sharing::ATTEMPTS,
        network::ATTEMPTS,
        proxy::ATTEMPTS,
        processes::ATTEMPTS,
        workspace::ATTEMPTS,
        kernel::ATTEMPTS,
        floods::ATTEMPTS,
        everyday::ATTEMPTS,
    ]
    .into_iter()
    .flatten()
}

/// The attempt of a name.
pub fn find(id: &str) -> Option<&'static Attempt> {
    all().find(|attempt| attempt.id == id)
}

const fn attempt(category: Category, id: &'static str, loses: &'static str, way: Way, proof: Proof) -> Attempt {
    Attempt { id, category, loses, way, proof }
}

/// Reads a file that holds the secret.
const fn reads(id: &'static str, loses: &'static str, spot: Spot) -> Attempt {
    attempt(Category::Reading, id, loses, Way::Read(spot), Proof::Secret)
}

/// Writes to a file that somebody outside will trust.
const fn writes(category: Category, id: &'static str, loses: &'static str, spot: Spot) -> Attempt {
    attempt(category, id, loses, Way::Write(spot), Proof::Changed(spot))
}

#[expect(clippy::unnecessary_wraps, reason = "it ends attempts, which all may fail")]
fn nothing() -> Got {
    Ok(Vec::new())
}

fn failed(why: &str) -> std::io::Error {
    std::io::Error::other(why.to_owned())
}

/// The first that works; the last error if none does.
pub(crate) fn first<T>(tries: impl Iterator<Item = std::io::Result<T>>) -> std::io::Result<T> {
    let mut last = failed("there was nothing to try");
    for one in tries {
        match one {
            Ok(got) => return Ok(got),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Everything that can be read, up to a limit, of these files.
fn whatever_can_be_read(files: impl Iterator<Item = std::path::PathBuf>) -> Got {
    use std::io::Read as _;
    let mut all = Vec::new();
    for file in files.take(4096) {
        // A pipe would make us wait for ever.
        let is_file = std::fs::metadata(&file).is_ok_and(|metadata| metadata.is_file());
        if !is_file || all.len() >= crate::inside::MOST {
            continue;
        }
        if let Ok(opened) = std::fs::File::open(&file) {
            // What can't be read is what this is about.
            opened.take(64 << 10).read_to_end(&mut all).ok();
        }
    }
    if all.is_empty() { Err(failed("nothing could be read")) } else { Ok(all) }
}

/// The folders of all processes that can be seen.
fn processes() -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let is_process =
        |name: &std::ffi::OsStr| name.to_str().is_some_and(|name| name.bytes().all(|b| b.is_ascii_digit()));
    entries.filter(|entry| is_process(&entry.file_name())).map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_short_plain_and_belong_to_one_attempt() {
        let mut seen = BTreeSet::new();
        for attempt in all() {
            assert!(seen.insert(attempt.id), "{} is there twice", attempt.id);
            assert!(attempt.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
            assert!(attempt.loses.len() > 8 && !attempt.loses.ends_with('.'), "{}", attempt.id);
        }
    }

    #[test]
    fn there_are_as_many_attempts_as_the_book_says() {
        let of = |category| all().filter(|attempt| attempt.category == category).count();
        let least = [
            (Category::Reading, 31),
            (Category::Writing, 19),
            (Category::Home, 14),
            (Category::Mounts, 9),
            (Category::Environment, 7),
            (Category::Sockets, 11),
            (Category::Sharing, 4),
            (Category::Network, 19),
            (Category::Proxy, 13),
            (Category::Processes, 12),
            (Category::Workspace, 50),
            (Category::Kernel, 26),
            (Category::Floods, 10),
            (Category::Everyday, 11),
        ];
        for (category, least) in least {
            assert!(of(category) >= least, "{}: {} of {least}", category.name(), of(category));
        }
    }
}
