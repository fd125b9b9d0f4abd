//! What a person is told in sum: a line for each reason, with the folders that hold most of it.

use crate::page::{Page, Tone};
use portcullis_report::{Aside, Row};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// So many folders are named.
const NAMED: usize = 5;

/// A line for each reason that there is.
pub(super) fn write(rows: &[Row], page: &mut Page) {
    for aside in [Aside::Test, Aside::Example, Aside::LowConfidence] {
        let rows: Vec<&Row> = rows.iter().filter(|row| row.aside == Some(aside)).collect();
        if !rows.is_empty() {
            page.put(Tone::Strong, said(aside)).put(Tone::Plain, format!(", in sum: {}", places(&rows))).end();
        }
    }
}

const fn said(aside: Aside) -> &'static str {
    match aside {
        Aside::Test => "in tests",
        Aside::Example => "in examples and documentation",
        Aside::LowConfidence => "of low confidence",
    }
}

/// The folders with how many findings each holds, those with most of them first.
fn places(rows: &[&Row]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(folder(row.location.path.as_deref().unwrap_or("-"))).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(folder, count)| (Reverse(*count), *folder));
    let mut named: Vec<String> =
        counts.iter().take(NAMED).map(|(folder, count)| format!("{count} in {folder}")).collect();
    let others = counts.get(NAMED..).unwrap_or_default();
    if !others.is_empty() {
        let found: usize = others.iter().map(|(_, count)| count).sum();
        let folders =
            if others.len() == 1 { "1 other folder".to_owned() } else { format!("{} other folders", others.len()) };
        named.push(format!("{found} in {folders}"));
    }
    named.join(", ")
}

/// The folder of a file; the file itself where it lies in none.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(folder, _)| if folder.is_empty() { "/" } else { folder })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_by_its_folder() {
        assert_eq!(["a/b/c.pem", "/c.pem", "c.pem"].map(folder), ["a/b", "/", "c.pem"]);
    }
}
