/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "support/jobs.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

char test_folder[64];

void test_folder_make(void)
{
    strcpy(test_folder, "/tmp/neardup-test-XXXXXX");
    cr_assert_not_null(mkdtemp(test_folder));
}

void test_folder_remove(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", test_folder);
    cr_assert_eq(system(command), 0);
}

const char *test_path(const char *name)
{
    static char buffers[8][512];
    static unsigned turn;
    char *buffer = buffers[turn++ % 8];
    snprintf(buffer, sizeof buffers[0], "%s/%.400s", test_folder, name);
    return buffer;
}

static void make_parents(const char *name)
{
    char path[512];
    strcpy(path, test_path(name));
    for (char *at = path + strlen(test_folder) + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        mkdir(path, 0700);
        *at = '/';
    }
}

FILE *test_create(const char *name)
{
    make_parents(name);
    FILE *file = fopen(test_path(name), "w");
    cr_assert_not_null(file, "cannot create %s", name);
    return file;
}

void test_close(FILE *file)
{
    cr_assert_eq(fclose(file), 0);
}

void test_write_bytes(const char *name, const void *bytes, size_t length, bool gzip)
{
    make_parents(name);
    if (gzip) {
        gzFile packed = gzopen(test_path(name), "wb");
        cr_assert_eq(gzwrite(packed, bytes, (unsigned)length), (int)length);
        cr_assert_eq(gzclose(packed), Z_OK);
        return;
    }
    FILE *file = test_create(name);
    cr_assert_eq(fwrite(bytes, 1, length, file), length);
    test_close(file);
}

void test_write(const char *name, const char *text)
{
    test_write_bytes(name, text, strlen(text), false);
}

bool test_exists(const char *name)
{
    return access(test_path(name), F_OK) == 0;
}

char *test_read(const char *name, size_t *length)
{
    FILE *file = fopen(test_path(name), "r");
    cr_assert_not_null(file, "%s is missing", name);
    fseek(file, 0, SEEK_END);
    size_t n = (size_t)ftell(file);
    rewind(file);
    char *bytes = calloc(n + 1, 1);
    cr_assert_eq(fread(bytes, 1, n, file), n);
    fclose(file);
    if (length != NULL)
        *length = n;
    return bytes;
}

static void same_files(const char *a, const char *b)
{
    size_t la, lb;
    char *ta = test_read(a, &la), *tb = test_read(b, &lb);
    size_t name = strlen(a), end = strlen("summary.json");
    if (name > end && strcmp(a + name - end, "summary.json") == 0) {
        char *ra = strstr(ta, "  \"run\": {"), *rb = strstr(tb, "  \"run\": {");
        cr_assert(ra != NULL && rb != NULL);
        la = (size_t)(ra - ta);
        lb = (size_t)(rb - tb);
    }
    cr_assert(la == lb && memcmp(ta, tb, la) == 0, "%s and %s differ", a, b);
    free(ta);
    free(tb);
}

/* Every file of a is in b; compare: with the same bytes. */
static size_t walk(const char *a, const char *b, bool compare)
{
    size_t files = 0;
    const struct dirent *entry;
    DIR *stream = opendir(test_path(a));
    cr_assert_not_null(stream, "%s is missing", a);
    while ((entry = readdir(stream)) != NULL) {
        char in_a[512], in_b[512];
        struct stat info;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(in_a, sizeof in_a, "%.200s/%s", a, entry->d_name);
        snprintf(in_b, sizeof in_b, "%.200s/%s", b, entry->d_name);
        cr_assert(test_exists(in_b), "%s is missing", in_b);
        cr_assert_eq(stat(test_path(in_a), &info), 0);
        if (S_ISDIR(info.st_mode)) {
            files += walk(in_a, in_b, compare);
        } else {
            files++;
            if (compare)
                same_files(in_a, in_b);
        }
    }
    closedir(stream);
    return files;
}

void test_same_folders(const char *a, const char *b)
{
    cr_assert_gt(walk(a, b, true), 0);
    walk(b, a, false);
}

neardup_job_options test_options(const char *output)
{
    static char output_dirs[4][512];
    static unsigned turn;
    neardup_job_options options;
    neardup_job_options_init(&options, sizeof options);
    options.threads = 2;
    options.scratch_dir = test_folder;
    options.output_dir = NULL;
    if (output != NULL) {
        snprintf(output_dirs[turn % 4], sizeof output_dirs[0], "%s", test_path(output));
        options.output_dir = output_dirs[turn++ % 4];
    }
    return options;
}

neardup_job *test_job(const neardup_job_options *options, const char *const *inputs)
{
    neardup_job *job;
    neardup_error err;
    cr_assert_eq(neardup_job_create(&job, options, &err), NEARDUP_OK, "%s", err.message);
    for (; *inputs != NULL; inputs++) {
        const char *path = strcmp(*inputs, "-") == 0 ? "-" : test_path(*inputs);
        cr_assert_eq(neardup_job_add_input(job, path, &err), NEARDUP_OK, "%s", err.message);
    }
    return job;
}

neardup_job *test_run(const neardup_job_options *options, const char *const *inputs, const neardup_callbacks *callbacks)
{
    neardup_error err;
    neardup_job *job = test_job(options, inputs);
    cr_assert_eq(neardup_job_run(job, callbacks, &err), NEARDUP_OK, "%s", err.message);
    return job;
}

bool test_same_words(const neardup_profile *profile, bool marks, const char *a, size_t a_length, const char *b,
                     size_t b_length)
{
    neardup_profile own = *profile;
    neardup_content left, right;
    if (marks)
        own.tokens = (neardup_tokens)((unsigned)own.tokens | NEARDUP_TOKENS_WORD_MARKS);
    cr_assert_eq(neardup_content_compute(&own, false, a, a_length, &left, NULL), NEARDUP_OK);
    cr_assert_eq(neardup_content_compute(&own, false, b, b_length, &right, NULL), NEARDUP_OK);
    return (left.high != 0 || left.low != 0) && left.high == right.high && left.low == right.low;
}
