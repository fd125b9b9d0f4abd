//! Sockets of the machine, asked from within a run by way of a broker: with the real programs, as everybody who may run.

use crate::run::{Runner, refused, runners};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A real agent with two keys, called `work` and `spare`.
struct Agent {
    folder: tempfile::TempDir,
    child: Child,
}

impl Agent {
    fn new(runner: &Runner) -> Self {
        let folder = tempfile::Builder::new().prefix("agent-").tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["work", "spare"] {
            let file = folder.path().join(name);
            let made =
                Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"]).arg(file).status();
            assert!(made.unwrap().success());
        }
        let socket = folder.path().join("agent.sock");
        runner.hand_over(folder.path());
        let mut command = runner.as_them("ssh-agent");
        let child = command.arg("-D").arg("-a").arg(&socket).stdout(Stdio::null()).spawn().unwrap();
        let agent = Self { folder, child };
        for _ in 0..500 {
            if socket.exists() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let mut add = runner.as_them("ssh-add");
        let added =
            add.arg("-q").args(["work", "spare"].map(|name| agent.path(name))).env("SSH_AUTH_SOCK", &socket).status();
        assert!(added.unwrap().success());
        agent
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn public(&self, name: &str) -> String {
        fs::read_to_string(self.path(&format!("{name}.pub"))).unwrap()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A run with an agent outside, and a policy that opens something of it.
fn run(runner: &Runner, agent: &Agent, script: &str) -> (bool, String) {
    let mut command = runner.command();
    command.env("SSH_AUTH_SOCK", agent.path("agent.sock")).args(["run", "--hold", "--", "/bin/sh", "-c", script]);
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.success(), text)
}

const POLICY: &str = "[sockets.ssh-agent]\nkeys.allow = [\"work\"]\nsign.allow = [\"git\"]\n";

fn everybody() -> Vec<Runner> {
    runners().into_iter().chain([refused()]).collect()
}

#[test]
fn without_a_line_of_policy_there_is_no_agent() {
    for runner in everybody() {
        let agent = Agent::new(&runner);
        let (_, said) = run(&runner, &agent, "echo \"<$SSH_AUTH_SOCK>\"; ssh-add -l");
        assert!(said.contains("<>") && said.contains("Could not open a connection"), "{said}");
    }
}

#[test]
fn a_repository_opens_no_socket() {
    for runner in runners() {
        let agent = Agent::new(&runner);
        runner.machine.write("portcullis.toml", POLICY);
        let (_, said) = run(&runner, &agent, "echo \"<$SSH_AUTH_SOCK>\"");
        assert!(said.contains("<>"), "{said}");
    }
}

#[test]
fn only_the_approved_key_is_listed_and_nothing_is_changed() {
    for runner in everybody() {
        let agent = Agent::new(&runner);
        runner.machine.write_user_policy(POLICY);
        let script = "ssh-add -l; ssh-add -D; ssh-add -d; ssh-add -x </dev/null; ssh-keygen -q -t ed25519 -N '' -f $HOME/own; \
                      ssh-add $HOME/own; ssh-add -l | wc -l";
        let (_, said) = run(&runner, &agent, script);
        assert!(said.contains(" work (ED25519)") && !said.contains("spare"), "{said}");
        assert!(said.contains("sockets  ssh-agent"), "{said}");
        assert!(said.contains("ssh-agent: remove-all-keys"), "{said}");
        let mut outside = runner.as_them("ssh-add");
        let left = outside.arg("-l").env("SSH_AUTH_SOCK", agent.path("agent.sock")).output().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&left.stdout).lines().count(),
            2,
            "both keys are still there, and no other one"
        );
    }
}

#[test]
fn a_commit_is_signed_and_a_signature_for_something_else_is_not() {
    // OpenSSH wants an account, which a run in place has only if there is one outside.
    for runner in runners() {
        let agent = Agent::new(&runner);
        runner.machine.write_user_policy(POLICY);
        runner.machine.write("work.pub", agent.public("work"));
        runner.machine.write("spare.pub", agent.public("spare"));
        let script = "set -e; git init -q .; git config user.name a; git config user.email a@b.example; \
            git config gpg.format ssh; git config user.signingkey \"$PWD/work.pub\"; echo x > file; git add file; \
            git commit -q -S -m signed; \
            echo \"a@b.example $(cat work.pub)\" > $HOME/allowed; git config gpg.ssh.allowedSignersFile $HOME/allowed; \
            git verify-commit HEAD && echo verified; \
            echo y | ssh-keygen -Y sign -n file -f work.pub >/dev/null 2>&1 || echo 'not for files'; \
            echo y | ssh-keygen -Y sign -n git -f spare.pub >/dev/null 2>&1 || echo 'not with spare'";
        let (fine, said) = run(&runner, &agent, script);
        assert!(fine, "{said}");
        for expected in ["verified", "not for files", "not with spare", "ssh-agent: signature for file"] {
            assert!(said.contains(expected), "{expected}: {said}");
        }
        let log = runner.command().args(["log", "query", "--kind", "socket", "--json"]).output().unwrap();
        let log = String::from_utf8_lossy(&log.stdout).into_owned();
        assert!(log.contains("ssh-agent work for git") && log.contains("ssh-agent work for file"), "{log}");
    }
}

/// What a daemon that was asked answers, and what it was asked.
struct Engine {
    folder: tempfile::TempDir,
    asked: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
}

impl Engine {
    fn new(runner: &Runner) -> Self {
        use std::io::{BufRead as _, BufReader, Write as _};
        let folder = tempfile::Builder::new().prefix("engine-").tempdir().unwrap();
        let listener = std::os::unix::net::UnixListener::bind(folder.path().join("docker.sock")).unwrap();
        runner.hand_over(folder.path());
        let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let record = std::sync::Arc::clone(&asked);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
                let first = lines.next().unwrap_or_default();
                lines.take_while(|line| !line.is_empty()).for_each(drop);
                let answer = answer(&first);
                record.lock().unwrap().push(first);
                stream.write_all(answer.as_bytes()).ok();
            }
        });
        Self { folder, asked }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("docker.sock")
    }
}

