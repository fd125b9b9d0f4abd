//! No link in our documents leads to a file or a heading that does not exist. Links to other sites are not followed:
//! tests need no network.

use crate::project::{files, read, root};
use std::path::{Path, PathBuf};

/// Text without code, where brackets mean something else.
fn without_code(text: &str) -> String {
    let mut fenced = false;
    let prose = text.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    });
    prose.map(|line| line.split('`').step_by(2).collect::<String>() + "\n").collect()
}

fn targets(text: &str) -> Vec<String> {
    let text = without_code(text);
    text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())).collect()
}

/// The anchors of a page, as mdbook and most forges make them from headings.
fn anchors(text: &str) -> Vec<String> {
    let is_heading = |line: &&str| line.starts_with('#');
    let mut fenced = false;
    let lines = text.lines().filter(|line| {
        fenced ^= line.starts_with("```");
        !fenced
    });
    lines
        .filter(is_heading)
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect::<String>().replace(' ', "-")
        })
        .collect()
}

fn documents() -> Vec<PathBuf> {
    let mut all = files(&root().join("docs"), ".md");
    all.extend(["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"].map(|name| root().join(name)));
    all
}

fn problem(page: &Path, target: &str) -> Option<String> {
    if target.starts_with("https://") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() { page.to_owned() } else { page.parent().unwrap().join(file) };
    if !path.exists() {
        return Some(format!("{}: {target} does not exist", page.display()));
    }
    let known = anchor.is_empty() || anchors(&read(&path)).iter().any(|it| it == anchor);
    (!known).then(|| format!("{}: there is no heading for {target}", page.display()))
}

#[test]
fn no_link_leads_nowhere() {
    let problems: Vec<String> = documents()
        .iter()
        .flat_map(|page| {
            targets(&read(page)).into_iter().filter_map(|target| problem(page, &target)).collect::<Vec<_>>()
        })
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_broken_link_would_be_found() {
    let page = root().join("README.md");
    assert_eq!(targets("[a](b.md) `[c](d)`\n```\n[e](f)\n```\n[g](h.md#i)"), ["b.md", "h.md#i"]);
    assert!(problem(&page, "nowhere.md").is_some());
    assert!(problem(&page, "#no-such-heading").is_some());
}
