//! `find` and `fd`: what they find may be removed, or handed to a program.

use super::{Given, Handler};
use crate::evaluate::{Call, Machine, Value, markers};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "find" | "gfind" => find,
        "fd" | "fdfind" => fd,
        "locate" | "mlocate" | "plocate" => |_, _| Value::hole(),
        _ => return None,
    })
}

fn find(machine: &mut Machine<'_>, call: &Call) -> Value {
    let args = call.args();
    let options = args.iter().take_while(|word| matches!(word.text.as_str(), "-H" | "-L" | "-P")).count();
    let args = args.get(options..).unwrap_or_default();
    let roots_end = args.iter().position(|word| word.text.starts_with(['-', '(', '!'])).unwrap_or(args.len());
    let mut roots = args.get(..roots_end).unwrap_or_default().to_vec();
    if roots.is_empty() {
        roots.push(Value::of("."));
    }
    for root in &roots {
        machine.list(root);
    }
    let all = found_names(&roots, &names_asked(args));
    let mut rest = args.iter().enumerate();
    while let Some((at, word)) = rest.next() {
        match word.text.as_str() {
            "-delete" => {
                let (found, narrowed) = chosen(&roots, args, at);
                for (root, found) in &found {
                    machine.delete(if narrowed { found } else { root }, true);
                }
            }
            "-exec" | "-execdir" | "-ok" | "-okdir" => {
                let behind = args.get(at + 1..).unwrap_or_default();
                // `+` ends it only behind `{}`.
                let ends = |at: &usize| match behind.get(*at).map(|word| word.text.as_str()) {
                    Some("+") => at.checked_sub(1).and_then(|at| behind.get(at)).is_some_and(|word| word.is("{}")),
                    Some(word) => word == ";",
                    None => false,
                };
                let end = (0..behind.len()).find(ends).unwrap_or(behind.len());
                let command: Vec<Value> = behind.get(..end).unwrap_or_default().to_vec();
                let (found, narrowed) = chosen(&roots, args, at);
                for (root, found) in &found {
                    let stands_for = if narrowed { found } else { root };
                    let words = command.iter().map(|word| super::wrappers::filled(word, "{}", stands_for)).collect();
                    machine.start(words, &Value::default());
                }
            }
            "-fprint" | "-fprint0" | "-fls" | "-fprintf" => {
                if let Some((_, file)) = rest.next() {
                    machine.write_file(file);
                    machine.remember(file, &Value::hole(), false);
                }
            }
            _ => {}
        }
    }
    Value::join(all.iter().map(|(_, found)| found), "\n")
}

/// What is found for a deed at this place, below which root, and whether anything is asked of it. What is asked behind a
/// deed comes too late for it, and what is asked before `-o` is about something else.
fn chosen(roots: &[Value], args: &[Value], at: usize) -> (Vec<(Value, Value)>, bool) {
    let before = args.get(..at).unwrap_or_default();
    let mut open = 0_usize;
    let mut from = 0;
    for (place, word) in before.iter().enumerate() {
        match word.text.as_str() {
            "(" => open += 1,
            ")" => open = open.saturating_sub(1),
            "-o" | "-or" | "," if open == 0 => from = place + 1,
            _ => {}
        }
    }
    let tests = before.get(from..).unwrap_or_default();
    let names = names_asked(tests);
    let narrowed = !names.is_empty()
        || tests.iter().any(|word| {
            matches!(
                word.text.as_str(),
                "-regex"
                    | "-iregex"
                    | "-mtime"
                    | "-mmin"
                    | "-size"
                    | "-empty"
                    | "-newer"
                    | "-atime"
                    | "-ctime"
                    | "-newermt"
            )
        });
    (found_names(roots, &names), narrowed)
}

/// So many names are told apart.
const MOST_NAMES: usize = 16;

