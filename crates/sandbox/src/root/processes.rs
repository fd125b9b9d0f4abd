//! `/proc`: the command's own processes, and of the kernel only what programs read.

use super::{Root, file_system};
use crate::error::{Doing as _, Error, Stage};
use rustix::fs::{Access, AtFlags, accessat};
use rustix::mount::MountAttrFlags;
use std::path::Path;

/// What nobody inside may see.
pub(crate) const HIDDEN: &[&str] = &[
    "acpi",
    "asound",
    "kallsyms",
    "kcore",
    "keys",
    "key-users",
    "kmsg",
    "kpagecgroup",
    "kpagecount",
    "kpageflags",
    "latency_stats",
    "sched_debug",
    "scsi",
    "sysrq-trigger",
    "timer_list",
    "timer_stats",
    "vmallocinfo",
];

/// What may be read only, because not all of it asks for more than being its owner or anybody. The rest belongs to root,
/// whom nobody inside can be.
pub(crate) const FROZEN: &[&str] = &["fs", "pressure", "sys"];

pub(super) fn mount(root: &Root, at: &Path) -> Result<(), Error> {
    let flags =
        MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV | MountAttrFlags::MOUNT_ATTR_NOEXEC;
    // Who can't be traced can't be seen: process 1 is not there.
    let tree = file_system("proc", &[("hidepid", "ptraceable")], flags).doing_at(Stage::Tree, at)?;
    root.place(at)?.mount(&tree, true)?;
    // What can't be opened anyway needs no cover.
    let open = |name: &&&str| {
        [Access::READ_OK, Access::WRITE_OK]
            .into_iter()
            .any(|how| accessat(&tree, **name, how, AtFlags::EACCESS).is_ok())
    };
    HIDDEN.iter().filter(open).try_for_each(|name| root.hide(&at.join(name)))?;
    FROZEN.iter().try_for_each(|name| root.freeze(&at.join(name)))
}
