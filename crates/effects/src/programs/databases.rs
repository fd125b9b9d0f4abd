//! Clients of databases: what the statements on their command line or their input do.

use super::{Given, Handler};
use crate::evaluate::{Call, Machine, Value};
use portcullis_event::Hazard;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "psql" | "mysql" | "mariadb" | "sqlite3" | "sqlcmd" | "clickhouse-client" | "clickhouse" | "usql" | "trino"
        | "presto" | "duckdb" | "cqlsh" | "sqlplus" | "pgcli" | "mycli" | "cockroach" | "snowsql" => sql,
        "redis-cli" | "valkey-cli" => redis,
        "mongo" | "mongosh" => mongo,
        "dropdb" | "dropuser" | "mysqladmin" => dropped,
        "pg_dump" | "pg_dumpall" | "mysqldump" | "mongodump" => |machine, call| {
            let given = Given::read(
                call.args(),
                &["-f", "--file", "-h", "--host", "-p", "-U", "-d", "-o", "--out", "--result-file", "-r", "-t", "-n"],
            );
            given.values(&["-f", "--file", "-o", "--out", "--result-file"]).for_each(|file| machine.write_file(file));
            host(machine, &given);
            let to_file = given.values(&["-f", "--file", "-o", "--out", "--result-file"]).next().is_some();
            let only_tables = given.has(&["-s", "--schema-only", "--no-data", "--version", "--help"]);
            // Everything that people have entrusted to a database.
            if to_file || only_tables { Value::hole() } else { Value::hole().tainted(crate::evaluate::Taint::SECRET) }
        },
        "pg_restore" | "mongorestore" => |machine, call| {
            if call.args().iter().any(|word| matches!(word.text.as_str(), "-c" | "--clean" | "--drop")) {
                machine.danger(Hazard::Infrastructure, "tables are removed before they are restored");
            }
            Value::hole()
        },
        _ => return None,
    })
}

/// Databases that are removed as a whole by a tool of their own.
fn dropped(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(
        call.args(),
        &["-h", "--host", "-p", "--port", "-U", "--username", "-u", "--user", "-P", "-S", "--maintenance-db"],
    );
    let by_admin = call.name() == "mysqladmin";
    let drops = !by_admin || given.operands.iter().any(|word| matches!(word.text.as_str(), "drop" | "shutdown"));
    let names = given.operands_from(usize::from(by_admin));
    if drops && !(call.name() != "dropuser" && is_for_tests(machine, &given, names)) {
        machine.danger(Hazard::Infrastructure, "a database is removed");
    }
    host(machine, &given);
    Value::hole()
}

/// Whether databases are those of tests on this machine, all of them.
fn is_for_tests(machine: &Machine<'_>, given: &Given, names: &[Value]) -> bool {
    let is_here =
        |host: &Value| matches!(host.text.as_str(), "localhost" | "127.0.0.1" | "::1") || host.starts_with("/");
    let said = given.values(&["-h", "--host"]).all(is_here);
    let set = ["PGHOST", "PGHOSTADDR", "MYSQL_HOST", "PGSERVICE", "DATABASE_URL"];
    let elsewhere = set.iter().filter_map(|name| machine.scope.get(name)).flatten().any(|host| !is_here(&host));
    let is_test = |name: &Value| {
        let lower = name.text.to_ascii_lowercase();
        let has = |list: &[&str]| lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| list.contains(&part));
        name.is_known() && has(&["test", "tests", "testing", "ci"]) && !has(&["prod", "production", "live", "prd"])
    };
    said && !elsewhere && !names.is_empty() && names.iter().all(is_test)
}

fn host(machine: &mut Machine<'_>, given: &Given) {
    let named = given.value(&["-h", "--host", "-S"]).cloned();
    let address = given.operands.iter().find(|word| word.text.contains("://")).cloned();
    if let Some(address) = address {
        machine.url(&address, crate::effect::Direction::Out);
    } else if let Some(host) = named.filter(|host| !host.starts_with("/")) {
        machine.network(crate::effect::Direction::Out, &host, None, "database");
    }
}

