//! Measures what is found, what is taken for an attack and is none, and how fast. Prints lines of fields with tabs between,
//! for `./bench injection`.

use crate::grammar::Grammar;
use crate::row::{self, Row};
use crate::{Options, folder};
use portcullis_event::Confidence;
use portcullis_inspect::injection::{Context, Settings, Tier, assess, find, look, revision, rules};
use portcullis_inspect::{Inspection, Kinds};
use std::collections::BTreeMap;
use std::path::Path;

/// What was seen in a row.
struct Seen {
    row: Row,
    /// The tier of all things considered, and of the rules alone.
    tier: Option<Tier>,
    rules: Option<Tier>,
    /// The highest tier of each rule.
    by_rule: BTreeMap<&'static str, Tier>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    println!("revision\t{}", revision());
    let rows = Grammar::read(&folder().join("test"))?.rows("test");
    set("made", rows);
    for path in &options.data {
        set("given", row::read(path)?);
    }
    for path in &options.clean {
        clean(path)?;
    }
    speed()
}

fn see(row: Row) -> Seen {
    let settings = Settings { context: Context::Unknown, least: Tier::Note };
    let assessment = assess(&row.text, &settings);
    let mut by_rule = BTreeMap::new();
    for signal in &assessment.signals {
        let tier = by_rule.entry(signal.rule.id).or_insert(signal.tier);
        *tier = signal.tier.max(*tier);
    }
    Seen { row, tier: assessment.tier, rules: by_rule.values().copied().max(), by_rule }
}

fn set(name: &str, rows: Vec<Row>) {
    let seen: Vec<Seen> = rows.into_iter().map(see).collect();
    let mut kinds: BTreeMap<(bool, String), Vec<&Seen>> = BTreeMap::new();
    for one in &seen {
        kinds.entry((one.row.attack, kind(&one.row.kind))).or_default().push(one);
        if HIDDEN.iter().any(|hidden| one.row.kind.contains(hidden)) {
            kinds.entry((one.row.attack, String::from(" hidden characters"))).or_default().push(one);
        }
        kinds.entry((one.row.attack, String::from(" all"))).or_default().push(one);
    }
    for ((attack, kind), all) in kinds {
        let sort = if attack { "attack" } else { "harmless" };
        let tier = |least: Tier| percent(&all, |one| one.tier >= Some(least));
        let rules = percent(&all, |one| one.rules >= Some(Tier::Alert));
        println!(
            "kind\t{name}\t{sort}\t{}\t{}\t{:.2}\t{:.2}\t{rules:.2}",
            kind.trim(),
            all.len(),
            tier(Tier::Alert),
            tier(Tier::Block)
        );
    }
    let of = |attack: bool| seen.iter().filter(|one| one.row.attack == attack).collect::<Vec<_>>();
    let (attacks, harmless) = (of(true), of(false));
    for rule in rules() {
        let at = |all: &[&Seen], least: Tier| percent(all, |one| one.by_rule.get(rule.id) >= Some(&least));
        let figures = [
            at(&attacks, Tier::Note),
            at(&attacks, Tier::Alert),
            at(&attacks, Tier::Block),
            at(&harmless, Tier::Note),
            at(&harmless, Tier::Alert),
            at(&harmless, Tier::Block),
        ];
        println!("rule\t{name}\t{}\t{}", rule.id, figures.map(|figure| format!("{figure:.2}")).join("\t"));
    }
}

/// Parts of the names of kinds that are hidden by characters, whoever named them.
const HIDDEN: [&str; 16] = [
    "tag-char",
    "tag_char",
    "zero-width",
    "zero_width",
    "zw_split",
    "variation",
    "bidi",
    "ansi-conceal",
    "ansi-colour",
    "ansi-erase",
    "ansi_conceal",
    "ansi_erase",
    "homoglyph",
    "soft-hyphens",
    "full-width",
    "hidden:bold",
];

/// What a kind is counted as: of a made text, the grammar and not the place that it stands in.
fn kind(kind: &str) -> String {
    match kind.split_once(':') {
        Some(("hidden" | "benign", _)) | None => kind.to_owned(),
        Some((family, _)) => family.to_owned(),
    }
}

