//! What the names of tools say where their effects do not.

use serde_json::Value;

/// What the result of a tool is, by the tool's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It brings pages, or what stands on a screen.
    Web,
    /// It brings the output of what was started before, or what another agent has to say.
    Before,
    /// It types into something that was started before.
    Types,
    /// It searches files and shows what it finds.
    Search,
    /// Its effects say all.
    Plain,
}

fn folded(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// What a tool of an agent is.
pub(crate) fn kind(name: &str, input: &Value) -> Kind {
    let name = folded(name);
    let is = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if name == "writestdin" || is(&["sendtoterminal", "sendkeys"]) {
        let typed = ["chars", "text", "input", "keys"]
            .iter()
            .any(|it| input.get(it).and_then(Value::as_str).is_some_and(|it| !it.is_empty()));
        return if typed { Kind::Types } else { Kind::Before };
    }
    if is(&["websearch", "searchweb", "googlesearch", "bravesearch", "browser", "screenshot"]) || name == "computer" {
        return Kind::Web;
    }
    if is(&["bashoutput", "taskoutput", "terminaloutput", "readterminal", "subagent", "spawnagent", "delegate"])
        || matches!(name.as_str(), "task" | "agent" | "newtask" | "taskget" | "useskill")
    {
        return Kind::Before;
    }
    if is(&["grep", "searchfile", "codesearch", "searchtext", "ripgrep"]) { Kind::Search } else { Kind::Plain }
}

/// First words of tools that only look.
const LOOKS: [&str; 24] = [
    "get", "list", "read", "search", "query", "fetch", "find", "describe", "show", "view", "count", "lookup",
    "resolve", "retrieve", "status", "schema", "explain", "check", "diff", "download", "inspect", "select", "explore",
    "whoami",
];

/// Words that say that something changes or goes out, wherever they stand.
const WRITES: [&str; 44] = [
    "create", "update", "delete", "send", "post", "add", "write", "push", "publish", "comment", "reply", "edit", "set",
    "upload", "merge", "close", "move", "share", "invite", "transfer", "pay", "execute", "run", "insert", "upsert",
    "put", "patch", "remove", "append", "submit", "trigger", "deploy", "draft", "forward", "email", "message",
    "notify", "apply", "mutate", "import", "fork", "assign", "copy", "rename",
];

/// Words with which a statement begins that changes a database.
const STATEMENTS: [&str; 12] = [
    "insert ",
    "update ",
    "delete ",
    "drop ",
    "alter ",
    "create ",
    "copy ",
    "grant ",
    "truncate ",
    "replace ",
    "merge ",
    "call ",
];

/// Whether a tool of an MCP server does more than to look. One whose name does not say so does.
pub(crate) fn writes(tool: &str, input: &Value) -> bool {
    let words = words(tool);
    let looks = words.iter().any(|word| LOOKS.contains(&word.as_str()));
    !looks || words.iter().any(|word| WRITES.contains(&word.as_str())) || changes_rows(input)
}

fn changes_rows(input: &Value) -> bool {
    let is_statement = |text: &str| {
        text.split(';').any(|part| {
            let part = part.trim_start().to_ascii_lowercase();
            STATEMENTS.iter().any(|word| part.starts_with(word))
        })
    };
    match input {
        Value::String(text) => is_statement(text),
        Value::Array(items) => items.iter().any(changes_rows),
        Value::Object(members) => members.values().any(changes_rows),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The words of a name, whichever way it is written.
fn words(name: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut was_small = false;
    for c in name.chars() {
        let begins = !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && was_small);
        if begins {
            all.push(String::new());
        }
        was_small = c.is_ascii_lowercase();
        if c.is_ascii_alphanumeric()
            && let Some(last) = all.last_mut()
        {
            last.push(c.to_ascii_lowercase());
        }
    }
    all.retain(|word| !word.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_tool_that_does_not_say_that_it_looks_writes() {
        for name in ["get_issue", "list-files", "searchPages", "query", "read_query", "API-get-user", "fetch_page"] {
            assert!(!writes(name, &json!({"q": "x"})), "{name}");
        }
        for name in ["create_issue", "get_or_create", "sendMessage", "frobnicate", "execute_sql", "list_and_delete", ""]
        {
            assert!(writes(name, &json!({})), "{name}");
        }
        assert!(writes("query", &json!({"sql": "select 1; DELETE from users"})));
        assert!(!writes("query", &json!({"sql": "select created, updated from users"})));
    }

    #[test]
    fn names_of_all_agents_are_known() {
        let none = json!({});
        for name in ["WebSearch", "web_search", "google_web_search", "mcp_browser_navigate", "computer"] {
            assert_eq!(kind(name, &none), Kind::Web, "{name}");
        }
        for name in ["BashOutput", "TaskOutput", "Task", "spawn_agent", "write_stdin"] {
            assert_eq!(kind(name, &none), Kind::Before, "{name}");
        }
        assert_eq!(kind("write_stdin", &json!({"chars": "ls\n"})), Kind::Types);
        assert_eq!(kind("Grep", &none), Kind::Search);
        for name in ["Read", "Edit", "Bash", "TodoWrite", "Glob"] {
            assert_eq!(kind(name, &none), Kind::Plain, "{name}");
        }
    }
}
