//! `curl`, `wget` and their kin: whom they talk to, what they send, where they put what comes back.

use super::{Given, Handler};
use crate::effect::{Direction, What};
use crate::evaluate::{Call, Machine, Taint, Value};
use portcullis_event::{Hazard, Host};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "curl" | "xh" | "xhs" | "http" | "https" | "httpie" | "curlie" => curl,
        "wget" | "wget2" => wget,
        "aria2c" | "axel" | "lynx" | "w3m" | "links" | "elinks" | "yt-dlp" | "youtube-dl" | "lwp-request" | "GET"
        | "POST" | "fetch" | "websocat" | "grpcurl" | "open" | "xdg-open" => fetcher,
        _ => return None,
    })
}

const CURL_TAKES: [&str; 68] = [
    "-X",
    "--request",
    "-H",
    "--header",
    "-d",
    "--data",
    "--data-raw",
    "--data-binary",
    "--data-urlencode",
    "--data-ascii",
    "--json",
    "-F",
    "--form",
    "--form-string",
    "-T",
    "--upload-file",
    "-o",
    "--output",
    "-u",
    "--user",
    "-A",
    "--user-agent",
    "-e",
    "--referer",
    "-b",
    "--cookie",
    "-c",
    "--cookie-jar",
    "-K",
    "--config",
    "-m",
    "--max-time",
    "--connect-timeout",
    "--retry",
    "--retry-delay",
    "-w",
    "--write-out",
    "-x",
    "--proxy",
    "--cacert",
    "--capath",
    "-E",
    "--cert",
    "--key",
    "--url",
    "--resolve",
    "--connect-to",
    "-C",
    "--continue-at",
    "-r",
    "--range",
    "-Y",
    "-y",
    "-z",
    "--limit-rate",
    "--max-redirs",
    "-Q",
    "--interface",
    "--output-dir",
    "-D",
    "--dump-header",
    "--unix-socket",
    "--oauth2-bearer",
    "--url-query",
    "--socks5",
    "--doh-url",
    "--netrc-file",
    "--stderr",
];

fn curl(machine: &mut Machine<'_>, call: &Call) -> Value {
    if call.name() != "curl" {
        return httpie(machine, call);
    }
    let given = Given::read(call.args(), &CURL_TAKES);
    let mut sent = Value::default();
    for data in
        given.values(&["-d", "--data", "--data-binary", "--data-ascii", "--data-urlencode", "--json", "--url-query"])
    {
        sent.push(&sent_data(machine, data, call));
    }
    for data in
        given.values(&["--data-raw", "--form-string", "-A", "--user-agent", "-e", "--referer", "-X", "--request"])
    {
        sent.push(data);
    }
    for form in given.values(&["-F", "--form"]) {
        let (_, value) = form.text.split_once('=').unwrap_or(("", form.text.as_str()));
        let value = Value { text: value.split(';').next().unwrap_or_default().to_owned(), taint: form.taint };
        sent.push(&sent_data(machine, &value, call));
        if let Some(file) = value.behind("<") {
            sent.push(&machine.read_file(&file));
        }
    }
    for file in given.values(&["-T", "--upload-file"]) {
        let text = if file.is("-") || file.is(".") { call.stdin.clone() } else { machine.read_file(file) };
        sent.push(&text);
    }
    for cookie in given.values(&["-b", "--cookie"]) {
        if cookie.text.contains('=') {
            sent.push(cookie);
        } else {
            machine.read_file(cookie);
        }
    }
    given.values(&["-K", "--config"]).for_each(|file| {
        let text = if file.is("-") { call.stdin.clone() } else { machine.read_file(file) };
        config(machine, &text);
    });
    given.values(&["-c", "--cookie-jar", "-D", "--dump-header"]).for_each(|file| machine.write_file(file));
    given.values(&["--key"]).for_each(|file| drop(machine.read_file(file)));
    given
        .values(&["-x", "--proxy", "--socks5", "--doh-url"])
        .for_each(|proxy| drop(machine.url(proxy, Direction::Out)));
    // Another machine is talked to than the address says.
    for elsewhere in given.values(&["--connect-to", "--resolve"]) {
        let parts = elsewhere.text.trim_start_matches(['+', '-']);
        let host =
            match parts.split_once("::").filter(|_| given.value(&["--connect-to"]).is_some_and(|it| it == elsewhere)) {
                Some((_, rest)) if !rest.is_empty() => rest.trim_start_matches(':').to_owned(),
                _ => parts.splitn(3, ':').nth(2).unwrap_or_default().to_owned(),
            };
        for host in host.split(',').filter(|host| !host.is_empty()) {
            let (host, port) = crate::evaluate::split_port(host);
            machine.network(Direction::Out, &Value { text: host.to_owned(), taint: elsewhere.taint }, port, "https");
        }
    }
    if given.value(&["--unix-socket"]).is_some_and(|socket| socket.text.ends_with("docker.sock")) {
        machine.danger(Hazard::Privilege, "docker's socket gives the rights of root");
    }
    judge_headers(machine, given.values(&["-H", "--header"]).cloned().collect());
    let targets: Vec<Value> = given.operands.iter().chain(given.values(&["--url"])).cloned().collect();
    let sends = !sent.text.is_empty() || sent.taint.has(Taint::SECRET) || given.has(&["-T", "--upload-file"]);
    let direction = if sends { Direction::Out } else { Direction::In };
    let method = given.value(&["-X", "--request"]).map(|word| word.text.clone());
    let method = method.unwrap_or_else(|| if sends { "POST" } else { "GET" }.to_owned());
    for target in &targets {
        each_url(machine, target, direction);
        credential_used(machine, &given, target);
        super::requests::judge(machine, &method, target, &sent);
    }
    machine.judge_sent(&sent, "curl");
    let out = Value::hole().tainted(Taint::NETWORK);
    let folder = given.value(&["--output-dir"]).cloned();
    for file in given.values(&["-o", "--output", "--stderr"]) {
        save(machine, file, folder.as_ref(), &out);
    }
    if given.has(&["-O", "-J", "--remote-name", "--remote-name-all", "--remote-header-name"]) {
        for target in &targets {
            save(machine, &name_of(target), folder.as_ref(), &out);
        }
        return Value::default();
    }
    if given.value(&["-o", "--output"]).is_some_and(|file| !file.is("-")) || given.has(&["-I", "--head"]) {
        Value::default()
    } else {
        out
    }
}

