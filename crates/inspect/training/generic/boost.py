"""Gradient boosting of trees over small whole numbers, for a yes-or-no question. Deterministic for a seed."""

import numpy as np


class Tree:
    """Nodes in preorder: (feature, threshold, other, score); feature -1 marks an answer."""

    def __init__(self):
        self.nodes = []

    def predict(self, rows):
        out = np.zeros(len(rows))
        stack = [(0, np.arange(len(rows)))]
        while stack:
            at, which = stack.pop()
            feature, threshold, other, score = self.nodes[at]
            if feature < 0:
                out[which] = score
                continue
            left = rows[which, feature] <= threshold
            stack.append((at + 1, which[left]))
            stack.append((other, which[~left]))
        return out


def edges_of(rows, most=48):
    """For each feature the thresholds that are tried."""
    edges = []
    for feature in range(rows.shape[1]):
        values = np.unique(rows[:, feature])
        if len(values) > most:
            values = np.unique(np.quantile(rows[:, feature], np.linspace(0, 1, most + 1), method="lower"))
        edges.append(values[:-1] if len(values) > 1 else values[:0])
    return edges


def grow(binned, counts, edges, gradient, hessian, which, features, options):
    """One tree, split where it gains most until it has enough leaves."""
    tree = Tree()

    def score(rows):
        return -gradient[rows].sum() / (hessian[rows].sum() + options["l2"])

    def best_split(rows):
        total_g, total_h = gradient[rows].sum(), hessian[rows].sum()
        parent = total_g**2 / (total_h + options["l2"])
        best = (options["least_gain"], None, None)
        for feature in features:
            bins = counts[feature]
            if bins < 2:
                continue
            column = binned[rows, feature]
            g = np.cumsum(np.bincount(column, gradient[rows], bins))[:-1]
            h = np.cumsum(np.bincount(column, hessian[rows], bins))[:-1]
            n = np.cumsum(np.bincount(column, minlength=bins))[:-1]
            gain = g**2 / (h + options["l2"]) + (total_g - g) ** 2 / (total_h - h + options["l2"]) - parent
            gain[(n < options["least_rows"]) | (len(rows) - n < options["least_rows"])] = -1
            at = int(np.argmax(gain))
            if gain[at] > best[0]:
                best = (gain[at], feature, at)
        return best

    leaves = [(best_split(which), which, 0)]
    splits = {}
    identity = 1
    order = {0: which}
    children = {}
    names = [0]
    open_leaves = [(leaves[0][0], 0, 0)]
    while len(names) - len(splits) * 0 and len(order) - len(splits) < options["leaves"]:
        open_leaves = [leaf for leaf in open_leaves if leaf[0][1] is not None and leaf[2] < options["depth"]]
        if not open_leaves:
            break
        open_leaves.sort(key=lambda leaf: (-leaf[0][0], leaf[1]))
        (gain, feature, at), name, depth = open_leaves.pop(0)
        rows = order[name]
        left = binned[rows, feature] <= at
        splits[name] = (feature, edges[feature][at])
        children[name] = (identity, identity + 1)
        for side in (rows[left], rows[~left]):
            order[identity] = side
            names.append(identity)
            open_leaves.append((best_split(side), identity, depth + 1))
            identity += 1

    def write(name):
        place = len(tree.nodes)
        tree.nodes.append(None)
        value = options["rate"] * score(order[name])
        if name in splits:
            write(children[name][0])
            other = len(tree.nodes)
            write(children[name][1])
            tree.nodes[place] = (splits[name][0], int(splits[name][1]), other, value)
        else:
            tree.nodes[place] = (-1, 0, 0, value)

    write(0)
    return tree


def fit(rows, labels, weights, options):
    """Trees and the score that they start from."""
    random = np.random.default_rng(options["seed"])
    edges = edges_of(rows)
    binned = np.stack([np.searchsorted(edge, rows[:, f], side="left") for f, edge in enumerate(edges)], axis=1)
    counts = [len(edge) + 1 for edge in edges]
    mean = (labels * weights).sum() / weights.sum()
    base = float(np.log(mean / (1 - mean)))
    score = np.full(len(rows), base)
    trees = []
    for _ in range(options["trees"]):
        chance = 1 / (1 + np.exp(-score))
        gradient = weights * (chance - labels)
        hessian = np.maximum(weights * chance * (1 - chance), 1e-6)
        which = np.flatnonzero(random.random(len(rows)) < options["sample"])
        features = np.sort(random.choice(rows.shape[1], int(rows.shape[1] * options["features"]), replace=False))
        tree = grow(binned, counts, edges, gradient, hessian, which, features, options)
        score += tree.predict(rows)
        trees.append(tree)
    return base, trees


def predict(rows, base, trees):
    """The score of each row, in the logarithm of the odds."""
    return base + sum((tree.predict(rows) for tree in trees), np.zeros(len(rows)))
