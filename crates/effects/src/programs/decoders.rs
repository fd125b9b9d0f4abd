//! Decoders: what they print is known if what they read is, and is hidden code if it is run.

use super::{Given, Handler};
use crate::evaluate::{Call, Machine, Taint, Value};
use base64::Engine as _;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "base64" | "gbase64" | "base32" | "basenc" | "base58" => base64,
        "xxd" => xxd,
        "gzip" | "gunzip" | "bzip2" | "bunzip2" | "xz" | "unxz" | "zstd" | "unzstd" | "lz4" | "brotli" | "pigz" => {
            compress
        }
        "openssl" => openssl,
        "gpg" | "gpg2" | "age" | "sops" => crypt,
        "uudecode" | "uuencode" | "rot13" | "qprint" => {
            |_, call| Value::hole().tainted(call.stdin.taint | Taint::DECODED)
        }
        _ => return None,
    })
}

fn source(machine: &mut Machine<'_>, call: &Call, file: Option<&Value>) -> Value {
    file.filter(|file| !file.is("-")).map_or_else(|| call.stdin.clone(), |file| machine.read_file(file))
}

fn base64(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-w", "--wrap", "-i", "-o", "-b"]);
    let file = given.operand(0).or_else(|| given.value(&["-i"])).cloned();
    let text = source(machine, call, file.as_ref());
    if let Some(out) = given.value(&["-o"]) {
        machine.write_file(out);
    }
    if !given.has(&["-d", "-D", "--decode"]) {
        return Value::hole().tainted(text.taint);
    }
    let packed: String = text.text.chars().filter(|c| !c.is_whitespace() && *c != '=').collect();
    let decoded = if text.is_known() && call.name().ends_with("64") {
        base64::engine::general_purpose::STANDARD_NO_PAD
            .decode(packed)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
    } else {
        None
    };
    decoded.map_or_else(Value::hole, |text| Value::from_outside(&text)).tainted(text.taint | Taint::DECODED)
}

fn xxd(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-c", "-l", "-s", "-g", "-o"]);
    let text = source(machine, call, given.operand(0));
    if !given.has(&["-r", "-revert"]) {
        return Value::hole().tainted(text.taint);
    }
    let digits: Vec<u32> = text.text.chars().filter_map(|c| c.to_digit(16)).collect();
    let plain = given.has(&["-p", "-ps", "-plain"]) && text.is_known();
    let bytes: Vec<u8> = digits
        .chunks(2)
        .filter_map(|pair| match pair {
            [high, low] => u8::try_from(high * 16 + low).ok(),
            _ => None,
        })
        .collect();
    let decoded = String::from_utf8(bytes).ok().filter(|_| plain);
    decoded.map_or_else(Value::hole, |text| Value::from_outside(&text)).tainted(text.taint | Taint::DECODED)
}

fn compress(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-o", "-T", "-S"]);
    let name = call.name();
    let unpacks = given.has(&["-d", "--decompress", "--uncompress"])
        || name.starts_with("un")
        || name.ends_with("unzip2")
        || name == "gunzip";
    if given.operands.is_empty() || given.has(&["-c", "--stdout"]) {
        let text = source(machine, call, given.operand(0));
        let decoded = if unpacks { Taint::DECODED } else { Taint::NONE };
        return Value::hole().tainted(text.taint | decoded);
    }
    for file in &given.operands {
        let content = machine.read_file(file);
        let stem = file.text.rsplit_once('.').map_or(file.text.as_str(), |(stem, _)| stem);
        let out = if unpacks { Value::of(stem) } else { Value::of(format!("{}.{}", file.text, "gz")) };
        machine.write_file(&out);
        machine.remember(&out, &Value::hole().tainted(content.taint | Taint::DECODED), false);
    }
    Value::default()
}

fn openssl(machine: &mut Machine<'_>, call: &Call) -> Value {
    let args = call.args();
    let given = Given::read(
        args,
        &[
            "-in",
            "-out",
            "-connect",
            "-k",
            "-pass",
            "-passin",
            "-passout",
            "-key",
            "-keyout",
            "-cert",
            "-CAfile",
            "-servername",
            "-subj",
            "-days",
            "-newkey",
            "-inkey",
            "-accept",
        ],
    );
    let mut taint = call.stdin.taint;
    for file in given.values(&["-in", "-key", "-inkey"]) {
        taint |= machine.read_file(file).taint;
    }
    given.values(&["-out", "-keyout"]).for_each(|file| machine.write_file(file));
    if let Some(address) = given.values(&["-connect"]).next() {
        let (host, port) = address.text.rsplit_once(':').unwrap_or((address.text.as_str(), "443"));
        machine.network(crate::effect::Direction::Out, &Value::of(host), port.parse().ok(), "tls");
        machine.judge_sent(&call.stdin, "`openssl s_client`");
        machine.judge_answers(call);
        return Value::hole().tainted(Taint::NETWORK);
    }
    let decodes = given.has(&["-d"]);
    Value::hole().tainted(if decodes { taint | Taint::DECODED } else { taint })
}

fn crypt(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(
        call.args(),
        &[
            "-o",
            "--output",
            "-r",
            "--recipient",
            "-u",
            "--passphrase",
            "-i",
            "-R",
            "--homedir",
            "--passphrase-file",
            "--keyserver",
        ],
    );
    if given.names().any(|name| name.starts_with("--export-secret"))
        || matches!(call.args().first().map(|word| word.text.as_str()), Some("--export-secret-keys"))
    {
        machine.danger(portcullis_event::Hazard::CredentialAccess, "a private key is exported");
        return Value::hole().tainted(Taint::SECRET);
    }
    let mut taint = call.stdin.taint;
    for file in &given.operands {
        if file.text.contains(['.', '/']) {
            taint |= machine.read_file(file).taint;
        }
    }
    given.values(&["-o", "--output"]).for_each(|file| machine.write_file(file));
    if given.has(&["-d", "--decrypt"]) || call.name() == "sops" {
        return Value::hole().tainted(taint | Taint::DECODED | Taint::SECRET);
    }
    // What is encrypted for somebody is no credential any more to anybody else.
    Value::hole().tainted(taint)
}
