/* SPDX-License-Identifier: MIT
 * Jobs over small folders of files: what the tests of the whole library share. All of it fails the test on trouble. */
#ifndef TEST_JOBS_H
#define TEST_JOBS_H

#include "neardup_run.h"

#include <stdio.h>

/* A folder of its own for every test; test_folder_remove takes it away with all that is in it. */
extern char test_folder[64];
void test_folder_make(void);
void test_folder_remove(void);

/* "FOLDER/name", in one of eight buffers that are used in turn. */
const char *test_path(const char *name);

/* Files below the folder; sub-folders are made. */
FILE *test_create(const char *name);
void test_close(FILE *file);
void test_write(const char *name, const char *text);
/* gzip if gzip is true */
void test_write_bytes(const char *name, const void *bytes, size_t length, bool gzip);
bool test_exists(const char *name);
/* Malloc-ed, with a NUL after it. */
char *test_read(const char *name, size_t *length);

/* Both folders hold the same files with the same bytes; of summary.json the "run" section does not count. */
void test_same_folders(const char *a, const char *b);

/* Whether two texts have the same words, and with `marks` the same accents and signs. By their contents, which are made in
 * another way than forms. */
bool test_same_words(const neardup_profile *profile, bool marks, const char *a, size_t a_length, const char *b,
                     size_t b_length);

/* Options with two threads and an output folder below the test folder (NULL: find). */
neardup_job_options test_options(const char *output);

/* Makes a job over these inputs (names below the folder, "-" is standard input; NULL ends) and runs it. */
neardup_job *test_job(const neardup_job_options *options, const char *const *inputs);
neardup_job *test_run(const neardup_job_options *options, const char *const *inputs,
                      const neardup_callbacks *callbacks);

#endif
