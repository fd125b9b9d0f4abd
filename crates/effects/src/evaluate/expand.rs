//! Words become values: what a shell does to a word before a command sees it.

use super::machine::Machine;
use super::value::{Taint, Value, markers};
use crate::shell::{Part, Script, Word};
use portcullis_event::Hazard;

/// The fields that a word is split into while it is expanded.
#[derive(Debug, Default)]
struct Fields {
    done: Vec<Value>,
    open: Option<Value>,
}

impl Fields {
    fn push(&mut self, value: &Value) {
        self.open.get_or_insert_with(Value::default).push(value);
    }

    fn close(&mut self) {
        self.done.extend(self.open.take());
    }

    /// What an unquoted expansion gives: it is split where blanks are.
    fn push_split(&mut self, value: &Value, separators: &[char]) {
        let begins_anew = value.text.starts_with(separators);
        let ends = value.text.ends_with(separators);
        for (at, piece) in value.split(separators).iter().enumerate() {
            if at > 0 || begins_anew {
                self.close();
            }
            self.push(piece);
        }
        if ends {
            self.close();
        }
    }
}

impl Machine<'_> {
    /// Words as a command sees them.
    pub(crate) fn expand_all(&mut self, words: &[Word]) -> Vec<Value> {
        let mut out = Vec::with_capacity(words.len());
        for word in words {
            if !super::brace::may_expand(word) {
                let fields = self.expand(word);
                if !self.burn(fields.iter().map(|field| field.text.len() + 1).sum()) {
                    return out;
                }
                out.extend(fields);
                continue;
            }
            let Some(alternatives) = super::brace::expand(word) else {
                self.unresolved("braces stand for too many words");
                out.push(Value::hole());
                continue;
            };
            for word in &alternatives {
                let fields = self.expand(word);
                if !self.burn(fields.iter().map(|field| field.text.len() + 1).sum()) {
                    return out;
                }
                out.extend(fields);
            }
        }
        out
    }

    /// One word, split where a shell splits.
    fn expand(&mut self, word: &Word) -> Vec<Value> {
        let mut fields = Fields::default();
        for (at, part) in word.parts.iter().enumerate() {
            match part {
                Part::Parameter { parameter, quoted } if *quoted && is_list(parameter) => {
                    let values = self.list_of(parameter);
                    for (at, value) in values.iter().enumerate() {
                        if at > 0 {
                            fields.close();
                        }
                        fields.push(value);
                    }
                }
                Part::Parameter { quoted: false, .. } | Part::Substitution { quoted: false, .. } => {
                    let value = self.part(part, at == 0);
                    let separators = self.separators();
                    fields.push_split(&active(value), &separators);
                }
                Part::Literal(_)
                | Part::Plain(_)
                | Part::Parameter { .. }
                | Part::Substitution { .. }
                | Part::Process { .. }
                | Part::Arithmetic(_) => {
                    let value = self.part(part, at == 0);
                    fields.push(&value);
                }
            }
        }
        fields.close();
        fields.done
    }

    /// One word that is not split: what is assigned, where a redirection leads.
    pub(crate) fn expand_one(&mut self, word: &Word) -> Value {
        let mut out = Value::default();
        for (at, part) in word.parts.iter().enumerate() {
            let value = match part {
                Part::Parameter { parameter, .. } if is_list(parameter) => {
                    let values = self.list_of(parameter);
                    Value::join(&values, " ")
                }
                Part::Literal(_)
                | Part::Plain(_)
                | Part::Parameter { .. }
                | Part::Substitution { .. }
                | Part::Process { .. }
                | Part::Arithmetic(_) => self.part(part, at == 0),
            };
            out.push(&value);
        }
        self.burn(out.text.len());
        out
    }

    fn part(&mut self, part: &Part, is_first: bool) -> Value {
        match part {
            Part::Literal(text) => Value::from_outside(text),
            Part::Plain(text) => self.plain(text, is_first),
            Part::Parameter { parameter, .. } => self.parameter(parameter),
            Part::Substitution { script, .. } => self.substitute(script),
            Part::Process { script, into } => {
                if *into {
                    // What is written there is read by these commands.
                    self.outlets.push(script.clone());
                    return Value::of(format!("/dev/fd/outlet/{}", self.outlets.len() - 1));
                }
                let out = self.aside(|machine| machine.script(script, &Value::default()));
                let name = if *into { "/dev/fd/pipe" } else { "/dev/fd/63" };
                // What the name stands for is found again by its value.
                self.keep_process_output(name, out)
            }
            Part::Arithmetic(text) => arithmetic(text),
        }
    }

    /// The output of commands, without the line ends behind it.
    fn substitute(&mut self, script: &Script) -> Value {
        let mut out = self.aside(|machine| machine.script(script, &Value::default()));
        let kept = out.text.trim_end_matches('\n').len();
        out.text.truncate(kept);
        out
    }

    /// A name that stands for the output of a process.
    fn keep_process_output(&mut self, name: &str, out: Value) -> Value {
        let name = format!("{name}/{}", self.files.len());
        if let Ok(path) = portcullis_event::AbsPath::parse(&name) {
            self.files.insert(path, out);
        }
        Value::of(name)
    }

    /// Unquoted text: tilde and patterns.
    fn plain(&mut self, text: &str, is_first: bool) -> Value {
        let mut rest = text;
        let mut out = String::with_capacity(text.len());
        if is_first && let Some(behind) = text.strip_prefix('~') {
            let (user, below) = behind.find('/').map_or((behind, ""), |at| behind.split_at(at));
            match user {
                "" => out.push_str(self.world.home().as_str()),
                "+" => out.push_str(&self.working_folder().text),
                "root" => out.push_str("/root"),
                "-" => out.push(markers::HOLE),
                user => {
                    let home = self.world.home();
                    let folder = home.as_str().rsplit_once('/').map_or("/home", |(folder, _)| folder);
                    out.extend([folder, "/", user]);
                }
            }
            rest = below;
        }
        let mut chars = rest.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '*' => out.push(markers::STAR),
                '?' => out.push(markers::ANY),
                '[' if rest.contains(']') && !out.ends_with("://") => {
                    let set: String = chars.by_ref().take_while(|c| *c != ']').collect();
                    // `[r]m` is a way to write `rm`.
                    let mut inside = set.chars();
                    match (inside.next(), inside.next()) {
                        (Some(only), None) => out.push(only),
                        (None, _) => out.push_str("[]"),
                        _ => out.push(markers::ANY),
                    }
                }
                c if markers::is_reserved(c) => out.push(markers::HOLE),
                c => out.push(c),
            }
        }
        Value::of(out)
    }

    /// Where the shell stands, as a value.
    pub(crate) fn working_folder(&self) -> Value {
        match &self.scope.cwd {
            super::Place::At(target) if target.known == crate::effect::Known::Exactly => {
                Value::of(target.path.as_str())
            }
            super::Place::At(_) | super::Place::Unknown => Value::hole(),
        }
    }

    fn separators(&self) -> Vec<char> {
        match self.scope.get("IFS").and_then(|values| values.into_iter().next()) {
            Some(value) if value.is_known() => value.text.chars().collect(),
            _ => vec![' ', '\t', '\n'],
        }
    }

    /// The output of a substitution that is run as a command: code from elsewhere.
    pub(crate) fn judge_code(&mut self, code: &Value, what: &str) {
        if code.taint.has(Taint::NETWORK) {
            self.danger(Hazard::DownloadedCode, format!("{what} runs what comes from the network"));
        }
        if code.taint.has(Taint::DECODED) {
            self.danger(Hazard::DecodedCode, format!("{what} runs what was decoded"));
        }
        if code.has_hole() && !code.taint.has(Taint::NETWORK) && self.in_script == 0 {
            self.danger(Hazard::UnresolvedCode, format!("{what} runs code that is not known"));
        }
    }
}

/// Characters of a value that mean something when it stands unquoted.
fn active(value: Value) -> Value {
    if !value.text.contains(['*', '?']) {
        return value;
    }
    let text = value.text.replace('*', "\u{fdd1}").replace('?', "\u{fdd2}");
    Value { text, taint: value.taint }
}

/// Whether a parameter stands for several values: `$@`, `${x[@]}`.
fn is_list(parameter: &crate::shell::Parameter) -> bool {
    matches!(parameter.name.as_str(), "@") || matches!(parameter.index.as_deref(), Some("@" | "*"))
}

/// Numbers: what they are matters little.
fn arithmetic(text: &str) -> Value {
    let text = text.trim();
    if text.parse::<i64>().is_ok() { Value::of(text) } else { Value::name() }
}
