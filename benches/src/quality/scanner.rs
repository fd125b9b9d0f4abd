//! The scanners that are compared, how each is told to scan a folder, and how what it prints is read.

use super::score::{Finding, Place, Tier};
use anyhow::Context as _;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How the report of a scanner is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speech {
    Portcullis,
    Kingfisher,
    Gitleaks,
    DetectSecrets,
    CredSweeper,
    Ripsecrets,
}

/// A scanner.
#[derive(Debug)]
pub(super) struct Scanner {
    pub(super) name: &'static str,
    program: PathBuf,
    arguments: &'static str,
    speech: Speech,
}

/// The scanners, ourselves first. `TREE` and `OUT` stand for the folder and for the file of a report.
pub(super) fn all(peers: &Path) -> anyhow::Result<Vec<Scanner>> {
    let binary = std::env::current_exe()?.with_file_name("portcullis");
    let python = |name: &str| peers.join("python/bin").join(name);
    let scanner = |name, program, arguments, speech| Scanner { name, program, arguments, speech };
    Ok(vec![
        scanner("portcullis", binary, "scan --only secret --format jsonl TREE", Speech::Portcullis),
        scanner("credsweeper", python("credsweeper"), "--path TREE --save-json OUT", Speech::CredSweeper),
        scanner("detect-secrets", python("detect-secrets"), "scan --all-files TREE", Speech::DetectSecrets),
        scanner(
            "kingfisher",
            python("kingfisher"),
            "scan --no-validate --no-update-check --git-history none --format jsonl TREE",
            Speech::Kingfisher,
        ),
        scanner(
            "gitleaks",
            peers.join("bin/gitleaks"),
            "dir TREE --no-banner --report-format json --report-path OUT",
            Speech::Gitleaks,
        ),
        scanner("ripsecrets", peers.join("bin/ripsecrets"), "TREE", Speech::Ripsecrets),
    ])
}

impl Scanner {
    pub(super) fn is_installed(&self) -> bool {
        self.program.exists()
    }

    /// What it finds in a folder.
    pub(super) fn scan(&self, tree: &Path, state: &Path) -> anyhow::Result<Vec<Finding>> {
        let out = state.join(format!("{}.json", self.name));
        let (folder, report) = (tree.display().to_string(), out.display().to_string());
        let arguments = self.arguments.split(' ').map(|word| match word {
            "TREE" => folder.as_str(),
            "OUT" => report.as_str(),
            other => other,
        });
        let output = Command::new(&self.program)
            .args(arguments)
            .env("PORTCULLIS_HOME", state.join("home"))
            // One of them leaves out what is not under the folder that it is started in.
            .current_dir(tree)
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("could not start {}", self.name))?;
        let text = if self.arguments.contains("OUT") { std::fs::read(&out)? } else { output.stdout };
        let text = String::from_utf8_lossy(&text);
        let found = self.speech.read(&text).with_context(|| format!("{} said something unexpected", self.name))?;
        Ok(found.into_iter().filter_map(|it| under(it, tree)).collect())
    }
}

/// The finding with its path under the folder.
fn under(finding: Finding, tree: &Path) -> Option<Finding> {
    let path = Path::new(&finding.path);
    let path = path.strip_prefix(tree).unwrap_or(path).to_str()?.trim_start_matches("./").to_owned();
    Some(Finding { path, ..finding })
}

impl Speech {
    fn read(self, text: &str) -> anyhow::Result<Vec<Finding>> {
        let lines = || text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let rows = || serde_json::from_str::<Vec<Value>>(if text.trim().is_empty() { "[]" } else { text });
        Ok(match self {
            Self::Portcullis => lines().filter_map(|it| ours(&it)).collect(),
            Self::Kingfisher => lines().filter_map(|it| kingfisher(&it)).collect(),
            Self::Gitleaks => rows()?.iter().filter_map(gitleaks).collect(),
            Self::CredSweeper => rows()?.iter().flat_map(credsweeper).collect(),
            Self::DetectSecrets => {
                let document: Value = serde_json::from_str(text)?;
                let files = document.get("results").and_then(Value::as_object).context("no results")?;
                files.values().filter_map(Value::as_array).flatten().filter_map(detect_secrets).collect()
            }
            Self::Ripsecrets => text.lines().filter_map(ripsecrets).collect(),
        })
    }
}

