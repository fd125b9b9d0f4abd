//! Changing the tree itself.

use super::{Attempt, Category, Got, Here, Plant, Proof, Way, attempt, first, nothing, outside};
use rustix::fd::AsFd as _;
use rustix::fs::CWD;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags,
    fsconfig_create, fsconfig_set_string, fsmount, fsopen, mount, mount_bind, mount_change, mount_remount, move_mount,
    open_tree, unmount,
};
use std::fs;
use std::path::PathBuf;

const fn works(id: &'static str, loses: &'static str, way: fn(&Here) -> Got) -> Attempt {
    attempt(Category::Mounts, id, loses, Way::By(way), Proof::Word)
}

const fn brings(id: &'static str, loses: &'static str, way: fn(&Here) -> Got) -> Attempt {
    attempt(Category::Mounts, id, loses, Way::By(way), Proof::Secret)
}

pub(super) const ATTEMPTS: &[Attempt] = &[
    works("mount-writable", "the system's programs, since what is to be read only can be written", |here| {
        // Only the place is tried that is ours: without walls this is a mount that nobody else sees.
        let place = place(here)?;
        first(
            ["/usr".into(), "/etc".into(), "/".into(), place]
                .iter()
                .map(|path: &PathBuf| mount_remount(path, MountFlags::BIND, "").map_err(std::io::Error::from)),
        )?;
        nothing()
    }),
    brings("mount-bind", "any folder of yours, by showing it where it may be read", |here| {
        let place = place(here)?;
        mount_bind(here.outside("folder"), &place)?;
        fs::read(place.join("secret"))
    }),
    works("mount-uncover", "what is covered, by taking off what covers it", |here| {
        let place = place(here)?;
        // Something to take off where there are no walls.
        mount_bind(&place, &place).ok();
        let covered = ["/proc/sys".into(), "/proc/kcore".into(), here.project("").join(".env"), "/etc".into(), place];
        let detach = UnmountFlags::DETACH | UnmountFlags::NOFOLLOW;
        // Outside of walls only the last one is ours to take off.
        let ours = if std::env::var_os("PORTCULLIS_SESSION").is_some() { 0 } else { covered.len() - 1 };
        first(covered.iter().skip(ours).map(|path: &PathBuf| unmount(path, detach).map_err(std::io::Error::from)))?;
        nothing()
    }),
    works("mount-memory", "a place for files that no limit counts, and devices", |here| {
        mount("none", place(here)?, "tmpfs", MountFlags::empty(), None)?;
        nothing()
    }),
    works("mount-processes", "all that is hidden of the kernel, by showing it once more", |here| {
        mount("none", place(here)?, "proc", MountFlags::empty(), None)?;
        nothing()
    }),
    works("mount-root", "the whole tree is exchanged for another one", |here| {
        let place = place(here)?;
        mount_bind(&place, &place)?;
        rustix::process::pivot_root(&place, &place)?;
        nothing()
    }),
    works("mount-change-root", "a tree in which programs with more rights can be fooled", |here| {
        rustix::process::chroot(place(here)?)?;
        nothing()
    }),
    works("mount-new-call", "the same as mounting, by calls that filters forget", |here| {
        let place = place(here)?;
        let context = fsopen("tmpfs", FsOpenFlags::empty())?;
        fsconfig_set_string(&context, "size", "4k")?;
        fsconfig_create(&context)?;
        let tree = fsmount(&context, FsMountFlags::empty(), rustix::mount::MountAttrFlags::empty())?;
        move_mount(tree.as_fd(), "", CWD, place, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)?;
        nothing()
    }),
    brings("mount-copied-tree", "any folder of yours, by a copy of the tree that is mounted nowhere", |here| {
        let place = place(here)?;
        let tree = open_tree(CWD, here.outside("folder"), OpenTreeFlags::OPEN_TREE_CLONE)?;
        move_mount(tree.as_fd(), "", CWD, &place, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)?;
        fs::read(place.join("secret"))
    }),
    brings("mount-layers", "any folder of yours, as a layer below one of its own", |here| {
        let (place, outside) = (place(here)?, here.outside("folder"));
        let options = format!("lowerdir={}:{}", outside.display(), place.display());
        let options = std::ffi::CString::new(options)?;
        mount("overlay", &place, "overlay", MountFlags::empty(), Some(options.as_c_str()))?;
        fs::read(place.join("secret"))
    }),
    works("mount-shared", "what is mounted inside shows up outside", |here| {
        place(here)?;
        mount_change("/", MountPropagationFlags::SHARED | MountPropagationFlags::REC)?;
        nothing()
    }),
    attempt(
        Category::Mounts,
        "mount-over",
        "a file of yours, covered by another one for programs outside",
        Way::By(|here| {
            place(here)?;
            fs::write(here.project("cover"), "else")?;
            mount_bind(here.project("cover"), here.target())?;
            // Without walls this is seen in here alone.
            fs::write(here.target(), "else, too")?;
            unmount(here.target(), UnmountFlags::DETACH)?;
            fs::write(here.target(), "and outside")?;
            nothing()
        }),
        Proof::Changed(outside("mount-over", Plant::File)),
    ),
];

/// An empty folder of the attempt's own, in mounts of its own if they can be had.
fn place(here: &Here) -> std::io::Result<PathBuf> {
    portcullis_sandbox::attempt::mounts_of_our_own()?;
    let place = here.project(&format!("place-{}", here.id));
    fs::create_dir_all(&place)?;
    Ok(place)
}
