//! What programs do, in the words that all of them share: files, hosts, packages.

use super::machine::Machine;
use super::place::{Follows, Place};
use super::value::{Taint, Value, markers};
use crate::effect::{Direction, Known, Target, What};
use crate::sensitive;
use portcullis_event::{AbsPath, Hazard, Host};

/// So many texts are kept that a file may hold instead, and of so many files.
const MOST_EARLIER: usize = 16;

/// So many files of the machine are looked into at most.
const MOST_READ: usize = 16;

impl Machine<'_> {
    /// A file is read; gives its text as far as that is known.
    pub(crate) fn read_file(&mut self, value: &Value) -> Value {
        if value.text.is_empty() {
            return Value::default();
        }
        if value.is("-") {
            return self.stdin.clone();
        }
        if let Some(text) = self.descriptor_text(value) {
            return text;
        }
        for file in self.elsewhere(value) {
            self.note_possible(What::Read { file });
        }
        let linked = self.linked(value, Follows::All);
        if !linked.is_empty() {
            // Which file is read is not known for sure.
            let is_secret = linked.iter().any(|file| self.is_credential(file));
            let written = linked.iter().filter_map(|file| self.files.get(&file.path));
            let taint = written.fold(Taint::NONE, |taint, text| taint | text.taint);
            let own = self.place(value).target().and_then(|target| self.files.get(&target.path).map(|text| text.taint));
            let secret = if is_secret { Taint::SECRET } else { Taint::NONE };
            return Value::hole().tainted(taint | secret | own.unwrap_or(Taint::NONE));
        }
        let Place::At(target) = self.place(value) else {
            let secret = if sensitive::looks_like_credential(&value.shown()) { Taint::SECRET } else { Taint::NONE };
            return Value::hole().tainted(value.taint | secret);
        };
        if let Some(written) = self.files.get(&target.path) {
            let is_sure = !self.earlier.contains_key(&target.path);
            return if is_sure { written.clone() } else { Value::hole().tainted(written.taint) };
        }
        if target.path.as_str().starts_with("/dev/fd/") || is_plain_device(&target.path) {
            return Value::hole();
        }
        let secret = self.is_credential(&target);
        let path = target.clone();
        self.note(What::Read { file: target });
        if secret {
            return Value::hole().tainted(Taint::SECRET);
        }
        self.text_of(&path).unwrap_or_else(Value::hole)
    }

    /// Keeps what a file held, for it may still hold it.
    pub(crate) fn keep_earlier(&mut self, path: &AbsPath, held: Value) {
        if held.text.is_empty() || self.earlier.get(path).is_some_and(|earlier| earlier.contains(&held)) {
            return;
        }
        let texts = self.earlier.get(path).map_or(0, Vec::len);
        if texts >= MOST_EARLIER || (texts == 0 && self.earlier.len() >= MOST_EARLIER) {
            // What can't be kept may be anything.
            if texts == 0 {
                self.earlier.insert(path.clone(), vec![Value::hole()]);
            } else if let Some(last) = self.earlier.get_mut(path).and_then(|earlier| earlier.last_mut()) {
                *last = Value::hole();
            }
            return;
        }
        self.earlier.entry(path.clone()).or_default().push(held);
    }

    /// The text of a file that was there before.
    pub(crate) fn text_of(&mut self, target: &Target) -> Option<Value> {
        if target.known != Known::Exactly || self.looked_into >= MOST_READ {
            return None;
        }
        self.looked_into += 1;
        let text = self.world.text(&target.path)?;
        self.burn(text.len()).then(|| Value::from_outside(&text))
    }

    pub(crate) fn is_credential(&self, target: &Target) -> bool {
        let home = self.world.home();
        match target.known {
            Known::Exactly | Known::Partly => sensitive::is_credential(&target.path, &home),
            Known::Pattern => candidates(target).iter().any(|path| sensitive::is_credential(path, &home)),
        }
    }

    /// The names in a folder are read.
    pub(crate) fn list(&mut self, value: &Value) {
        if let Place::At(target) = self.place(value) {
            self.note(What::List { file: target });
        }
    }

    /// A file is made or changed.
    pub(crate) fn write_file(&mut self, value: &Value) {
        for file in self.linked(value, Follows::All) {
            self.judge_written(&file);
            self.note_possible(What::Write { file });
        }
        self.write_name(value);
    }

    /// As [`Self::write_file`], for what puts another file in the place of a name.
    pub(crate) fn write_name(&mut self, value: &Value) {
        for file in self.elsewhere_by_name(value) {
            self.note_possible(What::Write { file });
        }
        match self.place(value) {
            Place::At(target) if is_plain_device(&target.path) => {}
            Place::At(target) => {
                self.judge_written(&target);
                self.note(What::Write { file: target });
            }
            Place::Unknown => {
                self.judge_written_somewhere(value);
                self.unresolved(format!("writes to a path that is not known: {}", value.shown()));
            }
        }
    }

    /// The rights of a file change.
    pub(crate) fn change_mode(&mut self, value: &Value) {
        match self.place(value) {
            Place::At(target) => self.note(What::Mode { file: target }),
            Place::Unknown => {}
        }
    }

    /// Of a path only the end is known, and that is enough: `…/.ssh/authorized_keys` is what it is wherever it lies.
    fn judge_written_somewhere(&mut self, value: &Value) {
        let tail = value.text.trim_start_matches(markers::is_reserved);
        let path = tail.starts_with('/').then(|| format!("{}{tail}", self.world.home()));
        let known =
            path.filter(|path| !path.contains(markers::is_reserved)).and_then(|path| AbsPath::parse(&path).ok());
        if let Some(path) = known {
            self.judge_written(&Target::exactly(path));
        }
    }

    fn judge_written(&mut self, target: &Target) {
        let home = self.world.home();
        match sensitive::what_runs_later(&target.path, &home) {
            Some(sensitive::Later::Persistence(what)) => {
                self.danger(Hazard::Persistence, format!("{} is {what}", target.path));
            }
            Some(sensitive::Later::Guard(what)) => {
                self.danger(Hazard::GuardTampering, format!("{} is {what}", target.path));
            }
            Some(sensitive::Later::Device) => {
                self.danger(Hazard::Destruction, format!("{} is a disk", target.path));
            }
            None => {}
        }
    }

    /// A file or folder is removed.
    pub(crate) fn delete(&mut self, value: &Value, recursive: bool) {
        self.judge_removed(value, recursive);
        for file in self.elsewhere_by_name(value) {
            self.note_possible(What::Delete { file, recursive });
        }
        match self.place(value) {
            Place::At(target) => {
                let home = self.world.home();
                if let Some(sensitive::Later::Guard(what)) = sensitive::what_runs_later(&target.path, &home) {
                    self.danger(Hazard::GuardTampering, format!("{} is {what}", target.path));
                }
                if let Some(held) = self.files.remove(&target.path) {
                    self.keep_earlier(&target.path, held);
                }
                self.note(What::Delete { file: target, recursive });
            }
            Place::Unknown if recursive => {
                self.unresolved(format!("removes a folder that is not known: {}", value.shown()));
            }
            Place::Unknown => self.unresolved(format!("removes a file that is not known: {}", value.shown())),
        }
    }

    /// Whether removing it would take everything: a root, the home, the repository.
    fn judge_removed(&mut self, value: &Value, recursive: bool) {
        let bare = value.text.replace(markers::UNSET, "");
        if bare.is_empty() {
            return;
        }
        // `x/*` and `x/.*` take everything in `x`.
        let all_of =
            bare.trim_end_matches('/').rsplit_once('/').map_or(("", bare.as_str()), |(folder, last)| (folder, last));
        let takes_all = matches!(
            all_of.1,
            "\u{fdd1}"
                | ".\u{fdd1}"
                | ".[!.]\u{fdd1}"
                | ".\u{fdd2}\u{fdd1}"
                | "\u{fdd1}\u{fdd1}"
                | "\u{fdd1}.\u{fdd1}"
                | "\u{fdd2}\u{fdd1}"
        );
        let folder = if takes_all {
            match all_of.0 {
                "" if bare.starts_with('/') => "/".to_owned(),
                "" => ".".to_owned(),
                folder => folder.to_owned(),
            }
        } else {
            bare.clone()
        };
        let folder = Value::of(folder);
        let follows = if takes_all { Follows::All } else { Follows::Folders };
        let mut places = self.linked(&folder, follows);
        places.extend(self.place(&folder).target());
        let all: Vec<_> = places.iter().filter_map(|target| self.what_is_everything(target)).collect();
        for what in all {
            if !recursive && !takes_all {
                continue;
            }
            let sure = if bare == value.text { "" } else { " if a variable is not set" };
            self.danger(Hazard::Destruction, format!("removes {what}{sure}"));
        }
    }

    /// Whether emptying what is named would empty everything: a folder can stand for each file below it, as `find` has it.
    pub(crate) fn judge_emptied(&mut self, value: &Value) {
        let place = self.place(value);
        let whole = place.exact().and_then(|path| self.what_is_everything(&Target::exactly(path.clone())));
        if let Some(what) = whole {
            self.danger(Hazard::Destruction, format!("empties what is in {what}"));
        }
    }

    fn what_is_everything(&self, target: &Target) -> Option<&'static str> {
        let repository = self.world.repository();
        sensitive::is_everything(&target.path, &self.world.home(), repository.as_ref(), &self.world.cwd())
    }

    /// Something goes over the network.
    pub(crate) fn network(&mut self, direction: Direction, host: &Value, port: Option<u16>, protocol: &str) {
        if host.taint.has(Taint::SECRET) {
            self.danger(Hazard::Exfiltration, "a credential is part of a host's name");
        }
        let known = if host.has_hole() { known_domain(&host.text) } else { Some(host.shown()) };
        let Some(name) = known else {
            self.unresolved("connects to a host that is not known");
            return;
        };
        match Host::parse(name.trim_matches(['[', ']'])) {
            Ok(host) => {
                if let Some(host) = super::rebound::address_within(&name).and_then(|it| Host::parse(&it).ok()) {
                    self.note(What::Network { direction, host, port, protocol: protocol.to_owned() });
                }
                self.note(What::Network { direction, host, port, protocol: protocol.to_owned() });
            }
            Err(_)
                if name.chars().all(|c| c.is_ascii_hexdigit() || ".xX".contains(c))
                    && name.chars().any(|c| c.is_ascii_digit()) =>
            {
                self.danger(Hazard::HiddenText, format!("the address {name} is written so that it is not recognised"));
            }
            Err(_) if !name.is_ascii() => {
                self.danger(Hazard::HiddenText, format!("the host {name} holds letters that look like others"));
            }
            Err(_) => self.unresolved(format!("connects to a host that can't be read: {name}")),
        }
    }

    /// What is behind a URL; gives its scheme and host.
    pub(crate) fn url(&mut self, value: &Value, direction: Direction) -> Option<(String, Value)> {
        let (scheme, rest) = match value.text.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None => ("http".to_owned(), value.text.as_str()),
        };
        if scheme == "file" {
            self.read_file(&Value { text: rest.to_owned(), taint: value.taint });
            return None;
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        // What comes before `@` is a user's name, however much it looks like a host.
        let address = authority.rsplit('@').next().unwrap_or_default();
        let (host, port) = split_port(address);
        let behind = rest.get(authority.len()..).unwrap_or_default();
        if value.taint.has(Taint::SECRET) && !host.contains(markers::is_reserved) {
            let in_user = authority.contains('@') && !behind.contains(markers::is_reserved);
            if !in_user {
                self.danger(Hazard::Exfiltration, "a credential is part of an address");
            }
        }
        let port = port.or(match scheme.as_str() {
            "https" => Some(443),
            "http" => Some(80),
            "ftp" => Some(21),
            "ssh" | "sftp" | "scp" => Some(22),
            _ => None,
        });
        let host = Value { text: host.to_owned(), taint: Taint::NONE };
        self.network(direction, &host, port, &scheme);
        Some((scheme, host))
    }

    /// A package is installed.
    pub(crate) fn package(&mut self, ecosystem: &str, written: &str, removed: bool) {
        let (name, version) = split_version(ecosystem, written);
        if name.is_empty() {
            return;
        }
        self.note(What::Package { removed, ecosystem: ecosystem.to_owned(), name, version, from: None });
    }
}

