//! From a text to the numbers of its tokens, exactly as the tokenizer does it that the network was trained with.
//!
//! A token that is cut in another place is another token, and a network says nothing sensible of those; so what a
//! `tokenizer.json` asks for is done to the letter, and one that asks for something else is refused.

mod added;
mod charsmap;
mod frame;
mod normalize;
mod split;
mod unigram;
mod word_piece;
mod written;

use added::Added;
use frame::Frame;
use normalize::Normalizer;
use split::{Piece, Splitter};
use unigram::Unigram;
use word_piece::WordPiece;
use written::Written;

/// A tokenizer.
#[derive(Debug)]
pub struct Tokenizer {
    added: Added,
    normalizer: Vec<Normalizer>,
    splitter: Vec<Splitter>,
    vocabulary: Vocabulary,
    frame: Frame,
    padding: u32,
    longest: Option<usize>,
}

/// How words are put together from pieces.
#[derive(Debug)]
enum Vocabulary {
    WordPiece(WordPiece),
    Unigram(Unigram),
}

impl Tokenizer {
    /// Reads a `tokenizer.json`.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let Written { added_tokens, normalizer, pre_tokenizer, post_processor, model, truncation, padding } =
            written::read(bytes)?;
        let normalizer = normalizer.map(Normalizer::list).transpose()?.unwrap_or_default();
        let splitter = pre_tokenizer.map(Splitter::list).transpose()?.unwrap_or_default();
        let vocabulary = match model {
            written::Model::WordPiece(model) => Vocabulary::WordPiece(WordPiece::new(model)?),
            written::Model::Unigram(model) => Vocabulary::Unigram(Unigram::new(model)?),
        };
        let pad = |token: &written::Added| matches!(token.content.as_str(), "[PAD]" | "<pad>");
        let of_added = added_tokens.iter().find(|token| pad(token)).map(|token| token.id);
        let padding = padding.map(|it| it.pad_id).or(of_added).unwrap_or(0);
        let frame = post_processor.map(Frame::new).transpose()?.unwrap_or_default();
        let added = Added::new(&added_tokens, &normalizer)?;
        let longest = truncation.map(|it| it.max_length);
        Ok(Self { added, normalizer, splitter, vocabulary, frame, padding, longest })
    }

    /// The tokens of a text, however many there are.
    pub fn tokens(&self, text: &str) -> Vec<u32> {
        let mut tokens = Vec::new();
        self.added.split(text, &self.normalizer, &mut |part| match part {
            added::Part::Token(token) => tokens.push(token),
            added::Part::Text { text, at_start } => {
                let pieces = vec![Piece { text, at_start }];
                let pieces = self.splitter.iter().fold(pieces, |pieces, splitter| splitter.split(pieces));
                for piece in pieces {
                    match &self.vocabulary {
                        Vocabulary::WordPiece(words) => words.tokens(&piece.text, &mut tokens),
                        Vocabulary::Unigram(pieces) => pieces.tokens(&piece.text, &mut tokens),
                    }
                }
            }
        });
        tokens
    }

    /// Tokens with those before and behind them that the network expects around every text.
    pub fn framed(&self, tokens: &[u32]) -> Vec<u32> {
        self.frame.around(tokens)
    }

    /// How many tokens stand around every text.
    pub(crate) fn frame(&self) -> usize {
        self.frame.around(&[]).len()
    }

    /// What stands where there is no token.
    pub(crate) fn padding(&self) -> u32 {
        self.padding
    }

    /// The tokens that are read at once, those around the text included, if the file says so.
    pub(crate) fn longest(&self) -> Option<usize> {
        self.longest
    }
}
