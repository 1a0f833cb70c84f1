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
    cr_assert_eq(ndup_outdir_open(&dir, path, force, false, &err), NEARDUP_OK, "%s", err.message);
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
    cr_assert_eq(ndup_outdir_open(&dir, "out", false, true, &err), NEARDUP_E_EXISTS);
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

/* A child that is killed while it writes out/x and out/sub/y. */
static void killed_run(bool force)
{
    pid_t child = fork();
    if (child == 0) {
        struct ndup_outdir *dir;
        int descriptor;
        if (ndup_outdir_open(&dir, "out", force, true, NULL) == NEARDUP_OK &&
            ndup_outdir_create(dir, "x", &descriptor, NULL) == NEARDUP_OK &&
            ndup_outdir_create(dir, "sub/y", &descriptor, NULL) == NEARDUP_OK)
            kill(getpid(), SIGKILL);
        _exit(1);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status));
}

Test(output_outdir, leftovers_of_a_killed_run_are_removed)
{
    killed_run(false);
    cr_assert_eq(entries(), 6, "beside: the work folder, its lock, new, two files and a folder");
    cr_assert_eq(access("out", F_OK), -1);
    struct ndup_outdir *dir = open_outdir("out", false);
    write_file(dir, "x", "new");
    cr_assert_eq(ndup_outdir_commit(dir, NULL), NEARDUP_OK);
    ndup_outdir_close(dir);
    assert_content("out/x", "new");
    cr_assert_eq(entries(), 2);

    killed_run(true);
    assert_content("out/x", "new");
    cr_assert_eq(entries(), 2 + 6);
    dir = open_outdir("out", true);
    ndup_outdir_close(dir);
    cr_assert_eq(entries(), 2);
}

Test(output_outdir, leftovers_in_an_empty_folder_do_not_refuse_the_next_run)
{
    cr_assert_eq(mkdir("out", 0777), 0);
    killed_run(false);
    ndup_outdir_close(open_outdir("out", false));
    cr_assert_eq(entries(), 1);
}

Test(output_outdir, leftovers_beside_a_folder_that_was_made_since_are_removed)
{
    killed_run(false);
    cr_assert_eq(mkdir("out", 0777), 0);
    ndup_outdir_close(open_outdir("out", false));
    cr_assert_eq(entries(), 1);
}

Test(output_outdir, second_run_at_the_same_time_is_refused)
{
    static const bool made[] = {false, true};
    for (size_t i = 0; i < 2; i++) {
        struct ndup_outdir *first, *second;
        neardup_error err = {0};
        if (made[i])
            cr_assert_eq(mkdir("out", 0777), 0);
        first = open_outdir("out", true);
        write_file(first, "x", "first");
        cr_assert_eq(ndup_outdir_open(&second, "out", true, true, &err), NEARDUP_E_IO);
        cr_assert_str_eq(err.message, "cannot write to 'out': another run is writing to it");
        cr_assert_eq(ndup_outdir_open(&second, "./out/", true, true, &err), NEARDUP_E_IO);
        cr_assert_eq(ndup_outdir_commit(first, NULL), NEARDUP_OK);
        ndup_outdir_close(first);
        assert_content("out/x", "first");
        ndup_outdir_close(open_outdir("out", true));
        cr_assert_eq(unlink("out/x"), 0);
        cr_assert_eq(rmdir("out"), 0, "nothing else is left in it");
    }
}

