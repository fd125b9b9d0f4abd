//! Programs that pass text on, changed: what they print is followed, for it may be run.

use super::{Given, Handler};
use crate::evaluate::{Call, Machine, Value};
use portcullis_event::Hazard;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "grep" | "egrep" | "fgrep" | "rg" | "ag" | "ack" | "zgrep" | "ripgrep" | "ugrep" => search,
        "m4" | "cpp" | "sort" | "uniq" | "cut" | "ts" | "jq" | "yq" | "gron" | "fmt" | "iconv" | "dos2unix"
        | "unix2dos" | "envsubst" | "xq" | "tomlq" | "mlr" | "xsv" => filter,
        "tr" => translate,
        "rev" => |machine, call| {
            let text = input(machine, call, &[]);
            judge_masked(machine, &text);
            let lines: Vec<String> = text.text.lines().map(|line| line.chars().rev().collect()).collect();
            Value { text: lines.join("\n"), taint: text.taint | crate::evaluate::Taint::DECODED }
        },
        "sed" | "gsed" => sed,
        "awk" | "gawk" | "mawk" | "nawk" => awk,
        "ed" | "ex" | "vi" | "vim" | "nvim" | "emacs" | "nano" | "code" | "subl" | "micro" | "vimdiff" => editor,
        _ => return None,
    })
}

/// Standard input, or the files that are named.
fn input(machine: &mut Machine<'_>, call: &Call, files: &[Value]) -> Value {
    if files.is_empty() {
        return call.stdin.clone();
    }
    let mut out = Value::default();
    for file in files {
        let text = machine.read_file(file);
        out.push(&text);
    }
    out
}

fn search(machine: &mut Machine<'_>, call: &Call) -> Value {
    let takes = [
        "-e",
        "-f",
        "-m",
        "-A",
        "-B",
        "-C",
        "-d",
        "-D",
        "--include",
        "--exclude",
        "--exclude-dir",
        "-g",
        "--glob",
        "-t",
        "--type",
        "-T",
        "-M",
        "-j",
        "--max-count",
        "--regexp",
        "--file",
        "--color",
        "--context",
        "--iglob",
        "--pre",
        "-r",
        "--replace",
        "--sort",
        "-E",
    ];
    let is_rg = matches!(call.name().as_str(), "rg" | "ripgrep" | "ag" | "ack");
    let takes: Vec<&str> = takes
        .into_iter()
        .filter(|name| is_rg || !matches!(*name, "-g" | "-t" | "-T" | "-M" | "-j" | "-r" | "-E"))
        .collect();
    let given = Given::read(call.args(), &takes);
    if let Some(program) = given.value(&["--pre"]) {
        machine.start(vec![program.clone()], &Value::hole());
    }
    given.values(&["-f", "--file"]).for_each(|file| drop(machine.read_file(file)));
    let from = usize::from(!given.has(&["-e", "--regexp", "-f", "--file", "--files"]));
    let files = given.operands_from(from);
    let recursive = given.has(&["-r", "-R", "--recursive", "--dereference-recursive"]) || is_rg;
    let mut taint = call.stdin.taint;
    for file in files {
        if recursive && !file.text.rsplit('/').next().unwrap_or_default().contains('.') {
            machine.list(file);
        }
        taint |= machine.read_file(file).taint;
    }
    if given.has(&["-l", "--files-with-matches", "-L", "--files", "--count", "-c"]) {
        return within(files.first());
    }
    // What was found is a part of what was there.
    if files.is_empty() && !recursive && call.stdin.is_known() {
        call.stdin.clone()
    } else {
        Value::hole().tainted(taint)
    }
}

/// Names of files below a folder.
pub(super) fn within(folder: Option<&Value>) -> Value {
    let mut path = folder.cloned().unwrap_or_else(|| Value::of("."));
    path.push(&Value::of("/"));
    path.push(&Value::name());
    path
}

/// Which characters `cut -c` keeps: `3-`, `2,5-7`.
fn kept(list: &str) -> Option<Vec<(usize, usize)>> {
    let range = |part: &str| {
        let (from, to) = part.split_once('-').map_or((part, part), |(from, to)| (from, to));
        let from = if from.is_empty() { 1 } else { from.parse().ok()? };
        let to = if to.is_empty() { usize::MAX } else { to.parse().ok()? };
        Some((from, to))
    };
    list.split(',').map(range).collect()
}

