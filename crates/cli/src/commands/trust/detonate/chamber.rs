//! The place in which one skill is let loose: a scene, walls around it, and a world outside that is not there.

use super::face;
use super::ground::Ground;
use super::step::{Ended, Watched, carry_out};
use crate::commands::run::{identity, world};
use crate::failure::Failure;
use portcullis_detonation::{Happened, Look, Scene, Told, Tracer, copy, judge};
use portcullis_gateway::model::Authority;
use portcullis_gateway::nowhere::Baits;
use portcullis_sandbox::{Identity, Mount, Network, Source, Spec, Stream, Terminal};
use portcullis_trust::detonation::{Cause, Plan, Step, hosts, keys};
use portcullis_trust::{Found, Scanner, Tree};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const MIB: u64 = 1 << 20;

/// How long one step may take.
const LONGEST_STEP: Duration = Duration::from_secs(20);

/// What starts a step, and stays a moment for whatever the step leaves running. Its own status says whether anything is left.
const STARTER: &str = "bash -c \"$1\"; n=0; while set -- /proc/[0-9]*; [ $# -gt 2 ] && [ $n -lt 6 ]; do n=$((n+1)); /bin/sleep 0.5; done; [ $# -gt 2 ] && exit 77; exit 0";

/// A place that was built.
pub(super) struct Chamber {
    ground: Ground,
    scene: Scene,
    who: Identity,
    authority: Option<Arc<Authority>>,
    plan: Plan,
    told: Told,
    /// Where what is let loose lies inside.
    at: PathBuf,
    left_out: Vec<(PathBuf, &'static str)>,
    from: PathBuf,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Course {
    pub(super) findings: Vec<Found>,
    /// What was not carried out, or not to its end, and why.
    pub(super) skipped: Vec<(PathBuf, String)>,
    /// What else a person may want to know.
    pub(super) remarks: Vec<String>,
    steps: usize,
    hosts: BTreeSet<String>,
}

impl Course {
    /// What happened, in a sentence.
    pub(super) fn sentence(&self, name: &str) -> String {
        let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let hosts: Vec<&str> = self.hosts.iter().map(String::as_str).take(12).collect();
        let spoke = if hosts.is_empty() { String::new() } else { format!(", which spoke to {}", hosts.join(", ")) };
        format!("{name} was let loose: {}{spoke}; {}", count(self.steps, "step"), count(self.findings.len(), "finding"))
    }
}

impl Chamber {
    /// Writes the scene down, with what is to be let loose in it.
    pub(super) fn build(ground: Ground, (tree, from): (&Tree, &Path), scanner: &Scanner) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::io("build the world of the detonation", Some(ground.path()), &error);
        let (home, tmp, etc) = (ground.path().join("home"), ground.path().join("tmp"), ground.path().join("etc"));
        for folder in [&home, &tmp, &etc] {
            fs::create_dir(folder).map_err(failed)?;
        }
        fs::set_permissions(&tmp, fs::Permissions::from_mode(0o1777)).map_err(failed)?;
        let mut scene = Scene::build(&home, &keys(tree)).map_err(failed)?;
        programs(&mut scene).map_err(failed)?;
        let name: String = from.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name: String = name.chars().filter(|it| it.is_ascii_alphanumeric() || "-_.".contains(*it)).collect();
        let name = name.trim_start_matches('.');
        let at = format!(".claude/skills/{}", if name.is_empty() || name == "changelog" { "skill" } else { name });
        let left_out = copy(from, &home.join(&at)).map_err(failed)?;
        let inside = scene.home.join(&at);
        let plan = scanner.plan(tree, &inside.to_string_lossy());
        let who = identity::of(&home)?;
        hand_over(&[&home, &tmp], who).map_err(failed)?;
        let authority = authority().map_err(failed)?;
        let certificate = authority.as_ref().map(|authority| authority.certificate());
        face::write(&etc, &scene, &who, certificate.as_deref()).map_err(failed)?;
        let files = tree.entries().map(|(path, _)| path.to_owned()).collect();
        let told = Told { at, files, hosts: hosts(tree) };
        Ok(Self { ground, scene, who, authority, plan, told, at: inside, left_out, from: from.to_owned() })
    }

    /// Carries out the plan, one step after the other.
    pub(super) fn go(&mut self, longest: Duration) -> Result<Course, Failure> {
        let until = Instant::now() + longest;
        let tracer = Tracer::new(&self.scene.canaries);
        let mut course = Course::default();
        let mut before = Look::at(&self.scene.folder, None);
        let mut missing: BTreeMap<String, usize> = BTreeMap::new();
        for (path, why) in std::mem::take(&mut self.left_out) {
            course.skipped.push((path, format!("{why}; it was not there when the rest was let loose")));
        }
        for step in &self.plan.steps {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                course
                    .skipped
                    .push((self.from.join(&step.path), "the time for all steps was over before this one".to_owned()));
                continue;
            }
            let ended = match self.step(step, left.min(LONGEST_STEP)) {
                Ok(ended) => ended,
                // Before anything was let loose nothing is known. Afterwards what is known is told, and that there is more.
                Err(failure) if course.steps == 0 => return Err(failure),
                Err(failure) => {
                    course
                        .skipped
                        .push((self.from.join(&step.path), format!("a step could not be made: {}", failure.what)));
                    continue;
                }
            };
            course.steps += 1;
            let after = Look::at(&self.scene.folder, Some(&before));
            let (fetched, told) = (self.is_made(&after, &self.scene.fetched), self.is_made(&after, &self.scene.told));
            let bait = |path: &str| path == self.scene.fetched || path == self.scene.told;
            let mut changes = after.since(&before);
            changes.retain(|(path, _)| !bait(path));
            if let Some(why) = &ended.too_much {
                course.skipped.push((self.from.join(&step.path), format!("{} was ended: {why}", step.cause.words())));
            }
            for program in ended.missing() {
                if matches!(step.cause, Cause::Script | Cause::Server | Cause::Hook) {
                    let why = format!("`{program}` is not on this machine, so {} did not run", step.cause.words());
                    course.skipped.push((self.from.join(&step.path), why));
                }
                *missing.entry(program).or_default() += 1;
            }
            if ended.left_running {
                course.remarks.push(format!("{} left something running when it had ended", step.cause.words()));
            }
            if !after.is_whole() {
                let why = "it made more files than are told apart".to_owned();
                course.skipped.push((self.from.join(&step.path), why));
            }
            course.hosts.extend(ended.sent.iter().map(|sent| sent.host.clone()));
            let happened = Happened {
                step,
                sent: ended.sent,
                names: ended.names,
                output: ended.output,
                opened: ended.opened,
                changes,
                fetched,
                told,
            };
            course.findings.extend(judge(&self.scene, &tracer, &self.told, &happened));
            if tracer.was_cut() {
                let why = "it said or printed more than is looked into in every form".to_owned();
                course.skipped.push((self.from.join(&step.path), why));
            }
            before = if fetched || told { Look::at(&self.scene.folder, Some(&after)) } else { after };
        }
        if self.plan.left_out > 0 {
            let why = format!("{} steps more than are carried out", self.plan.left_out);
            course.skipped.push((self.from.clone(), why));
        }
        let mut seen = BTreeSet::new();
        course.findings.retain(|found| seen.insert((found.hit.rule.to_string(), found.hit.value.expose().clone())));
        course.remarks.extend(
            missing.keys().map(|program| format!("`{program}` is not on this machine; what needs it did not run")),
        );
        Ok(course)
    }

