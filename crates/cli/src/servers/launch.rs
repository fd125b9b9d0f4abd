//! How a server is started, as it is compared and shown. Values of switches that are called like secrets are hashed.

use portcullis_trust::lock;

/// The words that start a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Launch(Vec<String>);

impl Launch {
    /// A program with its arguments.
    pub(crate) fn of(command: &[String]) -> Self {
        Self(lock::launch(command))
    }

    /// As `portcullis.lock` writes it, word by word.
    pub(crate) fn words(&self) -> &[String] {
        &self.0
    }

    /// As a person reads it.
    pub(crate) fn shown(&self) -> String {
        shown(&self.0)
    }
}

/// Words as a person reads them, each apart from the next.
pub(crate) fn shown(words: &[String]) -> String {
    let word = |word: &String| {
        let plain = word.strip_prefix("word:").unwrap_or(word);
        let is_one =
            !plain.is_empty() && plain.chars().all(|it| it.is_ascii_alphanumeric() || "-_./:=@%+,".contains(it));
        if is_one { plain.to_owned() } else { format!("{plain:?}") }
    };
    words.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart_and_secrets_are_not_shown() {
        let words = ["npx", "-y", "a b", "--token", "s3cret-value", "--key=k1", ""].map(str::to_owned);
        let shown = Launch::of(&words).shown();
        assert!(shown.starts_with(r#"npx -y "a b" --token "#) && shown.ends_with("\"\""), "{shown}");
        assert!(!shown.contains("s3cret-value") && !shown.contains("k1"), "{shown}");
    }
}
