//! Which of a few files were opened inside. Process 1 sets a watch before it gives anything up; it is read outside, and nobody inside
//! can take it off. It costs nothing until somebody opens one of them.

use crate::error::{Doing as _, Error, Stage};
use rustix::fd::OwnedFd;
use rustix::fs::inotify::{CreateFlags, ReadFlags, Reader, WatchFlags, add_watch, init};
use rustix::pipe::{PipeFlags, pipe_with};
use std::io::Read as _;
use std::mem::MaybeUninit;
use std::path::PathBuf;

/// More are not watched: their numbers have to fit into a pipe that nobody reads yet.
const MOST: usize = 4096;

/// No watch has this number.
const NONE: i32 = -1;

/// A watch on some files.
#[derive(Debug)]
pub struct Opened {
    watch: OwnedFd,
    /// The number of the watch of each file.
    numbers: Vec<i32>,
}

impl Opened {
    /// How often each of the files was opened, in their order. What was opened several times in a row may count as once.
    pub fn times(&self) -> Vec<u64> {
        let mut times = vec![0; self.numbers.len()];
        let mut space = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(&self.watch, &mut space);
        // It ends when there is nothing more to be read.
        while let Ok(event) = reader.next() {
            // When the tree goes, every watch says so.
            if !event.events().contains(ReadFlags::OPEN) {
                continue;
            }
            let number = event.wd();
            let of_it = self.numbers.iter().zip(&mut times).filter(|(its, _)| **its == number && number != NONE);
            of_it.for_each(|(_, times)| *times += 1);
        }
        times
    }

    pub(crate) fn from_descriptors(descriptors: &mut impl Iterator<Item = OwnedFd>) -> Option<Self> {
        let (watch, numbers) = (descriptors.next()?, descriptors.next()?);
        let mut bytes = Vec::new();
        std::fs::File::from(numbers).read_to_end(&mut bytes).ok()?;
        let numbers = bytes.chunks_exact(4).filter_map(|it| it.try_into().ok()).map(i32::from_ne_bytes).collect();
        Some(Self { watch, numbers })
    }
}

/// Sets a watch on files of the tree that has just been entered: the watch, and a pipe that holds the number of each.
pub(crate) fn watch(files: &[PathBuf]) -> Result<[OwnedFd; 2], Error> {
    let watch = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).doing(Stage::Tree)?;
    let (from, to) = pipe_with(PipeFlags::CLOEXEC).doing(Stage::Tree)?;
    // What can't be watched is not known of, and nothing depends on it.
    let set = |file: &PathBuf| add_watch(&watch, file, WatchFlags::OPEN | WatchFlags::DONT_FOLLOW).unwrap_or(NONE);
    let numbers: Vec<u8> = files.iter().take(MOST).map(set).flat_map(i32::to_ne_bytes).collect();
    let mut left = numbers.as_slice();
    while !left.is_empty() {
        let written = rustix::io::write(&to, left).doing(Stage::Tree)?;
        left = left.get(written..).unwrap_or_default();
    }
    Ok([watch, from])
}
