/* SPDX-License-Identifier: MIT
 * Fills the pages of the fold table. utf8proc says what a code point becomes; this file decides which marks are
 * dropped, which letters are tokens of their own, and packs the answer into an entry that the flow reads in one or two
 * ns. */
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
    int category = utf8proc_get_property((utf8proc_int32_t)code)->category;
    if (category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME)
        return is_diacritic(code) ? NDUP_FOLD_NOTHING : NDUP_FOLD_MARK;
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
    return (unsigned char)utf8proc_get_property((utf8proc_int32_t)code)->combining_class;
}

/* Adds what one point of a compatibility decomposition folds to. */
static size_t fold_point(const struct ndup_fold *fold, utf8proc_int32_t code, struct ndup_fold_point *out, size_t count)
{
    utf8proc_int32_t raw[MOST_POINTS];
    int boundary = 0;
    utf8proc_ssize_t n = utf8proc_decompose_char(code, raw, MOST_POINTS,
                                                 UTF8PROC_CASEFOLD | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE, &boundary);
    for (utf8proc_ssize_t i = 0; i < n && count < MOST_POINTS; i++) {
        uint32_t point = (uint32_t)raw[i];
        unsigned char kind = kind_of(fold, point);
        if (kind == NDUP_FOLD_NOTHING)
            continue;
        uint32_t composed = count > 0 && joins(point) ? ndup_fold_compose(out[count - 1].code, point) : 0;
        if (composed != 0)
            out[count - 1].code = composed;
        else
            out[count++] = (struct ndup_fold_point){point, kind, ndup_fold_ccc(point), joins(point)};
    }
    return count;
}

/* The points that a scalar value folds to, those that vanish left out, kana and Hangul composed again. Diacritics go
 * before the case is folded, which would make a letter of the Greek iota subscript. */
static size_t fold_points(const struct ndup_fold *fold, uint32_t code, struct ndup_fold_point *out)
{
    utf8proc_int32_t raw[MOST_POINTS];
    int boundary = 0;
    utf8proc_ssize_t n = utf8proc_decompose_char((utf8proc_int32_t)code, raw, MOST_POINTS,
                                                 UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE, &boundary);
    size_t count = 0;
    for (utf8proc_ssize_t i = 0; i < n && i < MOST_POINTS; i++)
        if (kind_of(fold, (uint32_t)raw[i]) != NDUP_FOLD_NOTHING)
            count = fold_point(fold, raw[i], out, count);
    return count;
}

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
    entry->kind = (unsigned)kind & 63u;
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
