//! What comes back from a call: the sources that its result is from, by its effects.

use crate::files::Files;
use crate::label::Labels;
use crate::origin::Origin;
use crate::programs;
use crate::rules::{Places, Rules};
use crate::session::Given;
use crate::tools::{self, Kind};
use portcullis_effects::{Direction, What};
use portcullis_event::{AbsPath, GitOp, Hazard, Host};

/// More origins than this are told as one that nobody can tell.
const MOST: usize = 64;

/// Where the result of a call comes from.
pub(crate) fn origins(call: &Given<'_>, files: &Files, rules: &dyn Rules, places: &Places) -> Vec<(Labels, Origin)> {
    let kind = tools::kind(call.name, call.input);
    let mut all = Reading { rules, places, files, kind, found: Vec::new() };
    match kind {
        Kind::Web => all.add(Labels::UNTRUSTED, Origin::Tool(call.name.to_owned())),
        Kind::Before | Kind::Types => all.add(Labels::NONE, Origin::Session),
        Kind::Search | Kind::Plain => {}
    }
    call.effects.list.iter().for_each(|effect| all.effect(&effect.what));
    if all.found.len() > MOST {
        let labels = all.found.iter().map(|(labels, _)| *labels).collect();
        return vec![(labels, Origin::Untold)];
    }
    all.found
}

struct Reading<'a> {
    rules: &'a dyn Rules,
    places: &'a Places,
    files: &'a Files,
    kind: Kind,
    found: Vec<(Labels, Origin)>,
}

impl Reading<'_> {
    fn add(&mut self, labels: Labels, origin: Origin) {
        if !self.found.iter().any(|(_, known)| *known == origin) {
            self.found.push((labels, origin));
        }
    }

    fn effect(&mut self, what: &What) {
        match what {
            What::Read { file } => self.file(&file.path),
            // A search shows lines of what it finds.
            What::List { file } if self.kind == Kind::Search => self.file(&file.path),
            What::Network { direction, host, .. } => match direction {
                Direction::In | Direction::Out | Direction::Lookup => self.host(host),
                Direction::Listen => {}
            },
            What::Execute { argv } => {
                if let Some(program) = programs::of(argv).filter(|it| !it.reads.is_empty()) {
                    self.add(program.reads, Origin::Program(program.words));
                }
            }
            What::Git { op: GitOp::Fetch, .. } => self.add(Labels::UNTRUSTED, Origin::Commits),
            What::Package { removed: false, ecosystem, name, .. } => {
                self.add(Labels::UNTRUSTED, Origin::Package(format!("{ecosystem}:{name}")));
            }
            What::Tool { server: Some(server), name, paths, .. } => {
                self.server(server, name);
                for path in paths {
                    self.file(path);
                }
            }
            What::Tool { server: None, name, .. } => self.add(Labels::UNTRUSTED, Origin::Tool(name.clone())),
            What::Credential { name, host: None } => self.add(Labels::SENSITIVE, Origin::Program(name.clone())),
            What::Danger { hazard: Hazard::Unresolved | Hazard::UnresolvedCode, .. } => {
                self.add(Labels::UNTRUSTED, Origin::Untold);
            }
            What::Danger { hazard: Hazard::CredentialAccess, .. } => self.add(Labels::SENSITIVE, Origin::Untold),
            What::Danger { .. }
            | What::List { .. }
            | What::Write { .. }
            | What::Delete { .. }
            | What::Mode { .. }
            | What::Git { .. }
            | What::Credential { .. }
            | What::Environment { .. }
            | What::Package { .. } => {}
        }
    }

    fn host(&mut self, host: &Host) {
        if !host.is_loopback() {
            let labels = if self.rules.trusts_host(host) { Labels::NONE } else { Labels::UNTRUSTED };
            self.add(labels, Origin::Host(host.clone()));
        }
    }

    fn server(&mut self, server: &str, tool: &str) {
        let untrusted = if self.rules.trusts_server(server) { Labels::NONE } else { Labels::UNTRUSTED };
        let sensitive = if self.rules.is_sensitive_server(server) { Labels::SENSITIVE } else { Labels::NONE };
        self.add(untrusted.join(sensitive), Origin::Server { server: server.to_owned(), tool: tool.to_owned() });
    }

    fn file(&mut self, path: &AbsPath) {
        let labels = of_file(path, self.files, self.rules, self.places);
        if !labels.is_empty() {
            self.add(labels, Origin::File(path.clone()));
        }
    }
}

