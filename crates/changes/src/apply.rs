//! Turns changes into an operation, in an order in which each step is possible.

use crate::operation::{Draft, Kind, Order, Prepared, State, Want, prepare};
use crate::{Change, ChangeSet, ChangesError, FileType, Node, SessionFolder};

/// What happens at a step, in the order in which steps are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// A folder that was closed is opened, so that something can be done in it.
    Open,
    /// Files and links go.
    Take,
    /// Folders go, the deepest first.
    RemoveFolders,
    /// Folders come, the highest first.
    MakeFolders,
    /// Files and links come.
    Put,
    /// Folders get their permissions, the deepest first.
    Close,
}

/// Makes ready to apply the changes at these places of these change sets: a set for each layer, in the order of the
/// session's layers.
pub(crate) fn prepare_apply(
    session: &SessionFolder,
    chosen: &[(&ChangeSet, Vec<usize>)],
    order: Order,
    progress: &mut dyn FnMut() -> bool,
) -> Result<Prepared, ChangesError> {
    let mut steps: Vec<(Phase, Draft)> = Vec::new();
    for (layer, (set, places)) in chosen.iter().enumerate() {
        for change in places.iter().filter_map(|&place| set.changes.get(place)) {
            drafts(layer, change, &mut steps);
        }
    }
    steps.sort_by(|(phase, a), (other, b)| {
        let by_path = (a.layer, &a.path).cmp(&(b.layer, &b.path));
        let deepest_first = matches!(phase, Phase::Take | Phase::RemoveFolders | Phase::Close);
        phase.cmp(other).then(if deepest_first { by_path.reverse() } else { by_path })
    });
    prepare(session, Kind::Apply, steps.into_iter().map(|(_, draft)| draft).collect(), order, progress)
}

fn drafts(layer: usize, change: &Change, steps: &mut Vec<(Phase, Draft)>) {
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    let mut add = |phase, seen: Option<&Node>, want| {
        steps.push((phase, Draft { layer, path: change.path.clone(), seen: seen.cloned(), want }));
    };
    let nothing = || Want::Exactly { state: State::Absent, contents: None };
    let is_folder = |node: Option<&Node>| node.is_some_and(|node| node.file_type == FileType::Folder);
    match (is_folder(before), is_folder(after)) {
        (true, true) => add(folder_phase(before, after), before, Want::Written),
        (true, false) => {
            add(Phase::RemoveFolders, before, nothing());
            if after.is_some() {
                add(Phase::Put, None, Want::Written);
            }
        }
        (false, true) => {
            if before.is_some() {
                add(Phase::Take, before, nothing());
            }
            add(Phase::MakeFolders, None, Want::WrittenOpen);
            if after.is_some_and(|node| node.mode & 0o700 != 0o700) {
                add(Phase::Close, None, Want::Written);
            }
        }
        (false, false) if after.is_none() => add(Phase::Take, before, nothing()),
        (false, false) => add(Phase::Put, before, Want::Written),
    }
}

fn folder_phase(before: Option<&Node>, after: Option<&Node>) -> Phase {
    let closed = |node: Option<&Node>| node.is_some_and(|node| node.mode & 0o300 != 0o300);
    if closed(before) && !closed(after) { Phase::Open } else { Phase::Close }
}
