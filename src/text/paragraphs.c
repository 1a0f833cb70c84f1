/* SPDX-License-Identifier: MIT
 * Paragraphs: their tokens, then where they begin and end.
 *
 * Most parts are one line, and most lines begin with another word than the line before: then the part is tokenised as a
 * whole. Only lines that may repeat the one before are tokenised alone. That is right since no token, and nothing that
 * normalisation looks at, crosses a newline. */
#include "base/platform.h"

#include "text/paragraphs.h"

#include "base/error.h"
#include "base/mem.h"
#include "text/token_hash.h"
#include "text/tokens.h"

#include <stdlib.h>
#include <string.h>

/* Elements; longer arrays are given back when a much smaller part follows. As in
 * tokens.c. */
enum { LARGE = 1 << 20 };

#define ONES      0x0101010101010101u
#define HIGH_BITS (0x80 * ONES)
#define ALL       (~(uint64_t)0)

/* The first ASCII letters and digits of a line in lower case, ended by a zero byte where a word ends, as far as they
 * are certain: bytes under the mask. No tokens: bytes 0, all certain. Lines with the same tokens agree in what is
 * certain in both. */
struct key {
    uint64_t bytes, certain;
};

struct part_line {
    size_t begin, end; /* without the newline */
    bool alone;        /* may have the tokens of a line next to it */
};

struct ndup_part {
    uint64_t *hash, *keyed;
    struct ndup_echo *echoes;
    struct part_line *lines;
    char *words;
    size_t words_length, words_capacity;
    unsigned want;
    uint64_t form;
    size_t count, capacity, keyed_capacity, echo_count, echo_capacity, line_count, line_capacity;
    size_t *numbers;
    size_t number_count, number_capacity;
    bool invalid_utf8;
};

neardup_status ndup_part_create(struct ndup_part **out, neardup_error *err)
{
    *out = ndup_calloc(1, sizeof **out);
    return *out != NULL ? NEARDUP_OK : ndup_fail_nomem(err);
}

void ndup_part_destroy(struct ndup_part *part)
{
    if (part == NULL)
        return;
    free(part->hash);
    free(part->keyed);
    free(part->echoes);
    free(part->lines);
    free(part->words);
    free(part->numbers);
    free(part);
}

static void begin(struct ndup_part *part, size_t length)
{
    size_t largest = part->line_capacity > part->capacity ? part->line_capacity : part->capacity;
    largest = part->keyed_capacity > largest ? part->keyed_capacity : largest;
    largest = part->words_capacity > largest ? part->words_capacity : largest;
    if (largest > LARGE && length < largest / 8) {
        free(part->words);
        free(part->hash);
        free(part->keyed);
        free(part->echoes);
        free(part->lines);
        free(part->numbers);
        *part = (struct ndup_part){0};
    }
    part->count = part->echo_count = part->line_count = part->words_length = part->number_count = 0;
    part->invalid_utf8 = false;
}

/* ---- which lines may repeat the line before ---- */

/* The high bit of every byte that is an ASCII letter or digit; bytes below 0x80 only. */
NDUP_INLINE uint64_t word_bits(uint64_t ascii)
{
    uint64_t lower = ascii | 0x20 * ONES;
    uint64_t letter = (lower + (0x80 - 'a') * ONES) & ~(lower + (0x7F - 'z') * ONES);
    uint64_t digit = (ascii + (0x80 - '0') * ONES) & ~(ascii + (0x7F - '9') * ONES);
    return (letter | digit) & HIGH_BITS;
}

NDUP_INLINE uint64_t low_bytes(size_t n)
{
    return n >= 8 ? ALL : ((uint64_t)1 << 8 * n) - 1;
}

/* After separators, which are ASCII, dashes (U+2010 to U+2015) or quotation marks (U+2018 to U+201F). */
static __attribute__((noinline)) const unsigned char *skip_separators(const unsigned char *p, const unsigned char *end)
{
    while (p < end) {
        if (*p < 0x80 && word_bits(*p) == 0)
            p++;
        else if (end - p >= 3 && p[0] == 0xE2 && p[1] == 0x80 && p[2] >= 0x90 && p[2] <= 0x9F && (p[2] & ~1) != 0x96)
            p += 3;
        else
            break;
    }
    return p;
}

/* Of the line p[0..end) of a part that ends at `limit`. A letter before a byte that is not ASCII is not certain: that
 * may be an accent. */
