//! Calls that reach out of a program, in the languages that are run from command lines.

use super::arguments::{MOST_TOKENS, arguments};
use super::lexer::{Token, tokens};
use crate::effect::Direction;
use crate::evaluate::{Machine, Taint, Value};
use crate::programs;
use portcullis_event::Hazard;

/// What a call does with its first arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// A shell runs the text.
    Shell,
    /// A program is started with these words.
    Start,
    /// The text is run as code of the same language.
    Evaluate,
    Read,
    /// `open(path, mode)`.
    Open,
    Write,
    Delete,
    DeleteTree,
    Rename,
    Mode,
    /// A URL is fetched.
    Fetch,
    /// A host is connected to.
    Connect,
    /// Code is run from a file, or from the network.
    Source,
    /// Something is decoded.
    Decode,
    /// All variables of the environment.
    Environment,
    /// Files of a folder.
    List,
    Folder,
}

/// The deed behind a name; names are compared by their last parts.
pub(super) fn deed(name: &str, language: &str) -> Option<Deed> {
    let last = name.rsplit(['.', ':']).next().unwrap_or(name);
    let in_module = |module: &str| name.starts_with(module) && name.len() > module.len();
    let is_python = language == "python";
    let is_script = matches!(language, "ruby" | "perl" | "php" | "lua" | "luajit");
    if matches!(language, "Rscript" | "R") {
        return deed_of_r(name);
    }
    if super::compiled::is_one(language) {
        return super::compiled::deed(name, language);
    }
    if language == "julia"
        && let Some(deed) = super::compiled::deed(name, language)
    {
        return Some(deed);
    }
    Some(match last {
        "cmd" if name == "System.cmd" => Deed::Start,
        "cmd" if name == "os:cmd" || name.ends_with("os.cmd") => Deed::Shell,
        "shell" if name == "System.shell" => Deed::Shell,
        "system" | "popen" | "getoutput" | "getstatusoutput" | "shell_exec" | "passthru" | "popen2" | "popen3"
        | "syswrite_shell" => Deed::Shell,
        "execSync" | "exec" if language == "javascript" => Deed::Shell,
        "exec" if is_python && !name.contains('.') => Deed::Evaluate,
        "exec" | "execute" if is_script || in_module("os") => Deed::Shell,
        "spawn" | "spawnSync" | "execFile" | "execFileSync" | "fork" if language == "javascript" => Deed::Start,
        "spawn" if language == "ruby" || is_python => Deed::Start,
        "run" | "call" | "check_call" | "check_output" | "Popen"
            if is_python && (name.contains("subprocess") || !name.contains('.') || name.starts_with("sp.")) =>
        {
            Deed::Start
        }
        "execv" | "execve" | "execvp" | "execlp" | "execl" | "spawnlp" | "spawnl" | "spawnv" | "proc_open"
        | "pcntl_exec" => Deed::Start,
        "eval" | "Function" | "compile" | "runInNewContext" | "runInThisContext" | "instance_eval" | "class_eval"
        | "loadstring" | "assert"
            if last != "compile" && last != "assert" =>
        {
            Deed::Evaluate
        }
        "open" if name.starts_with("webbrowser") => Deed::Fetch,
        "open" | "io.open" | "fopen" if name != "os.open" => Deed::Open,
        "readFileSync" | "readFile" | "createReadStream" | "file_get_contents" | "read_text" | "read_bytes"
        | "readfile" | "slurp" | "readlines" | "binread" | "Path" | "readTextFile" => Deed::Read,
        "read" if in_module("File") || in_module("IO") => Deed::Read,
        "writeFileSync" | "writeFile" | "appendFileSync" | "appendFile" | "createWriteStream" | "file_put_contents"
        | "write_text" | "write_bytes" | "writeTextFile" => Deed::Write,
        "write" if in_module("File") || in_module("IO") => Deed::Write,
        "unlink" | "unlinkSync" | "remove" | "rmdir" | "rmdirSync" | "delete" if name.contains('.') || is_script => {
            Deed::Delete
        }
        "rmtree" | "rm_rf" | "rm_r" | "remove_tree" | "rmSync" | "removeSync" | "emptyDirSync" | "rimraf"
        | "remove_dir_all" | "removedirs" => Deed::DeleteTree,
        "rm" if name.contains("fs") || name.contains("FileUtils") => Deed::DeleteTree,
        "rename" | "renameSync" | "move" | "copy" | "copyfile" | "copyFileSync" | "cpSync" | "copytree" | "mv"
        | "cp"
            if name.contains('.') =>
        {
            Deed::Rename
        }
        "chmod" | "chmodSync" | "chown" => Deed::Mode,
        "urlopen" | "urlretrieve" | "fetch" | "file_get_url" | "getstore" | "curl_init" | "get_response" | "axios"
        | "got" => Deed::Fetch,
        "open" if name.starts_with("URI") => Deed::Fetch,
        "get" | "post" | "put" | "request" | "patch"
            if ["requests", "httpx", "http", "https", "axios", "LWP", "Net::HTTP", "urllib3", "session", "aiohttp"]
                .iter()
                .any(|module| name.starts_with(module)) =>
        {
            Deed::Fetch
        }
        // A file, and no host.
        "connect" if ["sqlite3.", "duckdb.", "aiosqlite."].iter().any(|module| name.starts_with(module)) => Deed::Read,
        "create_connection" | "connect" | "createConnection" | "fsockopen" | "HTTPSConnection" | "HTTPConnection" => {
            Deed::Connect
        }
        "new" if name.starts_with("TCPSocket") || name.contains("INET") => Deed::Connect,
        "b64decode" | "a85decode" | "b32decode" | "unhexlify" | "fromhex" | "base64_decode" | "decode64"
        | "strict_decode64" | "atob" | "decode_base64" | "decompress" | "loads" | "fromCharCode" | "str_rot13"
        | "gzinflate"
            if last != "loads" || name.contains("marshal") || name.contains("pickle") =>
        {
            Deed::Decode
        }
        "listdir" | "readdirSync" | "readdir" | "scandir" | "glob" | "walk" => Deed::List,
        "chdir" => Deed::Folder,
        "environ" if is_python => Deed::Environment,
        "env" if name == "process.env" => Deed::Environment,
        "to_h" | "to_a" | "to_hash" | "inspect" if name.starts_with("ENV.") => Deed::Environment,
        "toObject" if name == "Deno.env.toObject" => Deed::Environment,
        "$_ENV" | "%ENV" => Deed::Environment,
        _ => return None,
    })
}

