//! The labelled set: groups of files with the credentials in them, parted by where their forms come from.

use super::template::Group;
use anyhow::Context as _;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

/// How often each template is made into a file.
pub(super) const COPIES: u64 = 6;

/// Which half of the set a group belongs to. What is trained or repaired looks at `train` alone.
pub(super) const PARTS: [&str; 2] = ["train", "test"];

/// A credential in a file.
#[derive(Debug, Clone)]
pub(super) struct Truth {
    /// Lines from 1, both inclusive.
    pub(super) lines: (u64, u64),
    /// Where it starts and ends on its first line, in characters from 1; the end is exclusive and counts on one line only.
    pub(super) columns: (u64, u64),
    pub(super) value: String,
}

/// A file of the set.
#[derive(Debug)]
pub(super) struct Labelled {
    pub(super) part: &'static str,
    pub(super) group: String,
    pub(super) truths: Vec<Truth>,
}

/// The set, by the paths of its files under its folder.
pub(super) type Set = BTreeMap<String, Labelled>;

/// Reads the templates, writes the files into `folder`, and says what is in them.
pub(super) fn write(folder: &Path) -> anyhow::Result<Set> {
    let mut set = Set::new();
    for part in PARTS {
        for group in groups(part)? {
            for copy in 0..COPIES {
                for made in group.make(copy)? {
                    // No folder is called `test`: some scanners believe less of what lies in one.
                    let path = format!("{part}-part/{}/{copy}/{}", group.name, made.path);
                    let file = folder.join(&path);
                    std::fs::create_dir_all(file.parent().context("a path has no folder")?)?;
                    std::fs::write(&file, &made.text)?;
                    let truths = made.credentials.iter().map(|it| truth(&made.text, it.start, it.end)).collect();
                    set.insert(path, Labelled { part, group: group.name.clone(), truths });
                }
            }
        }
    }
    Ok(set)
}

/// Writes one part as rows for the trainer of the model of generic credentials.
pub(super) fn export(part: &str, copies: u64, to: &Path) -> anyhow::Result<()> {
    let mut out = std::io::BufWriter::new(std::fs::File::create(to)?);
    for group in groups(part)? {
        for copy in 0..copies {
            for made in group.make(copy)? {
                let spans: Vec<[usize; 2]> = made.credentials.iter().map(|it| [it.start, it.end]).collect();
                let source = format!("{}/{}", group.name, made.path);
                let row = json!({"path": made.path, "source": source, "text": made.text, "spans": spans});
                writeln!(out, "{row}")?;
            }
        }
    }
    Ok(())
}

fn groups(part: &str) -> anyhow::Result<Vec<Group>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("quality").join(part);
    let mut groups = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("no templates in {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|it| it.to_str()).context("a file of templates has no name")?;
        groups.push(Group::parse(name, &std::fs::read_to_string(&path)?)?);
    }
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(groups)
}

fn truth(text: &str, start: usize, end: usize) -> Truth {
    let count = |upto: usize| text.bytes().take(upto).filter(|byte| *byte == b'\n').count() + 1;
    let line_start = text.get(..start).and_then(|it| it.rfind('\n')).map_or(0, |at| at + 1);
    let column = |at: usize| text.get(line_start..at).map_or(0, |it| it.chars().count()) + 1;
    let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    Truth {
        lines: (wide(count(start)), wide(count(end))),
        columns: (wide(column(start)), wide(column(end))),
        value: text.get(start..end).unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_template_can_be_made_and_most_hold_a_credential() {
        for part in PARTS {
            let groups = groups(part).unwrap();
            let made: Vec<_> = groups.iter().flat_map(|group| group.make(0).unwrap()).collect();
            let with = made.iter().filter(|it| !it.credentials.is_empty()).count();
            assert!(made.len() > 80 && with * 2 > made.len(), "{part}: {with} of {}", made.len());
        }
    }

    #[test]
    fn no_line_with_a_credential_stands_in_both_parts() {
        let lines = |part: &str| -> BTreeSet<String> {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("quality").join(part);
            let files =
                std::fs::read_dir(folder).unwrap().map(|it| std::fs::read_to_string(it.unwrap().path()).unwrap());
            let lines: Vec<String> = files.flat_map(|it| it.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
            lines.into_iter().filter(|line| line.contains("«+") && line.trim().len() > 24).collect()
        };
        let both: Vec<String> = lines("train").intersection(&lines("test")).cloned().collect();
        assert!(both.is_empty(), "{both:#?}");
    }

    #[test]
    fn a_truth_knows_its_line_and_its_columns() {
        let found = truth("a\nkey=abc\n", 6, 9);
        assert_eq!((found.lines, found.columns, found.value.as_str()), ((2, 2), (5, 8), "abc"));
    }
}
