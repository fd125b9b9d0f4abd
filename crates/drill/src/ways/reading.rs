//! Reading what is outside, and secrets of the workspace.

use super::{Attempt, Category, Got, Here, Plant, Proof, Way, at_home, attempt, failed, first, nothing};
use super::{outside, processes, project, reads, whatever_can_be_read};
use portcullis_sandbox::attempt::open_handle;
use rustix::fs::{CWD, Mode, OFlags, RenameFlags, ResolveFlags, inotify, openat, openat2, renameat_with};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, symlink};
use std::path::{Path, PathBuf};

const fn tries(id: &'static str, loses: &'static str, way: fn(&Here) -> Got) -> Attempt {
    attempt(Category::Reading, id, loses, Way::By(way), Proof::Secret)
}

pub(super) const ATTEMPTS: &[Attempt] = &[
    reads("read-path", "any file of yours, by its path", outside("read-path", Plant::Secret)),
    reads(
        "read-ssh-key",
        "the key that opens your servers and your repositories",
        at_home(".ssh/id_rsa", Plant::Secret),
    ),
    reads("read-cloud-key", "the key to your cloud account", at_home(".aws/credentials", Plant::Secret)),
    reads(
        "read-forge-token",
        "the token that pushes to your repositories",
        at_home(".config/gh/hosts.yml", Plant::Secret),
    ),
    reads("read-netrc", "passwords for servers", at_home(".netrc", Plant::Secret)),
    reads("read-git-credentials", "passwords that git keeps", at_home(".git-credentials", Plant::Secret)),
    reads(
        "read-history",
        "what you typed into your shell, passwords included",
        at_home(".bash_history", Plant::Secret),
    ),
    reads("read-registry-token", "the token that publishes packages in your name", at_home(".npmrc", Plant::Secret)),
    reads("read-container-login", "logins of container registries", at_home(".docker/config.json", Plant::Secret)),
    reads("read-cluster-login", "the login of your clusters", at_home(".kube/config", Plant::Secret)),
    reads("read-gpg-key", "the key that signs in your name", at_home(".gnupg/private-keys-v1.d/key", Plant::Secret)),
    reads(
        "read-deep-login",
        "logins that programs keep deep in the home folder",
        at_home(".local/share/tool/deep/credentials.json", Plant::Secret),
    ),
    reads(
        "read-cached-login",
        "logins that programs keep with what they fetched",
        at_home(".cache/tool/v1/deep/credentials", Plant::Secret),
    ),
    reads("read-app-data", "what a program keeps in the home folder", at_home(".local/share/app/vault", Plant::Secret)),
    reads("read-app-cache", "a login beside what was fetched", at_home(".cache/app/token", Plant::Secret)),
    reads("read-named-dotenv", "secrets of a stage", project("prod.env", Plant::Secret)),
    reads("read-direnv", "what direnv sets", project(".envrc", Plant::Secret)),
    reads("read-cluster-file", "the login of a cluster", project("prod.kubeconfig", Plant::Secret)),
    reads(
        "read-ledger-key",
        "the key that signs the ledger",
        at_home(".local/share/portcullis/planted", Plant::Secret),
    ),
    reads("read-dotenv", "secrets of the project", project(".env", Plant::Secret)),
    reads("read-dotenv-deep", "secrets of a part of the project", project("deep/er/.env", Plant::Secret)),
    reads("read-project-key", "a key that lies in the project", project("id_rsa", Plant::Secret)),
    reads(
        "read-planted-link",
        "files outside, by a link that was in the project before",
        project("planted-link", Plant::Nothing),
    ),
    reads(
        "read-planted-folder",
        "folders outside, by a link that was in the project before",
        project("planted-folder/secret", Plant::Nothing),
    ),
    tries("read-dotdot", "any file of yours, by going up", |here| fs::read(here.project("src/../../outside/secret"))),
    tries("read-new-link", "any file of yours, by a link that was just made", |here| {
        symlink(here.outside("secret"), here.project("new-link"))?;
        fs::read(here.project("new-link"))
    }),
    tries("read-hard-link", "any file of yours, by another name for it", |here| {
        fs::hard_link(here.outside("secret"), here.project("hard-link"))?;
        fs::read(here.project("hard-link"))
    }),
    tries("read-root-of-others", "any file of yours, by the root of a process that is not confined", |here| {
        through(&processes(), "root", &here.outside("secret"))
    }),
    tries("read-folder-of-others", "any file of yours, by the folder in which another process works", |_| {
        whatever_can_be_read(processes().into_iter().map(|process| process.join("cwd/../outside/secret")))
    }),
    tries("read-files-of-others", "files that other processes have open", |_| {
        let folders = processes().into_iter().flat_map(|process| names(&process.join("fd")));
        whatever_can_be_read(folders)
    }),
    tries("read-memory-of-others", "what other processes hold in memory", memory_of_others),
    tries("read-inherited-file", "a file that whoever started the run had left open", |_| {
        first((3..512).map(|number| {
            let mut bytes = vec![0; 4096];
            let file = File::open(format!("/proc/self/fd/{number}"))?;
            let length = file.read_at(&mut bytes, 0)?;
            bytes.truncate(length);
            holds_token(bytes)
        }))
    }),
    tries("read-inherited-folder", "the files below a folder that whoever started the run had left open", |_| {
        let names = ["secret", "outside/secret"];
        first((3..512).flat_map(|number| names.map(|name| fs::read(format!("/proc/self/fd/{number}/{name}")))))
    }),
    tries("read-above-descriptor", "any file of yours, by going up from an open folder", |here| {
        let secret = here.outside("secret");
        let up = PathBuf::from("../".repeat(16)).join(secret.strip_prefix("/").unwrap_or(&secret));
        first((0..512).map(|number| fs::read(Path::new("/proc/self/fd").join(number.to_string()).join(&up))))
    }),
    tries("read-openat2", "any file of yours, by a call that filters forget", |here| {
        let opened = openat2(CWD, here.outside("secret"), OFlags::RDONLY, Mode::empty(), ResolveFlags::empty())?;
        whole(opened.into())
    }),
    tries("read-by-handle", "any file of yours, by a number that no path check sees", |here| {
        let handle = here.plan.handle.as_ref().ok_or_else(|| failed("this file system has no handles"))?;
        let on = [here.project(""), "/usr".into(), "/etc".into(), "/tmp".into()];
        first(on.iter().map(|on| {
            let on = openat(CWD, on, OFlags::RDONLY, Mode::empty())?;
            whole(open_handle(on.as_fd(), handle.kind, &handle.bytes)?.into())
        }))
    }),
    tries("read-dotenv-working-folder", "a masked secret, by the working folder of a process", |_| {
        whatever_can_be_read(processes().into_iter().map(|process| process.join("cwd/.env")))
    }),
    tries("read-dotenv-link", "a masked secret, by another name for the file", |here| {
        fs::hard_link(here.project(".env"), here.project("env-copy"))?;
        fs::read(here.project("env-copy"))
    }),
    tries("read-dotenv-moved", "a masked secret, by moving the folder that it is in", |here| {
        fs::rename(here.project("deep"), here.project("moved"))?;
        fs::read(here.project("moved/er/.env"))
    }),
    tries("read-dotenv-exchanged", "a masked secret, by exchanging it for another file", |here| {
        fs::write(here.project("other"), "x")?;
        renameat_with(CWD, here.project(".env"), CWD, here.project("other"), RenameFlags::EXCHANGE)?;
        fs::read(here.project("other"))
    }),
    tries("read-dotenv-uncovered", "a masked secret, by removing what covers it", |here| {
        // Where nothing covers it this would remove the secret itself, and prove nothing.
        let before = fs::read(here.project("id_rsa"))?;
        fs::remove_file(here.project("id_rsa"))?;
        Ok(fs::read(here.project("id_rsa")).unwrap_or(before))
    }),
    tries("read-layers", "masked secrets, by the layers that the project is put together from", |here| {
        // Attributes by which layers lead to one another; the kernel must not believe ours.
        let folder = here.project("redirected");
        fs::create_dir(&folder)?;
        let flags = rustix::fs::XattrFlags::empty();
        for name in ["user.overlay.redirect", "trusted.overlay.redirect"] {
            rustix::fs::setxattr(&folder, name, b"/deep/er", flags).ok();
        }
        first([folder.join(".env"), here.project("planted-folder/secret")].iter().map(fs::read))
    }),
    attempt(
        Category::Reading,
        "read-watch",
        "when you open and change your files",
        Way::By(|here| {
            let watch = inotify::init(inotify::CreateFlags::NONBLOCK)?;
            first(
                [here.outside("secret"), here.outside("")]
                    .iter()
                    .map(|path| inotify::add_watch(&watch, path, inotify::WatchFlags::OPEN).map_err(io::Error::from)),
            )?;
            nothing()
        }),
        Proof::Word,
    ),
    attempt(
        Category::Reading,
        "read-disk",
        "everything on the disk, whoever it belongs to",
        Way::By(disk),
        Proof::Word,
    ),
    attempt(Category::Reading, "read-kernel-memory", "everything in memory", Way::By(kernel_memory), Proof::Word),
    attempt(
        Category::Reading,
        "read-shadow",
        "the passwords of this machine, hashed",
        Way::By(|_| first(["/etc/shadow", "/etc/shadow-", "/etc/gshadow"].iter().map(fs::read))),
        Proof::Word,
    ),
    attempt(
        Category::Reading,
        "read-host-keys",
        "the keys by which others know this machine",
        Way::By(host_keys),
        Proof::Word,
    ),
    attempt(
        Category::Reading,
        "read-dump",
        "what a program held in memory, as a file after it broke down",
        Way::By(dump),
        Proof::Word,
    ),
];

