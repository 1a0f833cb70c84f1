/* SPDX-License-Identifier: MIT
 * Files that are not text. One table has the formats that are known by magic numbers; a format that neardup learns to
 * read moves from here to the table of formats.h. A file that no row knows is binary if it has NUL bytes (the rule of git and
 * grep) or many control characters. libmagic knows a thousand formats more, but not what to type instead, and costs
 * milliseconds per file. */
#include "base/platform.h"

#include "input/file_kind.h"

#include "base/utf8_check.h"
#include "codec/codec.h"
#include "input/encoding.h"
#include "input/formats.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- what else bytes look like ---- */

static bool contains(const char *bytes, size_t length, const char *word)
{
    return memmem(bytes, length, word, strlen(word)) != NULL;
}

static uint32_t little_endian(const char *bytes)
{
    const unsigned char *b = (const unsigned char *)bytes;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* Control characters that no text has: not white space, BEL, BS (overstruck text) or ESC (colours of a terminal). */
static bool is_control(unsigned char c)
{
    return (c < 0x20 && !(c >= 7 && c <= 13) && c != 0x1b) || c == 0x7f;
}

static size_t count_controls(const char *bytes, size_t length)
{
    size_t n = 0;
    for (size_t i = 0; i < length; i++)
        n += is_control((unsigned char)bytes[i]);
    return n;
}

/* Whether the bytes have anything that plain text does not. Formats whose magic number is a word ("ORC") need this: a text
 * may begin with the word. */
static bool has_other_than_text(const char *bytes, size_t length)
{
    size_t characters, good = ndup_utf8_pass(bytes, length, &characters);
    return length - good >= 4 || count_controls(bytes, length) > 0;
}

/* With spaces in place of the checksum, which is octal after spaces. Some programs of the eighties added signed bytes. Older
 * headers have no magic number. */
bool ndup_file_kind_is_tar_header(const char block[512])
{
    long sum = 0, as_signed = 0, said = 0;
    if (block[0] == '\0')
        return false;
    for (size_t i = 0; i < 512; i++) {
        sum += i >= 148 && i < 156 ? ' ' : (unsigned char)block[i];
        as_signed += i >= 148 && i < 156 ? ' ' : (signed char)block[i];
    }
    size_t i = 148;
    while (i < 156 && block[i] == ' ')
        i++;
    for (; i < 156 && block[i] >= '0' && block[i] <= '7'; i++)
        said = said * 8 + (block[i] - '0');
    return said == sum || said == as_signed;
}

static bool is_tar(const char *bytes, size_t length)
{
    return length >= 512 && ndup_file_kind_is_tar_header(bytes);
}

/* "II*" and "MM*", and other headers that end in NUL or small numbers, are in the table as they are. */
static bool is_bmp(const char *bytes, size_t length)
{
    return length >= 30 && little_endian(bytes + 6) == 0 && little_endian(bytes + 14) <= 124;
}

static bool is_arrow_stream(const char *bytes, size_t length)
{
    uint32_t size = length >= 8 ? little_endian(bytes + 4) : 0;
    return size >= 16 && size < (1u << 24) && size % 8 == 0;
}

static bool is_bzip2(const char *bytes, size_t length)
{
    return ndup_codec_bzip2.recognise((const uint8_t *)bytes, length);
}

static bool is_lzma(const char *bytes, size_t length)
{
    return ndup_codec_lzma.recognise((const uint8_t *)bytes, length);
}

static bool is_pickle(const char *bytes, size_t length)
{
    return length > 2 && bytes[1] >= 2 && bytes[1] <= 5;
}

static bool is_safetensors(const char *bytes, size_t length)
{
    return length > 10 && little_endian(bytes + 4) == 0 && little_endian(bytes) < (1u << 28) &&
           memcmp(bytes + 8, "{\"", 2) == 0;
}

/* Office documents name the types of their parts. Only these do: other zip archives have folders of such names, too. */
static bool is_office(const char *bytes, size_t length, const char *folder)
{
    return contains(bytes, length, "[Content_Types].xml") && contains(bytes, length, folder);
}

static bool is_docx(const char *bytes, size_t length)
{
    return contains(bytes, length, "word/document.xml") || is_office(bytes, length, "word/");
}

static bool is_xlsx(const char *bytes, size_t length)
{
    return contains(bytes, length, "xl/workbook.") || is_office(bytes, length, "xl/");
}

static bool is_pptx(const char *bytes, size_t length)
{
    return contains(bytes, length, "ppt/presentation.") || is_office(bytes, length, "ppt/");
}

static bool is_open_document(const char *bytes, size_t length)
{
    return contains(bytes, length < 200 ? length : 200, "application/vnd.oasis.opendocument");
}

static bool is_epub(const char *bytes, size_t length)
{
    return contains(bytes, length < 200 ? length : 200, "application/epub+zip");
}

static bool is_java_archive(const char *bytes, size_t length)
{
    return contains(bytes, length, "META-INF/MANIFEST.MF");
}

static bool is_numpy_archive(const char *bytes, size_t length)
{
    return contains(bytes, length < 64 ? length : 64, ".npy");
}

static bool is_mp3(const char *bytes, size_t length)
{
    return length > 4 && (bytes[1] & 0xe6) == 0xe2 && ((unsigned char)bytes[2] & 0xf0) != 0xf0;
}

static bool is_wave(const char *bytes, size_t length)
{
    return length > 12 && memcmp(bytes + 8, "WAVE", 4) == 0;
}

static bool is_webp(const char *bytes, size_t length)
{
    return length > 12 && memcmp(bytes + 8, "WEBP", 4) == 0;
}

static bool is_svg(const char *bytes, size_t length)
{
    return contains(bytes, length, "<svg");
}

/* Japanese and Korean in seven bits: valid ASCII, and nonsense if it is read as such. */
static bool is_iso_2022(const char *bytes, size_t length)
{
    for (const char *at = bytes, *end = bytes + length; (at = memchr(at, 0x1b, (size_t)(end - at))) != NULL; at++) {
        if (end - at > 3 && at[1] == '$' &&
            (at[2] == 'B' || at[2] == '@' || (at[2] == '(' && at[3] == 'D') ||
             (at[2] == ')' && (at[3] == 'C' || at[3] == 'A'))))
            return true;
    }
    return false;
}

/* ---- the table ---- */

/* Where an advice pipes, the dots are the options of the command that was given. */
#define WITH_PANDAS(read)                                                                                              \
    "write JSON Lines: python3 -c \"import pandas; pandas." read                                                       \
    "('FILE').to_json('out.jsonl', orient='records', lines=True)\""

/* Archives are read as folders (input/archive.h), unless they come through a pipe or are in another archive. */
static const char unpacked[] = "unpack it, and name the folder";

struct kind_row {
    struct ndup_file_kind kind;
    const char *magic;
    unsigned length; /* of the magic number */
    unsigned offset;
    bool is_word; /* a text could begin with the magic number */
    bool (*check)(const char *bytes, size_t length);
    const char *suffix; /* if there is one, only files of this name; for formats that share their magic number */
};

#define MAGIC(bytes) .magic = (bytes), .length = sizeof(bytes) - 1
#define WORD(bytes)  MAGIC(bytes), .is_word = true
/* A kind that holds records, and one that does not. */
#define DATA(name, advice)  .kind = {(name), (advice), true, false}
#define OTHER(name, advice) .kind = {(name), (advice), false, false}
/* One that the Python package reads: without it there is something to install. */
#define TABLE(name) .kind = {(name), "pip install neardup pyarrow", true, true}

/* The first row that fits is taken: special formats come before general ones. */
static const struct kind_row rows[] = {
    /* records that could be compared if they were text */
    {TABLE("a Parquet file"), WORD("PAR1")},
    {DATA("an encrypted Parquet file", "decrypt it first"), WORD("PARE")},
    {TABLE("an Arrow file"), MAGIC("ARROW1\0\0")},
    {TABLE("a Feather file"), WORD("FEA1")},
    {TABLE("an Arrow stream"), MAGIC("\xff\xff\xff\xff"), .check = is_arrow_stream},
    {DATA("an Avro file", "fastavro FILE | neardup ... -"), MAGIC("Obj\x01")},
    {DATA("an ORC file", WITH_PANDAS("read_orc")), WORD("ORC")},
    {DATA("a Hadoop sequence file", "hadoop fs -text FILE | neardup ... -"), WORD("SEQ")},
    {DATA("an SQLite database", "sqlite3 -json FILE 'SELECT id, text FROM documents' | jq -c '.[]' | neardup ... -"),
     MAGIC("SQLite format 3\0")},
    {DATA("a DuckDB database", "duckdb FILE -c \"COPY documents TO '/dev/stdout' (FORMAT json)\" | neardup ... -"),
     MAGIC("DUCK"), .offset = 8},
    {DATA("a pickle of Python", WITH_PANDAS("read_pickle")), MAGIC("\x80"), .check = is_pickle},
    {DATA("a NumPy array", "write its texts as JSON Lines with numpy.load"), MAGIC("\x93NUMPY")},
    {DATA("an HDF5 file", "write its texts as JSON Lines with h5py"), MAGIC("\x89HDF\r\n\x1a\n")},
    {DATA("a PostgreSQL dump", "restore it, then: psql -c \"COPY documents TO STDOUT CSV HEADER\" | neardup ... -"),
     WORD("PGDMP")},
    {DATA("an R data file", "write CSV with write.csv in R"), WORD("RDX")},
    /* documents of office programs, and what they are packed in */
    {OTHER("a Word document", "--pre 'pandoc -t plain' --pre-glob '*.docx'"), MAGIC("PK\3\4"), .check = is_docx},
    {DATA("an Excel workbook", "write CSV: libreoffice --headless --convert-to csv FILE"), MAGIC("PK\3\4"),
     .check = is_xlsx},
    {OTHER("a PowerPoint file", "write PDF: libreoffice --headless --convert-to pdf FILE; then pdftotext"),
     MAGIC("PK\3\4"), .check = is_pptx},
    {OTHER("an OpenDocument file", "libreoffice --headless --convert-to txt:Text FILE"), MAGIC("PK\3\4"),
     .check = is_open_document},
    {OTHER("an EPUB book", "--pre 'pandoc -t plain' --pre-glob '*.epub'"), MAGIC("PK\3\4"), .check = is_epub},
    {OTHER("a Word document", "--pre 'pandoc -t plain' --pre-glob '*.docx'"), MAGIC("PK\3\4"), .suffix = ".docx"},
    {DATA("an Excel workbook", "write CSV: libreoffice --headless --convert-to csv FILE"), MAGIC("PK\3\4"),
     .suffix = ".xlsx"},
    {DATA("a NumPy archive", "write its texts as JSON Lines with numpy.load"), MAGIC("PK\3\4"),
     .check = is_numpy_archive},
    {OTHER("a Java archive", NULL), MAGIC("PK\3\4"), .check = is_java_archive},
    {DATA("a zip archive", unpacked), MAGIC("PK\3\4")},
    {DATA("a zip archive", unpacked), MAGIC("PK\7\10PK\3\4")},
    {OTHER("an empty zip archive", NULL), MAGIC("PK\5\6")},
    {DATA("an old Excel workbook", "write CSV: libreoffice --headless --convert-to csv FILE"),
     MAGIC("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), .suffix = ".xls"},
    {OTHER("an old Office file", "libreoffice --headless --convert-to txt:Text FILE"),
     MAGIC("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")},
    {OTHER("a PDF file", "--pre 'pdftotext {} -' --pre-glob '*.pdf'"), MAGIC("%PDF-")},
    /* ASCII, but most of it is fonts, styles or procedures that other files of the same program have, too: different letters
     * and pictures would be near-duplicates, and a cut paragraph would damage them. */
    {OTHER("an RTF document", "libreoffice --headless --convert-to txt:Text FILE"), MAGIC("{\\rtf")},
    {OTHER("a PostScript file", "--pre ps2ascii --pre-glob '*.ps'"), MAGIC("%!PS")},
    {OTHER("an SVG image", NULL), MAGIC(""), .check = is_svg, .suffix = ".svg"},
    {OTHER("a DjVu file", "--pre djvutxt --pre-glob '*.djvu'"), WORD("AT&TFORM")},
    /* archives, and compression that is not read (codec/codec.h) or was read once */
    {DATA("a tar archive", unpacked), MAGIC("ustar"), .offset = 257},
    {DATA("a tar archive", unpacked), MAGIC(""), .check = is_tar},
    {DATA("an lzip file", "lzip -dc FILE | neardup ... -"), WORD("LZIP")},
    {DATA("an lz4 file of the format before frames", "lz4cat FILE | neardup ... -"), MAGIC("\x02\x21\x4c\x18")},
    {DATA("an lzop file", "lzop -dc FILE | neardup ... -"), MAGIC("\x89LZO\0\r\n\x1a\n")},
    {DATA("a snappy file", "snzip -dc FILE | neardup ... -"), MAGIC("\xff\6\0\0sNaPpY")},
    {DATA("a file compressed with compress", "zcat FILE | neardup ... -"), MAGIC("\x1f\x9d")},
    {DATA("a gzip file, compressed twice", "zcat FILE | neardup ... -"), MAGIC("\x1f\x8b\x08")},
    {DATA("a zstd file, compressed twice", "zstdcat FILE | neardup ... -"), MAGIC("\x28\xb5\x2f\xfd")},
    {DATA("a bzip2 file, compressed twice", "bzcat FILE | neardup ... -"), MAGIC("BZh"), .check = is_bzip2},
    {DATA("an xz file, compressed twice", "xzcat FILE | neardup ... -"), MAGIC("\xfd\x37zXZ\0")},
    {DATA("an lzma file, compressed twice", "xzcat --format=lzma FILE | neardup ... -"), MAGIC("\x5d"),
     .check = is_lzma},
    {DATA("an lz4 file, compressed twice", "lz4cat FILE | neardup ... -"), MAGIC("\x04\x22\x4d\x18")},
    {DATA("a 7z archive", "7z x FILE -ofolder, and name the folder"), MAGIC("7z\xbc\xaf\x27\x1c")},
    {DATA("a RAR archive", "unrar x FILE folder/, and name the folder"), MAGIC("Rar!\x1a\7")},
    {DATA("a cabinet archive", "cabextract -d folder FILE, and name the folder"), MAGIC("MSCF\0\0\0\0")},
    {OTHER("an ar archive", "ar x FILE in a new folder, and name the folder"), MAGIC("!<arch>\n")},
    {OTHER("a git pack", NULL), MAGIC("PACK\0\0\0")},
    /* pictures, sound and films */
    {OTHER("a PNG image", NULL), MAGIC("\x89PNG\r\n\x1a\n")},
    {OTHER("a JPEG image", NULL), MAGIC("\xff\xd8\xff")},
    {OTHER("a GIF image", NULL), WORD("GIF87a")},
    {OTHER("a GIF image", NULL), WORD("GIF89a")},
    {OTHER("a BMP image", NULL), WORD("BM"), .check = is_bmp},
    {OTHER("a TIFF image", NULL), MAGIC("II*\0")},
    {OTHER("a TIFF image", NULL), MAGIC("MM\0*")},
    {OTHER("a WebP image", NULL), MAGIC("RIFF"), .check = is_webp},
    {OTHER("an icon", NULL), MAGIC("\0\0\1\0")},
    {OTHER("a Photoshop image", NULL), WORD("8BPS")},
    {OTHER("a JPEG 2000 image", NULL), MAGIC("\0\0\0\x0cjP  ")},
    {OTHER("a PostScript image", NULL), MAGIC("\xc5\xd0\xd3\xc6")},
    {OTHER("a WAVE sound", NULL), MAGIC("RIFF"), .check = is_wave},
    {OTHER("an Ogg file", NULL), WORD("OggS")},
    {OTHER("a FLAC sound", NULL), WORD("fLaC")},
    {OTHER("an MP3 sound", NULL), WORD("ID3")},
    {OTHER("an MP3 sound", NULL), MAGIC("\xff"), .check = is_mp3},
    {OTHER("an MP4 or HEIC file", NULL), WORD("ftyp"), .offset = 4},
    {OTHER("a Matroska film", NULL), MAGIC("\x1a\x45\xdf\xa3")},
    /* programs, fonts and the rest */
    {OTHER("an ELF program", NULL), MAGIC("\x7f"
                                          "ELF")},
    {OTHER("a Windows program", NULL), WORD("MZ")},
    {OTHER("a Mach-O program", NULL), MAGIC("\xcf\xfa\xed\xfe")},
    {OTHER("a Mach-O program", NULL), MAGIC("\xce\xfa\xed\xfe")},
    {OTHER("a Java class or Mach-O program", NULL), MAGIC("\xca\xfe\xba\xbe")},
    {OTHER("a WebAssembly program", NULL), MAGIC("\0asm")},
    {OTHER("a font", NULL), WORD("wOFF")},
    {OTHER("a font", NULL), WORD("wOF2")},
    {OTHER("a font", NULL), WORD("OTTO")},
    {OTHER("a font", NULL), WORD("ttcf")},
    {OTHER("a font", NULL), MAGIC("\0\1\0\0\0")},
    {OTHER("a GGUF model", NULL), WORD("GGUF")},
    {OTHER("a safetensors model", NULL), MAGIC(""), .check = is_safetensors},
    /* text that neardup would misread */
    {DATA("text in ISO-2022", "iconv -f ISO-2022-JP -t UTF-8 FILE | neardup ... -"), MAGIC(""), .check = is_iso_2022},
};

/* Names of files whose first bytes say no more than that they are binary. */
static const struct kind_row endings[] = {
    {DATA("a TFRecord file", "write its texts as JSON Lines with tensorflow_datasets"), .suffix = ".tfrecord"},
};

/* Names of files that are tables, whatever they hold: of one that was cut off after a few bytes, or whose first bytes are lost, the
 * rest looks like a text or like nothing known, and pyarrow says what is wrong with it. */
static const struct kind_row named_tables[] = {
    {TABLE("a Parquet file"), .suffix = ".parquet"},
    {TABLE("an Arrow file"), .suffix = ".arrow"},
    {TABLE("a Feather file"), .suffix = ".feather"},
};

static const struct ndup_file_kind binary = {"a binary file", NULL, false, false};
/* Without a byte order mark, as the next table by the number of the encoding: 1 for big-endian, and 2 for UTF-32. */
static const struct ndup_file_kind wide_files[4] = {
    {"text in UTF-16LE without a byte order mark", "add `encoding` UTF-16LE", true, false},
    {"text in UTF-16BE without a byte order mark", "add `encoding` UTF-16BE", true, false},
    {"text in UTF-32LE without a byte order mark", "add `encoding` UTF-32LE", true, false},
    {"text in UTF-32BE without a byte order mark", "add `encoding` UTF-32BE", true, false},
};

static bool has_ending(const char *name, const char *suffix)
{
    size_t length = name != NULL ? strlen(name) : 0, n = strlen(suffix);
    return length > n && strcasecmp(name + length - n, suffix) == 0;
}

static bool fits(const struct kind_row *row, const char *bytes, size_t length, const char *name)
{
    return length > 0 && length >= row->offset + row->length &&
           memcmp(bytes + row->offset, row->magic, row->length) == 0 &&
           (row->check == NULL || row->check(bytes, length)) &&
           (row->suffix == NULL || has_ending(name, row->suffix)) &&
           (!row->is_word || has_other_than_text(bytes, length));
}

/* ---- UTF-16 and UTF-32 without a byte order mark ---- */

/* Share of code units that are wrong in no text, in 1/1000; 1000 if there are none. In random bytes 3 % are surrogates
 * without a partner, 10 % are for private use. */
static unsigned wrong_units(const char *bytes, size_t length, unsigned width, bool big, size_t *plain)
{
    const unsigned char *b = (const unsigned char *)bytes;
    size_t units = length / width, wrong = 0;
    bool high = false;
    *plain = 0;
    for (size_t i = 0; i < units; i++, b += width) {
        uint32_t c = 0;
        for (unsigned k = 0; k < width; k++)
            c |= (uint32_t)b[big ? width - 1 - k : k] << 8 * k;
        bool low = c >= 0xdc00 && c <= 0xdfff && width == 2;
        wrong += low != high; /* a half without the other */
        high = c >= 0xd800 && c <= 0xdbff && width == 2;
        wrong += c > 0x10ffff || (c < 0x80 && is_control((unsigned char)c)) || (c >= 0xe000 && c <= 0xf8ff) ||
                 (c & 0xfffe) == 0xfffe || (width == 4 && c >= 0xd800 && c <= 0xdfff);
        *plain += c == ' ' || c == '\n' || (c >= '0' && c <= '9') || (c >= 0x3000 && c <= 0x3002);
    }
    return units > 0 ? (unsigned)(wrong * 1000 / units) : 1000;
}

/* At most this many of 1000 units may be wrong: one odd character per page. And at least this many must be spaces, line ends,
 * digits or the punctuation of Chinese: pairs of ASCII letters look like Chinese, but not like that. */
#define WRONG_UNITS 2u
#define PLAIN_UNITS 5u

/* Bytes with NULs among them. Where these are few, and the rest is UTF-8, they are strays in a text of single bytes. */
static const struct ndup_file_kind *find_wide_text(const char *bytes, size_t length)
{
    size_t plain[2], nuls = 0, characters;
    bool fine[2];
    for (size_t i = 0; i < length; i++)
        nuls += bytes[i] == '\0';
    if (nuls * 10 < length && length - ndup_utf8_pass(bytes, length, &characters) < 4)
        return NULL;
    for (unsigned width = 4; width >= 2; width -= 2) {
        for (unsigned big = 0; big < 2; big++)
            fine[big] = wrong_units(bytes, length, width, big, &plain[big]) <= WRONG_UNITS &&
                        plain[big] * 1000 >= length / width * PLAIN_UNITS;
        if (!fine[0] && !fine[1])
            continue;
        bool big = fine[1] && (!fine[0] || plain[1] > plain[0]);
        return &wide_files[(width == 4 ? 2 : 0) + big];
    }
    return NULL;
}

/* ---- what a file is ---- */

/* Share of control characters from which bytes are not text. In random bytes it is 9 %; text has none but strays. */
#define CONTROLS_PER_CENT 5u

const struct ndup_file_kind *ndup_file_kind_known(const char *bytes, size_t length, const char *name)
{
    if (length > NDUP_KIND_BYTES)
        length = NDUP_KIND_BYTES;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (fits(&rows[i], bytes, length, name))
            return &rows[i].kind;
    }
    return NULL;
}

bool ndup_file_kind_is_zip(const char *bytes, size_t length, const char *name)
{
    const struct ndup_file_kind *kind = length > 3 ? ndup_file_kind_known(bytes, length, name) : NULL;
    return kind != NULL && memcmp(bytes, "PK", 2) == 0 && strstr(kind->name, "zip archive") != NULL;
}

const struct ndup_file_kind *ndup_file_kind_find(const char *bytes, size_t length, const char *name, bool lenient)
{
    const struct ndup_file_kind *known = ndup_file_kind_known(bytes, length, name);
    if (known != NULL)
        return known;
    for (size_t i = 0; i < sizeof named_tables / sizeof named_tables[0]; i++) {
        if (has_ending(name, named_tables[i].suffix))
            return &named_tables[i].kind;
    }
    if (length > NDUP_KIND_BYTES)
        length = NDUP_KIND_BYTES;
    bool nul = length > 0 && memchr(bytes, '\0', length) != NULL;
    const struct ndup_file_kind *wide = nul ? find_wide_text(bytes, length) : NULL;
    if (wide != NULL)
        return wide;
    if (!(nul && !lenient) && count_controls(bytes, length) * 100 <= length * CONTROLS_PER_CENT)
        return NULL;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (has_ending(name, endings[i].suffix))
            return &endings[i].kind;
    }
    return &binary;
}

bool ndup_file_kind_holds_records(const struct ndup_file_kind *kind, const char *name)
{
    return kind->records || ndup_format_of_name(name) != NULL;
}

/* ---- in words ---- */

/* A path as a shell takes it, inside quotes that are there or not. One with a quote in it stays FILE: people can quote it
 * themselves. */
static const char *quoted(const char *path, bool inside, char *text, size_t size)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+@%:=,-";
    if (strlen(path) + 3 > size || strpbrk(path, "'\"\\\n") != NULL || path[0] == '\0' || strcmp(path, "-") == 0)
        return "FILE";
    bool bare = inside || (path[0] != '-' && path[strspn(path, plain)] == '\0');
    snprintf(text, size, "%s%s%s", bare ? "" : "'", path, bare ? "" : "'");
    return text;
}

