//! Whether a setting holds: its files are read as the tool reads them, in the order in which it believes them, and what comes of
//! that is held against what is wanted. That a file was written proves nothing: another one may say something else, a mistake in
//! it may make the tool ignore all of it, and some tools ignore what has the wrong owner.

use crate::change::{Change, is_written};
use crate::edit::Text;
use crate::{NotEditable, Place, Scope, Setting, Wanted};
use serde_json::Value;

/// What is in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// There is none.
    Missing,
    /// This text.
    Text(String),
    /// It can't be read, for this reason.
    Unreadable(String),
}

/// A file, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Which one.
    pub place: &'static Place,
    /// Its path.
    pub path: String,
    /// What is in it.
    pub content: Content,
    /// Whether anybody but root can change it.
    pub open: bool,
}

/// The files of a book, in its order.
pub type Files = Vec<File>;

/// What came of a proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// It is as it is wanted.
    Holds,
    /// It is not set, or to something else.
    Missing(String),
    /// A file that the tool believes before says something else.
    Overridden(String),
    /// A file can't be read, so that the tool ignores it or stops.
    Unreadable(String, String),
    /// A file of the machine's can be changed by others, so that the tool ignores it or is deceived.
    Open(String),
}

/// A file that was read.
struct Read<'a> {
    file: &'a File,
    value: Option<Value>,
}

/// Proves a setting that was written in this scope. `None` if nothing is wanted of it there.
pub fn prove(setting: &Setting, wanted: &Wanted, scope: Scope, files: &[File]) -> Option<Proof> {
    let change = setting.wanted(wanted, scope)?;
    let own = files.iter().find(|file| file.place.scope == scope)?;
    if own.place.scope == Scope::Managed && own.open && own.content != Content::Missing {
        return Some(Proof::Open(own.path.clone()));
    }
    Some(match &change {
        Change::Block(_) | Change::Whole(_) => lines(setting, &change, own),
        Change::Is { .. }
        | Change::Limit(_)
        | Change::Holds(_)
        | Change::AtMost(_)
        | Change::Members(_)
        | Change::Within { .. } => match read(setting, files) {
            Ok(read) => value(&change, scope, own, &read),
            Err(proof) => proof,
        },
    })
}

fn lines(setting: &Setting, change: &Change, own: &File) -> Proof {
    match &own.content {
        Content::Missing => Proof::Missing(own.path.clone()),
        Content::Unreadable(why) => Proof::Unreadable(own.path.clone(), why.clone()),
        Content::Text(text) => match is_written(setting.book.format, change, text) {
            Ok(true) => Proof::Holds,
            Ok(false) => Proof::Missing(own.path.clone()),
            Err(error) => Proof::Unreadable(own.path.clone(), error.to_string()),
        },
    }
}

fn read<'a>(setting: &Setting, files: &'a [File]) -> Result<Vec<Read<'a>>, Proof> {
    let key: Vec<String> = setting.key.iter().map(|name| (*name).to_owned()).collect();
    let mut out = Vec::new();
    for file in files {
        let value = match &file.content {
            Content::Missing => None,
            Content::Unreadable(why) => return Err(Proof::Unreadable(file.path.clone(), why.clone())),
            Content::Text(text) => {
                let value = Text::read(setting.book.format, text)
                    .and_then(|text| text.map_or(Ok(None), |text| text.get(&key)))
                    .map_err(|error: NotEditable| Proof::Unreadable(file.path.clone(), error.to_string()))?;
                value.filter(|value| !value.is_null())
            }
        };
        out.push(Read { file, value });
    }
    Ok(out)
}

/// The first of some files that says something else, or that none says anything.
fn first<'a>(scope: Scope, own: &File, mut wrong: impl Iterator<Item = &'a Read<'a>>) -> Proof {
    match wrong.next() {
        Some(read) if read.file.place.scope != scope => Proof::Overridden(read.file.path.clone()),
        Some(_) | None => Proof::Missing(own.path.clone()),
    }
}

fn value(change: &Change, scope: Scope, own: &File, read: &[Read<'_>]) -> Proof {
    let said = || read.iter().filter(|it| it.value.is_some());
    let holds = match change {
        Change::Is { .. } | Change::Limit(_) => said().next().is_some_and(|it| change.is_met_by(it.value.as_ref())),
        // Lists that forbid are put together from all files.
        Change::Holds(_) => {
            let lists = said().filter_map(|it| it.value.as_ref()?.as_array());
            let all = Value::Array(lists.flatten().cloned().collect());
            return if change.is_met_by(Some(&all)) { Proof::Holds } else { Proof::Missing(own.path.clone()) };
        }
        Change::AtMost(_) => said().next().is_some() && said().all(|it| change.is_met_by(it.value.as_ref())),
        Change::Members(members) => {
            let first = |name: &str| said().find_map(|it| it.value.as_ref()?.get(name));
            said().next().is_some_and(|it| change.is_met_by(it.value.as_ref()))
                || members.iter().all(|(name, value)| first(name) == Some(value))
        }
        Change::Within { .. } => said().all(|it| change.is_met_by(it.value.as_ref())),
        Change::Block(_) | Change::Whole(_) => false,
    };
    if holds {
        return Proof::Holds;
    }
    // Of a file that the tool believes before ours it is said that it is the one.
    let before = read.iter().take_while(|it| it.file.place.scope != scope);
    let spoken: Vec<&Read<'_>> = before.filter(|it| it.value.is_some()).collect();
    first(scope, own, spoken.into_iter().filter(|it| !change.is_met_by(it.value.as_ref())))
}
