//! What a real shell does is held against what is told. The shell runs programs that are made up, in a folder of its own,
//! where `rm` is a program that writes down what it was asked to remove, and removes nothing.

use portcullis_effects::{FixedWorld, Known, Shell, What, of_command};
use portcullis_event::AbsPath;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Programs that a shell finds besides `rm`: none of them does any harm with the words that are made up here.
const TOOLS: [&str; 24] = [
    "awk", "base64", "bash", "cat", "cut", "env", "expr", "find", "head", "mkdir", "mktemp", "nice", "printf", "rev",
    "sed", "seq", "sh", "sleep", "sort", "tail", "tee", "touch", "tr", "xargs",
];

/// Nobody waits longer for a shell.
const LONGEST: Duration = Duration::from_secs(2);

/// A place where shells run.
struct Place {
    root: PathBuf,
    /// What stands in front of a shell, so that it can neither write elsewhere nor reach anybody.
    walls: Vec<String>,
}

impl Place {
    fn new() -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("portcullis-shells-{}-{made}", std::process::id()));
        fs::create_dir_all(root.join("bin")).unwrap();
        let root = root.canonicalize().unwrap();
        for tool in TOOLS {
            let found =
                ["/usr/bin", "/bin"].iter().map(|folder| Path::new(folder).join(tool)).find(|path| path.exists());
            if let Some(path) = found {
                symlink(path, root.join("bin").join(tool)).unwrap();
            }
        }
        let walls = walls(&root);
        Self { root, walls }
    }

    /// Runs a program, and gives what it would have removed. Each one has a folder of its own: of what it leaves running,
    /// nothing reaches the next one.
    fn removed(&self, program: &str) -> Vec<String> {
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        let run = self.root.join(RUNS.fetch_add(1, Ordering::Relaxed).to_string());
        let (cwd, log, bin) = (run.join("cwd"), run.join("log"), run.join("bin"));
        fs::create_dir_all(&cwd).unwrap();
        fs::create_dir(&bin).unwrap();
        fs::write(&log, "").unwrap();
        fs::write(bin.join("rm"), format!("#!/bin/sh\nprintf '%s\\0' \"$@\" >> '{}'\n", log.display())).unwrap();
        fs::set_permissions(bin.join("rm"), fs::Permissions::from_mode(0o755)).unwrap();
        let mut words = self.walls.clone();
        words.extend(["bash", "-c", program].map(str::to_owned));
        let (first, rest) = words.split_first().unwrap();
        let child = Command::new(first)
            .args(rest)
            .current_dir(&cwd)
            .env_clear()
            .env("PATH", format!("{}:{}", bin.display(), self.root.join("bin").display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        finish(child);
        let text = String::from_utf8_lossy(&fs::read(&log).unwrap()).into_owned();
        fs::remove_dir_all(&run).ok();
        text.split('\0').filter(|word| word.starts_with("/srv/")).map(str::to_owned).collect()
    }

    fn world(&self) -> FixedWorld {
        let path = |path: &Path| AbsPath::parse(path.to_str().unwrap()).unwrap();
        let cwd = path(&self.root.join("cwd"));
        let mut world = FixedWorld::new(cwd.clone(), path(Path::new("/home/ada")), Some(cwd));
        world.variables.insert("PATH".to_owned(), self.root.join("bin").to_str().unwrap().to_owned());
        world
    }

    /// What a shell removes without that being told, or called unknown.
    fn untold(&self, program: &str) -> Vec<String> {
        let effects = of_command(program, Shell::Bash, &self.world());
        if effects.hazards().next().is_some() {
            return Vec::new();
        }
        let tells = |path: &str| {
            effects.list.iter().any(|effect| {
                let What::Delete { file, .. } = &effect.what else { return false };
                if file.known == Known::Exactly {
                    return told_as(file.path.as_str()) == told_as(path);
                }
                let known = file.path.as_str().split(['*', '?', '…']).next().unwrap_or_default();
                path.starts_with(known)
            })
        };
        self.removed(program).into_iter().filter(|path| !tells(path)).collect()
    }
}

/// A path without what it is told without: the end of a line of Windows, and brackets around one letter.
fn told_as(path: &str) -> String {
    path.trim_end_matches(['\r', '/']).replace(['[', ']'], "")
}

impl Drop for Place {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.root).ok();
    }
}

