//! A thousand runs one after the other, from one process that goes on: nothing of them stays with it. It has to be the only
//! thread of its process, so this is a test with a main function of its own.

use portcullis_sandbox::{Exit, Identity, Limits, Mount, Network, Source, Spec, Stream, Terminal, prepare};
use std::error::Error;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

const MANY: usize = 1000;

/// What a run could leave with whoever started it.
#[derive(Debug, PartialEq, Eq)]
struct Held {
    descriptors: usize,
    children: String,
    mounts: usize,
    threads: usize,
}

impl Held {
    fn now() -> Result<Self, Box<dyn Error>> {
        let process = std::process::id();
        Ok(Self {
            descriptors: fs::read_dir("/proc/self/fd")?.count(),
            children: fs::read_to_string(format!("/proc/self/task/{process}/children"))?,
            mounts: fs::read_to_string("/proc/self/mountinfo")?.lines().filter(|line| line.contains("many-")).count(),
            threads: fs::read_dir("/proc/self/task")?.count(),
        })
    }
}

/// KiB of memory that only this process has.
fn memory() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).ok_or("no such line")?;
    Ok(line.split_ascii_whitespace().next().ok_or("no number")?.parse()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    if has("--list") {
        if !has("--ignored") {
            say("a_thousand_runs_leave_nothing_with_whoever_started_them: test\n")?;
        }
        return Ok(());
    }
    a_thousand_runs_leave_nothing()
}

fn say(text: &str) -> std::io::Result<()> {
    std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes())
}

fn a_thousand_runs_leave_nothing() -> Result<(), Box<dyn Error>> {
    let place = tempfile::Builder::new().prefix("many-").tempdir()?;
    let spec = spec(place.path())?;
    // What is only made once is there after the first few.
    (0..5).try_for_each(|_| one(&spec))?;
    let (before, memory_before) = (Held::now()?, memory()?);
    (0..MANY).try_for_each(|_| one(&spec))?;
    let (after, memory_after) = (Held::now()?, memory()?);
    if before != after || memory_after > memory_before + 1024 {
        return Err(format!("{before:?}, {memory_before} KiB; then {after:?}, {memory_after} KiB").into());
    }
    Ok(())
}

/// One run that is started and reports, and walls that are built and taken down again.
fn one(spec: &Spec) -> Result<(), Box<dyn Error>> {
    let mut prepared = prepare(spec)?;
    let output = prepared.outputs.pop().ok_or("nothing was handed out")?;
    let exit = prepared.start()?.wait()?;
    let mut said = String::new();
    fs::File::from(output).read_to_string(&mut said)?;
    if exit == Exit::Status(3) && said == "said\n" { Ok(()) } else { Err(format!("{exit:?}: {said}").into()) }
}

fn spec(place: &Path) -> Result<Spec, Box<dyn Error>> {
    let (project, layer) = (place.join("project"), place.join("layer"));
    for folder in [&project, &layer.join("upper"), &layer.join("work")] {
        fs::create_dir_all(folder)?;
    }
    let root = rustix::process::geteuid().is_root();
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let identity = if root {
        let instead_of = Some((0, 0));
        Identity { uid: 1_879_048_192, gid: 1_879_048_192, uid_inside: 1000, gid_inside: 1000, instead_of }
    } else {
        Identity { uid, gid, uid_inside: uid, gid_inside: gid, instead_of: None }
    };
    let own = |path: &Path| Source { path: path.to_owned(), translated: root };
    Ok(Spec {
        command: ["/bin/sh", "-c", "echo said; (sleep 60 > /dev/null 2>&1 &); exit 3"].map(Into::into).to_vec(),
        environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
        folder: project.clone(),
        identity,
        mounts: [system(), vec![Mount::Layered { lower: vec![own(&project)], changes: own(&layer), at: project }]]
            .concat(),
        writable: ["/tmp", "/dev", "/proc"].map(PathBuf::from).to_vec(),
        hostname: "many".to_owned(),
        network: Network::Doors,
        limits: Limits { processes: Some(64), ..Limits::default() },
        terminal: Terminal::None,
        handed_out: vec![vec![Stream::Output]],
    })
}

/// Programs, devices and processes.
fn system() -> Vec<Mount> {
    let mut mounts = Vec::new();
    for at in ["/usr", "/bin", "/lib", "/lib64"].map(PathBuf::from) {
        match fs::read_link(&at) {
            Ok(to) => mounts.push(Mount::Link { at, to }),
            Err(_) if at.exists() => {
                mounts.push(Mount::Show { from: Source { path: at.clone(), translated: false }, at, writable: false });
            }
            Err(_) => {}
        }
    }
    mounts.push(Mount::Processes { at: "/proc".into() });
    mounts.push(Mount::Devices { at: "/dev".into(), shared_memory: 1 << 20 });
    mounts.push(Mount::Memory { at: "/tmp".into(), bytes: 1 << 20, mode: 0o1777 });
    mounts
}
