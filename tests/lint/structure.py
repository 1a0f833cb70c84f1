# SPDX-License-Identifier: MIT
"""The shape of src/: struct, union and enum tags are unique; every header is included by at least two files; modules (a .h
and the .c of the same stem) do not include each other in circles."""
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


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
    """Pairs of modules of which one includes the other, and is reached from it."""
    def reach(start):
        seen, todo = set(), [start]
        while todo:
            for target in graph.get(todo.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
        return seen
    reached = {node: reach(node) for node in graph}
    for node in sorted(graph):
        for target in sorted(graph[node]):
            if node < target and node in reached.get(target, ()):
                yield node, target


def main():
    texts = {path: without_comments(path.read_text("utf-8")) for path in sources()}
    users, graph, tags = collections.defaultdict(set), collections.defaultdict(set), collections.defaultdict(set)
    for path, text in texts.items():
        for target in includes(path, text):
            users[target].add(path)
            if path.with_suffix("") != target.with_suffix(""):
                graph[path.with_suffix("")].add(target.with_suffix(""))
            elif path == target:
                print(f"{path.relative_to(ROOT)}: includes itself")
                return 1
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
    for what in sorted(found):
        print(f"{what}: {found[what]}")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
