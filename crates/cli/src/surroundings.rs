//! Who runs this, and where: what an event of the command line says about its origin.

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::repository;
use portcullis_event::{AbsPath, Actor, Place, UserName};
use std::fs;
use std::path::Path;

/// The person who runs this, as the system knows them. `USER` and the like are not asked: anyone can set them.
pub(crate) fn actor() -> Result<Actor, Failure> {
    let uid = rustix::process::getuid().as_raw();
    let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = user_name(&accounts, uid);
    UserName::parse(name).map(Actor::human).map_err(|error| Failure::incomplete(error.to_string()))
}

/// The name of a user, or the number if there is no name for it.
fn user_name(accounts: &str, uid: u32) -> String {
    let name = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?);
        (id.parse() == Ok(uid) && UserName::parse(name).is_ok()).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| format!("uid:{uid}"))
}

/// The machine, the repository and the folder that this runs in. What is not known is left out.
pub(crate) fn place(invocation: &Invocation) -> Place {
    let cwd = invocation.environment.cwd.as_deref();
    let repository = cwd.and_then(|cwd| repository::root_of(cwd, invocation.environment.home.as_deref()));
    let path = |path: &Path| AbsPath::from_os(path).ok();
    Place {
        machine: machine(),
        os: Some(std::env::consts::OS.to_owned()),
        repo: repository.as_deref().and_then(path),
        cwd: cwd.and_then(path),
        pid: Some(std::process::id()),
        ..Place::default()
    }
}

/// The home folder of the user, which paths that begin with `~` lie in.
pub(crate) fn home(invocation: &Invocation) -> Result<AbsPath, Failure> {
    let home =
        invocation.environment.home.as_deref().ok_or_else(|| Failure::usage("HOME is not set").fix("set HOME"))?;
    AbsPath::from_os(home).map_err(|error| Failure::usage(error.to_string()).at(home.to_string_lossy()))
}

/// The machine's name.
pub(crate) fn machine() -> Option<String> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_that_of_the_account_and_else_a_number() {
        let accounts = "root:x:0:0:root:/root:/bin/sh\nbroken\nada:x:1000:1000::/home/ada:/bin/sh\n";
        assert_eq!(user_name(accounts, 1000), "ada");
        assert_eq!(user_name(accounts, 0), "root");
        assert_eq!(user_name(accounts, 7), "uid:7");
        assert_eq!(user_name("a\u{1b}:x:5:5\n", 5), "uid:5");
    }
}
