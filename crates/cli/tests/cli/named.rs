//! `portcullis run --name`: sessions that stay and are joined, as whoever runs the tests and as an ordinary user; and what is
//! tried against whoever joins.

use crate::run::{Runner, runners};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

/// A session in the background. It ends with this.
struct Web {
    runner: Runner,
}

impl Web {
    fn start(runner: Runner, script: &str) -> Self {
        let output = named(&runner, &["--detach"], script);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && told.contains("end it with halt web"), "{told}");
        Self { runner }
    }

    fn says(&self, script: &str) -> String {
        let output = named(&self.runner, &[], script);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{script}: {told}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn halt(&self) -> Output {
        self.runner.command().args(["halt", "web"]).output().unwrap()
    }

    /// What the session printed, once it has ended.
    fn printed(&self) -> String {
        let output = self.runner.command().args(["run", "--name", "web", "--attach"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Waits until a script within says so.
    fn until(&self, script: &str) {
        let began = Instant::now();
        while !named(&self.runner, &["--quiet"], script).status.success() {
            assert!(began.elapsed() < Duration::from_secs(20), "never: {script}");
        }
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        drop(self.halt());
    }
}

fn named(runner: &Runner, options: &[&str], script: &str) -> Output {
    let mut command = runner.command();
    command.args(["run", "--name", "web"]).args(options).args(["--", "/bin/sh", "-c", script]).output().unwrap()
}

/// Somebody who joined, prints a line, and stays.
fn stays(runner: &Runner, script: &str) -> Child {
    let mut command = runner.command();
    command.args(["run", "--name", "web", "--", "/bin/sh", "-c", script]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    child
}

#[test]
fn a_server_goes_on_and_whoever_joins_is_where_it_is() {
    for runner in runners() {
        let web = Web::start(
            runner,
            "echo made > by-the-first.rs; echo serving; exec python3 -u -m http.server 3000 --bind 127.0.0.1",
        );
        web.until("curl -sf -o /dev/null localhost:3000");
        assert_eq!(web.says("curl -sf localhost:3000/by-the-first.rs; echo two > by-the-second.rs"), "made\n");
        assert_eq!(web.says("cat by-the-*.rs"), "made\ntwo\n");
        assert!(!web.runner.machine.project().join("by-the-second.rs").exists());
        let status = named(&web.runner, &[], "exit 42").status;
        assert_eq!(status.code(), Some(42));
        let missing = web.runner.command().args(["run", "--name", "web", "--", "/no/such/program"]).output().unwrap();
        assert_eq!(missing.status.code(), Some(127), "{}", String::from_utf8_lossy(&missing.stderr));
        let halted = web.halt();
        assert!(halted.status.success());
        assert!(web.printed().starts_with("serving\n"), "{}", web.printed());
        // It is gone; what it changed waits.
        let output = web.runner.command().args(["sessions", "--json"]).output().unwrap();
        let listed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&listed["sessions"][0]["waiting"], &listed["sessions"][0]["name"]), (&2.into(), &"web".into()));
        assert_eq!(named(&web.runner, &["--quiet"], "cat by-the-*.rs").status.code(), Some(1), "a new session");
    }
}

#[test]
fn whoever_joins_stands_within_the_same_walls() {
    for runner in runners() {
        let web = Web::start(runner, "exec sleep 60");
        let state = "grep -E '^(Cap|NoNewPrivs|Seccomp:|Seccomp_filters)' /proc/self/status";
        let namespaces = "for n in user mnt pid net ipc uts cgroup time; do readlink /proc/$P/ns/$n; done";
        let of = |process: &str| web.says(&format!("P={process}; {namespaces}"));
        assert_eq!(of("self"), of("2"), "the first command is process 2");
        let walls = web.says(state);
        assert!(walls.contains("CapBnd:\t0000000000000000") && walls.contains("NoNewPrivs:\t1"), "{walls}");
        assert_eq!(walls, web.says(&state.replace("self", "2")));
        assert!(walls.contains("Seccomp:\t2"), "{walls}");
        // Nothing of who joined but streams and words.
        let outside = web.runner.machine.home().join("planted");
        fs::write(&outside, "planted").unwrap();
        assert_eq!(web.says(&format!("cat {} 2>/dev/null; env | grep planted; true", outside.display())), "");
        assert_eq!(web.says("ls /proc/self/fd | wc -l"), "4\n", "the fourth is of the list itself");
        let mut command = web.runner.command();
        command.args(["run", "--name", "web", "--env", "TOLD=yes", "--", "/bin/sh", "-c", "echo $TOLD; echo $HOME"]);
        let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
        assert_eq!(said, format!("yes\n{}\n", web.runner.machine.home().display()));
        let policy = named(&web.runner, &["--limit", "memory=1GiB"], "true");
        assert!(String::from_utf8_lossy(&policy.stderr).contains("with limits of its own"));
    }
}

#[test]
fn what_is_inside_never_sees_who_joins_nor_the_socket() {
    for runner in runners() {
        // Looks at every process that is not its own, as fast as it can, and prints what it finds of ours.
        let hunter = r"
import os, signal
seen = set()
def note(what):
    if what not in seen:
        seen.add(what); print(what, flush=True)
print('hunting', flush=True)
while not os.path.exists('/tmp/enough'):
    for pid in os.listdir('/proc'):
        if not pid.isdigit() or int(pid) == os.getpid(): continue
        try:
            comm = open(f'/proc/{pid}/comm').read().strip()
            if comm not in ('sh', 'true', 'touch', 'sleep'): note(f'process {comm}')
            if b'portcullis' in open(f'/proc/{pid}/cmdline', 'rb').read(): note('our command line')
            for fd in os.listdir(f'/proc/{pid}/fd'):
                link = os.readlink(f'/proc/{pid}/fd/{fd}')
                if 'socket' in link or 'ptmx' in link or 'sessions' in link: note(f'descriptor {link} of {comm}')
            maps = open(f'/proc/{pid}/maps').read()
            if 'portcullis' in maps: note('our memory')
        except OSError: pass
    try: os.kill(1, signal.SIGKILL)
    except OSError as error: note(f'kill: {error.errno}')
    try: os.open('/proc/1/fd', os.O_RDONLY)
    except OSError as error: note(f'proc: {error.errno}')
    try: fd = os.pidfd_open(1); os.close(fd)
    except OSError as error: note(f'pidfd: {error.errno}')
print('enough', flush=True)
while True: signal.pause()
";
        runner.machine.write("hunter.py", hunter);
        let web = Web::start(runner, "exec python3 hunter.py");
        web.until("true");
        for _ in 0..20 {
            web.says("true");
        }
        web.says("touch /tmp/enough; sleep 0.5");
        // Nobody can connect to what does not exist in there.
        let state = web.runner.machine.state();
        assert_eq!(web.says(&format!("ls -d {} 2>/dev/null; true", state.display())), "");
        web.halt();
        let printed = web.printed();
        let found: Vec<&str> = printed
            .lines()
            .filter(|it| !["hunting", "enough"].contains(it) && !it.starts_with("portcullis:"))
            .collect();
        assert!(printed.contains("enough"), "{printed}");
        // It can't be signalled; it is there, and nothing of it can be seen.
        assert!(found.iter().all(|line| line.starts_with("kill: ") || line.starts_with("proc: ")), "{printed}");
    }
}

#[test]
fn whoever_joins_has_a_terminal_of_its_own() {
    for runner in runners() {
        let web = Web::start(runner, "exec sleep 60");
        let inner = "test -t 0 && test -t 1 && test -t 2 && stty size && ps -o tty= -p $$ && readlink /proc/$$/fd/0";
        // A terminal outside, and our program at it.
        let script = "import os, pty, sys, fcntl, termios, struct
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 33, 77, 0, 0))
said = b''
while True:
    try: piece = os.read(fd, 4096)
    except OSError: break
    if not piece: break
    said += piece
sys.stdout.write(said.decode()); sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))";
        let joins = web.runner.command();
        let mut outside = std::process::Command::new("python3");
        outside.args(["-c", script]).arg(joins.get_program()).args(joins.get_args());
        outside.args(["run", "--quiet", "--name", "web", "--", "/bin/sh", "-c", &format!("sleep 0.3; {inner}")]);
        outside.env_clear().envs(joins.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = outside.current_dir(web.runner.machine.project()).stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}");
        let lines: Vec<&str> = said.lines().collect();
        assert!(lines[0] == "33 77" || lines[0] == "24 80" || lines[0] == "0 0", "{said}");
        assert_eq!(lines[2].trim_end(), format!("/dev/{}", lines[1].trim()), "a terminal of the tree inside");
    }
}

