/* SPDX-License-Identifier: MIT
 * Which files are not text. */
#include "base/platform.h"

#include "input/file_kind.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *kind_as(const char *name, const char *bytes, size_t length, bool lenient)
{
    const struct ndup_file_kind *kind = ndup_file_kind_find(bytes, length, name, lenient);
    return kind != NULL ? kind->name : "text";
}

static const char *kind(const char *bytes, size_t length)
{
    return kind_as("x", bytes, length, false);
}

#define IS(bytes, name) cr_assert_str_eq(kind(bytes, sizeof(bytes) - 1), name)

Test(file_kind, magic_numbers)
{
    IS("PAR1\x15\0\x15", "a Parquet file");
    IS("ARROW1\0\0\xff\xff", "an Arrow file");
    IS("\xff\xff\xff\xff\x78\0\0\0\x10\0\0\0", "an Arrow stream");
    IS("Obj\x01\4\x16"
       "avro.schema",
       "an Avro file");
    IS("ORC\x0a\x03\0\0", "an ORC file");
    IS("BZh91AY&SY\x12\x34", "a bzip2 file, compressed twice");
    IS("\xfd"
       "7zXZ\0\0",
       "an xz file, compressed twice");
    IS("\x04\x22\x4d\x18"
       "d@",
       "an lz4 file, compressed twice");
    IS("7z\xbc\xaf\x27\x1c\0\4", "a 7z archive");
    IS("SQLite format 3\0\x10", "an SQLite database");
    IS("\x80\x04\x95\x10", "a pickle of Python");
    IS("\x93NUMPY\1\0", "a NumPy array");
    IS("\x89HDF\r\n\x1a\n", "an HDF5 file");
    IS("PK\3\4\x14\0\0\0\x08\0 word/document.xml", "a Word document");
    IS("PK\3\4\x14\0\0\0\x08\0 xl/workbook.xml", "an Excel workbook");
    IS("PK\3\4\x14\0mimetypeapplication/vnd.oasis.opendocument.text", "an OpenDocument file");
    IS("PK\3\4\x14\0\0\0\x08\0notes.txt", "a zip archive");
    IS("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file");
    IS("%PDF-1.4\n1 0 obj", "a PDF file");
    IS("{\\rtf1\\ansi hello}\n", "an RTF document");
    IS("%!PS-Adobe-3.0 EPSF-3.0\n", "a PostScript file");
    IS("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG image");
    IS("\xff\xd8\xff\xe0", "a JPEG image");
    IS("GIF89a\1\0\1\0", "a GIF image");
    IS("\x1f\x8b\x08\0", "a gzip file, compressed twice");
    IS("\x7f"
       "ELF\2\1\1\0",
       "an ELF program");
    IS("!<arch>\ndebian-binary   1410122664  0     0     100644  4         `\n2.0\n", "an ar archive");
    IS("RIFF\x24\0\0\0WAVEfmt ", "a WAVE sound");
    IS("RIFF\x24\0\0\0WEBPVP8 ", "a WebP image");
    IS("RIFF\x24\0\0\0AVI LIST", "a binary file");
    IS("RIFFs of a guitar\n", "text");
    IS("abc\x1b$B$3$l\x1b(B", "text in ISO-2022");
    IS("abc\x1b$@$3$l\x1b(B", "text in ISO-2022");
    IS("abc\x1b$(D$3$l\x1b(B", "text in ISO-2022");
    IS("abc\x1b$)C\x0e$3\x0f", "text in ISO-2022");
    IS("abc\x1b$)A\x0e$3\x0f", "text in ISO-2022");
    IS("abc\x1b$)x, dollars and \x1b$", "text");
    IS("one\0two", "a binary file");
    cr_assert_str_eq(kind_as("x.docx", "PK\3\4\x14\0", 6, false), "a Word document");
    cr_assert_str_eq(kind_as("x.svg", "<?xml version=\"1.0\"?>\n<svg/>\n", 29, false), "an SVG image");
    cr_assert_str_eq(kind_as("x.svg", "about svg\n", 10, false), "text");
}

Test(file_kind, tar_by_its_checksum)
{
    char header[1024] = "folder/name.txt";
    unsigned long sum = 8 * ' ';
    memcpy(header + 100, "0000644", 8);
    for (size_t i = 0; i < 512; i++)
        sum += (unsigned char)header[i];
    snprintf(header + 148, 8, "%06lo", sum);
    cr_assert_str_eq(kind(header, sizeof header), "a tar archive");
    header[0] = 'g';
    cr_assert_str_eq(kind(header, sizeof header), "a binary file");
}

