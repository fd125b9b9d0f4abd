//! One round: a scene, the program that makes every attempt in it, and what came of each.

use crate::attempt::{Attempt, Base, Proof};
use crate::flood;
use crate::inside::MARK;
use crate::listeners::Listeners;
use crate::plan::Plan;
use crate::scene::{MEMORY, Scene};
use crate::verdict::Finding;
use crate::victims::{VARIABLE, Victims, has_victim};
use portcullis_sandbox::attempt::Shared;
use rustix::fd::OwnedFd;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// What the program is called in the project.
pub(crate) const PROGRAM: &str = "attempts";

/// How long all attempts together may take.
const LONGEST: Duration = Duration::from_mins(5);

/// How long callers are waited for once the program has ended.
const AFTERWARDS: Duration = Duration::from_millis(300);

/// Variables that hold the secret in every round.
const SECRET_VARIABLES: &[&str] = &["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "DATABASE_URL"];

/// How the program inside is started.
#[derive(Debug)]
pub struct Launch<'a> {
    /// Our own program, which also is what runs inside.
    pub program: &'a Path,
    /// The arguments with which it makes the attempts; the plan follows.
    pub inside: &'a [&'a str],
    /// The arguments with which it starts something carelessly; terminal, folder, port and the command follow.
    pub stage: &'a [&'a str],
    /// The arguments with which it is a victim; the secret's file follows.
    pub victim: &'a [&'a str],
    /// What stands before the program: its walls. Nothing for a round without.
    pub walls: Vec<OsString>,
    /// Before which of these words limits can be said.
    pub limits_at: Option<usize>,
    /// The environment, besides what the round sets itself.
    pub environment: Vec<(OsString, OsString)>,
    /// Where the scene is built.
    pub folder: &'a Path,
    /// Files that are put into the project.
    pub project: &'a [(String, Vec<u8>)],
}

/// A round that could not be held.
#[derive(Debug)]
pub struct Problem {
    /// What went wrong.
    pub what: String,
    /// What the program said about it.
    pub said: String,
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self { what: error.to_string(), said: String::new() }
    }
}

/// Makes these attempts and says what came of each. What was not made is missing.
pub fn round(launch: &Launch<'_>, attempts: &[&'static Attempt]) -> Result<BTreeMap<String, Finding>, Problem> {
    let (floods, attempts): (Vec<_>, Vec<_>) = attempts.iter().copied().partition(|attempt| flood::is_one(attempt));
    let mut findings = BTreeMap::new();
    if !attempts.is_empty() {
        findings.extend(at_once(launch, &attempts)?);
    }
    if !floods.is_empty() {
        findings.extend(flood::round(launch, &floods)?);
    }
    Ok(findings)
}

/// Those that can be made in one run, one after the other.
fn at_once(launch: &Launch<'_>, attempts: &[&'static Attempt]) -> Result<BTreeMap<String, Finding>, Problem> {
    let scene = Scene::build(launch.folder, attempts, launch.project)?;
    let listeners = Listeners::start(&scene.root, &scene.secret)?;
    let mut victims = start_victims(launch, &scene, attempts)?;
    let (terminal, name) = terminal()?;
    let shared = SharedOutside::offer(&listeners.addresses.nameless, &scene.secret)?;
    let plan = Plan {
        root: scene.root.clone(),
        attempts: attempts.iter().map(|attempt| attempt.id.to_owned()).collect(),
        victims: victims.plan(),
        listeners: listeners.addresses.clone(),
        handle: scene.handle(),
        terminal: name,
        number: shared.number,
        called: scene.called("drill-", ""),
    };
    let child = start(launch, &scene, &plan)?;
    let shown = Shown::of(terminal)?;
    let answers = hear(child, &scene)?;
    thread::sleep(AFTERWARDS);
    let seen = Seen { scene: &scene, callers: called(&listeners, &shown, attempts), survived: survived(&plan.called) };
    Ok(attempts
        .iter()
        .filter_map(|attempt| {
            let answer = answers.get(attempt.id)?;
            let finding = Finding { through: seen.went_through(attempt, answer, &mut victims), said: answer.words() };
            Some((attempt.id.to_owned(), finding))
        })
        .collect())
}

