//! The other model that is asked about texts which could steer an agent: found where a policy or a flag says, loaded once, and
//! handed to whoever looks into texts. One that can't be loaded is an error: nobody may think that it was asked.

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::surroundings;
use portcullis_inspect::Inspection;
use portcullis_inspect::injection::{Bounds, Opinion};
use portcullis_neural::Classifier;
use portcullis_policy::{InjectionModel, ValidPolicy};
use portcullis_sandbox::Signals;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::thread;

/// The model that a policy names, if it names one.
pub(crate) fn of_policy(policy: &ValidPolicy, invocation: &Invocation) -> Result<Option<Opinion>, Failure> {
    let Some(model) = policy.injection_model() else { return Ok(None) };
    let line = format!("{}:{}", model.by.file, model.by.line);
    let opinion = load(&place(&model, invocation)?, bounds(&model));
    opinion
        .map(Some)
        .map_err(|failure| failure.because(format!("`injection.model` at {line} names it, and nothing passes unread")))
}

/// The model at a path, as a scan was told; else that of the policy in force. And what tells it from others.
pub(crate) fn of_scan(
    told: Option<&Path>,
    policy: &ValidPolicy,
    invocation: &Invocation,
) -> Result<Option<(Opinion, String)>, Failure> {
    let of_policy = policy.injection_model();
    let (path, bounds) = match (told, &of_policy) {
        (Some(path), Some(model)) => (invocation.cwd()?.join(path), bounds(model)),
        (Some(path), None) => (invocation.cwd()?.join(path), usual()),
        (None, Some(model)) => (place(model, invocation)?, bounds(model)),
        (None, None) => return Ok(None),
    };
    Ok(Some((load(&path, bounds)?, format!("{bounds:?} {}", state(&path)))))
}

/// An inspection that asks the model as well, if there is one.
pub(crate) fn asked_by(inspection: Inspection, opinion: Option<&Opinion>) -> Inspection {
    match opinion {
        Some(opinion) => inspection.with_opinion(opinion.clone()),
        None => inspection,
    }
}

fn load(path: &Path, bounds: Bounds) -> Result<Opinion, Failure> {
    // What computes has threads of its own, which are as the one that starts them: a signal that asks this program to end must not
    // find one that lets it.
    let open = || {
        let caught = Signals::catch().map_err(|error| Failure::incomplete(error.to_string()));
        caught.map(|_| Classifier::open(path))
    };
    let opened = thread::scope(|scope| scope.spawn(open).join());
    let opened = opened.map_err(|_| Failure::incomplete("the model could not be loaded").at(path.to_string_lossy()))?;
    let classifier = opened?.map_err(|error| {
        Failure::usage(format!("the model can't be used: {error}"))
            .at(path.to_string_lossy())
            .fix("name a folder with an ONNX file, its tokenizer.json and its config.json, or take the line out")
    })?;
    Ok(Opinion::new(move |text| classifier.score(text).map_err(|error| error.to_string()), bounds))
}

fn place(model: &InjectionModel, invocation: &Invocation) -> Result<PathBuf, Failure> {
    match model.path.strip_prefix("~/") {
        Some(rest) => Ok(Path::new(surroundings::home(invocation)?.as_str()).join(rest)),
        None => Ok(PathBuf::from(&model.path)),
    }
}

fn usual() -> Bounds {
    Bounds { alert: share(InjectionModel::THRESHOLD), block: None }
}

fn bounds(model: &InjectionModel) -> Bounds {
    Bounds { alert: share(model.threshold), block: model.sure.map(share) }
}

fn share(percent: u64) -> f32 {
    f32::from(u8::try_from(percent).unwrap_or(100)) / 100.0
}

/// The names, lengths and times of what lies there: what was clean under another model has to be looked at again. The network may
/// lie in a folder `onnx`, and if it was named itself, its vocabulary beside it or above.
fn state(path: &Path) -> String {
    let beside = path.parent().filter(|_| path.is_file());
    let above = beside.and_then(Path::parent);
    let below = path.join("onnx");
    let folders = [Some(path), Some(&below), beside, above].into_iter().flatten();
    let files = folders.flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
    let one = |path: &Path| {
        let about = fs::metadata(path).map(|it| (it.len(), it.mtime(), it.mtime_nsec()));
        format!("{} {:?}", path.display(), about.ok())
    };
    let mut all: Vec<String> = files.map(|file| one(&file.path())).chain([one(path)]).collect();
    all.sort_unstable();
    all.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_network_or_vocabulary_is_another_state() {
        let folder = tempfile::tempdir().unwrap();
        let network = folder.path().join("onnx/model.onnx");
        let vocabulary = folder.path().join("tokenizer.json");
        fs::create_dir(folder.path().join("onnx")).unwrap();
        fs::write(&network, "one").unwrap();
        fs::write(&vocabulary, "one").unwrap();
        let states = || [folder.path(), network.as_path()].map(state);
        let mut known = vec![states()];
        for (path, text) in [(&network, "two, which is longer"), (&vocabulary, "and so is this")] {
            fs::write(path, text).unwrap();
            let now = states();
            assert!(now.iter().all(|state| !known.iter().flatten().any(|other| other == state)), "{path:?}");
            known.push(now);
        }
    }
}
