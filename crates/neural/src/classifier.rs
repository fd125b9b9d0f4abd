//! A model that lies in a folder, ready to be asked.

use crate::classes::{Classes, Described, Heads};
use crate::failure::Failure;
use crate::folder::Folder;
use crate::network::Network;
use crate::tokenizer::Tokenizer;
use serde::Deserialize;
use std::path::Path;

/// Models for this purpose are trained with texts of at most so many tokens, whatever their settings say.
const LONGEST: usize = 512;

/// A window has at least so many tokens of the text.
const SHORTEST: usize = 8;

/// How much of a window the next one sees again.
const OVERLAP: usize = 4;

/// The network is asked at most so often about one text.
const MOST_WINDOWS: usize = 16;

/// What `tokenizer_config.json` says.
#[derive(Debug, Default, Deserialize)]
struct Limits {
    /// A number so large that it means nothing, where nobody set it.
    model_max_length: Option<f64>,
}

/// A classifier of texts.
#[derive(Debug)]
pub struct Classifier {
    tokenizer: Tokenizer,
    network: Network,
    classes: Classes,
    /// How many tokens of a text are read at once.
    window: usize,
}

impl Classifier {
    /// Reads the model at a path: a folder with an ONNX file, `tokenizer.json` and, if it has one, `config.json`; or the
    /// ONNX file in it. It is tried out before it is called good.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let folder = Folder::at(path)?;
        let (tokens_path, tokens) = folder.read_tokenizer()?;
        let tokenizer = Tokenizer::read(&tokens).map_err(|why| Failure::unusable(&tokens_path, why))?;
        let described: Described = folder.settings("config.json")?.unwrap_or_default();
        let heads: Heads = folder.settings("classifier_config.json")?.unwrap_or_default();
        let limits: Limits = folder.settings("tokenizer_config.json")?.unwrap_or_default();
        let unusable = |why: String| Failure::unusable(folder.network(), why);
        let network = Network::read(folder.read_network()?).map_err(unusable)?;
        let longest = longest(&tokenizer, &described, &limits, &network);
        let window = longest.checked_sub(tokenizer.frame()).filter(|window| *window >= SHORTEST);
        let window = window.ok_or_else(|| unusable(format!("it reads {longest} tokens at once, which is no text")))?;
        let tried = network.run(&tokenizer.framed(&tokenizer.tokens("a text")), tokenizer.padding());
        let numbers = tried.map_err(|why| unusable(format!("it could not be tried out: {why}")))?;
        let classes = Classes::of(numbers.len(), &described, &heads).map_err(unusable)?;
        classes.likelihood(&numbers).map_err(unusable)?;
        Ok(Self { tokenizer, network, classes, window })
    }

    /// How likely a text is an attack, from 0 to 1: the highest score of its windows, which overlap. Of a text that has more
    /// than sixteen of them, the first eight and the last eight are read.
    pub fn score(&self, text: &str) -> Result<f32, Failure> {
        let tokens = self.tokenizer.tokens(text);
        let mut highest = 0.0f32;
        for window in windows(&tokens, self.window) {
            let framed = self.tokenizer.framed(window);
            let numbers = self.network.run(&framed, self.tokenizer.padding()).map_err(Failure::Run)?;
            highest = highest.max(self.classes.likelihood(&numbers).map_err(Failure::Run)?);
        }
        Ok(highest)
    }
}

/// How many tokens are read at once, those of the frame included: the least that any of the files says.
fn longest(tokenizer: &Tokenizer, described: &Described, limits: &Limits, network: &Network) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "what is too large is cut off there")]
    let of_limits = limits.model_max_length.filter(|most| *most >= 1.0).map(|most| most as usize);
    let said = [tokenizer.longest(), described.max_position_embeddings, of_limits];
    // A network that takes one length only takes that one.
    let least = said.into_iter().flatten().fold(LONGEST, usize::min);
    network.length().map_or(least, |length| length.min(LONGEST))
}

/// The windows that are read of a text, in order.
fn windows(tokens: &[u32], width: usize) -> Vec<&[u32]> {
    if tokens.len() <= width {
        return vec![tokens];
    }
    let step = (width - width / OVERLAP).max(1);
    let starts: Vec<usize> = (0..tokens.len() + step - width).step_by(step).collect();
    let window = |start: &usize| {
        // The last one is as long as the others, and reaches to the end.
        let start = (*start).min(tokens.len() - width);
        tokens.get(start..start + width)
    };
    if starts.len() <= MOST_WINDOWS {
        return starts.iter().filter_map(window).collect();
    }
    let half = MOST_WINDOWS / 2;
    let last = starts.len() - half;
    starts.iter().take(half).chain(starts.iter().skip(last)).filter_map(window).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_overlap_and_reach_to_the_end() {
        for length in [0, 1, 7, 8, 9, 14, 15, 20, 98] {
            let tokens: Vec<u32> = (0..length).collect();
            let windows = windows(&tokens, 8);
            let seen: std::collections::BTreeSet<u32> = windows.iter().flat_map(|it| it.iter().copied()).collect();
            assert_eq!(seen.len(), tokens.len(), "{length}");
            assert!(windows.iter().all(|it| it.len() == tokens.len().min(8)));
            assert!(windows.windows(2).all(|pair| pair[1].first() < pair[0].last()));
        }
    }

    #[test]
    fn work_is_bounded_and_both_ends_are_read() {
        let tokens: Vec<u32> = (0..100_000).collect();
        let windows = windows(&tokens, 8);
        assert_eq!(windows.len(), MOST_WINDOWS);
        assert_eq!(windows.first().and_then(|it| it.first()), Some(&0));
        assert_eq!(windows.last().and_then(|it| it.last()), Some(&99_999));
    }
}
