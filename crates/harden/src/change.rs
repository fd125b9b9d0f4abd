//! What is wanted of a value, and a text in which it is so. What its owner has is kept where it is stricter, and a list that
//! forbids only grows.

use crate::edit::{self, Text};
use crate::{Format, NotEditable, Setting};
use serde_json::Value;

/// What is wanted of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// It is this, or one that is stricter.
    Is {
        /// What is written.
        value: Value,
        /// What is left as it is, because it says more.
        stricter: Vec<Value>,
    },
    /// It is a number that is not greater.
    Limit(u64),
    /// It is a list that has at least these in it.
    Holds(Vec<Value>),
    /// It is a list that has nothing else in it.
    AtMost(Vec<Value>),
    /// It is an object in which these members have these values. One word instead of an object stands for all of them: `deny`
    /// is stricter than any object.
    Members(Vec<(String, Value)>),
    /// In each of these members that is there, a member of its own has this value. One that is not there needs none.
    Within {
        /// Which ones.
        of: Vec<String>,
        /// The member of each.
        member: String,
        /// Its value.
        value: Value,
    },
    /// These lines of ours are in the file.
    Block(String),
    /// The file is this.
    Whole(String),
}

impl Change {
    /// Exactly this.
    pub(crate) fn is(value: impl Into<Value>) -> Self {
        Self::Is { value: value.into(), stricter: Vec::new() }
    }

    /// This, or one of those.
    pub(crate) fn at_least(value: impl Into<Value>, stricter: &[&str]) -> Self {
        Self::Is { value: value.into(), stricter: stricter.iter().map(|it| Value::from(*it)).collect() }
    }

    /// A list; nothing if there is nothing to put in it.
    pub(crate) fn holds<T: Into<Value>>(items: impl IntoIterator<Item = T>) -> Option<Self> {
        let items: Vec<Value> = items.into_iter().map(Into::into).collect();
        (!items.is_empty()).then_some(Self::Holds(items))
    }

    /// Members; nothing if there are none.
    pub(crate) fn members(members: Vec<(String, Value)>) -> Option<Self> {
        (!members.is_empty()).then_some(Self::Members(members))
    }

    /// Lines; nothing if there are none.
    pub(crate) fn lines(lines: &[String]) -> Option<Self> {
        (!lines.is_empty()).then(|| Self::Block(lines.join("\n") + "\n"))
    }

    /// Whether a value is as it is wanted. For lines and whole files that is asked of the text.
    pub fn is_met_by(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Is { value: wanted, stricter } => value.is_some_and(|it| it == wanted || stricter.contains(it)),
            Self::Limit(most) => value.and_then(Value::as_u64).is_some_and(|it| it <= *most),
            Self::Holds(wanted) => {
                let items = value.and_then(Value::as_array);
                items.is_some_and(|items| wanted.iter().all(|it| items.contains(it)))
            }
            Self::AtMost(wanted) => {
                let items = value.and_then(Value::as_array);
                items.is_some_and(|items| items.iter().all(|it| wanted.contains(it)))
            }
            Self::Members(_) if value.and_then(Value::as_str) == Some(NOTHING) => true,
            Self::Members(wanted) => {
                let members = value.and_then(Value::as_object);
                members.is_some_and(|members| wanted.iter().all(|(name, it)| members.get(name) == Some(it)))
            }
            Self::Within { of, member, value: wanted } => {
                let members = value.and_then(Value::as_object);
                let there = of.iter().filter_map(|name| members?.get(name));
                there.into_iter().all(|it| it.get(member) == Some(wanted))
            }
            Self::Block(_) | Self::Whole(_) => false,
        }
    }
}

/// The word that stands for all members and lets nothing through.
const NOTHING: &str = "deny";

fn way(setting: &Setting) -> Vec<String> {
    setting.key.iter().map(|name| (*name).to_owned()).collect()
}

/// The text of a setting's file with the setting in it as it is wanted; `None` if it is so already.
pub fn changed(setting: &Setting, change: &Change, text: &str) -> Result<Option<String>, NotEditable> {
    let format = setting.book.format;
    let new = match change {
        Change::Whole(whole) => whole.clone(),
        Change::Block(lines) => edit::with_block(format, text, lines)?,
        Change::Is { .. }
        | Change::Limit(_)
        | Change::Holds(_)
        | Change::AtMost(_)
        | Change::Members(_)
        | Change::Within { .. } => {
            let Some(mut read) = Text::read(format, text)? else {
                return Err(NotEditable::Other(setting.shown_key()));
            };
            if !put(&mut read, &way(setting), change)? {
                return Ok(None);
            }
            read.text()
        }
    };
    Ok((new != text).then_some(new))
}

/// Puts a value in place; whether there was something to do.
fn put(text: &mut Text, path: &[String], change: &Change) -> Result<bool, NotEditable> {
    let there = text.get(path)?;
    if change.is_met_by(there.as_ref()) {
        return Ok(false);
    }
    match change {
        // Rules of the owner's own stand where one word would do. They are theirs to judge, and the proof fails.
        Change::Is { .. } if there.as_ref().is_some_and(|it| it.is_object() || it.is_array()) => return Ok(false),
        Change::Is { value, .. } => text.set(path, value)?,
        Change::Limit(most) => text.set(path, &(*most).into())?,
        Change::Holds(wanted) => {
            let has = |it: &&Value| there.as_ref().and_then(Value::as_array).is_some_and(|items| items.contains(it));
            let missing: Vec<Value> = wanted.iter().filter(|it| !has(it)).cloned().collect();
            text.append(path, &missing)?;
        }
        Change::AtMost(wanted) if there.is_none() => text.set(path, &Value::Array(wanted.clone()))?,
        Change::AtMost(wanted) => text.keep(path, wanted)?,
        Change::Members(wanted) => {
            if let Some(word) = there.filter(Value::is_string) {
                text.set(path, &Value::Object([("*".to_owned(), word)].into_iter().collect()))?;
            }
            for (name, value) in wanted {
                let way: Vec<String> = path.iter().chain([name]).cloned().collect();
                if text.get(&way)?.as_ref() != Some(value) {
                    text.set(&way, value)?;
                }
            }
        }
        Change::Within { of, member, value } => {
            for name in of {
                let way: Vec<String> = path.iter().chain([name]).cloned().collect();
                if text.get(&way)?.is_some() {
                    text.set(&way.into_iter().chain([member.clone()]).collect::<Vec<_>>(), value)?;
                }
            }
        }
        Change::Block(_) | Change::Whole(_) => return Ok(false),
    }
    Ok(true)
}

/// Whether lines of ours, or a file of our own, are as they are wanted.
pub(crate) fn is_written(format: Format, change: &Change, text: &str) -> Result<bool, NotEditable> {
    Ok(match change {
        Change::Whole(whole) => whole == text,
        Change::Block(lines) => edit::block(format, text)? == Some(lines.as_str()),
        Change::Is { .. }
        | Change::Limit(_)
        | Change::Holds(_)
        | Change::AtMost(_)
        | Change::Members(_)
        | Change::Within { .. } => false,
    })
}