/// `cut -c`, `cut -b`, `cut -d X -f`: what is left of text that is known is known.
fn cut(call: &Call, given: &Given, text: &Value) -> Option<Value> {
    if call.name() != "cut" || !text.is_known() || text.text.len() > 4096 || given.has(&["--complement"]) {
        return None;
    }
    let within = |ranges: &[(usize, usize)], at: usize| ranges.iter().any(|(from, to)| (*from..=*to).contains(&at));
    let by_characters = given.value(&["-c", "-b", "--characters", "--bytes"]);
    let mark = given.value(&["-d", "--delimiter"]).and_then(|mark| mark.text.chars().next()).unwrap_or('\t');
    let ranges = kept(&by_characters.or(given.value(&["-f", "--fields"]))?.text)?;
    let line = |line: &str| {
        if by_characters.is_some() {
            return line.chars().zip(1..).filter(|(_, at)| within(&ranges, *at)).map(|(c, _)| c).collect::<String>();
        }
        if !line.contains(mark) {
            return line.to_owned();
        }
        let fields = line.split(mark).zip(1..).filter(|(_, at)| within(&ranges, *at)).map(|(field, _)| field);
        fields.collect::<Vec<_>>().join(&mark.to_string())
    };
    Some(Value { text: text.text.lines().map(line).collect::<Vec<_>>().join("\n"), taint: text.taint })
}

fn filter(machine: &mut Machine<'_>, call: &Call) -> Value {
    let takes = [
        "-d",
        "-f",
        "-k",
        "-t",
        "-o",
        "-c",
        "-w",
        "-S",
        "-T",
        "--arg",
        "--argjson",
        "--slurpfile",
        "--rawfile",
        "--indent",
        "--output",
        "-s",
        "--delimiter",
        "--fields",
        "--key",
        "--bytes",
        "--characters",
        "-b",
    ];
    // `-b` takes a value for `cut` only.
    let takes = takes.get(..takes.len() - usize::from(call.name() != "cut")).unwrap_or_default();
    let given = Given::read(call.args(), takes);
    let is_query = matches!(call.name().as_str(), "jq" | "yq" | "xq" | "tomlq" | "mlr");
    let files = given.operands_from(usize::from(is_query));
    let text = input(machine, call, files);
    if given.has(&["-i", "--inplace", "--in-place"]) && is_query {
        for file in files {
            machine.write_file(file);
        }
    }
    if let Some(out) = given.value(&["-o", "--output"]).filter(|_| call.name() == "sort") {
        machine.write_file(out);
    }
    if call.name() == "jq"
        && given.operand(0).is_some_and(|query| query.text.contains("env") && query.text.contains(['$', 'e']))
        && given.operand(0).is_some_and(|query| query.is("env") || query.text.contains("$ENV"))
    {
        return Value::hole().tainted(crate::evaluate::Taint::SECRET);
    }
    // `jq -rn '"text"'` prints the text.
    if let Some(query) = given.operand(0).filter(|query| is_query && files.is_empty() && query.is_known())
        && let Some(literal) = query.text.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'))
        && !literal.contains(['"', '\\'])
    {
        return Value::of(literal);
    }
    if let Some(out) = cut(call, &given, &text) {
        return out;
    }
    Value::hole().tainted(text.taint)
}

/// `tr`: what it makes of text that is known is known.
fn translate(_: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &[]);
    let sets: Vec<Vec<char>> = given.operands.iter().map(|set| set_of(&set.printed().text)).collect();
    let decoded = crate::evaluate::Taint::DECODED;
    let Some(from) = sets.first().filter(|_| call.stdin.is_known()) else {
        return Value::hole().tainted(call.stdin.taint);
    };
    if given.has(&["-d"]) {
        let text: String = call.stdin.text.chars().filter(|c| !from.contains(c)).collect();
        return Value { text, taint: call.stdin.taint };
    }
    let Some(to) = sets.get(1) else { return call.stdin.clone() };
    let text: String = call
        .stdin
        .text
        .chars()
        .map(|c| match from.iter().position(|it| *it == c) {
            Some(at) => to.get(at).or(to.last()).copied().unwrap_or(c),
            None => c,
        })
        .collect();
    let changed = text != call.stdin.text;
    let out = Value { text, taint: call.stdin.taint };
    if changed { out.tainted(decoded) } else { out }
}

fn set_of(text: &str) -> Vec<char> {
    let text = text
        .replace("[:upper:]", "A-Z")
        .replace("[:lower:]", "a-z")
        .replace("[:space:]", " \t\n")
        .replace("[:digit:]", "0-9");
    let chars: Vec<char> = crate::shell::unescape(&text).chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        match (chars.get(at + 1), chars.get(at + 2)) {
            (Some('-'), Some(&end)) if end >= c && u32::from(end) - u32::from(c) < 256 => {
                out.extend(c..=end);
                at += 3;
            }
            _ => {
                out.push(c);
                at += 1;
            }
        }
    }
    out
}