/// What keeps a shell from everything but its own folder, or at least from everybody else.
fn walls(root: &Path) -> Vec<String> {
    let root = root.to_str().unwrap();
    let bound = ["bwrap", "--ro-bind", "/", "/", "--bind", root, root, "--dev", "/dev", "--proc", "/proc"];
    let bound = bound.into_iter().chain(["--unshare-all", "--die-with-parent", "--new-session"]).collect::<Vec<_>>();
    for walls in [bound, vec!["unshare", "--user", "--map-root-user", "--net"]] {
        let (first, rest) = walls.split_first().unwrap();
        let works = Command::new(first).args(rest).arg("true").stderr(Stdio::null()).status();
        if works.is_ok_and(|status| status.success()) {
            let program = ["/usr/bin", "/bin", "/usr/local/bin"].iter().map(|folder| Path::new(folder).join(first));
            let program = program.into_iter().find(|path| path.exists());
            let first = program.map_or_else(|| (*first).to_owned(), |path| path.to_str().unwrap().to_owned());
            return std::iter::once(first).chain(rest.iter().map(|word| (*word).to_owned())).collect();
        }
    }
    panic!("programs that are made up are run behind walls only, and neither bwrap nor unshare works here");
}

fn finish(mut child: Child) {
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > LONGEST {
            child.kill().ok();
            child.wait().ok();
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A text as a shell takes it for what it is.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The same, in double quotes.
fn doubly(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        if "\"\\$`".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// The same, with every letter escaped.
fn escaped(text: &str) -> String {
    let bytes: Vec<String> = text.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
    format!("$'{}'", bytes.concat())
}

fn backquoted(text: &str) -> String {
    format!("`{}`", text.replace('\\', "\\\\").replace('`', "\\`").replace('$', "\\$"))
}

/// One command that removes something, does nothing, or changes what others find.
fn command() -> impl Strategy<Value = String> {
    let removing = (prop::sample::select(REMOVING.to_vec()), any::<u16>())
        .prop_map(|(text, number)| text.replace('@', &format!("/srv/mark{number}")));
    let other = prop::sample::select(OTHER.to_vec()).prop_map(str::to_owned);
    prop_oneof![3 => removing, 2 => other]
}

const REMOVING: [&str; 40] = [
    "rm -rf @",
    "'rm' -rf @",
    "r\\m -rf @",
    "$'\\x72m' -rf @",
    "r\\\nm -rf @",
    "{rm,-rf,@}",
    "\"$c\" -rf @",
    "$c -rf @",
    "${c:-rm} -rf @",
    "${c+rm} -rf @",
    "${d:-$c} -rf @",
    "${c/x/y} -rf @",
    "${c#x} -rf @",
    "${c:0:2} -rf @",
    "${a[0]} -rf @",
    "${a[i]} -rf @",
    "${a[-1]} -rf @",
    "${m[k]} -rf @",
    "${!n} -rf @",
    "$r -rf @",
    "\"$@\" -rf @",
    "$1 -rf @",
    "${@:1:1} -rf @",
    "$* -rf @",
    "\"${a[@]}\" -rf @",
    "${a[*]} -rf @",
    "rm -rf \"$(echo @)\"",
    "$(echo rm) -rf @",
    "`echo rm` -rf @",
    "$(printf 'r%s' m) -rf @",
    "echo @ | xargs rm -rf",
    "find . -maxdepth 0 -exec rm -rf @ \\;",
    "env rm -rf @",
    "command rm -rf @",
    "f -rf @",
    "g rm -rf @",
    "<x rm -rf @",
    "IFS=: eval 'rm -rf @'",
    "! rm -rf @",
    "time -p rm -rf @",
];

const OTHER: [&str; 72] = [
    ":",
    "false",
    "echo hi",
    "c=rm",
    "c=echo",
    "c+=x",
    "unset c",
    "export c",
    "export c=rm",
    "readonly c=rm",
    "readonly c",
    "local c=echo",
    "local c=rm",
    "declare c=rm",
    "declare -u c",
    "false && c=echo",
    "true && c=rm",
    "[ -z \"$c\" ] && c=rm",
    "[ -n \"$c\" ] || c=rm",
    "c=echo | :",
    "c=echo & wait",
    "(c=echo)",
    "c=echo true",
    "c=$(echo rm)",
    "c=$(cat /dev/null)",
    "read -r c <<< rm",
    "read -r c <<< 'rm x'",
    "read -r x c <<< 'x rm'",
    "IFS=: read -r x c <<< x:rm",
    "printf -v c rm",
    "printf -v a[0] rm",
    "mapfile -t a <<< rm",
    "read -ra a <<< 'rm x'",
    "a=(rm)",
    "a=(x rm)",
    "a=(echo)",
    "a+=(rm)",
    "a[0]=rm",
    "a[i]=rm",
    "unset 'a[0]'",
    "i=0",
    "i=1",
    "let i=1",
    "((i++))",
    "declare -A m=([k]=rm)",
    "m[k]=rm",
    "n=c",
    "n=a[0]",
    "declare -n r=c",
    "r=rm",
    "set -- rm",
    "set -- x rm",
    "set -e rm",
    "set --",
    "shift",
    "IFS=r",
    "IFS=",
    "unset IFS",
    "f() { rm \"$@\"; }",
    "f() { :; }",
    "false && f() { :; }",
    "unset -f f",
    "g() { \"$@\"; }",
    "rm() { :; }",
    "unset -f rm",
    "alias rm=:",
    "return",
    "break",
    "continue",
    "cd /",
    "exec 3<<< rm; read -r c <&3",
    "hash -p /bin/echo rm",
];

/// A text around two others: as they are, in quotes `q`, double quotes `d`, escaped `e`, in backquotes `b`.
const AROUND: [&str; 104] = [
    "«1»\n«2»",
    "«1»\n«2»\n«1»",
    "{\n«1»\n}\n«2»",
    "(\n«1»\n)\n«2»",
    "! {\n«1»\n}",
    "if «1»\nthen «2»\nfi",
    "if true; then\n«1»\nelse\n«2»\nfi",
    "if false; then\n«1»\nelif true; then\n«2»\nfi",
    "while :; do\n«1»\nbreak\n«2»\ndone",
    "until false; do\n«1»\nbreak\ndone\n«2»",
    "while false; do\n«1»\ndone\n«2»",
    "for i in 1 2; do\n«1»\n«2»\ndone",
    "for c in echo rm; do\n«1»\ndone\n«2»",
    "for i in; do\n«1»\ndone\n«2»",
    "for i do\n«1»\ndone\n«2»",
    "for ((i=0; i<2; i++)); do\n«1»\n«2»\ndone",
    "for ((i=0; i<1; i++)) {\n«1»\n}",
    "for ((i=$(\n«1»\n)0; i<1; i++)); do :; done",
    "select x in rm; do\n«1»\nbreak\ndone <<< 1\n«2»",
    "case x in\nx)\n«1»\n;;\n*)\n«2»\nesac",
    "case x in\nx)\n«1»\n;&\ny)\n«2»\nesac",
    "case x in\n(x)\n«1»\n;;&\n[a-z])\n«2»\n;; esac",
    "case y in\nx)\n«1»\n;;\nesac\n«2»",
    "case $(\n«1»\n) in x) ;; esac",
    "case x in $(\n«1»\n)) ;; esac",
    "true && {\n«1»\n}\n«2»",
    "false && {\n«1»\n}\n«2»",
    "false || {\n«1»\n}\n«2»",
    "true || {\n«1»\n}\n«2»",
    "{\n«1»\n} | cat\n«2»",
    "echo rm | {\n«1»\n}\n«2»",
    "echo rm | while read -r c; do\n«1»\ndone",
    "while read -r c; do\n«1»\ndone <<< rm\n«2»",
    "{\n«1»\n} &\nwait\n«2»",
    "{\n«1»\n} > /nonexistent/x\n«2»",
    "{\n«1»\n} 2>&1 > y\n«2»",
    "f() {\n«1»\n}\nf rm\n«2»",
    "f() (\n«1»\n)\nf",
    "f() if :; then\n«1»\nfi\nf rm x",
    "function f {\n«1»\n}\nf; f",
    "f() {\n«1»\n}\ntrue || f\n«2»",
    "f() {\n«1»\nf() {\n«2»\n}\n}; f; f",
    "coproc {\n«1»\n}\nwait\n«2»",
    "echo \"$(\n«1»\n)\"\n«2»",
    "x=$(\n«1»\n)\n«2»",
    "$(\n«1»\n)",
    "echo $(( $(\n«1»\n) + 1 ))",
    "echo $[ $(\n«1»\n) + 1 ]",
    "(( $(\n«1»\n)0 ))",
    "[[ -n $(\n«1»\n) ]]",
    "[[ x == @(x|$(\n«2»\n)) ]]",
    "echo ${x:-$(\n«1»\n)}",
    "echo \"${x:-'$(\n«1»\n)'}\"",
    "echo ${c:+$(\n«1»\n)}",
    "echo ${x:?$(\n«1»\n)}\n«2»",
    "echo ${c/r/$(\n«1»\n)}",
    "echo ${a[$(\n«1»\n)0]}",
    "echo ${c:$(\n«1»\n)0}",
    "a[$(\n«1»\n)0]=x",
    "a=([$(\n«1»\n)0]=x)",
    "echo {a,$(\n«1»\n)}",
    "cat <(\n«1»\n)",
    "echo > >(\n«1»\n)",
    "echo «b1»",
    "cat <<E\n$(\n«1»\n)\nE",
    "cat <<< \"$(\n«1»\n)\"",
    "cat << 'E' && {\nx\nE\n«1»\n}",
    "eval «q1»",
    "eval «d1»",
    "eval -- «e1»",
    "eval \"$(cat <<'E'\n«1»\nE\n)\"",
    "bash -c «q1»",
    "bash -c «e1» rm",
    "bash +x -c «q1»",
    "sh -c «q1» rm rm",
    "bash <<< «q1»",
    "bash <<'E'\n«1»\nE",
    "bash <<E\n«1»\nE",
    "bash < <(echo «q1»)",
    "bash <(echo «q1») rm",
    ". <(echo «q1»)",
    ". /dev/stdin rm <<'E'\n«1»\nE",
    "source /dev/fd/3 3<<< «q1»",
    "exec 3<<< «q1»; bash <&3\n«2»",
    "exec <<< «q1»; bash",
    "echo «q1» | bash\n«2»",
    "echo «q1» >&2 2>&1 | bash",
    "{ echo «q1» >&2; } 2>&1 | bash",
    "echo «q1» > x; bash x rm\n«2»",
    "echo «q1» > x; false && echo : > x\n. ./x\n«2»",
    "echo «q1» > x; cat x > y; bash < y",
    "exec 4> x; echo «q1» >&4; bash x",
    "{ echo :; echo «q1»; } | bash",
    "trap «q1» EXIT\n«2»",
    "trap «q1» DEBUG\n«2»",
    "trap «q1» ERR\nfalse\n«2»",
    "x=«q1»; eval \"$x\"\n«2»",
    "declare -A x=([k]=«q1»); eval \"${x[k]}\"",
    "x=(«q1» «q2»); eval \"${x[1]}\"",
    "set -- «q1»; eval \"$1\"\n«2»",
    "printf '%s\\0' «q1» | xargs -0 -n1 bash -c",
    "find . -maxdepth 0 -exec bash -c «q1» rm rm \\;",
    "x='a[$(«1»)]'; : $((x))",
    "x='$(«1»)'; : \"${x@P}\"",
];

fn around(form: &str, texts: [&str; 2]) -> String {
    let mut pieces = form.split('«');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (sign, rest) = piece.split_once('»').unwrap();
        let text = if sign.ends_with('1') { texts[0] } else { texts[1] };
        out.push_str(&match sign.trim_end_matches(['1', '2']) {
            "q" => quoted(text),
            "d" => doubly(text),
            "e" => escaped(text),
            "b" => backquoted(text),
            _ => text.to_owned(),
        });
        out.push_str(rest);
    }
    out
}

fn programs() -> impl Strategy<Value = String> {
    let list = prop::collection::vec(command(), 1..4).prop_map(|commands| commands.join("\n"));
    list.prop_recursive(4, 12, 2, |inner| {
        let form = prop::sample::select(AROUND.to_vec());
        (form, inner.clone(), inner).prop_map(|(form, one, other)| around(form, [&one, &other]))
    })
}

/// Signs in any order: most of them are no program, and some are one that nobody thinks of.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "rm -rf /srv/mark1",
        "rm -rf /srv/mark2",
        "rm -rf /srv/mark3",
        "\n",
        "\n",
        ";",
        ";",
        "&",
        "&&",
        "||",
        "|",
        "|&",
        "(",
        ")",
        "((",
        "))",
        "{ ",
        "; }",
        "'",
        "'",
        "\"",
        "\"",
        "`",
        "$(",
        "$((",
        "${x:-",
        "}",
        "$'",
        "\\",
        "\\\n",
        " #",
        "#",
        "<<E\n",
        "\nE\n",
        "<<'E'\n",
        "<<-E\n",
        "<<<",
        "<(",
        ">(",
        ">x",
        "2>&1",
        "if ",
        "then ",
        "else ",
        "fi",
        "while ",
        "do ",
        "done",
        "for i in a",
        "case a in a)",
        ";;",
        ";&",
        "esac",
        "[[ ",
        " ]]",
        "f() ",
        "f",
        "eval ",
        "! ",
        "time ",
        "x=",
        "x=(",
        "echo ",
        "echo a",
        "true ",
        "false ",
        ":",
        "\r",
        "\t",
        "\u{b}",
        "\u{a0}",
        "é",
        "!",
        "$x",
        "$",
        "*",
        "?(",
        "@(",
        "a[",
        "]",
        "~",
        "coproc ",
        "function g ",
        "select y in ",
        "in ",
        "--",
        "-",
        "=",
        "+=",
        "1>",
        "3<",
        "{fd}>",
        "$[",
        "$\"",
    ]);
    prop::collection::vec((piece, prop::sample::select(vec!["", "", " "])), 1..14)
        .prop_map(|pieces| pieces.into_iter().flat_map(|(piece, gap)| [piece, gap]).collect())
}

