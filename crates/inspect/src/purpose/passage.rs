//! Passages inside of a file that show how something is written, or test it: documentation of functions, blocks of code on
//! a page, the tests at the end of a file in Rust.
//!
//! Other comments are none of it: what was once in use is often left behind in one.

use super::Purpose;
use std::ops::Range;

/// The passages of a text that are there for a test or to show something.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Passages {
    passages: Vec<(Range<usize>, Purpose)>,
    /// Whether only what stands in quotes counts: a page shows programs, and settings that are in use.
    quoted: bool,
}

/// Endings of languages whose documentation stands in `/** … */`, or behind `///`.
#[rustfmt::skip]
const STARRED: &[&str] = &[
    "js", "mjs", "cjs", "jsx", "ts", "tsx", "mts", "cts", "java", "kt", "scala", "php", "c", "h", "cc", "cpp", "hpp", "cs",
    "swift", "dart", "rs",
];

/// Names to which documentation is given in Python.
const NAMES: &[&str] = &["__doc__", "DOCUMENTATION", "EXAMPLES", "RETURN"];

impl Passages {
    /// The passages of a whole text, by the name of its file.
    pub fn of(text: &[u8], path: Option<&str>) -> Self {
        let file = path.unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
        let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
        match ending.as_str() {
            "py" | "pyi" => Self { passages: docstrings(text), quoted: false },
            "md" | "mdx" | "markdown" => Self { passages: fences(text), quoted: true },
            // A package of Python brings its first page along in these.
            _ if matches!(file, "METADATA" | "PKG-INFO") => Self { passages: fences(text), quoted: true },
            "rs" => {
                let mut passages = comments(text);
                passages.extend(tests_of_rust(text));
                Self { passages, quoted: false }
            }
            ending if STARRED.contains(&ending) => Self { passages: comments(text), quoted: false },
            _ => Self::default(),
        }
    }

    /// What a part of the text is there for.
    pub fn purpose(&self, text: &[u8], span: &Range<usize>) -> Option<Purpose> {
        let within = |(passage, _): &&(Range<usize>, Purpose)| passage.start <= span.start && span.end <= passage.end;
        let (_, purpose) = self.passages.iter().find(within)?;
        (!self.quoted || is_quoted(text, span)).then_some(*purpose)
    }
}

/// Whether a quote opens before a part of a text and closes behind it, with no blank between.
fn is_quoted(text: &[u8], span: &Range<usize>) -> bool {
    let is_quote = |byte: &&u8| matches!(byte, b'"' | b'\'' | b'`');
    let before = text.get(..span.start).unwrap_or_default().iter().rev();
    let after = text.get(span.end..).unwrap_or_default().iter();
    let opens = before.take_while(|byte| !byte.is_ascii_whitespace()).find(is_quote);
    let closes = after.take_while(|byte| !byte.is_ascii_whitespace()).find(is_quote);
    opens.is_some() && opens == closes
}

/// The lines of a text, each with where it begins.
fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    text.split_inclusive(|byte| *byte == b'\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line)
    })
}

/// Blocks between lines of three backticks or tildes. One that is never closed is none.
fn fences(text: &[u8]) -> Vec<(Range<usize>, Purpose)> {
    let mut open: Option<(usize, u8)> = None;
    let mut found = Vec::new();
    for (at, line) in lines(text) {
        let line = line.trim_ascii();
        let Some(mark) = line.first().copied().filter(|mark| matches!(mark, b'`' | b'~')) else { continue };
        let marks = line.iter().take_while(|byte| **byte == mark).count();
        let rest = line.get(marks..).unwrap_or_default();
        // Code within a line opens nothing, and what closes is nothing but marks.
        if marks < 3 || rest.contains(&mark) || (open.is_some() && !rest.is_empty()) {
            continue;
        }
        match open {
            None => open = Some((at, mark)),
            Some((from, opened)) if opened == mark => {
                found.push((from..at, Purpose::Example));
                open = None;
            }
            Some(_) => {}
        }
    }
    found
}

