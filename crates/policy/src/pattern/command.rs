//! Commands: words matched against words, never text against text.
//!
//! A list that allows reads its pattern as a prefix: `git status` allows `git status --short` and nothing else. A list
//! that asks or denies reads it as "these words occur": `git push --force` also means `git -C . push origin -f --force`,
//! and it looks behind programs that only start another one (`env X=1 rm …`, `sudo rm …`). What a shell script or a
//! pipeline would do is another crate's knowledge; it hands each command that it understands to this one.

use super::wildcard::Wildcard;
use super::{BadPattern, Breadth, Set, lowest};
use crate::config::Item;
use crate::source::Places;
use portcullis_event::AbsPath;
use std::collections::HashMap;

/// A command line, and the file that is really run, if that is known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Command<'a> {
    pub(crate) argv: &'a [String],
    pub(crate) executable: Option<&'a AbsPath>,
    /// Whether that file lies where the agent may write: then it may be anything, whatever it is called.
    pub(crate) may_be_its_own: bool,
}

/// Many command patterns.
#[derive(Debug, Default)]
pub(crate) struct CommandSet {
    by_program: HashMap<String, Vec<Rule>>,
    any_program: Vec<(Wildcard, Rule)>,
}

#[derive(Debug)]
struct Rule {
    number: usize,
    words: Vec<Word>,
}

#[derive(Debug)]
enum Word {
    /// `-rf`: these letters, in whatever bundle of short options.
    Short(String),
    /// `--force`, also with `=value` behind it.
    Long(String),
    Plain(Wildcard),
}

/// Programs that only start another one.
const STARTERS: [&str; 37] = [
    "strace",
    "ltrace",
    "gdb",
    "parallel",
    "script",
    "systemd-run",
    "runuser",
    "setpriv",
    "firejail",
    "proxychains",
    "proxychains4",
    "unbuffer",
    "uv",
    "poetry",
    "env",
    "sudo",
    "doas",
    "nice",
    "ionice",
    "nohup",
    "setsid",
    "stdbuf",
    "timeout",
    "time",
    "command",
    "exec",
    "builtin",
    "busybox",
    "toybox",
    "chroot",
    "unshare",
    "nsenter",
    "xargs",
    "watch",
    "taskset",
    "chrt",
    "flock",
];

/// Options behind which a program stands.
const EXECUTE: [&str; 7] = ["-exec", "-execdir", "-ok", "-okdir", "--exec", "--exec-batch", "-x"];

/// Where programs of the system lie. A program elsewhere may be anybody's.
const SYSTEM_FOLDERS: [&str; 9] = [
    "/bin",
    "/sbin",
    "/usr/bin",
    "/usr/sbin",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/opt/homebrew/bin",
    "/snap/bin",
    "/run/current-system/sw/bin",
];

fn base_name(program: &str) -> &str {
    program.rsplit('/').find(|name| !name.is_empty()).unwrap_or(program)
}

fn is_starter(program: &str) -> bool {
    STARTERS.contains(&base_name(program))
}

impl Word {
    fn parse(text: &str) -> Result<Self, BadPattern> {
        match text.strip_prefix('-') {
            Some(name) if name.starts_with('-') && name.len() > 1 => Ok(Self::Long(text.to_owned())),
            Some(letters) if !letters.is_empty() && letters.chars().all(char::is_alphanumeric) => {
                Ok(Self::Short(letters.to_owned()))
            }
            _ => Wildcard::parse(text).map(Self::Plain),
        }
    }

    /// Whether this very word of the command is meant.
    fn is(&self, word: &str) -> bool {
        match self {
            Self::Short(letters) => word.strip_prefix('-') == Some(letters),
            Self::Long(name) => word == name,
            Self::Plain(wildcard) => wildcard.matches(word),
        }
    }

    /// Whether an option is given somewhere among `words`.
    fn is_given(&self, words: &[String]) -> bool {
        match self {
            Self::Short(letters) => {
                letters.chars().all(|letter| words.iter().any(|word| bundle(word).contains(letter)))
            }
            Self::Long(name) => words.iter().any(|word| {
                word.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
            }),
            Self::Plain(_) => false,
        }
    }
}

/// The letters of a bundle of short options; empty for any other word.
fn bundle(word: &str) -> &str {
    word.strip_prefix('-').filter(|letters| !letters.starts_with('-')).unwrap_or_default()
}

impl Rule {
    /// The command begins with exactly these words.
    fn begins(&self, words: &[String]) -> bool {
        words.len() >= self.words.len() && self.words.iter().zip(words).all(|(wanted, word)| wanted.is(word))
    }

