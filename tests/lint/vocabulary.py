# SPDX-License-Identifier: MIT
"""Plain English: finds the words of the project's old private language in comments, string literals and documents.

    tests/lint/vocabulary.py [--update] [PATH]...

Without arguments it prints the number of finds per file, and fails where an area has more of them than its ceiling in
tests/lint/vocabulary.txt. --update lowers the ceilings to today's numbers; it never raises one. With paths it prints every
find in these files, with a better word.

A use that is right is allowed in tests/lint/vocabulary.txt: `allow PATH: PHRASE`. The phrase is copied from the line and
contains the word; only finds inside it are allowed."""
import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SETTINGS = ROOT / "tests/lint/vocabulary.txt"
AREAS = ("src", "include", "doc", "tests")

WORDS = [(re.compile(pattern, re.IGNORECASE if pattern.islower() else 0), better) for pattern, better in (
    (r"\b(tell|tells|told)\b(?! (\w+ )?apart)", "report, print, write, say"),
    (r"\b(gone|goes|went)\b(?! (to|into|through|on|wrong)\b)", "removed, deleted, moves"),
    (r"(?<!left )(?<!leaves )(?<!leave )\bbehind\b", "after"),
    (r"\b(stands?|stood)\b(?!-)(?! for\b)", "is, has, contains"),
    (r"\blies\b", "is"),
    (r"\bso (many|much)\b", "a number"),
    (r"\bhangs? together\b", "is connected"),
    (r"\bat hand\b", "available"),
    (r"\b(is|are) about (?=[a-z])(?!a |an |half|one|two|three|ten|twice)", "needs, requires, concerns"),
    (r"(?<!here )\b(is|are) no\b(?! longer| more| less)", "is not a"),
    (r"\b(is|are) (said|asked)\b", "is reported, the caller asks"),
    (r"\b(do|does) without\b", "does not need"),
    (r"\blets? pass\b", "ignores, allows"),
    (r"\bone and the same\b", "the same"),
    (r"\bin vain\b", "without result"),
    (r"\b(it|that|there|which) belongs?\b(?! to| in)", "name the place"),
    (r"(?:^|[.:] )What(ever)? (?!to\b)(?=[^?]*?(?:[.;]|$))(?![^.]*\?)", "begin with the subject"),
)]


def spoken(path, text):
    """The text with everything blank that nobody reads as language; lines stay where they are."""
    if path.suffix == ".md":
        parts = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
        return parts.sub(lambda part: re.sub(r"[^\n]", " ", part.group()), text)
    if path.suffix in (".c", ".h", ".cpp"):
        language = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)
    elif path.suffix in (".sh", ".case"):
        language = re.compile(r"^[ ]*#[^\n]*|[ ]# [^\n]*", re.MULTILINE)
        text = re.split(r"^--- ", text, 1, re.MULTILINE)[0]
    else:
        language = re.compile(r'""".*?"""|#[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)
    result, end = [], 0
    for part in language.finditer(text):
        if text[:part.start()].endswith("#include "):
            continue
        result += [re.sub(r"[^\n]", " ", text[end:part.start()]), re.sub(r"^( *)(/?\*+|#+)", r"\1", part.group(), 0, re.MULTILINE)]
        end = part.end()
    return "".join(result)


def area(path):
    return path.parts[0] if path.parts[0] in AREAS else "doc"


def finds(path, allowed):
    text = (ROOT / path).read_text("utf-8", "replace")
    lines = text.split("\n")
    for number, line in enumerate(spoken(path, text).split("\n")):
        for pattern, better in WORDS:
            for match in pattern.finditer(line):
                word = match.group().strip(" .:")
                if not any(word in phrase and phrase in lines[number] for phrase in allowed[str(path)]):
                    yield number + 1, word, better, lines[number].strip()


def main():
    update = "--update" in sys.argv[1:]
    named = [pathlib.Path(name).resolve().relative_to(ROOT) for name in sys.argv[1:] if name != "--update"]
    settings = SETTINGS.read_text("utf-8").split("\n")
    allowed, ceilings = collections.defaultdict(list), {}
    for line in settings:
        if line.startswith("allow "):
            path, phrase = line[6:].split(": ", 1)
            allowed[path].append(phrase)
        elif line.startswith("ceiling "):
            ceilings[line.split()[1]] = int(line.split()[2])
    if named:
        tracked = subprocess.check_output(["git", "ls-files", "--", *map(str, named)], cwd=ROOT, text=True).split()
        for path in map(pathlib.Path, tracked):
            for number, word, better, line in finds(path, allowed):
                print(f"{path}:{number}: '{word}' ({better}): {line}")
        return 0

    files = subprocess.check_output(["git", "ls-files", "--", "*.c", "*.h", "*.cpp", "*.md", "*.sh", "*.py", "*.case"], cwd=ROOT, text=True)
    counts = collections.Counter()
    for name in files.split():
        path = pathlib.Path(name)
        if path.parts[0] in ("src", "include", "doc", "tests") or path.suffix == ".md":
            if path != pathlib.Path("tests/lint/vocabulary.py") and (ROOT / path).exists():
                counts[path] = sum(1 for _ in finds(path, allowed))
    for path, count in counts.most_common():
        if count:
            print(f"{count:5} {path}")
    totals = {name: sum(count for path, count in counts.items() if area(path) == name) for name in AREAS}
    failed = False
    for name in AREAS:
        over = totals[name] > ceilings[name]
        failed = failed or over
        print(f"{name}: {totals[name]} finds, at most {ceilings[name]} allowed{': list them with tests/lint/vocabulary.py PATH' if over else ''}")
    if update:
        lowered = [f"ceiling {line.split()[1]} {min(totals[line.split()[1]], int(line.split()[2]))}" if line.startswith("ceiling ") else line
                   for line in settings]
        SETTINGS.write_text("\n".join(lowered), "utf-8")
    return failed


if __name__ == "__main__":
    sys.exit(main())
