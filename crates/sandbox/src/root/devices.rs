//! `/dev`: the devices that every program expects, and terminals of its own.

use super::{Root, attributes, copy_of, file_system, memory};
use crate::error::{Doing as _, Error, Stage};
use rustix::fd::AsFd as _;
use rustix::mount::MountAttrFlags;
use std::path::Path;

const NODES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];

const LINKS: [(&str, &str); 6] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
    ("core", "/proc/kcore"),
];

pub(super) fn mount(root: &Root, at: &Path, shared_memory: u64) -> Result<(), Error> {
    let quiet = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NOEXEC;
    let tree = memory("64k", "755", quiet).doing_at(Stage::Tree, at)?;
    root.place(at)?.mount(&tree, true)?;
    for node in NODES {
        let device = copy_of(&Path::new("/dev").join(node))?;
        attributes(device.as_fd(), u64::from(quiet.bits())).doing_at(Stage::Tree, at)?;
        root.place(&at.join(node))?.mount(&device, false)?;
    }
    for (name, to) in LINKS {
        root.place(&at.join(name))?.link(Path::new(to))?;
    }
    let terminals = [("ptmxmode", "0666"), ("mode", "0620")];
    let terminals = file_system("devpts", &terminals, quiet).doing_at(Stage::Tree, at)?;
    root.place(&at.join("pts"))?.mount(&terminals, true)?;
    let flags = quiet | MountAttrFlags::MOUNT_ATTR_NODEV;
    let shared = memory(&shared_memory.to_string(), "1777", flags).doing_at(Stage::Tree, at)?;
    root.place(&at.join("shm"))?.mount(&shared, true)
}