Test(output_outdir, a_run_that_was_killed_while_it_replaced_files_is_finished)
{
    bool finished;
    neardup_error err = {0};
    struct ndup_outdir *dir;
    static const char removals[] = "pairs.jsonl\0sub/old\0never/there";
    for (int reader = 0; reader < 2; reader++) {
        cr_assert_eq(mkdir("out", 0777), 0);
        cr_assert_eq(mkdir("out/sub", 0777), 0);
        cr_assert_eq(mkdir("out/.neardup", 0777), 0);
        cr_assert_eq(mkdir("out/.neardup/ready", 0777), 0);
        cr_assert_eq(mkdir("out/.neardup/ready/sub", 0777), 0);
        cr_assert_eq(mkdir("out/.neardup/ready/fresh", 0777), 0);
        cr_assert_eq(mkdir("out/.neardup/old", 0777), 0);
        put_file("out/a", "new, moved before");
        put_file("out/sub/b", "old");
        put_file("out/sub/old", "old");
        put_file("out/sub/other", "of somebody else");
        put_file("out/pairs.jsonl", "old");
        put_file("out/.neardup/old/0", "old");
        put_file("out/.neardup/ready/sub/b", "new");
        put_file("out/.neardup/ready/fresh/c", "new");
        put_file("out/.neardup/ready/summary.json", "new");
        FILE *file = fopen("out/.neardup/remove", "w");
        cr_assert_not_null(file);
        fwrite(removals, 1, sizeof removals, file);
        fclose(file);
        if (reader == 1) {
            cr_assert_eq(ndup_outdir_recover("out", &finished, &err), NEARDUP_OK, "%s", err.message);
            cr_assert(finished);
        } else {
            cr_assert_eq(ndup_outdir_open(&dir, "out", false, true, &err), NEARDUP_E_EXISTS, "finished, and refused");
        }
        assert_content("out/a", "new, moved before");
        assert_content("out/sub/b", "new");
        assert_content("out/sub/other", "of somebody else");
        assert_content("out/fresh/c", "new");
        assert_content("out/summary.json", "new");
        cr_assert_eq(entries(), 8);
        cr_assert_eq(ndup_outdir_recover("out", &finished, &err), NEARDUP_OK);
        cr_assert_not(finished);
        nftw("out", remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    }
}

Test(output_outdir, finishing_does_not_leave_the_folder)
{
    bool finished;
    neardup_error err = {0};
    put_file("precious", "precious");
    cr_assert_eq(mkdir("elsewhere", 0777), 0);
    cr_assert_eq(mkdir("out", 0777), 0);
    cr_assert_eq(symlink("../elsewhere", "out/sub"), 0);
    cr_assert_eq(mkdir("out/.neardup", 0777), 0);
    cr_assert_eq(mkdir("out/.neardup/ready", 0777), 0);
    cr_assert_eq(mkdir("out/.neardup/ready/sub", 0777), 0);
    put_file("out/.neardup/ready/sub/x", "made up");
    put_file("out/.neardup/remove", "../precious");
    cr_assert_eq(ndup_outdir_recover("out", &finished, &err), NEARDUP_E_IO);
    cr_assert_str_eq(err.message, "cannot finish the interrupted run in 'out': Invalid argument");
    cr_assert_eq(unlink("out/.neardup/remove"), 0);
    cr_assert_eq(ndup_outdir_recover("out", &finished, &err), NEARDUP_E_IO, "a link is not followed");
    assert_content("precious", "precious");
    cr_assert_eq(access("elsewhere/x", F_OK), -1);
}

Test(output_outdir, failure_while_files_are_replaced_is_undone)
{
    neardup_error err = {0};
    cr_assert_eq(mkdir("out", 0777), 0);
    put_file("out/a", "old");
    put_file("out/summary.json", "old");
    put_file("out/removed", "old");
    struct ndup_outdir *dir = open_outdir("out", true);
    write_file(dir, "a", "new");
    write_file(dir, "b/c", "new");
    cr_assert_eq(ndup_outdir_remove(dir, "removed", &err), NEARDUP_OK);
    write_file(dir, "z", "new");
    write_file(dir, "summary.json", "new");
    cr_assert_eq(mkdir("out/z", 0777), 0); /* after it was checked */
    put_file("out/z/inside", "of somebody else");
    cr_assert_eq(ndup_outdir_commit(dir, &err), NEARDUP_E_IO);
    cr_assert_str_eq(err.message, "cannot write 'out/z': Is a directory");
    ndup_outdir_close(dir);
    assert_content("out/a", "old");
    assert_content("out/summary.json", "old");
    assert_content("out/removed", "old");
    assert_content("out/z/inside", "of somebody else");
    cr_assert_eq(entries(), 6);
}

Test(output_outdir, dots_at_the_end_of_a_new_folder)
{
    static const char *const paths[] = {"a/.", "b/", "c/././/.", "./d/."};
    neardup_error err = {0};
    struct ndup_outdir *dir;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        dir = open_outdir(paths[i], false);
        write_file(dir, "x", "new");
        cr_assert_eq(ndup_outdir_commit(dir, &err), NEARDUP_OK, "%s: %s", paths[i], err.message);
        ndup_outdir_close(dir);
    }
    assert_content("a/x", "new");
    assert_content("c/x", "new");
    assert_content("d/x", "new");
    cr_assert_eq(entries(), 8);
    cr_assert_eq(ndup_outdir_open(&dir, "e/..", false, true, &err), NEARDUP_E_IO, "%s", err.message);
    cr_assert_eq(entries(), 8);
}

