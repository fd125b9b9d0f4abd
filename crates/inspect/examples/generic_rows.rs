//! Prints what the model of generic credentials is told, for training it.
//!
//! Reads a labelled set, one JSON object a line: `{"text", "path", "spans": [[start, end], …]}`, with `"judged"` spans if
//! not all of a text is labelled. Prints one line per shape: the label, the source, the span, the score, the features.
use portcullis_inspect::generic::{Context, feature_names, weigh};
use std::io::{self, BufRead as _, BufWriter, Write as _};

#[derive(serde::Deserialize)]
struct Row {
    text: String,
    path: Option<String>,
    #[serde(default)]
    source: String,
    spans: Vec<[usize; 2]>,
    #[serde(default)]
    weight: Option<f64>,
    judged: Option<Vec<[usize; 2]>>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = BufWriter::new(io::stdout().lock());
    writeln!(out, "label\tsource\tweight\tspan\tscore\t{}", feature_names().join("\t"))?;
    for line in io::stdin().lock().lines() {
        let row: Row = serde_json::from_str(&line?)?;
        for shape in weigh(row.text.as_bytes(), &Context::of(row.path.as_deref())) {
            let overlaps =
                |spans: &[[usize; 2]]| spans.iter().any(|it| it[0] < shape.span.end && shape.span.start < it[1]);
            if row.judged.as_deref().is_some_and(|judged| !overlaps(judged)) {
                continue;
            }
            let label = i32::from(overlaps(&row.spans));
            let features: Vec<String> = shape.features.iter().map(ToString::to_string).collect();
            writeln!(
                out,
                "{label}\t{}\t{}\t{}-{}\t{}\t{}",
                row.source,
                row.weight.unwrap_or(1.0),
                shape.span.start,
                shape.span.end,
                shape.score,
                features.join("\t")
            )?;
        }
    }
    Ok(())
}