fn split_version(ecosystem: &str, written: &str) -> (String, Option<String>) {
    let plain = written.split('[').next().unwrap_or(written);
    let at = match ecosystem {
        "pypi" => plain.find(['=', '<', '>', '~', '!', ';', ' ', '@']),
        _ => plain.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at),
    };
    let Some(at) = at else { return (plain.to_owned(), None) };
    let (name, rest) = plain.split_at(at);
    let version = rest.trim_start_matches(['=', '<', '>', '~', '!', '@', ' ']);
    (name.trim().to_owned(), Some(version.to_owned()).filter(|version| !version.is_empty()))
}

/// `host:port`, with brackets around an address of version 6.
pub(crate) fn split_port(address: &str) -> (&str, Option<u16>) {
    if let Some(rest) = address.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').unwrap_or((rest, ""));
        return (host, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match address.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => (host, port.parse().ok()),
        _ => (address, None),
    }
}

/// The part of a host's name that is known, if that is a whole domain: `x…y.evil.example` is below `evil.example`.
fn known_domain(host: &str) -> Option<String> {
    let at = host.rfind(markers::is_reserved)?;
    let rest = host.get(at..)?.trim_start_matches(markers::is_reserved);
    let domain = rest.strip_prefix('.')?;
    domain.contains('.').then(|| format!("unknown.{domain}"))
}