NDUP_INLINE struct key line_key(const unsigned char *p, const unsigned char *end, const unsigned char *limit)
{
    if (NDUP_UNLIKELY(p == end || *p >= 0x80 || word_bits(*p) == 0))
        p = skip_separators(p, end);
    if (NDUP_UNLIKELY(p == end))
        return (struct key){0, ALL};
    uint64_t eight = 0;
    if (NDUP_LIKELY(limit - p >= 8))
        eight = ndup_load64(p);
    else
        memcpy(&eight, p, (size_t)(limit - p));
    uint64_t high = eight & HIGH_BITS;
    uint64_t ends = ~(word_bits(eight & ~HIGH_BITS) | high) & HIGH_BITS;
    size_t length = ends != 0 ? (size_t)__builtin_ctzll(ends) / 8 : 8;
    high &= low_bytes(length);
    uint64_t bytes = (eight | 0x20 * ONES) & low_bytes(length);
    if (NDUP_LIKELY(high == 0))
        return (struct key){bytes, length < 8 ? ALL : low_bytes(7)};
    size_t first_high = (size_t)__builtin_ctzll(high) / 8;
    return (struct key){bytes, first_high > 0 ? low_bytes(first_high - 1) : 0};
}

/* Lists the lines and marks those that must be tokenised alone; *any: there are some. */
static bool list_lines(struct ndup_part *part, const char *bytes, size_t length, bool *any)
{
    struct key last = {0, ALL};
    size_t last_line = SIZE_MAX;
    *any = false;
    for (size_t at = 0; at < length;) {
        const char *newline = memchr(bytes + at, '\n', length - at);
        size_t next = newline != NULL ? (size_t)(newline - bytes) + 1 : length;
        size_t end = newline != NULL ? next - 1 : length;
        while (newline != NULL && end > at && bytes[end - 1] == '\r')
            end--;
        const unsigned char *p = (const unsigned char *)bytes;
        struct key key = line_key(p + at, p + end, p + length);
        size_t i = part->line_count;
        if (NDUP_UNLIKELY(i == part->line_capacity) &&
            !ndup_grow(&part->lines, &part->line_capacity, i + 1, sizeof *part->lines))
            return false;
        part->lines[part->line_count++] = (struct part_line){at, end, false};
        at = next;
        if (key.bytes == 0 && key.certain == ALL)
            continue;
        if (last_line != SIZE_MAX && ((key.bytes ^ last.bytes) & key.certain & last.certain) == 0) {
            part->lines[i].alone = part->lines[last_line].alone = true;
            *any = true;
        }
        last = key;
        last_line = i;
    }
    return true;
}

/* ---- tokens ---- */

static void swap_arrays(uint64_t **a, size_t *a_capacity, uint64_t **b, size_t *b_capacity)
{
    uint64_t *array = *a;
    size_t capacity = *a_capacity;
    *a = *b;
    *a_capacity = *b_capacity;
    *b = array;
    *b_capacity = capacity;
}

static bool add_line_words(struct ndup_part *part, const struct ndup_tokens *tokens)
{
    size_t length = tokens->words.length;
    if (tokens->words.bytes == NULL || length == 0)
        return true;
    if (!ndup_grow(&part->words, &part->words_capacity, part->words_length + 1 + length, 1))
        return false;
    if (part->words_length > 0)
        part->words[part->words_length++] = ' ';
    memcpy(part->words + part->words_length, tokens->words.bytes, length);
    part->words_length += length;
    return true;
}

/* Those of the next tokens, after a space or not. One between two numbers is in their run, as it is where
 * the lines are tokenised together. */
static bool add_numbers(struct ndup_part *part, const struct ndup_tokens *tokens, size_t space)
{
    size_t last = part->number_count > 0 ? part->numbers[part->number_count - 1] + 1 : SIZE_MAX;
    if (tokens->number_count == 0)
        return true;
    if (!ndup_grow(&part->numbers, &part->number_capacity, part->number_count + tokens->number_count + 1,
                   sizeof *part->numbers))
        return false;
    if (space > 0 && last == part->count && tokens->numbers[0] == 0)
        part->numbers[part->number_count++] = part->count;
    for (size_t i = 0; i < tokens->number_count; i++)
        part->numbers[part->number_count++] = part->count + space + tokens->numbers[i];
    return true;
}

/* The token arrays change hands, which saves a copy. */
static neardup_status tokenise_whole(struct ndup_part *part, struct ndup_text *text, const char *bytes, size_t length,
                                     neardup_error *err)
{
    struct ndup_tokens tokens;
    NDUP_TRY(ndup_text_tokenise(text, bytes, length, part->want, &tokens, err));
    swap_arrays(&text->hash, &text->capacity, &part->hash, &part->capacity);
    swap_arrays(&text->keyed, &text->keyed_capacity, &part->keyed, &part->keyed_capacity);
    bool numbered = add_numbers(part, &tokens, 0);
    part->count = tokens.count;
    part->form = tokens.form;
    part->invalid_utf8 = tokens.invalid_utf8;
    return numbered && add_line_words(part, &tokens) ? NEARDUP_OK : ndup_fail_nomem(err);
}

