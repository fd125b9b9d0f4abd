//! What a person types to say which changes they mean: a path, a folder, a pattern, or a class.

use crate::class::name_matches;
use crate::{Change, Class, LayerName};

/// Some of the changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// Those that touch a class of things.
    Class(Class),
    /// Those at or below a path of a layer, which may hold `*` and `**`.
    Path {
        /// The layer.
        layer: LayerName,
        /// The names.
        names: Vec<String>,
    },
}

impl Selector {
    /// Reads what was typed: the name of a class, or a path below the root of the workspace. `git:` and `home:` say that
    /// the path is in one of those; `./` that it is no class.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(class) = Class::parse(text) {
            return Some(Self::Class(class));
        }
        let (layer, path) = match text.split_once(':') {
            Some(("git", path)) => (LayerName::Git, path),
            Some(("home", path)) => (LayerName::Home, path),
            Some(("workspace", path)) => (LayerName::Workspace, path),
            Some(_) | None => (LayerName::Workspace, text),
        };
        let names: Vec<String> =
            path.split('/').filter(|name| !name.is_empty() && *name != ".").map(str::to_owned).collect();
        let sound = !path.starts_with('/') && !names.iter().any(|name| name == "..") && !path.is_empty();
        sound.then_some(Self::Path { layer, names })
    }

    /// Whether it means this change.
    pub fn matches(&self, layer: LayerName, change: &Change) -> bool {
        match self {
            Self::Class(class) => change.classes.contains(class),
            Self::Path { layer: meant, names } => {
                let path: Vec<String> =
                    change.path.names().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
                *meant == layer && is_at_or_below(names, &path)
            }
        }
    }
}

fn is_at_or_below(pattern: &[String], path: &[String]) -> bool {
    match (pattern, path) {
        // Everything below is meant as well.
        ([], _) => true,
        ([first, rest @ ..], _) if first == "**" => {
            (0..=path.len()).any(|skip| is_at_or_below(rest, path.get(skip..).unwrap_or_default()))
        }
        ([first, rest @ ..], [name, path @ ..]) => name_matches(first, name) && is_at_or_below(rest, path),
        ([_, ..], []) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(pattern: &str, path: &str) -> bool {
        let names = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
        match Selector::parse(pattern) {
            Some(Selector::Path { names: pattern, .. }) => is_at_or_below(&pattern, &names(path)),
            Some(Selector::Class(_)) | None => panic!("{pattern} is no path"),
        }
    }

    #[test]
    fn a_path_means_itself_and_what_is_below() {
        assert!(means("src", "src/main.rs") && means("src/", "src") && means("./src/main.rs", "src/main.rs"));
        assert!(!means("src", "srcs") && !means("src/main.rs", "src"));
        assert!(means(".", "anything"));
    }

    #[test]
    fn patterns_mean_what_they_do_elsewhere() {
        assert!(means("src/*.rs", "src/a.rs") && !means("src/*.rs", "src/a/b.rs"));
        assert!(means("**/*.rs", "a/b/c.rs") && means("**/*.rs", "c.rs") && !means("**/*.rs", "c.py"));
        assert!(means("a/**/z", "a/z") && means("a/**/z", "a/b/c/z"));
    }

    #[test]
    fn classes_and_layers_have_names() {
        assert_eq!(Selector::parse("hook"), Some(Selector::Class(Class::Hook)));
        assert!(matches!(Selector::parse("./hook"), Some(Selector::Path { layer: LayerName::Workspace, .. })));
        assert!(matches!(Selector::parse("home:.bashrc"), Some(Selector::Path { layer: LayerName::Home, .. })));
        for bad in ["", "/etc", "../x", "a/../../b"] {
            assert_eq!(Selector::parse(bad), None, "{bad:?}");
        }
    }
}