fn text(value: &Value, path: &str) -> Option<String> {
    value.pointer(path)?.as_str().map(str::to_owned)
}

fn whole(value: &Value, path: &str) -> Option<u64> {
    value.pointer(path)?.as_u64()
}

fn ours(it: &Value) -> Option<Finding> {
    let tier = match it.get("confidence")?.as_str()? {
        "low" => Tier::Low,
        "medium" => Tier::Medium,
        _ => Tier::High,
    };
    let (line, end_line) = (whole(it, "/line")?, whole(it, "/end_line")?);
    let columns = Place::Columns(whole(it, "/column")?, whole(it, "/end_column")?);
    let place = if line == end_line { columns } else { Place::Line };
    let told = it.get("aside").is_none();
    Some(Finding { path: text(it, "/path")?, line, place, tier, rule: text(it, "/rule")?, told })
}

fn kingfisher(it: &Value) -> Option<Finding> {
    let place = Place::Value(first_line(&text(it, "/finding/snippet")?));
    let (path, line) = (text(it, "/finding/path")?, whole(it, "/finding/line")?);
    Some(Finding { path, line, place, tier: Tier::High, rule: text(it, "/rule/id")?, told: true })
}

fn gitleaks(it: &Value) -> Option<Finding> {
    let place = Place::Value(first_line(&text(it, "/Secret")?));
    let (path, line) = (text(it, "/File")?, whole(it, "/StartLine")?);
    Some(Finding { path, line, place, tier: Tier::High, rule: text(it, "/RuleID")?, told: true })
}

fn credsweeper(it: &Value) -> Vec<Finding> {
    let rule = text(it, "/rule").unwrap_or_default();
    let lines = it.get("line_data_list").and_then(Value::as_array).into_iter().flatten();
    // The first line of a credential of several is where it is.
    let found = lines.take(1).filter_map(|line| {
        let place = Place::Value(first_line(&text(line, "/value")?));
        let (path, at) = (text(line, "/path")?, whole(line, "/line_num")?);
        Some(Finding { path, line: at, place, tier: Tier::High, rule: rule.clone(), told: true })
    });
    found.collect()
}

fn detect_secrets(it: &Value) -> Option<Finding> {
    let (path, line) = (text(it, "/filename")?, whole(it, "/line_number")?);
    Some(Finding { path, line, place: Place::Line, tier: Tier::High, rule: text(it, "/type")?, told: true })
}

/// `path:line:text`; the value is not told.
fn ripsecrets(line: &str) -> Option<Finding> {
    let (path, rest) = line.split_once(':')?;
    let line = rest.split(':').next()?.parse().ok()?;
    Some(Finding {
        path: path.to_owned(),
        line,
        place: Place::Line,
        tier: Tier::High,
        rule: "any".to_owned(),
        told: true,
    })
}

fn first_line(value: &str) -> String {
    value.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_of_each_scanner_is_read() {
        let cases = [
            (
                Speech::Portcullis,
                r#"{"rule":"a","confidence":"medium","path":"x","line":3,"column":5,"end_line":3,"end_column":9}"#,
                Place::Columns(5, 9),
            ),
            (
                Speech::Kingfisher,
                r#"{"rule":{"id":"a"},"finding":{"snippet":"v","line":3,"path":"./x"}}"#,
                Place::Value("v".to_owned()),
            ),
            (
                Speech::Gitleaks,
                r#"[{"RuleID":"a","StartLine":3,"Secret":"v","File":"x"}]"#,
                Place::Value("v".to_owned()),
            ),
            (
                Speech::CredSweeper,
                r#"[{"rule":"a","line_data_list":[{"line_num":3,"path":"x","value":"v"}]}]"#,
                Place::Value("v".to_owned()),
            ),
            (Speech::DetectSecrets, r#"{"results":{"x":[{"type":"a","filename":"x","line_number":3}]}}"#, Place::Line),
            (Speech::Ripsecrets, "x:3:key = v", Place::Line),
        ];
        for (speech, report, place) in cases {
            let found = speech.read(report).unwrap();
            let [finding] = &found[..] else { panic!("{speech:?}: {found:?}") };
            assert_eq!((finding.line, &finding.place), (3, &place), "{speech:?}");
            assert_eq!(under(finding.clone(), Path::new("/nowhere")).unwrap().path, "x", "{speech:?}");
        }
    }
}
