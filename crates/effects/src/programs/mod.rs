//! What programs do with their words: one file for each family of them.
//!
//! A program that is named nowhere here is told as being started and no more: what it does is not in its words.

mod agents;
mod archives;
mod builtins;
mod cloud;
mod cmake;
mod cmdlets;
mod command_prompt;
mod compilers;
mod containers;
mod databases;
mod decoders;
mod devices;
mod downloads;
mod dumps;
mod elsewhere;
mod exhausting;
mod files;
mod find;
mod fleets;
mod forges;
mod frameworks;
mod git;
mod given;
mod guards;
mod handed;
mod input;
mod languages;
mod packages;
mod powershell;
mod printing;
mod reading;
mod remote;
mod requests;
mod retention;
mod runners;
mod shells;
mod sources;
mod splitting;
mod starters;
mod stores;
mod system;
mod text;
mod variables;
mod vaults;
mod wrappers;

pub(crate) use databases::empties;
pub(crate) use exhausting::names_pool;
pub(crate) use given::Given;
pub use guards::TAKEN_OFF;
pub(crate) use handed::run_what_is_handed;
pub(crate) use languages::run_code_of;
pub(crate) use shells::is_shell;

use crate::evaluate::{Call, Machine, Value};
use crate::sensitive;

/// What a program does when it is started; gives what it prints.
pub(crate) type Handler = fn(&mut Machine<'_>, &Call) -> Value;

/// Programs that a pattern in the place of a name is tried with.
pub(crate) const TELLING: [&str; 18] = [
    "rm", "cat", "curl", "wget", "bash", "sh", "python3", "nc", "dd", "chmod", "sudo", "ssh", "cp", "mv", "base64",
    "tar", "find", "git",
];

/// What is known of a program.
pub(crate) fn handler(name: &str) -> Option<Handler> {
    let name = name.strip_suffix(".exe").or_else(|| name.strip_suffix(".EXE")).unwrap_or(name);
    let named = |name: &str| starters::handler(name).or_else(|| handler_behind(name));
    // A file system that does not tell upper from lower case starts `RM` as `rm`.
    named(name)
        .or_else(|| name.chars().any(|c| c.is_ascii_uppercase()).then(|| named(&name.to_ascii_lowercase())).flatten())
}

/// What is known of a program that starts no other one by the words of this call.
fn handler_behind(name: &str) -> Option<Handler> {
    let families = [
        builtins::handler as fn(&str) -> Option<Handler>,
        files::handler,
        reading::handler,
        text::handler,
        find::handler,
        archives::handler,
        decoders::handler,
        shells::handler,
        wrappers::handler,
        frameworks::handler,
        command_prompt::handler,
        runners::handler,
        cmdlets::handler,
        languages::handler,
        downloads::handler,
        remote::handler,
        git::handler,
        packages::handler,
        containers::handler,
        cloud::handler,
        fleets::handler,
        forges::handler,
        vaults::handler,
        databases::handler,
        system::handler,
        guards::handler,
        stores::handler,
        exhausting::handler,
        sources::handler,
        agents::handler,
        cmake::handler,
        compilers::handler,
        devices::handler,
        dumps::handler,
    ];
    families.iter().find_map(|family| family(name))
}

/// Runs a text as a shell would.
pub(crate) fn run_shell(machine: &mut Machine<'_>, code: &Value) -> Value {
    machine.judge_code(code, "a program");
    shells::run_with(machine, code, &[], &Value::default())
}

/// Runs a text as a shell would, with something on its input.
pub(crate) fn run_shell_on(machine: &mut Machine<'_>, code: &Value, stdin: &Value) -> Value {
    shells::run_with(machine, code, &[], stdin)
}

/// A program that nothing is known of: it may read the files that it is given.
pub(crate) fn unknown(machine: &mut Machine<'_>, call: &Call) -> Value {
    let mut out = Value::hole().tainted(call.stdin.taint);
    for word in call.args() {
        let path = word.text.split_once('=').map_or_else(|| word.clone(), |(_, value)| Value::of(value));
        let Some(target) = machine.place(&path).target() else { continue };
        if sensitive::is_credential(&target.path, &machine.world.home()) && path.text.contains(['/', '.', '_']) {
            machine.note_possible(crate::effect::What::Read { file: target });
            out = out.tainted(crate::evaluate::Taint::SECRET);
        }
    }
    out
}

/// A package that code names by its address.
pub(crate) fn package_from(machine: &mut Machine<'_>, language: &str, address: &Value) {
    packages::named(machine, language, address);
}

/// Runs a text as PowerShell would.
pub(crate) fn run_powershell(machine: &mut Machine<'_>, code: &Value) -> Value {
    powershell::text(machine, code)
}