/// What programs outside share under a number or a name.
struct SharedOutside {
    number: i32,
    file: PathBuf,
    _shared: Option<Shared>,
}

impl SharedOutside {
    fn offer(name: &str, secret: &str) -> io::Result<Self> {
        let number = i32::try_from(std::process::id()).map_err(io::Error::other)? | 0x5000_0000;
        let file = Path::new(MEMORY).join(name);
        // A machine without one of these is one where nothing can be taken from it.
        fs::write(&file, secret).ok();
        Ok(Self { number, file, _shared: Shared::offer(number, name, secret).ok() })
    }
}

impl Drop for SharedOutside {
    fn drop(&mut self) {
        fs::remove_file(&self.file).ok();
    }
}

fn start_victims(launch: &Launch<'_>, scene: &Scene, attempts: &[&'static Attempt]) -> io::Result<Victims> {
    let command = || {
        let mut command = Command::new(launch.program);
        command.args(launch.victim).arg(scene.root.join("outside/secret"));
        command.env_clear().env(VARIABLE, &scene.secret);
        command
    };
    let ids: Vec<&str> = attempts.iter().map(|attempt| attempt.id).filter(|id| has_victim(id)).collect();
    Victims::start(&command, &ids)
}

/// A terminal that nobody sits at.
fn terminal() -> io::Result<(OwnedFd, PathBuf)> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let master = openpt(flags)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    Ok((master, OsString::from_vec(name.into_bytes()).into()))
}

fn start(launch: &Launch<'_>, scene: &Scene, plan: &Plan) -> Result<Child, Problem> {
    // Inside there is the workspace for sure, wherever this program lies.
    let inside = place_program(launch, scene)?;
    let said = File::options().create(true).read(true).write(true).truncate(true).open(log(scene))?;
    let mut command = Command::new(launch.program);
    command.args(launch.stage).arg("--terminal").arg(&plan.terminal).arg("--root").arg(&scene.root);
    command.arg("--port").arg(plan.listeners.tcp.to_string());
    command.arg("--").args(&launch.walls).arg(&inside).args(launch.inside);
    command.arg(serde_json::to_string(plan).map_err(io::Error::from)?);
    command.env_clear().envs(launch.environment.iter().map(|(name, value)| (name, value)));
    command.env("HOME", scene.folder(Base::Home));
    command.envs(SECRET_VARIABLES.iter().map(|name| (OsStr::new(name), OsStr::new(&scene.secret))));
    command.current_dir(scene.folder(Base::Project));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::from(said));
    Ok(command.spawn()?)
}

/// Puts the program that makes the attempts into the project.
pub(crate) fn place_program(launch: &Launch<'_>, scene: &Scene) -> io::Result<PathBuf> {
    let inside = scene.folder(Base::Project).join(PROGRAM);
    fs::copy(launch.program, &inside)?;
    fs::set_permissions(&inside, fs::Permissions::from_mode(0o755))?;
    Ok(inside)
}

fn log(scene: &Scene) -> PathBuf {
    scene.root.join("said")
}

/// What one attempt answered.
#[derive(Debug)]
struct Answer {
    how: String,
    bytes: Vec<u8>,
}

impl Answer {
    fn words(&self) -> String {
        match self.how.as_str() {
            "got" => "got to its end".to_owned(),
            "killed" => "the kernel ended it".to_owned(),
            "long" => "waited in vain".to_owned(),
            _ => String::from_utf8_lossy(&self.bytes).chars().take(160).collect(),
        }
    }
}

/// Reads the answers until the program has ended.
fn hear(mut child: Child, scene: &Scene) -> Result<BTreeMap<String, Answer>, Problem> {
    let mut out = child.stdout.take().ok_or_else(|| io::Error::other("it can't be heard"))?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error counts.
        out.by_ref().take(256 << 20).read_to_end(&mut bytes).ok();
        sender.send(bytes).ok();
    });
    let until = Instant::now() + LONGEST;
    let ended = loop {
        match child.try_wait()? {
            Some(status) => break Some(status),
            None if Instant::now() > until => break None,
            None => thread::sleep(Duration::from_millis(5)),
        }
    };
    if ended.is_none() {
        child.kill()?;
        child.wait()?;
    }
    // Whoever still holds the other end is not waited for.
    let bytes = receiver.recv_timeout(Duration::from_secs(2)).unwrap_or_default();
    let answers = answers(&bytes);
    if answers.is_empty() {
        let said = fs::read_to_string(log(scene)).unwrap_or_default();
        let what = match ended {
            Some(status) => format!("the program inside ended without a word ({status})"),
            None => "the program inside took too long".to_owned(),
        };
        return Err(Problem { what, said });
    }
    Ok(answers)
}