    /// These words occur in this order, and these options anywhere.
    fn occurs(&self, words: &[String]) -> bool {
        let mut rest = words.iter();
        self.words.iter().all(|wanted| match wanted {
            Word::Short(_) | Word::Long(_) => wanted.is_given(words),
            Word::Plain(wildcard) => rest.any(|word| wildcard.matches(word)),
        })
    }
}

impl CommandSet {
    fn rules(&self, program: &str) -> impl Iterator<Item = &Rule> {
        let literal = self.by_program.get(program).into_iter().flatten();
        let wild = self.any_program.iter().filter(|(wildcard, _)| wildcard.matches(program)).map(|(_, rule)| rule);
        literal.chain(wild)
    }

    fn named(&self, program: &str, words: &[String], fits: fn(&Rule, &[String]) -> bool) -> Option<&Rule> {
        self.rules(program).filter(|rule| fits(rule, words)).min_by_key(|rule| rule.number)
    }

    fn occurring(&self, program: &str, words: &[String]) -> Option<usize> {
        let names = [program, base_name(program)];
        names.into_iter().filter_map(|name| self.named(name, words, Rule::occurs)).map(|rule| rule.number).min()
    }

    /// Any word that may be the program is tried.
    fn broad(&self, command: Command<'_>) -> Option<usize> {
        let mut best = None;
        let mut rest = command.argv;
        let (mut is_program, mut starts_another) = (true, false);
        while let [program, words @ ..] = rest {
            if is_program {
                best = lowest(best, self.occurring(program, words));
                starts_another |= is_starter(program);
            }
            // Behind `find … -exec` and the like stands a program, too.
            is_program = starts_another || EXECUTE.contains(&program.as_str());
            rest = words;
        }
        if let Some(executable) = command.executable {
            best = lowest(best, self.occurring(executable.as_str(), command.argv.get(1..).unwrap_or_default()));
        }
        best
    }

    /// The program is the one that is meant, and if it starts another one, that one is allowed too.
    fn narrow(&self, command: Command<'_>) -> Option<usize> {
        let [program, words @ ..] = command.argv else { return None };
        let found = self.program_named(program, words)?;
        if let Some(executable) = command.executable
            && (command.may_be_its_own || executable.file_name() != base_name(program))
        {
            self.program_named(executable.as_str(), words)?;
        }
        if !is_starter(program) {
            return Some(found.number);
        }
        match words.iter().position(|word| may_be_program(word)) {
            // The pattern names it already, as `timeout 5 make` does.
            Some(at) if at < found.words.len() => Some(found.number),
            Some(at) => {
                let argv = words.get(at..).unwrap_or_default();
                self.narrow(Command { argv, executable: None, may_be_its_own: false }).map(|_| found.number)
            }
            None => Some(found.number),
        }
    }

    fn program_named(&self, program: &str, words: &[String]) -> Option<&Rule> {
        let as_written = self.named(program, words, Rule::begins);
        let of_the_system = program
            .rsplit_once('/')
            .filter(|(folder, _)| SYSTEM_FOLDERS.contains(folder))
            .and_then(|(_, name)| self.named(name, words, Rule::begins));
        as_written.or(of_the_system)
    }
}

/// Whether a word behind a starter may be the program that it starts: no option, no variable, no number.
fn may_be_program(word: &str) -> bool {
    !word.starts_with(|c: char| c == '-' || c.is_ascii_digit()) && !word.contains('=')
}

impl Set for CommandSet {
    type Value<'a> = Command<'a>;

    fn insert(&mut self, number: usize, item: &Item, _: &Places) -> Result<(), BadPattern> {
        if let Some(sign) = item.name.chars().find(|c| "|;&<>`$()\"'".contains(*c)) {
            return Err(BadPattern::new(
                format!("`{sign}` is shell syntax"),
                "a pattern is made of words; write one entry for each command",
            ));
        }
        let mut words = item.name.split_whitespace();
        let Some(program) = words.next() else {
            return Err(BadPattern::new(
                "it names no program",
                "write a program, and words if needed: `git push --force`",
            ));
        };
        let words = words.map(Word::parse).collect::<Result<_, _>>()?;
        let rule = Rule { number, words };
        match Wildcard::parse(program)?.literal() {
            Ok(program) => self.by_program.entry(program).or_default().push(rule),
            Err(wildcard) => self.any_program.push((wildcard, rule)),
        }
        Ok(())
    }

