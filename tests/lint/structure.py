# SPDX-License-Identifier: MIT
"""The shape of src/: struct, union and enum tags are unique; every header is included by at least two files; headers do not
include each other in circles. Known cases are listed in tests/lint/structure.txt, one `tag NAME`,
`lone PATH` or `circle PATH PATH` per line; the list only becomes shorter."""
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
KNOWN = ROOT / "tests/lint/structure.txt"


def sources():
    return sorted(path for path in (ROOT / "src").rglob("*") if path.suffix in (".c", ".h", ".cpp"))


def without_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)


def includes(path, text):
    """Files of src/ that the file includes."""
    for name in re.findall(r'^#[ ]*include "([^"]+)"', text, re.MULTILINE):
        for folder in (ROOT / "src", path.parent):
            if (folder / name).is_file():
                yield (folder / name).resolve()
                break


def circles(graph):
    """Pairs of headers that reach each other, the shorter way named: each header with the first one on its way back."""
    def reach(start):
        seen, todo = set(), [start]
        while todo:
            for target in graph[todo.pop()]:
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
        return seen
    reached = {node: reach(node) for node in list(graph)}
    for node in sorted(graph):
        for target in sorted(graph[node]):
            if node < target and node in reached.get(target, ()) or node == target:
                yield node, target


def main():
    texts = {path: without_comments(path.read_text("utf-8")) for path in sources()}
    users, graph, tags = collections.defaultdict(set), collections.defaultdict(set), collections.defaultdict(set)
    for path, text in texts.items():
        for target in includes(path, text):
            users[target].add(path)
            if path.suffix == ".h":
                graph[path].add(target)
        for kind, tag in re.findall(r"\b(struct|union|enum)\s+(\w+)\s*\{", text):
            tags[f"{kind} {tag}"].add(path)

    def short(path):
        return str(path.relative_to(ROOT))

    found = {}
    for tag, paths in sorted(tags.items()):
        if len(paths) > 1:
            found[f"tag {tag}"] = ", ".join(map(short, sorted(paths)))
    for path in texts:
        # A template is included with parameters set, perhaps several times by one file.
        if path.suffix == ".h" and len(users[path]) < 2 and not path.name.endswith("_tmpl.h"):
            found[f"lone {short(path)}"] = "included only by " + (", ".join(map(short, users[path])) or "nothing")
    for a, b in circles(graph):
        found[f"circle {short(a)} {short(b)}"] = "they include each other, perhaps through others"
    known = {line for line in KNOWN.read_text("utf-8").split("\n") if line and not line.startswith("#")}
    if sys.argv[1:] == ["--update"]:
        head = [line for line in KNOWN.read_text("utf-8").split("\n") if line.startswith("#")]
        KNOWN.write_text("\n".join(head + sorted(known & set(found))) + "\n", "utf-8")
        return 0
    for what in sorted(set(found) - known):
        print(f"{what}: {found[what]}")
    for what in sorted(known - set(found)):
        print(f"mended, remove it from the list (structure.py --update): {what}")
    print(f"{len(found)} found, {len(set(found) & known)} of them known")
    return bool(set(found) - known)


if __name__ == "__main__":
    sys.exit(main())
