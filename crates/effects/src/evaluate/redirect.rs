//! Where input comes from and where output goes.

use super::machine::Machine;
use super::place::Place;
use super::value::Value;
use crate::effect::Direction;
use crate::shell::{Redirect, RedirectOp};
use portcullis_event::Hazard;

/// What redirections make of a command's input and output.
#[derive(Debug, Default)]
pub(super) struct Streams {
    pub(super) input: Option<Value>,
    /// Where standard output goes instead.
    pub(super) output: Vec<Value>,
    pub(super) appends: bool,
    /// A connection is one of them.
    pub(super) connected: bool,
    /// Output goes to a connection.
    pub(super) sends: bool,
}

impl Machine<'_> {
    /// Opens what is redirected.
    pub(super) fn open(&mut self, redirects: &[Redirect]) -> Streams {
        let mut streams = Streams::default();
        for redirect in redirects {
            match &redirect.op {
                RedirectOp::Text(word) => streams.input = Some(self.expand_one(word)),
                RedirectOp::Document(body) => {
                    streams.input = Some(body.get().map_or_else(Value::hole, |word| self.expand_one(word)));
                }
                RedirectOp::Read(word) => {
                    let path = self.expand_one(word);
                    let text = if self.connect(&path, &mut streams) {
                        self.keep_socket(redirect.descriptor.as_deref());
                        Value::hole().tainted(super::Taint::NETWORK)
                    } else {
                        self.read_file(&path)
                    };
                    streams.input = Some(text);
                }
                RedirectOp::Both(word) => {
                    let path = self.expand_one(word);
                    if self.connect(&path, &mut streams) {
                        self.keep_socket(redirect.descriptor.as_deref());
                        streams.input = Some(Value::hole().tainted(super::Taint::NETWORK));
                    } else {
                        streams.input = Some(self.read_file(&path));
                        self.write_file(&path);
                    }
                }
                RedirectOp::Write(word) | RedirectOp::Append(word) | RedirectOp::WriteAll(word) => {
                    let path = self.expand_one(word);
                    let is_error = redirect.descriptor.as_deref() == Some("2");
                    if self.connect(&path, &mut streams) {
                        self.keep_socket(redirect.descriptor.as_deref());
                        streams.sends |= redirect.descriptor.as_deref().is_none_or(|name| name == "1");
                        continue;
                    }
                    self.write_file(&path);
                    if !is_error {
                        streams.appends |= matches!(redirect.op, RedirectOp::Append(_));
                        streams.output.push(path);
                    }
                }
                RedirectOp::Duplicate(word) => {
                    let name = self.expand_one(word);
                    if self.sockets.contains(&name.text) {
                        streams.connected = true;
                        streams.sends = true;
                        streams.input.get_or_insert_with(|| Value::hole().tainted(super::Taint::NETWORK));
                    }
                }
            }
        }
        streams
    }

    /// Remembers that a descriptor is a connection.
    fn keep_socket(&mut self, descriptor: Option<&str>) {
        if let Some(name) = descriptor
            && self.sockets.len() < 64
        {
            self.sockets.push(name.to_owned());
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

    /// Tells what is behind a connection: a shell, or a credential.
    pub(super) fn close(&mut self, streams: &Streams, output: Value, is_shell: bool) -> Value {
        if streams.connected && is_shell {
            self.danger(Hazard::RemoteShell, "a shell is connected to a socket");
        }
        if streams.connected && output.taint.has(super::Taint::SECRET) {
            self.danger(Hazard::Exfiltration, "a credential is written to a socket");
        }
        if streams.output.is_empty() {
            // A reader gives on what it got from the other side.
            return if streams.sends && !output.taint.has(super::Taint::NETWORK) { Value::default() } else { output };
        }
        for path in &streams.output {
            self.remember(path, &output, streams.appends);
        }
        Value::default()
    }

    /// Keeps what is written, for commands that read or run it later.
    pub(crate) fn remember(&mut self, path: &Value, content: &Value, appends: bool) {
        let outlet = path.behind("/dev/fd/outlet/").and_then(|number| number.text.parse::<usize>().ok());
        if let Some(script) = outlet.and_then(|number| self.outlets.get(number)).cloned() {
            self.aside(|machine| machine.script(&script, content));
            return;
        }
        if self.files.len() > 512 {
            return;
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
        if self.burn(content.text.len()) {
            self.files.insert(target.path, content);
        }
    }
}