fn sed(machine: &mut Machine<'_>, call: &Call) -> Value {
    let takes = ["-e", "--expression", "-f", "--file", "-l", "-s"];
    let mut words = call.args().to_vec();
    // `-i` takes a value only when it is written together; on a Mac an empty word may follow.
    let in_place = words.iter().any(|word| {
        word.starts_with("-i")
            || word.starts_with("--in-place")
            || (word.starts_with("-") && !word.starts_with("--") && word.text.contains('i') && word.text.len() <= 4)
    });
    // `sed -i '' …` on a Mac: the word behind `-i` is its value.
    if let Some(at) = words.iter().position(|word| word.is("-i")).map(|at| at + 1)
        && words.get(at).is_some_and(|word| word.text.is_empty())
    {
        words.remove(at);
    }
    let given = Given::read(&words, &takes);
    let mut scripts: Vec<Value> = given.values(&["-e", "--expression"]).cloned().collect();
    for file in given.values(&["-f", "--file"]) {
        let script = machine.read_file(file);
        sed_script(machine, &script.text);
    }
    let has_script = !scripts.is_empty() || given.has(&["-f", "--file"]);
    let from = usize::from(!has_script);
    if !has_script {
        scripts.extend(given.operand(0).cloned());
    }
    for script in &scripts {
        sed_script(machine, &script.text);
    }
    let files = given.operands_from(from);
    let text = input(machine, call, files);
    if files.is_empty() && scripts.iter().any(|script| script.text.contains(['&']) || script.text.contains("\\1")) {
        judge_masked(machine, &text);
    }
    if in_place {
        for file in files {
            machine.write_file(file);
            machine.change(file);
        }
    }
    if files.is_empty()
        && text.is_known()
        && text.text.len() < 4096
        && let Some(out) = scripts.first().and_then(|script| substituted(&script.text, &text.text))
    {
        return Value { text: out, taint: text.taint };
    }
    Value::hole().tainted(text.taint)
}

/// Whoever masks credentials in what is printed looks for them as they are.
fn judge_masked(machine: &mut Machine<'_>, text: &Value) {
    if text.taint.has(crate::evaluate::Taint::SECRET) {
        machine.danger(Hazard::CredentialAccess, "a credential is written so that nobody recognises it");
    }
}

/// `s/a/b/` and `s/a/b/g` without patterns.
fn substituted(script: &str, text: &str) -> Option<String> {
    let rest = script.strip_prefix('s')?;
    let mark = rest.chars().next()?;
    let mut parts = rest.get(mark.len_utf8()..)?.split(mark);
    let (from, to, flags) = (parts.next()?, parts.next()?, parts.next()?);
    let plain = |text: &str| !text.contains(['\\', '.', '*', '[', '^', '$', '&']);
    if from.is_empty() || !plain(from) || !plain(to) || parts.next().is_some() {
        return None;
    }
    Some(if flags == "g" { text.replace(from, to) } else { text.replacen(from, to, 1) })
}

/// Commands of sed that run programs or write files.
fn sed_script(machine: &mut Machine<'_>, script: &str) {
    for line in script.split(['\n', ';']) {
        let command = behind_address(line);
        if let Some(code) = command.strip_prefix('e') {
            if code.trim().is_empty() {
                machine.danger(Hazard::UnresolvedCode, "sed runs the lines that it reads");
            } else {
                super::shells::run_with(machine, &Value::of(code), &[], &Value::default());
            }
        } else if let Some(file) = command.strip_prefix(['w', 'W']) {
            let file = Value::of(file.trim());
            machine.write_file(&file);
            machine.remember(&file, &Value::hole(), false);
        } else if let Some(file) = command.strip_prefix("r ") {
            machine.read_file(&Value::of(file.trim()));
        } else if let Some(rest) = command.strip_prefix('s') {
            let Some(mark) = rest.chars().next().filter(|c| !c.is_alphanumeric()) else { continue };
            let rest = rest.replace("\\/", "\u{1}");
            let parts: Vec<&str> = rest.split(mark).collect();
            let flags = parts.last().copied().unwrap_or_default();
            if let Some((_, file)) = flags.split_once("w ") {
                machine.write_file(&Value::of(file.trim()));
            } else if parts.len() >= 4 && flags.contains('e') {
                let code = parts.get(parts.len() - 2).copied().unwrap_or_default();
                machine.danger(Hazard::UnresolvedCode, "sed runs what it has replaced");
                super::shells::run_with(machine, &Value::of(code.replace('\u{1}', "/")), &[], &Value::default());
            }
        }
    }
}

