//! `run --observe`: what policy would have to allow for what was denied.
//!
//! Nothing is let through for it: the walls and the policy are what they always are. What policy denied of the network is put, in
//! thought, into the policy that has the last word, and asked about once more; only what would pass then is proposed. So what a
//! preset or a line denies by name is never proposed, and neither is what leads to this machine or to a private network.
//!
//! Of files it is known which masked ones were opened. That something that does not exist inside was looked for is not known to
//! anybody: the kernel tells nobody but root.

use super::world::Seen;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::policy_files::{MAIN_FILE, PolicyFiles, user_folder};
use crate::{proposal, surroundings};
use portcullis_event::{Coverage, Event, EventId, Finding, Inspector, Verdict};
use portcullis_gateway::egress::Attempt;
use portcullis_policy::{Format, Layer, Source, Usage, ValidPolicy};
use portcullis_sandbox::Opened;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// More are not proposed: a command can ask for whatever it likes, and nobody reads that.
const MOST: usize = 64;

/// What a policy that is not there yet begins with: what is in force without one.
const FIRST: &str = "preset = \"standard\"\n";

/// Notices what is wanted.
#[derive(Debug)]
pub(super) struct Observer {
    workspace: PathBuf,
    /// Where masks lie, and why.
    masked: Vec<(PathBuf, String)>,
    paths: Vec<PathBuf>,
}

/// What came of it.
#[derive(Debug, Serialize)]
struct Observed {
    /// The policy that has the last word.
    file: String,
    proposed: Vec<(String, u64)>,
    /// What is not proposed, and why.
    not_proposed: Vec<(String, String)>,
    opened: Vec<(String, String, u64)>,
    written: bool,
    #[serde(skip)]
    may_be_written: bool,
}

/// The question is about the deed alone.
struct NothingInIt;

impl Inspector for NothingInIt {
    fn inspect(&self, event: Event) -> (Event, Vec<Finding>, Coverage) {
        (event, Vec::new(), Coverage::default())
    }
}

impl Observer {
    pub(super) fn new(seen: &Seen, workspace: &Path) -> Self {
        let of = |folder: &Path, masks: &super::masks::Masks| {
            let one = |(path, reason): &(PathBuf, portcullis_event::Reason)| {
                let line = reason.source.as_ref().map(|source| format!(" ({source})")).unwrap_or_default();
                (folder.join(path), format!("{}{line}", reason.message))
            };
            masks.paths.iter().map(one).collect::<Vec<_>>()
        };
        let mut masked = of(workspace, &seen.workspace);
        masked.extend(seen.home.iter().flat_map(|(folder, masks)| of(folder, masks)));
        let paths = masked.iter().map(|(path, _)| path.clone()).collect();
        Self { workspace: workspace.to_owned(), masked, paths }
    }

    /// The files inside of which is noticed that they are opened.
    pub(super) fn watched(&self) -> &[PathBuf] {
        &self.paths
    }

    /// Says what came of it; writes what is proposed if that was asked for and is said once more.
    pub(super) fn tell(
        &self,
        invocation: &Invocation,
        attempted: &[(Attempt, u64)],
        opened: Option<&Opened>,
        write: bool,
    ) -> Result<(), Failure> {
        let files = PolicyFiles::find(invocation)?;
        let Some((source, is_new)) = last_word(&files, invocation) else { return Ok(()) };
        let (mut proposed, mut not_proposed) = (Vec::new(), Vec::new());
        for (target, (attempt, times)) in by_target(attempted) {
            match against(&files, &source, is_new, attempt, invocation)? {
                None if proposed.len() < MOST => proposed.push((target, times)),
                None => not_proposed.push((target, "there are too many; look at the record".to_owned())),
                Some(why) => not_proposed.push((target, why)),
            }
        }
        let times = opened.map(Opened::times).unwrap_or_default();
        let opened = self.masked.iter().zip(times).filter(|(_, times)| *times > 0);
        let name = |path: &Path| path.strip_prefix(&self.workspace).unwrap_or(path).to_string_lossy().into_owned();
        let opened = opened.map(|((path, why), times)| (name(path), why.clone(), times)).collect();
        let may_be_written = source.layer != Layer::Organisation;
        let mut observed =
            Observed { file: source.name.clone(), proposed, not_proposed, opened, written: false, may_be_written };
        invocation.output.beside(&observed);
        if write && may_be_written && !observed.proposed.is_empty() && asked(&observed.file) {
            let text = proposal::with_hosts(&source.text, &observed.proposed);
            proposal::write(Path::new(&observed.file), &source.text, &text, is_new)?;
            observed.written = true;
            invocation.output.remark(&format!("written to {}", observed.file));
        }
        Ok(())
    }
}

