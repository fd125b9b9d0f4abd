//! Floods: each in a run of its own with a small limit, all of them at the same time, and looked at from outside all the
//! while. What counts is what was reached, and that this machine could still start a process meanwhile.

mod gauge;

use crate::attempt::{Attempt, Base, Bound, Gauge, Proof};
use crate::plan::Plan;
use crate::round::{Launch, Problem, place_program};
use crate::scene::{FLOOD, Scene};
use crate::verdict::Finding;
use gauge::{Measured, Sight};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long all of them together may take.
const LONGEST: Duration = Duration::from_mins(1);

/// How often they are looked at.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// How often a process is started beside them.
const BETWEEN_STARTS: Duration = Duration::from_millis(250);

/// How long it may take until what was ended is gone.
const AFTERWARDS: Duration = Duration::from_millis(500);

/// Whether an attempt is a flood.
pub(crate) fn is_one(attempt: &Attempt) -> bool {
    bound(attempt).is_some()
}

fn bound(attempt: &Attempt) -> Option<Bound> {
    match attempt.proof {
        Proof::Beyond(bound) => Some(bound),
        Proof::Secret | Proof::Changed(_) | Proof::Call | Proof::Victim | Proof::Survivor | Proof::Word => None,
    }
}

/// One flood that goes on.
struct Flood {
    attempt: &'static Attempt,
    bound: Bound,
    /// What its processes are called.
    called: String,
    child: Child,
    ended: bool,
    /// What the run says.
    told: PathBuf,
    measured: Measured,
}

/// Makes all floods and says how far each of them came.
pub(crate) fn round(launch: &Launch<'_>, attempts: &[&'static Attempt]) -> Result<BTreeMap<String, Finding>, Problem> {
    let scene = Scene::build(launch.folder, &[], launch.project)?;
    let program = place_program(launch, &scene)?;
    let before = gauge::size_of(&scene.root);
    let (alone, together): (Vec<_>, Vec<_>) = attempts.iter().copied().partition(|attempt| needs_quiet(attempt));
    let mut findings = BTreeMap::new();
    for attempts in [together, alone] {
        let mut floods = Vec::new();
        for (index, attempt) in attempts.into_iter().enumerate() {
            let Some(bound) = bound(attempt) else { continue };
            let called = scene.called(FLOOD, &format!("-{}", index + findings.len()));
            floods.push(start(launch, &scene, &program, attempt, bound, called)?);
        }
        let could_start = watch(&mut floods, launch, &scene, before);
        thread::sleep(AFTERWARDS);
        let left = Sight::now();
        for flood in &mut floods {
            flood.measured.survivors = left.end_all(&flood.called);
        }
        findings.extend(floods.iter().map(|flood| (flood.attempt.id.to_owned(), flood.finding(could_start))));
    }
    Ok(findings)
}

/// Whether a flood comes out otherwise beside others.
fn needs_quiet(attempt: &Attempt) -> bool {
    bound(attempt).is_some_and(|bound| bound.gauge == Gauge::Cpu)
}

fn start(
    launch: &Launch<'_>,
    scene: &Scene,
    program: &Path,
    attempt: &'static Attempt,
    bound: Bound,
    called: String,
) -> io::Result<Flood> {
    let plan = Plan {
        root: scene.root.clone(),
        attempts: vec![attempt.id.to_owned()],
        called: called.clone(),
        ..Plan::default()
    };
    let told = scene.root.join(format!("told-{called}"));
    let mut words = walls(launch, bound.limit);
    words.push(program.as_os_str().to_owned());
    let (first, rest) = words.split_first().ok_or_else(|| io::Error::other("there is no program"))?;
    let mut command = Command::new(first);
    command.args(rest).args(launch.inside).arg(serde_json::to_string(&plan)?);
    command.env_clear().envs(launch.environment.iter().map(|(name, value)| (name, value)));
    command.env("HOME", scene.folder(Base::Home)).current_dir(scene.folder(Base::Project));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::from(File::create(&told)?));
    let mut child = command.spawn()?;
    let measured = Measured::new(child.stdout.take());
    Ok(Flood { attempt, bound, called, child, ended: false, told, measured })
}

/// The walls with a limit, if they take any.
fn walls(launch: &Launch<'_>, limit: &str) -> Vec<OsString> {
    let mut words = launch.walls.clone();
    if let Some(at) = launch.limits_at.filter(|at| *at <= words.len()) {
        words.splice(at..at, [OsStr::new("--limit"), OsStr::new(limit)].map(OsStr::to_owned));
    }
    words
}

/// Looks at all of them until they have ended. Whether processes could be started all the while.
fn watch(floods: &mut [Flood], launch: &Launch<'_>, scene: &Scene, before: u64) -> bool {
    let until = Instant::now() + LONGEST;
    let mut next_start = Instant::now() + BETWEEN_STARTS;
    let mut could_start = true;
    while floods.iter().any(|flood| !flood.ended) && Instant::now() < until {
        let sight = Sight::now();
        let on_disk = gauge::size_of(&scene.root).saturating_sub(before);
        for flood in floods.iter_mut().filter(|flood| !flood.ended) {
            flood.measured.add(&sight, &flood.called, flood.bound.gauge, on_disk);
            flood.ended = !matches!(flood.child.try_wait(), Ok(None));
        }
        if Instant::now() >= next_start {
            could_start &= starts(launch.program);
            next_start = Instant::now() + BETWEEN_STARTS;
        }
        thread::sleep(BETWEEN_LOOKS);
    }
    for flood in floods.iter_mut().filter(|flood| !flood.ended) {
        // Whoever does not end is ended; it was measured for long enough.
        flood.child.kill().ok();
        flood.child.wait().ok();
    }
    could_start
}

/// Whether a process can be started by whoever made the floods.
fn starts(program: &Path) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

impl Flood {
    fn finding(&self, could_start: bool) -> Finding {
        let Bound { gauge, most, limit } = self.bound;
        let reached = self.measured.of(gauge);
        let told = fs::read_to_string(&self.told).unwrap_or_default();
        let why = told.lines().find_map(|line| line.split_once("the run was ended: "));
        let unit = gauge.unit();
        let mut said = format!("with {limit} it came to {reached} {unit}; more than {most} would be too much");
        if let Some((_, why)) = why {
            said = format!("{said}; ended: {why}");
        }
        if !could_start {
            said.push_str("; meanwhile nothing could be started outside");
        }
        Finding { through: reached > most || !could_start, said }
    }
}
