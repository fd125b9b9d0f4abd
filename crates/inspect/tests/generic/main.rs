//! Generic credentials: every syntax they are written in, what only looks like them, and attempts to get around them.

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod certain;
#[cfg(test)]
mod explained;
#[cfg(test)]
mod locality;
#[cfg(test)]
mod look_alikes;
#[cfg(test)]
mod noise;
#[cfg(test)]
mod syntaxes;

/// The rules and values that are found in a text, in order.
#[cfg(test)]
fn found(path: &str, text: &str) -> Vec<(&'static str, String)> {
    use portcullis_inspect::generic::{Context, judge_all};
    let hint = (!path.is_empty()).then_some(path);
    let candidates = judge_all(text.as_bytes(), &Context::of(hint));
    candidates.into_iter().map(|it| (it.rule.id(), it.value.expose().clone())).collect()
}

/// Text with a marked value: the text without the marks, and the value between `«` and `»`.
#[cfg(test)]
fn marked(text: &str) -> (String, String) {
    let (before, rest) = text.split_once('«').expect("a mark");
    let (value, after) = rest.split_once('»').expect("the other mark");
    (format!("{before}{value}{after}"), value.to_owned())
}