fn sql(machine: &mut Machine<'_>, call: &Call) -> Value {
    let takes = [
        "-c",
        "--command",
        "-e",
        "--execute",
        "-f",
        "--file",
        "-h",
        "--host",
        "-p",
        "--port",
        "-U",
        "--user",
        "--username",
        "-d",
        "--dbname",
        "-D",
        "--database",
        "-o",
        "--output",
        "-q",
        "--query",
        "-Q",
        "-i",
        "-S",
        "-v",
        "--set",
        "-P",
        "-F",
        "-cmd",
        "-u",
    ];
    let is_psql = matches!(call.name().as_str(), "psql" | "pgcli");
    let unlike: &[&str] = if is_psql { &["-e"] } else { &["-p", "-S"] };
    let takes: Vec<&str> = takes.into_iter().filter(|name| !unlike.contains(name)).collect();
    let given = Given::read(call.args(), &takes);
    host(machine, &given);
    let mut texts: Vec<Value> =
        given.values(&["-c", "--command", "-e", "--execute", "-q", "--query", "-Q", "-cmd"]).cloned().collect();
    if matches!(call.name().as_str(), "sqlite3" | "duckdb") {
        if let Some(file) = given.operand(0).filter(|file| !file.is(":memory:")) {
            machine.read_file(file);
        }
        texts.extend(given.operands_from(1).iter().cloned());
    }
    for file in given.values(&["-f", "--file", "-i"]).filter(|file| !file.is("-")) {
        let text = machine.read_file(file);
        texts.push(text);
    }
    if !call.stdin.text.is_empty() {
        texts.push(call.stdin.clone());
    }
    given.values(&["-o", "--output"]).for_each(|file| machine.write_file(file));
    let local = matches!(call.name().as_str(), "sqlite3" | "duckdb");
    let changes = if local { Changes::AFile } else { Changes::AServer };
    for text in &texts {
        statements(machine, &text.text, &call.name(), changes);
        let file = given.operand(0).filter(|file| local && !file.is(":memory:"));
        if let Some(file) = file.filter(|_| changes_data(&text.text)) {
            machine.write_file(file);
        }
    }
    Value::hole()
}

/// Where statements change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Changes {
    /// In a database that others use.
    AServer,
    /// In a file of this machine, and whether that may be written is known.
    AFile,
}

/// Whether statements take everything away that a table or a database holds, wherever they stand.
pub(crate) fn empties(text: &str) -> bool {
    unquoted(text).to_ascii_uppercase().split(';').any(|statement| removal(&words_of(statement)).is_some())
}

/// Whether statements change data, in part or as a whole.
fn changes_data(text: &str) -> bool {
    unquoted(text).to_ascii_uppercase().split(';').any(|statement| {
        let first = words_of(statement).first().copied();
        first.is_some_and(|word| {
            matches!(
                word,
                "INSERT" | "UPDATE" | "DELETE" | "REPLACE" | "ALTER" | "CREATE" | "DROP" | "MERGE" | "VACUUM"
            )
        })
    })
}

fn words_of(statement: &str) -> Vec<&str> {
    statement.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect()
}

/// What a statement takes away as a whole.
fn removal(words: &[&str]) -> Option<&'static str> {
    let has = |word: &str| words.contains(&word);
    match words {
        [
            "DROP",
            "TABLE" | "DATABASE" | "SCHEMA" | "USER" | "ROLE" | "VIEW" | "COLUMN" | "KEYSPACE" | "MATERIALIZED"
            | "TABLESPACE" | "OWNED",
            ..,
        ]
        | ["TRUNCATE", ..] => Some("removes tables or what they hold"),
        ["ALTER", ..] if has("DROP") => Some("removes a part of a table"),
        ["DELETE", "FROM", ..] | ["UPDATE", ..] | ["ALTER", "TABLE", ..] if is_about_every_row(words) => {
            Some("changes every row of a table")
        }
        _ => None,
    }
}

/// Whether a statement names no rows, or all of them: `WHERE 1=1`.
fn is_about_every_row(words: &[&str]) -> bool {
    if words.len() < 3 || (words.first() == Some(&"ALTER") && !words.contains(&"DELETE")) {
        return false;
    }
    let Some(at) = words.iter().position(|word| *word == "WHERE") else { return words.first() != Some(&"ALTER") };
    let condition = words.get(at + 1..).unwrap_or_default();
    match condition {
        ["TRUE" | "1", rest @ ..] if !rest.contains(&"AND") => {
            rest.first().is_none_or(|word| *word == "1" || *word == "OR")
        }
        ["NOT", "FALSE"] => true,
        [one, other] => one == other,
        [.., "OR", "1", "1"] | [.., "OR", "TRUE" | "1"] => true,
        _ => false,
    }
}

