//! What agents, shells and processes keep.

use crate::paths::tree;
use crate::sample::{Tokens, settings, token};
use portcullis_review::{Environment, Origin, Progress, Report, Source, Transcripts, agents, scan};
use rusqlite::Connection;
use serde_json::json;
use std::path::Path;
use std::process::{Command, Stdio};

fn look(source: Source, home: &Path) -> Report {
    let mut settings = settings();
    settings.surroundings.home = Some(home.to_owned());
    scan(vec![source], &Tokens, &settings, &Progress::silent())
}

/// Each finding: its token's number, the file below the home folder, the agent, session, turn, role, and the line.
fn turns(report: &Report, home: &Path) -> Vec<(u32, String, u32)> {
    let number = |value: &str| (0..100).find(|number| token(*number) == value).unwrap();
    let mut turns = Vec::new();
    for found in &report.findings {
        for place in &found.places {
            let said = match &place.origin {
                Origin::Turn { path, agent, session, turn, role } => {
                    assert!(agents().any(|name| name == agent));
                    let path = path.strip_prefix(home).unwrap().display();
                    format!("{path} {agent} {session} {turn} {role}")
                }
                origin @ (Origin::File { .. }
                | Origin::Object { .. }
                | Origin::Staged { .. }
                | Origin::Variable { .. }
                | Origin::Stdin { .. }) => origin.to_string().replace(&format!("{}/", home.display()), ""),
            };
            turns.push((number(found.hit.value.expose()), said, place.span.line));
        }
    }
    turns.sort();
    assert_eq!(report.not_looked_into, []);
    turns
}

/// A token in which a character is written as an escape.
fn escaped(number: u32) -> String {
    token(number).replacen('_', "\\u005f", 1)
}

#[test]
fn finds_what_agents_keep_and_says_session_turn_and_role() {
    let claude = [
        json!({"type": "summary", "summary": "x"}).to_string(),
        json!({"type": "user", "sessionId": "s1", "message": {"role": "user", "content": format!("use {}", token(1))}}).to_string(),
        format!("{{\"sessionId\": \"s1\", \"message\": {{\"role\": \"assistant\", \"content\": [{{\"type\": \"text\", \"text\": \"{}\"}}]}}}}", escaped(2)),
        format!("{{\"sessionId\": \"s1\", \"type\": \"user\", \"half\": \"{}", token(3)),
    ]
    .join("\n");
    let arguments = json!({"command": ["bash", "-lc", format!("curl -H 'X: {}'", token(4))]}).to_string();
    let codex = [
        json!({"type": "session_meta", "payload": {"id": "c1"}}).to_string(),
        json!({"type": "response_item", "payload": {"type": "function_call", "arguments": arguments}}).to_string(),
    ]
    .join("\n");
    let gemini = json!({"sessionId": "g1", "messages": [
        {"type": "user", "content": "hello"},
        {"type": "gemini", "content": "x", "toolCalls": [{"args": {"key": token(5)}}]},
    ]});
    let home = tree(&[
        (".claude/projects/-work/s1.jsonl", &claude),
        (".claude/shell-snapshots/snapshot.sh", &format!("export A={}\n", token(6))),
        (".claude/settings.json", &token(50)),
        (".codex/sessions/2026/01/02/rollout-c1.jsonl", &codex),
        (".codex/auth.json", &token(51)),
        (".gemini/tmp/abc/chats/session-1.json", &gemini.to_string()),
        (".local/share/opencode/storage/part/p1.json", &json!({"sessionID": "o1", "text": token(7)}).to_string()),
    ]);
    let expected = [
        (1, ".claude/projects/-work/s1.jsonl claude-code s1 2 user", 2),
        (2, ".claude/projects/-work/s1.jsonl claude-code s1 3 assistant", 3),
        (3, ".claude/projects/-work/s1.jsonl claude-code s1 4 ", 4),
        (4, ".codex/sessions/2026/01/02/rollout-c1.jsonl codex rollout-c1 2 function_call", 2),
        (5, ".gemini/tmp/abc/chats/session-1.json gemini g1 2 gemini", 1),
        (6, ".claude/shell-snapshots/snapshot.sh", 1),
        (7, ".local/share/opencode/storage/part/p1.json opencode o1 1 ", 1),
    ];
    let expected: Vec<_> = expected.map(|(number, said, line)| (number, said.to_owned(), line)).into();
    assert_eq!(turns(&look(Source::Transcripts(Transcripts::default()), home.path()), home.path()), expected);
}

