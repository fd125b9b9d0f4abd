//! Changing what is outside: content, names, links, attributes.

use super::{Attempt, Category, Got, Here, Plant, Proof, Spot, Way, attempt, first, nothing, outside, project, writes};
use crate::scene::ATTRIBUTE;
use portcullis_sandbox::attempt::open_handle;
use rustix::fs::{CWD, Mode, OFlags, RenameFlags, XattrFlags, openat, renameat_with};
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _, symlink};
use std::path::Path;

/// Goes at a file of its own, which is called like the attempt.
const fn at_file(id: &'static str, loses: &'static str, way: fn(&Here) -> Got) -> Attempt {
    attempt(Category::Writing, id, loses, Way::By(way), Proof::Changed(outside(id, Plant::File)))
}

const fn at_spot(id: &'static str, loses: &'static str, spot: Spot, way: fn(&Here) -> Got) -> Attempt {
    attempt(Category::Writing, id, loses, Way::By(way), Proof::Changed(spot))
}

pub(super) const ATTEMPTS: &[Attempt] = &[
    writes(Category::Writing, "write-path", "any file of yours is another one", outside("write-path", Plant::File)),
    writes(Category::Writing, "write-new", "a new file where you expect none", outside("write-new", Plant::Nothing)),
    writes(
        Category::Writing,
        "write-project",
        "a file of the project that is neither code nor text is changed before you have seen the change",
        project("data.json", Plant::Nothing),
    ),
    writes(
        Category::Writing,
        "write-planted-folder",
        "files outside, by a link that was in the project before",
        project("planted-folder/write", Plant::Nothing),
    ),
    at_file("write-link", "any file of yours, by a link that was just made", |here| {
        symlink(here.target(), here.project("link-to-write"))?;
        append(&here.project("link-to-write"))
    }),
    at_file("write-hard-link", "any file of yours, by another name for it", |here| {
        fs::hard_link(here.target(), here.project("hard-link-to-write"))?;
        append(&here.project("hard-link-to-write"))
    }),
    at_file("write-truncate", "any file of yours is emptied", |here| {
        OpenOptions::new().write(true).truncate(true).open(here.target()).map(drop)?;
        nothing()
    }),
    at_file("write-remove", "any file of yours is gone", |here| {
        fs::remove_file(here.target()).and_then(|()| nothing())
    }),
    at_file("write-rename-away", "a file of yours is moved into the project", |here| {
        fs::rename(here.target(), here.project("moved-in")).and_then(|()| nothing())
    }),
    at_file("write-rename-over", "a file of yours is replaced by one of the project", |here| {
        fs::write(here.project("moved-out"), "else")?;
        fs::rename(here.project("moved-out"), here.target()).and_then(|()| nothing())
    }),
    at_file("write-exchange", "a file of yours is exchanged for another one", |here| {
        fs::write(here.project("exchanged"), "else")?;
        renameat_with(CWD, here.project("exchanged"), CWD, here.target(), RenameFlags::EXCHANGE)?;
        nothing()
    }),
    at_file("write-mode", "a file of yours can be read or run by everybody", |here| {
        fs::set_permissions(here.target(), fs::Permissions::from_mode(0o777)).and_then(|()| nothing())
    }),
    at_file("write-owner", "a file of yours belongs to somebody else", |here| {
        first([12_345, 1000].iter().map(|id| std::os::unix::fs::lchown(here.target(), None, Some(*id))))?;
        nothing()
    }),
    at_file("write-times", "a file of yours looks as if nobody had touched it", |here| {
        let times = rustix::fs::Timestamps { last_access: A_DAY, last_modification: A_DAY };
        rustix::fs::utimensat(CWD, here.target(), &times, rustix::fs::AtFlags::empty())?;
        nothing()
    }),
    at_file("write-attribute", "attributes of a file of yours", |here| {
        rustix::fs::setxattr(here.target(), ATTRIBUTE, b"x", XattrFlags::empty())?;
        nothing()
    }),
    at_spot("write-folder", "a folder of yours is gone", outside("write-folder", Plant::Folder), |here| {
        fs::remove_dir_all(here.outside("write-folder")).and_then(|()| nothing())
    }),
    at_spot(
        "write-inherited",
        "a file that whoever started the run had left open",
        outside("write-inherited", Plant::Nothing),
        |_| {
            first((3..512).map(|number| {
                let path = format!("/proc/self/fd/{number}");
                // Others are open as well without walls, and not ours to write to.
                if !fs::read_link(&path)?.ends_with("write-inherited") {
                    return Err(super::failed("it is another file"));
                }
                OpenOptions::new().write(true).open(path)?.write_at(b"else", 0)
            }))?;
            nothing()
        },
    ),
    at_spot(
        "write-by-inherited-folder",
        "files below a folder that whoever started the run had left open",
        outside("write-by-inherited-folder", Plant::Nothing),
        |here| {
            let names = [here.id.to_owned(), format!("outside/{}", here.id)];
            first((3..512).flat_map(|number| {
                names.clone().map(|name| File::create_new(format!("/proc/self/fd/{number}/{name}")))
            }))?;
            nothing()
        },
    ),
    at_spot(
        "write-by-handle",
        "any file of yours, by a number that no path check sees",
        outside("secret", Plant::Nothing),
        |here| {
            let handle = here.plan.handle.as_ref().ok_or_else(|| super::failed("this file system has no handles"))?;
            let on = openat(CWD, here.project(""), OFlags::RDONLY, Mode::empty())?;
            let opened = open_handle(on.as_fd(), handle.kind, &handle.bytes)?;
            rustix::fs::futimens(&opened, &rustix::fs::Timestamps { last_access: A_DAY, last_modification: A_DAY })?;
            nothing()
        },
    ),
    at_spot(
        "write-by-root-of-others",
        "any file of yours, by the root of a process that is not confined",
        outside("write-by-root-of-others", Plant::File),
        |here| {
            let target = here.target();
            let target = target.strip_prefix("/").unwrap_or(&target);
            first(super::processes().iter().map(|process| append(&process.join("root").join(target))))
        },
    ),
    at_spot(
        "write-masked",
        "a secret of the project is replaced through what covers it",
        project(".env", Plant::Secret),
        |here| {
            let path = here.project(".env");
            first([fs::set_permissions(&path, fs::Permissions::from_mode(0o644)), fs::remove_file(&path)].into_iter())
                .ok();
            fs::write(&path, "else").and_then(|()| nothing())
        },
    ),
    at_spot(
        "write-set-user-id",
        "a program in the project runs with the rights of whoever starts it",
        project("set-user-id", Plant::Nothing),
        |here| {
            fs::copy("/proc/self/exe", here.project("set-user-id"))?;
            fs::set_permissions(here.project("set-user-id"), fs::Permissions::from_mode(0o6755))
                .and_then(|()| nothing())
        },
    ),
];

const A_DAY: rustix::fs::Timespec = rustix::fs::Timespec { tv_sec: 86_400, tv_nsec: 0 };

fn append(path: &Path) -> Got {
    OpenOptions::new().append(true).open(path)?.write_all(b"else\n")?;
    nothing()
}
