//! gitleaks: its configuration, its ignore file, its reports, which it also reads as baselines.

use super::dialect::compile;
use super::rules::{Dialect, UserRule};
use super::{About, ImportError, Imported, Known, format_error};
use crate::git::ObjectId;
use crate::suppress::{Allow, Rules, Target};
use portcullis_event::{RuleId, Secret};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Config {
    rules: Vec<Rule>,
    allowlist: Option<List>,
    allowlists: Vec<List>,
    extend: Extend,
    #[serde(flatten)]
    more: More,
}

/// What has no counterpart here.
type More = BTreeMap<String, toml::Value>;

/// What changes nothing in what is found.
const SILENT: [&str; 5] = ["title", "description", "tags", "minVersion", "report"];

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Rule {
    id: String,
    description: String,
    regex: String,
    secret_group: usize,
    entropy: f32,
    keywords: Vec<String>,
    path: Option<String>,
    allowlist: Option<List>,
    allowlists: Vec<List>,
    skip_report: bool,
    #[serde(flatten)]
    more: More,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct List {
    description: Option<String>,
    condition: Option<String>,
    commits: Vec<String>,
    paths: Vec<String>,
    regex_target: Option<String>,
    regexes: Vec<String>,
    stopwords: Vec<String>,
    target_rules: Vec<String>,
    #[serde(flatten)]
    more: More,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Extend {
    path: Option<String>,
    url: Option<String>,
    use_default: bool,
    disabled_rules: Vec<String>,
    #[serde(flatten)]
    more: More,
}

/// Reads a configuration, such as `.gitleaks.toml`.
pub(super) fn config(text: &str) -> Result<Imported, ImportError> {
    let config: Config = toml::from_str(text).map_err(|error| format_error("configuration of gitleaks", error))?;
    let mut imported = Imported::default();
    unknown("the configuration", &config.more, &mut imported);
    let own: Vec<String> = config.rules.iter().filter(|rule| !rule.regex.is_empty()).map(|it| it.id.clone()).collect();
    for list in config.allowlist.into_iter().chain(config.allowlists) {
        let targets = list.target_rules.clone();
        let rules = if targets.is_empty() { Rules::All } else { rules(targets, &own) };
        allow(list, "an allowlist", rules, &mut imported)?;
    }
    for rule in config.rules {
        self::rule(rule, &own, &mut imported)?;
    }
    extend(config.extend, &mut imported);
    Ok(imported)
}

fn rule(rule: Rule, own: &[String], imported: &mut Imported) -> Result<(), ImportError> {
    let of = format!("the rule {}", crate::printable(&rule.id));
    unknown(&of, &rule.more, imported);
    for list in rule.allowlist.into_iter().chain(rule.allowlists) {
        allow(list, &format!("an allowlist of {of}"), rules(vec![rule.id.clone()], own), imported)?;
    }
    let id = RuleId::parse(&rule.id).map_err(|error| format_error("configuration of gitleaks", error))?;
    if rule.regex.is_empty() {
        // A rule without a pattern and a path only adds to one of the standard rules.
        if rule.path.is_some() {
            let forbids = "forbids files by their names, which a search for secrets does not";
            imported.left_behind.push(format!("{of} {forbids}"));
        }
        return Ok(());
    }
    if rule.skip_report {
        imported.left_behind.push(format!("{of} only serves other rules, so it is left out"));
        return Ok(());
    }
    imported.rules.push(UserRule {
        description: rule.description,
        group: rule.secret_group,
        entropy: Some(rule.entropy).filter(|entropy| *entropy > 0.0),
        words: rule.keywords.iter().map(|word| word.to_lowercase()).filter(|word| !word.is_empty()).collect(),
        path: rule.path,
        ..UserRule::new(id, &rule.regex, Dialect::Common)
    });
    Ok(())
}

/// Rules of the configuration are meant by their names, standard ones by what they look for.
fn rules(names: Vec<String>, own: &[String]) -> Rules {
    if names.iter().all(|name| own.contains(name)) { Rules::Named(names) } else { Rules::Foreign(names) }
}

fn extend(extend: Extend, imported: &mut Imported) {
    let Extend { path, url, use_default: _, disabled_rules, more } = extend;
    unknown("`extend`", &more, imported);
    for other in path.into_iter().chain(url) {
        let other = crate::printable(other);
        imported.left_behind.push(format!("it extends {other}, which has to be imported as well"));
    }
    let (generic, others): (Vec<String>, Vec<String>) =
        disabled_rules.into_iter().partition(|name| name.split('-').any(|word| word == "generic"));
    if !generic.is_empty() {
        let reason = Some("the rule is switched off".to_owned());
        imported.allows.push(Allow { reason, rules: Rules::Foreign(generic), ..Allow::default() });
    }
    for name in others {
        let name = crate::printable(name);
        imported.left_behind.push(format!("it switches off the rule {name}; ours for the same vendor stay on"));
    }
}

/// Says what has no counterpart here.
fn unknown(of: &str, more: &More, imported: &mut Imported) {
    for name in more.keys().filter(|name| !SILENT.contains(&name.as_str())) {
        imported.left_behind.push(format!("`{}` of {of} has no meaning here", crate::printable(name)));
    }
}

fn allow(list: List, of: &str, rules: Rules, imported: &mut Imported) -> Result<(), ImportError> {
    unknown(of, &list.more, imported);
    let target = match list.regex_target.as_deref() {
        None | Some("" | "secret") => Target::Value,
        Some("match") => Target::Match,
        Some("line") => Target::Line,
        Some(other) => {
            let what = format!("regexTarget {} of {of}", crate::printable(other));
            return Err(ImportError::Format { format: "configuration of gitleaks", what });
        }
    };
    let all =
        list.condition.as_deref().is_some_and(|condition| matches!(condition.to_uppercase().as_str(), "AND" | "&&"));
    let before = imported.left_behind.len();
    let on_target = |of: &str, pattern: &str| Ok((target, compile(of, pattern)?));
    let allow = Allow {
        reason: list.description,
        rules,
        all,
        paths: imported.patterns(of, &list.paths, compile),
        commits: list.commits.iter().map(|commit| commit.to_lowercase()).collect(),
        patterns: imported.patterns(of, &list.regexes, on_target),
        words: list.stopwords.iter().map(|word| word.to_lowercase()).collect(),
    };
    let empty =
        allow.paths.is_empty() && allow.commits.is_empty() && allow.patterns.is_empty() && allow.words.is_empty();
    // Without a criterion that can't be used, the others of a list that asks for all of them would leave out too much.
    let unusable = imported.left_behind.len() > before;
    match (empty, unusable) {
        (true, false) => imported.left_behind.push(format!("{of} names nothing")),
        (false, true) if !all => imported.allows.push(allow),
        (false, false) => imported.allows.push(allow),
        (true | false, true) => {}
    }
    Ok(())
}

/// Reads a `.gitleaksignore`: on each line `file:rule:line` or `commit:file:rule:line`.
pub(super) fn ignore(text: &str) -> Imported {
    let mut imported = Imported::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match place(line) {
            Some(known) => imported.known.push(known),
            None => imported.left_behind.push(format!("`{}` names no place", crate::printable(line))),
        }
    }
    imported
}

fn place(text: &str) -> Option<Known> {
    let (rest, line) = text.rsplit_once(':')?;
    let (rest, rule) = rest.rsplit_once(':')?;
    let (commit, path) = match rest.split_once(':').map(|(start, path)| (start.parse::<ObjectId>(), path)) {
        Some((Ok(commit), path)) => (Some(commit), path),
        _ => (None, rest),
    };
    let line = line.parse().ok()?;
    Some(Known { path: relative(path)?, line, commit, rule: rule.to_owned(), secret: About::Place })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reported {
    #[serde(rename = "RuleID")]
    rule: String,
    start_line: u32,
    #[serde(default)]
    secret: String,
    file: String,
    #[serde(default)]
    commit: String,
}

/// Reads a report in JSON. It is a baseline too, if gitleaks was given it as one.
pub(super) fn report(text: &str) -> Result<Imported, ImportError> {
    let reported: Vec<Reported> =
        serde_json::from_str(text).map_err(|error| format_error("report of gitleaks", error))?;
    let mut imported = Imported::default();
    for Reported { rule, start_line, secret, file, commit } in reported {
        // A report that was redacted holds `REDACTED`, or the beginning of the secret and dots.
        let about = if secret.is_empty() || secret == "REDACTED" || secret.ends_with("...") {
            About::Place
        } else {
            About::Value(Secret::new(secret))
        };
        match relative(&file) {
            Some(path) => {
                let commit = commit.parse().ok();
                imported.known.push(Known { path, line: start_line, commit, rule, secret: about });
            }
            None => imported.left_behind.push(format!("`{}` is no file of this project", crate::printable(file))),
        }
    }
    Ok(imported)
}

/// A path below the project. One in an archive names the archive.
fn relative(path: &str) -> Option<PathBuf> {
    let path = path.split('!').next().unwrap_or_default();
    let path = path.strip_prefix("./").unwrap_or(path);
    (!path.is_empty()).then(|| PathBuf::from(path))
}
