#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""doc/format.md (tokens and shingles) a second time, from the specification: writes token_vectors.txt.

    python3 tests/data/token_vectors.py > tests/data/token_vectors.txt

Needs Python with Unicode 14 or later and the xxHash library (for tokens above 16 bytes). Slow and plain on purpose."""
import ctypes
import ctypes.util
import sys
import unicodedata

M64 = (1 << 64) - 1
K0, K1, K2, K3 = 0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1
BASE, MIX_1, MIX_2, SHORT = 0x510E527FADE682D5, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179

_xxhash = ctypes.CDLL(ctypes.util.find_library("xxhash"))
_xxhash.XXH3_64bits.restype = ctypes.c_uint64
_xxhash.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]


def within(code, ranges):
    return any(first <= code <= last for first, last in ranges)


IGNORABLE = [(0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
             (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F),
             (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),
             (0xE0000, 0xE0FFF)]
DIACRITIC = [(0x300, 0x36F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F), (0x591, 0x5C7),
             (0x610, 0x61A), (0x64B, 0x65F), (0x670, 0x670), (0x6D6, 0x6ED)]
SPACELESS = [(0xE00, 0xEFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x312F), (0x31A0, 0x31BF),
             (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0xA48F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F),
             (0xF900, 0xFAFF), (0x1AFF0, 0x1B16F), (0x20000, 0x3FFFF)]
JOINS = [(0x3099, 0x309A), (0x1161, 0x1175), (0x11A8, 0x11C2)]


RESPELLED = {"\u00e6": "ae", "\u0153": "oe", "\u02bb": "'", "\u02bc": "'", "\u0640": "", "\u07fa": "", "\u180a": "",
             "\u0649": "\u064a", "\u06cc": "\u064a", "\u06a9": "\u0643", "\u06c1": "\u0647", "\u06d5": "\u0647",
             "\u06c3": "\u0629", "\u0671": "\u0627"}
STROKES = dict(zip("ıȷøđħłŧƀƚƶǥȼɇɉɍɏɨʉᵽⱡⱥⱦ", "ijodhltblzgcejryiuplat"))
TYPOGRAPHY = dict([(c, "'") for c in "\u00b4\u2018\u2019\u201a\u201b\u2032\u2039\u203a"] +
                  [(c, '"') for c in "\u00ab\u00bb\u201c\u201d\u201e\u201f\u301d\u301e\u301f"] +
                  [(c, "-") for c in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2e3a\u2e3b"])
SARA_AM = "\u0e33\u0eb3"


def sign(c):
    return unicodedata.category(c)[0] in "PS"


def kind(c, marks):
    """separator, nothing, word, solo or mark"""
    code = ord(c)
    category = unicodedata.category(c)
    if code == 0x200B:
        return "separator"
    if within(code, IGNORABLE):
        return "nothing"
    if c in SARA_AM:
        return "mark"
    if category[0] == "M":
        return "nothing" if within(code, DIACRITIC) and not marks else "mark"
    if marks and sign(c):
        return "sign"
    if (category[0] == "L" or category == "Nl") and within(code, SPACELESS):
        return "solo"
    return "word" if category[0] in "LN" else "separator"


def nfkd(c, marks):
    whole = c in SARA_AM
    if marks:
        whole |= unicodedata.decomposition(c).startswith(("<super>", "<sub>", "<fraction>"))
        whole |= sign(c) and len(unicodedata.normalize("NFKD", c)) > 1 and unicodedata.normalize("NFKD", c)[0] == " "
    return c if whole else unicodedata.normalize("NFKD", c)


def respell(c, marks, cased):
    if cased and c != c.lower() and len(c.lower()) == 1:
        small = respell(c.lower(), marks, False)
        return small.upper() if small != c.lower() else c
    if c in RESPELLED:
        c = RESPELLED[c]
    elif c in (TYPOGRAPHY if marks else STROKES):
        c = (TYPOGRAPHY if marks else STROKES)[c]
    elif unicodedata.category(c) == "Nd":
        c = str(unicodedata.decimal(c))
    return chr(ord(c) + 0xFEE0) if marks and len(c) == 1 and c.isascii() and sign(c) else c


def fold(c, marks, cased):
    if within(ord(c), IGNORABLE):
        return [c]
    folded = "".join(p for p in nfkd(c, marks) if kind(p, marks) != "nothing")
    before = None
    while before != folded:
        before = folded
        folded = "".join(nfkd(q, marks) for p in folded for q in (p if cased else p.casefold()))
    return [q for p in folded for q in respell(p, marks, cased)]


def thai(c):
    """The Thai twin of a letter of Lao."""
    return chr(ord(c) - 0x80) if 0xE80 <= ord(c) <= 0xEFF else c


def ccc(c):
    return 200 if c in SARA_AM else unicodedata.combining(c)


def join_thai(word, c):
    """The word with what SARA AA and SARA E make with its last letter, None if nothing."""
    if thai(c) == "\u0e32":
        cluster = word.rstrip("\u0e48\u0e49\u0e4a\u0e4b\u0ec8\u0ec9\u0eca\u0ecb")
        tones = word[len(cluster):]
        if cluster and thai(cluster[-1]) == "\u0e4d" and len(tones) <= 32:
            return cluster[:-1] + tones + chr(ord(c) + 1)
    if thai(c) == "\u0e40" and word and word[-1] == c:
        return word[:-1] + chr(ord(c) + 1)
    return None


def words(text, chars, marks=False, cased=False):
    """The normalised words of a text, as strings."""
    out, word, solo = [], "", False
    for c in (p for c in text.decode("utf-8", "replace") for p in fold(c, marks, cased)):
        k = kind(c, marks)
        if k == "solo" and chars:
            k = "word"
        k = "solo" if k == "sign" else k
        if k == "nothing":
            continue
        if word and within(ord(c), JOINS):
            both = unicodedata.normalize("NFC", word[-1] + c)
            if len(both) == 1:
                word = word[:-1] + both
                continue
        both = join_thai(word, c)
        if both is not None:
            word = both
            continue
        if k == "separator" or k == "solo" or (k == "word" and solo):
            if word:
                out.append(word)
            word, solo = "", k == "solo"
        if k == "separator":
            continue
        at, steps = len(word), 0
        while ccc(c) and at and steps < 32 and ccc(word[at - 1]) > ccc(c):
            at, steps = at - 1, steps + 1
        word = word[:at] + c + word[at:]
    return out + [word] if word else out


def tokens(text, profile):
    marks, cased = "-marks" in profile, profile.endswith("-case")
    if profile.startswith("char"):
        return list(" ".join(words(text, True, marks, cased)))
    return words(text, False, marks, cased)


def folded_multiply(a, b):
    product = a * b
    return product & M64 ^ product >> 64


def token_hash(token):
    b = token.encode("utf-8")
    if len(b) > 16:
        return _xxhash.XXH3_64bits(b, len(b))
    low = int.from_bytes(b[:8], "little")
    high = int.from_bytes(b[8:], "little")
    return folded_multiply(folded_multiply(low ^ K0, high ^ K1) ^ K2, K3 + 2 * len(b))


def finalise(x):
    x ^= x >> 32
    x = x * MIX_1 & M64
    x ^= x >> 29
    x = x * MIX_2 & M64
    return x ^ x >> 32


def combine(hashes):
    total = 0
    for h in hashes:
        total = (total * BASE + h) & M64
    return total


def shingles(hashes, n):
    if 0 < len(hashes) < n:
        return [finalise(combine(hashes) ^ len(hashes) * SHORT & M64)]
    return [finalise(combine(hashes[i:i + n])) for i in range(len(hashes) - n + 1)]


CASES = [
    ("word", 3, "The quick brown fox jumps over the lazy dog 42 times."),
    ("word", 5, "too few words"),
    ("word", 1, "One_two--THREE\t4x4\r\n"),
    ("word", 2, "Straße, ﬁn, İstanbul, Ångström, naïve, ŒUVRE, ĲSSEL, ǅungla"),
    ("word", 2, "co\u00adop re\u200djoin zero\u200bwidth \ufeffmark e\u0301te\u0301 don\u2019t don´t"),
    ("word", 2, "antidisestablishmentarianism Donaudampfschifffahrtselektrizitätenhauptbetriebswerk abcdefghijklmnop abcdefghijklmnopq"),
    ("word", 3, "Привет, Мир! Ёлка ΌΔΥΣΣΕΎΣ Ελλάς ᾳ α\u0345"),
    ("word", 3, "我們在GitHub上有12個項目，一二〇。"),
    ("word", 3, "ｶﾞｷﾞ ガギ か\u3099 が コンピューター ﾊﾟ"),
    ("word", 2, "한국어 \u1112\u1161\u11ab\u1100\u116e\u11a8 각"),
    ("word", 3, "ภาษาไทยน้ำ ก่ิ กู่ \u0e01\u0e48\u0e39"),
    ("word", 2, "हिन्दी क़लम \u0958लम বাংলা தமிழ்"),
    ("word", 2, "שָׁלוֹם עוֹלָם السَّلامُ عَلَيْكُم ﷺ ﻻ"),
    ("word", 3, "ភាសាខ្មែរ မြန်မာ ພາສາລາວ ㄅㄆㄇ ꀀꀁ"),
    ("word", 2, "⑴ ½ x² ℡ №5 ＡＢＣ１２３ 𝔸𝕓𝕔 Ⓐ １️⃣"),
    ("word", 2, b"bad\xffbytes \xc3( \xe2\x82 \xf0\x9f\x98 \xed\xa0\x80 \xc0\xaf ok\xf4\x90\x80\x80end\xe2"),
    ("word", 4, ""),
    ("word", 4, "... !!! \u3000 \u20ac"),
    ("char", 3, "Don't  PANIC!"),
    ("char", 2, " 中国，手机 iPhone が "),
    ("char", 64, "é"),
    ("char", 4, "กู่ हि"),
    ("word", 2, "IŞIKLI Işıklı İzmir đ Đà Łódź smørbrød Ħal cœur Cæsar ŒUVRE комп\u02bcютер þ ð ŋ"),
    ("word", 2, "كـــتاب كتاب علی على علي کتاب ھ ه ہ ۀ هٔ ٱلكتاب الكتاب \ufe77 ة ۃ"),
    ("word", 2, "٣٤٥ ۳۴۵ ३४५ ๓๔๕ 345 ᠊ ߺ"),
    ("word", 2, "น้ำ น้\u0e4dา น\u0e4d้า น\u0e33้ ำ ่ํา \u0e4d\u0e49\u0e4aา เเ แ เเเ เำ"),
    ("char", 2, "น้ำ น\u0e4d้า น\u0e33้ เเ"),
    ("word", 2, "ນ້ຳ ນ\u0ecd້າ ນ\u0eb3້ ເເ"),
    ("word-marks", 3, "if (a + b > c) { x = a - b; i++; } // é e\u0301 ě"),
    ("word-marks", 2, "Ma má mà mã mạ Đ đ d ı İ i ẫ a\u0302\u0303"),
    ("word-marks", 2, "\u201cit\u2019s\u201d \u2013 \"it's\" - \u22125\u00b0 \u00ab\u00b4\u00bb \u2026 \u02bc \u2033 \uff0b \u00a8 \u037a"),
    ("word-marks", 2, "\U0001f600\U0001f44d\U0001f3fd\u2764\ufe0f 10² 3½ ™ 1\ufe0f\u20e3 中。国、 a\u200bb \ue000 \ufffd $ € ¥"),
    ("word-marks", 1, b"a\xffb \xc3( +\xe2"),
    ("word-marks", 2, "שָׁלוֹם السَّلامُ ــ +\u0301 ガギ 각 한국"),
    ("char-marks", 3, "a+b a + b, don\u2019t é"),
    ("char-marks", 2, "中国，手机 iPhone が ++"),
    ("word-case", 2, "The Quick BROWN fox_Jumps McDonald HTTPServer2 x"),
    ("word-case", 2, "Straße STRASSE ẞ ﬁn İstanbul Ångström ŒUVRE Œuvre œuvre ÆÐ Æsir ĲSSEL ǅungla Đà Łódź Ħal ȺȾ ᲀ"),
    ("word-case", 2, "Привет ПРИВЕТ ΌΔΥΣΣΕΎΣ Ελλάς ᾳ ᾼ α\u0345 ＡＢｃ 𝔸𝕓 Ⓐ ⅷ Ⅷ Ꭰ ꭰ"),
    ("char-case", 3, "Don't PANIC, Ædil É"),
    ("word-marks-case", 3, "if (Foo + foo > FOO) { x = A::b; I++; } // É e\u0301 Ě Đ đ Æ İ ı"),
    ("char-marks-case", 2, "Map<K,V> map É"),
]


def main():
    print("# Written by token_vectors.py. case PROFILE N, text HEX, then per token HEX HASH, then the shingle hashes.")
    for profile, n, text in CASES:
        raw = text if isinstance(text, bytes) else text.encode("utf-8")
        found = tokens(raw, profile)
        hashes = [token_hash(t) for t in found]
        print("case", profile, n)
        print("text", raw.hex() or "-")
        for t, h in zip(found, hashes):
            print("token", t.encode("utf-8").hex(), "%016x" % h)
        for h in shingles(hashes, n):
            print("shingle", "%016x" % h)
        print("end")


if __name__ == "__main__":
    sys.exit(main())
