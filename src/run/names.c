/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "run/names.h"

#include "input/formats.h"

#include <string.h>

const char *const ndup_tokens_names[] = {
    [NEARDUP_TOKENS_WORD] = "word",
    [NEARDUP_TOKENS_CHAR] = "char",
    [NEARDUP_TOKENS_WORD_MARKS] = "word+marks",
    [NEARDUP_TOKENS_CHAR_MARKS] = "char+marks",
    [NEARDUP_TOKENS_WORD_CASE] = "word+case",
    [NEARDUP_TOKENS_CHAR_CASE] = "char+case",
    [NEARDUP_TOKENS_WORD_MARKS_CASE] = "word+marks+case",
    [NEARDUP_TOKENS_CHAR_MARKS_CASE] = "char+marks+case",
    NULL,
};

const char *const ndup_keep_names[] = {
    [NEARDUP_KEEP_FIRST] = "first",     [NEARDUP_KEEP_LAST] = "last",
    [NEARDUP_KEEP_LONGEST] = "longest", [NEARDUP_KEEP_SHORTEST] = "shortest",
    [NEARDUP_KEEP_MAX] = "max",         [NEARDUP_KEEP_MIN] = "min",
    [NEARDUP_KEEP_CONTENT] = "content", NULL,
};

#define FORMAT_NAME(code, name) [NEARDUP_INPUT_##code] = #name,
const char *const ndup_format_names[] = {[NEARDUP_INPUT_AUTO] = "auto", NDUP_INPUT_FORMATS(FORMAT_NAME) NULL};

const char *const ndup_binary_names[] = {
    [NEARDUP_BINARY_SKIP] = "skip",
    [NEARDUP_BINARY_TEXT] = "text",
    [NEARDUP_BINARY_ERROR] = "error",
    [NEARDUP_BINARY_ERROR_DATA] = "error-data",
    NULL,
};

const char *const ndup_html_names[] = {
    [NEARDUP_HTML_AUTO] = "auto",
    [NEARDUP_HTML_TEXT] = "text",
    [NEARDUP_HTML_RAW] = "raw",
    NULL,
};

const char *const ndup_method_names[] = {
    [NEARDUP_METHOD_MINHASH] = "minhash",
    [NEARDUP_METHOD_SIMHASH] = "simhash",
    NULL,
};

const char *const ndup_weights_names[] = {
    [NEARDUP_WEIGHTS_COUNT] = "count",
    [NEARDUP_WEIGHTS_ONE] = "one",
    NULL,
};

const char *const ndup_sketch_names[] = {
    [NEARDUP_SKETCH_DEFAULT] = "auto",
    [NEARDUP_SKETCH_AFFINE] = "affine",
    [NEARDUP_SKETCH_FSS] = "fss",
    NULL,
};

const char *const ndup_reason_names[] = {
    [NEARDUP_EXACT] = "exact",         [NEARDUP_NEAR] = "near",
    [NEARDUP_CONTAINED] = "contained", [NEARDUP_BOILERPLATE] = "boilerplate",
    [NEARDUP_EMPTIED] = "emptied",     NULL,
};

const char *const ndup_candidates_names[] = {
    [NDUP_BY_LSH] = "lsh",
    [NDUP_BY_ALL] = "all",
    [NDUP_BY_HAMMING] = "hamming",
    NULL,
};

const char *const ndup_unit_names[] = {"document", "paragraph", "line", NULL};

int ndup_name_find(const char *const *names, const char *word, size_t length)
{
    for (int i = 0; names[i] != NULL; i++) {
        if (strlen(names[i]) == length && memcmp(names[i], word, length) == 0)
            return i;
    }
    return -1;
}

bool ndup_paragraphs_have_lines(const neardup_job_options *options, const char *file)
{
    const struct ndup_fields fields = {.html = options->html};
    return ndup_format_wanted(ndup_format_expected(options->format, file), &fields)->plain_text;
}

bool ndup_file_is_document(neardup_input_format format, const char *file)
{
    return ndup_format_expected(format, file)->one_document;
}