fn whole(mut file: File) -> Got {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Something that was read, if it can be what is looked for; otherwise the next is tried.
fn holds_token(bytes: Vec<u8>) -> Got {
    if bytes.starts_with(b"TOKEN=") { Ok(bytes) } else { Err(failed("it is something else")) }
}

fn through(folders: &[PathBuf], link: &str, file: &Path) -> Got {
    let file = file.strip_prefix("/").unwrap_or(file);
    first(folders.iter().map(|folder| fs::read(folder.join(link).join(file))))
}

fn names(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn memory_of_others(here: &Here) -> Got {
    let victim = here.plan.victims.get(here.id).ok_or_else(|| failed("nobody is there"))?;
    let own = std::process::id();
    let others: Vec<PathBuf> = processes().into_iter().filter(|it| !it.ends_with(own.to_string())).collect();
    first(others.iter().map(|process| {
        let memory = File::open(process.join("mem"))?;
        let mut bytes = vec![0; usize::try_from(victim.length).unwrap_or(0)];
        memory.read_exact_at(&mut bytes, victim.address)?;
        Ok(bytes)
    }))
}

/// Reads a piece of a disk: by its node, or by one that was made for it.
fn disk(here: &Here) -> Got {
    let device = fs::metadata(here.project(""))?.dev();
    let made = Path::new("/tmp").join(format!("portcullis-drill-{}", std::process::id()));
    let nodes = names(Path::new("/dev")).into_iter().filter(|node| {
        use std::os::unix::fs::FileTypeExt as _;
        fs::metadata(node).is_ok_and(|metadata| metadata.file_type().is_block_device())
    });
    let found = first(nodes.map(|node| piece(&node)));
    if found.is_ok() {
        return found;
    }
    let private = Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(CWD, &made, rustix::fs::FileType::BlockDevice, private, device)?;
    let got = piece(&made);
    fs::remove_file(&made)?;
    got
}

fn piece(path: &Path) -> Got {
    let mut bytes = vec![0; 512];
    File::open(path)?.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn kernel_memory(_: &Here) -> Got {
    first(["/proc/kcore", "/dev/mem", "/dev/kmem", "/dev/port"].iter().map(|path| piece(Path::new(path))))
}

fn host_keys(_: &Here) -> Got {
    let keys = names(Path::new("/etc/ssh")).into_iter().chain(names(Path::new("/etc/ssl/private")));
    first(
        keys.filter(|path| !path.extension().is_some_and(|it| it == "pub" || it == "d"))
            .filter(is_private)
            .map(fs::read),
    )
}

/// Whether a file is none that everybody may read.
fn is_private(path: &PathBuf) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.mode() & 0o004 == 0)
}

/// Whether a program that breaks down would leave a copy of its memory.
fn dump(_: &Here) -> Got {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Core);
    let raised = rustix::process::Rlimit { current: limit.maximum, maximum: limit.maximum };
    rustix::process::setrlimit(rustix::process::Resource::Core, raised)?;
    if limit.maximum == Some(0) { Err(io::Error::other("dumps are limited to nothing")) } else { nothing() }
}
