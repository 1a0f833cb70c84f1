# SPDX-License-Identifier: MIT
"""A second implementation of paragraphs, from doc/paragraphs.md and doc/format.md: splitting, words, repeats inside a document and
pairs across a corpus, with strings and sets only: no hashing, no sketches. Used by quality_paragraphs.py; Python 3
standard library."""
import collections
import math
import re
import unicodedata

IGNORABLE = [(0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
             (0x200C, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F),
             (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),
             (0xE0000, 0xE0FFF)]
DIACRITIC = [(0x300, 0x36F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F), (0x591, 0x5C7),
             (0x610, 0x61A), (0x64B, 0x65F), (0x670, 0x670), (0x6D6, 0x6ED)]
SPACELESS = [(0xE00, 0xEFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x312F), (0x31A0, 0x31BF),
             (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0xA48F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F),
             (0xF900, 0xFAFF), (0x1AFF0, 0x1B16F), (0x20000, 0x3FFFF)]


def within(code, ranges):
    return any(first <= code <= last for first, last in ranges)


def kind(code):
    """One letter: m(ark), s(olo), w(ord), or a space for what separates; nothing for what is dropped."""
    category = unicodedata.category(chr(code))
    if within(code, IGNORABLE) or (category[0] == "M" and within(code, DIACRITIC)):
        return ""
    if category[0] == "M" or chr(code) in "\u0e33\u0eb3":
        return "m"
    if (category[0] == "L" or category == "Nl") and within(code, SPACELESS):
        return "s"
    return "w" if category[0] in "LN" else " "


class Kinds(dict):
    def __missing__(self, code):
        self[code] = kind(code)
        return self[code]


KINDS = Kinds()
ASCII_WORD = re.compile("[0-9a-z]+")
WORD = re.compile("sm*|[wm]+")


SPELLING = str.maketrans(dict(
    [("\u00e6", "ae"), ("\u0153", "oe"), ("\u02bb", "'"), ("\u02bc", "'"), ("\u0640", ""), ("\u07fa", ""),
     ("\u180a", ""), ("\u0649", "\u064a"), ("\u06cc", "\u064a"), ("\u06a9", "\u0643"), ("\u06c1", "\u0647"),
     ("\u06d5", "\u0647"), ("\u06c3", "\u0629"), ("\u0671", "\u0627")] +
    list(zip("ıȷøđħłŧƀƚƶǥȼɇɉɍɏɨʉᵽⱡⱥⱦ", "ijodhltblzgcejryiuplat")) +
    [(chr(c), str(unicodedata.decimal(chr(c)))) for c in range(0x80, 0x20000) if unicodedata.category(chr(c)) == "Nd"]))
# Sara am, as doc/format.md has it, takes nikhahit and sara aa for itself, after the tone marks.
THAI = [(re.compile(pattern), replacement) for pattern, replacement in (
    ("\u0e4d([\u0e48-\u0e4b]{0,32})\u0e32", "\\1\u0e33"), ("\u0e33([\u0e38-\u0e3a\u0e48-\u0e4b]+)", "\\1\u0e33"),
    ("\u0ecd([\u0ec8-\u0ecb]{0,32})\u0eb2", "\\1\u0eb3"), ("\u0eb3([\u0eb8-\u0eba\u0ec8-\u0ecb]+)", "\\1\u0eb3"),
    ("\u0e40\u0e40", "\u0e41"), ("\u0ec0\u0ec0", "\u0ec1"))]


def drop(text):
    return "".join(c for c in text if KINDS[ord(c)])


def respell(text):
    text = text.translate(SPELLING)
    for pattern, replacement in THAI:
        text = pattern.sub(replacement, text)
    return text


def words(text):
    """Normalised tokens. Equivalent texts are folded to the same composed form; our own one is composed otherwise, but
    two texts are equal in the one exactly if they are in the other."""
    if text.isascii():
        return ASCII_WORD.findall(text.lower())
    text, before = drop(unicodedata.normalize("NFKD", drop(text))), None
    while text != before:
        before = text
        text = drop(unicodedata.normalize("NFKD", text.casefold()))
    text = respell(unicodedata.normalize("NFC", text))
    return [text[m.start():m.end()] for m in WORD.finditer("".join(KINDS[ord(c)] for c in text))]


# ---- splitting ----

BLANK = ("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" +
         "".join(chr(c) for c in range(0x2000, 0x200C)))
NEWLINE = re.compile("\r*\n")


def lines(text, begin, end):
    """(begin, end) of each line, newlines excluded; none after the last newline."""
    at = begin
    for newline in NEWLINE.finditer(text, begin, end):
        yield at, newline.start()
        at = newline.end()
    if at < end:
        yield at, end


def split(text):
    """Rule, and (begin, end) in characters of each paragraph."""
    runs, blank = [[]], False
    for begin, end in lines(text, 0, len(text)):
        if text[begin:end].strip(BLANK):
            runs[-1].append((begin, end))
        else:
            blank = True
            runs.append([])
    if not blank:
        return "newline", [line for run in runs for line in run]
    return "blank", [(run[0][0], run[-1][1]) for run in runs if run]


Part = collections.namedtuple("Part", "begin end tokens echoes words_with_echoes")


def tokenise(text, begin, end, cache):
    """Tokens without echoes, and echoes as (first line, line) relative to the paragraph."""
    raw = text[begin:end]
    found = cache.get(raw)
    if found is None:
        tokens, echoes, last, total = [], [], None, 0
        for line in lines(raw, 0, len(raw)):
            w = words(raw[line[0]:line[1]])
            total += len(w)
            if w and last and w == last[1]:
                echoes.append((last[0], line))
                continue
            tokens += w
            if w:
                last = (line, w)
        found = cache[raw] = (tuple(tokens), tuple(echoes), total)
    return Part(begin, end, *found)


def shingles(tokens, n=3):
    if 0 < len(tokens) < n:
        return frozenset([tokens])
    return frozenset(tokens[i:i + n] for i in range(len(tokens) - n + 1))


class Shingles(dict):
    """Of a sequence of tokens the set of its shingles, as numbers."""

    def __init__(self):
        super().__init__()
        self.numbers = {}

    def __missing__(self, tokens):
        found = frozenset(self.numbers.setdefault(s, len(self.numbers)) for s in shingles(tokens))
        self[tokens] = found
        return found


def jaccard(a, b):
    both = len(a & b)
    return both, len(a) + len(b) - both


def floor6(both, whole):
    """As neardup prints it: six decimals, rounded down."""
    return both * 1000000 // whole / 1000000


# ---- repeats ----


def contained(parts, sets, min_tokens, threshold, containment):
    """{tokens: (container, shared, shingles)} of what is contained in the rest of its document; parts in order."""
    texts = list({p.tokens: None for p in parts if p.tokens})  # in order of their first place
    own, holders, found = [sets[t] for t in texts], collections.defaultdict(set), {}
    for i, shingle_set in enumerate(own):
        for s in shingle_set:
            holders[s].add(i)
    for i in sorted(range(len(texts)), key=lambda i: (-len(texts[i]), -i)):
        if len(texts[i]) < min_tokens:
            continue
        shared = [s for s in own[i] if len(holders[s]) > 1]
        if not shared or len(shared) < containment * len(own[i]):
            continue
        rest = collections.Counter(other for s in shared for other in holders[s] if other != i)
        near = {o for o, both in rest.items() if both >= threshold * (len(own[i]) + len(own[o]) - both)}
        covered = sum(1 for s in shared if len(holders[s] - near) > 1)
        if covered > 0 and covered >= containment * len(own[i]):
            best = min(rest.keys() - near, key=lambda o: (-rest[o], o))
            found[texts[i]] = (texts[best], covered, len(own[i]))
            for s in own[i]:
                holders[s].discard(i)
    return found


def prefix_candidates(sets, threshold):
    """Pairs that share one of their rarest shingles: of sets at or above the threshold none is missing."""
    often = collections.Counter(s for own in sets for s in own)
    index = collections.defaultdict(list)
    for j, own in enumerate(sets):
        found = set()
        for s in sorted(own, key=lambda s: (often[s], s))[:len(own) - math.ceil(threshold * len(own) - 1e-6) + 1]:
            found.update(index[s])
            index[s].append(j)
        for i in found:
            yield i, j, len(own & sets[i])


def counted_candidates(sets):
    """Every pair that shares a shingle, with how many."""
    index = collections.defaultdict(list)
    for j, own in enumerate(sets):
        shared = collections.Counter()
        for s in own:
            shared.update(index[s])
            index[s].append(j)
        for i, both in shared.items():
            yield i, j, both


def all_pairs(sets, threshold):
    """{(i, j): (shared, union)}, i < j, at or above the threshold. Counts all that any two sets share, but where that
    is too much to count."""
    often = collections.Counter(s for own in sets for s in own)
    pairs = {}
    counted = sum(n * n for n in often.values()) < 1e8
    for i, j, both in counted_candidates(sets) if counted else prefix_candidates(sets, threshold):
        whole = len(sets[i]) + len(sets[j]) - both
        if both >= threshold * whole:
            pairs[i, j] = (both, whole)
    return pairs


# ---- decisions ----


class Unit:
    """All paragraphs of equal tokens that are not contained in their documents."""

    def __init__(self, place):
        self.first, self.keeper, self.score, self.documents = place, None, 1, set()


def decide(documents, sets, pairs, min_tokens=8, often=1000, threshold=0.7, containment=0.9, min_contained=20):
    """{(document, begin, end): (reason, score, (document, begin, end) of the keeper)} of all that is cut, with default
    policies. documents: lists of parts; pairs: {tokens: [(tokens, shared, union)]}, both ways."""
    inside = [contained(parts, sets, max(min_tokens, min_contained), threshold, containment) for parts in documents]
    units = {}
    for d, parts in enumerate(documents):
        for p in parts:
            if p.tokens and p.tokens not in inside[d]:
                units.setdefault(p.tokens, Unit((d, p.begin, p.end))).documents.add(d)
    members = collections.defaultdict(set)
    for tokens, unit in units.items():
        best = None
        for other, both, whole in pairs.get(tokens, ()):
            o = units.get(other)
            if o and o.first < unit.first and o.keeper is None:
                rank = (-both / whole, o.first)
                if best is None or rank < best[0]:
                    best = (rank, o, both, whole)
        if best:
            unit.keeper, unit.score = best[1], floor6(best[2], best[3])
        members[unit.keeper or unit] |= unit.documents

    def fate(d, p):
        unit = units[p.tokens]
        keeper, place = unit.keeper or unit, (d, p.begin, p.end)
        if len(p.tokens) < min_tokens and (often == 0 or len(members[keeper]) < often) or keeper.first == place:
            return None
        return ("near" if unit.keeper else "exact"), unit.score, keeper.first

    cuts = {}
    for d, parts in enumerate(documents):
        by_tokens = {}
        for p in parts:
            by_tokens.setdefault(p.tokens, p)
        for p in parts:
            if not p.tokens:
                continue
            if p.tokens in inside[d]:
                holder, shared, whole = inside[d][p.tokens]
                while holder in inside[d]:
                    holder = inside[d][holder][0]
                holder = by_tokens[holder]
                held = fate(d, holder)
                gone = ("contained", floor6(shared, whole), held[2] if held else (d, holder.begin, holder.end))
            else:
                gone = fate(d, p)
            if gone:
                cuts[d, p.begin, p.end] = gone
                continue
            for first, line in p.echoes:
                cuts[d, p.begin + line[0], p.begin + line[1]] = (
                    "exact", 1, (d, p.begin + first[0], p.begin + first[1]))
    return cuts