/// R has dots within its names.
fn deed_of_r(name: &str) -> Option<Deed> {
    Some(match name.trim_start_matches("base::").trim_start_matches("utils::") {
        "system" | "system2" | "shell" | "shell.exec" | "pipe" => Deed::Shell,
        "unlink" | "fs::dir_delete" => Deed::DeleteTree,
        "file.remove" | "fs::file_delete" => Deed::Delete,
        "readLines" | "readRDS" | "read.table" | "read.csv" | "scan" | "readChar" | "readBin" => Deed::Read,
        "download.file" | "httr::GET" | "httr::POST" | "url" => Deed::Fetch,
        "source" | "source_url" | "devtools::source_url" | "parse" => Deed::Source,
        "eval" => Deed::Evaluate,
        "list.files" => Deed::List,
        "setwd" => Deed::Folder,
        _ => return None,
    })
}

/// Tcl's way: the rest of a line is a command.
fn lines_of_commands(machine: &mut Machine<'_>, code: &str) {
    for line in code.split(['\n', ';', '[']) {
        let line = line.trim();
        if let Some(command) =
            line.strip_prefix("exec ").or_else(|| line.strip_prefix("spawn ")).or_else(|| line.strip_prefix("system "))
        {
            programs::run_shell(machine, &Value::of(command.trim_end_matches(']')));
        }
    }
}

