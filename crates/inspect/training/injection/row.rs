//! A labelled text.

use anyhow::Context as _;
use std::ops::Range;
use std::path::Path;

/// A labelled text.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) text: String,
    pub(crate) attack: bool,
    pub(crate) kind: String,
    pub(crate) source: String,
    /// What must be on the same side of a split.
    pub(crate) group: String,
    /// Where the attack stands, if that is known and it stands there in the open.
    pub(crate) span: Option<Range<usize>>,
}

impl Row {
    /// Whether the row was made by a grammar, cut from a file, or given.
    pub(crate) fn sort(&self) -> &'static str {
        match self.source.split(['-', ':']).next() {
            Some("made") => "made",
            Some("clean") => "clean",
            _ => "given",
        }
    }

    /// Whether it was cut from a file that people read.
    pub(crate) fn is_prose(&self) -> bool {
        ["clean_md", "clean_txt", "clean_rst", "clean_html"].contains(&self.kind.as_str())
    }

    pub(crate) fn to_json(&self) -> String {
        let (text, kind, source) = (&self.text, &self.kind, &self.source);
        serde_json::json!({"text": text, "label": u8::from(self.attack), "kind": kind, "source": source}).to_string()
    }
}

/// Reads the rows of a file: one JSON object per line with `text`, `label`, `kind` and `source`.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<Row>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(number, line)| parse(line).with_context(|| format!("{}:{}", path.display(), number + 1))).collect()
}

fn parse(line: &str) -> anyhow::Result<Row> {
    let value: serde_json::Value = serde_json::from_str(line)?;
    let field = |name: &str| {
        value
            .get(name)
            .and_then(serde_json::Value::as_str)
            .with_context(|| format!("{name} is missing"))
            .map(str::to_owned)
    };
    let attack = value.get("label").and_then(serde_json::Value::as_u64).context("label is missing")? == 1;
    let source = field("source")?;
    // The part before a colon or a dash names the collection; packages are told apart.
    let group =
        if source.starts_with("pypi") || source.starts_with("npm") { source.clone() } else { collection(&source) };
    Ok(Row { text: field("text")?, attack, kind: field("kind")?, source, group, span: None })
}

fn collection(source: &str) -> String {
    source.split([':', '-', '(']).next().unwrap_or_default().to_owned()
}

/// Texts of files below a folder, a few pieces of each file at most.
pub(crate) fn clean(folder: &Path, most: usize) -> anyhow::Result<Vec<Row>> {
    let mut files = files(folder)?;
    files.sort_by_key(|path| crate::random::hash(path));
    let mut rows = Vec::new();
    for path in files {
        if rows.len() >= most {
            break;
        }
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let ending = path.rsplit('.').next().unwrap_or("none").to_owned();
        let relative = path.strip_prefix(&folder.display().to_string()).unwrap_or(&path);
        let group: String = relative.split('/').filter(|part| !part.is_empty()).take(2).collect::<Vec<_>>().join("/");
        let place = usize::try_from(crate::random::hash(&path) % (text.len().max(1) as u64)).unwrap_or(0) / 2;
        let start = text.floor_char_boundary(place);
        let end = text.floor_char_boundary((start + 2400).min(text.len()));
        let piece = text.get(start..end).unwrap_or_default().to_owned();
        if piece.trim().len() > 40 {
            rows.push(Row {
                text: piece,
                attack: false,
                kind: format!("clean_{ending}"),
                source: format!("clean:{group}"),
                group,
                span: None,
            });
        }
    }
    Ok(rows)
}

/// The text files below a folder, sorted by name.
pub(crate) fn files(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut files = Vec::new();
    walk(folder, 0, &mut files)?;
    files.sort();
    Ok(files)
}

const TEXTS: [&str; 16] =
    ["rs", "md", "py", "txt", "toml", "json", "html", "rst", "c", "h", "js", "ts", "sh", "yml", "yaml", "log"];

fn walk(folder: &Path, depth: usize, files: &mut Vec<String>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let path = entry.path();
        let kind = entry.file_type()?;
        if kind.is_dir() && depth < 12 {
            walk(&path, depth + 1, files)?;
        } else if kind.is_file() && path.extension().and_then(|it| it.to_str()).is_some_and(|it| TEXTS.contains(&it)) {
            files.push(path.display().to_string());
        }
    }
    Ok(())
}
