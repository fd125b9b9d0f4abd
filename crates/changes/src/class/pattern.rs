//! Patterns of paths, compared by folded names. `**` stands for any number of names, `*` for any part of one. A pattern
//! holds at any depth: `.git/hooks/**` is also met by `a/b/.git/hooks/x`, and by `.git/hooks` itself.

/// Whether the path ends with what the pattern says.
pub(super) fn matches(pattern: &str, path: &[String]) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    (0..path.len()).any(|start| from(&pattern, path.get(start..).unwrap_or_default()))
}

fn from(pattern: &[&str], path: &[String]) -> bool {
    match (pattern, path) {
        ([], []) | (["**"], _) => true,
        (["**", rest @ ..], _) => (0..path.len()).any(|skip| from(rest, path.get(skip..).unwrap_or_default())),
        ([first, pattern @ ..], [name, path @ ..]) => name_matches(first, name) && from(pattern, path),
        ([], [_, ..]) | ([_, ..], []) => false,
    }
}

/// Whether a name is like a pattern with any number of `*`.
pub(crate) fn name_matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut left) = name.strip_prefix(start) else { return false };
    let mut pieces = rest.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return left.ends_with(piece);
        }
        // The earliest place is the best one: it leaves most for the pieces that follow.
        let Some((_, after)) = left.split_once(piece) else { return false };
        left = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split('/').map(str::to_owned).collect()
    }

    #[test]
    fn patterns_hold_at_any_depth_and_only_for_whole_names() {
        for (pattern, text, expected) in [
            (".git/hooks/**", "a/b/.git/hooks/pre-commit", true),
            (".git/hooks/**", ".git/hooks", true),
            (".git/hooks/**", ".git/hooksx/a", false),
            (".git/**/config", ".git/modules/a/b/config", true),
            (".git/**/config", ".git/config", true),
            (".git/**/config", ".git/config/x", false),
            ("claude.md", "docs/claude.md", true),
            ("claude.md", "docs/claude.md/x", false),
            ("*.pem", "a/b.pem", true),
            ("*.pem", "a.pem/b", false),
        ] {
            assert_eq!(matches(pattern, &path(text)), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn stars_stand_for_any_part_of_a_name() {
        for (pattern, name, expected) in
            [("*", "", true), ("a*", "a", true), ("*a*b*", "xaxbx", true), ("*a*b", "ab b", true), ("a*a", "a", false)]
        {
            assert_eq!(name_matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
