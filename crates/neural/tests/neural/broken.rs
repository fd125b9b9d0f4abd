//! What is no model is refused when it is opened, in words that name the file, and nothing that a file says ends the program.

use crate::written::{Network, config, folder, tokenizer};
use portcullis_neural::{Classifier, Tokenizer};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Why a folder holds no model; without where the folder lies.
fn refused(folder: &Path) -> String {
    let error = Classifier::open(folder).map(|_| ()).unwrap_err().to_string();
    error.replace(&format!("{}/", folder.display()), "").replace(&folder.display().to_string(), "FOLDER")
}

fn without(name: &str) -> String {
    let folder = folder(&Network::default().bytes(), &tokenizer(), Some(&config()));
    fs::remove_file(folder.path().join(name)).unwrap();
    refused(folder.path())
}

fn with_network(bytes: &[u8]) -> String {
    refused(folder(bytes, &tokenizer(), Some(&config())).path())
}

fn with_tokenizer(change: impl Fn(&mut Value)) -> String {
    let mut changed = tokenizer();
    change(&mut changed);
    refused(folder(&Network::default().bytes(), &changed, Some(&config())).path())
}

#[test]
fn what_is_missing_is_named() {
    assert!(
        refused(Path::new("/nowhere/at/all")).contains("No such file"),
        "{}",
        refused(Path::new("/nowhere/at/all"))
    );
    assert_eq!(without("model.onnx"), "FOLDER: no model lies in this folder: there is no file that ends in .onnx");
    assert!(without("tokenizer.json").starts_with("tokenizer.json: No such file"), "{}", without("tokenizer.json"));
    assert!(without("config.json").contains("name the classes in `id2label`"), "{}", without("config.json"));
    let several = folder(&Network::default().bytes(), &tokenizer(), Some(&config()));
    fs::rename(several.path().join("model.onnx"), several.path().join("one.onnx")).unwrap();
    assert!(Classifier::open(several.path()).is_ok());
    fs::write(several.path().join("two.onnx"), "").unwrap();
    assert!(refused(several.path()).contains("several"));
    assert!(Classifier::open(&several.path().join("one.onnx")).is_ok());
}

#[test]
fn a_model_in_a_folder_of_its_own_is_found() {
    let folder = folder(&Network::default().bytes(), &tokenizer(), Some(&config()));
    fs::create_dir(folder.path().join("onnx")).unwrap();
    fs::rename(folder.path().join("model.onnx"), folder.path().join("onnx/model.onnx")).unwrap();
    for path in [folder.path().to_owned(), folder.path().join("onnx"), folder.path().join("onnx/model.onnx")] {
        assert!(Classifier::open(&path).is_ok(), "{}", path.display());
    }
}