/* A text may begin with the word that is a magic number. */
Test(file_kind, texts)
{
    IS("", "text");
    IS("ORCHIDS are plants.\n", "text");
    IS("PAR1 is the magic number of Parquet.\n", "text");
    IS("BZh9 is bzip2.\n", "text");
    IS("GIF89a and MZ\n", "text");
    IS("MZ\n", "text");
    IS("BM, the abbreviation\n", "text");
    IS("Rar! says the lion\n", "text");
    IS("%PDF is not PDF\n", "text");
    IS("WARCRAFT\n", "text");
    IS("WARC/x\n", "text");
    IS("{ \\rtf1 is how RTF begins, but for the space}\n", "text");
    IS("%! is how PostScript begins\n", "text");
    IS("<svg>in a page</svg>\n", "text");
    IS("\xef\xbb\xbf"
       "a byte order mark\n",
       "text");
    IS("colours \x1b[31mred\x1b[0m, a bell \a, overstruck a\b_, a page\f", "text");
    IS("caf\xe9 and na\xefve in Latin-1\n", "text");
    IS("\xcf\xf0\xe8\xe2\xe5\xf2 \xec\xe8\xf0\n", "text");
    IS("one \x01 stray control character in a text that is long enough\n", "text");
}

/* JSON Lines and CSV find out by themselves, record by record. */
Test(file_kind, lenient)
{
    cr_assert_str_eq(kind_as("x", "one line\0\nand many more letters than that\n", 42, true), "text");
    cr_assert_str_eq(kind_as("x", "\0\1\2\3", 4, true), "a binary file");
    cr_assert_str_eq(kind_as("x", "PAR1\x15\0\x15", 7, true), "a Parquet file");
}

static char *widen(const char *text, unsigned width, bool big, size_t *length)
{
    size_t n = strlen(text);
    char *wide = calloc(n, width);
    for (size_t i = 0; i < n; i++)
        wide[i * width + (big ? width - 1 : 0)] = text[i];
    *length = n * width;
    return wide;
}

Test(file_kind, wide_text_without_a_mark)
{
    static const char *const names[] = {
        "text in UTF-16LE without a byte order mark", "text in UTF-16BE without a byte order mark",
        "text in UTF-32LE without a byte order mark", "text in UTF-32BE without a byte order mark"};
    for (unsigned i = 0; i < 4; i++) {
        size_t length;
        char *wide =
            widen("{\"text\": \"one two three\"}\n{\"text\": \"four five\"}\n", i < 2 ? 2 : 4, i % 2 != 0, &length);
        cr_assert_str_eq(kind(wide, length), names[i]);
        cr_assert_str_eq(kind_as("x", wide, length, true), names[i]);
        cr_assert_str_eq(kind(wide, length - 1), names[i], "cut off");
        free(wide);
    }
    /* Chinese, with a full stop and a line end. */
    static const char chinese[] = "\x00\x4e\x8c\x4e\x09\x4e\x02\x30\x0a\x00";
    cr_assert_str_eq(kind(chinese, 10), names[0]);
    /* Pairs of ASCII letters are Chinese characters, too. */
    char ascii[2001];
    memset(ascii, 'e', sizeof ascii);
    ascii[1000] = '\0';
    cr_assert_str_eq(kind(ascii, 2000), "a binary file");
}

/* A file of a few bytes, or of text, is what its name says: a table, and damaged. */
Test(file_kind, tables_by_name)
{
    static const char *const names[][2] = {{"a.parquet", "a Parquet file"},
                                           {"A.PARQUET", "a Parquet file"},
                                           {"a.arrow", "an Arrow file"},
                                           {"a.feather", "a Feather file"}};
    static const char *const contents[] = {"", "PAR1", "PAR1PAR1", "ARROW1", "some text", "XXXX\0\1\2"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        for (size_t k = 0; k < sizeof contents / sizeof *contents; k++) {
            const struct ndup_file_kind *found =
                ndup_file_kind_find(contents[k], strlen(contents[k]), names[i][0], k % 2 == 0);
            cr_assert(found != NULL && found->table, "%s %s", names[i][0], contents[k]);
            cr_expect_str_eq(found->name, names[i][1]);
        }
    }
    cr_expect(ndup_file_kind_find("some text", 9, "parquet", false) == NULL);
    cr_expect(ndup_file_kind_find("some text", 9, "a.parquet.txt", false) == NULL);
}

