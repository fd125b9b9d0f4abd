//! Models that are written here, a few hundred bytes each: what a text scores is the mean of numbers that its tokens have.

use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

/// The words that they know; each is a token.
const WORDS: [&str; 8] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad", "a", "text"];

/// A network, as ONNX describes it.
pub(crate) struct Network {
    pub(crate) inputs: Vec<&'static str>,
    /// How many tokens it takes, if not any number.
    pub(crate) length: Option<u64>,
    /// What comes out for each token, of each class.
    pub(crate) classes: Vec<[f32; WORDS.len()]>,
    pub(crate) outputs: Vec<&'static str>,
    /// The step that makes numbers of tokens: `Gather`, if it is to work.
    pub(crate) step: &'static str,
}

impl Default for Network {
    /// Two classes, of which the second means `bad`.
    fn default() -> Self {
        let mut bad = [0.0; WORDS.len()];
        bad[5] = 40.0;
        Self {
            inputs: vec!["input_ids", "attention_mask"],
            length: None,
            classes: vec![[2.0; WORDS.len()], bad],
            outputs: vec!["logits"],
            step: "Gather",
        }
    }
}

impl Network {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let names = |names: &[&str]| names.concat().len();
        assert!(names(&self.outputs) > 0);
        let numbers: Vec<u8> = (0..WORDS.len())
            .flat_map(|word| self.classes.iter().map(move |class| class[word]))
            .flat_map(f32::to_le_bytes)
            .collect();
        let table = message(&[
            number(1, WORDS.len() as u64),
            number(1, self.classes.len() as u64),
            number(2, 1),
            bytes(8, b"table"),
            bytes(9, &numbers),
        ]);
        let gather = message(&[
            bytes(1, b"table"),
            bytes(1, self.inputs[0].as_bytes()),
            bytes(2, b"rows"),
            bytes(4, self.step.as_bytes()),
        ]);
        let attribute = |name: &str, kind: u64, value: Vec<u8>| {
            bytes(5, &message(&[bytes(1, name.as_bytes()), value, number(20, kind)]))
        };
        let means = self.outputs.iter().map(|output| {
            message(&[
                bytes(1, b"rows"),
                bytes(2, output.as_bytes()),
                bytes(4, b"ReduceMean"),
                attribute("axes", 7, number(8, 1)),
                attribute("keepdims", 2, number(3, 0)),
            ])
        });
        let value = |name: &str, kind: u64, dimensions: &[Option<u64>]| {
            let dimension = |size: &Option<u64>| match size {
                Some(size) => bytes(1, &number(1, *size)),
                None => bytes(1, &bytes(2, b"any")),
            };
            let shape: Vec<u8> = dimensions.iter().flat_map(dimension).collect();
            let tensor = message(&[number(1, kind), bytes(2, &shape)]);
            message(&[bytes(1, name.as_bytes()), bytes(2, &bytes(1, &tensor))])
        };
        let mut graph = bytes(1, &gather);
        graph.extend(means.flat_map(|mean| bytes(1, &mean)));
        graph.extend(bytes(2, b"graph"));
        graph.extend(bytes(5, &table));
        graph.extend(self.inputs.iter().flat_map(|name| bytes(11, &value(name, 7, &[None, self.length]))));
        let width = Some(self.classes.len() as u64);
        graph.extend(self.outputs.iter().flat_map(|name| bytes(12, &value(name, 1, &[None, width]))));
        // The graph last: it is missed if it is cut off.
        message(&[number(1, 8), bytes(8, &number(2, 13)), bytes(7, &graph)])
    }
}

/// A field of a message of protocol buffers that holds a number.
fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

/// One that holds bytes: a text, or another message.
fn bytes(field: u64, value: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(value.len() as u64), value.to_vec()].concat()
}

fn message(fields: &[Vec<u8>]) -> Vec<u8> {
    fields.concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

/// Their tokenizer.
pub(crate) fn tokenizer() -> Value {
    let vocabulary: serde_json::Map<String, Value> =
        WORDS.iter().enumerate().map(|(id, word)| ((*word).to_owned(), json!(id))).collect();
    json!({
        "added_tokens": [],
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
        "truncation": {"max_length": 34, "strategy": "LongestFirst", "stride": 0},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocabulary}
    })
}

/// A `config.json` that names the classes.
pub(crate) fn config() -> Value {
    json!({"architectures": ["BertForSequenceClassification"], "id2label": {"0": "SAFE", "1": "INJECTION"}})
}

/// A folder with a model.
pub(crate) fn folder(network: &[u8], tokenizer: &Value, config: Option<&Value>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model.onnx"), network).unwrap();
    fs::write(folder.path().join("tokenizer.json"), tokenizer.to_string()).unwrap();
    if let Some(config) = config {
        fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    }
    folder
}