fn answer(line: &str) -> String {
    let path = line.split(' ').nth(1).unwrap_or_default();
    let text = match path.split('?').next().unwrap_or_default().rsplit('/').next().unwrap_or_default() {
        "_ping" => "OK".to_owned(),
        "version" => r#"{"Version":"27.0.0","ApiVersion":"1.46","MinAPIVersion":"1.24","Os":"linux","Arch":"amd64"}"#.to_owned(),
        "json" if path.contains("/web/") => {
            r#"{"Id":"abc","Name":"/web","Config":{"Env":["PATH=/bin","API_TOKEN=planted"],"Tty":true}}"#.to_owned()
        }
        "json" => r#"[{"Id":"abcdef123456","Names":["/web"],"Image":"img","Command":"sh","Created":1,"State":"running","Status":"Up","Ports":[],"Labels":{}}]"#.to_owned(),
        "logs" => {
            return "HTTP/1.1 200 OK\r\nApi-Version: 1.46\r\nContent-Type: application/vnd.docker.raw-stream\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nline1\n\r\n0\r\n\r\n".to_owned();
        }
        _ => r#"{"message":"no"}"#.to_owned(),
    };
    let kind = if text.starts_with(['{', '[']) { "application/json" } else { "text/plain" };
    let length = text.len();
    let body = if line.starts_with("HEAD") { "" } else { &text };
    format!(
        "HTTP/1.1 200 OK\r\nApi-Version: 1.46\r\nOstype: linux\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn ask(runner: &Runner, socket: &Path, script: &str) -> String {
    let mut command = runner.command();
    command.env("DOCKER_HOST", format!("unix://{}", socket.display())).args(["run", "--", "/bin/sh", "-c", script]);
    let output = command.output().unwrap();
    [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
}

#[test]
fn docker_is_read_and_not_changed_and_its_secrets_stay_outside() {
    for runner in everybody() {
        let engine = Engine::new(&runner);
        runner.machine.write_user_policy("[sockets.docker]\nallow = [\"*\"]\ndeny = [\"events\"]\n");
        let script = "d=\"curl -s --unix-socket ${DOCKER_HOST#unix://} http://docker\"; \
            $d/_ping; $d/v1.46/containers/web/json; $d/v1.46/containers/web/logs?stdout=1; \
            $d/events; $d/containers/create -d '{}'; $d/containers/web/start -X POST; $d/containers/web/archive?path=/; \
            $d/containers/web/../../info --path-as-is; $d/containers/web/attach -X POST -H 'Upgrade: tcp' -H 'Connection: Upgrade'";
        let said = ask(&runner, &engine.socket(), script);
        for expected in
            ["OK", "API_TOKEN=[masked]", "line1", "portcullis: `events`, asked of docker is denied by `events`"]
        {
            assert!(said.contains(expected), "{expected}: {said}");
        }
        assert!(!said.contains("planted"), "{said}");
        let asked = engine.asked.lock().unwrap().clone();
        let expected = [
            "GET /_ping HTTP/1.1",
            "GET /v1.46/containers/web/json HTTP/1.1",
            "GET /v1.46/containers/web/logs?stdout=1 HTTP/1.1",
        ];
        assert_eq!(asked, expected, "nothing else has reached the daemon");
    }
}

/// Where the real client is found, if it is here.
fn client() -> Option<&'static str> {
    ["/usr/bin/docker", "/usr/local/bin/docker"].into_iter().find(|path| Path::new(path).exists())
}

#[test]
fn the_real_client_reads_and_can_not_start_anything() {
    let Some(docker) = client() else { return };
    for runner in everybody() {
        let engine = Engine::new(&runner);
        runner.machine.write_user_policy("[sockets.docker]\nallow = [\"*\"]\n");
        let script = format!(
            "{docker} ps; {docker} inspect web; {docker} logs web; {docker} run img; {docker} exec web sh; {docker} rm web"
        );
        let said = ask(&runner, &engine.socket(), &script);
        for expected in ["abcdef123456", "API_TOKEN=[masked]", "line1", "is let through by no policy"] {
            assert!(said.contains(expected), "{expected}: {said}");
        }
        let asked = engine.asked.lock().unwrap().clone();
        assert!(asked.iter().all(|line| line.starts_with("GET ") || line.starts_with("HEAD ")), "{asked:?}");
        assert!(!said.contains("planted"), "{said}");
    }
}

#[test]
fn a_plain_socket_is_passed_through_unread_and_said_loudly() {
    use std::io::{Read as _, Write as _};
    for runner in everybody() {
        let folder = tempfile::Builder::new().prefix("plain-").tempdir().unwrap();
        let socket = folder.path().join("db.sock");
        let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        runner.hand_over(folder.path());
        let served = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut said = [0; 5];
            stream.read_exact(&mut said).unwrap();
            stream.write_all(b"world").unwrap();
            said
        });
        runner.machine.write_user_policy(&format!("[sockets.plain]\nallow = [\"{}\"]\n", socket.display()));
        let script = format!(
            "python3 -c 'import socket,sys,glob,os\ns=socket.socket(socket.AF_UNIX)\n\
             p=(glob.glob(os.environ.get(\"TMPDIR\",\"/none\")+\"/*-db.sock\")+[\"{0}\"])[0]\n\
             s.connect(p);s.sendall(b\"hello\");print(s.recv(9))'",
            socket.display()
        );
        let output = runner.command().args(["run", "--quiet", "--", "/bin/sh", "-c", &script]).output().unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(said.contains("b'world'") && said.contains("is passed through unread"), "{said}");
        assert_eq!(&served.join().unwrap(), b"hello");
        let start = runner.command().args(["log", "show", "1", "--json"]).output().unwrap();
        let start = String::from_utf8_lossy(&start.stdout).into_owned();
        assert!(start.contains("passed through unread"), "{start}");
    }
}

#[test]
fn a_socket_of_the_workspace_is_refused_with_a_reason() {
    let runner = runners().remove(0);
    let socket = runner.machine.project().join("db.sock");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    runner.machine.write_user_policy(&format!("[sockets.plain]\nallow = [\"{}\"]\n", socket.display()));
    let output = runner.command().args(["run", "--", "true"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("a socket of the workspace"), "{said}");
}
