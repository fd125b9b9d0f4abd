//! Model files: which formats run code when they are loaded, and whether these do.

mod pickle;

use crate::found::Findings;
use crate::rule;
use crate::tree::File;
use pickle::Imports;
use portcullis_inspect::decode::{Layer, Limits, layers};

/// The most that a header of safetensors says of itself, in bytes.
const LONGEST_HEADER: u64 = 100 << 20;

/// Looks into a model file.
pub(crate) fn look(path: &str, file: &File, out: &mut Findings) {
    let bytes = file.bytes.as_slice();
    if path.to_ascii_lowercase().ends_with(".safetensors") {
        return safetensors(path, file, out);
    }
    if bytes.starts_with(b"GGUF") {
        return template(path, bytes, out);
    }
    let mut worst = pickle::imports(bytes);
    let mut lambda = has_lambda(bytes);
    if bytes.starts_with(b"PK") || bytes.starts_with(&[0x1f, 0x8b]) {
        let mut visit = |layer: Layer<'_>| {
            worst = worst.take().max(pickle::imports(layer.bytes()));
            lambda |= has_lambda(layer.bytes());
        };
        layers(bytes, &Limits::default(), &mut visit);
    }
    // The array of a NumPy file may hold objects, which are a pickle behind its header.
    if bytes.starts_with(b"\x93NUMPY") && bytes.get(..256.min(bytes.len())).is_some_and(|head| contains(head, b"|O")) {
        worst = worst.max(Some(Imports::Nothing));
    }
    match worst {
        Some(Imports::Dangerous(names)) => {
            let message = format!("Loading it calls {}.", names.join(", "));
            out.add(&rule::MODEL_DANGER, path, 0..0, &names.join(" "), message);
        }
        Some(Imports::Nothing | Imports::Ordinary) => {
            let message = "It is a pickle: loading it may run anything.".to_owned();
            out.add(&rule::MODEL_CODE, path, 0..0, path, message);
        }
        None if lambda => {
            let message = "It holds a layer of code (`Lambda`).".to_owned();
            out.add(&rule::MODEL_CODE, path, 0..0, path, message);
        }
        None => {}
    }
}

fn has_lambda(bytes: &[u8]) -> bool {
    [&b"\"class_name\": \"Lambda\""[..], b"\"class_name\":\"Lambda\""].iter().any(|mark| contains(bytes, mark))
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The header must be what it says, or two readers read two things.
fn safetensors(path: &str, file: &File, out: &mut Findings) {
    let length = file.bytes.first_chunk::<8>().map(|length| u64::from_le_bytes(*length));
    let is_sound = length.is_some_and(|length| length < LONGEST_HEADER && length + 8 <= file.size)
        && file.bytes.get(8) == Some(&b'{');
    if !is_sound {
        out.add(
            &rule::UNREADABLE,
            path,
            0..0,
            path,
            "It is not what its name says: safetensors begin otherwise.".to_owned(),
        );
    }
}

/// A chat template is a program of its own; one that reaches into Python is none.
fn template(path: &str, bytes: &[u8], out: &mut Findings) {
    for mark in ["__globals__", "__subclasses__", "__builtins__", "__import__", "__class__", "os.popen", "subprocess"] {
        if contains(bytes, mark.as_bytes()) {
            let message = format!("Its chat template reaches out of itself: `{mark}`.");
            out.add(&rule::MODEL_DANGER, path, 0..0, mark, message);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::file;

    fn rules(path: &str, bytes: &[u8]) -> Vec<String> {
        let mut out = Findings::default();
        look(path, &file(bytes, false), &mut out);
        out.list.iter().map(|found| found.hit.rule.to_string()).collect()
    }

    #[test]
    fn a_pickle_is_refused_and_one_that_starts_programs_is_called_so() {
        let ordinary = b"\x80\x04\x8c\x0bcollections\x8c\x0bOrderedDict\x93)R.";
        let evil = b"cos\nsystem\n(S'id'\ntR.";
        assert_eq!(rules("m.pt", ordinary), ["model-runs-code"]);
        assert_eq!(rules("m.pkl", evil), ["model-malicious"]);
        let modern = b"\x80\x04\x95\x1d\0\0\0\0\0\0\0\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85R.";
        assert_eq!(rules("m.bin.pkl", modern), ["model-malicious"]);
    }

    #[test]
    fn formats_without_code_are_clean_and_false_ones_are_not() {
        let mut sound = 20_u64.to_le_bytes().to_vec();
        sound.extend(b"{\"a\":{}}            ");
        assert!(rules("m.safetensors", &sound).is_empty());
        assert_eq!(rules("m.safetensors", b"\x80\x04cos\nsystem\n."), ["agent-file-unreadable"]);
        assert!(rules("m.gguf", b"GGUF\x03\0\0\0{{ messages }}").is_empty());
        assert_eq!(rules("m.gguf", b"GGUF{{ x.__class__.__base__.__subclasses__() }}"), ["model-malicious"]);
    }

    #[test]
    fn a_layer_of_code_is_seen() {
        assert_eq!(
            rules("m.h5", b"\x89HDF\r\n\x1a\n.... {\"class_name\": \"Lambda\", \"config\": {}}"),
            ["model-runs-code"]
        );
    }
}
