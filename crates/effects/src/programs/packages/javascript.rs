//! npm and its kin: packages, scripts of a manifest, settings.

use super::super::{Given, is_shell, run_shell, runners, shells};
use super::{judge_setting, named};
use crate::effect::Direction;
use crate::evaluate::{Call, Machine, Value, base_name};
use portcullis_event::Hazard;

const NPM_TAKES: &[&str] = &[
    "--registry",
    "--call",
    "--prefix",
    "-C",
    "--dir",
    "--cwd",
    "-w",
    "--workspace",
    "--filter",
    "-F",
    "--tag",
    "--userconfig",
    "--cache",
    "--script-shell",
    "--otp",
    "--access",
    "--loglevel",
    "--omit",
    "--include",
    "--before",
    "--node-options",
    "--reporter",
    "--shell",
];

pub(in super::super) fn javascript_manager(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), NPM_TAKES);
    let at = call.args().iter().position(|word| word.is("-c") || word.is("--call"));
    if let Some(code) = at.and_then(|at| call.args().get(at + 1)) {
        return shells::run_with(machine, code, &[], &call.stdin);
    }
    if let Some(address) = given.value(&["--registry"]) {
        machine.danger(Hazard::ForeignPackage, "packages come from another registry");
        machine.judge_source(address, "");
        machine.url(address, Direction::In);
    }
    if let Some(shell) = given.value(&["--script-shell", "--node-options"])
        && !is_shell(base_name(&shell.text))
        && !shell.starts_with("--max")
    {
        machine.danger(Hazard::Loader, format!("scripts are run with {}", shell.shown()));
    }
    let rest = given.operands_from(1);
    match given.operand(0).map(|verb| verb.text.as_str()) {
        Some("install" | "i" | "ci" | "add" | "in" | "isntall" | "update" | "up" | "upgrade" | "link") => {
            for package in rest {
                named(machine, "npm", package);
            }
            for script in ["install", "prepare"] {
                written_script(machine, given.value(&["--prefix", "-C", "--dir", "--cwd"]), script);
            }
        }
        Some("uninstall" | "remove" | "rm" | "un") => {
            for package in rest {
                machine.package("npm", &package.shown(), true);
            }
        }
        Some("exec" | "x" | "dlx") => return runners::run_named(machine, "npm", &without_dashes(rest), call),
        Some("create" | "init") if !rest.is_empty() => {}
        Some("run" | "run-script" | "test" | "start" | "stop" | "t") => {
            let verb = given.operand(0).map(|verb| verb.text.clone()).unwrap_or_default();
            let name = match verb.as_str() {
                "run" | "run-script" => rest.first().map(|name| name.text.clone()),
                "t" => Some("test".to_owned()),
                _ => Some(verb),
            };
            written_script(machine, given.value(&["--prefix", "-C", "--dir", "--cwd"]), &name.unwrap_or_default());
        }
        Some("publish" | "unpublish" | "deprecate" | "dist-tag" | "owner") => {
            machine.danger(Hazard::Publication, "a package is published or changed");
        }
        Some("token" | "adduser" | "login") => {
            machine.danger(Hazard::CredentialAccess, "a login at a registry is made or shown");
        }
        Some("config" | "set") => config(machine, rest),
        Some("pkg") if given.operand(1).is_some_and(|verb| verb.is("set")) => {
            set_in_manifest(machine, given.operands_from(2));
        }
        Some("explore") => {
            let words: Vec<Value> = without_dashes(rest.get(1..).unwrap_or_default());
            if !words.is_empty() {
                return machine.start(words, &call.stdin);
            }
        }
        _ => {}
    }
    Value::hole()
}

fn without_dashes(words: &[Value]) -> Vec<Value> {
    words.iter().filter(|word| !word.is("--") && !matches!(word.text.as_str(), "-y" | "--yes")).cloned().collect()
}

/// Scripts that npm runs by itself wherever a package is installed.
const AT_INSTALL: [&str; 3] = ["preinstall", "install", "postinstall"];

/// Scripts that npm runs by itself for those who work on a package, and for whoever takes it from a repository.
const AT_WORK: [&str; 6] = ["prepare", "prepublish", "prepublishOnly", "preprepare", "postprepare", "dependencies"];