static void append(char *text, size_t size, const char *more, size_t length)
{
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%.*s", (int)length, more);
}

void ndup_file_kind_describe(const struct ndup_file_kind *kind, const char *path, char *text, size_t size)
{
    char name[200];
    const char *advice = kind->advice;
    bool piped = (kind->table || advice == unpacked) && strcmp(path, "-") == 0;
    snprintf(text, size, "this is %s, %s", kind->name,
             piped                ? "which neardup does not read through a pipe"
             : advice == unpacked ? "and not a text"
                                  : "which neardup does not read");
    if (advice == NULL)
        return;
    /* The parts of a table are found from its end: whatever is installed, it must be a file as it is. */
    if (piped)
        advice = "write it to a file first, and name that";
    else if (kind->table && ndup_codec_of_name(path, NULL) != NULL)
        advice = "decompress the file first";
    append(text, size, "; try: ", 7);
    for (const char *at = advice; *at != '\0';) {
        const char *stop = strstr(at, "FILE");
        append(text, size, at, stop != NULL ? (size_t)(stop - at) : strlen(at));
        if (stop == NULL)
            break;
        bool inside = stop > advice && stop[-1] == '\'';
        const char *shown = quoted(path, inside, name, sizeof name);
        append(text, size, shown, strlen(shown));
        at = stop + 4;
    }
}

