//! `tokenizer.json` as it is written. A kind of step that is not named here is an error.

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::HashMap;
use std::fmt;

/// The parts that decide which tokens come out.
#[derive(Debug, Deserialize)]
pub(super) struct Written {
    #[serde(default)]
    pub(super) added_tokens: Vec<Added>,
    pub(super) normalizer: Option<Normalizer>,
    pub(super) pre_tokenizer: Option<PreTokenizer>,
    pub(super) post_processor: Option<PostProcessor>,
    pub(super) model: Model,
    pub(super) truncation: Option<Truncation>,
    pub(super) padding: Option<Padding>,
}

/// A token that is found in a text before anything else is done with it.
#[derive(Debug, Deserialize)]
pub(super) struct Added {
    pub(super) id: u32,
    pub(super) content: String,
    #[serde(default)]
    pub(super) single_word: bool,
    #[serde(default)]
    pub(super) lstrip: bool,
    #[serde(default)]
    pub(super) rstrip: bool,
    #[serde(default)]
    pub(super) normalized: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Truncation {
    pub(super) max_length: usize,
}

#[derive(Debug, Deserialize)]
pub(super) struct Padding {
    pub(super) pad_id: u32,
}

/// What is done to a text before it is split.
#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
pub(super) enum Normalizer {
    Sequence {
        normalizers: Vec<Self>,
    },
    #[serde(rename = "BertNormalizer")]
    Bert {
        clean_text: bool,
        handle_chinese_chars: bool,
        strip_accents: Option<bool>,
        lowercase: bool,
    },
    #[serde(rename = "NFC")]
    Composed,
    #[serde(rename = "NFD")]
    Decomposed,
    #[serde(rename = "NFKC")]
    CompatiblyComposed,
    #[serde(rename = "NFKD")]
    CompatiblyDecomposed,
    Lowercase,
    StripAccents,
    Strip {
        strip_left: bool,
        strip_right: bool,
    },
    Replace {
        pattern: Pattern,
        content: String,
    },
    Prepend {
        prepend: String,
    },
    Precompiled {
        precompiled_charsmap: Option<String>,
    },
}

/// What is replaced.
#[derive(Debug, Deserialize)]
pub(super) enum Pattern {
    String(String),
    Regex(String),
}

/// How a text is split into words.
#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
pub(super) enum PreTokenizer {
    Sequence {
        pretokenizers: Vec<Self>,
    },
    #[serde(rename = "BertPreTokenizer")]
    Bert,
    Whitespace,
    WhitespaceSplit,
    Metaspace {
        replacement: char,
        prepend_scheme: Option<Prepend>,
        add_prefix_space: Option<bool>,
        split: Option<bool>,
    },
}

/// Where the sign for a blank is put before a word that has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Prepend {
    Always,
    First,
    Never,
}

/// What stands around every text.
#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
pub(super) enum PostProcessor {
    #[serde(rename = "TemplateProcessing")]
    Template { single: Vec<Slot>, special_tokens: HashMap<String, Special> },
    #[serde(rename = "BertProcessing")]
    Bert { sep: (String, u32), cls: (String, u32) },
    #[serde(rename = "RobertaProcessing")]
    Roberta { sep: (String, u32), cls: (String, u32) },
}

/// A place of a template.
#[derive(Debug, Deserialize)]
pub(super) enum Slot {
    SpecialToken { id: String },
    Sequence { id: String },
}

#[derive(Debug, Deserialize)]
pub(super) struct Special {
    pub(super) ids: Vec<u32>,
}

/// The vocabulary, and how words are put together from it.
#[derive(Debug)]
pub(super) enum Model {
    WordPiece(Words),
    Unigram(Pieces),
}

#[derive(Debug)]
pub(super) struct Words {
    pub(super) vocabulary: HashMap<String, u32>,
    pub(super) unknown: String,
    pub(super) prefix: String,
    pub(super) longest: usize,
}

#[derive(Debug)]
pub(super) struct Pieces {
    pub(super) vocabulary: Vec<(String, f64)>,
    pub(super) unknown: Option<usize>,
    pub(super) by_bytes: bool,
}

/// The same before it is known which of the two it is: old files don't say.
#[derive(Deserialize)]
struct AnyModel {
    #[serde(rename = "type")]
    kind: Option<String>,
    vocab: Entries,
    unk_token: Option<String>,
    continuing_subword_prefix: Option<String>,
    max_input_chars_per_word: Option<usize>,
    unk_id: Option<usize>,
    #[serde(default)]
    byte_fallback: bool,
    merges: Option<serde::de::IgnoredAny>,
}

/// A vocabulary with numbers, or with scores.
enum Entries {
    Numbered(HashMap<String, u32>),
    Scored(Vec<(String, f64)>),
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Entries;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a vocabulary")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut all = HashMap::new();
                while let Some((word, number)) = map.next_entry()? {
                    all.insert(word, number);
                }
                Ok(Entries::Numbered(all))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Entries, A::Error> {
                let mut all = Vec::new();
                while let Some(entry) = list.next_element()? {
                    all.push(entry);
                }
                Ok(Entries::Scored(all))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for Model {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let any = AnyModel::deserialize(deserializer)?;
        let kind = any.kind.clone().unwrap_or_else(|| {
            let kind = if any.merges.is_some() { "BPE" } else { "WordPiece" };
            kind.to_owned()
        });
        let other = |what: &str| serde::de::Error::custom(format!("a vocabulary of the kind `{kind}` {what}"));
        match (kind.as_str(), any.vocab) {
            ("WordPiece", Entries::Numbered(vocabulary)) => Ok(Self::WordPiece(Words {
                vocabulary,
                unknown: any.unk_token.unwrap_or_else(|| "[UNK]".to_owned()),
                prefix: any.continuing_subword_prefix.unwrap_or_else(|| "##".to_owned()),
                longest: any.max_input_chars_per_word.unwrap_or(100),
            })),
            ("Unigram", Entries::Scored(vocabulary)) => {
                Ok(Self::Unigram(Pieces { vocabulary, unknown: any.unk_id, by_bytes: any.byte_fallback }))
            }
            ("WordPiece" | "Unigram", Entries::Numbered(_) | Entries::Scored(_)) => Err(other("looks different")),
            (_, Entries::Numbered(_) | Entries::Scored(_)) => {
                Err(other("can't be read; those of WordPiece and Unigram can"))
            }
        }
    }
}

/// Reads the file.
pub(super) fn read(bytes: &[u8]) -> Result<Written, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("it is no tokenizer that can be read: {error}"))
}