/// `@file` means what the file holds.
fn sent_data(machine: &mut Machine<'_>, data: &Value, call: &Call) -> Value {
    let file = data.behind("@").or_else(|| {
        let (name, file) = data.text.split_once('@')?;
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        (plain && !file.contains([' ', '"']))
            .then(|| Value { text: file.to_owned(), taint: data.taint })
            .filter(|file| !file.text.contains('.') || file.text.contains('/'))
    });
    match file {
        Some(file) if file.is("-") || file.is("/dev/stdin") => call.stdin.clone(),
        Some(file) => machine.read_file(&file),
        None => data.clone(),
    }
}

/// A file of settings: addresses and data.
fn config(machine: &mut Machine<'_>, text: &Value) {
    if text.has_hole() {
        machine.unresolved("curl is told by a file what to do");
        return;
    }
    for line in text.text.lines() {
        let (name, value) = line.split_once(['=', ' ']).unwrap_or((line, ""));
        let value = value.trim().trim_matches('"');
        match name.trim().trim_start_matches('-') {
            "url" => drop(machine.url(&Value::of(value), Direction::Out)),
            "data" | "upload-file" | "T" | "d" => drop(machine.read_file(&Value::of(value.trim_start_matches('@')))),
            "output" | "o" => machine.write_file(&Value::of(value)),
            _ => {}
        }
    }
}

/// Headers carry credentials to whom they are meant for; that is a use, and policy about the host decides.
fn judge_headers(machine: &mut Machine<'_>, headers: Vec<Value>) {
    for header in headers {
        if let Some(file) = header.behind("@") {
            machine.read_file(&file);
        }
        let name = header.text.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let is_meant =
            name.contains("authorization") || name.contains("token") || name.contains("key") || name.contains("cookie");
        if header.taint.has(Taint::SECRET) && !is_meant {
            machine.danger(Hazard::Exfiltration, "a credential is sent in a header that is not for it");
        }
    }
}

fn credential_used(machine: &mut Machine<'_>, given: &Given, target: &Value) {
    let uses =
        given.values(&["-u", "--user", "-H", "--header", "--oauth2-bearer"]).any(|it| it.taint.has(Taint::SECRET));
    if uses {
        let host = target
            .text
            .split("://")
            .nth(1)
            .and_then(|rest| rest.split(['/', ':']).next())
            .and_then(|host| Host::parse(host).ok());
        machine.note(What::Credential { name: "environment".to_owned(), host });
    }
}

/// `{a,b}` and `[1-3]` in an address are lists, to curl.
fn each_url(machine: &mut Machine<'_>, target: &Value, direction: Direction) {
    machine.url(target, direction);
}

fn name_of(address: &Value) -> Value {
    let path = address.text.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().filter(|name| !name.is_empty() && !name.contains("://"));
    name.map_or_else(|| Value::of("index.html"), Value::of)
}

fn save(machine: &mut Machine<'_>, file: &Value, folder: Option<&Value>, content: &Value) {
    if file.is("-") {
        return;
    }
    let path = match folder {
        Some(folder) => {
            let mut path = folder.clone();
            path.push(&Value::of("/"));
            path.push(file);
            path
        }
        None => file.clone(),
    };
    machine.write_file(&path);
    machine.remember(&path, content, false);
}