#[test]
fn a_network_that_does_not_read_texts_is_refused() {
    let network = |change: fn(&mut Network)| {
        let mut network = Network::default();
        change(&mut network);
        with_network(&network.bytes())
    };
    assert!(with_network(b"").starts_with("model.onnx: it is no usable ONNX file"), "{}", with_network(b""));
    assert!(with_network(b"PK\x03\x04 not a network").starts_with("model.onnx: it is no usable ONNX file"));
    assert!(with_network(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n").contains("Git LFS"));
    assert!(network(|it| it.inputs = vec!["pixels"]).contains("asks for an input `pixels`"));
    assert!(network(|it| it.inputs = vec!["attention_mask"]).contains("no input `input_ids`"));
    assert!(network(|it| it.outputs = vec!["one", "two"]).contains("has 2 outputs"));
    assert!(network(|it| it.classes.push([0.0; 8])).contains("`id2label` names 2 classes, and 3 numbers"));
    assert!(network(|it| it.length = Some(4)).contains("reads 4 tokens at once"));
    assert!(network(|it| it.classes[0] = [f32::NAN; 8]).contains("no number"));
    assert!(
        network(|it| it.step = "Loop").starts_with("model.onnx: it is no usable ONNX file"),
        "{}",
        network(|it| it.step = "Loop")
    );
    assert!(network(|it| it.step = "Erf").starts_with("model.onnx: "));
}

#[test]
fn a_token_that_the_network_has_no_row_for_is_an_error_and_no_other_row() {
    let changed = with_tokenizer(|it| it["model"]["vocab"]["text"] = json!(4_000_000));
    assert!(changed.starts_with("model.onnx: it could not be tried out"), "{changed}");
}

#[test]
fn a_tokenizer_of_an_unknown_kind_is_refused() {
    let refused = [
        with_tokenizer(|it| it["model"] = json!({"type": "BPE", "vocab": {}, "merges": []})),
        with_tokenizer(|it| it["model"] = json!({"vocab": {}, "merges": []})),
        with_tokenizer(|it| it["normalizer"] = json!({"type": "Nmt"})),
        with_tokenizer(|it| it["pre_tokenizer"] = json!({"type": "ByteLevel", "add_prefix_space": false})),
        with_tokenizer(|it| it["post_processor"] = json!({"type": "ByteLevel"})),
        with_tokenizer(|it| it["normalizer"] = json!({"type": "Precompiled", "precompiled_charsmap": "AAAA"})),
        with_tokenizer(|it| it["normalizer"] = json!({"type": "Precompiled", "precompiled_charsmap": "/////w=="})),
        with_tokenizer(|it| {
            it["normalizer"] = json!({"type": "Replace", "pattern": {"Regex": "(?=x)"}, "content": ""});
        }),
        with_tokenizer(|it| it["model"]["unk_token"] = json!("[none]")),
        with_tokenizer(|it| it["model"] = json!({"type": "Unigram", "unk_id": 9, "vocab": [["a", 0.0]]})),
        with_tokenizer(|it| it["model"] = json!({"type": "Unigram", "unk_id": 0, "vocab": []})),
        with_tokenizer(|it| {
            it["model"] = json!({"type": "Unigram", "unk_id": 0, "byte_fallback": true, "vocab": [["a", 0.0]]});
        }),
        with_tokenizer(|it| *it = json!([1, 2])),
    ];
    for why in refused {
        assert!(why.starts_with("tokenizer.json: "), "{why}");
    }
    assert!(with_tokenizer(|it| it["model"] = json!({"type": "BPE", "vocab": {}})).contains("kind `BPE`"));
}

#[test]
fn settings_that_are_none_are_refused() {
    for name in ["config.json", "tokenizer_config.json", "classifier_config.json"] {
        let folder = folder(&Network::default().bytes(), &tokenizer(), Some(&config()));
        fs::write(folder.path().join(name), "{").unwrap();
        assert!(refused(folder.path()).starts_with(&format!("{name}: ")), "{name}");
        fs::write(folder.path().join(name), vec![b' '; 2 << 20]).unwrap();
        assert!(refused(folder.path()).contains("such a file has at most"), "{name}");
    }
}

#[test]
fn a_file_that_is_cut_off_or_changed_ends_nothing() {
    let whole = Network::default().bytes();
    let opened = |bytes: &[u8]| Classifier::open(folder(bytes, &tokenizer(), Some(&config())).path());
    let score = |bytes: &[u8]| opened(bytes).and_then(|model| model.score("a bad text"));
    let expected = score(&whole).unwrap();
    for length in 0..whole.len() {
        // What stands last is the shape of what comes out, which says nothing new; all else is missed.
        let same = score(&whole[..length]).is_ok_and(|score| score.to_bits() == expected.to_bits());
        assert!(same && length + 20 > whole.len() || score(&whole[..length]).is_err(), "{length} of {}", whole.len());
    }
    for place in 0..whole.len() {
        for bit in 0..8 {
            let mut changed = whole.clone();
            changed[place] ^= 1 << bit;
            let folder = folder(&changed, &tokenizer(), Some(&config()));
            // Some changes are harmless: a name, a weight.
            drop(Classifier::open(folder.path()).map(|model| model.score("a bad text")));
        }
    }
}

#[test]
fn a_tokenizer_that_is_cut_off_is_none() {
    let whole = tokenizer().to_string();
    for length in 0..whole.len() {
        assert!(Tokenizer::read(&whole.as_bytes()[..length]).is_err(), "{length}");
    }
}
