/* SPDX-License-Identifier: MIT
 * make_reports FOLDER [RESULT FORMAT]: writes every result made by hand in every format, or this one in this format, as
 * FOLDER/RESULT.FORMAT, and prints how long each took. Status 1 if one could not be written. */
#include "base/platform.h"

#include "report/report_formats.h"
#include "support/check_results.h"
#include "term/term.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static bool write_report(const char *folder, const char *name, const struct ndup_report_format *format,
                         const struct ndup_check_result *result)
{
    char path[4096];
    double begin = now();
    snprintf(path, sizeof path, "%s/%s.%s", folder, name, format->name);
    FILE *out = fopen(path, "w");
    bool good = out != NULL && format->write_check(out, result);
    long size = good ? ftell(out) : 0;
    if (out != NULL)
        good = fclose(out) == 0 && good;
    if (good)
        printf("%s.%s %ld bytes %.3f s\n", name, format->name, size, now() - begin);
    else
        fprintf(stderr, "make_reports: '%s': %s\n", path, strerror(errno));
    return good;
}

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 4) {
        fputs("usage: make_reports FOLDER [RESULT FORMAT]\n", stderr);
        return 2;
    }
    ndup_term_set_locale();
    bool good = true;
    for (const char *const *name = check_results_names; *name != NULL; name++) {
        struct ndup_check_result result;
        if (argc == 4 && strcmp(argv[2], *name) != 0)
            continue;
        if (!check_results_make(*name, &result))
            return 2;
        for (const struct ndup_report_format *const *format = ndup_check_formats; *format != NULL; format++) {
            if (argc == 2 || strcmp(argv[3], (*format)->name) == 0)
                good = write_report(argv[1], *name, *format, &result) && good;
        }
        ndup_check_result_free(&result);
    }
    return good ? 0 : 1;
}
