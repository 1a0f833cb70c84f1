/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "output/outdir.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char root[64]; /* every test works in it; it is the working folder */

static void enter_root(void)
{
    strcpy(root, "/tmp/neardup-test-XXXXXX");
    cr_assert_not_null(mkdtemp(root));
    cr_assert_eq(chdir(root), 0);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void remove_root(void)
{
    nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

TestSuite(output_outdir, .init = enter_root, .fini = remove_root);

static int entry_count;

static int count_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)path;
    (void)info;
    (void)kind;
    (void)walk;
    entry_count++;
    return 0;
}

/* Everything below the root. */
static int entries(void)
{
    entry_count = -1;
    nftw(root, count_entry, 16, FTW_PHYS);
    return entry_count;
}

static void put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

static void assert_content(const char *path, const char *expected)
{
    char text[256] = "";
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s is missing", path);
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    cr_assert_eq(n, strlen(expected));
    cr_assert_str_eq(text, expected);
}

static struct ndup_outdir *open_outdir(const char *path, bool force)
{
    struct ndup_outdir *dir;
    neardup_error err = {0};
    cr_assert_eq(ndup_outdir_open(&dir, path, force, &err), NEARDUP_OK, "%s", err.message);
    return dir;
}

static void write_file(struct ndup_outdir *dir, const char *name, const char *text)
{
    int descriptor;
    neardup_error err = {0};
    cr_assert_eq(ndup_outdir_create(dir, name, &descriptor, &err), NEARDUP_OK, "%s", err.message);
    cr_assert_eq(ndup_write_all(descriptor, text, strlen(text), name, &err), NEARDUP_OK, "%s", err.message);
    close(descriptor);
}

Test(output_outdir, complete_after_commit)
{
    struct ndup_outdir *dir = open_outdir("a/b/out/", false);
    write_file(dir, "x.jsonl", "one");
    write_file(dir, "deep/er/y.jsonl", "two");
    write_file(dir, "deep/z", "");
    cr_assert_eq(access("a/b/out/x.jsonl", F_OK), -1, "nothing has its name before commit");
    cr_assert_eq(ndup_outdir_commit(dir, NULL), NEARDUP_OK);
    ndup_outdir_close(dir);
    assert_content("a/b/out/x.jsonl", "one");
    assert_content("a/b/out/deep/er/y.jsonl", "two");
    assert_content("a/b/out/deep/z", "");
    cr_assert_eq(entries(), 8, "a, b, out, deep, er and three files");
    struct stat info;
    mode_t mask = umask(0);
    umask(mask);
    cr_assert_eq(stat("a/b/out/x.jsonl", &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0666 & ~mask);
}

Test(output_outdir, absent_without_commit)
{
    struct ndup_outdir *dir = open_outdir("a/b/out", false);
    write_file(dir, "x.jsonl", "one");
    write_file(dir, "deep/er/y.jsonl", "two");
    ndup_outdir_close(dir);
    cr_assert_eq(entries(), 0, "the new folders are removed too");
    ndup_outdir_close(NULL);
}

Test(output_outdir, what_was_there_stays_without_commit)
{
    cr_assert_eq(mkdir("out", 0777), 0);
    cr_assert_eq(mkdir("out/old", 0777), 0);
    put_file("out/x", "old");
    struct ndup_outdir *dir = open_outdir("out", true);
    write_file(dir, "x", "new");
    write_file(dir, "old/y", "new");
    write_file(dir, "fresh/z", "new");
    ndup_outdir_close(dir);
    assert_content("out/x", "old");
    cr_assert_eq(entries(), 3);
}

Test(output_outdir, working_folder_may_change)
{
    struct ndup_outdir *dir = open_outdir("out", false);
    write_file(dir, "x", "one");
    cr_assert_eq(chdir("/"), 0);
    write_file(dir, "sub/y", "two");
    ndup_outdir_close(dir);
    cr_assert_eq(entries(), 0);
    cr_assert_eq(chdir(root), 0);
}

Test(output_outdir, folder_with_files_needs_force)
{
    struct ndup_outdir *dir;
    neardup_error err = {0};
    cr_assert_eq(mkdir("out", 0777), 0);
    put_file("out/x", "old");
    put_file("out/other", "other");
    cr_assert_eq(ndup_outdir_open(&dir, "out", false, &err), NEARDUP_E_EXISTS);
    cr_assert_str_eq(err.message, "output folder 'out' is not empty");
    cr_assert_null(dir);
    dir = open_outdir("out", true);
    write_file(dir, "x", "new");
    cr_assert_eq(ndup_outdir_commit(dir, NULL), NEARDUP_OK);
    ndup_outdir_close(dir);
    assert_content("out/x", "new");
    assert_content("out/other", "other");
    cr_assert_eq(entries(), 3);
}

Test(output_outdir, leftovers_of_a_killed_run_do_not_count)
{
    pid_t child = fork();
    if (child == 0) {
        struct ndup_outdir *dir;
        int descriptor;
        if (ndup_outdir_open(&dir, "out", false, NULL) == NEARDUP_OK &&
            ndup_outdir_create(dir, "x", &descriptor, NULL) == NEARDUP_OK)
            kill(getpid(), SIGKILL);
        _exit(1);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status));
    cr_assert_eq(entries(), 2);
    struct ndup_outdir *dir = open_outdir("out", false);
    write_file(dir, "x", "new");
    cr_assert_eq(ndup_outdir_commit(dir, NULL), NEARDUP_OK);
    ndup_outdir_close(dir);
    assert_content("out/x", "new");
}

