/* SPDX-License-Identifier: MIT
 * Fills the pages of the fold table. utf8proc says what a code point decomposes to. This file decides which marks are
 * dropped, which letters are one letter to their readers, which are tokens of their own, and packs the answer into an
 * entry that the flow reads in one or two ns. doc/format.md, "Normalisation", has the rules and tests/data/token_vectors.py
 * a second implementation of them. */
#include "base/platform.h"

#include "text/fold.h"

#include "base/mem.h"
#include "text/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum { MOST_POINTS = 32 }; /* the longest folding has 18 */

struct range {
    uint32_t first, last;
};

static bool in_ranges(const struct range *ranges, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

/* Accents and points of alphabets and abjads, which writers add or leave out. */
static bool is_diacritic(uint32_t code)
{
    static const struct range ranges[] = {
        {0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF},
        {0xFE20, 0xFE2F}, {0x0591, 0x05C7},                                     /* Hebrew */
        {0x0610, 0x061A}, {0x064B, 0x065F}, {0x0670, 0x0670}, {0x06D6, 0x06ED}, /* Arabic */
    };
    return in_ranges(ranges, sizeof ranges / sizeof ranges[0], code);
}

/* Default_Ignorable_Code_Point, which also holds unassigned ones. */
static bool is_ignorable(uint32_t code)
{
    static const struct range ranges[] = {
        {0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x061C, 0x061C}, {0x115F, 0x1160}, {0x17B4, 0x17B5},
        {0x180B, 0x180F},   {0x200B, 0x200F},   {0x202A, 0x202E}, {0x2060, 0x206F}, {0x3164, 0x3164},
        {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFF8}, {0x1BCA0, 0x1BCA3},
        {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
    };
    return in_ranges(ranges, sizeof ranges / sizeof ranges[0], code);
}

/* Blocks of the scripts that are written without spaces. */
static bool is_spaceless(uint32_t code)
{
    static const struct range ranges[] = {
        {0x0E00, 0x0EFF},                                         /* Thai, Lao */
        {0x1000, 0x109F},   {0xA9E0, 0xA9FF},   {0xAA60, 0xAA7F}, /* Myanmar */
        {0x1780, 0x17FF},                                         /* Khmer */
        {0x2E80, 0x312F},                                         /* radicals, CJK symbols, kana, Bopomofo */
        {0x31A0, 0x31BF},   {0x31F0, 0x31FF},                     /* Bopomofo and Katakana extensions */
        {0x3400, 0x4DBF},   {0x4E00, 0xA48F},                     /* Han, Yi */
        {0xF900, 0xFAFF},   {0x20000, 0x3FFFF},                   /* Han */
        {0x1AFF0, 0x1B16F},                                       /* kana */
    };
    return in_ranges(ranges, sizeof ranges / sizeof ranges[0], code);
}

/* ---- letters that Unicode does not decompose ---- */

/* Code points that decomposition keeps apart although their readers take them for one letter, or for a letter with a
 * mark. The list is short on purpose: it has the letters that people type in several ways, where Unicode's collation
 * (CLDR) and Lucene's normalisers agree on them. Letters that only look alike are not here: teh marbuta is heh in Lucene
 * and teh in CLDR; yeh barree, heh doachashmee and swash kaf are letters of their own in Urdu and Sindhi; eth, thorn and
 * eng are not accented letters. */
struct respelling {
    uint16_t code, first, second; /* second is 0 if there is one; first is 0 if the code point vanishes */
};

static const struct respelling respellings[] = {
    {0x00E6, 'a', 'e'},  {0x0153, 'o', 'e'},                  /* ligatures: keyboards lack them */
    {0x02BB, '\'', 0},   {0x02BC, '\'', 0},                   /* letters typed as apostrophes: Ukrainian, Uzbek */
    {0x0640, 0, 0},      {0x07FA, 0, 0},      {0x180A, 0, 0}, /* tatweel, lajanyalan, nirugu lengthen a line */
    {0x0649, 0x064A, 0}, {0x06CC, 0x064A, 0},                 /* yeh: alef maksura, Persian yeh */
    {0x06A9, 0x0643, 0},                                      /* kaf: keheh */
    {0x06C1, 0x0647, 0}, {0x06D5, 0x0647, 0},                 /* heh: heh goal, ae */
    {0x06C3, 0x0629, 0},                                      /* teh marbuta: teh marbuta goal */
    {0x0671, 0x0627, 0},                                      /* alef: alef wasla */
};

/* Dots and strokes, which are marks that are part of the letter: dropped like accents, and kept like them. */
static const struct respelling strokes[] = {
    {0x0131, 'i', 0}, {0x0237, 'j', 0},                                     /* dotless i, as in Turkish, and j */
    {0x00F8, 'o', 0}, {0x0111, 'd', 0}, {0x0127, 'h', 0}, {0x0142, 'l', 0}, /* as in Danish, Vietnamese, Maltese, Polish */
    {0x0167, 't', 0}, {0x0180, 'b', 0}, {0x019A, 'l', 0}, {0x01B6, 'z', 0}, {0x01E5, 'g', 0}, {0x023C, 'c', 0},
    {0x0247, 'e', 0}, {0x0249, 'j', 0}, {0x024D, 'r', 0}, {0x024F, 'y', 0}, {0x0268, 'i', 0}, {0x0289, 'u', 0},
    {0x1D7D, 'p', 0}, {0x2C61, 'l', 0}, {0x2C65, 'a', 0}, {0x2C66, 't', 0},
};

/* Where marks are kept, what typography adds to them is not: curly quotes and primes, dashes and the minus sign. */
static const struct respelling typography[] = {
    {0x00B4, '\'', 0}, {0x2018, '\'', 0}, {0x2019, '\'', 0}, {0x201A, '\'', 0}, {0x201B, '\'', 0}, {0x2032, '\'', 0},
    {0x2039, '\'', 0}, {0x203A, '\'', 0}, {0x00AB, '"', 0},  {0x00BB, '"', 0},  {0x201C, '"', 0},  {0x201D, '"', 0},
    {0x201E, '"', 0},  {0x201F, '"', 0},  {0x301D, '"', 0},  {0x301E, '"', 0},  {0x301F, '"', 0},  {0x2010, '-', 0},
    {0x2011, '-', 0},  {0x2012, '-', 0},  {0x2013, '-', 0},  {0x2014, '-', 0},  {0x2015, '-', 0},  {0x2212, '-', 0},
    {0x2E3A, '-', 0},  {0x2E3B, '-', 0},
};

#define FIND(table, code) find(table, sizeof(table) / sizeof(table)[0], code)

enum { LAST_RESPELLED = 0x301F }; /* in any of the tables; the pages of Han, many, are filled faster for it */

static const struct respelling *find(const struct respelling *table, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count && code >= 0x80 && code <= LAST_RESPELLED; i++)
        if (table[i].code == code)
            return &table[i];
    return NULL;
}

static int category_of(uint32_t code)
{
    return utf8proc_get_property((utf8proc_int32_t)code)->category;
}

static bool is_sign(uint32_t code)
{
    int category = category_of(code);
    return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_SO;
}

/* The ASCII digit of the same value for a decimal digit of any script: Unicode encodes each script's ten digits in a row,
 * and its collation gives them the same weight. */
static uint32_t ascii_digit(uint32_t code)
{
    uint32_t zero = code;
    while (category_of(zero - 1) == UTF8PROC_CATEGORY_ND)
        zero--;
    return '0' + (code - zero) % 10;
}

/* Writes what a folded code point is written as to out[0..2) and returns the number of points. A sign of ASCII that is
 * kept takes its full-width form: for the scan, which cuts words off, every ASCII byte but letters and digits separates. */
static size_t respell(const struct ndup_fold *fold, uint32_t code, uint32_t *out)
{
    uint32_t small = fold->cased ? (uint32_t)utf8proc_tolower((utf8proc_int32_t)code) : code;
    const struct respelling *r = FIND(respellings, small);
    if (r == NULL)
        r = fold->marks ? FIND(typography, small) : FIND(strokes, small);
    out[0] = r != NULL ? r->first : code;
    out[1] = r != NULL ? r->second : 0;
    for (int i = 0; r != NULL && small != code && i < 2; i++) /* all such letters become letters of ASCII */
        out[i] -= out[i] != 0 ? 'a' - 'A' : 0;
    size_t count = r != NULL && r->first == 0 ? 0 : out[1] == 0 ? 1 : 2; /* NUL has no spelling: it separates */
    if (r == NULL && code >= 0x80 && category_of(code) == UTF8PROC_CATEGORY_ND)
        out[0] = ascii_digit(code);
    if (fold->marks && count == 1 && out[0] < 0x80 && is_sign(out[0]))
        out[0] += 0xFEE0;
    return count;
}

/* ---- kinds ---- */

static bool joins(uint32_t code)
{
    return code == 0x3099 || code == 0x309A || (code >= 0x1161 && code <= 0x1175) || (code >= 0x11A8 && code <= 0x11C2);
}

static unsigned char kind_of(const struct ndup_fold *fold, uint32_t code)
{
    if (code == 0x200B) /* the zero width space is ignorable too, but it is put where a word ends */
        return NDUP_FOLD_SEPARATOR;
    if (is_ignorable(code))
        return NDUP_FOLD_NOTHING;
    if (ndup_fold_thai(code) == NDUP_FOLD_SARA_AM)
        return NDUP_FOLD_MARK;
    if (is_sign(code))
        return fold->marks ? NDUP_FOLD_SOLO : NDUP_FOLD_SEPARATOR;
    int category = category_of(code);
    if (category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME)
        return is_diacritic(code) && !fold->marks ? NDUP_FOLD_NOTHING : NDUP_FOLD_MARK;
    bool letter = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
    if ((letter || category == UTF8PROC_CATEGORY_NL) && is_spaceless(code))
        return fold->solo ? NDUP_FOLD_SOLO : NDUP_FOLD_WORD;
    if (letter || (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO))
        return NDUP_FOLD_WORD;
    return NDUP_FOLD_SEPARATOR;
}

uint32_t ndup_fold_compose(uint32_t first, uint32_t second)
{
    utf8proc_int32_t pair[2] = {(utf8proc_int32_t)first, (utf8proc_int32_t)second};
    if (utf8proc_normalize_utf32(pair, 2, UTF8PROC_STABLE | UTF8PROC_COMPOSE) != 1)
        return 0;
    return (uint32_t)pair[0];
}

unsigned char ndup_fold_ccc(uint32_t code)
{
    if (ndup_fold_thai(code) == NDUP_FOLD_SARA_AM)
        return NDUP_FOLD_CCC_AM;
    return (unsigned char)utf8proc_get_property((utf8proc_int32_t)code)->combining_class;
}

/* ---- points: what a character becomes ---- */

/* Whether a character is not decomposed. SARA AM is one letter to those who type it: decomposed, it would begin before
 * the tone marks that it follows. Where marks are kept, a raised or lowered character and a fraction are not their
 * digits (10 squared is not 102), and an accent without a letter is a sign and not a space with a mark. */
static bool stays_whole(const struct ndup_fold *fold, uint32_t code)
{
    if (ndup_fold_thai(code) == NDUP_FOLD_SARA_AM)
        return true;
    if (!fold->marks)
        return false;
    int type = utf8proc_get_property((utf8proc_int32_t)code)->decomp_type;
    if (type == UTF8PROC_DECOMP_TYPE_SUPER || type == UTF8PROC_DECOMP_TYPE_SUB || type == UTF8PROC_DECOMP_TYPE_FRACTION)
        return true;
    utf8proc_int32_t raw[MOST_POINTS];
    int boundary = 0;
    return is_sign(code) &&
           utf8proc_decompose_char((utf8proc_int32_t)code, raw, MOST_POINTS, UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE,
                                   &boundary) > 1 &&
           raw[0] == ' ';
}

/* NFKD, with the case folded or not. Returns the number of points in raw[0..MOST_POINTS). */
static size_t decompose(const struct ndup_fold *fold, uint32_t code, bool casefold, utf8proc_int32_t *raw)
{
    raw[0] = (utf8proc_int32_t)code;
    if (stays_whole(fold, code))
        return 1;
    int boundary = 0;
    unsigned options = UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | (casefold ? UTF8PROC_CASEFOLD : 0u);
    utf8proc_ssize_t n = utf8proc_decompose_char(raw[0], raw, MOST_POINTS, (utf8proc_option_t)options, &boundary);
    return n < 0 ? 0 : n < MOST_POINTS ? (size_t)n : MOST_POINTS;
}

static size_t add_point(const struct ndup_fold *fold, uint32_t code, struct ndup_fold_point *out, size_t count)
{
    unsigned char kind = kind_of(fold, code);
    if (kind == NDUP_FOLD_NOTHING || count == MOST_POINTS)
        return count;
    uint32_t composed = count > 0 && joins(code) ? ndup_fold_compose(out[count - 1].code, code) : 0;
    if (composed != 0) {
        out[count - 1].code = composed;
        return count;
    }
    out[count] = (struct ndup_fold_point){code, kind, ndup_fold_ccc(code), joins(code)};
    return count + 1;
}

/* Adds what one point of a compatibility decomposition folds to. Where case is kept, it is decomposed again, which changes nothing. */
static size_t fold_point(const struct ndup_fold *fold, uint32_t code, struct ndup_fold_point *out, size_t count)
{
    utf8proc_int32_t raw[MOST_POINTS];
    size_t n = decompose(fold, code, !fold->cased, raw);
    for (size_t i = 0; i < n; i++) {
        uint32_t spelling[2];
        size_t points = respell(fold, (uint32_t)raw[i], spelling);
        for (size_t j = 0; j < points; j++)
            count = add_point(fold, spelling[j], out, count);
    }
    return count;
}

/* The points that a scalar value folds to, those that vanish left out, kana and Hangul composed again. Diacritics go
 * before the case is folded, which would make a letter of the Greek iota subscript. */
static size_t fold_points(const struct ndup_fold *fold, uint32_t code, struct ndup_fold_point *out)
{
    utf8proc_int32_t raw[MOST_POINTS];
    size_t count = 0, n = decompose(fold, code, false, raw);
    for (size_t i = 0; i < n; i++)
        if (kind_of(fold, (uint32_t)raw[i]) != NDUP_FOLD_NOTHING)
            count = fold_point(fold, (uint32_t)raw[i], out, count);
    return count;
}

/* ---- entries ---- */

static bool keep_list(struct ndup_fold *fold, const struct ndup_fold_point *points, size_t count,
                      struct ndup_fold_entry *entry)
{
    if (!ndup_grow(&fold->points, &fold->point_capacity, fold->point_count + count, sizeof *fold->points))
        return false;
    memcpy(fold->points + fold->point_count, points, count * sizeof *points);
    entry->u.list = (uint32_t)fold->point_count;
    entry->length = (unsigned char)count;
    entry->kind = NDUP_FOLD_LIST;
    entry->care = NDUP_FOLD_CARE;
    fold->point_count += count;
    return true;
}

static void set(struct ndup_fold_entry *entry, unsigned char kind, const unsigned char *bytes, size_t length)
{
    memcpy(entry->u.bytes, bytes, length);
    entry->length = (unsigned char)length;
    entry->kind = (unsigned)kind & 15u;
    entry->care = kind == NDUP_FOLD_NOTHING ? NDUP_FOLD_CARE : kind == NDUP_FOLD_WORD ? NDUP_FOLD_CARE_SOLO : 0;
    entry->keep = kind == NDUP_FOLD_MARK ? NDUP_FOLD_CARE_SOLO : 0;
    entry->set = kind == NDUP_FOLD_SOLO ? NDUP_FOLD_CARE | NDUP_FOLD_CARE_SOLO : NDUP_FOLD_CARE;
}

static void set_point(struct ndup_fold_entry *entry, const struct ndup_fold_point *point)
{
    unsigned char bytes[5] = {' '};
    unsigned n = ndup_utf8_encode(point->code, bytes + 1);
    bool solo = point->kind == NDUP_FOLD_SOLO;
    set(entry, point->kind, solo ? bytes : bytes + 1, solo ? n + 1 : n);
    entry->ccc = point->ccc;
    if (point->ccc != 0)
        entry->care = NDUP_FOLD_CARE;
}

/* Thai and Lao type two letters in several ways: SARA AM also as NIKHAHIT, with the tone mark before or after it, and
 * SARA AA; SARA AE also as SARA E twice. */
static void set_thai(struct ndup_fold_entry *entry, uint32_t thai)
{
    if (thai == NDUP_FOLD_NIKHAHIT || thai == NDUP_FOLD_SARA_E)
        entry->set |= NDUP_FOLD_CARE_THAI;
    if (ndup_fold_is_tone(thai))
        entry->keep |= NDUP_FOLD_CARE_THAI;
    if (thai == NDUP_FOLD_SARA_AA || thai == NDUP_FOLD_SARA_E)
        entry->care |= NDUP_FOLD_CARE_THAI;
}

static bool fill_entry(struct ndup_fold *fold, uint32_t code, struct ndup_fold_entry *entry)
{
    static const unsigned char space[1] = {' '};
    struct ndup_fold_point points[MOST_POINTS];
    unsigned char bytes[4 * MOST_POINTS];
    size_t count = 0, length = 0, words = 0, separators = 0;
    if (code == 0x200B || (code & 0xFFFFF800) == 0xD800) {
        set(entry, NDUP_FOLD_SEPARATOR, space, 1);
        return true;
    }
    if (!is_ignorable(code))
        count = fold_points(fold, code, points);
    for (size_t i = 0; i < count; i++) {
        length += ndup_utf8_encode(points[i].code, bytes + length);
        words += points[i].kind == NDUP_FOLD_WORD && !points[i].joins;
        separators += points[i].kind == NDUP_FOLD_SEPARATOR;
    }
    if (count == 0) {
        set(entry, NDUP_FOLD_NOTHING, bytes, 0);
    } else if (separators == count) {
        set(entry, NDUP_FOLD_SEPARATOR, space, 1);
    } else if (length <= 4 && words == count) {
        set(entry, NDUP_FOLD_WORD, bytes, length);
    } else if (count == 1 && !points[0].joins && length + (points[0].kind == NDUP_FOLD_SOLO) <= 4) {
        set_point(entry, &points[0]);
    } else {
        return keep_list(fold, points, count, entry);
    }
    if (count == 1)
        set_thai(entry, ndup_fold_thai(points[0].code));
    return true;
}

const struct ndup_fold_entry *ndup_fold_fill(struct ndup_fold *fold, uint32_t code)
{
    struct ndup_fold_entry *page = ndup_calloc(256, sizeof *page);
    if (page == NULL)
        return NULL;
    size_t points = fold->point_count;
    for (uint32_t i = 0; i < 256; i++) {
        if (!fill_entry(fold, (code & ~(uint32_t)255) | i, &page[i])) {
            fold->point_count = points;
            free(page);
            return NULL;
        }
    }
    fold->pages[code >> 8] = page;
    return &page[code & 255];
}

void ndup_fold_free(struct ndup_fold *fold)
{
    for (size_t i = 0; i < NDUP_FOLD_PAGES; i++)
        free(fold->pages[i]);
    free(fold->points);
}