/// Documentation in a language with the comments of C: `/** … */` and lines behind `///` and `//!`.
fn comments(text: &[u8]) -> Vec<(Range<usize>, Purpose)> {
    let mut found = Vec::new();
    let mut inside: Option<usize> = None;
    for (at, line) in lines(text) {
        let content = line.trim_ascii();
        if let Some(from) = inside {
            if let Some(end) = memchr::memmem::find(line, b"*/") {
                found.push((from..at + end, Purpose::Example));
                inside = None;
            }
        } else if content.starts_with(b"/**") && !content.starts_with(b"/**/") {
            // Only one that begins a line: behind code it may stand in a text.
            match memchr::memmem::find(line, b"*/") {
                Some(end) => found.push((at..at + end, Purpose::Example)),
                None => inside = Some(at),
            }
        } else if content.starts_with(b"///") || content.starts_with(b"//!") {
            found.push((at..at + line.len(), Purpose::Example));
        }
    }
    found
}

/// From `#[cfg(test)]` before a module to the brace at the beginning of a line that closes it.
fn tests_of_rust(text: &[u8]) -> Vec<(Range<usize>, Purpose)> {
    let mut found = Vec::new();
    let (mut announced, mut inside) = (false, None);
    for (at, line) in lines(text) {
        let end = line.trim_ascii_end();
        match inside {
            Some(from) if end == b"}" => {
                found.push((from..at, Purpose::Test));
                inside = None;
            }
            Some(_) => {}
            None if announced && end.starts_with(b"mod ") && end.ends_with(b"{") => inside = Some(at),
            None => {
                let goes_on = announced && (end.is_empty() || end.starts_with(b"#[") || end.starts_with(b"//"));
                announced = end == b"#[cfg(test)]" || goes_on;
            }
        }
    }
    found
}

/// Documentation in Python: texts in three quotes that begin a file, or stand first in a class or a function, or are given
/// to a name that holds documentation. Any other may be settings that are written to a file.
fn docstrings(text: &[u8]) -> Vec<(Range<usize>, Purpose)> {
    let mut found = Vec::new();
    let mut before: &[u8] = b"";
    let mut rest = lines(text);
    while let Some((at, line)) = rest.next() {
        let content = line.trim_ascii();
        let Some(quotes) = [&b"\"\"\""[..], b"'''"].into_iter().find_map(|quotes| {
            let place = memchr::memmem::find(content, quotes)?;
            Some((place, quotes))
        }) else {
            if !content.is_empty() && !content.starts_with(b"#") {
                before = content;
            }
            continue;
        };
        let (place, quotes) = quotes;
        let head = content.get(..place).unwrap_or_default();
        let behind = content.get(place + 3..).unwrap_or_default();
        let closes = |part: &[u8]| memchr::memmem::find(part, quotes).is_some();
        let mut end = at + line.len();
        if !closes(behind) {
            match rest.find(|(_, line)| closes(line)) {
                Some((last, line)) => end = last + line.len(),
                None => break,
            }
        }
        if is_documentation(head, before) {
            found.push((at..end, Purpose::Example));
        }
        before = b"\"\"\"";
    }
    found
}

