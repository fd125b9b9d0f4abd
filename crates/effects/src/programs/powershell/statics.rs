//! `[Type]::Method(…)`: what .NET does when it is called by name.

use crate::evaluate::{Machine, Taint, Value};
use portcullis_event::Hazard;

/// Types whose methods only reckon.
const PURE: [&str; 34] = [
    "math",
    "datetime",
    "datetimeoffset",
    "timespan",
    "guid",
    "regex",
    "string",
    "int",
    "int32",
    "long",
    "double",
    "decimal",
    "bool",
    "array",
    "char",
    "byte",
    "console",
    "version",
    "uri",
    "xml",
    "linq.enumerable",
    "io.path",
    "text.encoding",
    "text.stringbuilder",
    "bitconverter",
    "enum",
    "environment",
    "convert",
    "hashtable",
    "pscustomobject",
    "ordered",
    "globalization.cultureinfo",
    "security.cryptography.sha256",
    "stopwatch",
];

/// A call of a type's own method, or one of its properties.
pub(super) fn call(machine: &mut Machine<'_>, kind: &str, member: &str, arguments: &[Value]) -> Value {
    let kind = kind.to_ascii_lowercase();
    let kind = kind.strip_prefix("system.").unwrap_or(&kind);
    let member = member.to_ascii_lowercase();
    let first = arguments.first().cloned().unwrap_or_default();
    let second = arguments.get(1).cloned().unwrap_or_default();
    let taint = arguments.iter().fold(Taint::NONE, |all, it| all | it.taint);
    match (kind, member.as_str()) {
        ("io.file", "delete") => machine.delete(&first, false),
        ("io.directory" | "io.directoryinfo", "delete") => {
            if super::reader::names_drive(&first) {
                machine.danger(Hazard::Destruction, format!("removes {}", first.shown()));
            } else {
                machine.delete(&first, true);
            }
        }
        ("io.file", "copy" | "move" | "replace") => {
            let text = machine.read_file(&first);
            machine.write_file(&second);
            machine.remember(&second, &text, false);
        }
        ("io.file", name) if name.starts_with("read") || name.starts_with("open") => return machine.read_file(&first),
        ("io.file" | "io.directory", name) if name.starts_with("exist") || name.starts_with("get") => {
            return Value::name();
        }
        ("io.file", _) => {
            machine.write_file(&first);
            machine.remember(&first, &second, false);
        }
        ("io.directory", "move") => {
            machine.delete(&first, true);
            machine.write_file(&second);
        }
        ("io.directory", _) => {}
        ("io.path", "combine" | "join") => return Value::join(arguments, "/"),
        ("io.path", "gettemppath") => return Value::of("/tmp/"),
        ("environment", "getenvironmentvariable") => return machine.variable(&first.text),
        ("environment", "getenvironmentvariables") => return Value::hole().tainted(Taint::SECRET),
        ("environment", "setenvironmentvariable") => {
            let lasts = arguments.get(2).is_some_and(|it| !it.text.eq_ignore_ascii_case("process"));
            if lasts {
                machine.danger(Hazard::Persistence, format!("{} is set for every program from now on", first.shown()));
            } else {
                machine.judge_variable(&first.text, &second, true);
            }
        }
        ("convert", "frombase64string") => return Value::hole().tainted(taint | Taint::DECODED),
        ("scriptblock", "create") => return first,
        ("diagnostics.process", "start") => {
            let argv = [vec![first], second.split(&[' '])].concat();
            return machine.start(argv, &Value::default());
        }
        ("net.sockets.tcpclient", _) => {
            machine.network(crate::effect::Direction::Out, &first, None, "tcp");
            return Value::hole().tainted(Taint::NETWORK);
        }
        ("microsoft.win32.registry", "setvalue") => {
            machine.danger(Hazard::Persistence, "settings of the system change");
        }
        (kind, _)
            if PURE.contains(&kind)
                || kind.starts_with("net.")
                || kind.starts_with("text.")
                || kind.starts_with("collections.")
                || kind.starts_with("security.") => {}
        _ => machine.unresolved(format!("what [{kind}]::{member} does is not known")),
    }
    Value::hole().tainted(taint)
}