fn is_plain_device(path: &AbsPath) -> bool {
    matches!(
        path.as_str(),
        "/dev/null"
            | "/dev/stdout"
            | "/dev/stderr"
            | "/dev/stdin"
            | "/dev/tty"
            | "/dev/zero"
            | "/dev/urandom"
            | "/dev/random"
    ) || path.as_str().starts_with("/dev/fd/")
}

/// Paths that a pattern may well mean.
pub(crate) fn candidates(target: &Target) -> Vec<AbsPath> {
    // Nobody means a path of this depth by a pattern.
    if target.path.components().count() > 32 {
        return vec![target.path.clone()];
    }
    let mut out: Vec<Vec<String>> = vec![Vec::new()];
    for name in target.path.components() {
        let is_pattern = name.contains(['*', '?']) && name.chars().any(|c| !matches!(c, '*' | '?'));
        let mut names = vec![name.to_owned()];
        if is_pattern {
            let pattern: Vec<char> = name
                .chars()
                .map(|c| match c {
                    '*' => markers::STAR,
                    '?' => markers::ANY,
                    c => c,
                })
                .collect();
            let fitting = sensitive::TELLING_NAMES.iter().filter(|known| {
                // A pattern that does not begin with a dot means no hidden name.
                (name.starts_with('.') || !known.starts_with('.'))
                    && super::changed::fits(&pattern, &known.chars().collect::<Vec<_>>())
            });
            names.extend(fitting.map(|known| (*known).to_owned()));
        }
        let mut next = Vec::new();
        for path in &out {
            for name in &names {
                if next.len() < 64 {
                    next.push(path.iter().chain([name]).cloned().collect());
                }
            }
        }
        out = next;
    }
    out.into_iter().filter_map(|names| AbsPath::parse(&format!("/{}", names.join("/"))).ok()).collect()
}
