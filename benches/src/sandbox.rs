//! What walls cost: starting a command within them, and working there, against the bare command and bubblewrap.
//!
//! Two starts are measured. `walls` is a caller that is there already and builds them for one command, as a gateway that
//! is up does. `run` is the whole program: policy, session, walls, ledger with its two durable records, broker, end.

use crate::figures::{Spread, percentile};
use crate::machine::{self, Others};
use crate::process::{self, Run, succeed};
use crate::report::{Bound, Cell, Format, Report, Row, Table, progress};
use portcullis_sandbox::{Identity, Limits, Mount, Network, Source, Spec, Terminal, prepare};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How often each start is measured
    #[arg(long, default_value_t = 200)]
    runs: u32,
    /// How often each piece of work is measured
    #[arg(long, default_value_t = 7)]
    rounds: u32,
}

/// Work that reads much, and work that writes.
const WORK: [(&str, &str); 3] = [
    ("find /usr/lib", "find /usr/lib -type f -size +1M > /dev/null"),
    ("read 4000 files", "find /usr/include /usr/share -type f | head -4000 | xargs cat > /dev/null"),
    ("write 2000 files", "mkdir -p w && cd w && for i in $(seq 2000); do echo $i > f$i; done && cd .. && rm -r w"),
];

/// Where a machine of one benchmark keeps its things.
struct Place {
    folder: TempDir,
    program: PathBuf,
}

impl Place {
    fn new() -> anyhow::Result<Self> {
        let folder = TempDir::new()?;
        for name in ["project", "home", "layer/upper", "layer/work"] {
            std::fs::create_dir_all(folder.path().join(name))?;
        }
        Ok(Self { folder, program: std::env::current_exe()?.with_file_name("portcullis") })
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The whole program, around a command.
    fn ours(&self, command: &[&str]) -> Command {
        let mut ours = Command::new(&self.program);
        ours.args(["run", "--quiet", "--"]).args(command).current_dir(self.at("project"));
        ours.env("HOME", self.at("home")).env("PORTCULLIS_HOME", self.at("state"));
        ours
    }

    fn bare(&self, command: &[&str]) -> Command {
        let mut bare = Command::new(command.first().copied().unwrap_or("true"));
        bare.args(command.iter().skip(1)).current_dir(self.at("project"));
        bare
    }

    /// Bubblewrap with what an agent would be given: every namespace, the system to be read, the project to be written.
    fn bubblewrap(&self, command: &[&str]) -> Command {
        let mut peer = Command::new("bwrap");
        peer.args(["--unshare-all", "--die-with-parent", "--ro-bind", "/usr", "/usr", "--ro-bind", "/etc", "/etc"]);
        for (to, at) in [("usr/bin", "/bin"), ("usr/sbin", "/sbin"), ("usr/lib", "/lib"), ("usr/lib64", "/lib64")] {
            peer.args(["--symlink", to, at]);
        }
        peer.args(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]);
        peer.arg("--bind").arg(self.at("project")).arg("/project").args(["--chdir", "/project"]).args(command);
        peer
    }

    /// The walls of a run, around `/bin/true`.
    fn spec(&self) -> Spec {
        let uid = rustix::process::geteuid();
        let root = uid.is_root();
        let (uid, gid) = (uid.as_raw(), rustix::process::getegid().as_raw());
        let own = |path: PathBuf| Source { path, translated: root };
        let shown = |path: &str| Mount::Show {
            from: Source { path: path.into(), translated: false },
            at: path.into(),
            writable: false,
        };
        let link = |at: &str, to: &str| Mount::Link { at: at.into(), to: to.into() };
        let project = self.at("project");
        let stranger = 1_879_048_192;
        let identity = if root {
            let instead_of = Some((0, 0));
            Identity { uid: stranger, gid: stranger, uid_inside: 1000, gid_inside: 1000, instead_of }
        } else {
            Identity { uid, gid, uid_inside: uid, gid_inside: gid, instead_of: None }
        };
        Spec {
            command: vec!["/bin/true".into()],
            environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
            folder: project.clone(),
            identity,
            mounts: vec![
                shown("/usr"),
                shown("/etc"),
                link("/bin", "usr/bin"),
                link("/lib", "usr/lib"),
                link("/lib64", "usr/lib64"),
                Mount::Processes { at: "/proc".into() },
                Mount::Devices { at: "/dev".into(), shared_memory: 1 << 20 },
                Mount::Memory { at: "/tmp".into(), bytes: 1 << 20, mode: 0o1777 },
                Mount::Layered {
                    lower: vec![own(project.clone())],
                    changes: own(self.at("layer")),
                    at: project.clone(),
                },
            ],
            writable: vec![project, "/tmp".into(), "/dev".into(), "/proc".into()],
            hostname: "bench".to_owned(),
            network: Network::Doors,
            limits: Limits::default(),
            terminal: Terminal::None,
            handed_out: Vec::new(),
        }
    }
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> anyhow::Result<Report> {
    let mut report = Report::new("sandbox", format)?;
    let mut others = Others::watch()?;
    let place = Place::new()?;
    let has_peer = succeed(Command::new("bwrap").arg("--version")).is_ok();
    if !has_peer {
        report.remark("bubblewrap is not installed, so nothing is compared with it");
    }
    starts(arguments, &place, has_peer, &mut others, &mut report)?;
    work(arguments, &place, &mut others, &mut report)?;
    if let Some(warning) = machine::warning(others.share()?) {
        report.remark(warning);
    }
    Ok(report)
}

/// Starts of one sort.
#[derive(Default)]
struct Starts {
    wall: Vec<Duration>,
    cpu: Vec<Duration>,
}

impl Starts {
    fn add(&mut self, run: Run, others: &mut Others) {
        others.ours(run.cpu);
        self.wall.push(run.wall);
        self.cpu.push(run.cpu);
    }