pub(super) fn look(machine: &mut Machine<'_>, language: &str, code: &str) {
    let language = match language {
        "node" | "nodejs" | "bun" | "deno" => "javascript",
        name if name.starts_with("python") || name.starts_with("pypy") || name == "ipython" => "python",
        other => other,
    };
    if matches!(language, "tclsh" | "expect") {
        lines_of_commands(machine, code);
    }
    let tokens = other_forms(machine, language, tokens(code, language));
    let mut seen = Seen::default();
    // With names for what they stand for; where that is not sure, what is not known without them is told as well.
    let settled = super::settled::settled(&tokens);
    if !settled.as_ref().is_some_and(|settled| settled.is_sure) {
        walk(machine, language, &tokens, &mut seen);
    }
    if let Some(settled) = settled {
        walk(machine, language, &settled.tokens, &mut seen);
    }
    let Seen { mut decodes, mut downloads, evaluates, secret, runs_unknown } = seen;
    downloads |= FETCHES.iter().any(|word| code.contains(word));
    decodes |= DECODES.iter().any(|word| code.contains(word));
    if evaluates && downloads {
        machine.danger(Hazard::DownloadedCode, format!("{language} runs what it downloads"));
    }
    if (evaluates || runs_unknown) && decodes {
        machine.danger(Hazard::DecodedCode, format!("{language} runs what it decodes"));
    }
    if secret && downloads {
        machine.danger(Hazard::Exfiltration, format!("{language} reads a credential and talks to the network"));
    }
    let has = |words: &[&str]| words.iter().any(|word| code.contains(word));
    // A socket that is joined to nobody says nothing.
    let joined = !code.contains("socket.socket")
        || has(&[
            ".connect",
            ".accept",
            ".bind(",
            ".recv",
            ".makefile",
            "sock_",
            "\"connect",
            "'connect",
            "create_connection",
            "fileno(",
        ]);
    let answers = runs_unknown
        && joined
        && has(&[
            "socket.socket",
            "create_connection",
            "net.connect",
            "createConnection",
            "net.Socket",
            "TCPSocket",
            "fsockopen",
            "IO::Socket",
        ])
        && has(&["recv", "accept", ".read", ".gets", "fgets", "on('data'", "on(\"data\"", "makefile", "<$"]);
    if answers && machine.in_script == 0 {
        machine.danger(Hazard::RemoteShell, format!("{language} runs what it may have been told over a socket"));
    }
    remote_shell(machine, language, code);
    if machine.in_script == 0 {
        super::fetched::judge(machine, language, code, &tokens);
        super::sweeping::sweeping(machine, language, code);
    }
}

/// What a text does, all in all.
#[derive(Debug, Default)]
struct Seen {
    decodes: bool,
    downloads: bool,
    evaluates: bool,
    secret: bool,
    runs_unknown: bool,
}

/// Goes through the calls of a text.
fn walk(machine: &mut Machine<'_>, language: &str, tokens: &[Token], seen: &mut Seen) {
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Backquoted(text) => {
                programs::run_shell(machine, &Value::of(text.clone()));
            }
            Token::Name(name) => {
                let is_method = at > 0 && matches!(tokens.get(at - 1), Some(Token::Sign('.')));
                if super::sweeping::takes_statement(name, is_method)
                    && !matches!(deed(name, language), Some(Deed::Shell | Deed::Start))
                    && arguments(tokens, at + 1, language).is_some_and(|it| super::sweeping::removes_rows(&it))
                {
                    machine.danger(Hazard::Infrastructure, format!("`{name}` removes tables or what they hold"));
                }
                if super::owner::changes_its_owner(name, language) && !names_file(tokens, at, language) {
                    let owner = super::owner::owner_of(tokens, at, name);
                    if owner.is_none() && super::owner::stays_here(tokens) {
                        continue;
                    }
                    let mut path = owner.unwrap_or_else(Value::hole);
                    if let Some(rest) = path.text.strip_prefix('~') {
                        path.text = format!("{}{rest}", machine.world.home());
                    }
                    match name.rsplit('.').next() {
                        Some("unlink" | "rmdir") => machine.delete(&path, false),
                        _ => machine.write_file(&path),
                    }
                    continue;
                }
                let Some(deed) = deed(name, language) else { continue };
                seen.evaluates |= deed == Deed::Evaluate;
                let whole = deed == Deed::Environment && !matches!(tokens.get(at + 1), Some(Token::Sign('[' | '.')));
                seen.secret |= whole;
                let arguments = arguments(tokens, at + 1, language);
                if arguments.is_none() && !matches!(deed, Deed::Environment) {
                    continue;
                }
                let mut arguments = arguments.unwrap_or_default();
                if language == "rust" && deed == Deed::Start {
                    arguments.extend(chained(tokens, at));
                }
                let is_run = matches!(deed, Deed::Shell | Deed::Start);
                seen.runs_unknown |=
                    is_run && arguments.first().is_none_or(|first| first.has_hole() || first.text.is_empty());
                seen.decodes |= deed == Deed::Decode;
                seen.downloads |= deed == Deed::Fetch;
                seen.evaluates |= deed == Deed::Evaluate;
                let before = machine.secrets_read;
                carry_out(machine, deed, name, &arguments, language);
                seen.secret |= machine.secrets_read > before;
            }
            Token::Text(text, true) if text.starts_with("http://") || text.starts_with("https://") => {
                if seen.downloads
                    || tokens
                        .iter()
                        .take(at)
                        .any(|it| matches!(it, Token::Name(name) if deed(name, language) == Some(Deed::Fetch)))
                {
                    machine.url(&Value::of(text.clone()), Direction::In);
                }
            }
            Token::Text(..) | Token::Sign(_) => {}
        }
    }
}