/// Reads what is framed by [`MARK`]; what comes between, such as the echo of a terminal, is skipped.
fn answers(mut bytes: &[u8]) -> BTreeMap<String, Answer> {
    let mut answers = BTreeMap::new();
    while let Some(start) = bytes.windows(MARK.len()).position(|piece| piece == MARK) {
        bytes = bytes.get(start + MARK.len()..).unwrap_or_default();
        let Some((id, answer, rest)) = answer(bytes) else { continue };
        answers.insert(id, answer);
        bytes = rest;
    }
    answers
}

fn answer(bytes: &[u8]) -> Option<(String, Answer, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end)?;
    let line = str::from_utf8(line).ok()?;
    let mut words = line.split(' ');
    let (id, how, length) = (words.next()?, words.next()?, words.next()?);
    let (said, rest) = rest.get(1..)?.split_at_checked(length.parse().ok()?)?;
    Some((id.to_owned(), Answer { how: how.to_owned(), bytes: said.to_vec() }, rest))
}

/// What can be seen when it is over.
struct Seen<'a> {
    scene: &'a Scene,
    callers: Vec<&'static str>,
    survived: bool,
}

impl Seen<'_> {
    fn went_through(&self, attempt: &Attempt, answer: &Answer, victims: &mut Victims) -> bool {
        match &attempt.proof {
            Proof::Secret => holds(&answer.bytes, self.scene.secret.as_bytes()),
            Proof::Changed(spot) => self.scene.is_changed(attempt.id, spot),
            Proof::Call => self.callers.contains(&attempt.id),
            Proof::Victim => victims.suffered(attempt.id),
            Proof::Survivor => self.survived,
            // Floods have runs of their own.
            Proof::Beyond(_) => true,
            Proof::Word => answer.how == "got",
        }
    }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|piece| piece == part)
}

fn called(listeners: &Listeners, shown: &Shown, attempts: &[&'static Attempt]) -> Vec<&'static str> {
    let ids: Vec<&'static str> = attempts.iter().map(|attempt| attempt.id).collect();
    let mut callers: Vec<&'static str> = listeners.callers(&ids).into_iter().collect();
    let text = shown.text();
    callers.extend(ids.into_iter().filter(|id| holds(&text, format!("{id}.").as_bytes())));
    callers
}

/// Whether a process of this name is still there. It is ended, too.
fn survived(name: &str) -> bool {
    let mut found = false;
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let called = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
        if called.trim_end() != name {
            continue;
        }
        found = true;
        let process = entry.file_name().to_str().and_then(|number| number.parse().ok());
        if let Some(process) = process.and_then(rustix::process::Pid::from_raw) {
            rustix::process::kill_process(process, rustix::process::Signal::KILL).ok();
        }
    }
    found
}

/// What is shown on the terminal outside.
struct Shown(File);

impl Shown {
    fn of(terminal: OwnedFd) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&terminal, true)?;
        Ok(Self(terminal.into()))
    }

    fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        let mut piece = [0; 4096];
        while let Ok(length @ 1..) = (&self.0).read(&mut piece) {
            text.extend(piece.get(..length).unwrap_or_default());
            if text.len() > 1 << 20 {
                break;
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_up_to_where_they_break_off() {
        let framed = |text: &str| text.replace('#', str::from_utf8(MARK).unwrap()).into_bytes();
        let read = answers(&framed("echo#one got 3\na\nbnoise#two failed 99\nxyz#three got 0\n"));
        assert_eq!(read.get("one").map(|answer| answer.bytes.as_slice()), Some(b"a\nb".as_slice()));
        assert_eq!(read.keys().collect::<Vec<_>>(), ["one", "three"]);
        assert!(answers(b"no such line\n").is_empty());
    }
}
