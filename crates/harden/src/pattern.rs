//! Patterns of files and commands, as the tools write them. Each tool has a language of its own; what one can't say is said
//! more strictly, and if that is not possible either it is left out.

/// Where a file pattern begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Anchor {
    /// Wherever the name occurs.
    Anywhere,
    /// In the user's home folder.
    Home,
    /// In the repository.
    Repository,
    /// At the root of the file system.
    Root,
}

/// Files, by pattern. Whatever fits a folder fits everything below it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilePattern {
    /// Where it begins.
    pub anchor: Anchor,
    /// Names with a slash between them; a `*` stays within a name, `**` stands for any depth.
    pub path: String,
    /// Whether it takes files off the list.
    pub except: bool,
}

/// Whether a character stands for itself in a regular expression.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-') || !c.is_ascii()
}

/// One character of a pattern.
enum Piece {
    Any,
    One,
    Plain(char),
}

fn pieces(path: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut chars = path.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next().map(Piece::Plain)),
            '*' => out.push(Piece::Any),
            '?' => out.push(Piece::One),
            c => out.push(Piece::Plain(c)),
        }
    }
    out
}

impl FilePattern {
    /// From an absolute pattern, such as `/**/.env` or `/home/ada/.ssh`.
    pub fn new(pattern: &str, home: &str, repository: Option<&str>, except: bool) -> Self {
        let below =
            |folder: &str| pattern.strip_prefix(folder).and_then(|it| it.strip_prefix('/')).filter(|it| !it.is_empty());
        let (anchor, path) = if let Some(rest) = pattern.strip_prefix("/**/") {
            (Anchor::Anywhere, rest)
        } else if let Some(rest) = repository.and_then(below) {
            (Anchor::Repository, rest)
        } else if let Some(rest) = below(home) {
            (Anchor::Home, rest)
        } else {
            (Anchor::Root, pattern.trim_start_matches('/'))
        };
        Self { anchor, path: path.to_owned(), except }
    }

    /// As a line of a file such as `.gitignore`; `None` for what lies outside of the repository.
    pub(crate) fn line(&self) -> Option<String> {
        let sign = if self.except { "!" } else { "" };
        match self.anchor {
            Anchor::Anywhere if self.path.contains('/') => Some(format!("{sign}**/{}", self.path)),
            Anchor::Anywhere => Some(format!("{sign}{}", self.path)),
            Anchor::Repository => Some(format!("{sign}/{}", self.path)),
            Anchor::Home | Anchor::Root => None,
        }
    }

    /// As Claude Code writes paths in its rules; in settings of a repository `repository` says how that one begins.
    pub(crate) fn claude(&self) -> String {
        match self.anchor {
            Anchor::Anywhere => format!("//**/{}", self.path),
            Anchor::Home => format!("~/{}", self.path),
            Anchor::Repository => format!("./{}", self.path),
            Anchor::Root => format!("//{}", self.path),
        }
    }

    /// As a glob with `**` at its beginning where it is meant anywhere.
    pub(crate) fn glob(&self) -> String {
        match self.anchor {
            Anchor::Anywhere => format!("**/{}", self.path),
            Anchor::Home => format!("~/{}", self.path),
            Anchor::Repository => self.path.clone(),
            Anchor::Root => format!("/{}", self.path),
        }
    }

    /// As a regular expression over a path within quotes, however the path begins: what lies below a folder is meant as well. It
    /// has no groups, which a reader could take for an attack on its time.
    pub(crate) fn quoted_regex(&self) -> String {
        let mut out = match self.anchor {
            Anchor::Anywhere | Anchor::Home | Anchor::Repository => "[/\"]".to_owned(),
            Anchor::Root => "\"/".to_owned(),
        };
        for piece in pieces(&self.path) {
            match piece {
                Piece::Any => out.push_str("[^/\"]*"),
                Piece::One => out.push_str("[^/\"]"),
                Piece::Plain(c) if is_plain(c) || c == '/' => out.push(c),
                Piece::Plain(c) => out.extend(['\\', c]),
            }
        }
        out + "[/\"]"
    }

    /// As a path or a glob that is expanded before each command: nothing for what is meant anywhere, and nothing for wildcards where
    /// files come and go while they are looked for.
    pub(crate) fn expanded(&self) -> Option<String> {
        let is_wild = pieces(&self.path).iter().any(|piece| matches!(piece, Piece::Any | Piece::One));
        let comes_and_goes = ["proc/", "dev/", "sys/", "run/"].iter().any(|folder| self.path.starts_with(folder));
        match self.anchor {
            Anchor::Home if !is_wild => Some(format!("~/{}", self.path)),
            Anchor::Root if !comes_and_goes => Some(format!("/{}", self.path)),
            Anchor::Anywhere | Anchor::Home | Anchor::Root | Anchor::Repository => None,
        }
    }

