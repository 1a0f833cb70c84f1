#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the text that neardup takes from web pages with what html5lib's tree of them gives, word by word. By hand, on real pages:

    pip install html5lib; python3 tests/html/agree.py PROGRAM PAGE...

A page may also be a WARC or ARC file's response body saved to a file. Malformed tables that are hidden differ: html5lib moves their
text out of the table, as browsers do, and neardup does not (doc/input.md)."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import html5lib

NOT_SHOWN = set("script style template noscript head title nav iframe noembed noframes datalist rp annotation annotation-xml".split())
BLOCKS = set("""address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset figcaption figure
footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr legend li listing main marquee menu ol optgroup option p plaintext pre search
section summary table tbody td textarea tfoot th thead tr ul xmp""".split())


def is_hidden(element):
    values = element.attrib
    display = re.findall(r"(?:^|;)\s*display\s*:\s*([\w-]+)", values.get("style", ""), re.I)
    return "hidden" in values or values.get("aria-hidden", "").lower() == "true" or (display[-1:] and display[-1].lower() == "none")


def walk(element, parts):
    if not isinstance(element.tag, str):
        return
    name = element.tag.rpartition("}")[2].lower()
    if name in NOT_SHOWN or (name not in ("html", "body") and is_hidden(element)) or (name == "dialog" and "open" not in element.attrib):
        return
    gap = " " if name in BLOCKS else ""
    parts += [gap, element.text or ""]
    for child in element:
        walk(child, parts)
        parts.append(child.tail or "")
    parts.append(gap)


def main():
    program, pages = sys.argv[1], sys.argv[2:]
    passed = failed = words = 0
    sys.setrecursionlimit(100000)
    with tempfile.TemporaryDirectory() as folder:
        page, text = pathlib.Path(folder, "page.html"), pathlib.Path(folder, "text.txt")
        for name in pages:
            data = pathlib.Path(name).read_bytes().decode("utf-8", "replace")
            parts = []
            walk(html5lib.parse(data), parts)
            expected = re.sub(r"[\s\0]+", " ", "".join(parts)).strip()
            page.write_text(data)
            text.write_text(expected)
            if not expected:
                continue
            done = subprocess.run([program, "compare", page, text, "--format", "json"], capture_output=True, check=False)
            result = json.loads(done.stdout) if done.stdout else {}
            same = result and result["a"]["tokens"] == result["b"]["tokens"] and result["jaccard"] == 1
            words += len(expected.split())
            passed += bool(same)
            failed += not same
            if not same:
                print(f"{name}: {result.get('a')}, expected {result.get('b')} {done.stderr.decode(errors='replace')}")
    print(f"{words} words; {passed} passed, {failed} failed")
    return failed != 0


sys.exit(main())
