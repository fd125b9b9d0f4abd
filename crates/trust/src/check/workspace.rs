//! What an editor or a container runs when a folder is opened: tasks, containers, manifests of packages.

use super::command::{self, When};
use super::page::Desk;
use crate::found::Findings;
use crate::ground::Ground;
use crate::node::{Node, Value};
use crate::rule;

/// Looks into the tasks of an editor.
pub(crate) fn tasks(node: &Node, path: &str, ground: &Ground, out: &mut Findings) {
    let lists = [node.get("tasks"), node.get("inputs")];
    for task in lists.into_iter().flatten().flat_map(Node::items) {
        let opens = task.get("runOptions").and_then(|it| it.get("runOn")).and_then(Node::text) == Some("folderOpen");
        let when = if opens { When::ByItself } else { When::Told };
        let line = words(task);
        // A task of npm or TypeScript is a script of the package, which is looked at where it stands.
        let is_script = matches!(task.get("type").and_then(Node::text), Some("npm" | "typescript")) && line.is_empty();
        if opens && !is_script {
            let message = format!("A task runs as soon as the folder is opened: `{}`.", short(&line));
            out.add(&rule::AUTO_RUN, path, task.span.clone(), &line, message);
        }
        command::look_in(&line, path, &task.span, when, ground, out);
    }
}

/// The command line of a task.
fn words(task: &Node) -> String {
    let mut line = task.get("command").and_then(Node::text).unwrap_or_default().to_owned();
    for argument in task.get("args").map(Node::items).unwrap_or_default() {
        let text = argument.text().or_else(|| argument.get("value").and_then(Node::text)).unwrap_or_default();
        line.push(' ');
        line.push_str(text);
    }
    line
}

/// What a container runs, and when: the first of these on the machine itself.
const STEPS: [&str; 6] = [
    "initializeCommand",
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "postStartCommand",
    "postAttachCommand",
];

/// Places of the machine that no container to develop in needs.
const PLACES: [&str; 9] = [
    ".ssh",
    ".aws",
    ".gnupg",
    ".kube",
    ".config/gcloud",
    "docker.sock",
    "source=/,",
    "source=${localEnv:HOME},",
    "src=/,",
];

/// Looks into a container to develop in.
pub(crate) fn container(node: &Node, path: &str, ground: &Ground, out: &mut Findings) {
    for (at, step) in STEPS.iter().enumerate() {
        let Some(found) = node.get(step) else { continue };
        for (line, span) in lines(found) {
            if at == 0 {
                let message =
                    format!("It runs on the machine itself as soon as the folder is opened: `{}`.", short(&line));
                out.add(&rule::AUTO_RUN, path, span.clone(), &line, message);
            }
            command::look_in(&line, path, &span, When::ByItself, ground, out);
        }
    }
    let mut texts = Vec::new();
    for name in ["mounts", "workspaceMount", "runArgs"] {
        if let Some(found) = node.get(name) {
            found.texts(name, &mut texts);
        }
    }
    for (_, found) in texts {
        let Some(text) = found.text() else { continue };
        let place = PLACES.iter().find(|place| text.contains(**place));
        if let Some(what) = place.or((text == "--privileged").then_some(&"--privileged")) {
            let message = format!("The container gets what the machine keeps for itself: `{what}`.");
            out.add(&rule::GRANT, path, found.span.clone(), text, message);
        }
    }
}

/// The commands of a step: a text, words, or several under names.
fn lines(node: &Node) -> Vec<(String, std::ops::Range<usize>)> {
    match &node.value {
        Value::Text(text) => vec![(text.clone(), node.span.clone())],
        Value::List(items) => {
            let words: Vec<&str> = items.iter().filter_map(Node::text).collect();
            vec![(words.join(" "), node.span.clone())]
        }
        Value::Table(members) => members.iter().flat_map(|(_, node)| lines(node)).collect(),
    }
}

/// Looks into the manifest of a package that comes with a skill, or is an extension of an editor: what runs when it is installed.
pub(crate) fn package(node: &Node, path: &str, desk: Desk<'_>, out: &mut Findings) {
    for (name, found) in node.get("scripts").map(Node::members).unwrap_or_default() {
        let Some(text) = found.text() else { continue };
        let by_itself = BY_THEMSELVES.contains(&name.as_str());
        let when = if by_itself { When::ByItself } else { When::Told };
        command::look_in(text, path, &found.span, when, desk.ground, out);
        if by_itself {
            desk.deeds.look_in(text, path, &found.span, out);
        }
    }
}

/// Scripts that nobody has to ask for.
const BY_THEMSELVES: [&str; 6] = ["preinstall", "install", "postinstall", "prepare", "prepublish", "vscode:uninstall"];

fn short(line: &str) -> String {
    if line.chars().count() <= 60 { line.to_owned() } else { line.chars().take(59).chain(['…']).collect() }
}
