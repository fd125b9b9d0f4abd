//! Words become values: what a shell does to a word before a command sees it.

use super::machine::Machine;
use super::parameter::Expansion;
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

/// Whether a pattern of zsh runs something for each name that it finds: `*(e:code:)`, `*(+function)`.
fn runs_code(pattern: &str) -> bool {
    let inner = pattern.trim_start_matches('(');
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut before = ' ';
    inner.chars().any(|c| {
        let runs = (before == 'e' && !is_name(c) && !matches!(c, '|' | ')' | '.' | '*' | '?' | '-' | ' ' | '/'))
            || (before == '+' && is_name(c));
        before = c;
        runs
    })
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
                Part::Parameter { parameter, quoted } => {
                    let expansion = self.parameter(parameter);
                    // `$x[1]` of zsh: which value is meant is not known.
                    let next = word.parts.get(at + 1);
                    let is_one_of =
                        self.takes_arrays_whole && matches!(next, Some(Part::Plain(text)) if text.starts_with('['));
                    let expansion = if is_one_of { Expansion::One(Value::hole()) } else { expansion };
                    self.push_expansion(&mut fields, expansion, *quoted);
                }
                Part::Substitution { quoted: false, .. } => {
                    let value = self.part(part, at == 0);
                    let separators = self.separators();
                    let value = self.active(value);
                    fields.push_split(&value, &separators);
                }
                Part::Literal(_)
                | Part::Plain(_)
                | Part::Substitution { .. }
                | Part::Process { .. }
                | Part::Arithmetic(_)
                | Part::Pattern(_) => {
                    let value = self.part(part, at == 0);
                    fields.push(&value);
                }
            }
        }
        fields.close();
        fields.done
    }

    /// Several values are several words, unless quotes join them.
    fn push_expansion(&mut self, fields: &mut Fields, expansion: Expansion, quoted: bool) {
        match expansion {
            Expansion::One(value) if quoted => fields.push(&value),
            Expansion::One(value) => {
                let value = self.active(value);
                fields.push_split(&value, &self.separators());
            }
            Expansion::Many { values, joined: true } if quoted => fields.push(&self.joined(&values)),
            Expansion::Many { values, .. } => {
                let separators = self.separators();
                for (at, value) in values.into_iter().enumerate() {
                    if at > 0 {
                        fields.close();
                    }
                    if quoted {
                        fields.push(&value);
                    } else {
                        let value = self.active(value);
                        fields.push_split(&value, &separators);
                    }
                }
            }
        }
    }

    /// Characters of a value that mean something when it stands unquoted.
    fn active(&self, value: Value) -> Value {
        if !value.text.contains(['*', '?', '[']) {
            return value;
        }
        let mut text = String::with_capacity(value.text.len());
        self.push_pattern(&value.text, &mut text);
        Value { text, taint: value.taint }
    }

    /// Values with what separates words between them, as `$*` gives them.
    fn joined(&self, values: &[Value]) -> Value {
        let between = self.separators().first().map(char::to_string).unwrap_or_default();
        Value::join(values, &between)
    }

    /// One word that is not split: what is assigned, where a redirection leads.
    pub(crate) fn expand_one(&mut self, word: &Word) -> Value {
        let mut out = Value::default();
        for (at, part) in word.parts.iter().enumerate() {
            let value = self.part(part, at == 0);
            out.push(&value);
        }
        self.burn(out.text.len());
        out
    }

    /// Expands a text that came out of something else, as if it stood in double quotes.
    pub(crate) fn expand_text(&mut self, text: &Value) -> Value {
        if self.depth >= super::DEEPEST {
            self.danger(Hazard::UnresolvedCode, "texts are nested too deeply in each other");
            return Value::hole();
        }
        if !self.burn(text.text.len()) {
            return Value::hole();
        }
        self.with_unknowns(text, |machine, text| match crate::shell::parse_quoted(text) {
            Ok(word) => {
                machine.depth += 1;
                let out = machine.expand_one(&word);
                machine.depth -= 1;
                out
            }
            Err(problem) => {
                machine.unresolved(format!("a text that is expanded can't be read: {}", problem.why));
                Value::hole()
            }
        })
    }

    fn part(&mut self, part: &Part, is_first: bool) -> Value {
        match part {
            Part::Literal(text) => Value::from_outside(text),
            Part::Plain(text) => self.plain(text, is_first),
            Part::Parameter { parameter, .. } => match self.parameter(parameter) {
                Expansion::One(value) => value,
                Expansion::Many { values, joined: true } => self.joined(&values),
                Expansion::Many { values, joined: false } => Value::join(&values, " "),
            },
            Part::Substitution { script, .. } => self.substitute(script),
            Part::Process { script, into } => {
                if script.items.is_empty() {
                    // Some shells make a name of nothing, and others make nothing of it.
                    return Value::hole();
                }
                if *into {
                    // What is written there is read by these commands.
                    self.outlets.push(script.clone());
                    return Value::of(format!("/dev/fd/outlet/{}", self.outlets.len() - 1));
                }
                let stdin = self.stdin.clone();
                let out = self.piped(false, true, |machine| {
                    machine.keeping_brackets(false, |machine| machine.script(script, &stdin))
                });
                // What the name stands for is found again by its value.
                self.keep_process_output("/dev/fd/63", out)
            }
            Part::Arithmetic(word) => {
                let text = self.expand_one(word);
                self.arithmetic(&text)
            }
            Part::Pattern(word) => {
                let text = self.expand_one(word).printed().text;
                if runs_code(&text) {
                    self.unresolved("a pattern runs code");
                }
                Value::of(markers::STAR)
            }
        }
    }

    /// The output of commands, without the line ends behind it.
    fn substitute(&mut self, script: &Script) -> Value {
        let stdin = self.stdin.clone();
        let mut out = self
            .piped(false, true, |machine| machine.keeping_brackets(false, |machine| machine.script(script, &stdin)));
        // A value can't hold it.
        if out.text.contains('\0') {
            out.text = out.text.replace('\0', "");
        }
        let kept = out.text.trim_end_matches('\n').len();
        out.text.truncate(kept);
        out
    }

    /// A name that stands for the output of a process.
    fn keep_process_output(&mut self, name: &str, out: Value) -> Value {
        self.processes += 1;
        let name = format!("{name}/{}", self.processes);
        if let Ok(path) = portcullis_event::AbsPath::parse(&name) {
            self.files.insert(path, out);
        }
        Value::of(name)
    }

    /// Unquoted text: tilde and patterns.
    fn plain(&mut self, text: &str, is_first: bool) -> Value {
        let text = Value::from_outside(text).text;
        let text = text.as_str();
        let mut rest = text;
        let mut out = String::with_capacity(text.len());
        if is_first && let Some(behind) = text.strip_prefix('~') {
            let (user, below) = behind.find('/').map_or((behind, ""), |at| behind.split_at(at));
            match user {
                "" => out.push_str(self.world.home().as_str()),
                "+" => out.push_str(&self.working_folder().text),
                "root" => out.push_str("/root"),
                "-" => out.push(markers::HOLE),
                // zsh: a variable may name a folder.
                user if self.scope.get(user).is_some() => out.push(markers::HOLE),
                user => {
                    let home = self.world.home();
                    let folder = home.as_str().rsplit_once('/').map_or("/home", |(folder, _)| folder);
                    out.extend([folder, "/", user]);
                }
            }
            rest = below;
        }
        self.push_pattern(rest, &mut out);
        Value::of(out)
    }

    /// Unquoted signs that stand for more than one text.
    fn push_pattern(&self, text: &str, out: &mut String) {
        let has_set = !self.keeps_brackets && text.contains(']');
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match c {
                '*' => out.push(markers::STAR),
                '?' => out.push(markers::ANY),
                '[' if has_set && !out.ends_with("://") => {
                    let mut set: String = chars.by_ref().take_while(|c| *c != ']').collect();
                    // The first sign of a set may be the one that ends it.
                    let is_open = set.is_empty() || matches!(set.as_str(), "!" | "^");
                    if is_open && chars.as_str().contains(']') && !chars.as_str().starts_with(char::is_whitespace) {
                        set.push(']');
                        set.extend(chars.by_ref().take_while(|c| *c != ']'));
                    }
                    // `[r]m` is a way to write `rm`.
                    let mut inside = set.chars();
                    match (inside.next(), inside.next()) {
                        (Some(only), None) => out.push(only),
                        (None, _) => out.push_str("[]"),
                        _ => out.push(markers::ANY),
                    }
                }
                c => out.push(c),
            }
        }
    }

    /// Does something in which brackets stand for themselves: assignments, and commands that are given names.
    pub(super) fn keeping_brackets<T>(&mut self, keeps: bool, inner: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.keeps_brackets, keeps);
        let out = inner(self);
        self.keeps_brackets = before;
        out
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

    pub(crate) fn separators(&self) -> Vec<char> {
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