/// What statements do, read word by word, without what stands in quotes and comments.
fn statements(machine: &mut Machine<'_>, text: &str, client: &str, changes: Changes) {
    for line in text.lines() {
        let line = line.trim_start();
        let code = line
            .strip_prefix("\\!")
            .or_else(|| line.strip_prefix(".shell "))
            .or_else(|| line.strip_prefix(".system "))
            .or_else(|| line.strip_prefix("system "));
        if let Some(code) = code {
            super::shells::run_with(machine, &Value::of(code.trim()), &[], &Value::default());
        }
        if let Some(file) = line.strip_prefix(".read ").or_else(|| line.strip_prefix(".import ")) {
            machine.read_file(&Value::of(file.split_whitespace().next().unwrap_or_default()));
        }
        if changes == Changes::AFile && (line.starts_with(".open") || line.starts_with(".restore")) {
            machine.danger(Hazard::Deployment, format!("{client} opens another database"));
        }
        if let Some(file) =
            [".output ", ".once ", ".backup ", ".save ", ".log "].iter().find_map(|verb| line.strip_prefix(verb))
        {
            machine.write_file(&Value::of(file.split_whitespace().last().unwrap_or_default()));
        }
        if let Some(library) = line.strip_prefix(".load ") {
            machine.danger(Hazard::Loader, format!("{client} loads {library}"));
        }
    }
    let bare = unquoted(text).to_ascii_uppercase();
    for statement in bare.split(';') {
        let words = words_of(statement);
        let has = |word: &str| words.contains(&word);
        if let Some(what) = removal(&words) {
            machine.danger(Hazard::Infrastructure, format!("{client} {what}"));
            continue;
        }
        match words.as_slice() {
            // Another file than the one that is named.
            ["ATTACH", ..] if changes == Changes::AFile => {
                machine.danger(Hazard::Deployment, format!("{client} opens another database"));
            }
            // What a statement writes elsewhere, and what it loads, is no row of this file.
            _ if changes == Changes::AFile
                && ["WRITEFILE", "EDIT", "VACUUM", "COPY", "EXPORT", "INSTALL", "LOAD"]
                    .iter()
                    .any(|word| has(word)) =>
            {
                machine.danger(Hazard::Deployment, format!("{client} writes or loads another file"));
            }
            _ if changes == Changes::AFile && !has("LOAD_EXTENSION") => {}
            ["DELETE" | "UPDATE" | "INSERT" | "ALTER" | "MERGE" | "REPLACE", ..] if words.len() > 2 => {
                machine.danger(Hazard::Deployment, format!("{client} changes data"));
            }
            ["GRANT", ..] | ["CREATE", "USER" | "ROLE", ..] => {
                machine.danger(Hazard::Privilege, format!("{client} gives somebody rights"));
            }
            ["COPY", ..] if has("PROGRAM") => {
                machine.danger(Hazard::RemoteShell, format!("{client} has the server run a program"));
            }
            _ => {}
        }
        if has("LOAD_FILE")
            || has("PG_READ_FILE")
            || has("XP_CMDSHELL")
            || has("OUTFILE")
            || has("LOAD_EXTENSION")
            || has("LO_IMPORT")
        {
            machine.danger(Hazard::RemoteShell, format!("{client} has the server read or run what it should not"));
        }
    }
}

/// A statement without its literals and comments.
fn unquoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                for c in chars.by_ref() {
                    if c == '\'' {
                        break;
                    }
                }
                out.push(' ');
            }
            '-' if chars.peek() == Some(&'-') => {
                for c in chars.by_ref() {
                    if c == '\n' {
                        break;
                    }
                }
                out.push(' ');
            }
            '/' if chars.peek() == Some(&'*') => {
                let mut last = ' ';
                for c in chars.by_ref() {
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
                out.push(' ');
            }
            c => out.push(c),
        }
    }
    out
}

/// Settings of redis that neither name a file nor load anything.
const HARMLESS_SETTINGS: [&str; 6] = ["MAXMEMORY", "MAXCLIENTS", "TIMEOUT", "SLOWLOG-", "NOTIFY-KEYSPACE-EVENTS", "HZ"];

/// Whether redis is told to change a setting by which it may write files where it is told, or load code.
fn sets_more_than_sizes(text: &str) -> bool {
    text.match_indices("CONFIG SET").any(|(at, words)| {
        let line = text.get(at + words.len()..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let names = line.split_whitespace().step_by(2);
        names.clone().next().is_none()
            || names.into_iter().any(|name| !HARMLESS_SETTINGS.iter().any(|harmless| name.starts_with(harmless)))
    })
}

fn redis(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-h", "-p", "-a", "-u", "-n", "--user", "--pass"]);
    if let Some(host) = given.value(&["-h"]) {
        machine.network(crate::effect::Direction::Out, host, None, "database");
    }
    let text = format!("{} {}", Value::join(&given.operands, " ").text, call.stdin.text).to_ascii_uppercase();
    if ["FLUSHALL", "FLUSHDB", "SHUTDOWN"].iter().any(|word| text.contains(word)) {
        machine.danger(Hazard::Infrastructure, "everything that redis holds is removed");
    } else if sets_more_than_sizes(&text)
        || text.contains("EVAL")
        || text.contains("MODULE LOAD")
        || text.contains("SLAVEOF")
    {
        machine.danger(Hazard::RemoteShell, "redis is made to write files or run code");
    } else if text.split_whitespace().next().is_some_and(|word| matches!(word, "DEL" | "UNLINK" | "SET" | "RENAME")) {
        machine.danger(Hazard::Deployment, "redis changes");
    }
    Value::hole()
}

fn mongo(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given =
        Given::read(call.args(), &["--eval", "--host", "--port", "-u", "-p", "--username", "--password", "--file"]);
    host(machine, &given);
    let text =
        given.values(&["--eval"]).map(|code| code.text.clone()).chain([call.stdin.text.clone()]).collect::<String>();
    if ["dropDatabase", ".drop(", "deleteMany({})", "remove({})", "deleteMany( {} )"]
        .iter()
        .any(|word| text.contains(word))
    {
        machine.danger(Hazard::Infrastructure, "collections are removed or emptied");
    } else if ["delete", "update", "insert", "remove", "createUser"].iter().any(|word| text.contains(word)) {
        machine.danger(Hazard::Deployment, "data changes");
    }
    Value::hole()
}