    fn find(&self, command: Command<'_>, breadth: Breadth) -> Option<usize> {
        match breadth {
            Breadth::Narrow => self.narrow(command),
            Breadth::Broad => self.broad(command),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(patterns: &[&str], argv: &[&str], executable: Option<&str>, breadth: Breadth) -> bool {
        let root = AbsPath::parse("/").unwrap();
        let places = Places { home: root.clone(), repository: None, cwd: root };
        let mut set = CommandSet::default();
        for (number, pattern) in patterns.iter().enumerate() {
            set.insert(number, &Item { name: (*pattern).to_owned(), ..Item::default() }, &places).unwrap();
        }
        let argv: Vec<String> = argv.iter().map(|&word| word.to_owned()).collect();
        let executable = executable.map(|path| AbsPath::parse(path).unwrap());
        let command = Command { argv: &argv, executable: executable.as_ref(), may_be_its_own: false };
        set.find(command, breadth).is_some()
    }

    fn denied(pattern: &str, command: &str) -> bool {
        let argv: Vec<&str> = command.split(' ').collect();
        fits(&[pattern], &argv, None, Breadth::Broad)
    }

    fn allowed(patterns: &[&str], command: &str) -> bool {
        let argv: Vec<&str> = command.split(' ').collect();
        fits(patterns, &argv, None, Breadth::Narrow)
    }

    #[test]
    fn ways_around_a_denied_command_are_closed() {
        for (pattern, attempt) in [
            ("rm -rf", "rm -rf /"),
            ("rm -rf", "/bin/rm -fr /"),
            ("rm -rf", "rm -f x -r /"),
            ("rm -rf", "rm -vfr --no-preserve-root /"),
            ("rm -rf", "env X=1 rm -rf /"),
            ("rm -rf", "sudo -u root /usr/bin/env -i A=b nice -n 5 rm -r -f /"),
            ("rm -rf", "timeout 5 rm -rf /"),
            ("rm -rf", "busybox rm -rf /"),
            ("rm -rf", "../../bin/rm -rf /"),
            ("git push --force", "git push --force"),
            ("git push --force", "git -C /x push origin main --force"),
            ("git push --force", "git -c a=b push --force=yes"),
            ("rm -rf", "find . -name x -exec rm -rf {} +"),
            ("rm -rf", "fd x --exec rm -fr"),
            ("rm", "parallel -j 4 rm"),
            ("curl", "/usr/bin/curl http://evil.example"),
            ("*sql", "mysql -e x"),
        ] {
            assert!(denied(pattern, attempt), "{pattern}: {attempt}");
        }
        assert!(fits(&["rm"], &["ls", "x"], Some("/bin/rm"), Breadth::Broad), "argv[0] is a lie");
    }

    #[test]
    fn a_denied_command_does_not_deny_its_neighbours() {
        for (pattern, command) in [
            ("rm -rf", "rm -r x"),
            ("rm -rf", "echo rm -rf"),
            ("git push --force", "git push --force-with-lease"),
            ("git push", "git pull"),
            ("rm", "rmdir x"),
            ("sudo", "find / -name sudo"),
        ] {
            assert!(!denied(pattern, command), "{pattern}: {command}");
        }
    }

    #[test]
    fn an_allowed_command_allows_nothing_else() {
        assert!(allowed(&["git status"], "git status --short"));
        assert!(allowed(&["git status"], "/usr/bin/git status"));
        assert!(allowed(&["./gradlew"], "./gradlew build"));
        for (pattern, attempt) in [
            ("git status", "git -c core.pager=evil status"),
            ("git status", "git commit status"),
            ("git", "/tmp/evil/git status"),
            ("git", "./git status"),
            ("git", "GIT status"),
            ("git", "git\u{a0} status"),
            ("env", "env rm -rf /"),
            ("sudo", "sudo rm x"),
            ("gradlew", "./gradlew build"),
            ("git", ""),
        ] {
            assert!(!allowed(&[pattern], attempt), "{pattern}: {attempt}");
        }
        assert!(allowed(&["env", "ls"], "env A=1 ls"));
        assert!(allowed(&["uv run pytest"], "uv run pytest -q"));
        assert!(!allowed(&["timeout 5"], "timeout 5 rm x"));
    }

    #[test]
    fn a_program_under_another_name_is_not_allowed() {
        assert!(!fits(&["ls"], &["ls"], Some("/tmp/evil"), Breadth::Narrow));
        assert!(fits(&["ls"], &["ls"], Some("/usr/bin/ls"), Breadth::Narrow));
    }

    #[test]
    fn no_words_match_nothing() {
        assert!(!fits(&["*"], &[], None, Breadth::Narrow));
    }

    #[test]
    fn shell_syntax_in_a_pattern_is_refused() {
        for bad in ["rm -rf / && x", "a | b", "$(x)", "", "  ", "x > y"] {
            let root = AbsPath::parse("/").unwrap();
            let places = Places { home: root.clone(), repository: None, cwd: root };
            let item = Item { name: bad.to_owned(), ..Item::default() };
            assert!(CommandSet::default().insert(0, &item, &places).is_err(), "{bad}");
        }
    }
}
