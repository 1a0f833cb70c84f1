#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks reports of results that were made by hand (make_reports FOLDER) from outside: against the published schemas, as far as
they could be fetched, and against what is written down here, which needs nothing but Python.

    validate.py REPORTS SCHEMAS

Ends with a line `N passed, N failed`; a check that could not be made is named on a line that begins with SKIPPED."""

import json
import pathlib
import re
import subprocess
import sys
import urllib.parse
import xml.etree.ElementTree

reports, schemas = map(pathlib.Path, sys.argv[1:3])
RESULTS = ["empty", "passed", "typical", "hostile", "random", "capped", "many"]
RULES = ["duplicate-rate", "exact-duplicates", "cluster-size", "split-leak", "paragraph-repetition", "new-duplicates",
         "reference-duplicates", "invalid-records", "empty-records"]
# The hostile texts of tests/support/check_results.c, as text: each maximal part of a broken character is one U+FFFD.
HOSTILE = [t.decode("utf-8", "replace") for t in [
    b"</script><script>alert(1)</script>", b"<img src=x onerror=alert(1)>", b"a|b||c\\|d",
    b"new\nline\r\n::error::injected", b"##[error]old style", b"100%0A::set-output name=passed::true",
    b"@octocat and @org/team, fixes #1, org/repo#2",
    b"[click](javascript:alert(1)) ![x](http://example.org/x.png) {0} {{1}}",
    b"`code` *bold* _it_ ~~gone~~ $x$ https://example.org www.example.org",
    b"\"double\" 'single' & &amp; &#0; ]]>", b"\x01\x02\x1b[31mred\x1b[0m\x7f\xc2\x85",
    b"bad \xff\xfe utf-8 \xc3(\xe2\x82", b"\xe2\x80\xaeright-to-left\xe2\x80\xa8line\xe2\x80\xa9paragraph",
    b"\xef\xbf\xbe\xef\xbf\xbf\xef\xbb\xbf", b"C:\\data\\x,y;z=1 [1] (2)",
    "日本語 ελληνικά 🙂".encode(), b"", b"-- > <!-- --> ?> <?xml"]]
passed = failed = 0


def random_texts():
    """What make_random makes."""
    state, texts = 20261123, []
    for i in range(400):
        text = bytearray()
        for _ in range(1 + i % 40):
            state = (state * 1664525 + 1013904223) % 2 ** 32
            byte = state >> 24
            if byte < 96:
                byte = b"<>&\"'|%@#:,`*_[](){}\\$~!\n\r\t:.\x1b\xc3\xe2"[byte % 32]
            text.append(byte)
        texts.append(bytes(text).decode("utf-8", "replace"))
    return texts


TEXTS = {"hostile": HOSTILE, "random": random_texts()}

# Controls, and characters that nobody sees or that reorder their neighbours, but for the joiners that words need.
HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
                    "\U000e0000-\U000e0fff]")


def shown(text, kept="\n\t"):
    """The text as reports that services show have it."""
    return HIDDEN.sub(lambda found: found.group() if found.group() in kept else "\ufffd", text)



def check(what, good, detail=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"FAILED  {what}  {detail}")


def text_of(result, kind):
    data = (reports / f"{result}.{kind}").read_bytes()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        check(f"{result}.{kind} is UTF-8", False, error)
        return data.decode("utf-8", "replace")


def published(name, what):
    path = schemas / name
    if not path.exists():
        print(f"SKIPPED {what}: the published schema {name} could not be fetched")
        return None
    return path


def against_schema(what, value, schema):
    import jsonschema
    kind = jsonschema.validators.validator_for(schema)
    errors = [f"{list(e.absolute_path)}: {e.message[:200]}" for e in kind(schema).iter_errors(value)]
    check(f"{what} has the published schema", not errors, errors[:3])


def no_controls(what, text, allowed="\n"):
    bad = [c for c in text if (ord(c) < 32 or 127 <= ord(c) < 160) and c not in allowed]
    check(f"{what} has no control characters", not bad, bad[:5])


# ---- json ------------------------------------------------------------------------------------------------------------

def check_json(result):
    value = json.loads(text_of(result, "json"))
    what = result + ".json"
    check(what + " version", value["check"] == 1 and isinstance(value["neardup"], str))
    check(what + " verdicts", value["violated"] == sum(v["violated"] for v in value["verdicts"]) and
          value["passed"] == (value["violated"] == 0))
    check(what + " rules", sorted(value["rules"]) == sorted(RULES) and
          all(r["summary"] and r["help"] for r in value["rules"].values()))
    found = value["findings"]
    check(what + " counts", value["findings_shown"] == len(found) <= value["findings_total"])
    check(what + " findings", all(
        f["rule"] in RULES and f["level"] in ("error", "warning", "note") and isinstance(f["new"], bool) and
        re.fullmatch("[0-9a-f]{32}", f["fingerprint"]) and len(f["locations"]) <= f["locations_total"] and
        all(isinstance(p["file"], str) and ("reason" in p) == ("score" in p) for p in f["locations"]) for f in found))
    if result in TEXTS:
        check(what + " keeps texts", [f["message"] for f in found] == TEXTS[result])
        check(what + " keeps ids", [f["locations"][0]["id"] for f in found] == TEXTS[result])
    if result == "typical":
        check(what + " leaks", value["leaks"] == [{"split": "test", "stands_in": "train", "documents": 2, "exact": 1,
                                                   "near": 0, "contained": 1}], value["leaks"])
        check(what + " baseline", value["baseline"] == {"known": 7, "new": 2, "gone": 1})


# ---- SARIF -----------------------------------------------------------------------------------------------------------

def sarif_text(message):
    """Placeholders and links resolved, as sections 3.11.5 and 3.11.6 have it."""
    text = message["text"]
    check("SARIF message has no link and no placeholder", not re.search(r"(?<!\{)\{\d+\}(?!\})", text) and
          not re.search(r"(?<!\\)\[", text), text)
    return re.sub(r"\\([\[\]\\])", r"\1", text.replace("{{", "{").replace("}}", "}"))


def sarif_place(location):
    physical = location["physicalLocation"]
    uri = physical["artifactLocation"]["uri"]
    check("SARIF uri", re.fullmatch(r"(file://)?([A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri), uri)
    check("SARIF line", physical["region"]["startLine"] >= 1)
    return urllib.parse.unquote(uri, errors="replace")


def check_sarif(result, schema):
    value = json.loads(text_of(result, "sarif"))
    what = result + ".sarif"
    run = value["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    check(what + " rules", value["version"] == "2.1.0" and [r["id"] for r in rules] == RULES)
    check(what + " results", len(run["results"]) <= 5000)
    notes = [n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]]
    check(what + " says that it was capped",
          any("costliest of" in n for n in notes) == (result in ("capped", "many")), notes)
    seen = []
    for found in run["results"]:
        seen.append(sarif_text(found["message"]) if result in TEXTS else None)
        if (found["ruleId"] != RULES[found["ruleIndex"]] or len(found["locations"]) != 1 or
                len(found.get("relatedLocations", [])) > 100 or not found["message"]["text"] or
                not re.fullmatch("[0-9a-f]{32}", found["partialFingerprints"]["neardupContent/v1"])):
            check(what + " result", False, found)
    if result in TEXTS:
        check(what + " keeps texts", seen == [shown(t) or rules[1]["shortDescription"]["text"] for t in TEXTS[result]])
        # A path of "x" where the text is empty.
        places = [sarif_place(f["locations"][0]) for f in run["results"]]
        check(what + " keeps paths", places == [t or "x" for t in TEXTS[result]], places)
    if result == "typical":
        check(what + " baseline", [f["baselineState"] for f in run["results"]] == ["new", "new", "new", "unchanged"])
        check(what + " places", [sarif_place(f["locations"][0]) for f in run["results"]] ==
              ["data/test.jsonl", "data/train.jsonl", "data/train.jsonl", "file:///srv/data/old.jsonl"])
    if schema and result != "many":
        run["results"] = run["results"][:100]
        against_schema(what, value, schema)


# ---- JUnit -----------------------------------------------------------------------------------------------------------

def check_junit(result, schema):
    what = result + ".junit"
    root = xml.etree.ElementTree.fromstring((reports / what).read_bytes())
    suite = root.find("testsuite")
    cases = suite.findall("testcase")
    failures = suite.findall("testcase/failure")
    check(what + " counts", int(suite.get("tests")) == len(cases) == int(root.get("tests")) and
          int(suite.get("failures")) == len(failures) == int(root.get("failures")))
    check(what + " names", all(c.get("name") in RULES for c in cases))
    if result == "hostile":
        check(what + " message", failures[0].get("message") == "</failure>� %0A ]]> � | @x", failures[0].get("message"))
    if result in TEXTS:
        # XML has no U+FFFE and U+FFFF, either; line ends inside of attributes stay.
        lost = re.compile("[\ufffe\uffff]")
        missing = [t for t in TEXTS[result][:50] if lost.sub("�", shown(t, "\n\t\r")).replace("\r\n", "\n") not in
                   failures[0].text.replace("\r\n", "\n")]
        check(what + " keeps texts", not missing, missing)
    if schema:
        done = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", schema, reports / what],
                              capture_output=True, text=True)
        check(what + " has the published schema", done.returncode == 0, done.stderr[:500])


# ---- GitHub ----------------------------------------------------------------------------------------------------------

def unescape(text, names):
    for name, character in names:
        text = text.replace(name, character)
    return text.replace("%25", "%")


def check_github(result):
    what = result + ".github"
    text = text_of(result, "github")
    no_controls(what, text, "\n\t")
    lines = text.split("\n")
    check(what + " ends its lines", lines.pop() == "")
    counts = {}
    messages = []
    for line in lines:
        match = re.fullmatch(r"::(error|warning|notice) ([^:\n]*)::(.*)", line)
        if not match:
            check(what + " command", False, line)
            continue
        command, properties, message = match.groups()
        counts[command] = counts.get(command, 0) + 1
        names = [p.partition("=")[0] for p in properties.split(",")]
        check(what + " properties", set(names) <= {"file", "line", "title"} and len(set(names)) == len(names), properties)
        messages.append(unescape(message, [("%0A", "\n"), ("%0D", "\r")]))
    check(what + " has few annotations", all(n <= 10 for n in counts.values()), counts)
    check(what + " says what is missing", ("have no annotation" in messages[0]) == (result in ("random", "capped", "many")),
          messages[0])
    if result in TEXTS:
        seen = [m.split("\nAlso: ")[0] for m in messages[1:]]
        wanted = [shown(t, "\n\t\r") for t in TEXTS[result]]
        check(what + " keeps texts", seen == wanted[:len(seen)] and len(seen) >= min(len(wanted), 9), seen)


# ---- GitLab ----------------------------------------------------------------------------------------------------------

def check_gitlab(result):
    what = result + ".gitlab"
    value = json.loads(text_of(result, "gitlab"))
    check(what + " members", all(
        set(f) == {"description", "check_name", "fingerprint", "severity", "location"} and f["description"] and
        f["severity"] in ("info", "minor", "major", "critical", "blocker") and f["location"]["path"] and
        not f["location"]["path"].startswith("./") and f["location"]["lines"]["begin"] >= 1 for f in value))
    check(what + " fingerprints differ", len({f["fingerprint"] for f in value}) == len(value))
    check(what + " is capped", len(value) <= 5001 and
          any("costliest of" in f["description"] for f in value) == (result in ("capped", "many")))
    if result in TEXTS:
        wanted = [shown(t) or "The number of exact duplicates is within its limit." for t in TEXTS[result]]
        check(what + " keeps texts", [f["description"] for f in value] == wanted)


# ---- Markdown and text -----------------------------------------------------------------------------------------------

def check_markdown(result):
    from markdown_it import MarkdownIt
    what = result + ".markdown"
    text = text_of(result, "markdown")
    check(what + " is short", len(text.encode()) < 60000, len(text.encode()))
    no_controls(what, text)
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    inline = [t for block in tokens for t in (block.children or [])]
    markup = {t.content.strip() for t in inline if t.type == "html_inline"}
    blocks = {line.strip() for t in tokens if t.type == "html_block" for line in t.content.split("\n") if line.strip()}
    check(what + " has our markup only", markup <= {"<code>", "</code>", "<br>", "<!-- -->"} and
          blocks <= {"<details><summary>more findings</summary>", "</details>"}, (markup, blocks))
    kinds = {t.type for t in inline} - {"text", "html_inline", "strong_open", "strong_close", "softbreak", "text_special"}
    check(what + " has no links, pictures, emphasis", not kinds, kinds)
    rows = [i for i, t in enumerate(tokens) if t.type == "tr_open"]
    findings = [t.content for i, t in enumerate(tokens) if t.type == "inline" and tokens[i - 1].type == "td_open"]
    check(what + " mentions nobody", not any(re.search(r"(?<!\\)@|@(?!<!-- -->)\w", re.sub("<code>.*?</code>", "", f))
                                              for f in findings), findings[:3])
    check(what + " says that it was capped", ("the report is limited in size" in text) == (result in ("random", "capped", "many")))
    if result == "random":
        check(what + " has a row for each", len(rows) == 2 + 101 + 1, len(rows))
    if result == "hostile":
        check(what + " has a row for each", len(rows) == 2 + 1 + 4 + 1 + len(HOSTILE) + 2, len(rows))


def check_html(result):
    what = result + ".html"
    text = text_of(result, "html")
    blocks = re.findall(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', text, re.S)
    check(what + " has one block of data", len(blocks) == 1 and "<" not in blocks[0], len(blocks))
    data, whole = json.loads(blocks[0]), json.loads(text_of(result, "json"))
    if result in ("capped", "many"):
        check(what + " is capped", data["findings_shown"] == len(data["findings"]) == 2000 and
              data["findings_total"] == whole["findings_total"] and
              all(len(f["locations"]) <= 50 for f in data["findings"]))
    else:
        check(what + " has the data of the JSON report", data == whole)


def check_text(result):
    what = result + ".text"
    text = text_of(result, "text")
    no_controls(what, text)
    check(what + " has a verdict", re.match("(PASSED|FAILED)", text))


def main():
    sarif = published("sarif.json", "SARIF")
    junit = published("junit.xsd", "JUnit")
    sarif = sarif and json.loads(sarif.read_text())
    for result in RESULTS:
        check_json(result)
        check_sarif(result, sarif)
        check_junit(result, junit)
        check_github(result)
        check_gitlab(result)
        check_markdown(result)
        check_html(result)
        check_text(result)
    print(f"{passed} passed, {failed} failed")
    return failed != 0


sys.exit(main())