/// The share of those that are so, in percent.
fn percent(all: &[&Seen], is: impl Fn(&Seen) -> bool) -> f64 {
    100.0 * number(all.iter().filter(|one| is(one)).count()) / number(all.len().max(1))
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows and bytes, printed with three digits")]
fn number(count: usize) -> f64 {
    count as f64
}

/// What a scan reports of files that are taken to be harmless, and what it costs beside the search for secrets.
fn clean(folder: &Path) -> anyhow::Result<()> {
    let secrets = Inspection::new(Kinds { secrets: true, personal_data: false, injection: false });
    let mut bytes = 0;
    let mut counts: BTreeMap<(String, Confidence), usize> = BTreeMap::new();
    let mut files = 0;
    let (mut for_secrets, mut for_injection) = (0.0, 0.0);
    for path in row::files(folder)? {
        let Ok(text) = std::fs::read(&path) else { continue };
        files += 1;
        bytes += text.len();
        let start = cpu()?;
        let found = look(&text, Some(&path));
        let between = cpu()?;
        std::hint::black_box(secrets.look(&text, Some(&path)));
        for_injection += between - start;
        for_secrets += cpu()? - between;
        for hit in found {
            let quote: String = hit.value.expose().chars().take(90).collect();
            println!("report\t{}\t{path}:{}\t{}", hit.rule, hit.span.start, quote.escape_debug());
            *counts.entry((hit.rule.to_string(), hit.confidence)).or_default() += 1;
        }
    }
    let megabytes = number(bytes) / 1e6;
    println!("clean\tfiles\t\t{files}\t{megabytes:.1}");
    println!("clean\tseconds for injection\t\t{for_injection:.2}\t{:.0}", megabytes / for_injection);
    println!("clean\tseconds for secrets\t\t{for_secrets:.2}\t{:.0}", megabytes / for_secrets);
    for confidence in [Confidence::Medium, Confidence::High] {
        let at_least = counts.iter().filter(|((_, at), _)| *at >= confidence);
        let total: usize = at_least.map(|(_, count)| count).sum();
        println!("clean\tall\t{confidence:?}\t{total}\t{:.3}", number(total) / megabytes);
    }
    for ((rule, confidence), count) in counts {
        println!("clean\t{rule}\t{confidence:?}\t{count}\t{:.3}", number(count) / megabytes);
    }
    Ok(())
}

/// Time that this thread has used, in seconds.
fn cpu() -> anyhow::Result<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(text.split_whitespace().next().unwrap_or_default().parse::<f64>()? / 1e9)
}

/// Megabytes that one core looks through in a second.
fn speed() -> anyhow::Result<()> {
    let plain = "the quick brown fox jumps over the lazy dog, 42 times; x = y + (z * 7);\n".repeat(14_000);
    let code = own_source(".rs")?;
    let prose = own_source(".md")?;
    let settings = Settings::default();
    let rules = |text: &str| find(text, &settings).len();
    let all = |text: &str| assess(text, &settings).signals.len();
    report("rules, text without a word of theirs", &plain, rules)?;
    report("rules, our own source", &code, rules)?;
    report("rules, our own documents", &prose, rules)?;
    report("rules and model, our own source", code.get(..code.floor_char_boundary(400_000)).unwrap_or_default(), all)
}

fn report(what: &str, text: &str, look: impl Fn(&str) -> usize) -> anyhow::Result<()> {
    let mut fastest = f64::INFINITY;
    for _ in 0..5 {
        let before = cpu()?;
        std::hint::black_box(look(std::hint::black_box(text)));
        fastest = fastest.min(cpu()? - before);
    }
    println!("speed\t{what}\t{:.1}", number(text.len()) / 1e6 / fastest);
    Ok(())
}

/// Our own files with this ending, one behind the other.
fn own_source(ending: &str) -> anyhow::Result<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut all = String::new();
    for folder in ["crates", "docs"] {
        for path in row::files(&root.join(folder))?.iter().filter(|path| path.ends_with(ending)) {
            all.push_str(&std::fs::read_to_string(path)?);
        }
    }
    Ok(all)
}