    /// As patterns in which a `*` stands for anything, slashes included: the files themselves, and what is below a folder.
    pub(crate) fn loose(&self) -> [String; 2] {
        let start = match self.anchor {
            Anchor::Anywhere | Anchor::Repository => "*",
            Anchor::Home => "*/",
            Anchor::Root => "/",
        };
        [format!("{start}{}", self.path), format!("{start}{}/*", self.path)]
    }
}

/// Words as a regular expression; a `*` stays within a word.
fn escaped(text: &str) -> String {
    let piece = |c: char| match c {
        '*' => "\\S*".to_owned(),
        ' ' => "\\s+".to_owned(),
        c if is_plain(c) => c.to_string(),
        c => format!("\\{c}"),
    };
    text.chars().map(piece).collect()
}

/// A command, by its words; a word may hold `*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommandPattern(Vec<String>);

impl CommandPattern {
    /// From its words with blanks between them. `None` if there is none.
    pub fn new(text: &str) -> Option<Self> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        (!words.is_empty()).then_some(Self(words))
    }

    /// Its words, if none has a wildcard.
    pub fn words(&self) -> Option<&[String]> {
        (!self.0.iter().any(|word| word.contains(['*', '?', '"', '\\']))).then_some(&*self.0)
    }

    /// The words before the first option, and that option if there is one.
    fn parts(&self) -> (String, Option<&str>) {
        let plain: Vec<&str> = self.0.iter().map(String::as_str).take_while(|word| !word.starts_with('-')).collect();
        (plain.join(" "), self.0.get(plain.len()).map(String::as_str))
    }

    /// As Claude Code writes commands in its rules: an option may stand anywhere behind the words before it.
    pub(crate) fn claude(&self) -> Vec<String> {
        match self.parts() {
            (words, None) => vec![format!("Bash({words}:*)")],
            (words, Some(option)) => {
                vec![format!("Bash({words} {option}:*)"), format!("Bash({words} * {option}:*)")]
            }
        }
    }

    /// As a glob over the whole command.
    pub(crate) fn globs(&self) -> Vec<String> {
        match self.parts() {
            (words, None) => vec![words.clone(), format!("{words} *")],
            (words, Some(option)) => vec![format!("{words} {option}*"), format!("{words} * {option}*")],
        }
    }

    /// As a regular expression over the whole command, without an anchor.
    pub(crate) fn regex(&self) -> String {
        match self.parts() {
            (words, None) => format!("{}(?:\\s|$)", escaped(&words)),
            (words, Some(option)) => {
                format!("{}\\s+(?:.*\\s)?{}(?:[\\s=]|$)", escaped(&words), escaped(option))
            }
        }
    }

    /// The same over the beginning of a text in JSON, without groups.
    pub(crate) fn quoted_regex(&self) -> String {
        match self.parts() {
            (words, None) => format!("{}[\\s\"\\\\]", escaped(&words)),
            (words, Some(option)) => format!("{}\\s.*{}[\\s=\"\\\\]", escaped(&words), escaped(option)),
        }
    }

    /// As it is written.
    pub(crate) fn text(&self) -> String {
        self.0.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_said_in_the_language_of_each_tool() {
        let of = |pattern| FilePattern::new(pattern, "/home/ada", Some("/home/ada/work"), false);
        let all = |it: FilePattern| (it.line(), it.claude(), it.glob(), it.quoted_regex());
        let some = |a: Option<&str>, b: &str, c: &str, d: &str| {
            (a.map(str::to_owned), b.to_owned(), c.to_owned(), d.to_owned())
        };
        assert_eq!(all(of("/**/.env.*")), some(Some(".env.*"), "//**/.env.*", "**/.env.*", r#"[/"]\.env\.[^/"]*[/"]"#));
        assert_eq!(all(of("/home/ada/.ssh")), some(None, "~/.ssh", "~/.ssh", r#"[/"]\.ssh[/"]"#));
        assert_eq!(all(of("/home/ada/work/a/b")), some(Some("/a/b"), "./a/b", "a/b", r#"[/"]a/b[/"]"#));
        assert_eq!(all(of("/etc/shadow*")), some(None, "//etc/shadow*", "/etc/shadow*", r#""/etc/shadow[^/"]*[/"]"#));
    }

    #[test]
    fn an_option_is_meant_wherever_it_stands() {
        let of = |text| CommandPattern::new(text).unwrap();
        assert_eq!(of("sudo").claude(), ["Bash(sudo:*)"]);
        assert_eq!(of("git push -f").claude(), ["Bash(git push -f:*)", "Bash(git push * -f:*)"]);
        assert_eq!(of("git push --force").regex(), "git\\s+push\\s+(?:.*\\s)?--force(?:[\\s=]|$)");
        assert_eq!(of("mkfs.*").regex(), "mkfs\\.\\S*(?:\\s|$)");
        assert_eq!(of("git push -f").quoted_regex(), r#"git\s+push\s.*-f[\s="\\]"#);
        assert_eq!(of("sudo").quoted_regex(), r#"sudo[\s"\\]"#);
        assert_eq!(of("mkfs.*").words(), None);
        assert_eq!(CommandPattern::new("  "), None);
    }
}
