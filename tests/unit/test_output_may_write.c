/* SPDX-License-Identifier: MIT
 * What is read is never replaced, by whatever name; new files, earlier outputs and other files may be written. */
#include "base/platform.h"

#include "output/may_write.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64]; /* every test works in it; it is the working folder */

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file, "%s", path);
    cr_assert(fputs(text, file) >= 0);
    cr_assert_eq(fclose(file), 0);
}

/* in/a, in/deep/b, in/.hidden, in/report; other/far, reached by in/link; alone, with the links soft, soft2 and hard; elsewhere;
 * folder in2 -> in */
static void make_files(void)
{
    strcpy(root, "/tmp/neardup-test-XXXXXX");
    cr_assert_not_null(mkdtemp(root));
    cr_assert_eq(chdir(root), 0);
    cr_assert_eq(mkdir("in", 0700) | mkdir("in/deep", 0700) | mkdir("other", 0700) | mkdir("out", 0700), 0);
    write_file("in/a", "a\n");
    write_file("in/deep/b", "b\n");
    write_file("in/.hidden", "h\n");
    write_file("in/report", "report\n");
    write_file("other/far", "far\n");
    write_file("alone", "alone\n");
    write_file("elsewhere", "e\n");
    write_file("out/old", "old\n");
    cr_assert_eq(symlink("../other", "in/link") | symlink("alone", "soft") | symlink("soft", "soft2"), 0);
    cr_assert_eq(symlink("in", "in2") | symlink("..", "in/loop") | symlink("../alone", "out/linked"), 0);
    cr_assert_eq(link("alone", "hard") | mkfifo("pipe", 0600), 0);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void remove_files(void)
{
    nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

TestSuite(output_may_write, .init = make_files, .fini = remove_files);

static bool begins_as_report(const void *context, const char *path)
{
    char head[8] = "";
    FILE *file = fopen(path, "r");
    (void)context;
    bool is_report = file != NULL && fgets(head, sizeof head, file) != NULL && strcmp(head, "report\n") == 0;
    if (file != NULL)
        fclose(file);
    return is_report;
}

enum answer { YES, READ, EXISTS }; /* OK, E_ARG, E_EXISTS */

struct question {
    const char *read;  /* a path; NULL: nothing is read */
    const char *write; /* another one */
    enum answer with_force, without;
};

static enum answer ask(const struct question *q, bool force)
{
    struct ndup_reads reads = {0};
    const struct ndup_replace_rule rule = {.replace = force, .is_output = begins_as_report};
    neardup_error err = {.message = ""};
    if (q->read != NULL)
        cr_assert_eq(ndup_reads_add(&reads, q->read, "an input", NULL), NEARDUP_OK);
    neardup_status st = ndup_may_write_file(&reads, q->write, &rule, &err);
    ndup_reads_free(&reads);
    if (st == NEARDUP_OK)
        return YES;
    cr_assert(st == NEARDUP_E_ARG || st == NEARDUP_E_EXISTS, "%s", err.message);
    cr_expect_not_null(strstr(err.message, st == NEARDUP_E_ARG ? "': it is an input" : "': it exists"), "%s",
                       err.message);
    cr_expect_not_null(ndup_may_write_hint(&err, true));
    return st == NEARDUP_E_ARG ? READ : EXISTS;
}

Test(output_may_write, files)
{
    static const struct question questions[] = {
        /* a file that is read, under whatever name */
        {"alone", "alone", READ, READ},
        {"alone", "./alone", READ, READ},
        {"alone", "in/../alone", READ, READ},
        {"alone", "in2/../alone", READ, READ},
        {"./alone", "alone", READ, READ},
        {"alone", "soft", READ, READ},
        {"alone", "soft2", READ, READ},
        {"soft2", "alone", READ, READ},
        {"alone", "hard", READ, READ},
        {"soft", "hard", READ, READ},
        {"in/report", "in/report", READ, READ}, /* also what looks like an earlier output */
        /* a file in a folder that is read, at any depth, and through links */
        {"in", "in/a", READ, READ},
        {"in", "in/deep/b", READ, READ},
        {"in", "in/deep/../a", READ, READ},
        {"in", "in2/a", READ, READ},
        {"in2", "in/a", READ, READ},
        {"in/.", "in/a", READ, READ},
        {".", "in/deep/b", READ, READ},
        {"in", "other/far", READ, READ}, /* in/link leads there */
        {"in", "in/link/far", READ, READ},
        {"in", "alone", READ, READ}, /* in/loop leads there */
        /* what is in such a folder and is not read */
        {"in", "in/report", YES, EXISTS},
        {"in", "in2/report", YES, EXISTS},
        {"in/deep", "in/.hidden", YES, EXISTS},
        {"in/deep", "in/a", YES, EXISTS},
        /* new files */
        {"in", "in/new", YES, YES},
        {"in", "in/no/where", YES, YES},
        {"alone", "new", YES, YES},
        {"missing", "missing", YES, YES},
        {NULL, "new", YES, YES},
        /* others */
        {"alone", "elsewhere", YES, EXISTS},
        {"other", "elsewhere", YES, EXISTS},
        {NULL, "alone", YES, EXISTS},
        {"in/deep", "alone", YES, EXISTS},
        {"alone", "pipe", YES, YES},
        {"pipe", "pipe", YES, YES},
        {"alone", "/dev/null", YES, YES},
        {"alone", "other", YES, YES}, /* a folder: opening it says so */
    };
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        const struct question *q = &questions[i];
        cr_expect_eq(ask(q, true), q->with_force, "read %s, write %s, with force", q->read, q->write);
        cr_expect_eq(ask(q, false), q->without, "read %s, write %s, without force", q->read, q->write);
    }
}

Test(output_may_write, hidden_files_of_a_folder_are_not_read)
{
    struct question q = {"in/deep", "in/deep/.x", YES, EXISTS};
    write_file("in/deep/.x", "x\n");
    cr_expect_eq(ask(&q, true), YES);
    cr_expect_eq(ask(&q, false), EXISTS);
}

Test(output_may_write, folders)
{
    static const struct {
        const char *read, *folder;
        bool may;
    } questions[] = {
        {"in/a", "out", true},        {"in", "out", true},
        {"in", "in/deep", true}, /* found there, it is left out */
        {"in", "in", false},          {"in2", "in", false},
        {"in", "in2", false},         {"in/a", "in", false},
        {"in/deep/b", "in", false},   {"in/deep", "in", false},
        {"in/link/far", "in", true},  {"in/link/far", "other", false},
        {"in", ".", false},           {"alone", ".", false},
        {"soft", "in", true},         {"out/linked", "out", false}, /* the link would be replaced */
        {"missing", "out", true},     {"in/a", "missing", true},
        {"out/../in/a", "out", true}, {"in/deep/../a", "in", false},
        {"alone", "/", false},
    };
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        struct ndup_reads reads = {0};
        neardup_error err = {.message = ""};
        cr_assert_eq(ndup_reads_add(&reads, questions[i].read, "the reference", NULL), NEARDUP_OK);
        neardup_status st = ndup_may_write_folder(&reads, questions[i].folder, &err);
        cr_expect_eq(st, questions[i].may ? NEARDUP_OK : NEARDUP_E_ARG, "read %s, write to %s", questions[i].read,
                     questions[i].folder);
        cr_expect(st == NEARDUP_OK || strstr(err.message, "is the reference") != NULL, "%s", err.message);
        cr_expect(st == NEARDUP_OK || ndup_may_write_hint(&err, true) != NULL);
        ndup_reads_free(&reads);
    }
}

