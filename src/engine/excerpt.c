/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "engine/phases.h"

#include "base/error.h"

#include <inttypes.h>
#include <string.h>

/* The first n bytes of a longer text without the character that they end in the middle of, if it is one. */
static size_t whole_characters(const unsigned char *text, size_t n)
{
    size_t begin = n;
    while (begin > 0 && n - begin < 3 && (text[begin] & 0xC0) == 0x80)
        begin--;
    unsigned char first = text[begin];
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
    return begin + length > n ? begin : n;
}

static neardup_status unit_text(neardup_job *job, neardup_unit unit, uint64_t index, const char **text, size_t *length,
                                neardup_error *err)
{
    struct ndup_row row;
    struct ndup_paragraph_row part;
    if (unit != NEARDUP_UNIT_DOCUMENT) {
        if (unit != job->paragraphs.unit || job->paragraphs.paragraphs == NULL || index >= job->paragraphs.items)
            return ndup_fail(err, NEARDUP_E_ARG, "cannot take an excerpt: there is no paragraph or line %" PRIu64,
                             index);
        NDUP_TRY(ndup_column_get(job->paragraphs.paragraphs, index, &part, err));
        return ndup_job_read_paragraph(job, &job->workers[0], &part, text, length, err);
    }
    if (index >= job->corpus.row_count)
        return ndup_fail(err, NEARDUP_E_ARG, "cannot take an excerpt: there is no document %" PRIu64, index);
    NDUP_TRY(ndup_corpus_row(&job->corpus, index, &row, err));
    if (row.text.value == NDUP_TEXT_INVALID)
        return ndup_fail(err, NEARDUP_E_ARG, "cannot take an excerpt: record %" PRIu64 " could not be read", index);
    return ndup_job_read_text(job, &job->workers[0], index, text, length, err);
}

neardup_status neardup_job_excerpt(neardup_job *job, neardup_unit unit, uint64_t index, char *buffer, size_t size,
                                   neardup_error *err)
{
    const char *text = NULL;
    size_t length = 0;
    if (size > 0)
        buffer[0] = '\0';
    if (size == 0 || job->workers == NULL)
        return ndup_fail(err, NEARDUP_E_ARG, "cannot take an excerpt: the buffer is empty, or nothing was read yet");
    NDUP_TRY(unit_text(job, unit, index, &text, &length, err));
    size_t n = length < size ? length : whole_characters((const unsigned char *)text, size - 1);
    if (n > 0)
        memcpy(buffer, text, n);
    buffer[n] = '\0';
    return NEARDUP_OK;
}
