#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The program `simhash` of the Debian package of that name beside neardup on the same documents: time, and what each finds.
Skips itself if the program is missing. Python 3 standard library and the zstd program.

    bench/simhash_peer.py --neardup build/neardup DOCS.jsonl.zst   (id, text, cluster)

Despite its name it is not a SimHash: it keeps the 128 smallest CRC32 of all runs of 8 bytes (bottom-k MinHash) and compares
every pair of files."""
import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time


def load(path, limit):
    text = subprocess.run(["zstd", "-dc", "--long=27", path], check=True, stdout=subprocess.PIPE).stdout.decode("utf-8")
    documents = [json.loads(line) for line in text.split("\n") if line.strip()]
    return documents[:limit] if limit else documents


def timed(*command, cwd=None):
    """(output, wall seconds, CPU seconds)"""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=cwd).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return out.decode("utf-8"), time.monotonic() - start, cpu


def scores(found, positive):
    hits = len(found & positive)
    precision, recall = hits / len(found) if found else 1.0, hits / len(positive)
    return precision, recall, 2 * precision * recall / (precision + recall) if hits else 0.0


def best(pairs, settings, within, positive):
    """pairs {key: value}; the setting with the best F1."""
    options = [(s, scores({k for k, v in pairs.items() if within(v, s)}, positive)) for s in settings]
    return max(options, key=lambda o: round(o[1][2], 6))


def peer(work, names):
    """{(a, b): similarity} with numbers from 0, from the lower half of a matrix: name, number, similarity to each before."""
    out, wall, cpu = timed("simhash", "-m", *names, cwd=work)
    pairs = {}
    for a, line in enumerate(out.splitlines()[1:]):
        for b, value in enumerate(line.split()[2:]):
            pairs[(b, a)] = float(value)
    return pairs, wall, cpu


def ours(neardup, work, *options):
    out, wall, cpu = timed(neardup, "find", work, "--input-format", "file", "--pairs", "--format", "jsonl", "-q", *options)
    number = lambda place: int(place["file"].split(".")[0])
    records = [json.loads(line) for line in out.split("\n") if line]
    return {(number(r["a"]), number(r["b"])): r for r in records}, wall, cpu


def row(name, setting, result, wall, cpu):
    print("| %s | %s | %.3f | %.3f | %.3f | %.2f | %.2f |" % ((name, setting) + result + (wall, cpu)))
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--neardup", required=True)
    parser.add_argument("--limit", type=int, default=0, help="documents; 0: all")
    parser.add_argument("documents")
    args = parser.parse_args()
    if shutil.which("simhash") is None:
        print("simhash_peer: skipped, no program 'simhash' (Debian package simhash)")
        return
    documents = load(args.documents, args.limit)
    positive = {(a, b) for b in range(len(documents)) for a in range(b)
                if documents[a]["cluster"] == documents[b]["cluster"]}
    with tempfile.TemporaryDirectory() as work:
        names = ["%06d.txt" % i for i in range(len(documents))]
        for name, document in zip(names, documents):
            with open(os.path.join(work, name), "w", encoding="utf-8") as out:
                out.write(document["text"])
        print("%d files, %.1f MB, %d pairs of the same cluster; -j 1; page cache warm\n" % (
            len(names), sum(os.path.getsize(os.path.join(work, n)) for n in names) / 1e6, len(positive)))
        print("| program | best at | P | R | F1 | seconds | of these CPU |\n|---|---|---|---|---|---|---|")
        steps = [i / 20 for i in range(20, 3, -1)]
        pairs, wall, cpu = peer(work, names)
        s, result = best(pairs, steps, lambda v, t: v >= t - 1e-9, positive)
        row("simhash -m", "similarity %.2f" % s, result, wall, cpu)
        program = os.path.abspath(args.neardup)
        for bits in (64, 128):
            found, _, _ = ours(program, work, "-j", "1", "--method", "simhash", "--bits", str(bits), "--distance", str(bits // 4))
            s, result = best(found, range(bits // 4 + 1), lambda r, d: r["distance"] <= d, positive)
            _, wall, cpu = ours(program, work, "-j", "1", "--method", "simhash", "--bits", str(bits), "--distance", str(s))
            row("neardup find --method simhash --bits %d" % bits, "distance %d" % s, result, wall, cpu)
        found, _, _ = ours(program, work, "-j", "1", "--threshold", "0.4")
        s, result = best(found, [t for t in steps if t >= 0.4], lambda r, t: r["jaccard"] >= t - 1e-9, positive)
        _, wall, cpu = ours(program, work, "-j", "1", "--threshold", str(max(0.4, min(0.95, s))))
        row("neardup find", "Jaccard %.2f" % s, result, wall, cpu)


main()
