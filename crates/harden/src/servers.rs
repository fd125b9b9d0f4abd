//! The MCP servers of an agent's settings, started through a gate, and back.

use crate::edit::{Format, NotEditable, Text};
use serde_json::Value;

/// What agents call the table of their servers.
const TABLES: [&str; 3] = ["mcpServers", "servers", "mcp_servers"];

/// What a gate is told before the name of a server.
const TOLD: [&str; 2] = ["mcp", "run"];

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Through the gate.
    In,
    /// As it was before.
    Out,
}

/// What became of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Became {
    /// It is started in another way now.
    Changed,
    /// It was so already.
    Same,
    /// It is reached by a URL, with whatever login its agent has for it.
    ByUrl,
    /// It is not described as servers are, or its name can't be told to a gate.
    Odd,
}

/// Settings with their servers through a gate, or back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Led {
    /// The settings.
    pub text: String,
    /// Each server, by its name.
    pub servers: Vec<(String, Became)>,
}

/// Has every server of a file of settings be started through a gate, or back. `can_be_told` says which names a gate takes.
pub fn lead(
    (format, text): (Format, &str),
    gate: &str,
    way: Way,
    can_be_told: impl Fn(&str) -> bool,
) -> Result<Led, NotEditable> {
    let Some(mut file) = Text::read(format, text)? else { return Err(NotEditable::Other("the whole".to_owned())) };
    let (whole, mut servers) = (file.whole()?, Vec::new());
    for table in TABLES {
        let Some(Value::Object(all)) = whole.get(table) else { continue };
        for (name, server) in all {
            let path = |member: &str| [table, name, member].map(str::to_owned);
            let led = led(name, server, gate, way, &can_be_told);
            if let Ok((command, arguments)) = &led {
                file.set(&path("command"), &command.as_str().into())?;
                file.set(&path("args"), &arguments.clone().into())?;
            }
            servers.push((name.clone(), led.err().unwrap_or(Became::Changed)));
        }
    }
    // What is the same is not written anew.
    let is_changed = servers.iter().any(|(_, became)| *became == Became::Changed);
    Ok(Led { text: if is_changed { file.text() } else { text.to_owned() }, servers })
}

/// The program of a server and its arguments, as they are to be; or why they stay.
fn led(
    name: &str,
    server: &Value,
    gate: &str,
    way: Way,
    can_be_told: &impl Fn(&str) -> bool,
) -> Result<(String, Vec<String>), Became> {
    let Some(command) = server.get("command") else {
        let is_reached = ["url", "httpUrl", "serverUrl"].iter().any(|it| server.get(it).is_some_and(Value::is_string));
        return Err(if is_reached { Became::ByUrl } else { Became::Odd });
    };
    let command = command.as_str().filter(|it| !it.is_empty()).ok_or(Became::Odd)?;
    let arguments = server.get("args").map_or(Some(Vec::new()), words).ok_or(Became::Odd)?;
    let before = [TOLD[0], TOLD[1], name, "--"];
    let is_gate = command.rsplit('/').next() == Some("portcullis") && arguments.starts_with(&TOLD.map(str::to_owned));
    match way {
        Way::In if is_gate => Err(Became::Same),
        Way::In if !can_be_told(name) => Err(Became::Odd),
        Way::In => {
            let told = before.into_iter().chain([command]).map(str::to_owned);
            Ok((gate.to_owned(), told.chain(arguments).collect()))
        }
        Way::Out if !is_gate => Err(Became::Same),
        Way::Out => {
            let inner = arguments.strip_prefix(before.map(str::to_owned).as_slice());
            let (command, arguments) = inner.and_then(<[String]>::split_first).ok_or(Became::ByUrl)?;
            Ok((command.clone(), arguments.to_vec()))
        }
    }
}

fn words(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|word| word.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn led_in(format: Format, text: &str) -> Led {
        lead((format, text), "portcullis", Way::In, |name| name != "odd name").unwrap()
    }

    const JSON: &str = r#"{
  // the servers of this project
  "mcpServers": {
    "git": { "command": "uvx", "args": ["mcp-server-git==0.6.2"], "env": { "A": "b" } }, // reads
    "bare": { "command": "/opt/bare" },
    "far": { "url": "https://far.example/mcp" },
    "odd name": { "command": "x" },
    "list": { "command": ["a", "b"] }
  },
  "other": { "command": "stays" }
}
"#;

    #[test]
    fn each_server_is_started_through_the_gate_and_all_else_stays() {
        let Led { text, servers } = led_in(Format::Jsonc, JSON);
        assert!(text.contains("// the servers of this project") && text.contains("// reads"), "{text}");
        assert!(
            text.contains(r#""env": { "A": "b" }"#) && text.contains(r#""other": { "command": "stays" }"#),
            "{text}"
        );
        let git = r#""command": "portcullis", "args": ["mcp", "run", "git", "--", "uvx", "mcp-server-git==0.6.2"]"#;
        assert!(text.replace('\n', "").replace("  ", "").contains(git), "{text}");
        let became = |name: &str| servers.iter().find(|(it, _)| it == name).unwrap().1;
        assert_eq!((became("git"), became("bare"), became("far")), (Became::Changed, Became::Changed, Became::ByUrl));
        assert_eq!((became("odd name"), became("list")), (Became::Odd, Became::Odd));
        let again = led_in(Format::Jsonc, &text);
        assert_eq!((again.text, again.servers[0].1), (text, Became::Same), "twice is once");
    }

    #[test]
    fn toml_is_led_as_well() {
        let toml = "# mine\n[mcp_servers.git]\ncommand = \"uvx\" # reads\nargs = [\"a\"]\n\n[other]\nx = 1\n";
        let text = led_in(Format::Toml, toml).text;
        assert!(text.contains("command = \"portcullis\" # reads") && text.contains("# mine"), "{text}");
        assert!(text.contains(r#"args = ["mcp", "run", "git", "--", "uvx", "a"]"#), "{text}");
        let back = lead((Format::Toml, &text), "portcullis", Way::Out, |_| true).unwrap();
        assert_eq!(back.text, toml);
    }

    #[test]
    fn what_can_not_be_read_is_not_changed_in_part() {
        for text in ["{", "[]", r#"{"mcpServers": {"a": {"command": "x", "command": "y"}}}"#] {
            assert!(lead((Format::Json, text), "portcullis", Way::In, |_| true).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn there_and_back_is_where_it_was(command in "[a-z/ \"]{1,8}", args in prop::collection::vec("\\PC{0,6}", 0..4), name in "[a-z]{1,6}") {
            let value = serde_json::json!({"mcpServers": {name: {"command": command, "args": args}}});
            let text = serde_json::to_string_pretty(&value).unwrap();
            prop_assume!(command != "portcullis");
            let there = led_in(Format::Json, &text);
            prop_assert_eq!(there.servers[0].1, Became::Changed);
            let back = lead((Format::Json, &there.text), "portcullis", Way::Out, |_| true).unwrap();
            prop_assert_eq!(serde_json::from_str::<Value>(&back.text).unwrap(), value);
        }
    }
}
