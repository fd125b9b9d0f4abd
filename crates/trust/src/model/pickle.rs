//! Reads a pickle without carrying it out: which names it would import.

/// What a pickle imports. Ordered: the worst of many wins by `max`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Imports {
    Nothing,
    Ordinary,
    /// These reach out of the program.
    Dangerous(Vec<String>),
}

/// More opcodes than these say nothing new.
const MOST: usize = 2_000_000;

/// Modules with which a program reaches out of itself.
const MODULES: [&str; 36] = [
    "os",
    "posix",
    "nt",
    "subprocess",
    "sys",
    "socket",
    "shutil",
    "runpy",
    "importlib",
    "pty",
    "commands",
    "ctypes",
    "builtins",
    "__builtin__",
    "webbrowser",
    "requests",
    "urllib",
    "http",
    "ftplib",
    "smtplib",
    "asyncio",
    "multiprocessing",
    "code",
    "codeop",
    "pickle",
    "_pickle",
    "marshal",
    "types",
    "pip",
    "ensurepip",
    "bdb",
    "pdb",
    "platform",
    "operator",
    "functools",
    "torch.hub",
];

/// Names of such modules that build values and nothing else.
const HARMLESS: [&str; 18] = [
    "builtins.set",
    "builtins.frozenset",
    "builtins.list",
    "builtins.dict",
    "builtins.tuple",
    "builtins.int",
    "builtins.float",
    "builtins.bytearray",
    "builtins.complex",
    "builtins.slice",
    "builtins.range",
    "builtins.object",
    "builtins.str",
    "__builtin__.set",
    "functools.partial",
    "operator.itemgetter",
    "types.SimpleNamespace",
    "__builtin__.object",
];

/// What these bytes import if they are a pickle; none if they are none.
pub(super) fn imports(bytes: &[u8]) -> Option<Imports> {
    let is_new = bytes.first() == Some(&0x80) && bytes.get(1).is_some_and(|version| (2..=5).contains(version));
    let is_old = bytes.first().is_some_and(|first| matches!(first, b'c' | b'(' | b']' | b'}')) && bytes.ends_with(b".");
    if !is_new && !is_old {
        return None;
    }
    let mut reader = Reader { bytes, at: 0, texts: Vec::new(), named: Vec::new() };
    let ended = reader.read();
    if is_old && (!ended || reader.named.is_empty()) {
        // Text begins like this as well.
        return None;
    }
    let dangerous: Vec<String> = reader.named.iter().filter(|name| is_dangerous(name)).cloned().collect();
    Some(match (dangerous.is_empty(), reader.named.is_empty()) {
        (false, _) => Imports::Dangerous(dangerous),
        (true, true) => Imports::Nothing,
        (true, false) => Imports::Ordinary,
    })
}

fn is_dangerous(name: &str) -> bool {
    !HARMLESS.contains(&name)
        && MODULES.iter().any(|module| name.strip_prefix(module).is_some_and(|rest| rest.starts_with('.')))
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
    /// The last texts, from which `STACK_GLOBAL` takes its two.
    texts: Vec<String>,
    named: Vec<String>,
}

impl Reader<'_> {
    fn take(&mut self, length: usize) -> Option<&[u8]> {
        let end = self.at.checked_add(length)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn line(&mut self) -> Option<String> {
        let rest = self.bytes.get(self.at..)?;
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let line = String::from_utf8_lossy(rest.get(..end)?).into_owned();
        self.at += end + 1;
        Some(line)
    }

    fn number(&mut self, length: usize) -> Option<usize> {
        let bytes = self.take(length)?;
        let value = bytes.iter().rev().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        usize::try_from(value).ok()
    }

    fn text(&mut self, length: usize) -> Option<()> {
        let length = self.number(length)?;
        let text = String::from_utf8_lossy(self.take(length)?).into_owned();
        self.keep(text);
        Some(())
    }

    fn keep(&mut self, text: String) {
        if self.texts.len() >= 64 {
            self.texts.remove(0);
        }
        self.texts.push(text);
    }

    /// Goes through the opcodes; says whether it came to the last one.
    fn read(&mut self) -> bool {
        for _ in 0..MOST {
            let Some(&opcode) = self.bytes.get(self.at) else { return false };
            self.at += 1;
            if opcode == b'.' {
                return true;
            }
            if self.step(opcode).is_none() {
                return false;
            }
        }
        false
    }

    fn step(&mut self, opcode: u8) -> Option<()> {
        match opcode {
            b'c' | b'i' => {
                let name = format!("{}.{}", self.line()?, self.line()?);
                self.named.push(name);
            }
            0x93 => {
                let mut last = self.texts.iter().rev();
                let (name, module) = (last.next().cloned(), last.next().cloned());
                self.named.push(format!("{}.{}", module.unwrap_or_default(), name.unwrap_or_default()));
            }
            b'S' | b'V' => {
                let line = self.line()?;
                self.keep(line.trim_matches(['\'', '"']).to_owned());
            }
            b'F' | b'I' | b'L' | b'P' | b'g' | b'p' => drop(self.line()?),
            0x8c => self.text(1)?,
            b'X' => self.text(4)?,
            0x8d => self.text(8)?,
            b'U' | b'C' | 0x8a => {
                let length = self.number(1)?;
                self.take(length)?;
            }
            b'B' | b'T' | 0x8b => {
                let length = self.number(4)?;
                self.take(length)?;
            }
            0x8e | 0x96 => {
                let length = self.number(8)?;
                self.take(length)?;
            }
            0x80 | b'K' | b'h' | b'q' | 0x82 => drop(self.take(1)?),
            b'M' | 0x83 => drop(self.take(2)?),
            b'J' | b'j' | b'r' | 0x84 => drop(self.take(4)?),
            b'G' | 0x95 => drop(self.take(8)?),
            _ => {}
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_gone_through(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            imports(&bytes);
            bytes.splice(0..0, [0x80, 4]);
            imports(&bytes);
        }
    }

    #[test]
    fn a_text_that_begins_like_a_pickle_is_none() {
        for text in ["(see above).", "compare both.", "[1]", "{\"a\": 1}."] {
            assert_eq!(imports(text.as_bytes()), None, "{text}");
        }
    }
}
