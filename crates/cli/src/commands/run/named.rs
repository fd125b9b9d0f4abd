//! Sessions that have a name: others join them, they go on in the background, and are halted by it.
//!
//! A name means something in one repository, and only while a session of that name runs there.

use super::egress::RunRoad;
use super::relay::{self, Ended};
use super::{Run, agent, background, environment, place, walls, words, workspace};
use crate::agents::Known;
use crate::approvals::Desk;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::policy_files::PolicyFiles;
use crate::sessions;
use portcullis_changes::{SessionFolder, SessionStore};
use portcullis_event::{Rest, Session, SessionOp};
use portcullis_sandbox::{Guest, Signals, Terminal, Tier};
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Instant;

/// What a command that joins takes along of its own surroundings: whose terminal it is on.
const TAKEN_ALONG: [&str; 4] = ["TERM", "COLORTERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION"];

/// What a command is told that was killed.
const KILLED: u8 = 128 + 9;

/// How long a session may take to end after what is in it.
const LONGEST_END: std::time::Duration = std::time::Duration::from_millis(300);

/// A name that can be typed anywhere.
pub(super) fn name(text: &str) -> Result<String, String> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    if begins && text.len() <= 32 && text.bytes().all(allowed) {
        return Ok(text.to_owned());
    }
    Err("a name is made of a small letter and up to 31 more, digits, '-' or '_'".to_owned())
}

/// Holds a name until the session that has it is written down: two that start at once are not both the first.
pub(super) fn taken(store: &SessionStore, name: &str, workspace: &Path) -> Result<File, Failure> {
    let folder = store.path().join(".names");
    let path = folder.join(format!("{}-{name}", crate::repository::name_for(workspace)));
    let failed = |error: std::io::Error| Failure::io("hold the name of the session", Some(&path), &error);
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path).map_err(failed)?;
    file.lock().map_err(failed)?;
    match sessions::running(store, name, workspace)? {
        None => Ok(file),
        Some(_) => Err(Failure::incomplete(format!("a session {name} was started at the same time"))
            .fix("say it again, and join that one")),
    }
}

impl Run {
    /// What becomes of a run with a name; nothing if it is to be started, here and now.
    pub(super) fn under(&self, name: &str, invocation: &Invocation) -> Result<Option<Exit>, Failure> {
        let workspace = workspace::find(invocation)?;
        let store = sessions::store(invocation)?;
        let running = sessions::running(&store, name, &workspace)?;
        if self.attach {
            return attach(&store, running, name, &workspace).map(Some);
        }
        match running {
            Some(running) if self.detach || self.behind || self.again.is_some() => {
                let id = &running.session().id;
                Err(Failure::usage(format!("session {name} runs already, as {id}"))
                    .fix(format!("join it: portcullis run --name {name} -- COMMAND"))
                    .fix(format!("or end it: portcullis halt {name}")))
            }
            Some(running) => self.join(&running, name, invocation).map(Some),
            None if self.detach => background::start().map(Some),
            None => {
                if self.behind {
                    background::leave()?;
                }
                Ok(None)
            }
        }
    }