struct last_line { /* the last line that was tokenised alone, if no token came after it */
    const struct part_line *line;
    size_t first, count; /* its tokens */
};

static bool same_tokens(const struct ndup_part *part, const struct last_line *last, const struct ndup_tokens *tokens)
{
    return last->line != NULL && last->count == tokens->count &&
           memcmp(part->keyed + last->first, tokens->keyed, tokens->count * sizeof *tokens->keyed) == 0;
}

static bool add_tokens(struct ndup_part *part, const struct ndup_text *text, const struct ndup_tokens *tokens)
{
    size_t needed = part->count + tokens->count + 1;
    bool space = ndup_tokens_are_chars(text->profile.tokens) && part->count > 0;
    if ((tokens->hash != NULL && !ndup_grow(&part->hash, &part->capacity, needed, sizeof *part->hash)) ||
        (tokens->keyed != NULL && !ndup_grow(&part->keyed, &part->keyed_capacity, needed, sizeof *part->keyed)))
        return false;
    if (tokens->hash != NULL) {
        part->hash[part->count] = text->char_hash[' '];
        memcpy(part->hash + part->count + space, tokens->hash, tokens->count * sizeof *part->hash);
    }
    if (tokens->keyed != NULL) {
        part->keyed[part->count] = text->keyed_char[' '];
        memcpy(part->keyed + part->count + space, tokens->keyed, tokens->count * sizeof *part->keyed);
    }
    bool numbered = add_numbers(part, tokens, space);
    part->count += tokens->count + space;
    return numbered && add_line_words(part, tokens);
}

static bool add_echo(struct ndup_part *part, const struct part_line *first, const struct part_line *line, size_t tokens)
{
    if (!ndup_grow(&part->echoes, &part->echo_capacity, part->echo_count + 1, sizeof *part->echoes))
        return false;
    part->echoes[part->echo_count++] = (struct ndup_echo){{first->begin, first->end}, {line->begin, line->end}, tokens};
    return true;
}

/* Lines that must be alone, and the bytes between them in one go. */
static neardup_status tokenise_lines(struct ndup_part *part, struct ndup_text *text, const char *bytes,
                                     neardup_error *err)
{
    struct last_line last = {0};
    for (size_t i = 0, next; i < part->line_count; i = next) {
        const struct part_line *line = &part->lines[i];
        next = i + 1;
        while (!line->alone && next < part->line_count && !part->lines[next].alone)
            next++;
        size_t length = part->lines[next - 1].end - line->begin;
        struct ndup_tokens tokens;
        NDUP_TRY(
            ndup_text_tokenise(text, bytes + line->begin, length, part->want & ~(unsigned)NDUP_FORM, &tokens, err));
        part->invalid_utf8 |= tokens.invalid_utf8;
        if (tokens.count == 0)
            continue;
        if (line->alone && same_tokens(part, &last, &tokens)) {
            if (!add_echo(part, last.line, line, tokens.count))
                return ndup_fail_nomem(err);
            continue;
        }
        if (!add_tokens(part, text, &tokens))
            return ndup_fail_nomem(err);
        last = (struct last_line){line->alone ? line : NULL, part->count - tokens.count, tokens.count};
    }
    return NEARDUP_OK;
}

neardup_status ndup_part_tokenise(struct ndup_part *part, struct ndup_text *text, const char *bytes, size_t length,
                                  bool echoes, unsigned want, struct ndup_part_tokens *out, neardup_error *err)
{
    begin(part, length);
    part->want = want;
    bool repeats = echoes && length > 0 && memchr(bytes, '\n', length) != NULL;
    if (repeats && !list_lines(part, bytes, length, &repeats))
        return ndup_fail_nomem(err);
    if (repeats) {
        NDUP_TRY(tokenise_lines(part, text, bytes, err));
        part->form = (want & NDUP_FORM) != 0 ? ndup_text_form_of_bytes(text, bytes, length, part->echo_count > 0) : 0;
    } else {
        NDUP_TRY(tokenise_whole(part, text, bytes, length, err));
    }
    *out = (struct ndup_part_tokens){.hash = (want & NDUP_NO_PUBLIC) == 0 ? part->hash : NULL,
                                     .keyed = (want & NDUP_KEYED) != 0 ? part->keyed : NULL,
                                     .count = part->count,
                                     .numbers = part->numbers,
                                     .number_count = part->number_count,
                                     .echoes = part->echoes,
                                     .echo_count = part->echo_count,
                                     .words = {part->words, part->words_length},
                                     .form = part->form,
                                     .invalid_utf8 = part->invalid_utf8};
    return NEARDUP_OK;
}

/* ---- where paragraphs begin and end ---- */

