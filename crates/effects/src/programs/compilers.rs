//! Compilers, and what runs a source file right away. What such a file does is looked for where this very command has written
//! it: whoever writes a program and builds it in one go means to run it.

use super::{Given, Handler};
use crate::code;
use crate::evaluate::{Call, Machine, Value};

/// Programs that compile or run sources.
const PROGRAMS: [&str; 43] = [
    "gcc",
    "g++",
    "cc",
    "c++",
    "clang",
    "clang++",
    "tcc",
    "rustc",
    "rust-script",
    "evcxr",
    "javac",
    "java",
    "kotlinc",
    "kotlin",
    "scalac",
    "scala-cli",
    "amm",
    "swiftc",
    "nim",
    "crystal",
    "zig",
    "v",
    "dmd",
    "rdmd",
    "ldc2",
    "ghc",
    "runghc",
    "runhaskell",
    "csc",
    "mcs",
    "dotnet-script",
    "csi",
    "fsi",
    "ts-node",
    "tsx",
    "ts-node-esm",
    "esno",
    "babel-node",
    "jsc",
    "qjs",
    "quickjs",
    "coffee",
    "cling",
];

pub(super) fn handler(name: &str) -> Option<Handler> {
    // `gcc-13`, `clang++-17`
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').trim_end_matches('-');
    (PROGRAMS.contains(&name) || PROGRAMS.contains(&bare)).then_some(tell as Handler)
}

/// The language of a source file, by its ending.
fn language(file: &str) -> Option<&'static str> {
    let (_, ending) = file.rsplit_once('.')?;
    Some(match ending {
        "c" | "cc" | "cpp" | "cxx" | "h" | "hpp" | "m" | "mm" => "c",
        "rs" => "rust",
        "go" => "go",
        "java" => "java",
        "kt" | "kts" => "kotlin",
        "scala" | "sc" => "scala",
        "swift" => "swift",
        "nim" => "nim",
        "cr" => "crystal",
        "zig" => "zig",
        "v" => "v",
        "d" => "d",
        "hs" | "lhs" => "haskell",
        "cs" | "csx" => "csharp",
        "ts" | "mts" | "cts" | "js" | "mjs" | "cjs" | "tsx" | "jsx" => "javascript",
        _ => return None,
    })
}

fn tell(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(
        call.args(),
        &["-o", "-e", "--eval", "-p", "-I", "-L", "-l", "-D", "-cp", "-classpath", "-d", "-x"],
    );
    let name = call.name();
    // What they are given may be read by what they run.
    let mut out = super::unknown(machine, call);
    if matches!(name.as_str(), "ts-node" | "tsx" | "qjs" | "babel-node" | "jsc" | "ts-node-esm") {
        for code in given.values(&["-e", "--eval", "-p"]) {
            super::run_code_of(machine, "javascript", code);
        }
    }
    let language = match name.as_str() {
        "ghc" | "runghc" => Some("haskell"),
        "kotlin" | "kotlinc" => Some("kotlin"),
        "scala-cli" | "amm" => Some("scala"),
        _ => None,
    };
    if let Some(language) = language {
        given.values(&["-e", "-c"]).for_each(|code| super::run_code_of(machine, language, code));
    }
    for file in &given.operands {
        if name != "java" || file.text.contains(".java") {
            machine.read_file(file);
        }
        look_into_written(machine, file);
    }
    if given.operands.iter().any(|file| file.is("-")) || (given.operands.is_empty() && !call.stdin.text.is_empty()) {
        let language = given.value(&["-x"]).map_or("c", |it| if it.text.starts_with('c') { "c" } else { "javascript" });
        code::look(machine, language, &call.stdin.text);
    }
    given.values(&["-o"]).for_each(|file| machine.write_file(file));
    // `java -jar FILE`: what came over the network is run.
    let jar = call.args().iter().position(|word| word.is("-jar")).and_then(|at| call.args().get(at + 1));
    if let Some(target) = jar.filter(|_| name == "java").and_then(|jar| machine.place(jar).target()) {
        machine.judge_downloaded(&target.path);
        let written = machine.files.get(&target.path).cloned();
        if let Some(text) = written {
            machine.judge_code(&text, "java");
        }
    }
    out.taint |= call.stdin.taint;
    out
}

/// Looks through a source that this very command has written.
pub(super) fn look_into_written(machine: &mut Machine<'_>, file: &Value) {
    let Some(language) = language(&file.text) else { return };
    let text = machine.place(file).exact().and_then(|path| machine.files.get(path).cloned());
    if let Some(text) = text {
        machine.judge_code(&text, language);
        code::look(machine, language, &text.text);
    }
}
