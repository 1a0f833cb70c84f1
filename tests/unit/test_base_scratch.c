/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/io.h"
#include "base/scratch.h"
#include "support/skip.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

static void make_folder(void)
{
    strcpy(folder, "/tmp/neardup-test-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
}

static void remove_folder(void)
{
    rmdir(folder);
}

TestSuite(base_scratch, .init = make_folder, .fini = remove_folder);

static int entries(void)
{
    DIR *dir = opendir(folder);
    cr_assert_not_null(dir);
    int count = 0;
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count - 2;
}

Test(base_scratch, round_trip_and_accounts)
{
    struct ndup_scratch *scratch;
    cr_assert_eq(ndup_scratch_create(&scratch, folder, 0, NULL), NEARDUP_OK);
    cr_assert_str_eq(ndup_scratch_folder(scratch), folder);
    int a, b;
    cr_assert_eq(ndup_scratch_file(scratch, &a, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_scratch_file(scratch, &b, NULL), NEARDUP_OK);
    cr_assert_eq(entries(), 0, "scratch files have no names");
    cr_assert_eq(ndup_pwrite_all(scratch, a, "hello", 5, 100, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_pwrite_all(scratch, b, "abc", 3, 0, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_scratch_bytes(scratch), 8);
    char text[6] = "";
    cr_assert_eq(ndup_pread_all(scratch, a, text, 5, 100, NULL), NEARDUP_OK);
    cr_assert_str_eq(text, "hello");
    ndup_scratch_close(scratch, a, 5);
    cr_assert_eq(ndup_scratch_bytes(scratch), 3);
    ndup_scratch_close(scratch, b, 3);
    ndup_scratch_close(scratch, -1, 0);
    cr_assert_eq(ndup_scratch_bytes(scratch), 0);
    cr_assert_eq(ndup_scratch_peak_bytes(scratch), 8);
    ndup_scratch_destroy(scratch);
    ndup_scratch_destroy(NULL);
}

Test(base_scratch, end_of_file_is_an_error)
{
    struct ndup_scratch *scratch;
    neardup_error err = {0};
    cr_assert_eq(ndup_scratch_create(&scratch, folder, 0, NULL), NEARDUP_OK);
    int descriptor;
    char text[8];
    cr_assert_eq(ndup_scratch_file(scratch, &descriptor, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_pwrite_all(scratch, descriptor, "1234", 4, 0, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_pread_all(scratch, descriptor, text, 5, 0, &err), NEARDUP_E_IO);
    cr_assert_not_null(strstr(err.message, "ends early"));
    ndup_scratch_close(scratch, descriptor, 4);
    ndup_scratch_destroy(scratch);
}

Test(base_scratch, folder_that_does_not_exist)
{
    struct ndup_scratch *scratch;
    neardup_error err = {0};
    cr_assert_eq(ndup_scratch_create(&scratch, "/nonexistent/folder", 0, &err), NEARDUP_E_IO);
    cr_assert_null(scratch);
    cr_assert_eq(err.sys_errno, ENOENT);
    cr_assert_str_eq(err.message,
                     "cannot make a file in scratch folder '/nonexistent/folder': No such file or directory\n"
                     "`scratch_dir` puts temporary files elsewhere");
}

Test(base_scratch, full_folder_is_named)
{
    struct ndup_scratch *scratch;
    neardup_error err = {0};
    cr_assert_eq(ndup_scratch_create(&scratch, folder, 0, NULL), NEARDUP_OK);
    int full = open("/dev/full", O_WRONLY);
    if (full < 0)
        test_skip("a full disk", "there is no /dev/full");
    cr_assert_eq(ndup_pwrite_all(scratch, full, "x", 1, 0, &err), NEARDUP_E_IO);
    char expected[200];
    snprintf(expected, sizeof expected,
             "cannot write to scratch folder '%s': No space left on device\n"
             "`scratch_dir` puts temporary files elsewhere",
             folder);
    cr_assert_str_eq(err.message, expected);
    cr_assert_eq(err.sys_errno, ENOSPC);
    cr_assert_eq(ndup_scratch_bytes(scratch), 0);
    close(full);
    ndup_scratch_destroy(scratch);
}

Test(base_scratch, file_size_limit)
{
    struct ndup_scratch *scratch;
    neardup_error err = {0};
    cr_assert_eq(ndup_scratch_create(&scratch, folder, 0, NULL), NEARDUP_OK);
    int descriptor;
    cr_assert_eq(ndup_scratch_file(scratch, &descriptor, NULL), NEARDUP_OK);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {1000, 1000};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    char bytes[2000] = "";
    cr_assert_eq(ndup_pwrite_all(scratch, descriptor, bytes, sizeof bytes, 0, &err), NEARDUP_E_IO);
    cr_assert_eq(err.sys_errno, EFBIG);
    ndup_scratch_close(scratch, descriptor, 0);
    ndup_scratch_destroy(scratch);
}

Test(base_scratch, nothing_is_left_after_a_kill)
{
    int ready[2];
    cr_assert_eq(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct ndup_scratch *scratch;
        int descriptor;
        if (ndup_scratch_create(&scratch, folder, 0, NULL) == NEARDUP_OK &&
            ndup_scratch_file(scratch, &descriptor, NULL) == NEARDUP_OK &&
            ndup_pwrite_all(scratch, descriptor, "secret", 6, 0, NULL) == NEARDUP_OK &&
            ndup_io_write(ready[1], "y", 1) == 0)
            pause();
        _exit(1);
    }
    char answer;
    cr_assert_eq(read(ready[0], &answer, 1), 1);
    cr_assert_eq(kill(child, SIGKILL), 0);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    cr_assert_eq(entries(), 0);
    close(ready[0]);
    close(ready[1]);
}
