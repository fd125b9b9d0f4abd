//! One step, within walls of its own, and all that can be seen of it from outside.

use crate::commands::run::egress;
use crate::commands::run::limits::{Guard, TooMuch};
use crate::failure::Failure;
use portcullis_changes::SessionStore;
use portcullis_detonation::Sent;
use portcullis_gateway::model::Authority;
use portcullis_gateway::nowhere::{Baits, Heard, Nowhere, Request};
use portcullis_policy::RunLimits;
use portcullis_sandbox::{Besides, Error, Exit, Killer, Spec, prepare_with};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// The most that a step may print.
const MOST_OUTPUT: u64 = 4 << 20;

/// The status by which the starter says that something was left running.
const LEFT_RUNNING: u8 = 77;

/// What is looked for from outside.
pub(super) struct Watched {
    /// Private files inside, and what each is called.
    pub(super) files: Vec<PathBuf>,
    pub(super) places: Vec<String>,
    pub(super) baits: Baits,
    pub(super) authority: Option<Arc<Authority>>,
    pub(super) longest: Duration,
}

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Ended {
    pub(super) sent: Vec<Sent>,
    pub(super) names: Vec<String>,
    pub(super) output: Vec<u8>,
    pub(super) opened: Vec<String>,
    pub(super) too_much: Option<String>,
    pub(super) left_running: bool,
}

impl Ended {
    /// Programs that the shell did not find.
    pub(super) fn missing(&self) -> BTreeSet<String> {
        const KNOWN: [&str; 14] = [
            "python", "python3", "node", "npm", "npx", "ruby", "perl", "php", "pwsh", "lua", "uv", "uvx", "bun", "deno",
        ];
        let output = String::from_utf8_lossy(&self.output);
        let names = output.lines().filter_map(|line| line.strip_suffix(": command not found")?.rsplit(": ").next());
        names.filter(|name| KNOWN.contains(name)).map(str::to_owned).collect()
    }
}

/// Carries a step out. Nobody but this thread may be at work.
pub(super) fn carry_out(spec: &Spec, input: &Path, watched: Watched) -> Result<Ended, Failure> {
    alone()?;
    let limits = RunLimits {
        processes: Some(128),
        memory: Some(1 << 30),
        disk: Some(512 << 20),
        open_files: Some(1024),
        output: None,
        cpu_percent: None,
        time: Some(watched.longest.as_secs().max(1)),
    };
    let id = SessionStore::fresh_id().map_err(|error| Failure::incomplete(error.to_string()))?;
    let guard = Guard::new(limits, &id);
    let spec = Spec { limits: guard.counted(), ..spec.clone() };
    let input = File::open(input).map_err(|error| Failure::io("open what a step is told", Some(input), &error))?;
    // Nothing of the caller's is handed in: a step reads what it is told, and then the end.
    rustix::stdio::dup2_stdin(&input)
        .map_err(|errno| Failure::io("hand in what a step is told", None, &errno.into()))?;
    let mut prepared =
        prepare_with(&spec, Besides { entry: None, watched: &watched.files }).map_err(|error| walls(&error))?;
    let watch = guard.watch(&prepared, &spec)?;
    let failed = |error: std::io::Error| Failure::io("listen to a step", None, &error);
    let doors = prepared.doors.take().ok_or_else(|| Failure::incomplete("the walls have no doors"))?;
    let nowhere = Nowhere::open(egress::doors(doors), watched.baits, watched.authority).map_err(failed)?;
    let (opened, output) = (prepared.opened.take(), prepared.outputs.pop());
    let running = prepared.start().map_err(|error| walls(&error))?;
    let (killer, other) =
        (running.killer().map_err(|error| walls(&error))?, running.killer().map_err(|error| walls(&error))?);
    let watching = watch.begin(killer).map_err(failed)?;
    let reader = thread::Builder::new().name("output".to_owned()).spawn(move || read(output.map(File::from), &other));
    let reader = reader.map_err(failed)?;
    let exit = running.wait();
    let too_much = watching.end();
    let (output, printed_too_much) = reader.join().unwrap_or_default();
    let mut ended = Ended { output, ..Ended::default() };
    ended.too_much = match too_much {
        Some(TooMuch::Time(_)) => Some(format!("it took longer than {} seconds", watched.longest.as_secs().max(1))),
        Some(other) => Some(other.to_string()),
        None if printed_too_much => Some(format!("it printed more than {} MiB", MOST_OUTPUT >> 20)),
        None => None,
    };
    ended.left_running = matches!(exit, Ok(Exit::Status(status)) if i64::from(status) == i64::from(LEFT_RUNNING));
    if let Err(error) = exit
        && ended.too_much.is_none()
    {
        return Err(walls(&error));
    }
    for heard in nowhere.end() {
        take(heard, &mut ended);
    }
    let times = opened.as_ref().map(portcullis_sandbox::Opened::times).unwrap_or_default();
    let were_opened = watched.places.into_iter().zip(times).filter(|(_, times)| *times > 0);
    ended.opened = were_opened.map(|(place, _)| place).collect();
    Ok(ended)
}

/// Waits until no other thread is at work: walls are built by somebody who is alone.
fn alone() -> Result<(), Failure> {
    let until = Instant::now() + Duration::from_secs(5);
    loop {
        let threads = std::fs::read_dir("/proc/self/task").map(Iterator::count);
        match threads {
            Ok(1) => return Ok(()),
            _ if Instant::now() > until => return Err(Failure::incomplete("something else goes on in this process")),
            Ok(_) | Err(_) => thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// Reads what is printed, to its end or to the end of what may be.
fn read(output: Option<File>, killer: &Killer) -> (Vec<u8>, bool) {
    let (mut all, Some(output)) = (Vec::new(), output) else { return (Vec::new(), false) };
    // What came before an error is there.
    output.take(MOST_OUTPUT + 1).read_to_end(&mut all).ok();
    let is_too_much = all.len() as u64 > MOST_OUTPUT;
    if is_too_much {
        killer.kill().ok();
    }
    (all, is_too_much)
}

fn take(heard: Heard, ended: &mut Ended) {
    match heard {
        Heard::Name(name) => ended.names.push(name),
        Heard::Request(request) => ended.sent.push(of_request(request)),
        Heard::Said { host, port, bytes } => {
            let what = format!("{} bytes to port {port}", bytes.len());
            ended.sent.push(Sent { host, port, what, bytes, baited: false });
        }
        Heard::Unread { host, port } => {
            let what = format!("TLS to port {port} that could not be read");
            ended.sent.push(Sent { host, port, what, bytes: Vec::new(), baited: false });
        }
        Heard::Lost(count) => {
            ended.too_much.get_or_insert_with(|| format!("it said {count} things more than are kept"));
        }
    }
}

fn of_request(request: Request) -> Sent {
    let Request { host, port, tls, method, target, head, mut body, baited } = request;
    let path = target.split('?').next().unwrap_or_default();
    let path: String = path.chars().filter(char::is_ascii_graphic).take(60).collect();
    let what = format!("{method} {}://{host}{path}", if tls { "https" } else { "http" });
    let mut bytes = head;
    bytes.append(&mut body);
    Sent { host, port, what, bytes, baited }
}

/// Walls that could not be built: then nothing is let loose.
fn walls(error: &Error) -> Failure {
    let failure = Failure::incomplete(error.to_string());
    if error.refuses_namespaces() {
        return failure
            .because("what may be malicious is let loose behind full walls only, and this machine refuses the namespaces for them")
            .fix("`portcullis doctor` says what stands against it here");
    }
    failure
}