#[test]
fn finds_what_lies_in_databases_also_when_they_are_in_use() {
    let home = tree(&[(".config/Cursor/User/globalStorage/x", ""), (".cursor/chats/a/b/store.db", "not a database")]);
    let path = home.path().join(".config/Cursor/User/globalStorage/state.vscdb");
    let database = Connection::open(&path).unwrap();
    let make =
        "PRAGMA journal_mode = WAL; CREATE TABLE ItemTable (key TEXT, value BLOB); CREATE TABLE \"odd\"\"name\" (x);";
    database.execute_batch(make).unwrap();
    let bubble = json!({"type": 2, "text": format!("see {}", token(1))}).to_string();
    database.execute("INSERT INTO ItemTable VALUES ('bubbleId:1', ?1)", [bubble.as_bytes()]).unwrap();
    database.execute("INSERT INTO \"odd\"\"name\" VALUES (?1)", [token(2)]).unwrap();
    let mut report = look(Source::Transcripts(Transcripts::default()), home.path());
    assert_eq!(report.not_looked_into.len(), 1, "what is no database is reported");
    report.not_looked_into.clear();
    let file = ".config/Cursor/User/globalStorage/state.vscdb cursor";
    let expected = [(1, format!("{file} bubbleId:1 1 ItemTable"), 1), (2, format!("{file} state 1 odd\"name"), 1)];
    assert_eq!(turns(&report, home.path()), expected);
    drop(database);
}

#[test]
fn finds_what_was_typed() {
    let mut zsh = b": 1700000000:0;export A=".to_vec();
    // A byte of the token is written the way that zsh writes those which mean something to it.
    let first = token(2);
    zsh.extend(&first.as_bytes()[..5]);
    zsh.extend([0x83, first.as_bytes()[5] ^ 0x20]);
    zsh.extend(&first.as_bytes()[6..]);
    let home = tree(&[
        (".bash_history", &format!("#1700000000\nexport T={}\n", token(1))),
        (".local/share/fish/fish_history", &format!("- cmd: echo\n  when: 1\n- cmd: a\\n{}\\nb\n", token(3))),
        (".mysql_history", &format!("_HiStOrY_V2_\nset\\040password\\040=\\040{};\n", token(4))),
        (".python_history", &format!("x = '{}'\n", token(5))),
    ]);
    std::fs::write(home.path().join(".zsh_history"), zsh).unwrap();
    let expected = [
        (1, ".bash_history", 2),
        (2, ".zsh_history", 1),
        (3, ".local/share/fish/fish_history", 3),
        (4, ".mysql_history", 2),
        (5, ".python_history", 1),
    ];
    let expected: Vec<_> = expected.map(|(number, said, line)| (number, said.to_owned(), line)).into();
    assert_eq!(turns(&look(Source::ShellHistory, home.path()), home.path()), expected);
}

#[test]
fn finds_what_the_environment_of_a_process_holds() {
    let mut process =
        Command::new("sleep").arg("60").env_clear().env("API_TOKEN", token(1)).stdin(Stdio::null()).spawn().unwrap();
    let number = process.id();
    let home = tempfile::tempdir().unwrap();
    // Between fork and exec the environment is still that of the test.
    let report = std::iter::repeat_with(|| look(Source::Environment(Environment::Of(number)), home.path()))
        .take(500)
        .inspect(|report| {
            if report.findings.is_empty() {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
        })
        .find(|report| !report.findings.is_empty());
    process.kill().unwrap();
    process.wait().unwrap();
    let said = format!("the variable API_TOKEN of process {number}");
    assert_eq!(turns(&report.unwrap(), home.path()), [(1, said, 1)]);
    let gone = look(Source::Environment(Environment::Of(u32::MAX)), home.path());
    assert_eq!(gone.not_looked_into.len(), 1);
    let own = look(Source::Environment(Environment::Own), home.path());
    assert!(own.statistics.items > 0 && own.not_looked_into.is_empty());
}

#[test]
fn one_agent_can_be_asked_for_and_odd_files_do_no_harm() {
    let home = tree(&[
        (".codex/history.jsonl", &json!({"session_id": "c", "text": token(1)}).to_string()),
        (".claude/history.jsonl", &json!({"display": token(2)}).to_string()),
        (".claude/projects/p/odd\nname.jsonl", &format!("{{\"a\": {}1\n\u{0}{}\n", "[".repeat(10_000), token(3))),
        (".claude/projects/p/long.jsonl", &format!("{} {}\n", "x".repeat(9 << 20), token(4))),
    ]);
    std::os::unix::fs::symlink("..", home.path().join(".claude/projects/p/loop")).unwrap();
    std::os::unix::fs::symlink("/dev/null", home.path().join(".bash_history")).unwrap();
    let pipe = home.path().join(".claude/projects/p/pipe.jsonl");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).unwrap();
    let numbers = |agent: Option<&str>| {
        let agent = agent.map(str::to_owned);
        let said = turns(&look(Source::Transcripts(Transcripts { agent }), home.path()), home.path());
        said.into_iter().map(|(number, _, line)| (number, line)).collect::<Vec<_>>()
    };
    assert_eq!(numbers(Some("codex")), [(1, 1)]);
    assert_eq!(numbers(Some("claude-code")), [(2, 1), (3, 2), (4, 1)]);
    assert_eq!(numbers(None), [(1, 1), (2, 1), (3, 2), (4, 1)]);
    assert_eq!(turns(&look(Source::ShellHistory, home.path()), home.path()), []);
}
