/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "report/report_formats.h"

#include <string.h>
#include <strings.h>

/* ---- lists ------------------------------------------------------------------------------------------------------- */

#define IF_0(...)
#define IF_1(...)                  __VA_ARGS__
#define RUN(name, run, check)      IF_##run(&ndup_format_##name, )
#define CHECK(name, run, check)    IF_##check(&ndup_format_##name, )
#define RUN_WORD(name, run, check) IF_##run(#name, )

const struct ndup_report_format *const ndup_run_formats[] = {NDUP_REPORT_FORMATS(RUN) NULL};
const struct ndup_report_format *const ndup_check_formats[] = {NDUP_REPORT_FORMATS(CHECK) NULL};
const char *const ndup_run_format_words[] = {"auto", NDUP_REPORT_FORMATS(RUN_WORD) NULL};

/* ---- names ------------------------------------------------------------------------------------------------------- */

static bool ends_with(const char *path, const char *suffix)
{
    size_t length = strlen(path), tail = strlen(suffix);
    return length > tail && strcasecmp(path + length - tail, suffix) == 0;
}

const struct ndup_report_format *ndup_run_format_of(const char *path)
{
    static const size_t most = sizeof ndup_format_html.suffixes / sizeof ndup_format_html.suffixes[0];
    for (size_t i = 0; path != NULL && ndup_run_formats[i] != NULL; i++) {
        const char *const *suffixes = ndup_run_formats[i]->suffixes;
        for (size_t k = 0; k < most && suffixes[k] != NULL; k++) {
            if (ends_with(path, suffixes[k]))
                return ndup_run_formats[i];
        }
    }
    return &ndup_format_html;
}

const struct ndup_report_format *ndup_check_format_find(const char *name)
{
    for (size_t i = 0; ndup_check_formats[i] != NULL; i++) {
        if (strcmp(ndup_check_formats[i]->name, name) == 0)
            return ndup_check_formats[i];
    }
    return NULL;
}

/* ---- earlier reports --------------------------------------------------------------------------------------------- */

static bool is_marked(const struct ndup_report_mark marks[NDUP_REPORT_MARKS], const char *head, size_t length)
{
    for (size_t i = 0; i < NDUP_REPORT_MARKS && marks[i].begins != NULL; i++) {
        size_t n = strlen(marks[i].begins);
        const char *holds = marks[i].holds;
        if (length >= n && memcmp(head, marks[i].begins, n) == 0 &&
            (holds == NULL || memmem(head, length, holds, strlen(holds)) != NULL))
            return true;
    }
    return false;
}

bool ndup_check_format_wrote(const struct ndup_report_format *format, const char *head, size_t length)
{
    return length == 0 || is_marked(format->check_marks, head, length);
}

bool ndup_report_is_earlier(const char *head, size_t length)
{
    for (size_t i = 0; ndup_run_formats[i] != NULL; i++) {
        if (is_marked(ndup_run_formats[i]->run_marks, head, length))
            return true;
    }
    for (size_t i = 0; ndup_check_formats[i] != NULL; i++) {
        if (is_marked(ndup_check_formats[i]->check_marks, head, length))
            return true;
    }
    return length == 0;
}
