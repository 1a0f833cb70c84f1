# SPDX-License-Identifier: MIT
"""Writes the kept inputs of the fuzz targets that read compressed bytes, JSON and text into tests/fuzz/corpus.

    tests/fuzz/seeds.py

Random bytes are hardly ever a valid compressed stream, so that without these inputs only the first check of a stream is ever
tried. The first byte of an input of input_json, input_reader and text chooses names, the size of batches, or a profile: see
the targets. Run it after a change, and commit what it writes.
"""
import bz2
import gzip
import io
import itertools
import lzma
import pathlib
import struct
import subprocess
import tarfile
import zipfile
import zlib

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"

TEXT = ("The ferry between the two towns runs every hour, also on Sundays.\n\n"
        "Die Fähre fährt stündlich — auch sonntags.\n\n渡し船は毎時間運航しています。\n")
RECORDS = "".join('{"id":"a%d","text":"number %d of a few records that share most of their words"}\n' % (i, i * i)
                  for i in range(12))


def stored(data):
    """A gzip member whose deflate blocks are stored, with a name and a comment in its header."""
    squeeze = zlib.compressobj(0, zlib.DEFLATED, -15)
    body = squeeze.compress(data) + squeeze.flush()
    return (b"\x1f\x8b\x08\x18" + bytes(6) + b"name\0comment\0" + body +
            struct.pack("<II", zlib.crc32(data), len(data) & 0xffffffff))