/// `Command::new("sh").arg("-c").args(["…"])`: words that stand behind.
fn chained(tokens: &[Token], at: usize) -> Vec<Value> {
    let rest = tokens.iter().skip(at + 1).take_while(|token| **token != Token::Sign(';')).take(MOST_TOKENS);
    let texts = rest.filter_map(|token| match token {
        Token::Text(text, true) => Some(Value::of(text.clone())),
        Token::Text(..) | Token::Name(_) | Token::Backquoted(_) | Token::Sign(_) => None,
    });
    texts.skip(1).collect()
}

/// Whether a call that could remove what it is called on names a file of its own: `os.unlink(path)`.
fn names_file(tokens: &[Token], at: usize, language: &str) -> bool {
    let removes =
        matches!(tokens.get(at), Some(Token::Name(name)) if name.ends_with("unlink") || name.ends_with("rmdir"));
    removes
        && arguments(tokens, at + 1, language).is_some_and(|it| it.first().is_some_and(|first| !first.text.is_empty()))
}

/// What tells of the network wherever it stands.
const FETCHES: [&str; 14] = [
    "urlopen",
    "requests.",
    "httpx.",
    "http.client",
    "http.get",
    "https.get",
    "Net::HTTP",
    "LWP::",
    "open-uri",
    "fetch(",
    "axios",
    "file_get_contents(\"http",
    "URI.open",
    "get(\"http",
];

/// What tells of a decoder wherever it stands.
const DECODES: [&str; 23] = [
    "base64",
    "Base64",
    "b64decode",
    "fromhex",
    "unhexlify",
    "decompress",
    "atob(",
    "rot13",
    "pack(",
    "unpack",
    "chr(",
    "fromCharCode",
    "codecs.decode",
    "gzinflate",
    "str_rot13",
    "decode_hex",
    "String.fromCharCode",
    "hex2bin",
    "[::-1]",
    ".swapcase",
    ".translate(",
    ".reverse",
    "strrev(",
];