/* ---- a text in memory, which nobody decodes ---- */

static const struct ndup_file_kind wide_texts[4] = {
    {"text in UTF-16LE", "iconv -f UTF-16LE -t UTF-8 FILE | neardup ... -", true, false},
    {"text in UTF-16BE", "iconv -f UTF-16BE -t UTF-8 FILE | neardup ... -", true, false},
    {"text in UTF-32LE", "iconv -f UTF-32LE -t UTF-8 FILE | neardup ... -", true, false},
    {"text in UTF-32BE", "iconv -f UTF-32BE -t UTF-8 FILE | neardup ... -", true, false},
};
static const struct ndup_file_kind not_utf8 = {"text that is not UTF-8",
                                               "iconv -f ENCODING -t UTF-8 FILE | neardup ... -", true, false};
static const struct ndup_file_kind lost = {"text with too many U+FFFD, characters lost when it was decoded before",
                                           NULL, true, false};

static const struct ndup_file_kind *find_undecoded(const char *bytes, size_t length, const struct ndup_file_kind *kind)
{
    static const char *const names[4] = {"UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"};
    const char *mark = ndup_encoding_of_mark(bytes, length);
    for (size_t i = 0; i < 4; i++) {
        if (kind == &wide_files[i] || (mark != NULL && strcmp(mark, names[i]) == 0))
            return &wide_texts[i];
    }
    if (kind != NULL || length == 0)
        return kind;
    const char *problem = ndup_undecoded_problem(bytes, length < NDUP_KIND_BYTES ? length : NDUP_KIND_BYTES);
    return problem == NULL ? NULL : problem == ndup_not_utf8 ? &not_utf8 : &lost;
}

const char *neardup_binary_kind(const char *bytes, size_t length, const char *name, char *advice, size_t size)
{
    const struct ndup_file_kind *kind = find_undecoded(bytes, length, ndup_file_kind_find(bytes, length, name, false));
    if (kind != NULL && advice != NULL)
        ndup_file_kind_describe(kind, name != NULL ? name : "", advice, size);
    return kind != NULL ? kind->name : NULL;
}
