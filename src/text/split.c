/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "text/split.h"

#include <string.h>

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

/* Where the line behind `at` begins. */
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

void ndup_split_cuts(const struct ndup_split *split, const struct ndup_span *parts, const bool *gone, size_t count,
                     struct ndup_span *cut)
{
    size_t staying = 0, last = 0;
    for (size_t i = 0; i < count; i++) {
        staying += !gone[i];
        last = gone[i] ? last : i;
    }
    for (size_t i = 0; i < count; i++) {
        if (!gone[i])
            cut[i] = (struct ndup_span){parts[i].begin, parts[i].begin};
        else if (staying == 0 || i < last)
            cut[i] = (struct ndup_span){parts[i].begin, i + 1 < count ? parts[i + 1].begin : parts[i].end};
        else
            cut[i] = (struct ndup_span){parts[i - 1].end, parts[i].end};
    }
    if (staying == 1 && split->rule == NDUP_SPLIT_BLANK)
        leave_blank_line(split, parts, last, count, cut);
}
