//! git's configuration files, as far as a reader of repositories needs them.
//!
//! Includes are not followed: what they could say does not change how a repository is read.

/// The settings of one file, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Config(Vec<(String, String)>);

impl Config {
    /// Reads a file. What makes no sense is passed over.
    pub(crate) fn parse(text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        let mut lines = text.lines();
        let (mut section, mut settings) = (String::new(), Vec::new());
        while let Some(line) = lines.next() {
            let mut line = line.trim_start().trim_start_matches('\u{feff}').to_owned();
            if let Some((name, rest)) = line.strip_prefix('[').and_then(section_name) {
                (section, line) = (name, rest.trim_start().to_owned());
            }
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            let (key, value) = line.split_once('=').map_or((line.as_str(), None), |(key, value)| (key, Some(value)));
            let key = key.split(['#', ';']).next().unwrap_or_default().trim().to_ascii_lowercase();
            // A key without a value means yes.
            let value = value.map_or_else(|| "true".to_owned(), |value| unquoted(value, &mut lines));
            settings.push((format!("{section}.{key}"), value));
        }
        Self(settings)
    }

    /// The last value of a setting, such as `core.bare`; section and key in lower case.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next_back()
    }

    /// All values of a setting.
    pub(crate) fn all(&self, name: &str) -> impl DoubleEndedIterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The names of all settings.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.as_str())
    }
}

/// Reads `name]` or `name "sub"]`, and what stands behind it.
fn section_name(text: &str) -> Option<(String, &str)> {
    let (name, rest) = text.split_at_checked(text.find([']', '"', ' ', '\t'])?)?;
    let name = name.to_ascii_lowercase();
    let rest = rest.trim_start();
    if let Some(rest) = rest.strip_prefix(']') {
        return Some((name, rest));
    }
    let (mut sub, mut escaped) = (String::new(), false);
    for (at, character) in rest.strip_prefix('"')?.char_indices() {
        match character {
            _ if escaped => {
                sub.push(character);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => {
                let rest = rest.get(at + 2..)?.trim_start().strip_prefix(']')?;
                return Some((format!("{name}.{sub}"), rest));
            }
            _ => sub.push(character),
        }
    }
    None
}

/// A value without its quotes, escapes and comment. A backslash at the end goes on with the next line.
fn unquoted<'t>(first: &str, lines: &mut impl Iterator<Item = &'t str>) -> String {
    let mut value = String::new();
    let mut line = first.trim_start().to_owned();
    let (mut quoted, mut kept) = (false, 0);
    loop {
        let mut characters = line.chars();
        let mut goes_on = false;
        while let Some(character) = characters.next() {
            match character {
                '"' => quoted = !quoted,
                '#' | ';' if !quoted => break,
                '\\' => match characters.next() {
                    Some('n') => value.push('\n'),
                    Some('t') => value.push('\t'),
                    Some('b') => value.push('\u{8}'),
                    Some(other) => value.push(other),
                    None => goes_on = true,
                },
                _ => value.push(character),
            }
            if quoted || !character.is_whitespace() {
                kept = value.len();
            }
        }
        match if goes_on { lines.next() } else { None } {
            Some(next) => next.clone_into(&mut line),
            None => break,
        }
    }
    value.truncate(kept);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_git_reads() {
        let text = "\u{feff}[core]\n\tbare = false ; no\n excludesFile = \"~/a b\" # x\n[remote \"o\\\"x\"]\nurl=a\nurl = b \\\n c\n\
                    [Extensions] objectFormat = sha256\n[flag]\nset\n[broken\nx = 1\n";
        let config = Config::parse(text.as_bytes());
        assert_eq!(config.get("core.bare"), Some("false"));
        assert_eq!(config.get("core.excludesfile"), Some("~/a b"));
        assert_eq!(config.all("remote.o\"x.url").collect::<Vec<_>>(), ["a", "b  c"]);
        assert_eq!(config.get("extensions.objectformat"), Some("sha256"));
        assert_eq!(config.get("flag.set"), Some("true"));
    }
}