Test(file_kind, advice)
{
    char text[300];
    ndup_file_kind_describe(ndup_file_kind_find("7z\xbc\xaf\x27\x1c", 6, "x", false), "a b.7z", text, sizeof text);
    cr_assert_str_eq(
        text, "this is a 7z archive, which neardup does not read; try: 7z x 'a b.7z' -ofolder, and name the folder");
    ndup_file_kind_describe(ndup_file_kind_find("PAR1\0", 5, "x", false), "a b", text, sizeof text);
    cr_assert_str_eq(text, "this is a Parquet file, which neardup does not read; try: pip install neardup pyarrow");
    ndup_file_kind_describe(ndup_file_kind_find("PAR1\0", 5, "x", false), "-", text, sizeof text);
    cr_assert_str_eq(text, "this is a Parquet file, which neardup does not read through a pipe; try: write it to a "
                           "file first, and name that");
    ndup_file_kind_describe(ndup_file_kind_find("PAR1\0", 5, "x", false), "a.parquet.gz", text, sizeof text);
    cr_assert_str_eq(text, "this is a Parquet file, which neardup does not read; try: decompress the file first");
    ndup_file_kind_describe(ndup_file_kind_find("%PDF-1.4", 8, "x", false), "it's.pdf", text, sizeof text);
    cr_assert_str_eq(text,
                     "this is a PDF file, which neardup does not read; try: --pre 'pdftotext {} -' --pre-glob '*.pdf'");
    ndup_file_kind_describe(ndup_file_kind_find("%PDF-1.4", 8, "x", false), "a.pdf", text, 20);
    cr_assert_str_eq(text, "this is a PDF file,");
    ndup_file_kind_describe(ndup_file_kind_find("GIF89a\0", 7, "x", false), "a.gif", text, sizeof text);
    cr_assert_str_eq(text, "this is a GIF image, which neardup does not read");
}

static bool holds_records(const char *name, const char *bytes, size_t length)
{
    const struct ndup_file_kind *kind = ndup_file_kind_find(bytes, length, name, false);
    cr_assert_not_null(kind);
    return ndup_file_kind_holds_records(kind, name);
}

Test(file_kind, data_is_told_from_attachments)
{
    cr_assert(holds_records("x", "PAR1\1\2\3\0", 8));
    cr_assert(holds_records("x", "PK\3\4\x14\0 xl/workbook.xml", 22));
    cr_assert(holds_records("x", "PK\3\4\x14\0notes.txt", 15));
    cr_assert(holds_records("x.XLS", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8));
    cr_assert(holds_records("x", "abc\x1b$B$3$l\x1b(B", 14));
    cr_assert(holds_records("x.tfrecord", "\1\2\3\4\5\6", 6));
    cr_assert_not(holds_records("x", "PK\3\4\x14\0 word/document.xml", 24));
    cr_assert_not(holds_records("x.doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8));
    cr_assert_not(holds_records("x", "%PDF-1.4", 8));
    cr_assert_not(holds_records("x", "\xff\xd8\xff\xe0", 4));
    /* Bytes that say nothing: the name decides. */
    cr_assert_not(holds_records("x.bin", "\0\0\0\0", 4));
    cr_assert(holds_records("x.jsonl", "\0\0\0\0", 4));
    cr_assert(holds_records("x.csv.gz", "\0\0\0\0", 4));
    cr_assert(holds_records("x.txt", "\0\0\0\0", 4));
}

Test(file_kind, public_function)
{
    char advice[200];
    cr_assert_str_eq(neardup_binary_kind("\xff\xd8\xff\xe0", 4, NULL, NULL, 0), "a JPEG image");
    cr_assert_str_eq(neardup_binary_kind("%PDF-1.4", 8, "a.pdf", advice, sizeof advice), "a PDF file");
    cr_assert_str_eq(advice,
                     "this is a PDF file, which neardup does not read; try: --pre 'pdftotext {} -' --pre-glob '*.pdf'");
    cr_assert_str_eq(neardup_binary_kind("\xff\xfe\x61\0", 4, "a b", advice, sizeof advice), "text in UTF-16LE");
    cr_assert_str_eq(advice,
                     "this is text in UTF-16LE, which neardup does not read; try: iconv -f UTF-16LE -t UTF-8 'a b' "
                     "| neardup ... -");
    cr_assert_str_eq(neardup_binary_kind("\0 \0a\0b\0c\0 \0d\0e", 14, NULL, NULL, 0), "text in UTF-16BE");
    cr_assert_str_eq(neardup_binary_kind("caf\xe9", 4, NULL, NULL, 0), "text that is not UTF-8");
    cr_assert_str_eq(neardup_binary_kind("a\xef\xbf\xbd", 4, NULL, NULL, 0),
                     "text with too many U+FFFD, characters lost when it was decoded before");
    cr_assert_null(neardup_binary_kind("text", 4, NULL, advice, sizeof advice));
    cr_assert_null(neardup_binary_kind(NULL, 0, NULL, NULL, 0));
}
