//! Where input comes from and where output goes.

use super::descriptors::{Descriptors, Sink, number_of};
use super::machine::Machine;
use super::place::Place;
use super::value::Value;
use crate::effect::{Confidence, Direction};
use crate::shell::{Redirect, RedirectOp};
use portcullis_event::Hazard;
use std::rc::Rc;

/// The first number that a shell gives a descriptor of its own choice.
const FIRST_FREE: usize = 10;

/// The texts of so many files are kept.
const MOST_FILES: usize = 512;

/// What redirections make of a command's input and output.
#[derive(Debug, Default)]
pub(super) struct Streams {
    pub(super) input: Option<Value>,
    /// What is open for this command only.
    own: Descriptors,
    /// What was open under the same numbers before.
    before: Rc<Descriptors>,
    /// What others have written to the errors before.
    errors: Value,
    /// A connection is one of them.
    pub(super) connected: bool,
    /// Output goes to a connection.
    pub(super) sends: bool,
}

impl Streams {
    /// Whether something is written past the file that output goes to.
    fn leaks(&self) -> bool {
        matches!(self.own.sinks.get("1"), Some(Sink::File { .. }))
            && self.own.sinks.iter().any(|(number, sink)| !matches!(number.as_str(), "1" | "2") && *sink == Sink::Out)
    }
}