Test(output_outdir, abandoned_while_it_is_written)
{
    neardup_error err = {0};
    int descriptor;
    cr_assert_eq(mkdir("there", 0777), 0);
    struct ndup_outdir *beside = open_outdir("a/b/out", false), *inside = open_outdir("there", false);
    write_file(beside, "x", "new");
    write_file(inside, "sub/x", "new");
    cr_assert(ndup_outdir_abandon());
    cr_assert_eq(entries(), 1);
    cr_assert_eq(ndup_outdir_create(beside, "y", &descriptor, &err), NEARDUP_E_CANCELED);
    cr_assert_eq(ndup_outdir_commit(inside, &err), NEARDUP_E_CANCELED);
    ndup_outdir_close(beside);
    ndup_outdir_close(inside);
    cr_assert_eq(entries(), 1);

    struct ndup_outdir *dir = open_outdir("out", false);
    write_file(dir, "x", "new");
    cr_assert_eq(ndup_outdir_commit(dir, &err), NEARDUP_OK, "%s", err.message);
    cr_assert_not(ndup_outdir_abandon(), "it is complete");
    assert_content("out/x", "new");
    ndup_outdir_close(dir);
    cr_assert(ndup_outdir_abandon());
    assert_content("out/x", "new");
}

Test(output_outdir, what_the_new_run_does_not_have_is_removed)
{
    neardup_error err = {0};
    cr_assert_eq(mkdir("out", 0777), 0);
    put_file("out/a", "old");
    put_file("out/b", "of somebody else");
    struct ndup_outdir *dir = open_outdir("out", true);
    cr_assert(ndup_outdir_has(dir, "a"));
    cr_assert_not(ndup_outdir_has(dir, "c"));
    write_file(dir, "c", "new");
    cr_assert_eq(ndup_outdir_remove(dir, "a", &err), NEARDUP_OK);
    cr_assert_eq(ndup_outdir_remove(dir, "nowhere/a", &err), NEARDUP_OK);
    assert_content("out/a", "old");
    cr_assert_eq(ndup_outdir_commit(dir, &err), NEARDUP_OK, "%s", err.message);
    ndup_outdir_close(dir);
    assert_content("out/b", "of somebody else");
    assert_content("out/c", "new");
    cr_assert_eq(entries(), 3);
}

