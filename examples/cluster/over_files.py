#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Removes near-duplicates from many files with many machines that share a folder: Slurm, Ray, Dask, or one machine.

    over_files.py run WORK OUT FILE.jsonl ... [--with local|ray|dask] [--shards 8]

The steps are functions of the folder WORK and a number, so whatever can run a function on another machine can run them; slurm.sh
runs them as jobs. The result is that of `neardup dedup FILE.jsonl ...`, byte for byte. Requires neardup and pyarrow."""

import argparse
import json
import pathlib
import pickle
import sys
from itertools import groupby

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from neardup import steps

LIGHT = ["tokens", "high", "low", "form", "keys"]  # of an extract; the sets are most of it

# ---- the steps -------------------------------------------------------------------------------------------------------


def plan(work, out, files, shards, **options):
    """One machine, first: what all others must have in common. The secret is for this run alone."""
    work.mkdir(parents=True)
    out.mkdir(parents=True, exist_ok=True)
    job = {"setup": steps.begin(**options), "files": [str(file) for file in files], "shards": shards, "out": str(out)}
    (work / "job").touch(mode=0o600)
    (work / "job").write_bytes(pickle.dumps(job))


def job_of(work):
    return pickle.loads((work / "job").read_bytes())


def extract(work, number):
    """For each file: the extracts of its texts. Only this step and the last one read texts."""
    job = job_of(work)
    with open(job["files"][number], encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    pieces = [steps.extract(job["setup"], texts[i : i + 1000]) for i in range(0, len(texts), 1000)]
    pq.write_table(pa.Table.from_batches(pieces or [steps.extract(job["setup"], [])]), work / f"extract-{number}.parquet")


def number(work):
    """One machine: distinct texts in the order of the files, numbered. It holds about 100 bytes for each."""
    ranks, job = {}, job_of(work)
    for file in range(len(job["files"])):
        light = pq.read_table(work / f"extract-{file}.parquet", columns=LIGHT)
        digests = zip(light["high"].to_pylist(), light["low"].to_pylist())
        before, rank_of = len(ranks), []
        for digest, tokens in zip(digests, light["tokens"].to_pylist()):
            rank_of.append(ranks.setdefault(digest, len(ranks)) if tokens > 0 else -1)
        seen, first = set(range(before)), []
        for rank in rank_of:
            first.append(rank >= 0 and rank not in seen)
            seen.add(rank)
        pq.write_table(pa.table({"rank": pa.array(rank_of, pa.int64()), "first": first}), work / f"rank-{file}.parquet")


def firsts(work, file, columns):
    ranks = pq.read_table(work / f"rank-{file}.parquet")
    table = pq.read_table(work / f"extract-{file}.parquet", columns=columns)
    return table.append_column("rank", ranks["rank"]).filter(ranks["first"])


def pairs(work, shard):
    """For each shard of the buckets: the pairs of texts that share one."""
    job, buckets = job_of(work), {}
    for file in range(len(job["files"])):
        table = firsts(work, file, ["keys"])
        for rank, keys in zip(table["rank"].to_pylist(), table["keys"].to_pylist()):
            for band, key in enumerate(keys):
                if key % job["shards"] == shard:
                    buckets.setdefault((band, key), []).append(rank)
    found = {(a, b) for ranks in buckets.values() for i, b in enumerate(ranks) for a in ranks[:i]}
    table = pa.table({"earlier": pa.array([p[0] for p in found], pa.int64()), "later": pa.array([p[1] for p in found], pa.int64())})
    pq.write_table(table, work / f"pairs-{shard}.parquet")


def verify(work, shard):
    """For each shard of the earlier texts: exact similarities, one text against many."""
    job, wanted = job_of(work), set()
    for other in range(job["shards"]):
        table = pq.read_table(work / f"pairs-{other}.parquet")
        wanted.update(p for p in zip(table["earlier"].to_pylist(), table["later"].to_pylist()) if p[0] % job["shards"] == shard)
    sets, needed = {}, pa.array(sorted({text for pair in wanted for text in pair}), pa.int64())
    for file in range(len(job["files"])):
        table = firsts(work, file, ["set"])
        table = table.filter(pc.is_in(table["rank"], needed))
        sets.update(zip(table["rank"].to_pylist(), table["set"].to_pylist()))
    edges, matcher = {"later": [], "earlier": [], "jaccard": []}, steps.matcher()
    for earlier, group in groupby(sorted(wanted), key=lambda pair: pair[0]):
        texts = [earlier, *(later for _, later in group)]
        columns = pa.array([earlier] * len(texts), pa.int64()), pa.array(texts, pa.int64()), pa.array([sets[t] for t in texts])
        for later, jaccard in zip(texts, steps.verify(job["setup"], matcher, *columns).to_pylist()):
            if jaccard > 0:
                for name, value in zip(edges, (later, earlier, jaccard)):
                    edges[name].append(value)
    schema = pa.schema({"later": pa.int64(), "earlier": pa.int64(), "jaccard": pa.float64()})
    pq.write_table(pa.table(edges, schema), work / f"edges-{shard}.parquet")


def decide(work):
    """One machine: the decisions, from edges alone."""
    job = job_of(work)
    tables = [pq.read_table(work / f"edges-{shard}.parquet") for shard in range(job["shards"])]
    edges = [tuple(row.values()) for table in tables for row in table.to_pylist()]
    count = max((edge[0] for edge in edges), default=-1) + 1
    removed = [rank for rank, keeper in enumerate(steps.decide(count, edges)) if keeper is not None]
    pq.write_table(pa.table({"rank": pa.array(removed, pa.int64())}), work / "removed.parquet")


def write(work, number):
    """For each file: the lines that stay, as they are."""
    job = job_of(work)
    removed = pq.read_table(work / "removed.parquet")["rank"].combine_chunks()
    ranks = pq.read_table(work / f"rank-{number}.parquet")
    stays = pc.or_(pc.less(ranks["rank"], 0), pc.and_(ranks["first"], pc.invert(pc.is_in(ranks["rank"], removed))))
    file = pathlib.Path(job["files"][number])
    with open(file, "rb") as lines, open(pathlib.Path(job["out"]) / file.name, "wb") as out:
        out.writelines(line for line, kept in zip(lines, stays.to_pylist()) if kept)


# ---- who runs them ---------------------------------------------------------------------------------------------------


def local(step, work, count):
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        list(pool.map(step, [work] * count, range(count)))


def with_ray(step, work, count):
    import ray

    remote = ray.remote(step)
    ray.get([remote.remote(work, number) for number in range(count)])


def with_dask(step, work, count):
    from dask.distributed import get_client

    client = get_client()
    client.gather(client.map(step, [work] * count, range(count), pure=False))


def run(on_all, work, out, files, shards, **options):
    plan(work, out, files, shards, **options)
    on_all(extract, work, len(files))
    number(work)
    on_all(pairs, work, shards)
    on_all(verify, work, shards)
    decide(work)
    on_all(write, work, len(files))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("run", "plan"):
        command = commands.add_parser(name)
        command.add_argument("work", type=pathlib.Path)
        command.add_argument("out", type=pathlib.Path)
        command.add_argument("files", nargs="+", type=pathlib.Path)
        command.add_argument("--shards", type=int, default=8)
        command.add_argument("--threshold", type=float)
        command.add_argument("--with", dest="system", choices=["local", "ray", "dask"], default="local")
    for step in (extract, number, pairs, verify, decide, write):
        command = commands.add_parser(step.__name__, help=step.__doc__.split("\n")[0])
        command.add_argument("work", type=pathlib.Path)
        if step not in (number, decide):
            command.add_argument("number", type=int)
    options = vars(parser.parse_args())
    command, system = options.pop("command"), options.pop("system", None)
    if command == "plan":
        plan(**options)
    elif command != "run":
        globals()[command](*options.values())
    elif system == "dask":
        from dask.distributed import Client

        with Client():
            run(with_dask, **options)
    else:
        run(with_ray if system == "ray" else local, **options)


if __name__ == "__main__":
    sys.exit(main())