#[test]
fn who_goes_away_takes_along_what_they_started_and_the_end_of_the_session_ends_all() {
    for runner in runners() {
        let web = Web::start(runner, "exec sleep 60");
        let mut gone = stays(&web.runner, "echo ready; exec sleep 4242");
        assert_eq!(web.says("pgrep -f '^sleep 4242' | wc -l"), "1\n");
        gone.kill().unwrap();
        gone.wait().unwrap();
        web.until("test -z \"$(pgrep -f '^sleep 4242')\"");
        let mut asked = stays(&web.runner, "trap '' TERM; echo ready; exec sleep 4243");
        let pid = rustix::process::Pid::from_raw(i32::try_from(asked.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert_eq!(asked.wait().unwrap().code(), Some(137));
        let mut left = stays(&web.runner, "trap '' TERM; echo ready; exec sleep 4244");
        web.halt();
        assert_eq!(left.wait().unwrap().code(), Some(137));
        assert!(!String::from_utf8_lossy(&fs::read("/proc/self/mountinfo").unwrap()).contains("portcullis-cli-x"));
    }
}

#[test]
fn a_folder_or_a_connection_is_not_handed_in() {
    for runner in runners() {
        let web = Web::start(runner, "exec sleep 60");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut ours = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let theirs = listener.accept().unwrap().0;
        std::io::Write::write_all(&mut ours, b"from the network").unwrap();
        let joins = |stdin: Stdio| {
            let mut command = web.runner.command();
            command.args(["run", "--quiet", "--name", "web", "--", "/bin/sh", "-c", "readlink /proc/self/fd/0; cat"]);
            String::from_utf8(command.stdin(stdin).output().unwrap().stdout).unwrap()
        };
        assert_eq!(joins(fs::File::open("/").unwrap().into()), "/dev/null\n");
        assert_eq!(joins(std::os::fd::OwnedFd::from(theirs).into()), "/dev/null\n");
        let file = web.runner.machine.home().join("handed-in");
        fs::write(&file, "handed in").unwrap();
        assert!(joins(fs::File::open(&file).unwrap().into()).ends_with("handed in"), "what you hand in is handed in");
    }
}

#[test]
fn when_the_watching_process_is_killed_nothing_inside_is_left() {
    for runner in runners() {
        let web = Web::start(runner, "exec sleep 60");
        let marker = format!("77{}", std::process::id());
        let mut inside = stays(&web.runner, &format!("(setsid sleep {marker} &); echo ready; exec sleep {marker}"));
        let sessions = fs::read_dir(web.runner.machine.state().join("sessions")).unwrap().flatten();
        let documents = sessions.map(|session| session.path().join("session.json")).filter(|path| path.exists());
        let document = fs::read_to_string(documents.last().unwrap()).unwrap();
        let document: serde_json::Value = serde_json::from_str(&document).unwrap();
        let pid = i32::try_from(document["state"]["running"]["pid"].as_i64().unwrap()).unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        assert_eq!(inside.wait().unwrap().code(), Some(137));
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            assert!(!line.starts_with(format!("sleep\0{marker}").as_bytes()));
        }
    }
}

#[test]
fn limits_count_whoever_joins() {
    let runner = runners().pop().unwrap();
    let output = named(&runner, &["--detach", "--limit", "memory=200MiB"], "exec sleep 60");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let web = Web { runner };
    let hungry = "exec python3 -c 'x = b\"x\" * (600 << 20); import time; time.sleep(30)'";
    let output = named(&web.runner, &[], hungry);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains("session web has ended, and this with it"), "{told}");
    assert!(web.printed().contains("limits.memory"), "{}", web.printed());
}