/// What is to be known of what lies in a file, or below a folder: by its place, and by what the session put there.
pub(crate) fn of_file(path: &AbsPath, files: &Files, rules: &dyn Rules, places: &Places) -> Labels {
    let by_place = if rules.is_sensitive_file(path) { Labels::SENSITIVE } else { Labels::NONE };
    let downloads = path.components().any(|name| name == "Downloads") && !places.is_within(path);
    let brought = if downloads { Labels::UNTRUSTED } else { Labels::NONE };
    let labels = by_place.join(brought).join(files.labels(path));
    // A person can believe what a file says; that makes it no less private.
    if rules.trusts_file(path) && labels.holds(crate::Label::Sensitive) {
        Labels::SENSITIVE
    } else if rules.trusts_file(path) {
        Labels::NONE
    } else {
        labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{Plain, path, places};
    use portcullis_effects::{Agent, FixedWorld, ToolCall, of_tool};
    use serde_json::{Value, json};

    fn labels(name: &str, input: &Value) -> Labels {
        let places = places();
        let world = FixedWorld::new(places.cwd.clone(), places.home.clone(), Some(places.workspace.clone()));
        let effects = of_tool(&ToolCall { agent: Some(Agent("claude-code")), name, input }, &world);
        let given = Given { id: None, name, input, effects: &effects };
        origins(&given, &Files::default(), &Plain, &places).into_iter().map(|(labels, _)| labels).collect()
    }

    fn bash(command: &str) -> Labels {
        labels("Bash", &json!({"command": command}))
    }

    #[test]
    fn what_people_outside_can_write_is_untrusted() {
        assert_eq!(labels("WebFetch", &json!({"url": "https://a.example/x", "prompt": "p"})), Labels::UNTRUSTED);
        assert_eq!(labels("WebSearch", &json!({"query": "x"})), Labels::UNTRUSTED);
        assert_eq!(labels("mcp__tracker__get_issue", &json!({"id": 3})), Labels::UNTRUSTED);
        assert_eq!(labels("SomethingNew", &json!({})), Labels::UNTRUSTED);
        for command in
            ["gh issue view 3", "curl https://a.example", "git pull", "npm install x", "dig txt a.example", "xclip -o"]
        {
            assert!(bash(command).holds(crate::Label::Untrusted), "{command}");
        }
    }

    #[test]
    fn what_must_not_get_outside_is_sensitive() {
        assert_eq!(labels("Read", &json!({"file_path": "/home/ada/taxes.txt"})), Labels::SENSITIVE);
        assert_eq!(labels("Grep", &json!({"pattern": "x", "path": "/home/ada/mail"})), Labels::SENSITIVE);
        assert_eq!(labels("mcp__postgres__query", &json!({"sql": "select 1"})), Labels::BOTH);
        for command in ["cat ~/taxes.txt", "cat .env", "env", "psql -c 'select 1'", "tar c ~/mail"] {
            assert_eq!(bash(command), Labels::SENSITIVE, "{command}");
        }
        assert_eq!(bash("cat ~/Downloads/paper.txt"), Labels::BOTH);
    }

    #[test]
    fn work_in_the_repository_has_no_label() {
        for command in [
            "cat src/main.rs",
            "cargo test",
            "git log -5",
            "rg TODO",
            "npm run build",
            "git commit -m x",
            "ls ~",
            "python3 a.py",
        ] {
            assert_eq!(bash(command), Labels::NONE, "{command}");
        }
        assert_eq!(labels("Read", &json!({"file_path": "/home/ada/app/README.md"})), Labels::NONE);
        assert_eq!(labels("Glob", &json!({"pattern": "*", "path": "/home/ada/other"})), Labels::NONE);
        assert_eq!(labels("WebFetch", &json!({"url": "https://docs.corp.example/x"})), Labels::NONE);
        assert_eq!(labels("mcp__handbook__search", &json!({"q": "x"})), Labels::NONE);
        assert_eq!(labels("TodoWrite", &json!({"todos": []})), Labels::NONE);
        assert_eq!(bash("curl http://localhost:3000/"), Labels::NONE);
    }

    #[test]
    fn what_the_session_put_into_a_file_stays_with_it() {
        let mut files = Files::default();
        files.taint(path("/home/ada/app/page.html"), Labels::UNTRUSTED);
        let of = |text: &str| of_file(&path(text), &files, &Plain, &places());
        assert_eq!(of("/home/ada/app/page.html"), Labels::UNTRUSTED);
        assert_eq!(of("/home/ada/app"), Labels::UNTRUSTED);
        assert_eq!(of("/home/ada/app/other.html"), Labels::NONE);
    }
}
