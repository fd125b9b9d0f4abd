//! What files other than texts have run: hooks, servers, packages, and scripts themselves.

use super::{Cause, Step, Told, words};
use crate::check::script::Language;
use crate::kind::Kind;
use crate::node::Node;
use crate::read;
use crate::server::{Launch, Server};
use crate::tree::{folder_of, name_of};

/// What a hook is told: an event as agents describe it.
const EVENT: &str = "{\"session_id\":\"0199f3d2\",\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Bash\",\
\"tool_input\":{\"command\":\"ls\"},\"prompt\":\"Fix the failing test\"}\n";

/// What a server is told: who speaks with it, and what it offers.
const HELLO: &str = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\",\
\"capabilities\":{},\"clientInfo\":{\"name\":\"claude-code\",\"version\":\"2.1.0\"}}}\n\
{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}\n";

/// The steps of a file that agents or other programs go by.
pub(super) fn steps(told: Told<'_>, kind: Kind, out: &mut Vec<Step>) {
    if matches!(kind, Kind::Envrc | Kind::GitHook) {
        out.push(told.step(Cause::Hook, 0..0, format!("bash {}", quoted(&whole(told)))));
        return;
    }
    let Ok(node) = read::by_name(told.path, told.text) else { return };
    if matches!(kind, Kind::Settings | Kind::Hooks | Kind::Plugin)
        && let Some(found) = node.get("hooks")
    {
        hooks(told, found, out);
    }
    if kind == Kind::Package {
        package(told, &node, out);
    }
    if kind == Kind::Tasks {
        tasks(told, &node, out);
    }
    for found in Server::of_file(&node) {
        server(told, &found, out);
    }
}

/// Every command of hooks.
pub(super) fn hooks(told: Told<'_>, hooks: &Node, out: &mut Vec<Step>) {
    let mut texts = Vec::new();
    hooks.texts("", &mut texts);
    for (name, node) in texts {
        if matches!(name, "command" | "bash" | "linux" | "run" | "script" | "cmd")
            && let Some(text) = node.text()
        {
            let step = told.step(Cause::Hook, node.span.clone(), words::resolved(text, told));
            out.push(Step { input: EVENT.to_owned(), ..step });
        }
    }
}

/// The launcher of a server.
pub(super) fn server(told: Told<'_>, server: &Server<'_>, out: &mut Vec<Step>) {
    let Launch::Command { words: command } = &server.launch else { return };
    let set = server.environment.iter().filter_map(|(name, node)| {
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        // A value that stands for another variable has that one's value already.
        let value = node.text().filter(|value| is_name && !value.contains('$'))?;
        Some(format!("{name}={} ", quoted(value)))
    });
    let words = command.iter().map(|word| {
        let placed = words::resolved(word, told);
        if placed.contains("${") { format!("\"{placed}\"") } else { quoted(&placed) }
    });
    let shell = set.collect::<String>() + &words.collect::<Vec<_>>().join(" ");
    let step = told.step(Cause::Server, server.span.clone(), shell);
    out.push(Step { input: HELLO.to_owned(), ..step });
}

/// What a package manager runs by itself.
fn package(told: Told<'_>, node: &Node, out: &mut Vec<Step>) {
    let Some(scripts) = node.get("scripts") else { return };
    for name in ["preinstall", "install", "postinstall", "prepare"] {
        let Some((script, text)) = scripts.get(name).and_then(|node| Some((node, node.text()?))) else { continue };
        let folder = Some(folder_of(told.path).to_owned());
        let shell = format!("export npm_lifecycle_event={name} npm_command=install\n{text}\n");
        out.push(Step { folder, ..told.step(Cause::Package, script.span.clone(), shell) });
    }
}

/// Tasks of an editor that start by themselves.
fn tasks(told: Told<'_>, node: &Node, out: &mut Vec<Step>) {
    for task in node.get("tasks").map(Node::items).unwrap_or_default() {
        let by_itself =
            task.get("runOptions").and_then(|it| it.get("runOn")).and_then(Node::text) == Some("folderOpen");
        if let Some((command, text)) =
            task.get("command").and_then(|node| Some((node, node.text()?))).filter(|_| by_itself)
        {
            out.push(told.step(Cause::Hook, command.span.clone(), words::resolved(text, told)));
        }
    }
}

/// A script: by itself, asked for help, and with something to work on.
pub(super) fn script(told: Told<'_>, out: &mut Vec<Step>) {
    let name = name_of(told.path).to_ascii_lowercase();
    let is_in = |folder: &str| told.path.split('/').any(|part| part == folder);
    if ["node_modules", ".git", "tests", "test", "__tests__", "site-packages"].iter().any(|folder| is_in(folder)) {
        return;
    }
    if name == "setup.py" {
        let folder = Some(folder_of(told.path).to_owned());
        let shell = "python3 setup.py install --user\n".to_owned();
        out.push(Step { folder, ..told.step(Cause::Package, 0..0, shell) });
        return;
    }
    if name == "__init__.py" || name.starts_with("test_") || name.starts_with("conftest") {
        return;
    }
    let Some(language) = Language::of(told.path, told.text) else { return };
    let path = quoted(&whole(told));
    let start = match language {
        Language::Shell => format!("bash {path}"),
        Language::PowerShell => format!("pwsh -File {path}"),
        Language::Other(program, _) => format!("{program} {path}"),
        // What has to be built first is built by the commands of the page.
        Language::Unread | Language::Packages => return,
    };
    let shell = format!("(cd {} && {start})\n{start} --help\n{start} input.txt output.txt\n", quoted(told.at));
    let first = told.text.find('\n').unwrap_or(told.text.len());
    out.push(told.step(Cause::Script, 0..first, shell));
}

fn whole(told: Told<'_>) -> String {
    format!("{}/{}", told.at, told.path)
}

/// A word that a shell reads as it is.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