/// Forms of languages that are no calls: imports under other names, scripts that speak to programs.
fn other_forms(machine: &mut Machine<'_>, language: &str, mut tokens: Vec<Token>) -> Vec<Token> {
    let mut other_names = std::collections::HashMap::new();
    for window in tokens.windows(4) {
        match window {
            [Token::Name(import), Token::Name(module), Token::Name(word), Token::Name(alias)]
                if import == "import" && word == "as" =>
            {
                other_names.insert(alias.clone(), module.clone());
            }
            [Token::Name(tell), Token::Name(word), Token::Text(code, true), ..]
                if language == "osascript" && (tell == "shell" || tell == "do") && word == "script" =>
            {
                programs::run_shell(machine, &Value::of(code.clone()));
            }
            _ => {}
        }
    }
    if language == "osascript" {
        for window in tokens.windows(2) {
            if let [Token::Name(word), Token::Text(code, true)] = window
                && word == "script"
            {
                programs::run_shell(machine, &Value::of(code.clone()));
            }
        }
    }
    if language == "groovy" {
        for window in tokens.windows(3) {
            if let [Token::Text(code, true), Token::Sign('.'), Token::Name(call)] = window
                && call == "execute"
            {
                programs::run_shell(machine, &Value::of(code.clone()));
            }
        }
    }
    // `"…".!`
    if language == "scala" {
        for window in tokens.windows(3) {
            if let [Token::Text(code, true), Token::Sign('.'), Token::Sign('!')] = window {
                programs::run_shell(machine, &Value::of(code.clone()));
            }
        }
    }
    if language == "emacs" {
        for window in tokens.windows(4) {
            if let [Token::Name(deed), Token::Sign('-'), Token::Name(what), Token::Text(path, true)] = window {
                let home = machine.world.home();
                let path = path.strip_prefix('~').map_or_else(|| path.clone(), |rest| format!("{home}{rest}"));
                match (deed.as_str(), what.as_str()) {
                    ("delete", "directory" | "file") => machine.delete(&Value::of(path), what == "directory"),
                    ("load", "file") => drop(machine.read_file(&Value::of(path))),
                    _ => {}
                }
            }
        }
        for window in tokens.windows(2) {
            if let [Token::Name(word), Token::Text(code, true)] = window
                && matches!(word.as_str(), "command" | "process" | "file" | "async" | "string")
            {
                programs::run_shell(machine, &Value::of(code.clone()));
            }
        }
    }
    for token in &mut tokens {
        if let Token::Name(name) = token {
            let (first, rest) = name.split_once('.').map_or((name.as_str(), ""), |(first, rest)| (first, rest));
            if let Some(module) = other_names.get(first) {
                *name = if rest.is_empty() { module.clone() } else { format!("{module}.{rest}") };
            }
        }
    }
    tokens
}

/// A socket whose ends become those of a shell.
fn remote_shell(machine: &mut Machine<'_>, language: &str, code: &str) {
    let has = |words: &[&str]| words.iter().any(|word| code.contains(word));
    let connects = has(&[
        "require(\"net\")",
        "require('net')",
        "socket",
        "Socket",
        "TCPSocket",
        "fsockopen",
        "net.connect",
        "INET",
        "createConnection",
    ]);
    let hands_over = has(&[
        "dup2",
        "/bin/sh",
        "/bin/bash",
        "pty.spawn",
        "cmd.exe",
        "STDIN,\">&",
        "STDIN, \">&",
        "exec(\"sh",
        "spawn('sh'",
        "spawn(\"sh\"",
        "exec \"sh",
        "sh -i",
        "<&3",
    ]) || (machine.in_script == 0 && names_shell(code));
    if connects && hands_over {
        machine.danger(Hazard::RemoteShell, format!("{language} connects a shell to a socket"));
    }
}

/// Whether a shell is named by a string of its own, as whoever starts one writes it.
fn names_shell(code: &str) -> bool {
    let shells = ["sh", "bash", "zsh", "dash", "ksh", "cmd", "powershell", "pwsh", "/usr/bin/bash", "/usr/bin/sh"];
    let starts = ["spawn", "exec", "popen", "proc_open", "Popen", "system", "subprocess", "ProcessBuilder", "Command"];
    let quoted = |shell: &&str| ['"', '\''].iter().any(|quote| code.contains(&format!("{quote}{shell}{quote}")));
    shells.iter().any(quoted) && starts.iter().any(|word| code.contains(word))
}

