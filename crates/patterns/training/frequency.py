#!/usr/bin/env python3
"""Counts how often one byte follows another in source text, and writes `src/frequency.bin`.

    python3 frequency.py FOLDER… > ../src/frequency.bin

The table tells the compiler of rules which four bytes of a literal are rarest. Bytes are folded as the search folds
them: bit 5 is set, which makes letters lower case and leaves 128 values. An entry is -8·log2 of the share of the pair
among all pairs, in one byte. Any large and mixed collection of source text does; the table that is in the repository
was made from Rust, C, Python and JavaScript of about 150 MB.
"""
import math
import os
import sys

ENDINGS = (".rs", ".c", ".h", ".py", ".js", ".ts", ".md", ".json", ".toml", ".yml", ".yaml", ".txt", ".html", ".css", ".go", ".java")


def fold(byte):
    return ((byte & 0xC0) >> 1) | (byte & 0x1F)


def main(folders):
    counts = [[0] * 128 for _ in range(128)]
    folded = bytes(fold(byte) for byte in range(256))
    for top in folders:
        for folder, _, names in os.walk(top):
            for name in names:
                if not name.endswith(ENDINGS):
                    continue
                path = os.path.join(folder, name)
                if os.path.islink(path) or os.path.getsize(path) > 1 << 19:
                    continue
                with open(path, "rb") as file:
                    text = file.read().translate(folded)
                for first, second in zip(text, text[1:]):
                    counts[first][second] += 1
    total = sum(map(sum, counts))
    table = bytearray()
    for row in counts:
        for count in row:
            table.append(min(255, round(-8 * math.log2((count + 0.5) / total))))
    sys.stdout.buffer.write(table)


if __name__ == "__main__":
    main(sys.argv[1:])
