//! Values are put back toward the local side only, and everybody who says that this is where a text goes is known.

use crate::project::{files, read, root};

/// The files that may promise it: each writes a reply to the client on this machine.
const MAY_PROMISE: &[&str] = &["crates/gateway/src/wire/back.rs"];

#[test]
fn only_who_answers_the_local_client_restores() {
    // Spelled in two parts, so that this file does not find itself.
    let promise = concat!("TowardLocal::", "promise(");
    let sources = files(&root().join("crates"), ".rs").into_iter().map(|file| {
        let name = file.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        (name, file)
    });
    // Tests and measurements restore as well; what they write goes nowhere.
    let shipped = sources.filter(|(name, _)| name.split('/').nth(2) == Some("src"));
    let promising: Vec<String> =
        shipped.filter(|(_, file)| read(file).contains(promise)).map(|(name, _)| name).collect();
    assert_eq!(
        promising, MAY_PROMISE,
        "a file that restores must be on this list, and must be on the way to the client"
    );
}
