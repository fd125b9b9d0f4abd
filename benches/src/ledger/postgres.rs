//! PostgreSQL as a contender: a server of its own on a Unix socket, with the settings that it comes with (`fsync` and
//! `synchronous_commit` on), one insert per transaction, driven by its own load generator `pgbench` with prepared
//! statements. That is the cheapest client there is; it is given the finished record and has nothing to encode.

use super::records::Records;
use super::round::{Contender, Round};
use super::sqlite::{INDEXED, Indexes};
use crate::figures::number;
use crate::machine;
use crate::process::succeed;
use anyhow::{Context as _, bail, ensure};
use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Whom the server runs as: it refuses to run as root.
#[derive(Debug, Clone, Copy)]
struct User {
    user: u32,
    group: u32,
}

/// A server with an empty database. It ends with this value.
#[derive(Debug)]
pub(crate) struct Server {
    programs: PathBuf,
    process: Child,
    socket: TempDir,
    data: TempDir,
}

impl Server {
    /// Starts a server whose data is below `folder`.
    pub(crate) fn start(folder: &Path) -> anyhow::Result<Self> {
        let programs = programs().context("PostgreSQL is not installed (Debian: apt-get install postgresql)")?;
        let (data, socket) = (TempDir::with_prefix_in("postgres-", folder)?, TempDir::new()?);
        let user = user()?;
        if let Some(User { user, group }) = user {
            for folder in [data.path(), socket.path()] {
                chown(folder, Some(user), Some(group))?;
            }
        }
        let cluster = data.path().join("cluster");
        let mut initdb = run_as(user, &programs.join("initdb"));
        succeed(
            initdb
                .args(["--username=bench", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"])
                .arg(&cluster),
        )?;
        let log = fs::File::create(data.path().join("server.log"))?;
        let process = run_as(user, &programs.join("postgres"))
            .args(["-c", "listen_addresses=", "-c", "max_connections=200", "-D"])
            .arg(&cluster)
            .arg("-k")
            .arg(socket.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let server = Self { programs, process, socket, data };
        server.wait_until_ready()?;
        let settings = server.ask("SELECT current_setting('fsync') || current_setting('synchronous_commit')")?;
        ensure!(settings.trim() == "onon", "PostgreSQL would not be durable: {settings}");
        Ok(server)
    }

    fn wait_until_ready(&self) -> anyhow::Result<()> {
        let start = Instant::now();
        while let Err(error) = self.ask("SELECT 1") {
            if start.elapsed() > Duration::from_secs(30) {
                let log = fs::read_to_string(self.data.path().join("server.log")).unwrap_or_default();
                bail!("PostgreSQL does not start: {error}\n{log}");
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    pub(crate) fn version(&self) -> anyhow::Result<String> {
        Ok(self.ask("SHOW server_version")?.trim().to_owned())
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.arg("--host").arg(self.socket.path()).args(["--username=bench"]);
        command
    }

    fn ask(&self, question: &str) -> anyhow::Result<String> {
        succeed(self.client("psql").args([
            "--no-psqlrc",
            "--tuples-only",
            "--no-align",
            "-d",
            "postgres",
            "-c",
            question,
        ]))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGINT is its "fast shutdown": clients are sent away, files are closed.
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.process), rustix::process::Signal::INT)
            .ok();
        self.process.wait().ok();
    }
}

/// The folder of the newest server's programs.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    folders.sort();
    let installed = folders.into_iter().rev().map(|(_, folder)| folder);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let whole = |folder: &PathBuf| {
        ["initdb", "postgres", "psql", "pgbench"].iter().all(|program| folder.join(program).is_file())
    };
    installed.chain(std::env::split_paths(&path)).find(whole)
}

/// `None` if the server can run as whoever we are.
fn user() -> anyhow::Result<Option<User>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let find = |name: &str| {
        let line = users.lines().find(|line| line.starts_with(&format!("{name}:")))?;
        let mut fields = line.split(':').skip(2);
        Some(User { user: fields.next()?.parse().ok()?, group: fields.next()?.parse().ok()? })
    };
    Ok(Some(find("postgres").or_else(|| find("nobody")).context("there is no user postgres and no user nobody")?))
}

fn run_as(user: Option<User>, program: &Path) -> Command {
    let Some(User { user, group }) = user else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    // It also ends when we are killed.
    command
        .args([&format!("--reuid={user}"), &format!("--regid={group}"), "--clear-groups", "--pdeathsig=INT"])
        .arg(program)
        .current_dir("/");
    command
}

/// Clients that insert into one table.
#[derive(Debug)]
pub(crate) struct Postgres {
    server: Rc<Server>,
    folder: TempDir,
    table: String,
    clients: u64,
    indexes: Indexes,
    record: String,
}

impl Postgres {
    pub(crate) fn new(
        server: Rc<Server>,
        folder: &Path,
        records: &Records,
        clients: u64,
        indexes: Indexes,
    ) -> anyhow::Result<Self> {
        let table = format!("events_{clients}_{}", if indexes == Indexes::Five { "indexed" } else { "plain" });
        server.ask(&format!(
            "CREATE TABLE {table} (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id uuid NOT NULL,
                 time bigint NOT NULL, actor text, agent text, session text, kind text NOT NULL,
                 verdict text NOT NULL, record text NOT NULL)"
        ))?;
        if indexes == Indexes::Five {
            for column in INDEXED {
                server.ask(&format!("CREATE INDEX ON {table} ({column})"))?;
            }
        }
        let folder = TempDir::new_in(folder)?;
        fs::write(folder.path().join("script"), script(&table))?;
        let record = String::from_utf8(records.get(0)?.encode()?)?;
        Ok(Self { server, folder, table, clients, indexes, record })
    }

    fn count(&self) -> anyhow::Result<u64> {
        Ok(self.server.ask(&format!("SELECT count(*) FROM {}", self.table))?.trim().parse()?)
    }

    fn logs(&self) -> anyhow::Result<Vec<PathBuf>> {
        let entries = fs::read_dir(self.folder.path())?.map(|entry| Ok(entry?.path()));
        let paths: Vec<PathBuf> = entries.collect::<std::io::Result<_>>()?;
        Ok(paths.into_iter().filter(|path| path.file_name().is_some_and(|name| name != "script")).collect())
    }

    /// How long each transaction took, from pgbench's logs, which are removed.
    fn waits(&self) -> anyhow::Result<Vec<Duration>> {
        let mut waits = Vec::new();
        for path in self.logs()? {
            for line in fs::read_to_string(&path)?.lines() {
                let microseconds = line.split(' ').nth(2).context("a line of pgbench's log is too short")?;
                waits.push(Duration::from_micros(microseconds.parse()?));
            }
            fs::remove_file(path)?;
        }
        Ok(waits)
    }
}

/// Actors, sessions and kinds vary as they do in the records that the others are given.
fn script(table: &str) -> String {
    format!(
        "\\set actor random(1, 12)\n\\set session random(1, 40)\n\\set kind random(1, 4)\n\
         INSERT INTO {table} (id, time, actor, agent, session, kind, verdict, record) VALUES (gen_random_uuid(), \
         (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, :actor, 'claude-code', :session, :kind, 'allow', \
         :record);\n"
    )
}

impl Contender for Postgres {
    fn name(&self) -> String {
        match self.indexes {
            Indexes::None => "PostgreSQL".to_owned(),
            Indexes::Five => "PostgreSQL, 5 indexes".to_owned(),
        }
    }

