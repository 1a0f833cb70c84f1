#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""doc/simhash.md (the bits) a second time, from the specification: writes simhash_vectors.txt.

    python3 tests/data/simhash_vectors.py > tests/data/simhash_vectors.txt

Slow and plain on purpose: one number a bit, and no bit tricks."""
import sys

M64 = (1 << 64) - 1
SECOND, MIX_1, MIX_2 = 0xCBBB9D5DC1059ED8, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B


def second(h):
    x = h ^ SECOND
    x = x ^ x >> 32
    x = x * MIX_1 & M64
    x = x ^ x >> 29
    x = x * MIX_2 & M64
    return x ^ x >> 32


def voting_word(h):
    """128 bits"""
    return h + (second(h) << 64)


def order(h):
    low, high = h & 0xFFFFFFFF, h >> 32
    return (low ^ high, low)


def fingerprint(hashes, bits, weights):
    if weights == "one":
        hashes = set(hashes)
    if not hashes:
        return 0
    decider = voting_word(min(hashes, key=order))
    words = [voting_word(h) for h in hashes]
    out = 0
    for bit in range(bits):
        votes = sum(1 if w >> bit & 1 else -1 for w in words)
        if votes > 0 or (votes == 0 and decider >> bit & 1):
            out += 1 << bit
    return out


def splitmix(seed, count):
    out, state = [], seed
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & M64
        z = state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & M64
        z = (z ^ z >> 27) * 0x94D049BB133111EB & M64
        out.append(z ^ z >> 31)
    return out


# ("hash", hash, times) or ("mix", seed, count, times)
TEXTS = [
    [],
    [("hash", 0, 1)],
    [("hash", M64, 1)],
    [("hash", SECOND, 1)],
    [("hash", 0x0123456789ABCDEF, 1)],
    [("hash", 0x0123456789ABCDEF, 2), ("hash", 0xFEDCBA9876543210, 2)],
    [("hash", 0, 3), ("hash", M64, 3)],
    [("hash", 0, 3), ("hash", M64, 4)],
    # the same order of the high half: the low half decides
    [("hash", 0x0000000100000002, 1), ("hash", 0x0000000200000001, 1)],
    [("hash", 0xFFFFFFFF00000000, 1), ("hash", 0x8000000080000001, 1)],
    [("hash", SECOND, 5), ("mix", 9, 5, 1)],
    [("mix", 1, 2, 1)],
    [("mix", 2, 3, 1)],
    [("mix", 3, 4, 1)],
    [("mix", 4, 10, 1), ("mix", 5, 1, 9)],
    [("mix", 6, 15, 1)],
    [("mix", 7, 16, 1)],
    [("mix", 8, 17, 2)],
    [("mix", 10, 64, 1)],
    [("mix", 11, 100, 1), ("mix", 12, 4, 25)],
    [("mix", 13, 127, 1)],
    [("mix", 14, 128, 1)],
    [("mix", 15, 254, 1)],
    [("mix", 16, 255, 3)],
    [("mix", 17, 256, 1), ("hash", 0, 2)],
    [("mix", 18, 1000, 1)],
    [("mix", 19, 4000, 1), ("mix", 20, 2, 2000)],
]


def main():
    print("# Written by simhash_vectors.py. A text: hash HASH TIMES, mix SEED COUNT TIMES (SplitMix64). Then")
    print("# fingerprint BITS WEIGHTS HIGH LOW, and end.")
    for text in TEXTS:
        hashes = []
        for part in text:
            if part[0] == "hash":
                print("hash %016x %d" % part[1:])
                hashes += [part[1]] * part[2]
            else:
                print("mix %d %d %d" % part[1:])
                hashes += splitmix(part[1], part[2]) * part[3]
        for bits in 64, 128:
            for weights in "count", "one":
                f = fingerprint(hashes, bits, weights)
                print("fingerprint %d %s %016x %016x" % (bits, weights, f >> 64, f & M64))
        print("end")


if __name__ == "__main__":
    sys.exit(main())