/// A command of sed without the lines that it is meant for: numbers, `$`, `/pattern/`.
fn behind_address(line: &str) -> &str {
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches(|c: char| {
            c.is_ascii_digit() || c.is_whitespace() || matches!(c, '$' | ',' | '!' | '{' | '}' | '~' | '+' | 'I' | 'M')
        });
        let (mark, from) = match rest.strip_prefix('\\') {
            Some(behind) => match behind.chars().next() {
                Some(mark) => (mark, 1 + mark.len_utf8()),
                None => return rest,
            },
            None if rest.starts_with('/') => ('/', 1),
            None => return rest,
        };
        let mut escaped = false;
        let end = rest.char_indices().find(|(at, c)| {
            let is_end = *at >= from && *c == mark && !escaped;
            escaped = *c == '\\' && !escaped && *at >= from;
            is_end
        });
        match end {
            Some((at, c)) => rest = rest.get(at + c.len_utf8()..).unwrap_or_default(),
            None => return rest,
        }
    }
}

fn awk(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read_front(
        call.args(),
        &["-F", "-v", "-f", "--file", "-e", "--source", "-i", "--assign", "--field-separator"],
    );
    for file in given.values(&["-f", "--file", "-i"]) {
        let program = machine.read_file(file);
        crate::code::awk(machine, &program.text);
    }
    let from = usize::from(!given.has(&["-f", "--file"]));
    let programs: Vec<Value> =
        given.values(&["-e", "--source"]).chain(given.operand(0).filter(|_| from == 1)).cloned().collect();
    for program in &programs {
        crate::code::awk(machine, &program.text);
    }
    let text = input(machine, call, given.operands_from(from));
    let prints = programs.iter().find_map(|program| crate::code::awk_prints(&program.text));
    match prints {
        Some(text) => Value::of(text),
        None => Value::hole().tainted(text.taint),
    }
}

fn editor(machine: &mut Machine<'_>, call: &Call) -> Value {
    let takes = [
        "-c",
        "--cmd",
        "-S",
        "-u",
        "-W",
        "-w",
        "-i",
        "--eval",
        "-l",
        "--load",
        "--execute",
        "-f",
        "--funcall",
        "--user-data-dir",
    ];
    let given = Given::read(call.args(), &takes);
    let plus = call.args().iter().filter_map(|word| word.behind("+"));
    let commands: Vec<Value> = given.values(&["-c", "--cmd"]).cloned().chain(plus).collect();
    for command in commands {
        editor_command(machine, &command.text);
    }
    for code in given.values(&["--eval", "--execute"]) {
        super::run_code_of(machine, "emacs", code);
    }
    if matches!(call.name().as_str(), "ed" | "ex") || given.has(&["-s"]) {
        call.stdin.text.lines().for_each(|line| editor_command(machine, line));
    }
    let batch = !given.names().all(|name| name.starts_with("--wait")) || matches!(call.name().as_str(), "ed" | "ex");
    for file in given.operands.iter().filter(|file| !file.starts_with("+")) {
        machine.read_file(file);
        if batch && !matches!(call.name().as_str(), "code" | "subl") {
            machine.write_file(file);
        }
    }
    Value::default()
}

/// A command line of vi and its kin.
fn editor_command(machine: &mut Machine<'_>, text: &str) {
    for command in text.split('|') {
        let command = command.trim().trim_start_matches([':', '%']).trim_start();
        if let Some(code) = command
            .strip_prefix('!')
            .or_else(|| command.strip_prefix("r !"))
            .or_else(|| command.strip_prefix("terminal "))
        {
            super::shells::run_with(machine, &Value::of(code), &[], &Value::default());
        } else if let Some(file) = command
            .strip_prefix("w ")
            .or_else(|| command.strip_prefix("w! "))
            .or_else(|| command.strip_prefix("saveas "))
        {
            machine.write_file(&Value::of(file.trim()));
        } else if let Some(file) = command.strip_prefix("r ").or_else(|| command.strip_prefix("e ")) {
            machine.read_file(&Value::of(file.trim()));
        } else if ["py ", "python ", "py3 ", "python3 "].iter().any(|prefix| command.starts_with(prefix)) {
            let code = command.split_once(' ').map(|(_, code)| code).unwrap_or_default();
            super::run_code_of(machine, "python", &Value::of(code));
        } else if command.contains("system(") || command.starts_with("lua ") {
            super::run_code_of(machine, "lua", &Value::of(command));
        }
    }
}