    fn round(&mut self, time: Duration) -> anyhow::Result<Round> {
        let server = self.server.process.id();
        let count_before = self.count()?;
        let cpu_before = machine::tree_cpu(server)? + machine::children_cpu()?;
        let threads = self.clients.min(machine::cores());
        let mut pgbench = self.server.client("pgbench");
        pgbench
            .args(["--no-vacuum", "--protocol=prepared", "--log"])
            .arg(format!("--log-prefix={}", self.folder.path().join("log").display()))
            .arg(format!("--client={}", self.clients))
            .arg(format!("--jobs={threads}"))
            .arg(format!("--time={}", time.as_secs().max(1)))
            .arg(format!("--define=record={}", self.record))
            .arg("--file")
            .arg(self.folder.path().join("script"))
            .arg("postgres");
        let output = succeed(&mut pgbench)?;
        let cpu = (machine::tree_cpu(server)? + machine::children_cpu()?).saturating_sub(cpu_before);
        let waits = self.waits()?;
        let inserted = self.count()? - count_before;
        ensure!(inserted == waits.len() as u64, "pgbench reports {} inserts, the table {inserted}", waits.len());
        Ok(Round { events: inserted, wall: Duration::from_secs_f64(number(inserted) / rate(&output)?), cpu, waits })
    }
}

/// Transactions per second as pgbench says: without the time that connecting took.
fn rate(output: &str) -> anyhow::Result<f64> {
    let line =
        output.lines().find(|line| line.starts_with("tps = ")).context("pgbench does not say how fast it was")?;
    Ok(line.split_whitespace().nth(2).context("the line of pgbench's rate is too short")?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_rate_that_pgbench_prints() {
        let output = "scaling factor: 1\nlatency average = 5.1 ms\ntps = 24914.123 (without initial connection time)\n";
        assert!((rate(output).unwrap() - 24914.123).abs() < 1e-9);
        assert!(rate("nothing").is_err());
    }
}