const WGET_TAKES: [&str; 30] = [
    "-O",
    "--output-document",
    "-P",
    "--directory-prefix",
    "-o",
    "--output-file",
    "-a",
    "--append-output",
    "-i",
    "--input-file",
    "--post-file",
    "--post-data",
    "--body-file",
    "--body-data",
    "-U",
    "--user-agent",
    "--header",
    "-t",
    "--tries",
    "-T",
    "--timeout",
    "-l",
    "--level",
    "-A",
    "-R",
    "-D",
    "-e",
    "--execute",
    "--use-askpass",
    "--method",
];

fn wget(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &WGET_TAKES);
    let mut sent = Value::default();
    for file in given.values(&["--post-file", "--body-file"]) {
        sent.push(&machine.read_file(file));
    }
    given.values(&["--post-data", "--body-data"]).for_each(|data| sent.push(data));
    judge_headers(machine, given.values(&["--header"]).cloned().collect());
    if let Some(program) = given.value(&["--use-askpass"]) {
        machine.start(vec![program.clone()], &Value::default());
    }
    if given
        .value(&["-e", "--execute"])
        .is_some_and(|line| line.text.contains("use_askpass") || line.text.contains("output_document"))
    {
        machine.danger(Hazard::UnresolvedCode, "wget is told by a setting what to run or write");
    }
    given.values(&["-i", "--input-file"]).for_each(|file| drop(machine.read_file(file)));
    let direction = if sent.text.is_empty() && sent.taint == Taint::NONE { Direction::In } else { Direction::Out };
    let method = given.value(&["--method"]).map_or_else(|| "GET".to_owned(), |word| word.text.clone());
    for target in &given.operands {
        machine.url(target, direction);
        super::requests::judge(machine, &method, target, &sent);
    }
    machine.judge_sent(&sent, "wget");
    let out = Value::hole().tainted(Taint::NETWORK);
    if let Some(file) = given.value(&["-O", "--output-document"]) {
        if file.is("-") || file.is("/dev/stdout") {
            return out;
        }
        save(machine, file, None, &out);
        return Value::default();
    }
    let bundled =
        call.args().iter().any(|word| word.starts_with("-") && !word.starts_with("--") && word.text.ends_with("O-"));
    if bundled {
        return out;
    }
    let folder = given.value(&["-P", "--directory-prefix"]).cloned();
    for target in &given.operands {
        save(machine, &name_of(target), folder.as_ref(), &out);
    }
    Value::default()
}

fn httpie(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(
        call.args(),
        &["-a", "--auth", "-o", "--output", "-A", "--auth-type", "--session", "--proxy", "-b", "-v"],
    );
    let address = given.operands.iter().find(|word| !is_method(&word.text)).cloned();
    let mut sent = call.stdin.clone();
    for word in &given.operands {
        if let Some((_, file)) =
            word.text.split_once('@').filter(|(name, _)| !name.contains("://") && !name.contains('.'))
        {
            sent.push(&machine.read_file(&Value::of(file)));
        }
        if word.text.contains('=') {
            sent.push(word);
        }
    }
    // `:3000/path` is short for this machine.
    let address = address.map(|address| {
        let rest = address.text.strip_prefix(':').unwrap_or("-").trim_start_matches(|c: char| c.is_ascii_digit());
        let is_here = rest.is_empty() || rest.starts_with('/');
        if is_here { Value { text: format!("localhost{}", address.text), taint: address.taint } } else { address }
    });
    if let Some(address) = &address {
        machine.url(address, if sent.text.is_empty() { Direction::In } else { Direction::Out });
        let method = given.operand(0).filter(|word| is_method(&word.text)).map_or("GET", |word| word.text.as_str());
        super::requests::judge(machine, method, address, &sent);
    }
    machine.judge_sent(&sent, &call.name());
    given.values(&["-o", "--output"]).for_each(|file| machine.write_file(file));
    Value::hole().tainted(Taint::NETWORK)
}

fn is_method(word: &str) -> bool {
    matches!(word, "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS")
}

fn fetcher(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-o", "--out", "-d", "--dir", "-i", "-P", "-f"]);
    let addresses: Vec<Value> = given.operands.iter().filter(|word| word.text.contains("://")).cloned().collect();
    for address in &addresses {
        machine.url(address, Direction::In);
    }
    let out = Value::hole().tainted(if addresses.is_empty() { Taint::NONE } else { Taint::NETWORK });
    for file in given.values(&["-o", "--out"]) {
        save(machine, file, given.value(&["-d", "--dir"]), &out);
    }
    machine.judge_sent(&call.stdin, &call.name());
    out
}

impl Machine<'_> {
    /// Whether what is sent holds a credential.
    pub(crate) fn judge_sent(&mut self, sent: &Value, by: &str) {
        if sent.taint.has(Taint::SECRET) {
            self.danger(Hazard::Exfiltration, format!("{by} sends a credential"));
        }
    }
}
