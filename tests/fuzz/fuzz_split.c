/* SPDX-License-Identifier: MIT
 * Any bytes are split, cut and split again, and their parts tokenised. First byte: unit and profile; second: which parts
 * go. */
#include "base/platform.h"

#include "text/paragraphs.h"
#include "text/sentences.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST 256u

static void check(bool holds)
{
    if (!holds)
        abort();
}

struct parts {
    struct ndup_split split;
    struct ndup_span span[MOST];
    size_t count;
};

static bool split(struct parts *parts, neardup_unit unit, const char *text, size_t length)
{
    struct ndup_span part;
    size_t at = 0;
    parts->count = 0;
    ndup_split_begin(&parts->split, unit, text, length);
    while (ndup_split_next(&parts->split, &part)) {
        check(part.begin >= at && part.begin < part.end && part.end <= length);
        at = part.end;
        if (parts->count == MOST)
            return false;
        parts->span[parts->count++] = part;
    }
    return true;
}

/* Removes the ranges from a copy and splits it again: exactly the parts that stay must come out. */
static void check_cuts(const struct parts *before, neardup_unit unit, const bool *gone)
{
    static struct parts after;
    struct ndup_span cut[MOST];
    const char *text = before->split.text;
    size_t length = before->split.length, at = 0, n = 0, k = 0;
    char *left = malloc(length > 0 ? length : 1);
    if (left == NULL)
        return;
    ndup_split_cuts(&before->split, before->span, gone, before->count, cut);
    for (size_t i = 0; i <= before->count; i++) {
        const struct ndup_span range = i < before->count ? cut[i] : (struct ndup_span){length, length};
        check(range.begin >= at && range.begin <= range.end && range.end <= length);
        memcpy(left + n, text + at, range.begin - at);
        n += range.begin - at;
        at = range.end;
    }
    left = realloc(left, n > 0 ? n : 1);
    check(split(&after, unit, left, n));
    for (size_t i = 0; i < before->count; i++) {
        const struct ndup_span *a = &before->span[i], *b = &after.span[k];
        check(!gone[i] || (cut[i].begin <= a->begin && cut[i].end >= a->end));
        if (gone[i])
            continue;
        check(k < after.count && a->end - a->begin == b->end - b->begin);
        check(memcmp(text + a->begin, left + b->begin, a->end - a->begin) == 0);
        k++;
    }
    check(k == after.count);
    free(left);
}

/* Made once: filling the fold pages takes longer than a run. */
static struct ndup_text *text_of(neardup_tokens tokens)
{
    static struct ndup_text *made[2];
    const neardup_profile profile = {tokens, 3};
    if (made[tokens] == NULL && ndup_text_create(&made[tokens], &profile, NEARDUP_CPU_AUTO, NULL) != NEARDUP_OK)
        abort();
    return made[tokens];
}

/* The part without the lines of its echoes has the same tokens, and no echo. */
static void check_tokens(struct ndup_text *text, const char *bytes, size_t length)
{
    static struct ndup_part *part;
    struct ndup_part_tokens got;
    char *left = malloc(length);
    size_t at = 0, n = 0;
    if (left == NULL)
        return;
    if (part == NULL && ndup_part_create(&part, NULL) != NEARDUP_OK)
        abort();
    check(ndup_part_tokenise(part, text, bytes, length, true, NDUP_KEYED, &got, NULL) == NEARDUP_OK);
    for (size_t i = 0; i < got.echo_count; i++) {
        const struct ndup_echo *echo = &got.echoes[i];
        check(echo->first.end < echo->line.begin && echo->line.begin >= at && echo->line.end <= length);
        memcpy(left + n, bytes + at, echo->line.begin - at);
        n += echo->line.begin - at;
        const char *newline = memchr(bytes + echo->line.end, '\n', length - echo->line.end);
        at = newline != NULL ? (size_t)(newline - bytes) + 1 : length;
    }
    memcpy(left + n, bytes + at, length - at);
    n += length - at;
    struct ndup_digest digest = ndup_text_digest(text, got.keyed, got.count);
    struct ndup_tokens plain;
    check(ndup_text_tokenise(text, left, n, NDUP_KEYED, &plain, NULL) == NEARDUP_OK);
    check(plain.count == got.count && ndup_digest_equal(ndup_text_digest(text, plain.keyed, plain.count), digest));
    check(ndup_part_tokenise(part, text, left, n, true, NDUP_KEYED, &got, NULL) == NEARDUP_OK && got.echo_count == 0);
    check(plain.count == got.count && ndup_digest_equal(ndup_text_digest(text, got.keyed, got.count), digest));
    free(left);
}

/* Sentences follow each other without a gap, and labels are inside the text. */
static void check_sentences(const char *bytes, size_t length)
{
    static struct ndup_sentences sentences;
    struct ndup_span label;
    size_t at = 0;
    check(ndup_sentences_find(&sentences, bytes, length));
    for (size_t i = 0; i < sentences.count; i++) {
        check(sentences.list[i].begin == at && sentences.list[i].end > at && sentences.list[i].end <= length);
        at = sentences.list[i].end;
    }
    check(at == length);
    for (at = 0; ndup_next_label(bytes, length, &at, &label);) {
        check(label.begin < label.end && label.end < length && at > label.end);
        ndup_label_hash(bytes + label.begin, label.end - label.begin);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct parts parts;
    bool gone[MOST];
    if (size < 3)
        return 0;
    /* A copy of its own, so that a read past the end is seen. */
    size_t length = size - 2;
    char *copy = malloc(length);
    if (copy == NULL)
        return 0;
    memcpy(copy, data + 2, length);
    neardup_unit unit = data[0] & 1 ? NEARDUP_UNIT_LINE : NEARDUP_UNIT_PARAGRAPH;
    struct ndup_text *text = text_of(data[0] & 2 ? NEARDUP_TOKENS_CHAR : NEARDUP_TOKENS_WORD);
    if (split(&parts, unit, copy, length)) {
        for (size_t i = 0; i < parts.count; i++)
            gone[i] = data[1] >> i % 7 & 1;
        check_cuts(&parts, unit, gone);
    }
    for (size_t i = 0; i < parts.count; i++) {
        check_tokens(text, copy + parts.span[i].begin, parts.span[i].end - parts.span[i].begin);
        check_sentences(copy + parts.span[i].begin, parts.span[i].end - parts.span[i].begin);
    }
    check_tokens(text, copy, length);
    free(copy);
    return 0;
}