Test(output_outdir, what_is_in_the_way_shows_before_the_work)
{
    neardup_error err = {0};
    cr_assert_eq(mkdir("out", 0777), 0);
    cr_assert_eq(mkdir("out/summary.json", 0777), 0);
    cr_assert_eq(mkdir("elsewhere", 0777), 0);
    cr_assert_eq(symlink("../elsewhere", "out/link"), 0);
    struct ndup_outdir *dir = open_outdir("out", true);
    cr_assert_eq(ndup_outdir_expect(dir, "summary.json", &err), NEARDUP_E_IO);
    cr_assert_str_eq(err.message, "cannot write 'out/summary.json': Is a directory");
    cr_assert_eq(ndup_outdir_expect(dir, "link/x", &err), NEARDUP_E_IO);
    cr_assert_eq(ndup_outdir_expect(dir, "x", &err), NEARDUP_OK);
    cr_assert_eq(ndup_outdir_expect(dir, "x", &err), NEARDUP_E_ARG);
    cr_assert_eq(ndup_outdir_expect(dir, "x/y", &err), NEARDUP_E_ARG);
    cr_assert_str_eq(err.message, "'out/x' would be written twice");
    write_file(dir, "x", "once");
    ndup_outdir_close(dir);
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
    cr_assert_eq(ndup_outdir_create(dir, "decisions.jsonl", &descriptor, &err), NEARDUP_E_ARG);
    cr_assert_str_eq(err.message, "'out/decisions.jsonl' would be written twice");
    cr_assert_eq(ndup_outdir_create(dir, "decisions.jsonl/x", &descriptor, &err), NEARDUP_E_ARG);
    cr_assert_eq(ndup_outdir_create(dir, "a", &descriptor, &err), NEARDUP_E_ARG);
    cr_assert_str_eq(err.message, "'out/a' would be written twice");
    cr_assert_eq(ndup_outdir_create(dir, "a/b/c", &descriptor, &err), NEARDUP_E_ARG);
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
    cr_assert_eq(ndup_outdir_open(&dir, "out", true, true, &err), NEARDUP_E_IO);
    cr_assert_str_eq(err.message, "cannot open output folder 'out': Not a directory");
    cr_assert_eq(ndup_outdir_open(&dir, "out/sub/x", true, true, &err), NEARDUP_E_IO);
    cr_assert_eq(err.sys_errno, ENOTDIR);
    cr_assert_eq(ndup_outdir_open(&dir, "", true, true, &err), NEARDUP_E_ARG);
    cr_assert_eq(entries(), 1);
}

Test(output_outdir, file_that_appeared_is_not_replaced)
{
    cr_assert_eq(mkdir("out", 0777), 0);
    struct ndup_outdir *dir = open_outdir("out", false);
    write_file(dir, "first", "new");
    write_file(dir, "second", "new");
    write_file(dir, "third", "new");
    put_file("out/second", "of somebody else");
    neardup_error err = {0};
    cr_assert_eq(ndup_outdir_commit(dir, &err), NEARDUP_E_IO);
    cr_assert_eq(err.sys_errno, EEXIST);
    ndup_outdir_close(dir);
    assert_content("out/second", "of somebody else");
    cr_assert_eq(entries(), 2);
}

Test(output_outdir, folder_that_appeared_is_not_replaced)
{
    struct ndup_outdir *dir = open_outdir("out", true);
    write_file(dir, "x", "new");
    cr_assert_eq(mkdir("out", 0777), 0);
    neardup_error err = {0};
    cr_assert_eq(ndup_outdir_commit(dir, &err), NEARDUP_E_IO);
    cr_assert_str_eq(err.message, "cannot write to 'out': somebody has made it since the run began");
    ndup_outdir_close(dir);
    cr_assert_eq(entries(), 1);
}

Test(output_outdir, long_names)
{
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    struct ndup_outdir *dir = open_outdir("out", false);
    write_file(dir, name, "one");
    name[254] = 'm';
    write_file(dir, name, "two");
    cr_assert_eq(ndup_outdir_commit(dir, NULL), NEARDUP_OK);
    ndup_outdir_close(dir);
    cr_assert_eq(entries(), 3);
    /* Two folders that differ in the last byte of a long name do not share a work folder. */
    struct ndup_outdir *one = open_outdir(name, false);
    name[254] = 'k';
    struct ndup_outdir *other = open_outdir(name, false);
    write_file(one, "x", "");
    write_file(other, "x", "");
    cr_assert_eq(ndup_outdir_commit(one, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_outdir_commit(other, NULL), NEARDUP_OK);
    ndup_outdir_close(one);
    ndup_outdir_close(other);
    cr_assert_eq(entries(), 7);
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