/// The file that has the last word: that of the organisation, or else the user's own, which may not be there yet. A repository's can only
/// hold more back, whoever wrote it.
fn last_word(files: &PolicyFiles, invocation: &Invocation) -> Option<(Source, bool)> {
    let is_above = |source: &&Source| source.format == Format::Toml && source.layer != Layer::Repository;
    if let Some(source) = files.sources.iter().filter(is_above).min_by_key(|source| source.layer) {
        return Some((source.clone(), false));
    }
    let name = user_folder(invocation)?.join(MAIN_FILE).to_string_lossy().into_owned();
    Some((Source { layer: Layer::User, name, text: FIRST.to_owned(), format: Format::Toml }, true))
}

/// Each target once: how it was tried makes no difference for what is proposed.
fn by_target(attempted: &[(Attempt, u64)]) -> BTreeMap<String, (&Attempt, u64)> {
    let mut targets: BTreeMap<String, (&Attempt, u64)> = BTreeMap::new();
    for (attempt, times) in attempted {
        targets.entry(attempt.to_string()).or_insert((attempt, 0)).1 += times;
    }
    targets
}

/// Why something is not proposed.
fn against(
    files: &PolicyFiles,
    source: &Source,
    is_new: bool,
    attempt: &Attempt,
    invocation: &Invocation,
) -> Result<Option<String>, Failure> {
    if attempt.behind.is_some() {
        return Ok(Some("its name leads to an address that is not on the public internet".to_owned()));
    }
    if attempt.host.as_str().parse::<std::net::IpAddr>().is_ok() {
        return Ok(Some("it is an address without a name; whose it is tomorrow nobody knows".to_owned()));
    }
    if attempt.host.as_str().ends_with("portcullis.internal") {
        return Ok(Some("it is a service of this machine; add it by hand if the command may use that".to_owned()));
    }
    let text = proposal::with_hosts(&source.text, &[(attempt.to_string(), 1)]);
    let mut sources = files.sources.clone();
    let changed = Source { text, ..source.clone() };
    match sources.iter_mut().find(|it| it.name == source.name && !is_new) {
        Some(place) => *place = changed,
        // Layers come the highest first.
        None => sources.insert(0, changed),
    }
    let Ok(policy) = ValidPolicy::load(&sources, &files.places) else {
        return Ok(Some("the policy is written so that a line can't be put into it; add it by hand".to_owned()));
    };
    let mut event = Event::new(EventId::fresh(), SystemTime::now().into(), surroundings::actor()?, attempt.event());
    event.place = surroundings::place(invocation);
    let decision = policy.decide(&event.inspect(&NothingInIt), &Usage::default());
    if matches!(decision.effective(), Verdict::Allow | Verdict::AllowWithChanges) {
        return Ok(None);
    }
    let reason = decision.reasons.iter().find(|reason| reason.verdict > Verdict::AllowWithChanges);
    Ok(Some(reason.map_or_else(
        || "it would be denied all the same".to_owned(),
        |reason| match &reason.source {
            Some(line) => format!("{} ({line})", reason.message),
            None => reason.message.clone(),
        },
    )))
}

/// Whether a person who sits there says yes. Where nobody sits nothing is written.
fn asked(file: &str) -> bool {
    if !rustix::termios::isatty(rustix::stdio::stdin()) {
        return false;
    }
    let question = format!("write this to {}? [y/N] ", crate::printable::printable(file));
    let mut answer = String::new();
    let mut stderr = std::io::stderr();
    stderr.write_all(question.as_bytes()).and_then(|()| stderr.flush()).ok();
    std::io::stdin().lock().read_line(&mut answer).is_ok_and(|_| matches!(answer.trim(), "y" | "yes"))
}

impl View for Observed {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Good, "portcullis").put(Tone::Plain, ": observed").end();
        if self.proposed.is_empty() {
            page.line("  nothing is proposed");
        } else {
            let how = if self.may_be_written { "--write puts it there" } else { "it is not yours to write" };
            page.put(Tone::Plain, format!("  proposed for {}; {how}. Look at each: a command asks for ", self.file))
                .put(Tone::Plain, "whatever it likes")
                .end();
            page.line("").lines(proposal::with_hosts("", &self.proposed)).line("");
        }
        for (target, why) in &self.not_proposed {
            page.put(Tone::Bad, "  not      ").put(Tone::Strong, target).put(Tone::Faint, format!("  {why}")).end();
        }
        for (path, why, times) in &self.opened {
            let often = if *times == 1 { "once".to_owned() } else { format!("{times} times") };
            page.put(Tone::Warning, "  masked   ").put(Tone::Strong, path);
            page.put(Tone::Plain, format!("  was opened {often}")).put(Tone::Faint, format!(": {why}")).end();
        }
    }
}