Test(output_outdir, temporary_name_in_use)
{
    struct ndup_outdir *dir = open_outdir("out", false);
    char taken[64];
    snprintf(taken, sizeof taken, "out/.x.neardup-%ld.tmp", (long)getpid());
    put_file(taken, "of another process with this number");
    write_file(dir, "x", "new");
    cr_assert_eq(ndup_outdir_commit(dir, NULL), NEARDUP_OK);
    ndup_outdir_close(dir);
    assert_content("out/x", "new");
    assert_content(taken, "of another process with this number");
}

Test(output_outdir, names_that_leave_the_folder)
{
    static const char *const bad[] = {"", "/etc/x", "../x", "a/../x", "a/..", "..", ".", "./x", "a//x", "a/", "/"};
    struct ndup_outdir *dir = open_outdir("out", false);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int descriptor = 99;
        neardup_error err = {0};
        cr_assert_eq(ndup_outdir_create(dir, bad[i], &descriptor, &err), NEARDUP_E_ARG, "%s", bad[i]);
        cr_assert_eq(descriptor, -1);
    }
    write_file(dir, "..x", "fine");
    write_file(dir, "a/...", "fine");
    cr_assert_eq(ndup_outdir_commit(dir, NULL), NEARDUP_OK);
    ndup_outdir_close(dir);
}

Test(output_outdir, symbolic_links_are_not_followed)
{
    cr_assert_eq(mkdir("out", 0777), 0);
    cr_assert_eq(mkdir("elsewhere", 0777), 0);
    put_file("elsewhere/precious", "precious");
    cr_assert_eq(symlink("../elsewhere", "out/sub"), 0);
    cr_assert_eq(symlink("../elsewhere/precious", "out/link"), 0);
    struct ndup_outdir *dir = open_outdir("out", true);
    int descriptor;
    neardup_error err = {0};
    cr_assert_eq(ndup_outdir_create(dir, "sub/precious", &descriptor, &err), NEARDUP_E_IO);
    write_file(dir, "link", "new"); /* replaces the link, not what it points to */
    cr_assert_eq(ndup_outdir_commit(dir, NULL), NEARDUP_OK);
    ndup_outdir_close(dir);
    assert_content("elsewhere/precious", "precious");
    assert_content("out/link", "new");
}

Test(output_outdir, the_folder_itself_may_be_a_link)
{
    cr_assert_eq(mkdir("real", 0777), 0);
    cr_assert_eq(symlink("real", "out"), 0);
    struct ndup_outdir *dir = open_outdir("out", false);
    write_file(dir, "x", "one");
    cr_assert_eq(ndup_outdir_commit(dir, NULL), NEARDUP_OK);
    ndup_outdir_close(dir);
    assert_content("real/x", "one");
}