/* Bytes of the white space at p, 0 if there is none. Without the newline: lines do not have one. */
static size_t space_length(const unsigned char *p, size_t left)
{
    if (p[0] == ' ' || (p[0] >= '\t' && p[0] <= '\r'))
        return 1;
    if (left >= 2 && p[0] == 0xC2)
        return p[1] == 0x85 || p[1] == 0xA0 ? 2 : 0;
    if (left < 3)
        return 0;
    uint32_t three = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
    bool space = (three >= 0xE28080 && three <= 0xE2808B) || three == 0xE280A8 || three == 0xE280A9 ||
                 three == 0xE280AF || three == 0xE2819F || three == 0xE19A80 || three == 0xE38080 || three == 0xEFBBBF;
    return space ? 3 : 0;
}

static bool is_blank(const char *text, size_t begin, size_t end)
{
    const unsigned char *p = (const unsigned char *)text;
    while (begin < end) {
        size_t n = space_length(p + begin, end - begin);
        if (n == 0)
            return false;
        begin += n;
    }
    return true;
}

struct line {
    size_t end;  /* without the newline */
    size_t next; /* where the next line begins */
};

NDUP_INLINE struct line line_at(const struct ndup_split *split, size_t begin)
{
    const char *newline = memchr(split->text + begin, '\n', split->length - begin);
    if (newline == NULL)
        return (struct line){split->length, split->length};
    size_t end = (size_t)(newline - split->text);
    size_t next = end + 1;
    while (end > begin && split->text[end - 1] == '\r')
        end--;
    return (struct line){end, next};
}

static bool has_blank_line(const struct ndup_split *split)
{
    for (size_t at = 0; at < split->length;) {
        struct line line = line_at(split, at);
        if (is_blank(split->text, at, line.end))
            return true;
        at = line.next;
    }
    return false;
}

void ndup_split_begin(struct ndup_split *split, neardup_unit unit, const char *text, size_t length)
{
    *split = (struct ndup_split){text, length, NDUP_SPLIT_NEWLINE, 0};
    if (unit == NEARDUP_UNIT_PARAGRAPH && has_blank_line(split))
        split->rule = NDUP_SPLIT_BLANK;
}

bool ndup_split_next(struct ndup_split *split, struct ndup_span *part)
{
    bool open = false;
    while (split->at < split->length) {
        struct line line = line_at(split, split->at);
        size_t begin = split->at;
        split->at = line.next;
        if (is_blank(split->text, begin, line.end)) {
            if (open)
                return true;
            continue;
        }
        if (!open)
            part->begin = begin;
        part->end = line.end;
        open = true;
        if (split->rule == NDUP_SPLIT_NEWLINE)
            return true;
    }
    return open;
}

/* Where the line after `at` begins. */
static size_t behind_newline(const struct ndup_split *split, size_t at)
{
    return line_at(split, at).next;
}

/* Where the line before the one that begins at `at` begins. */
static size_t line_before(const struct ndup_split *split, size_t at)
{
    at--;
    while (at > 0 && split->text[at - 1] != '\n')
        at--;
    return at;
}

/* Only part `stays` is left: if it has several lines, there must be a blank line, else they would become parts. */
static void leave_blank_line(const struct ndup_split *split, const struct ndup_span *parts, size_t stays, size_t count,
                             struct ndup_span *cut)
{
    const struct ndup_span *part = &parts[stays];
    size_t text_end = parts[count - 1].end;
    bool blank_before = parts[0].begin > 0, blank_behind = behind_newline(split, text_end) < split->length;
    if (blank_before || blank_behind || memchr(split->text + part->begin, '\n', part->end - part->begin) == NULL)
        return;
    if (stays + 1 < count) {
        /* With the newline at the end of the text, that of the part makes a blank line. */
        size_t begin = behind_newline(split, part->end);
        cut[stays + 1].begin = text_end < split->length ? begin : behind_newline(split, begin);
    } else if (stays > 0) {
        cut[stays - 1].end = line_before(split, part->begin);
    }
}

void ndup_split_cuts(const struct ndup_split *split, const struct ndup_span *parts, const bool *removed, size_t count,
                     struct ndup_span *cut)
{
    size_t staying = 0, last = 0;
    for (size_t i = 0; i < count; i++) {
        staying += !removed[i];
        last = removed[i] ? last : i;
    }
    for (size_t i = 0; i < count; i++) {
        if (!removed[i])
            cut[i] = (struct ndup_span){parts[i].begin, parts[i].begin};
        else if (staying == 0 || i < last)
            cut[i] = (struct ndup_span){parts[i].begin, i + 1 < count ? parts[i + 1].begin : parts[i].end};
        else
            cut[i] = (struct ndup_span){parts[i - 1].end, parts[i].end};
    }
    if (staying == 1 && split->rule == NDUP_SPLIT_BLANK)
        leave_blank_line(split, parts, last, count, cut);
}