def fixed(data):
    """A gzip member with fixed Huffman codes, and a full flush inside."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31, 9, zlib.Z_FIXED)
    half = len(data) // 2
    return squeeze.compress(data[:half]) + squeeze.flush(zlib.Z_FULL_FLUSH) + squeeze.compress(data[half:]) + squeeze.flush()


def tool(data, *command):
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def zstd(data, *options):
    return tool(data, "zstd", "-q", "-c", *options)


def streams(data):
    member = gzip.compress(data, 9, mtime=0)
    frame = zstd(data, "-19", "--check")
    skippable = b"\x50\x2a\x4d\x18" + struct.pack("<I", 5) + b"12345"
    return {
        "gzip": member,
        "gzip_members": member + gzip.compress(b"", 9, mtime=0) + stored(data),
        "gzip_stored": stored(data),
        "gzip_fixed": fixed(data),
        "gzip_cut_off": member[:-11],
        "gzip_then_zeros": member + bytes(20),
        "zstd": frame,
        "zstd_frames": frame + skippable + zstd(data, "-1", "--no-check"),
        "zstd_raw": zstd(bytes(range(256)), "--no-check"),
        "zstd_repeats": zstd(b"a" * 3000),
        "zstd_cut_off": frame[:-7],
        "bzip2": bz2.compress(data),
        "bzip2_streams": bz2.compress(data, 1) + bz2.compress(b"") + bytes(3) + bz2.compress(data),
        "bzip2_cut_off": bz2.compress(data)[:-5],
        "xz": lzma.compress(data),
        "xz_streams": lzma.compress(data, check=lzma.CHECK_SHA256) + bytes(4) + lzma.compress(b"", check=lzma.CHECK_CRC32),
        "xz_cut_off": lzma.compress(data)[:-9],
        "lzma": lzma.compress(data, lzma.FORMAT_ALONE),
        "lz4": tool(data, "lz4", "-q", "-c", "-9"),
        "lz4_frames": tool(data, "lz4", "-q", "-c", "-B4", "-BD", "-BX") + skippable + tool(b"", "lz4", "-q", "-c"),
        "lz4_skippable_first": skippable + tool(data, "lz4", "-q", "-c"),
        "lz4_cut_off": tool(data, "lz4", "-q", "-c", "--no-frame-crc")[:-3],
        "brotli": tool(data, "brotli", "-c", "-"),
        "brotli_raw": tool(bytes(range(256)), "brotli", "-0", "-c", "-"),
        "brotli_cut_off": tool(data, "brotli", "-q", "5", "-c", "-")[:-4],
        "deflate": zlib.compress(data),
        "deflate_raw": zlib.compress(data)[2:-4],
        "plain": data,
    }


JSON = {
    "plain": b'\x00{"id":"a1","text":"some words of a text","score":3.5}',
    "escapes": b'\x00{"id":"a\\"1","text":"tab\\t quote\\" \\u00e9 \\ud83d\\ude00 \\ud800 end","score":-1e9}',
    "paths": b'\x01{"a":{"b":"the text","c":12},"d":[1,{"b":null},"x"]}',
    "deep": b'\x03{"a":{"b":{"a":"the text"}},"b":true}',
    "twice": b'\x00{"text":"first","text":"second","id":null,"id":"b"}',
    "wrong_kinds": b'\x00{"text":["a","b"],"id":{"x":1},"score":"12"}',
    "not_utf8": b'\x00{"text":"caf\xe9 \xf0\x9f\x98","id":"\xff"}',
    "trailing_comma": b'\x00{"text":"a",}',
    "two": b'\x00{"text":"a"} {"text":"b"}',
    "array": b'\x00[{"text":"a"},{"text":"b"}]',
}

TEXTS = {
    "words": b"\x02" + TEXT.encode(),
    "characters": b"\x03" + TEXT.encode(),
    "short_shingles": b"\x00" + TEXT.encode(),
    "long_shingles": b"\xf0" + b"one two three four five six seven " * 5,
    "marks": b"\x02" + "e\u0301 \u1100\u1161\u11a8 ﬁ Ａ １ ß İ ı ـ กํา".encode(),
    "not_utf8": b"\x02caf\xe9 \xc0\x80 \xed\xa0\x80 \xf4\x90\x80\x80 abc\xe2\x82",
    "spaces": "\x02\u3000\u3000a\u00a0b\u200bc\u2028d\r\n\r\n\te".encode(),
}

PAGES = {
    "page": b"<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>T</title><style>p{}</style></head>"
            b"<body class='a'><nav><a href=\"/x?a=b&amp;c\">Home</a></nav><h1>One</h1><p>two<p>three<br>four"
            b"<!-- five --><div hidden>six</div></body></html>",
    "lists": b"<ul><li>a<li><p>b<ol><li>c</ol></ul><dl><dt>d<dd>e<dt>f</dl><select><option>g<option hidden>h</select>",
    "tables": b"<table><caption>a<tr><td>b<td><table><tr><th>c</table><tbody><tr hidden><td>d<tfoot><tr><td>e</table>f",
    "references": b"&lt;&amp;amp;&copy &notit; &#65;&#x1F600;&#128;&#xD800;&nbsp;&NotEqualTilde;&#;&x;&CounterClockwise",
    "scripts": b"<script><!-- <script> a </script> --> b </script>c<script>d<!--></script><textarea>\n&lt;</b></textarea><xmp><p></xmp>",
    "pre": b"<pre>\r\n a\r b <b>c</b><br></pre><listing>\n\nd</listing><plaintext>e</plaintext>",
    "xml": b"<?xml version='1.0'?><html><script src='a'/><p>a<![CDATA[b<c]]><br/></p></html>",
    "svg": b"<svg style='fill:red;display:none'><path d=''/><title>a</title></svg><math><![CDATA[b]]><annotation>c</math>d",
    "misnested": b"<b><p>a</b></i>b</p><div><span hidden>c</div>d<a hidden>e<a>f</h1><h2 hidden>g</h3>h<nav>i<table></div>j",
    "unclosed": b"<nav>a<p hidden>b<!-- c",
    "bytes": b"\xef\xbb\xbfa\0b\xc2\xa0c\xff<\0p>\xe2\x80<p a\0=1 /style=display:none >d",
}

PATTERNS = {
    "names": b"docs/a b.txt\n*.txt\n!a?b.txt\n\\#c\n# d\ne  \nf\\ \n",
    "paths": b"x/y/z.log\n/x/**/z.log\n**/y/\nx/**\na/**/b\n\\/x\n",
    "brackets": b"[a]\n[[:alpha:]]x\n[!a-c]\n[]]\n[\\]]\n[a/b]\n[\n[[:x:]]",
    "braces": b"a.md\n*.{txt,m{d,x}}\n{a,b}{c,d}\n{\n}\n\\{a,b\\}\n{,}\n",
    "stars": b"aaaaaaaaaaaaaaaaaaab/a/a/a/a\n*a*a*a*a*a*c\n**/a/**/a/**/b\n**a**\n",
    "mark": b"a\n\xef\xbb\xbfa\r\n!\n/\n//\na\0b\n",
}


def warc(kind, headers, block, version="1.0", end="\r\n"):
    lines = [f"WARC/{version}", f"WARC-Type: {kind}", "WARC-Target-URI: http://User@Host.example:80/a?b", *headers,
             f"Content-Length: {len(block)}"]
    return end.join(lines).encode() + 2 * end.encode() + block + 2 * end.encode()


HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=iso-8859-1\r\n"
ARCHIVES = {
    "records": b"\0\x40" + warc("warcinfo", [], b"software: x") + warc("request", [], b"GET / HTTP/1.0\r\n\r\n") +
               warc("response", ["WARC-Date: 2026-01-02T03:04:05Z"], HTTP + b"\r\n<p>a<p>caf\xe9") +
               warc("conversion", ["Content-Type: text/plain"], TEXT.encode()) +
               warc("metadata", ["Content-Type: application/json"], b"{}") + warc("revisit", [], HTTP),
    "revisits": b"\0\x02" + warc("revisit", ["WARC-Record-ID: <urn:uuid:1>", "WARC-Refers-To: <urn:uuid:2>"], HTTP) +
                warc("resource", ["WARC-Record-ID:", " <urn:uuid:2>", "Content-Type: text/plain"], b"a") +
                warc("revisit", ["WARC-Refers-To-Target-URI: <http://a>", "WARC-Refers-To-Date: 2026"], b""),
    "old": b"\0\x01" + warc("conversion", ["Content-Type: text/plain"], b"a\n", "0.18", "\n"),
    "chunks": b"\0\x01" + warc("response", [], HTTP + b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n" +
                               b"%x\r\n%s\r\n0\r\n\r\n" % (len(streams(b"<p>x")["gzip"]), streams(b"<p>x")["gzip"])),
    "deflate": b"\0\x01" + warc("response", [], HTTP + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(b"<p>x")),
    "charsets": b"\0\x09" + warc("resource", ["Content-Type: text/html"], b"<meta charset=koi8-r>\xcd") +
                warc("resource", ["Content-Type: text/plain; charset='utf-16'"], "ab".encode("utf-16")) +
                warc("resource", ["Content-Type: text/xml"], b"<?xml version='1.0' encoding='shift_jis'?>\x83\x41"),
    "wrong_length": b"\0\x02" + warc("resource", [], b"x" * 9).replace(b": 9", b": 5") + warc("resource", [], b"y"),
    "too_long": b"\0\x02" + warc("resource", [], b"x" * 9).replace(b": 9", b": 99999") + warc("resource", [], b"y"),
    "no_length": b"\0\x02junk\n" + warc("resource", [], b"x").replace(b"Content-L", b"X-L") + warc("resource", [], b"y"),
    "cut_off": b"\0\x02" + warc("resource", [], b"x") + warc("resource", [], b"yyy")[:-6],
    "arc": b"\1\x40filedesc://x.arc 0.0.0.0 20080430204825 text/plain 16\n1 0 Example\nURL\n\n"
           b"http://a.example/b c 10.0.0.1 20080430204826 text/plain 44\nHTTP/1.0 200 OK\nContent-Type: text/plain\n\nab\n"
           b"dns:a.example 10.0.0.1 20080430204827 text/dns 4\nname\nhttp://a.example/ 1.2.3.4 20080430204827 text/html 99\nx",
}


def block(kind, rows, data):
    return struct.pack("=IIQ", kind, rows, len(data)) + data


def column(texts, nulls=False):
    there = bytes(t is not None for t in texts) if nulls else b""
    ends = list(itertools.accumulate((len(t or b"") for t in texts), initial=0))
    return there + struct.pack(f"={len(ends)}Q", *ends) + b"".join(t or b"" for t in texts)


TEXT_AND_ID = struct.pack("=4I", 5, 1, 0, 2) + column([b"a", b"b"]) + column([b"1", b"2.5"]) + column([b"one two", None], True)
TABLES = {
    "rows": b"\x03" + block(2, 2, TEXT_AND_ID) * 2 + block(4, 0, b""),
    "lines": b"\x03" + block(3, 0, b'{"text": "one"}\n') + block(4, 0, b"the file is damaged"),
    "records": b"\0" + struct.pack("=4I", 3, 3, 2**32 - 1, 1) + b'"a"1one' + struct.pack("=4I", *[2**32 - 1] * 4),
}


FILES = [("a.txt", TEXT.encode()), ("docs/b.jsonl", RECORDS.encode()), ("docs/a.txt", b"one two\n"), ("c.txt", TEXT.encode())]


def zipped(files=FILES, method=zipfile.ZIP_DEFLATED, large=False, comment=b""):
    to = io.BytesIO()
    with zipfile.ZipFile(to, "w") as archive:
        archive.comment = comment
        for name, data in files:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            entry.external_attr = 0o100644 << 16
            with archive.open(entry, "w", force_zip64=large) as member:
                member.write(data)
    return to.getvalue()


def tarred(form, files=FILES, links=(), mode="w"):
    to = io.BytesIO()
    with tarfile.open(fileobj=to, mode=mode, format=form) as archive:
        for name, data in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        for name, kind, target in links:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, target
            archive.addfile(entry)
    return to.getvalue().rstrip(b"\0") + bytes(1024) if mode == "w" else to.getvalue()


LONG = [("long/" * 40 + "ä.txt", b"a"), ("b.txt", b"b")]
LINKS = [("d.txt", tarfile.LNKTYPE, "a.txt"), ("e.txt", tarfile.SYMTYPE, "c.txt"), ("docs", tarfile.DIRTYPE, ""),
         ("f", tarfile.FIFOTYPE, ""), ("a.txt", tarfile.LNKTYPE, "d.txt")]
PACKED = {
    "zip": b"\1" + zipped(comment=b"a comment"),
    "zip_stored": b"\2" + zipped(method=zipfile.ZIP_STORED),
    "zip_bzip2": b"\3" + zipped(method=zipfile.ZIP_BZIP2),
    "zip_large": b"\4" + zipped(large=True),
    "zip_twice": b"\5" + zipped(FILES + FILES[1:3] + [("/x", b"1"), ("../y", b"2"), ("folder/", b"")]),
    "zip_empty": b"\6" + zipped([]),
    "zip_cut_off": b"\7" + zipped()[:-30],
    "tar_ustar": b"\1" + tarred(tarfile.USTAR_FORMAT, links=LINKS),
    "tar_gnu": b"\2" + tarred(tarfile.GNU_FORMAT, LONG, LINKS),
    "tar_pax": b"\3" + tarred(tarfile.PAX_FORMAT, LONG, LINKS),
    "tar_twice": b"\4" + tarred(tarfile.GNU_FORMAT, FILES + FILES, LINKS),
    "tar_cut_off": b"\5" + tarred(tarfile.GNU_FORMAT)[:-1400],
    "tar_gzip": b"\6" + gzip.compress(tarred(tarfile.GNU_FORMAT), mtime=0),
    "tar_xz": b"\7" + lzma.compress(tarred(tarfile.GNU_FORMAT)),
}


def write(name, inputs):
    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    for key, data in inputs.items():
        (folder / key).write_bytes(data)


def main():
    write("input_stream", streams(TEXT.encode()))
    # Small batches, so that records go over their ends.
    write("input_reader", {key: b"\x14" + data for key, data in streams(RECORDS.encode()).items()})
    write("input_reader", {"csv": b"\x14id,text\na,\"one, two\"\nb,\"three\n\nfour\"\n", "text": b"\x01" + TEXT.encode()})
    write("input_json", JSON)
    write("text", TEXTS)
    write("html", PAGES)
    write("warc", ARCHIVES)
    write("choose", PATTERNS)
    write("table", TABLES)
    write("archive", PACKED)
    write("csv", {"semicolons": b'\x00\x01id;text\r\n1;"a;\r\nb"\r\n', "sep": b"\x00\x00\xef\xbb\xbfsep=|\r\n\r\nid|text\r\n1|a\r\n"})


if __name__ == "__main__":
    main()