#[test]
fn an_agent_that_joins_is_told_that_nothing_of_it_is_there() {
    let web = Web::start(runners().remove(0), "exec sleep 60");
    let mut command = web.runner.command();
    let output = command.args(["run", "--name", "web", "--", "claude"]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("was not started with the session, so it finds none of its settings"), "{told}");
}

#[test]
fn without_namespaces_there_is_nothing_to_join_or_to_go_on_with() {
    let runner = crate::run::refused();
    let output = named(&runner, &[], "true");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains("needs namespaces for them to be in"), "{told}");
    let run = |options: &[&str]| {
        let mut command = runner.command();
        command.arg("run").args(options).args(["--", "/bin/sh", "-c", "echo '{}' > package.json"]);
        command.output().unwrap()
    };
    assert!(run(&["--hold"]).status.success());
    let output = run(&["--continue"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains("gone on with on its layers"), "{told}");
    // What it has is still there.
    let changes = runner.command().args(["changes"]).output().unwrap();
    assert!(String::from_utf8_lossy(&changes.stdout).contains("package.json"));
}

#[test]
fn a_name_is_taken_once_is_checked_and_belongs_to_its_repository() {
    let web = Web::start(runners().remove(0), "exec sleep 60");
    let again = named(&web.runner, &["--detach"], "true");
    let told = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(told.contains("session web runs already") && told.contains("portcullis halt web"), "{told}");
    let bad = web.runner.command().args(["run", "--name", "../x", "--", "true"]).output().unwrap();
    assert_eq!(bad.status.code(), Some(2));
    let elsewhere = web.runner.machine.home().parent().unwrap().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let mut command = web.runner.command();
    let output = command.args(["run", "--name", "web", "--attach"]).current_dir(&elsewhere).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("no session web was started here"));
    let log = web.runner.machine.run(&["log", "query"]);
    drop(web.says("true"));
    let after = web.runner.machine.run(&["log", "query"]);
    assert!(after.len() > log.len(), "joining is recorded");
}

#[test]
fn what_can_not_be_started_in_the_background_is_told_where_it_was_asked_for() {
    let runner = runners().remove(0);
    let mut command = runner.command();
    let output = command.args(["run", "--name", "web", "--detach", "--", "no-such-program"]).output().unwrap();
    assert_eq!(output.status.code(), Some(127));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no-such-program"));
    let ended = named(&runner, &["--detach"], "echo it ends; exit 3");
    assert_eq!(ended.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("it ends"));
    let output = runner.command().args(["run", "--name", "web", "--attach"]).output().unwrap();
    assert_eq!(
        (output.status.code(), String::from_utf8_lossy(&output.stdout).starts_with("it ends\n")),
        (Some(3), true)
    );
}
