//! The environment of a process: what its settings hand to every program that it starts.

use super::Environment;
use crate::origin::Origin;
use crate::report::Why;
use crate::window::Window;
use crate::worker::{About, Worker};
use std::os::unix::ffi::OsStrExt as _;

pub(crate) fn scan(environment: Environment, worker: &mut Worker<'_>) {
    match environment {
        Environment::Own => {
            for (name, value) in std::env::vars_os() {
                variable(None, name.as_bytes(), value.as_bytes(), worker);
            }
        }
        Environment::Of(process) => match std::fs::read(format!("/proc/{process}/environ")) {
            Ok(all) => {
                for entry in all.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
                    let end = memchr::memchr(b'=', entry).unwrap_or(entry.len());
                    let (name, value) = entry.split_at_checked(end).unwrap_or((entry, b""));
                    variable(Some(process), name, value.strip_prefix(b"=").unwrap_or(value), worker);
                }
            }
            Err(error) => {
                let origin = Origin::Variable { process: Some(process), name: String::new() };
                worker.not_looked_into(origin, Why::Unreadable(error.to_string()));
            }
        },
    }
}

fn variable(process: Option<u32>, name: &[u8], value: &[u8], worker: &mut Worker<'_>) {
    let origin = || Origin::Variable { process, name: String::from_utf8_lossy(name).into_owned() };
    // Written as in a file of settings, which is how the rules know a name beside its value.
    let text = [name, b"=", value, b"\n"].concat();
    let window = Window::whole(&text);
    worker.window(&window, About::whole(&origin, Some(".env")));
    worker.done(text.len() as u64);
}