/// The names, or ends of paths, that are asked for; what is not meant to be found is none of them.
fn names_asked(args: &[Value]) -> Vec<Value> {
    let mut out = Vec::new();
    // What stands in brackets behind `!` is left out as a whole.
    let mut left_out = 0_usize;
    for (at, word) in args.iter().enumerate() {
        let denies = at.checked_sub(1).and_then(|at| args.get(at)).is_some_and(|it| it.is("-not") || it.is("!"));
        match word.text.as_str() {
            "(" if left_out > 0 || denies => left_out += 1,
            ")" => left_out = left_out.saturating_sub(1),
            _ => {}
        }
        let is_path = matches!(word.text.as_str(), "-path" | "-ipath" | "-wholename");
        let is_name = matches!(word.text.as_str(), "-name" | "-iname" | "-lname") || is_path;
        let is_left_out = denies || left_out > 0;
        // `-path ./x -prune -o …`
        let is_pruned = args.get(at + 2).is_some_and(|it| it.is("-prune"))
            && args.get(at + 3).is_some_and(|it| it.is("-o") || it.is("-or"));
        if !is_name || is_left_out || is_pruned || out.len() >= MOST_NAMES {
            continue;
        }
        let Some(name) = args.get(at + 1) else { continue };
        // Of a path that is asked for, the last name is known.
        let last = if is_path { name.text.rsplit('/').next().unwrap_or_default() } else { name.text.as_str() };
        out.push(Value { text: last.replace('*', "\u{fdd1}").replace('?', "\u{fdd2}"), taint: name.taint });
    }
    out
}

/// What is found below each root: the names that are asked for, and else any.
fn found_names(roots: &[Value], names: &[Value]) -> Vec<(Value, Value)> {
    let of = |name: &Value| {
        // Whatever is asked for, it lies below the root.
        let any = name.text.chars().all(|c| matches!(c, markers::STAR | markers::ANY));
        if any { Value::name() } else { name.clone() }
    };
    let names = if names.is_empty() { vec![Value::name()] } else { names.iter().map(of).collect() };
    let below = |root: &Value, name: &Value| {
        let mut path = root.clone();
        if !path.text.ends_with('/') {
            path.push(&Value::of("/"));
        }
        path.push(name);
        (root.clone(), path)
    };
    roots.iter().flat_map(|root| names.iter().map(|name| below(root, name)).collect::<Vec<_>>()).collect()
}

fn fd(machine: &mut Machine<'_>, call: &Call) -> Value {
    let takes = [
        "-e",
        "--extension",
        "-t",
        "--type",
        "-d",
        "--max-depth",
        "-E",
        "--exclude",
        "-j",
        "-c",
        "-S",
        "--size",
        "--changed-within",
        "--changed-before",
        "--base-directory",
        "-g",
    ];
    let stop =
        call.args().iter().position(|word| matches!(word.text.as_str(), "-x" | "-X" | "--exec" | "--exec-batch"));
    let given = Given::read(call.args().get(..stop.unwrap_or(call.args().len())).unwrap_or_default(), &takes);
    let root =
        given.operand(1).or_else(|| given.value(&["--base-directory"])).cloned().unwrap_or_else(|| Value::of("."));
    machine.list(&root);
    let mut found = root;
    found.push(&Value::of("/"));
    // What is searched for is a part of the name that is found.
    let named = given.operand(0).filter(|pattern| {
        given.operands.len() > 1 && pattern.text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    });
    found.push(&named.map_or_else(Value::name, |pattern| Value::of(format!("{0}{1}{0}", markers::STAR, pattern.text))));
    if let Some(stop) = stop {
        let mut argv: Vec<Value> = call.args().get(stop + 1..).unwrap_or_default().to_vec();
        if argv.iter().any(|word| word.text.contains("{}")) {
            argv = argv.iter().map(|word| super::wrappers::filled(word, "{}", &found)).collect();
        } else {
            argv.push(found.clone());
        }
        machine.start(argv, &Value::default());
    }
    found
}
