//! Names of commits as people write them: `HEAD~2`, `main`, `v1.0^{}`, `A..B`.

use super::object::Kind;
use super::objects::ObjectReader;
use super::{ObjectId, Repository, graph, refs};
use crate::report::Why;

/// Where the name of a reference is looked for, in this order.
const PLACES: [(&str, &str); 6] = [
    ("", ""),
    ("refs/", ""),
    ("refs/tags/", ""),
    ("refs/heads/", ""),
    ("refs/remotes/", ""),
    ("refs/remotes/", "/HEAD"),
];

/// The furthest that `~` goes back.
const MOST_STEPS: u32 = 1_000_000;

/// Some commits, by what they lead from and to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) tips: Vec<ObjectId>,
    pub(crate) hidden: Vec<ObjectId>,
}

/// Reads `A..B`, `A...B`, or the name of one commit, which stands for it and all before it. A missing side is `HEAD`.
pub(crate) fn span(repository: &Repository, reader: &mut ObjectReader<'_>, text: &str) -> Result<Span, Why> {
    let mut one = |name: &str| commit(repository, reader, if name.is_empty() { "HEAD" } else { name });
    // `A...B` asks for what is in either and not in both. For us it is what B brings.
    let split = text.split_once("...").or_else(|| text.split_once(".."));
    Ok(match split {
        Some((from, to)) => Span { tips: vec![one(to)?], hidden: vec![one(from)?] },
        None => Span { tips: vec![one(text)?], hidden: Vec::new() },
    })
}

/// The commit that a name stands for.
pub(crate) fn commit(repository: &Repository, reader: &mut ObjectReader<'_>, text: &str) -> Result<ObjectId, Why> {
    let missing = || Why::Missing(format!("the commit {}", crate::printable(text)));
    let ends = [text.find(['~', '^']), text.find("@{")];
    let end = ends.into_iter().flatten().min().unwrap_or(text.len());
    let (name, mut steps) = text.split_at_checked(end).ok_or_else(missing)?;
    let mut name = if name == "@" { "HEAD" } else { name }.to_owned();
    if let Some(rest) = steps.strip_prefix("@{") {
        let rest = rest.strip_prefix("u}").or_else(|| rest.strip_prefix("upstream}"));
        steps = rest.ok_or_else(|| Why::Unsupported(format!("the name {} for a commit", crate::printable(text))))?;
        name = upstream(repository, &name)?.ok_or_else(missing)?;
    }
    let id = named(repository, reader, &name)?.ok_or_else(missing)?;
    let (mut id, _) = graph::commit(reader, id)?.ok_or_else(missing)?;
    while !steps.is_empty() {
        let (generations, parent, rest) = step(steps).ok_or_else(missing)?;
        for _ in 0..generations {
            let (_, commit) = graph::commit(reader, id)?.ok_or_else(missing)?;
            id = *commit.parents.get(parent).ok_or_else(missing)?;
        }
        steps = rest;
    }
    Ok(id)
}

/// Reads one step: how many generations it goes back, by which parent, and what follows.
fn step(text: &str) -> Option<(u32, usize, &str)> {
    if let Some(rest) = text.strip_prefix("^{}").or_else(|| text.strip_prefix("^{commit}")) {
        return Some((0, 0, rest));
    }
    let rest = text.strip_prefix(['~', '^'])?;
    let digits = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    let (number, rest) = rest.split_at_checked(digits)?;
    let number: u32 = if number.is_empty() { 1 } else { number.parse().ok().filter(|number| *number <= MOST_STEPS)? };
    Some(match (text.starts_with('~'), number) {
        (true, number) => (number, 0, rest),
        (false, 0) => (0, 0, rest),
        (false, number) => (1, number as usize - 1, rest),
    })
}

/// The object that a name without steps stands for.
fn named(repository: &Repository, reader: &mut ObjectReader<'_>, name: &str) -> Result<Option<ObjectId>, Why> {
    if let Some(id) = ObjectId::from_hex(name.as_bytes()) {
        return Ok(Some(id));
    }
    for (before, after) in PLACES {
        let whole = format!("{before}{name}{after}");
        if refs::is_safe(&whole)
            && let Some(id) = refs::resolve(repository, &whole)?
        {
            return Ok(Some(id));
        }
    }
    let commits = repository.objects.starting_with(name)?.into_iter();
    let mut commits =
        commits.filter(|id| reader.read(id).is_ok_and(|object| matches!(object.kind, Kind::Commit | Kind::Tag)));
    match (commits.next(), commits.next()) {
        (Some(_), Some(_)) => Err(Why::Missing(format!("one commit: several start with {}", crate::printable(name)))),
        (only, _) => Ok(only),
    }
}

/// The reference that a branch follows; that of the branch that is checked out if no name is given.
pub(crate) fn upstream(repository: &Repository, branch: &str) -> Result<Option<String>, Why> {
    let current = refs::branch(repository)?;
    let whole = if branch.is_empty() || branch == "HEAD" { current } else { Some(format!("refs/heads/{branch}")) };
    let Some(branch) = whole.as_deref().and_then(|name| name.strip_prefix("refs/heads/")) else { return Ok(None) };
    let setting = |key: &str| repository.config.get(&format!("branch.{branch}.{key}"));
    let Some((remote, merge)) = setting("remote").zip(setting("merge")) else { return Ok(None) };
    if remote == "." {
        return Ok(Some(merge.to_owned()));
    }
    // What a remote's branches are called here is a setting, but nobody changes it without changing the folder too.
    Ok(merge.strip_prefix("refs/heads/").map(|name| format!("refs/remotes/{remote}/{name}")))
}