fn carry_out(machine: &mut Machine<'_>, deed: Deed, name: &str, arguments: &[Value], language: &str) {
    let Some(first) = arguments.first() else { return };
    let mut first = first.clone();
    if first.text == "~" || first.text.starts_with("~/") {
        first.text = first.text.replacen('~', machine.world.home().as_str(), 1);
    }
    let is_hole = first.has_hole() && !first.text.contains('/') && first.text.chars().count() == 1;
    match deed {
        Deed::Shell | Deed::Start if is_hole || first.text.is_empty() => {
            if machine.in_script == 0 {
                machine.danger(Hazard::UnresolvedCode, format!("`{name}` runs a command that is not known"));
            }
        }
        Deed::Shell => drop(programs::run_shell(machine, &first)),
        Deed::Start => start(machine, arguments, &first),
        Deed::Evaluate => {
            if first.has_hole() || first.text.is_empty() {
                if machine.in_script == 0 {
                    machine.danger(Hazard::UnresolvedCode, format!("`{name}` runs code that is not known"));
                }
            } else {
                super::look(machine, language, &first.text);
            }
        }
        Deed::Source if first.text.contains("://") => {
            machine.url(&first, Direction::In);
            machine.danger(Hazard::DownloadedCode, format!("`{name}` runs code from the network"));
        }
        Deed::Open => open(machine, &first, arguments),
        Deed::Source | Deed::Read => read(machine, &first),
        Deed::Write if !is_hole => machine.write_file(&first),
        Deed::Delete if !is_hole && !first.text.is_empty() => machine.delete(&first, false),
        Deed::DeleteTree => machine.delete(&first, true),
        Deed::Rename => {
            if !is_hole {
                read(machine, &first);
            }
            arguments.get(1).filter(|to| !to.has_hole()).into_iter().for_each(|to| machine.write_file(to));
        }
        Deed::Mode if !is_hole => machine.change_mode(&first),
        Deed::Fetch if !is_hole && first.text.contains('.') => drop(machine.url(&first, Direction::Out)),
        Deed::Fetch => {
            let address = arguments.iter().find(|it| it.text.contains("://")).cloned();
            match address {
                Some(address) => drop(machine.url(&address, Direction::Out)),
                None if machine.in_script == 0 => {
                    machine.unresolved(format!("`{name}` talks to a host that is not known"));
                }
                None => {}
            }
        }
        Deed::Connect if !is_hole && first.text.contains('.') => machine.network(Direction::Out, &first, None, "tcp"),
        Deed::List if !is_hole => machine.list(&first),
        Deed::Folder => machine.stand_in(&first),
        Deed::Environment => machine.secrets_read += 1,
        Deed::Connect | Deed::Decode | Deed::List | Deed::Write | Deed::Delete | Deed::Mode => {}
    }
}

fn read(machine: &mut Machine<'_>, path: &Value) {
    if path.text.contains("://") {
        machine.url(path, Direction::In);
        return;
    }
    if path.has_hole() && !path.text.contains('/') {
        return;
    }
    let out = machine.read_file(path);
    if out.taint.has(Taint::SECRET) {
        machine.secrets_read += 1;
    }
}

fn open(machine: &mut Machine<'_>, path: &Value, arguments: &[Value]) {
    let mode = arguments.get(1).map(|mode| mode.text.as_str()).unwrap_or_default();
    // Perl: `open(F, ">path")`, and `open(F, "cmd |")` runs a program.
    let named = arguments.iter().skip(1).find(|it| it.text.starts_with(['>', '<', '|']) || it.text.ends_with('|'));
    if let Some(named) = named {
        let text = named.text.trim();
        if let Some(code) = text.strip_prefix('|').or_else(|| text.strip_suffix('|')) {
            programs::run_shell(machine, &Value::of(code));
        } else if let Some(file) = text.strip_prefix(">>").or_else(|| text.strip_prefix('>')) {
            let file = if file.trim().is_empty() {
                arguments.get(2).cloned().unwrap_or_default()
            } else {
                Value::of(file.trim())
            };
            machine.write_file(&file);
        } else {
            let file = text.trim_start_matches('<').trim();
            let file = if file.is_empty() { arguments.get(2).cloned().unwrap_or_default() } else { Value::of(file) };
            read(machine, &file);
        }
        return;
    }
    if let Some(code) = path.text.strip_prefix('|') {
        programs::run_shell(machine, &Value::of(code));
        return;
    }
    if path.has_hole() && !path.text.contains('/') {
        return;
    }
    if mode.starts_with(['w', 'a', 'x']) || mode.contains('+') { machine.write_file(path) } else { read(machine, path) }
}

fn start(machine: &mut Machine<'_>, arguments: &[Value], first: &Value) {
    if arguments.iter().any(|it| it.text == "shell" || it.text.starts_with("shell="))
        || (arguments.len() < 3 && first.text.contains(' '))
    {
        programs::run_shell(machine, first);
        return;
    }
    let argv: Vec<Value> = arguments.iter().take_while(|it| !it.text.is_empty()).cloned().collect();
    machine.start(argv, &Value::default());
}