/// Whether a text in three quotes is documentation, by what stands before it on its line, and on the line before.
fn is_documentation(head: &[u8], before: &[u8]) -> bool {
    let opens = |marks: &[u8]| marks.len() <= 2 && marks.iter().all(|mark| b"rRuUbB".contains(mark));
    if opens(head) {
        let begins = [&b"def "[..], b"class ", b"async def ", b")"].iter().any(|start| before.starts_with(start));
        return before.is_empty() || begins && before.ends_with(b":");
    }
    let Some(equals) = head.iter().position(|byte| *byte == b'=') else { return false };
    let (name, marks) = head.split_at(equals);
    let name = name.trim_ascii();
    opens(marks.get(1..).unwrap_or_default().trim_ascii()) && NAMES.iter().any(|it| it.as_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `secret` is there for in a text.
    fn purpose(text: &str, path: &str) -> Option<Purpose> {
        let at = text.find("secret").unwrap();
        Passages::of(text.as_bytes(), Some(path)).purpose(text.as_bytes(), &(at..at + 6))
    }

    #[test]
    fn documentation_of_functions_shows_something() {
        for (path, text) in [
            ("a.py", "\"\"\"Opens it.\n\n    login('bob', 'secret')\n\"\"\"\nimport os\n"),
            ("a.py", "# Licence\n\ndef login(\n    name,\n) -> None:\n    r'''Like login('bob', 'secret').'''\n"),
            ("plugin.py", "EXAMPLES = r\"\"\"\n- user:\n    password: secret\n\"\"\"\n"),
            ("a.ts", "/**\n * login('bob', 'secret')\n */\nexport function login() {}\n"),
            ("a.rs", "/// login(\"bob\", \"secret\")\nfn login() {}\n"),
            ("README.md", "Use it:\n\n```js\nlogin('bob', 'secret')\n```\n"),
            ("pkg/METADATA", "```\nlogin(\"redis://bob:secret@db\")\n```\n"),
        ] {
            assert_eq!(purpose(text, path), Some(Purpose::Example), "{text}");
        }
    }

    #[test]
    fn tests_of_rust_stand_beside_the_code() {
        let test = "fn a() {}\n\n#[cfg(test)]\nmod tests {\n    fn b() { login(\"secret\") }\n}\n";
        assert_eq!(purpose(test, "a.rs"), Some(Purpose::Test));
        assert_eq!(purpose("#[cfg(test)]\nmod tests {\n}\nconst KEY: &str = \"secret\";\n", "a.rs"), None);
        assert_eq!(purpose("#[cfg(test)]\nuse a;\nmod real {\n    const KEY: &str = \"secret\";\n}\n", "a.rs"), None);
        assert_eq!(purpose("// #[cfg(test)]\nmod real {\n    const KEY: &str = \"secret\";\n}\n", "a.rs"), None);
    }

    #[test]
    fn nothing_else_that_looks_alike_is_set_aside() {
        for (path, text) in [
            // What was once in use.
            ("a.py", "# login('bob', 'secret')\n"),
            ("a.js", "// login('bob', 'secret')\n/* login('bob', 'secret') */\n"),
            // What is written to a file, and what is an argument.
            ("a.py", "SETTINGS = \"\"\"\npassword = secret\n\"\"\"\n"),
            ("a.py", "run(\n    \"\"\"\n    password = secret\n    \"\"\"\n)\n"),
            ("a.py", "x = {\n    'a':\n    \"\"\"secret\"\"\"}\n"),
            // Behind documentation.
            ("a.py", "\"\"\"Opens it.\"\"\"\npassword = 'secret'\n"),
            ("a.py", "\"\"\"Opens it.\n\"\"\"\npassword = 'secret'\n\"\"\"\n\"\"\"\n"),
            ("a.ts", "/** Opens it. */\nconst password = 'secret';\n"),
            ("a.ts", "/**/ const password = 'secret'; /**/\n"),
            ("a.ts", "const glob = 'src/**/a';\nconst password = 'secret'; // */\n"),
            // A page that tells what is in use.
            ("README.md", "Log in with `bob` and `secret`.\n"),
            ("README.md", "```\nPassword: secret\n```\n"),
            ("README.md", "```yaml\npassword: secret\n"),
            ("notes.txt", "```\nlogin('bob', 'secret')\n```\n"),
            ("a.py", "'''\npassword = 'secret'\n"),
        ] {
            assert_eq!(purpose(text, path), None, "{text}");
        }
    }
}
