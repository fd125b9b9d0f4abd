"""Trains the model of generic credentials and writes it as Rust: crates/inspect/model/generic.rs.

    cargo run --release -p portcullis-inspect --example generic_rows < SET.jsonl > SET.tsv     # for each set
    python3 train.py --out ../../model/generic.rs SET.tsv [SET.tsv …]

Needs numpy. The same rows give the same model, byte for byte. The thresholds between high, medium and low confidence
come from cross-validation that never parts rows of one source, and from the sets given with --thresholds if any.
"""

import argparse
import hashlib
import sys
from pathlib import Path

import numpy as np

import boost

OPTIONS = {
    "seed": 1,
    "trees": 300,
    "leaves": 8,
    "depth": 6,
    "rate": 0.07,
    "l2": 2.0,
    "least_rows": 6,
    "least_gain": 0.3,
    "sample": 0.7,
    "features": 0.4,
}
# So precise each tier should be, all findings of at least its confidence together.
PRECISION = {"HIGH": 0.96, "MEDIUM": 0.90}
SCALE = 1024
FOLDS = 8


def read(path):
    """Features, labels, weights and sources of a file of rows."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    fields = [line.split("\t") for line in lines[1:]]
    rows = np.array([[int(value) for value in line[5:]] for line in fields], dtype=np.int32)
    labels = np.array([int(line[0]) for line in fields])
    weights = np.array([float(line[2]) for line in fields])
    sources = np.array([line[1] for line in fields])
    return rows, labels, weights, sources, lines[0].split("\t")[5:]


def fold_of(source):
    return int(hashlib.sha256(source.encode()).hexdigest(), 16) % FOLDS


def cross_validate(rows, labels, weights, sources):
    """The score that each row gets from a model that saw nothing of its source."""
    folds = np.array([fold_of(source) for source in sources])
    scores = np.zeros(len(rows))
    for fold in range(FOLDS):
        here = folds == fold
        if here.any():
            base, trees = boost.fit(rows[~here], labels[~here], weights[~here], OPTIONS)
            scores[here] = boost.predict(rows[here], base, trees)
    return scores


def thresholds(labels, weights, scores):
    """The scores from which on confidence is high, medium, low."""
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum((labels * weights)[order])
    wrong = np.cumsum(((1 - labels) * weights)[order])
    precision = right / (right + wrong)
    recall = right / right[-1]
    f1 = 2 * precision * recall / (precision + recall)
    sorted_scores = scores[order]
    low = sorted_scores[int(np.argmax(f1))]
    found = {"LOW": low}
    for name, least in PRECISION.items():
        enough = np.flatnonzero(precision >= least)
        found[name] = max(low, sorted_scores[enough[-1]]) if len(enough) else sorted_scores[0] + 1
    best = int(np.argmax(f1))
    print(f"cross-validated: F1 {f1[best]:.3f}, precision {precision[best]:.3f}, recall {recall[best]:.3f}", file=sys.stderr)
    for name, score in sorted(found.items(), key=lambda item: item[1]):
        at = int(np.searchsorted(-sorted_scores, -score, side="right")) - 1
        print(f"  {name}: from {score:.2f}, precision {precision[at]:.3f}, recall {recall[at]:.3f}", file=sys.stderr)
    return found


def small(score):
    return int(np.clip(round(score * SCALE), -32768, 32767))


def write(path, names, base, trees, tiers, digest, count):
    """The model as Rust."""
    nodes, roots = [], []
    for tree in trees:
        roots.append(len(nodes))
        nodes.extend(tree.nodes)
    assert len(nodes) < 65536, "too many nodes"
    lines = [
        "// Made by crates/inspect/training/generic/train.py, which says how to remake it. Do not edit.",
        f"// {count} rows, {len(trees)} trees, {len(nodes)} nodes; the rows' SHA-256 is {digest}.",
        f"// Features: {' '.join(names)}.",
        "",
        "/// What the number of features was when this was made.",
        f"const TRAINED_FEATURES: usize = {len(names)};",
        "/// The score before any question.",
        f"const BASE: i32 = {small(base)};",
    ]
    for name in ("HIGH", "MEDIUM", "LOW"):
        lines += [f"/// From this score on, confidence is {name.lower()}.", f"pub(super) const {name}: i32 = {small(tiers[name])};"]
    lines += ["/// Where each tree starts.", f"static ROOTS: [u16; {len(roots)}] = ["]
    lines += wrap([str(root) for root in roots])
    lines += ["];", "/// Every tree in preorder: the feature, the threshold, the other branch, the score.", f"static NODES: [Node; {len(nodes)}] = ["]
    lines += wrap([node_text(node) for node in nodes])
    lines += ["];", ""]
    Path(path).write_text("\n".join(lines), encoding="utf-8")


def node_text(node):
    feature, threshold, other, score = node
    if feature < 0:
        return f"a({small(score)})"
    return f"q({feature}, {min(threshold, 32767)}, {other}, {small(score)})"


def wrap(items):
    lines, line = [], "   "
    for item in items:
        if len(line) + len(item) > 116:
            lines.append(line)
            line = "   "
        line += f" {item},"
    return [*lines, line]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="+", help="what the example generic_rows printed; FILE or FILE*WEIGHT")
    parser.add_argument("--out", required=True)
    parser.add_argument("--thresholds", nargs="*", default=[], help="rows that set the thresholds and train nothing")
    parser.add_argument("--real", type=int, default=0, help="so many of the files, the first ones, set the thresholds")
    options = parser.parse_args()
    parts, digest = [], hashlib.sha256()
    for number, name in enumerate(options.rows):
        path, _, weight = name.partition("*")
        digest.update(Path(path).read_bytes())
        rows, labels, weights, sources, names = read(path)
        parts.append((rows, labels, weights * float(weight or 1), sources, np.full(len(rows), number)))
    rows, labels, weights, sources, files = (np.concatenate(part) for part in zip(*parts))
    scores = cross_validate(rows, labels, weights, sources)
    decisive = files < (options.real or len(options.rows))
    base, trees = boost.fit(rows, labels, weights, OPTIONS)
    judged = [(labels[decisive], weights[decisive], scores[decisive])]
    for path in options.thresholds:
        digest.update(Path(path).read_bytes())
        others, *rest = read(path)
        judged.append((rest[0], rest[1], boost.predict(others, base, trees)))
    tiers = thresholds(*(np.concatenate(part) for part in zip(*judged)))
    write(options.out, names, base, trees, tiers, digest.hexdigest(), len(rows))


if __name__ == "__main__":
    main()
