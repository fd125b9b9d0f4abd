"""Counts the words and the triples of characters of programs: crates/inspect/model/{words,trigrams}.bin.

    python3 tables.py --out ../../model FOLDER [FOLDER …]

Each folder holds one project's sources; a word counts if many projects use it, so no project leaves a trace of its
own. Needs nothing but Python. The same folders give the same tables.
"""

import argparse
import collections
import math
import random
import re
from pathlib import Path

WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
NAME = re.compile(rb"[A-Za-z][A-Za-z0-9_.\-]{2,40}")
SKIPPED = (".min.", ".lock", "-lock", "/vendor/", "node_modules")
# So much of a file, and of a project, is read.
OF_FILE, OF_PROJECT = 120_000, 25_000_000
# Words that people make passwords of, whether or not programs use them.
CHOSEN = """monkey dragon letmein qwerty asdf hunter sunshine princess football baseball superman batman shadow master
michael jordan jennifer thomas charlie summer winter spring autumn welcome trustno hello freedom whatever ninja mustang
access starwars cheese computer pepper ginger secret""".split()
BLOOM_BITS = 1 << 17
CLASSES = 32
START = 29


def names_of(project, shuffle):
    """The names and words that a project is written with."""
    files = sorted(path for path in project.rglob("*") if path.is_file())
    shuffle.shuffle(files)
    found, size = set(), 0
    for path in files:
        if any(part in str(path) for part in SKIPPED):
            continue
        text = path.read_bytes()[:OF_FILE]
        size += len(text)
        if size > OF_PROJECT:
            break
        found.update(name.decode() for name in NAME.findall(text))
    return found


def hash_of(word):
    value = 0x811C9DC5
    for byte in word.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def bloom(words):
    bits = bytearray(BLOOM_BITS // 8)
    for word in words:
        value = hash_of(word)
        for place in (value & (BLOOM_BITS - 1), ((value * 0x9E3779B1) & 0xFFFFFFFF) >> 15):
            bits[place >> 3] |= 1 << (place & 7)
    return bits


def symbol(character):
    if character.isascii() and character.isalpha():
        return ord(character.lower()) - ord("a")
    if character.isdigit():
        return 26
    return 27 if character in "_-. " else 28


def trigrams(names):
    """For each two characters the surprise at a third, in twelfths of a bit, smoothed by shorter contexts."""
    counts = [[0.0] * CLASSES for _ in range(CLASSES * CLASSES)]
    for name, projects in sorted(names.items()):
        first = second = START
        for character in name:
            third = symbol(character)
            counts[first * CLASSES + second][third] += math.log2(projects)
            first, second = second, third
    single, double = [0.0] * CLASSES, [[0.0] * CLASSES for _ in range(CLASSES)]
    for pair, row in enumerate(counts):
        for third, count in enumerate(row):
            single[third] += count
            double[pair % CLASSES][third] += count
    table = bytearray()
    for pair, row in enumerate(counts):
        second = double[pair % CLASSES]
        for third in range(CLASSES):
            chance = (single[third] + 1) / (sum(single) + CLASSES)
            chance = (second[third] + 20 * chance) / (sum(second) + 20)
            chance = (row[third] + 20 * chance) / (sum(row) + 20)
            table.append(min(255, round(-math.log2(chance) * 12)))
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--projects", type=int, default=12, help="so many projects have to use a word")
    options = parser.parse_args()
    shuffle = random.Random(1)
    names, words = collections.Counter(), collections.Counter()
    for folder in sorted(options.folders):
        found = names_of(folder, shuffle)
        names.update(found)
        words.update({word.lower() for name in found for word in WORD.findall(name) if 3 <= len(word) <= 14})
    # Three letters are part of too much to be a word unless very many use it.
    kept = {word for word, count in words.items() if count >= options.projects * (2.5 if len(word) == 3 else 1)}
    (options.out / "words.bin").write_bytes(bloom(sorted(kept | set(CHOSEN))))
    shared = {name: count for name, count in names.items() if count >= 2 and len(name) <= 30}
    (options.out / "trigrams.bin").write_bytes(trigrams(shared))


if __name__ == "__main__":
    main()
