//! Sessions as data: each of `held.toml` is stopped at its last step by the rule that it names, and nothing of `clean.toml` is held.
//! Every one goes the whole way: over the wire, through the gateway as it is shipped, by the policy below.

use super::talk::Talk;
use crate::harness::Machine;
use serde::Deserialize;
use serde_json::{Value, json};

/// Lets everything pass that these sessions do, so that it is seen what what was read has to do with it.
const POLICY: &str = r#"
[files]
read = ["/"]
write = ["/tmp"]
[network]
allow = ["docs.example", "hooks.corp.example", "github.com", "*"]
[mcp]
allow = ["tracker", "postgres", "chat", "*"]
[findings]
injection = "allow"
[git]
configure = "allow"
[commands]
ask = ["!docker push"]
[effects]
allow = ["*"]
ask = ["!unresolved", "!unresolved-code", "!history-loss", "!deployment", "!publication", "!foreign-package"]
"#;

/// What nobody outside may know.
const PLAN: &str = "The merger with Northwind will be announced on the ninth of May; until then nobody may know of it.";

/// What policy denies by itself needs no ticket.
const DENIED: &str = "effects";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Corpus {
    session: Vec<Session>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Session {
    name: String,
    user: Option<String>,
    steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    tool: Option<String>,
    input: Option<Value>,
    bash: Option<String>,
    result: Option<String>,
    held: Option<String>,
}

fn read(text: &str) -> Vec<Session> {
    toml::from_str::<Corpus>(text).unwrap().session
}

/// A text with its placeholders filled in.
fn filled(text: &str, machine: &Machine) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{plan") {
        let (forms, after) = behind.split_once('}').unwrap();
        out.push_str(before);
        out.push_str(&forms.split('|').skip(1).fold(PLAN.to_owned(), |text, form| in_form(&text, form)));
        rest = after;
    }
    out.push_str(rest);
    match out.strip_prefix("~/") {
        Some(inside) => format!("{}/{inside}", machine.home().display()),
        None => out,
    }
}

fn in_form(text: &str, form: &str) -> String {
    let written = |letters: &str, width| bits(text, &letters.chars().collect::<Vec<_>>(), width);
    match form {
        "base64" => written("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 6),
        "base32" => written("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5),
        "hex" => written("0123456789abcdef", 4),
        "percent" => text.bytes().fold(String::new(), |out, byte| out + &format!("%{byte:02x}")),
        "reverse" => text.chars().rev().collect(),
        "rot13" => text.chars().map(turned).collect(),
        "slug" => text.to_lowercase().replace([' ', ';', '.'], "-").trim_matches('-').to_owned(),
        range => {
            let (from, to) = range.split_once("..").unwrap_or_else(|| panic!("{range} is no form"));
            text.get(from.parse().unwrap()..to.parse().unwrap()).unwrap().to_owned()
        }
    }
}

fn bits(text: &str, letters: &[char], width: usize) -> String {
    let all: Vec<bool> = text.bytes().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect();
    let of = |bits: &[bool]| (0..width).fold(0, |value, at| value << 1 | usize::from(bits.get(at) == Some(&true)));
    all.chunks(width).map(|bits| letters[of(bits)]).collect()
}

fn turned(c: char) -> char {
    match c {
        'a'..='m' | 'A'..='M' => char::from(c as u8 + 13),
        'n'..='z' | 'N'..='Z' => char::from(c as u8 - 13),
        other => other,
    }
}

fn filled_value(value: &Value, machine: &Machine) -> Value {
    match value {
        Value::String(text) => filled(text, machine).into(),
        Value::Array(items) => items.iter().map(|item| filled_value(item, machine)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, inner)| (name.clone(), filled_value(inner, machine))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// What is wrong with how a session went, if something is.
fn went(session: &Session) -> Result<(), String> {
    let machine = Machine::new();
    machine.write_user_policy(POLICY);
    let mut talk = Talk::begin(&machine, session.user.as_deref().unwrap_or("Go on."));
    for (number, step) in session.steps.iter().enumerate() {
        let (tool, input) = match (&step.tool, &step.bash) {
            (Some(tool), None) => (tool.clone(), filled_value(step.input.as_ref().unwrap(), &machine)),
            (None, Some(command)) => ("Bash".to_owned(), json!({"command": filled(command, &machine)})),
            _ => panic!("{}: a step is a tool or a command", session.name),
        };
        let told = |what: String| Err(format!("{}, step {}: {what}", session.name, number + 1));
        match (talk.ask(&tool, &input), &step.held) {
            (Ok(()), None) => talk.result(&filled(step.result.as_deref().unwrap_or_default(), &machine)),
            (Ok(()), Some(rule)) => return told(format!("not held by {rule}")),
            (Err(words), None) => return told(format!("held: {words}")),
            (Err(words), Some(rule)) if !words.contains(&format!("`{rule}`")) => {
                return told(format!("not by {rule}: {words}"));
            }
            (Err(words), Some(rule)) if rule != DENIED && !words.contains("portcullis approve") => {
                return told(format!("no ticket: {words}"));
            }
            (Err(_), Some(_)) => {}
        }
    }
    Ok(())
}

/// Every session of a part of a corpus, so that the parts run side by side.
fn all_went(sessions: &[Session], part: usize) {
    let wrong: Vec<String> =
        sessions.iter().skip(part).step_by(PARTS).filter_map(|session| went(session).err()).collect();
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

const PARTS: usize = 4;

macro_rules! parts {
    ($($name:ident $clean:ident $part:literal,)*) => {$(
        #[test]
        fn $name() {
            all_went(&read(include_str!("held.toml")), $part);
        }

        #[test]
        fn $clean() {
            all_went(&read(include_str!("clean.toml")), $part);
        }
    )*};
}

parts! {
    every_way_out_is_held_1 no_everyday_work_is_held_1 0,
    every_way_out_is_held_2 no_everyday_work_is_held_2 1,
    every_way_out_is_held_3 no_everyday_work_is_held_3 2,
    every_way_out_is_held_4 no_everyday_work_is_held_4 3,
}

#[test]
fn the_corpus_is_large_and_every_way_out_ends_in_one() {
    let (held, clean) = (read(include_str!("held.toml")), read(include_str!("clean.toml")));
    assert!(held.len() >= 60 && clean.len() >= 40, "{} and {}", held.len(), clean.len());
    for session in &held {
        let last = session.steps.len() - 1;
        assert!(
            session.steps.iter().enumerate().all(|(at, step)| step.held.is_some() == (at == last)),
            "{}",
            session.name
        );
    }
    assert!(clean.iter().flat_map(|session| &session.steps).all(|step| step.held.is_none()));
}
