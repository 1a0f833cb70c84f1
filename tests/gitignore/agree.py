#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes random folders with .gitignore files, and checks that `neardup --gitignore` reads the files that git does not ignore.

    tests/gitignore/agree.py PROGRAM [TREES [SEED]]

With --exclude and --include instead, the same patterns are compared with git, too: a pattern of --exclude leaves out what
it leaves out as the only line of a .gitignore file at the top."""
import os
import pathlib
import random
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1])
TREES = int(sys.argv[2]) if len(sys.argv) > 2 else 20
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 1

NAMES = ["a", "b", "ab", "abc", "a.txt", "b.txt", "x.log", "build", "docs", "a b", "[x]", "x*", "#c", "!d", "ä", "B", "a-b", "e\\f", "g "]
PIECES = ["a", "b", "c", "*", "**", "?", "/", "/", "[ab]", "[!a]", "[a-c]", "[^x-z]", "[[:alpha:]]", ".txt", ".log", "build", "docs",
          "\\*", "\\[", "\\a", "[]x]", "[a/b]", "[\\]x]", "ab", "ä", " ", "-", "#", "!", "[", "]", "[!]", "\\/"]

passed = failed = 0
git_environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "HOME": "/nonexistent"}


def git(folder, *arguments, **options):
    return subprocess.run(["git", "-c", "core.quotePath=false", "-c", "core.excludesFile=/dev/null", *arguments], cwd=folder,
                          env=git_environment, capture_output=True, **options)


def pattern(rng):
    kind = rng.random()
    if kind < 0.3:
        text = rng.choice(NAMES)
    elif kind < 0.5:
        text = rng.choice(["/", "**/", "*/", ""]) + rng.choice(NAMES) + rng.choice(["/", "/**", "/*", "", "/**/" + rng.choice(NAMES)])
    else:
        text = "".join(rng.choice(PIECES) for _ in range(rng.randrange(1, 6)))
    return text


def make_tree(rng, folder, depth):
    for name in rng.sample(NAMES, rng.randrange(2, 8)):
        path = folder / name
        if depth < 3 and rng.random() < 0.4:
            path.mkdir()
            make_tree(rng, path, depth + 1)
        else:
            path.write_text(f"text {rng.getrandbits(64)}")  # all differ, so that all are kept


def write_ignore(rng, folder):
    lines = []
    for _ in range(rng.randrange(1, 6)):
        line = rng.choice(["", "", "", "!", "#", "\\"]) + pattern(rng) + rng.choice(["", "", "", "", " ", "\\ ", "\t", "  "])
        lines.append(line)
    text = rng.choice(["", "", "\ufeff"]) + rng.choice(["\n", "\n", "\r\n"]).join(lines) + rng.choice(["\n", "", "\n\n"])
    (folder / ".gitignore").write_bytes(text.encode())


def read_files(folder, *options):
    """The files that neardup reads, or None if it reads none and says so."""
    with tempfile.TemporaryDirectory() as out:
        target = os.path.join(out, "out")
        done = subprocess.run([PROGRAM, "dedup", ".", "-o", target, "-q", "--no-sync", *options], cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            return set() if "no file is left" in done.stderr else done.stderr
        names = {str(path.relative_to(target)) for path in pathlib.Path(target).rglob("*") if path.is_file()}
        return names - {"summary.json", "decisions.jsonl", "clusters.jsonl"}


def kept_by_git(folder):
    listed = git(folder, "ls-files", "--others", "--exclude-per-directory=.gitignore", "-z").stdout.decode()
    names = {name for name in listed.split("\0") if name}
    return {name for name in names if not any(part.startswith(".") for part in name.split("/"))}


def check(good, *what):
    global passed, failed
    passed += good
    failed += not good
    if not good:
        print("failed:", *what)


def main():
    rng = random.Random(SEED)
    for number in range(TREES):
        with tempfile.TemporaryDirectory() as work:
            top = pathlib.Path(work) / "tree"
            top.mkdir()
            make_tree(rng, top, 0)
            git(top, "init", "-q")
            folders = [path for path in [top, *top.rglob("*")] if path.is_dir() and ".git" not in path.parts]
            for folder in rng.sample(folders, min(len(folders), rng.randrange(1, 4))):
                write_ignore(rng, folder)
            ignores = {str(path.relative_to(top)): path.read_bytes() for path in top.rglob(".gitignore")}
            wanted, found = kept_by_git(top), read_files(top, "--gitignore")
            check(found == wanted, number, "ours", found if isinstance(found, str) else sorted(found - wanted), "git's",
                  isinstance(found, str) or sorted(wanted - found), ignores)
            # A folder of the repository: the files above it count.
            inner = [folder for folder in folders[1:] if any((folder / name).is_file() for name in NAMES)]
            if inner:
                folder = rng.choice(inner)
                below = str(folder.relative_to(top)) + "/"
                if git(top, "check-ignore", "-q", below).returncode == 1:
                    wanted = {name[len(below):] for name in kept_by_git(top) if name.startswith(below)}
                    check(read_files(folder, "--gitignore") == wanted, number, below, ignores)
            for path in top.rglob(".gitignore"):
                path.unlink()
            one = pattern(rng)
            (top / ".gitignore").write_text(one + "\n")
            if one[:1] not in "!#" and one.rstrip(" ") == one and read_files(top, "--exclude", one) != (wanted := kept_by_git(top)):
                found = read_files(top, "--exclude", one)
                # Patterns that git passes over in silence are errors here.
                check(isinstance(found, str) and "invalid pattern" in found, number, "exclude", repr(one), found, wanted)
            else:
                check(True)
    print(f"{passed} passed, {failed} failed")
    return failed > 0


sys.exit(main())