    fn least(&self) -> f64 {
        milliseconds(self.wall.iter().min().copied().unwrap_or_default())
    }

    fn row(mut self, name: &str) -> Row {
        self.wall.sort();
        let cpu = Spread::of(self.cpu.iter().copied().map(milliseconds)).median;
        let at = |percent| Cell::Number(milliseconds(percentile(&self.wall, percent)));
        let cells = vec![Cell::Number(self.least()), at(10), at(50), Cell::Number(cpu)];
        Row { name: name.to_owned(), cells }
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn starts(
    arguments: &Arguments,
    place: &Place,
    has_peer: bool,
    others: &mut Others,
    report: &mut Report,
) -> anyhow::Result<()> {
    let (mut bare, mut walls, mut ours, mut peer) =
        (Starts::default(), Starts::default(), Starts::default(), Starts::default());
    for turn in 0..arguments.runs.max(1) {
        if turn % 50 == 0 {
            progress(&format!("start {turn} of {}", arguments.runs));
        }
        bare.add(process::run(&mut place.bare(&["/bin/true"]))?, others);
        walls.add(around_nothing(&place.spec())?, others);
        ours.add(process::run(&mut place.ours(&["/bin/true"]))?, others);
        if has_peer {
            peer.add(process::run(&mut place.bubblewrap(&["/bin/true"]))?, others);
        }
    }
    let (least_walls, least_ours, least_peer) = (walls.least(), ours.least(), peer.least());
    let mut rows = vec![bare.row("bare"), walls.row("walls"), ours.row("portcullis run")];
    if has_peer {
        rows.push(peer.row("bubblewrap"));
        report.goal("starting within walls, against bubblewrap", Bound::AtMost(1.0), "times", least_walls / least_peer);
    }
    let columns = vec!["ms least", "ms p10", "ms p50", "CPU ms p50"];
    report.table(Table { title: "start of /bin/true, to its end".to_owned(), columns, rows })?;
    report.goal("the whole of `portcullis run`", Bound::AtMost(30.0), "ms", least_ours);
    Ok(())
}

/// Walls by a caller that is there already.
fn around_nothing(spec: &Spec) -> anyhow::Result<Run> {
    let (before, start) = (machine::own_cpu()? + machine::children_cpu()?, Instant::now());
    let exit = prepare(spec)?.start()?.wait()?;
    let wall = start.elapsed();
    let cpu = (machine::own_cpu()? + machine::children_cpu()?).saturating_sub(before);
    Ok(Run { cpu, wall, succeeded: exit.code() == 0 })
}

fn work(arguments: &Arguments, place: &Place, others: &mut Others, report: &mut Report) -> anyhow::Result<()> {
    let most = Duration::from_mins(2);
    let mut rows = Vec::new();
    for (name, script) in WORK {
        progress(name);
        let (mut ratios, mut bare_ms, mut ours_ms) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..arguments.rounds.max(1) {
            let idle = process::measure(&mut place.ours(&["/bin/true"]), most)?.cpu;
            let bare = process::measure(&mut place.bare(&["/bin/sh", "-c", script]), most)?.cpu;
            let ours = process::measure(&mut place.ours(&["/bin/sh", "-c", script]), most)?.cpu;
            let ours = ours.saturating_sub(idle);
            others.ours(bare + ours + idle);
            ratios.push(ours.as_secs_f64() / bare.as_secs_f64());
            bare_ms.push(milliseconds(bare));
            ours_ms.push(milliseconds(ours));
        }
        let figures = [bare_ms, ours_ms].map(|values| Cell::Number(Spread::of(values).median));
        let ratio = Spread::of(ratios).median;
        rows.push(Row { name: name.to_owned(), cells: figures.into_iter().chain([Cell::Ratio { ratio }]).collect() });
        let most = if name.starts_with("write") { 1.1 } else { 1.03 };
        report.goal(format!("CPU time of `{name}`, against bare"), Bound::AtMost(most), "times", ratio);
    }
    let columns = vec!["bare CPU ms", "within CPU ms", "times"];
    report.table(Table { title: "work, without the start".to_owned(), columns, rows })
}