Test(output_outdir, one_name_twice)
{
    struct ndup_outdir *dir = open_outdir("out", false);
    int descriptor;
    neardup_error err = {0};
    write_file(dir, "decisions.jsonl", "");
    write_file(dir, "a/b", "");
    cr_assert_eq(ndup_outdir_create(dir, "decisions.jsonl", &descriptor, &err), NEARDUP_E_EXISTS);
    cr_assert_str_eq(err.message, "'out/decisions.jsonl' would be written twice");
    cr_assert_eq(ndup_outdir_create(dir, "decisions.jsonl/x", &descriptor, &err), NEARDUP_E_EXISTS);
    cr_assert_eq(ndup_outdir_create(dir, "a", &descriptor, &err), NEARDUP_E_EXISTS);
    cr_assert_str_eq(err.message, "'out/a' would be written twice");
    cr_assert_eq(ndup_outdir_create(dir, "a/b/c", &descriptor, &err), NEARDUP_E_EXISTS);
    ndup_outdir_close(dir);
    cr_assert_eq(entries(), 0);
}

Test(output_outdir, many_names)
{
    struct ndup_outdir *dir = open_outdir("out", false);
    char name[64];
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "%d/%d/part-%d", i % 7, i % 3, i);
        write_file(dir, name, name);
    }
    cr_assert_eq(ndup_outdir_commit(dir, NULL), NEARDUP_OK);
    ndup_outdir_close(dir);
    cr_assert_eq(entries(), 1 + 7 + 21 + 300);
    assert_content("out/5/2/part-26", "5/2/part-26");
}

Test(output_outdir, folder_in_the_way_of_a_file)
{
    cr_assert_eq(mkdir("out", 0777), 0);
    cr_assert_eq(mkdir("out/x", 0777), 0);
    put_file("out/y", "");
    struct ndup_outdir *dir = open_outdir("out", true);
    int descriptor;
    neardup_error err = {0};
    cr_assert_eq(ndup_outdir_create(dir, "x", &descriptor, &err), NEARDUP_E_IO);
    cr_assert_eq(err.sys_errno, EISDIR);
    cr_assert_eq(ndup_outdir_create(dir, "y/z", &descriptor, &err), NEARDUP_E_IO);
    cr_assert_eq(err.sys_errno, ENOTDIR);
    ndup_outdir_close(dir);
    cr_assert_eq(entries(), 3);
}

Test(output_outdir, file_in_the_way_of_the_folder)
{
    struct ndup_outdir *dir;
    neardup_error err = {0};
    put_file("out", "");
    cr_assert_eq(ndup_outdir_open(&dir, "out", true, &err), NEARDUP_E_IO);
    cr_assert_str_eq(err.message, "cannot open output folder 'out': Not a directory");
    cr_assert_eq(ndup_outdir_open(&dir, "out/sub/x", true, &err), NEARDUP_E_IO);
    cr_assert_eq(err.sys_errno, ENOTDIR);
    cr_assert_eq(ndup_outdir_open(&dir, "", true, &err), NEARDUP_E_ARG);
    cr_assert_eq(entries(), 1);
}

Test(output_outdir, file_that_appeared_is_not_replaced)
{
    struct ndup_outdir *dir = open_outdir("out", false);
    write_file(dir, "first", "new");
    write_file(dir, "second", "new");
    write_file(dir, "third", "new");
    put_file("out/second", "of somebody else");
    neardup_error err = {0};
    cr_assert_eq(ndup_outdir_commit(dir, &err), NEARDUP_E_IO);
    cr_assert_eq(err.sys_errno, EEXIST);
    ndup_outdir_close(dir);
    assert_content("out/first", "new");
    assert_content("out/second", "of somebody else");
    cr_assert_eq(entries(), 3, "no temporary file is left");
}

Test(output_outdir, long_names)
{
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    struct ndup_outdir *dir = open_outdir("out", false);
    write_file(dir, name, "one");
    name[254] = 'm'; /* the same shortened temporary name */
    write_file(dir, name, "two");
    cr_assert_eq(ndup_outdir_commit(dir, NULL), NEARDUP_OK);
    ndup_outdir_close(dir);
    cr_assert_eq(entries(), 3);
}

Test(output_outdir, write_all_says_what_failed)
{
    int full = open("/dev/full", O_WRONLY);
    if (full < 0)
        cr_skip_test("no /dev/full");
    neardup_error err = {0};
    cr_assert_eq(ndup_write_all(full, "x", 1, "some name", &err), NEARDUP_E_IO);
    cr_assert_eq(err.sys_errno, ENOSPC);
    cr_assert_str_eq(err.message, "cannot write 'some name': No space left on device");
    cr_assert_eq(ndup_write_all(full, "", 0, "some name", &err), NEARDUP_OK);
    close(full);
}
