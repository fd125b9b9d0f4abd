//! The proxies: who they are, how they are started, and what they use.

use anyhow::{Context as _, bail};
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a proxy may take until it accepts.
const START: Duration = Duration::from_mins(2);

/// A proxy at work, ended when it is dropped.
#[derive(Debug)]
pub(super) struct Proxy {
    pub(super) name: &'static str,
    pub(super) port: u16,
    child: Child,
    /// Its settings and its state.
    folder: TempDir,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Proxy {
    /// Ends it. Its settings and its state are still there.
    pub(super) fn stop(&mut self) {
        // nginx's own processes end with the first of them when it is asked to, and only then.
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).ok();
        for _ in 0..100 {
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Proxy {
    /// How many records our ledger holds.
    pub(super) fn records(&self) -> anyhow::Result<u64> {
        let mut command = Command::new(ours_program()?);
        command.args(["log", "status", "--json"]).env("PORTCULLIS_HOME", self.folder.path().join("home"));
        let said: serde_json::Value = serde_json::from_str(&crate::process::succeed(&mut command)?)?;
        said.get("records").and_then(serde_json::Value::as_u64).context("the ledger does not say how long it is")
    }

    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    /// nginx, which hands everything on and looks at nothing.
    pub(super) fn nginx(upstream: u16) -> anyhow::Result<Self> {
        let (folder, port) = (TempDir::new()?, free_port()?);
        let path = folder.path().display();
        let settings = format!(
            "daemon off; worker_processes 1; pid {path}/pid; error_log {path}/errors;\n\
             events {{ worker_connections 8192; }}\n\
             http {{\n  access_log off; client_body_temp_path {path}/body; proxy_temp_path {path}/proxy;\n  \
             fastcgi_temp_path {path}/f; uwsgi_temp_path {path}/u; scgi_temp_path {path}/s;\n  \
             client_body_buffer_size 1m; keepalive_requests 100000000;\n  \
             upstream models {{ server 127.0.0.1:{upstream}; keepalive 256; keepalive_requests 100000000; }}\n  \
             server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://models; proxy_http_version 1.1;\n    \
             proxy_set_header Connection \"\"; proxy_buffering off; }} }}\n}}\n"
        );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, settings)?;
        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder.path()).arg("-c").arg(&file);
        Self::start("nginx", command, port, folder)
    }

    /// `litellm` with one worker, as its own documents have it.
    pub(super) fn litellm(upstream: u16, peers: &Path) -> anyhow::Result<Self> {
        let program = peers.join("litellm/bin/litellm");
        if !program.exists() {
            bail!("it is not installed here");
        }
        let (folder, port) = (TempDir::new()?, free_port()?);
        let file = folder.path().join("config.yaml");
        let settings = format!(
            "model_list:\n  - model_name: claude-bench\n    litellm_params:\n      model: anthropic/claude-bench\n      \
             api_base: http://127.0.0.1:{upstream}\n      api_key: none\n"
        );
        std::fs::write(&file, settings)?;
        let mut command = Command::new(program);
        command.arg("--config").arg(&file).args(["--host", "127.0.0.1", "--num_workers", "1", "--port"]);
        command.arg(port.to_string()).env("LITELLM_LOG", "ERROR");
        // It looks for prices of models in the network otherwise, and does not start without a key of its own.
        command.env("LITELLM_LOCAL_MODEL_COST_MAP", "True");
        command.env("LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY", "true");
        Self::start("LiteLLM", command, port, folder)
    }

    /// Us, with the policy that `init` writes and a ledger.
    pub(super) fn ours(upstream: u16) -> anyhow::Result<Self> {
        let program = ours_program()?;
        let folder = TempDir::new()?;
        let project = folder.path().join("project");
        std::fs::create_dir(&project)?;
        let command = || {
            let mut command = Command::new(&program);
            command.current_dir(&project).env("PORTCULLIS_HOME", folder.path().join("home"));
            command
        };
        crate::process::succeed(command().arg("init"))?;
        let mut command = command();
        command.args(["gateway", "--listen", "127.0.0.1:0", "--upstream"]);
        command.arg(format!("messages=http://127.0.0.1:{upstream}"));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("it has no output")?).read_line(&mut line)?;
        let port = line.trim().rsplit(':').next().and_then(|port| port.parse().ok());
        let port = port.with_context(|| format!("it did not say where it listens: {line}"))?;
        Ok(Self { name: "portcullis", port, child, folder })
    }

    fn start(name: &'static str, mut command: Command, port: u16, folder: TempDir) -> anyhow::Result<Self> {
        let command =
            command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().with_context(|| format!("{name} could not be started"))?;
        let mut proxy = Self { name, port, child, folder };
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(status) = proxy.child.try_wait()? {
                bail!("{name} ended with {status}");
            }
            if start.elapsed() > START {
                bail!("{name} does not accept");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(proxy)
    }
}

/// A port that nobody listened at a moment ago.
fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Our own program, which is built beside this one.
fn ours_program() -> anyhow::Result<std::path::PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("portcullis"))
}