    /// Whether a bait was taken; it is laid out again.
    fn is_made(&self, now: &Look, path: &str) -> bool {
        // A look follows no link, so nothing outside of the scene is taken away.
        let is_made = now.has(path);
        if is_made {
            fs::remove_file(self.scene.folder.join(path)).ok();
        }
        is_made
    }

    fn step(&self, step: &Step, longest: Duration) -> Result<Ended, Failure> {
        let private = self.scene.canaries.iter().filter(|it| it.nature == portcullis_detonation::Nature::Private);
        let private: Vec<String> = private.map(|canary| canary.place.clone()).collect();
        let inside = |path: &str| self.scene.home.join(path).to_string_lossy().into_owned();
        let watched = Watched {
            files: private.iter().map(|path| self.scene.home.join(path)).collect(),
            places: private,
            baits: Baits { fetched: inside(&self.scene.fetched), told: inside(&self.scene.told) },
            authority: self.authority.clone(),
            longest,
        };
        let input = self.ground.path().join("input");
        fs::write(&input, &step.input)
            .map_err(|error| Failure::io("write what a step is told", Some(&input), &error))?;
        carry_out(&self.spec(step), &input, watched)
    }

    fn spec(&self, step: &Step) -> Spec {
        let wanted = step.folder.as_ref().map(|folder| self.at.join(folder));
        let workspace = self.scene.workspace();
        let is_there = |folder: &PathBuf| {
            let within = folder.strip_prefix(&self.scene.home).map(|within| self.scene.folder.join(within));
            within.is_ok_and(|outside| outside.is_dir())
        };
        // An earlier step may have taken them away.
        let folder = wanted.into_iter().chain([workspace]).find(is_there).unwrap_or_else(|| self.scene.home.clone());
        let words = ["/bin/bash", "-c", STARTER, "bash", &step.shell];
        Spec {
            command: words.iter().map(Into::into).collect(),
            environment: face::environment(&self.scene, &self.at),
            folder,
            identity: self.who,
            mounts: self.mounts(),
            writable: vec![self.scene.home.clone(), "/tmp".into(), "/var/tmp".into(), "/dev".into(), "/run".into()],
            hostname: self.scene.hostname.clone(),
            network: Network::Doors,
            limits: portcullis_sandbox::Limits::default(),
            terminal: Terminal::None,
            handed_out: vec![vec![Stream::Output, Stream::Errors]],
        }
    }