impl Machine<'_> {
    /// Opens what is redirected.
    pub(super) fn open(&mut self, redirects: &[Redirect]) -> Streams {
        let mut streams = Streams::default();
        if redirects.is_empty() {
            return streams;
        }
        for redirect in redirects {
            self.open_one(redirect, &mut streams);
        }
        streams.before = Rc::clone(&self.scope.descriptors);
        streams.input = streams.own.inputs.get("0").cloned();
        if streams.own.sinks.contains_key("2") {
            streams.errors = std::mem::take(&mut self.errors);
        }
        let open = Rc::make_mut(&mut self.scope.descriptors);
        open.extend(&streams.own);
        // Whatever runs within prints to the command, and the command knows where that goes.
        open.inputs.remove("0");
        for number in ["1", "2"].iter().filter(|number| streams.own.sinks.contains_key(**number)) {
            open.sinks.remove(*number);
        }
        streams
    }

    fn open_one(&mut self, redirect: &Redirect, streams: &mut Streams) {
        let named = redirect.descriptor.as_deref();
        match &redirect.op {
            RedirectOp::Text(word) => {
                let text = self.expand_one(word);
                let number = self.number_for(named, "0");
                streams.own.inputs.insert(number, text);
            }
            RedirectOp::Document(body) => {
                let text = body.get().map_or_else(Value::hole, |word| self.expand_one(word));
                let number = self.number_for(named, "0");
                streams.own.inputs.insert(number, text);
            }
            RedirectOp::Read(word) => {
                let path = self.expand_one(word);
                let number = self.number_for(named, "0");
                let text = if self.connect(&path, streams) {
                    self.keep_socket(&number);
                    Value::hole().tainted(super::Taint::NETWORK)
                } else {
                    self.read_file(&path)
                };
                streams.own.inputs.insert(number, text);
            }
            RedirectOp::Both(word) => {
                let path = self.expand_one(word);
                let number = self.number_for(named, "0");
                if self.connect(&path, streams) {
                    self.keep_socket(&number);
                    streams.own.inputs.insert(number, Value::hole().tainted(super::Taint::NETWORK));
                } else {
                    let text = self.read_file(&path);
                    self.write_file(&path);
                    streams.own.inputs.insert(number.clone(), text);
                    streams.own.sinks.insert(number, Sink::File { path, appends: true });
                }
            }
            RedirectOp::Write(word) => self.open_to_write(word, named, false, streams),
            RedirectOp::Append(word) => self.open_to_write(word, named, true, streams),
            RedirectOp::WriteAll { word, appends } => {
                self.open_to_write(word, None, *appends, streams);
                if let Some(sink) = streams.own.sink("1") {
                    streams.own.sinks.insert("2".to_owned(), sink);
                }
            }
            RedirectOp::Duplicate { word, reads } => {
                let source = self.expand_one(word);
                let number = self.number_for(named, if *reads { "0" } else { "1" });
                self.duplicate(&source, number, streams);
            }
        }
    }

    fn open_to_write(&mut self, word: &crate::shell::Word, named: Option<&str>, appends: bool, streams: &mut Streams) {
        let path = self.expand_one(word);
        let number = self.number_for(named, "1");
        if self.connect(&path, streams) {
            streams.sends |= number == "1";
            if named.is_some() {
                self.keep_socket(&number);
            }
            return;
        }
        if !appends {
            self.judge_emptied(&path);
        }
        self.write_file(&path);
        let sink = match number_of(&path.text) {
            Some(other) => self.sink_of(other, streams),
            None => Some(Sink::File { path, appends }),
        };
        if let Some(sink) = sink {
            streams.own.sinks.insert(number, sink);
        }
    }

    fn duplicate(&mut self, source: &Value, number: String, streams: &mut Streams) {
        if self.sockets.contains(&source.text) {
            streams.connected = true;
            streams.sends = true;
            let text = Value::hole().tainted(super::Taint::NETWORK);
            streams.own.inputs.entry("0".to_owned()).or_insert(text);
            return;
        }
        // `3>&1-` moves it.
        let name = source.text.strip_suffix('-').unwrap_or(&source.text);
        if name.is_empty() {
            return;
        }
        if number == "0" || self.scope.descriptors.inputs.contains_key(name) || streams.own.inputs.contains_key(name) {
            let text = streams.own.inputs.get(name).cloned().unwrap_or_else(|| self.readable(name));
            streams.own.inputs.insert(number.clone(), text);
        }
        if let Some(sink) = self.sink_of(name, streams) {
            streams.own.sinks.insert(number, sink);
        }
    }

    fn sink_of(&self, number: &str, streams: &Streams) -> Option<Sink> {
        streams.own.sink(number).or_else(|| self.sink(number))
    }

    /// The number of a descriptor: the one that is written, or one that the shell chooses and says in a variable.
    fn number_for(&mut self, named: Option<&str>, usual: &str) -> String {
        let Some(named) = named else { return usual.to_owned() };
        let Some(variable) = named.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else {
            return named.trim_start_matches('0').chars().next().map_or_else(|| "0".to_owned(), |_| named.to_owned());
        };
        let open = &self.scope.descriptors;
        let number = (FIRST_FREE + open.inputs.len() + open.sinks.len()).to_string();
        self.scope.set(variable, vec![Value::of(&number)]);
        number
    }

    /// `exec` without a program: what is open stays so.
    pub(super) fn keep_open(&mut self, streams: &Streams) {
        let mut own = streams.own.clone();
        for sink in own.sinks.values_mut() {
            if let Sink::File { appends, .. } = sink {
                *appends = true;
            }
        }
        for sink in streams.own.sinks.values() {
            if let Sink::File { path, appends: false } = sink {
                self.remember(path, &Value::default(), false);
            }
        }
        let open = Rc::make_mut(&mut self.scope.descriptors);
        open.extend(&own);
        if streams.sends {
            open.sinks.insert("1".to_owned(), Sink::Socket);
        }
        open.sinks.retain(|number, sink| !matches!((number.as_str(), sink), ("1", Sink::Out) | ("2", Sink::Errors)));
    }

    /// Remembers that a descriptor is a connection.
    fn keep_socket(&mut self, number: &str) {
        if self.sockets.len() < 64 {
            self.sockets.push(number.to_owned());
        }
    }

    /// A redirection to `/dev/tcp/host/port` is a connection.
    fn connect(&mut self, path: &Value, streams: &mut Streams) -> bool {
        let rest = path.behind("/dev/tcp/").or_else(|| path.behind("/dev/udp/"));
        let Some(rest) = rest else { return false };
        let (host, port) = rest.text.split_once('/').unwrap_or((rest.text.as_str(), ""));
        let (host, port) = (Value { text: host.to_owned(), taint: rest.taint }, port.parse().ok());
        self.network(Direction::Out, &host, port, "tcp");
        streams.connected = true;
        true
    }

    /// Tells what is behind a connection: a shell, or a credential. Gives what is left to be read by others.
    pub(super) fn close(&mut self, streams: &Streams, output: Value, is_shell: bool) -> Value {
        if streams.connected && is_shell {
            self.danger(Hazard::RemoteShell, "a shell is connected to a socket");
        }
        if streams.connected && output.taint.has(super::Taint::SECRET) {
            self.danger(Hazard::Exfiltration, "a credential is written to a socket");
        }
        let mut output = output;
        let mut leaked = Value::default();
        let out = self.sink_of("1", streams).unwrap_or(Sink::Out);
        if let Some(sink) = streams.own.sink("2") {
            let errors = std::mem::replace(&mut self.errors, streams.errors.clone());
            if sink == out {
                output.push(&errors);
            } else if sink == Sink::Out {
                leaked = errors;
            } else {
                self.pour(&sink, &errors);
            }
        }
        self.close_own(streams);
        // A reader gives on what it got from the other side.
        if streams.sends && !output.taint.has(super::Taint::NETWORK) {
            return Value::default();
        }
        if out == Sink::Out {
            return output;
        }
        self.pour(&out, &output);
        if streams.leaks() { Value::hole().tainted(output.taint) } else { leaked }
    }

    /// What was open before is open again.
    fn close_own(&mut self, streams: &Streams) {
        if streams.own.is_empty() {
            return;
        }
        let open = Rc::make_mut(&mut self.scope.descriptors);
        for number in streams.own.inputs.keys().map(String::as_str).chain(["0"]) {
            match streams.before.inputs.get(number) {
                Some(value) => open.inputs.insert(number.to_owned(), value.clone()),
                None => open.inputs.remove(number),
            };
        }
        for number in streams.own.sinks.keys() {
            match streams.before.sinks.get(number) {
                Some(sink) => open.sinks.insert(number.clone(), sink.clone()),
                None => open.sinks.remove(number),
            };
        }
    }

    /// Something is written to where a descriptor leads.
    fn pour(&mut self, sink: &Sink, text: &Value) {
        match sink {
            Sink::Out => {}
            Sink::Errors => self.errors.push(text),
            Sink::Socket => {
                if text.taint.has(super::Taint::SECRET) {
                    self.danger(Hazard::Exfiltration, "a credential is written to a socket");
                }
            }
            Sink::File { path, appends } => self.remember(path, text, *appends),
        }
    }

    /// A file is changed in place: what was written into it before is not what it holds any more.
    pub(crate) fn change(&mut self, path: &Value) {
        let mut places = self.elsewhere(path);
        places.extend(self.place(path).target());
        for target in places {
            if let Some(text) = self.files.get_mut(&target.path) {
                *text = Value::hole().tainted(text.taint);
            }
        }
    }

    /// Keeps what is written, for commands that read or run it later.
    pub(crate) fn remember(&mut self, path: &Value, content: &Value, appends: bool) {
        let outlet = path.behind("/dev/fd/outlet/").and_then(|number| number.text.parse::<usize>().ok());
        if let Some(script) = outlet.and_then(|number| self.outlets.get(number)).cloned() {
            self.aside(|machine| machine.script(&script, content));
            return;
        }
        if self.files.len() > MOST_FILES {
            self.unresolved("more files are written than are kept");
            return;
        }
        if let Some(sink) = number_of(&path.text).and_then(|number| self.sink(number)) {
            return match sink {
                Sink::File { path, .. } => self.remember(&path, content, true),
                Sink::Errors => self.errors.push(content),
                Sink::Out => {}
                Sink::Socket => self.pour(&Sink::Socket, content),
            };
        }
        for other in self.elsewhere(path) {
            if self.burn(content.text.len()) {
                let held = self.files.entry(other.path.clone()).or_insert_with(|| content.clone());
                if held != content {
                    self.keep_earlier(&other.path, content.clone());
                }
            }
        }
        let Place::At(target) = self.place(path) else { return };
        let content = if appends {
            let mut before = match self.files.get(&target.path) {
                Some(before) => before.clone(),
                None => self.world.text(&target.path).map_or_else(Value::default, |text| Value::from_outside(&text)),
            };
            before.push(content);
            before
        } else {
            content.clone()
        };
        if !self.burn(content.text.len()) {
            return;
        }
        let held = self.files.insert(target.path.clone(), content);
        if appends {
            return;
        }
        let held = match held {
            Some(held) => Some(held),
            // What is only written perhaps leaves what was there.
            None if self.confidence < Confidence::Certain => {
                self.text_of(&crate::effect::Target::exactly(target.path.clone()))
            }
            None => None,
        };
        if let Some(held) = held {
            self.keep_earlier(&target.path, held);
        }
    }
}
