//! A policy that wants something of every setting, and files that exist in memory only.

use portcullis_harden::{Anchor, Book, CommandPattern, Content, File, FilePattern, Files, Scope, Servers, Wanted};

pub(crate) fn wanted() -> Wanted {
    let file = |anchor, path: &str, except| FilePattern { anchor, path: path.to_owned(), except };
    let commands = |texts: &[&str]| texts.iter().filter_map(|text| CommandPattern::new(text)).collect();
    Wanted {
        denied: vec![
            file(Anchor::Anywhere, ".env", false),
            file(Anchor::Anywhere, "*.pem", false),
            file(Anchor::Anywhere, ".env.example", true),
            file(Anchor::Home, ".ssh", false),
            file(Anchor::Repository, "infra/live", false),
            file(Anchor::Root, "etc/shadow*", false),
        ],
        protected: vec![file(Anchor::Anywhere, ".husky", false), file(Anchor::Repository, ".git/hooks", false)],
        denied_commands: commands(&["sudo", "mkfs.*"]),
        asked_commands: commands(&["git push --force", "npm publish"]),
        hosts: vec!["example.com".to_owned()],
        denied_hosts: vec!["metadata.example.com".to_owned(), "169.254.0.0/16".to_owned()],
        only_hosts: true,
        models: vec!["anthropic/claude-one".to_owned()],
        servers: Servers { denied: vec!["bad".to_owned()], only: Some(Vec::new()) },
        days: Some(30),
        standards: vec!["Write no credential into code.".to_owned()],
    }
}

/// The files of a book, of which one has this text.
pub(crate) fn files(book: &Book, scope: Scope, text: Option<&str>) -> Files {
    let content = |of: Scope| match text.filter(|_| of == scope) {
        Some(text) => Content::Text(text.to_owned()),
        None => Content::Missing,
    };
    let file = |place: &'static portcullis_harden::Place| File {
        place,
        path: place.shown(place.path.here()),
        content: content(place.scope),
        open: false,
    };
    book.places.iter().map(file).collect()
}