Test(output_may_write, standard_output_may_be_an_input)
{
    struct ndup_reads reads = {0};
    const struct ndup_replace_rule rule = {.replace = true};
    neardup_error err = {.message = ""};
    int before = dup(STDOUT_FILENO), fd = open("alone", O_WRONLY | O_APPEND);
    cr_assert(before >= 0 && fd >= 0);
    cr_assert_eq(ndup_reads_add(&reads, "soft", "an input", NULL), NEARDUP_OK);
    cr_assert(dup2(fd, STDOUT_FILENO) >= 0);
    neardup_status named = ndup_may_write_file(&reads, "-", &rule, &err);
    neardup_status device = ndup_may_write_file(&reads, "/dev/stdout", &rule, NULL);
    cr_assert(dup2(before, STDOUT_FILENO) >= 0);
    cr_expect_eq(named, NEARDUP_E_ARG);
    cr_expect_str_eq(err.message, "cannot write to standard output: it is 'soft', an input");
    cr_expect_eq(device, NEARDUP_E_ARG);
    cr_expect_eq(ndup_may_write_file(&reads, NULL, &rule, NULL), NEARDUP_OK);
    ndup_reads_free(&reads);
    close(before);
    close(fd);
}

Test(output_may_write, standard_input_may_be_the_output)
{
    struct ndup_reads reads = {0};
    const struct ndup_replace_rule rule = {.replace = true};
    neardup_error err = {.message = ""};
    int fd = open("alone", O_RDONLY);
    cr_assert(dup2(fd, STDIN_FILENO) >= 0);
    cr_assert_eq(ndup_reads_add(&reads, "-", "an input", NULL), NEARDUP_OK);
    cr_expect_eq(ndup_may_write_file(&reads, "hard", &rule, &err), NEARDUP_E_ARG);
    cr_expect_str_eq(err.message, "cannot write 'hard': it is an input");
    ndup_reads_free(&reads);
    close(fd);
}