/// `npm pkg set scripts.postinstall=…`: what npm runs by itself from now on, or whenever it is asked to.
fn set_in_manifest(machine: &mut Machine<'_>, words: &[Value]) {
    for word in words {
        let Some((name, code)) = word.text.split_once('=') else { continue };
        let Some(script) = name.strip_prefix("scripts.").or_else(|| name.strip_prefix("scripts[")) else { continue };
        let code = Value { text: code.to_owned(), taint: word.taint };
        let script = script.trim_end_matches(']').trim_matches(['"', '\'']);
        let told = (AT_INSTALL.contains(&script) && !is_build(&code.text))
            || (AT_WORK.contains(&script) && !starts_own_tools(&code.text));
        if told {
            machine.danger(Hazard::Persistence, format!("`{script}` is run by whoever installs the package"));
        }
        run_shell(machine, &code);
    }
}

/// Whether a script only starts what the project's own packages bring along, by name: nothing that is known to reach
/// further, and no file.
fn starts_own_tools(code: &str) -> bool {
    let parts = code.replace("&&", "\u{1}").replace("||", "\u{1}");
    let is_tool = |part: &str| {
        let first = part.split_whitespace().next().unwrap_or_default();
        is_build(part) || matches!(first, "true" | "exit" | "echo") || super::super::handler(first).is_none()
    };
    is_build(code)
        || !parts.contains([';', '$', '`', '<', '>', '/', '\\', '&', '|', '\n'])
            && parts.split('\u{1}').all(|part| is_tool(part.trim()))
}

/// A script of a `package.json` that this very command has written.
fn written_script(machine: &mut Machine<'_>, folder: Option<&Value>, name: &str) {
    let file = folder.map_or_else(
        || Value::of("package.json"),
        |folder| Value { text: format!("{}/package.json", folder.text.trim_end_matches('/')), taint: folder.taint },
    );
    let text = machine.place(&file).exact().and_then(|path| machine.files.get(path).cloned());
    let Some(text) = text else { return };
    let read = serde_json::from_str::<serde_json::Value>(&text.text).ok();
    // A manifest that another program has changed is still the project's; what is installed by it is told by name.
    if read.is_none() && !matches!(name, "install" | "prepare") {
        machine.danger(Hazard::UnresolvedCode, "a script that was just written is run");
    }
    // npm runs those before and after it, too.
    for name in [format!("pre{name}"), name.to_owned(), format!("post{name}")] {
        let script = read.as_ref().and_then(|manifest| manifest.get("scripts")?.get(&name)?.as_str());
        if let Some(code) = script {
            run_shell(machine, &Value { text: code.to_owned(), taint: text.taint });
        }
    }
}

/// A script that only builds with what the project has.
fn is_build(code: &str) -> bool {
    let plain = !code.contains(['|', ';', '$', '`', '<', '>', '/', '\\']);
    let tools = [
        "npm run ",
        "pnpm ",
        "yarn ",
        "tsc",
        "vite build",
        "rollup",
        "node-gyp",
        "prisma generate",
        "nuxt prepare",
        "svelte-kit sync",
        "husky",
        "patch-package",
        "exit 0",
        "lefthook",
        "simple-git-hooks",
        "is-ci",
        "lerna",
        "turbo ",
        "nx ",
        "ngcc",
        "electron-builder install-app-deps",
    ];
    plain && code.split("&&").all(|part| tools.iter().any(|tool| part.trim().starts_with(tool)))
}

fn config(machine: &mut Machine<'_>, rest: &[Value]) {
    let text = Value::join(rest, " ").shown();
    if text.starts_with("set") || text.contains('=') {
        if text.contains("registry") && text.contains("://") {
            machine.danger(Hazard::ForeignPackage, "packages come from another registry from now on");
            for word in rest {
                judge_setting(machine, word);
            }
        }
        if text.contains("script-shell") || text.contains("node-options") || text.contains("ignore-scripts=false") {
            machine.danger(Hazard::Loader, "npm runs another program from now on");
        }
        if text.contains("strict-ssl") && text.contains("false") {
            machine.danger(Hazard::GuardTampering, "certificates are not checked from now on");
        }
    }
}
