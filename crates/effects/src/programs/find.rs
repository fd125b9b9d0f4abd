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
    let found = found_names(&roots, args);
    let narrowed = args.iter().any(|word| {
        matches!(
            word.text.as_str(),
            "-name"
                | "-iname"
                | "-path"
                | "-ipath"
                | "-regex"
                | "-mtime"
                | "-mmin"
                | "-size"
                | "-empty"
                | "-newer"
                | "-wholename"
                | "-atime"
        )
    });
    let mut rest = args.iter().enumerate();
    while let Some((at, word)) = rest.next() {
        match word.text.as_str() {
            "-delete" => {
                for (root, found) in roots.iter().zip(&found) {
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
                for (root, found) in roots.iter().zip(&found) {
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
    Value::join(&found, "\n")
}

/// What is found below each root: the name if one is asked for, and else any.
fn found_names(roots: &[Value], args: &[Value]) -> Vec<Value> {
    let at = args.iter().position(|word| matches!(word.text.as_str(), "-name" | "-iname"));
    let name = at.and_then(|at| args.get(at + 1)).map_or_else(Value::name, |name| {
        let text = name.text.replace('*', "\u{fdd1}").replace('?', "\u{fdd2}");
        // Whatever is asked for, it lies below the root.
        if text.chars().all(|c| matches!(c, markers::STAR | markers::ANY)) { Value::name() } else { Value::of(text) }
    });
    roots
        .iter()
        .map(|root| {
            let mut path = root.clone();
            if !path.text.ends_with('/') {
                path.push(&Value::of("/"));
            }
            path.push(&name);
            path
        })
        .collect()
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