    /// Runs the command within the walls of a session that runs.
    fn join(&self, running: &SessionFolder, name: &str, invocation: &Invocation) -> Result<Exit, Failure> {
        let id = &running.session().id;
        if !self.limit.is_empty() || self.fresh || self.hold {
            return Err(Failure::usage(format!("session {name} runs already, with limits of its own"))
                .because("--limit, --fresh and --hold are said when a session starts")
                .fix(format!("leave them out, or start it anew: portcullis halt {name}")));
        }
        let policy = PolicyFiles::find(invocation)?.load()?;
        let road = RunRoad::new(
            (Gate::with(policy, invocation)?, Desk::at(invocation.home()?)),
            self.actor(id)?,
            place(invocation, Tier::Full),
            None,
        );
        let joins: Rest = [("joins".to_owned(), name.into())].into_iter().collect();
        let start = Session { command: words(&self.command), rest: joins.clone(), ..Session::new(SessionOp::Start) };
        road.record_session(start)?;
        let (began, signals) = (Instant::now(), Signals::catch().map_err(|error| walls(&error))?);
        if !self.quiet {
            invocation.output.remark(&format!("joins session {id} ({name}); its walls, its changes"));
        }
        if let Some(known) = agent::known(&self.command).filter(|known| is_new(known, running)) {
            invocation.output.remark(&format!(
                "{} was not started with the session, so it finds none of its settings and nothing that it kept",
                known.name()
            ));
        }
        let joined = portcullis_sandbox::join(running.path(), &self.guest(invocation)?);
        let joined = joined.map_err(|error| not_joined(name, &error))?;
        let Ended { exit, withheld, .. } = relay::joined(joined, &signals).map_err(|error| walls(&error))?;
        for (what, times) in withheld {
            invocation.output.remark(&format!("{what} was kept from your terminal, {times} times"));
        }
        if exit.code() == KILLED && !still_runs(running, invocation) {
            let why = format!("session {name} has ended, and this with it: run --name {name} --attach says how");
            invocation.output.remark(&why);
        }
        let duration = u64::try_from(began.elapsed().as_micros()).ok();
        let (status, op) = (Some(i32::from(exit.code())), SessionOp::End);
        road.record_session(Session { status, duration_us: duration, rest: joins, ..Session::new(op) })?;
        Ok(Exit::OfChild(exit.code()))
    }

    fn guest(&self, invocation: &Invocation) -> Result<Guest, Failure> {
        let taken = TAKEN_ALONG.iter().filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?)));
        let asked = self.env.iter().map(|asked| environment::asked(asked)).collect::<Result<Vec<_>, _>>()?;
        let cwd = invocation.cwd()?;
        // As process 1 knows it, whichever link led here.
        let folder = std::fs::canonicalize(cwd).map_err(|error| Failure::io("find this folder", Some(cwd), &error))?;
        let (command, terminal): (_, Terminal) = (self.command.clone(), relay::terminal());
        Ok(Guest { command, environment: taken.chain(asked).collect(), folder, terminal })
    }
}

/// Whether the session was started with something else than this agent: its folders are made at the start.
fn is_new(known: &Known, session: &SessionFolder) -> bool {
    let first: Vec<OsString> = session.session().command.iter().map(OsString::from).collect();
    agent::known(&first).is_none_or(|other| other.name() != known.name())
}

/// Whether the session runs yet. Its process may still be about to end.
fn still_runs(session: &SessionFolder, invocation: &Invocation) -> bool {
    let until = Instant::now() + LONGEST_END;
    let runs = || {
        let now = sessions::store(invocation).ok().and_then(|store| store.open(session.session().id.as_str()).ok());
        now.is_some_and(|now| now.session().state.runs())
    };
    while runs() {
        if Instant::now() > until {
            return true;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    false
}

fn not_joined(name: &str, error: &portcullis_sandbox::Error) -> Failure {
    Failure::incomplete(format!("session {name} can't be joined: {error}"))
        .because("it has just ended, or was started by another version")
        .fix(format!("portcullis run --name {name} -- COMMAND starts it anew once it has ended"))
}

/// Follows what the session prints, or shows what it printed if it has ended.
fn attach(store: &SessionStore, running: Option<SessionFolder>, name: &str, workspace: &Path) -> Result<Exit, Failure> {
    let latest = || store.list().map(|(all, _)| all.into_iter().find(|it| sessions::is_called(it, name, workspace)));
    let session = match running {
        Some(running) => Some(running),
        None => latest()?,
    };
    let session = session.ok_or_else(|| {
        Failure::usage(format!("no session {name} was started here"))
            .fix(format!("portcullis run --name {name} --detach -- COMMAND"))
    })?;
    background::follow(store, &session)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_and_is_no_option() {
        assert!(name("web").is_ok() && name("dev-server_2").is_ok());
        for bad in ["", "..", "a/b", "-x", "Web", "9lives", "a b", &"x".repeat(33)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }
}