    fn mounts(&self) -> Vec<Mount> {
        let own =
            |name: &str| Source { path: self.ground.path().join(name), translated: self.who.instead_of.is_some() };
        let etc = Source { path: "/etc".into(), translated: false };
        let memory = |at: &str, bytes| Mount::Memory { at: at.into(), bytes, mode: 0o1777 };
        let mut mounts = world::system();
        mounts.push(Mount::Merged { folders: vec![own("etc"), etc], at: "/etc".into() });
        mounts.push(Mount::Processes { at: "/proc".into() });
        mounts.push(Mount::Devices { at: "/dev".into(), shared_memory: 64 * MIB });
        mounts.extend([memory("/run", 16 * MIB), memory("/var/tmp", 64 * MIB)]);
        mounts.push(Mount::Show { from: own("tmp"), at: "/tmp".into(), writable: true });
        mounts.push(Mount::Show { from: own("home"), at: self.scene.home.clone(), writable: true });
        mounts
    }
}

/// Programs under the names by which they are started, and without waiting.
fn programs(scene: &mut Scene) -> io::Result<()> {
    const FOLDERS: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];
    let find = |name: &str| FOLDERS.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.is_file());
    for (name, other) in [("python", "python3"), ("pip", "pip3")] {
        if let (None, Some(other)) = (find(name), find(other)) {
            scene.also_called(name, &other)?;
        }
    }
    if find("nc").is_none() {
        scene.with_nc()?;
    }
    if let Some(python) = find("python3") {
        let real = fs::canonicalize(python)?;
        let version = real.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if version.starts_with("python3.") {
            scene.hurry_python(&version)?;
        }
    }
    Ok(())
}

/// Gives folders to the user of the walls, if root made them and that user is somebody.
fn hand_over(folders: &[&Path], who: Identity) -> io::Result<()> {
    let Some((uid, gid)) = who.instead_of.filter(|owner| *owner != (0, 0)) else { return Ok(()) };
    let mut left: Vec<PathBuf> = folders.iter().map(|folder| (*folder).to_owned()).collect();
    while let Some(path) = left.pop() {
        std::os::unix::fs::lchown(&path, Some(uid), Some(gid))?;
        if fs::symlink_metadata(&path)?.is_dir() {
            for entry in fs::read_dir(&path)? {
                left.push(entry?.path());
            }
        }
    }
    Ok(())
}

/// Who every server is, where TLS can be spoken at all.
fn authority() -> io::Result<Option<Arc<Authority>>> {
    if !crate::verify::has_the_instructions() {
        return Ok(None);
    }
    let provider = Arc::new(rustls_graviola::default_provider());
    Authority::of_everything("Heron Analytics Root CA", provider).map(|authority| Some(Arc::new(authority)))
}
