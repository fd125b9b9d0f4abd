//! From texts to a policy: read, check, compile, and see what a lower layer asks for in vain.

use crate::config::{Entry, EntryValue, Preset, Scalar};
use crate::diagnostic::{Diagnostic, DiagnosticSeverity};
use crate::policy::{ValidPolicy, strictest};
use crate::read;
use crate::roles::Roles;
use crate::source::{Format, Layer, Places, Source, Text};
use crate::tier::{Sheet, Tier};
use crate::{loosening, marker_rules, validate};
use portcullis_event::Mode;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

impl ValidPolicy {
    /// Reads and checks all sources together. Without any, the preset `standard` is in force.
    pub fn load(sources: &[Source], places: &Places) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let mut sheets = sheets(sources, &mut problems);
        sheets.sort_by_key(|(layer, format, _)| (*layer, *format != Format::Toml));
        let roles = Roles::new(&sheets, &mut problems);
        let mut tiers = tiers(&sheets, places, &mut problems);
        let markers = marker_rules::compile(&mut tiers, &mut problems);
        for (_, _, sheet) in &sheets {
            validate::sheet(sheet, places, &mut problems);
        }
        problems.sort_by(|one, other| one.place().cmp(&other.place()));
        let (errors, warnings): (Vec<_>, Vec<_>) =
            problems.into_iter().partition(|it| it.severity() == DiagnosticSeverity::Error);
        if !errors.is_empty() {
            return Err(errors.into_iter().chain(warnings).collect());
        }
        let mode = match strictest(&tiers, "mode") {
            Some(Scalar::Mode(word)) => word.mode(),
            _ => Mode::Enforce,
        };
        Ok(Self {
            loosenings: loosening::find(&tiers, places),
            hash: hash(sources, places, &tiers),
            approval_roles: loosening::common_roles(&tiers),
            places: places.clone(),
            tiers,
            warnings,
            mode,
            roles,
            markers,
        })
    }
}

type Sheets = Vec<(Layer, Format, Sheet)>;

fn sheets(sources: &[Source], problems: &mut Vec<Diagnostic>) -> Sheets {
    let mut out = Vec::new();
    for source in sources {
        let text = Text::new(&source.name, &source.text);
        if let Some(problem) = read::unreadable(&text) {
            problems.push(problem);
            continue;
        }
        problems.extend(read::empty(&text));
        let sheet = match source.format {
            Format::Toml => read::toml(&text, problems),
            Format::ToolsJson => read::tools_json(&text, problems),
            Format::SkillsYaml => read::skills_yaml(&text, problems),
            Format::Cedar => Sheet { entries: vec![cedar_entry(&text)], text },
        };
        out.push((source.layer, source.format, sheet));
    }
    out
}

/// A file of Cedar policies is the same as the key `approvals.policies`.
fn cedar_entry(text: &Arc<Text>) -> Entry {
    let value = EntryValue::Scalar(Ok(Scalar::Text(text.written.clone())));
    Entry { key: "approvals.policies".to_owned(), span: 0..text.written.len(), value }
}

/// The preset that a sheet names.
fn named(sheet: &Sheet) -> Option<Preset> {
    sheet.entries.iter().find_map(|entry| match &entry.value {
        EntryValue::Scalar(Ok(Scalar::Preset(preset))) => Some(*preset),
        EntryValue::Scalar(_)
        | EntryValue::List
        | EntryValue::Item(_)
        | EntryValue::Ceiling(..)
        | EntryValue::Row(_) => None,
    })
}

/// The preset as a sheet. It is an ordinary policy and is read as one.
pub(crate) fn preset_sheet(preset: Preset, problems: &mut Vec<Diagnostic>) -> Sheet {
    read::toml(&Text::new(format!("preset:{}", preset.name()), preset.text()), problems)
}

fn tiers(sheets: &Sheets, places: &Places, problems: &mut Vec<Diagnostic>) -> Vec<Tier> {
    // A repository is never the highest: whoever is cloned from would otherwise decide what an agent may do here.
    let highest = sheets.iter().map(|(layer, _, _)| *layer).min().unwrap_or(Layer::Organisation).min(Layer::User);
    let mut rest = sheets.iter().filter(|(_, format, _)| *format != Format::Cedar).peekable();
    // The highest storey stands on a preset in any case, also if its layer has no file, or only a list of tools.
    let base = rest.next_if(|(layer, format, _)| *layer == highest && *format == Format::Toml).map(|it| it.2.clone());
    let preset = base.as_ref().and_then(named).unwrap_or(Preset::Standard);
    let preset = preset_sheet(preset, problems);
    let mut out = vec![Tier::compile(base, Some(preset), places, problems)];
    for (_, _, sheet) in rest {
        let preset = named(sheet).map(|preset| preset_sheet(preset, problems));
        out.push(Tier::compile(Some(sheet.clone()), preset, places, problems));
    }
    out
}

/// SHA-256 of everything that decides: each part with its length before it, so that no two policies run together.
fn hash(sources: &[Source], places: &Places, tiers: &[Tier]) -> String {
    let mut hasher = Sha256::new();
    let mut add = |part: &str| {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    };
    for path in [&places.home, places.root()] {
        add(path.as_str());
    }
    let mut sorted: Vec<&Source> = sources.iter().collect();
    sorted.sort_by_key(|source| (source.layer, &source.name));
    for source in sorted {
        add(source.layer.name());
        add(match source.format {
            Format::Toml => "toml",
            Format::ToolsJson => "tools",
            Format::SkillsYaml => "skills",
            Format::Cedar => "cedar",
        });
        add(&source.name);
        add(&source.text);
    }
    for preset in tiers.iter().filter_map(|tier| tier.preset.as_ref()) {
        add(&preset.text.name);
        add(&preset.text.written);
    }
    if tiers.iter().any(marker_rules::finds_labels) {
        add(marker_rules::LABELS);
    }
    hasher.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        for nibble in [byte >> 4, byte & 0xf] {
            hex.extend(char::from_digit(u32::from(nibble), 16));
        }
        hex
    })
}