fn assert_told(place: &Place, program: &str) -> Result<(), TestCaseError> {
    let untold = place.untold(program);
    prop_assert!(untold.is_empty(), "{program}\nremoves {untold:?} and that is not told");
    Ok(())
}

/// Runs a property on a place that is made once. The programs are the same each time, so that a change is not blamed for one that
/// nobody had thought of; with more of them, as `PROPTEST_CASES` asks for, others come up in each run.
fn hold(strategy: impl Strategy<Value = String>) {
    let place = Place::new();
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = match std::env::var_os("PROPTEST_CASES") {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    if let Err(error) = runner.run(&strategy, |program| assert_told(&place, &program)) {
        panic!("{error}");
    }
}

#[test]
fn what_a_shell_removes_is_told() {
    hold(programs());
}

#[test]
fn what_a_shell_makes_of_any_signs_is_told() {
    hold(soup());
}

#[test]
fn the_place_writes_down_what_would_be_removed() {
    let place = Place::new();
    assert_eq!(place.removed("rm -rf /srv/a; cd /; rm /srv/b"), ["/srv/a", "/srv/b"]);
    assert_eq!(place.removed("echo rm -rf /srv/a"), Vec::<String>::new());
    assert!(place.untold("rm -rf /srv/a").is_empty());
}
