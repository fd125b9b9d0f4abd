//! One line that tells a reader what a record is about. It is made of what the record can be searched by, so it holds
//! no private content, and of printable characters only, so it can't play tricks on a terminal.

use portcullis_event::{AbsPath, Body, Host};

/// Longest summary, in characters.
const LONGEST: usize = 72;

/// The line for an event.
pub(super) fn summary(body: &Body) -> String {
    let mut line = Line::default();
    match body {
        Body::Process(it) => {
            line.add_all(it.argv.iter().map(String::as_str));
            if it.argv.is_empty() {
                line.add_some(it.executable.as_ref().map(AbsPath::as_str));
            }
        }
        Body::File(it) => {
            line.add(it.path.as_str());
            line.add_pair("->", it.to.as_ref().map(AbsPath::as_str));
        }
        Body::Net(it) => {
            line.add_some(it.method.as_deref());
            line.add(it.host.as_str());
            line.add_some(it.url_path.as_deref());
        }
        Body::Llm(it) => {
            line.add(it.model.as_str());
            line.add_pair("at", it.host.as_ref().map(Host::as_str).or(Some(&it.provider)));
        }
        Body::Tool(it) => {
            line.add(it.name.as_str());
            line.add_some(it.server.as_deref());
            line.add_all(it.paths.iter().map(AbsPath::as_str));
            line.add_all(it.hosts.iter().map(Host::as_str));
        }
        Body::Secret(it) => {
            line.add(&it.name);
            line.add_pair("->", it.destination.as_ref().map(Host::as_str));
        }
        Body::Db(it) => {
            line.add(&it.system);
            line.add_some(it.statement.as_deref());
            if it.statement.is_none() {
                line.add_all(it.tables.iter().map(String::as_str));
            }
        }
        Body::Socket(it) => {
            line.add(&it.service);
            line.add_some(it.verb.as_deref());
            line.add_some(it.object.as_deref());
            line.add_some(it.key_name.as_deref().or(it.key.as_deref()));
            line.add_pair("for", it.namespace.as_deref().or(it.user.as_deref()));
            line.add_some(it.path.as_ref().map(AbsPath::as_str));
        }
        Body::Git(it) => {
            line.add_all(it.refs.iter().chain(&it.commits).map(String::as_str));
            line.add_pair("->", it.host.as_ref().map(Host::as_str));
        }
        Body::Package(it) => {
            line.add(&it.ecosystem);
            line.add(&it.name);
        }
        Body::Config(it) => {
            line.add(&it.category);
            line.add(&it.name);
        }
        Body::Session(it) => line.add_some(it.reason.as_deref()),
        Body::Finding(it) => {
            line.add(it.finding.rule.as_str());
            line.add(&it.finding.message);
        }
        Body::Approval(it) => {
            line.add_some(it.rest.get("ticket").and_then(|ticket| ticket.as_str()));
            line.add_some(it.note.as_deref());
        }
        Body::Incident(it) => {
            line.add(&it.name);
            line.add_some(it.note.as_deref());
        }
        Body::Policy(it) => {
            line.add(&it.file);
            line.add_some(it.note.as_deref());
        }
        Body::Ledger(it) => line.add_some(it.note.as_deref()),
        Body::Note(it) => line.add(&it.text),
        Body::Opaque(it) => line.add(&it.kind),
    }
    line.finish()
}

/// The line for what is no record.
pub(super) fn length_summary(length: usize) -> String {
    if length == 0 { "dropped by retention".to_owned() } else { format!("{length} bytes that are no record") }
}

/// A line that stops growing when it is long enough.
#[derive(Default)]
struct Line {
    text: String,
    length: usize,
}

impl Line {
    fn add(&mut self, part: &str) {
        let gap = if self.text.is_empty() { "" } else { " " };
        for c in gap.chars().chain(part.chars()) {
            if self.length > LONGEST {
                return;
            }
            self.text.push(if shows_itself(c) { c } else { ' ' });
            self.length += 1;
        }
    }

    fn add_all<'a>(&mut self, parts: impl Iterator<Item = &'a str>) {
        for part in parts {
            self.add(part);
        }
    }

    fn add_some(&mut self, part: Option<&str>) {
        if let Some(part) = part {
            self.add(part);
        }
    }

    fn add_pair(&mut self, sign: &str, part: Option<&str>) {
        if let Some(part) = part {
            self.add(sign);
            self.add(part);
        }
    }

    fn finish(mut self) -> String {
        if self.length > LONGEST {
            self.text.pop();
            self.text.push('…');
        }
        self.text
    }
}

/// Whether a character is what it looks like: no control characters, nothing that is invisible or turns the
/// direction of the text.
fn shows_itself(c: char) -> bool {
    let hidden = matches!(u32::from(c),
        0xAD | 0x61C | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xFFF9..=0xFFFB | 0xE_0000..=0xE_0FFF);
    !c.is_control() && !hidden
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::{Note, Process, ProcessOp};

    #[test]
    fn a_command_is_shown_as_it_was_typed() {
        let mut process = Process::new(ProcessOp::Start);
        process.argv = ["git", "push", "--force"].map(String::from).to_vec();
        assert_eq!(summary(&process.into()), "git push --force");
    }

    #[test]
    fn escapes_and_hidden_characters_are_blanked() {
        assert_eq!(summary(&Note::new("a\u{1b}[2J\u{202e}b\nc\u{e0041}").into()), "a [2J b c ");
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        let long = summary(&Note::new("é".repeat(100_000)).into());
        assert_eq!(long, format!("{}…", "é".repeat(LONGEST)));
    }
}