Test(output_may_write, the_first_of_several_names_counts)
{
    struct ndup_reads reads = {0};
    const struct ndup_replace_rule rule = {.replace = true};
    neardup_error err = {.message = ""};
    cr_assert_eq(ndup_reads_add(&reads, "elsewhere", "the configuration", NULL), NEARDUP_OK);
    cr_assert_eq(ndup_reads_add(&reads, "hard", "the baseline", NULL), NEARDUP_OK);
    cr_assert_eq(ndup_reads_add(&reads, "alone", "an input", NULL), NEARDUP_OK);
    cr_assert_eq(ndup_reads_add(&reads, "in", "an input", NULL), NEARDUP_OK);
    cr_expect_eq(ndup_may_write_file(&reads, "soft", &rule, &err), NEARDUP_E_ARG);
    cr_expect_str_eq(err.message, "cannot write 'soft': it is the baseline");
    cr_expect_eq(ndup_may_write_file(&reads, "elsewhere", &rule, &err), NEARDUP_E_ARG);
    cr_expect_str_eq(err.message, "cannot write 'elsewhere': it is the configuration");
    ndup_reads_free(&reads);
}

Test(output_may_write, a_list_that_is_not_read_yet)
{
    struct ndup_reads reads = {.incomplete = true};
    const struct ndup_replace_rule rule = {.replace = true, .is_output = begins_as_report};
    neardup_error err = {.message = ""};
    cr_expect_eq(ndup_may_write_file(&reads, "alone", &rule, &err), NEARDUP_E_ARG);
    cr_expect_str_eq(err.message, "cannot write 'alone': it may be an input");
    cr_expect_eq(ndup_may_write_file(&reads, "in/report", &rule, &err), NEARDUP_OK);
    cr_expect_eq(ndup_may_write_file(&reads, "new", &rule, &err), NEARDUP_OK);
    cr_expect_null(
        ndup_may_write_hint(&(neardup_error){.code = NEARDUP_E_IO, .message = "cannot write 'x': EIO"}, true));
    cr_expect_null(ndup_may_write_hint(&(neardup_error){.code = NEARDUP_E_ARG, .message = "no"}, true));
}

Test(output_may_write, names_in_folders)
{
    cr_expect(ndup_path_is_same("new", "./new"));
    cr_expect(ndup_path_is_same("in/new", "in2//new"));
    cr_expect(ndup_path_is_same("-", "-"));
    cr_expect_not(ndup_path_is_same("-", "./-"));
    cr_expect_not(ndup_path_is_same("in/new", "new"));
    cr_expect_not(ndup_path_is_same("alone", "hard"), "two names: one may be replaced without the other");
    cr_expect_not(ndup_path_is_same("no/new", "no/./new"), "the folder does not exist");
}

Test(output_may_write, paths_in_folders)
{
    cr_assert_eq(mkdir("output", 0700), 0);
    write_file("output/x", "x");
    cr_assert_eq(symlink("out", "link"), 0);
    cr_expect(ndup_path_is_in("out", "out"));
    cr_expect(ndup_path_is_in("out/old", "out"));
    cr_expect(ndup_path_is_in("./in/../out//old", "out"));
    cr_expect(ndup_path_is_in("link", "out"));
    cr_expect(ndup_path_is_in("link/old", "out"));
    cr_expect(ndup_path_is_in("in/loop/out/old", "out"));
    cr_expect(ndup_path_is_in("out/linked", "out"), "a link in the folder is in it, wherever it leads");
    cr_expect(ndup_path_is_in("out/missing", "out"));
    cr_expect_not(ndup_path_is_in("in/a", "out"));
    cr_expect_not(ndup_path_is_in("output/x", "out"), "a longer name is another folder");
    cr_expect_not(ndup_path_is_in(".", "out"));
    cr_expect_not(ndup_path_is_in("out/..", "out"));
    cr_expect_not(ndup_path_is_in("in/a", "missing"));
}
