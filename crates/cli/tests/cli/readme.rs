//! What README and the quick start show is what the program prints.

use crate::harness::Machine;
use std::io::{Read as _, Seek as _};
use std::path::Path;

/// The commands of README's console blocks, and what stands below each.
fn examples() -> Vec<(String, String)> {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")).unwrap();
    let blocks = readme.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let commands = blocks.flat_map(|block| block.split("$ ").skip(1).map(str::to_owned).collect::<Vec<_>>());
    commands
        .map(|example| {
            let (command, output) = example.split_once('\n').unwrap();
            (command.to_owned(), output.trim_end().to_owned())
        })
        .collect()
}

/// The words of a command; a quoted one may hold blanks.
fn split(command: &str) -> Vec<&str> {
    command
        .split('"')
        .enumerate()
        .flat_map(|(at, piece)| if at % 2 == 1 { vec![piece] } else { piece.split_whitespace().collect() })
        .collect()
}

/// Ids and hashes are different each time; so is the folder.
fn without_what_varies(text: &str) -> String {
    let is_hex = |word: &str| word.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    // A finding has a short name, behind which its line ends.
    let is_id = |word: &str| {
        (word.len() >= 32 || word.len() == 12 || (word.len() == 13 && word.ends_with(')')))
            && is_hex(word.trim_end_matches(')'))
    };
    let words = text.split(' ').map(|word| {
        let (word, end) = word.split_once('\n').map_or((word, None), |(word, end)| (word, Some(end)));
        let word = if is_id(word) { "[ID]" } else { word };
        end.map_or(word.to_owned(), |end| format!("{word}\n{end}"))
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Everything that an example prints, both streams in their order.
fn printed(machine: &Machine, words: &[&str]) -> String {
    let file = tempfile::tempfile().unwrap();
    let mut command = machine.command(words);
    command.env("PATH", "/usr/bin:/bin").stdout(file.try_clone().unwrap()).stderr(file.try_clone().unwrap());
    command.status().unwrap();
    let (mut file, mut text) = (file, String::new());
    file.rewind().unwrap();
    file.read_to_string(&mut text).unwrap();
    let root = machine.home().parent().unwrap().to_str().unwrap().to_owned();
    crate::harness::without_preset_lines(&text.replace(&root, "[ROOT]"))
}

#[test]
fn the_examples_in_the_readme_are_what_the_program_prints() {
    let machine = Machine::new();
    machine.write(".git/HEAD", "ref: refs/heads/main\n");
    machine.write(".git/hooks/README", "");
    machine.write(".env", "A=1\n");
    machine.write("src/deploy.py", format!("import os\nkey = '{}{}'\n", "AKIA", "QZ3R7XK5LMT2WVYB"));
    let examples = examples();
    assert_eq!(examples.len(), 5, "{examples:?}");
    for (command, expected) in examples {
        let words = command.trim_start_matches("cargo run --release -- ").trim_start_matches("portcullis ");
        let printed = printed(&machine, &split(words));
        let expected = crate::harness::without_preset_lines(
            &expected.replace("/home/ada/app", "[ROOT]/project").replace("/home/ada", "[ROOT]/home"),
        );
        assert_eq!(without_what_varies(printed.trim_end()), without_what_varies(&expected), "{command}");
    }
}
