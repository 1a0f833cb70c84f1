/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/files.h"
#include "support/skip.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Every test works in an empty folder of its own. */
static char folder[] = "/tmp/neardup-files-XXXXXX";
static struct ndup_file_list list;
static char notes[4096]; /* "severity path: message|" */

static void set_up(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

static void tear_down(void)
{
    ndup_files_free(&list);
    char command[100];
    snprintf(command, sizeof command, "chmod -R u+rwx %s; rm -rf %s", folder, folder);
    cr_assert_eq(system(command), 0);
}

TestSuite(input_files, .init = set_up, .fini = tear_down);

static void note(void *context, neardup_severity severity, const char *path, const char *message)
{
    cr_assert_eq(context, notes);
    sprintf(notes + strlen(notes), "%d %s: %s|", (int)severity, path, message);
}

static void make(const char *path)
{
    char copy[200];
    strcpy(copy, path);
    for (char *slash = strchr(copy, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(copy, 0777);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(path, file);
    fclose(file);
}

static neardup_status add(const char *path)
{
    return ndup_files_add(&list, path, note, notes, NULL);
}

static void adds(const char *path)
{
    cr_assert_eq(add(path), NEARDUP_OK);
}

static void finishes(void)
{
    cr_assert_eq(ndup_files_finish(&list, note, notes, NULL), NEARDUP_OK);
}

/* The list as "path=name|..." */
static void lists(const char *expected)
{
    char text[4096] = "";
    finishes();
    for (size_t i = 0; i < list.count; i++)
        sprintf(text + strlen(text), "%s=%s|", list.files[i].path, list.files[i].name);
    cr_assert_str_eq(text, expected, "%s", text);
}

/* Everything that was named is read or left out: the number of files and folders left out, and the messages. */
static void leaves_out(uint64_t count, const char *messages)
{
    cr_assert_str_eq(notes, messages);
    cr_assert_eq(list.problems, 0);
    cr_assert_eq(list.left_out, count);
}

Test(input_files, one_file)
{
    make("a/b.jsonl");
    adds("a/b.jsonl");
    lists("a/b.jsonl=b.jsonl|");
    cr_assert_eq(list.files[0].bytes, 9);
    cr_assert_eq(list.bytes, 9);
    struct stat info;
    stat("a/b.jsonl", &info);
    cr_assert_eq(list.files[0].inode, info.st_ino);
    cr_assert_eq(list.files[0].device, info.st_dev);
    cr_assert_str_eq(notes, "");
}

Test(input_files, a_folder_is_sorted)
{
    make("crawl/b.txt");
    make("crawl/a.txt");
    make("crawl/a/z");
    make("crawl/a/b/c");
    make("crawl/a!");
    make("crawl/B");
    make("crawl/\xc3\xa9");
    adds("crawl");
    lists("crawl/B=B|crawl/a!=a!|crawl/a.txt=a.txt|crawl/a/b/c=a/b/c|crawl/a/z=a/z|crawl/b.txt=b.txt|"
          "crawl/\xc3\xa9=\xc3\xa9|");
}

Test(input_files, slashes_behind_a_folder)
{
    make("crawl/a/b");
    adds("crawl//");
    lists("crawl//a/b=a/b|");
}

Test(input_files, the_current_folder)
{
    make("a/b");
    adds(".");
    lists("./a/b=a/b|");
}

Test(input_files, hidden_and_temporary_ones)
{
    make("c/.hidden");
    make("c/.git/config");
    make("c/x.tmp");
    make("c/d.tmp/x");
    make("c/.tmp");
    make("c/x");
    adds("c");
    leaves_out(2, "0 c/d.tmp: left out: a temporary file, by its name|"
                  "0 c/x.tmp: left out: a temporary file, by its name|");
    adds("c/.hidden");
    adds("c/x.tmp");
    lists("c/x=x|c/.hidden=.hidden|c/x.tmp=x.tmp|");
}

/* ---- names ---- */

Test(input_files, two_folders)
{
    make("data/train/x");
    make("data/valid/x");
    make("data/valid/y");
    adds("data/train");
    adds("data/valid/");
    lists("data/train/x=train/x|data/valid/x=valid/x|data/valid/y=valid/y|");
}

Test(input_files, files_of_several_folders)
{
    make("p/1/data/x");
    make("p/2/data/x");
    make("p/3/data/x");
    make("p/4/data/x.gz");
    adds("p/1/data/x");
    adds("./p//2/data/x");
    adds("p/3/./data//x");
    adds("p/4/data");
    lists("p/1/data/x=1/data/x|./p//2/data/x=2/data/x|p/3/./data//x=3/data/x|p/4/data/x.gz=4/data/x.gz|");
}

Test(input_files, files_of_one_folder)
{
    make("p/x");
    make("p/y");
    adds("p/y");
    adds("p/x");
    lists("p/y=y|p/x=x|");
}

Test(input_files, a_folder_and_what_is_in_it)
{
    make("p/q/x");
    make("p/y");
    adds("p/q/x");
    adds("p");
    lists("p/q/x=q/x|p/y=y|");
    cr_assert_str_eq(notes, "1 p/q/x: left out: the same file is given twice|");
}

Test(input_files, folders_whose_names_begin_alike)
{
    make("data/x");
    make("data2/x");
    adds("data");
    adds("data2");
    lists("data/x=data/x|data2/x=data2/x|");
}

/* A path counts for the names of the others, whether it exists or not. */
Test(input_files, a_missing_one_beside)
{
    make("a/x");
    adds("a");
    adds("b/y");
    lists("a/x=a/x|");
    cr_assert_eq(list.problems, 1);
}

Test(input_files, names_of_another_place)
{
    make("new/a.txt");
    make("new/sub/b.txt");
    make("c.txt");
    make("d.txt");
    make("e.txt");
    cr_assert_eq(ndup_files_add_as(&list, "c.txt", "/some/a.txt", note, notes, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_files_add_as(&list, "new", "/some/old/", note, notes, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_files_add_as(&list, "d.txt", "-", note, notes, NULL), NEARDUP_OK);
    cr_assert_eq(ndup_files_add_as(&list, "e.txt", "/some/../some/e", note, notes, NULL), NEARDUP_OK);
    lists("c.txt=a.txt|new/a.txt=old/a.txt|new/sub/b.txt=old/sub/b.txt|d.txt=stdin|e.txt=e|");
    cr_assert_str_eq(list.base, "/some");
}

Test(input_files, names_never_leave_the_folder)
{
    make("a/x");
    make("a/b/x");
    make("x");
    cr_assert_eq(chdir("a/b"), 0);
    adds("x");
    adds("../x");
    adds("../../x");
    lists("x=a/b/x|../x=a/x|../../x=x|");
}

Test(input_files, step_up_from_a_link)
{
    make("far/away/x");
    make("far/y");
    make("z");
    cr_assert_eq(symlink("far/away", "link"), 0);
    adds("link/../y");
    adds("z");
    lists("link/../y=far/y|z=z|");
}

Test(input_files, absolute_paths)
{
    make("a/x");
    make("b/x");
    char one[100], expected[400];
    snprintf(one, sizeof one, "%s/a/x", folder);
    adds(one);
    adds("b/x");
    snprintf(expected, sizeof expected, "%s=a/x|b/x=b/x|", one);
    lists(expected);
    cr_assert_str_eq(list.base, folder);
}

Test(input_files, names_of_reports)
{
    make("in/decisions.jsonl");
    make("in/clusters.jsonl");
    make("in/in/decisions.jsonl");
    make("in/summary.json");
    make("in/sub/summary.json");
    make("in/x");
    adds("in");
    char expected[400];
    snprintf(expected, sizeof expected,
             "in/clusters.jsonl=in/clusters.jsonl|in/decisions.jsonl=%s/in/decisions.jsonl|"
             "in/in/decisions.jsonl=in/decisions.jsonl|in/sub/summary.json=sub/summary.json|"
             "in/summary.json=in/summary.json|in/x=x|",
             strrchr(folder, '/') + 1);
    lists(expected);
}

Test(input_files, names_of_references)
{
    make("d/new/x");
    make("d/old/x");
    make("d/old/summary.json");
    make("d/other/z");
    adds("d/new");
    finishes();
    list.references = true;
    adds("d/old");
    lists("d/new/x=x|d/old/summary.json=old/summary.json|d/old/x=old/x|");
    cr_assert(list.files[1].reference && !list.files[0].reference);
    ndup_files_free(&list);
    adds("d/new");
    finishes();
    list.references = true;
    adds("d/other");
    lists("d/new/x=x|d/other/z=z|");
}

static void make_summary(const char *path, const char *text)
{
    make(path);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

Test(input_files, reports_of_an_earlier_run)
{
    make("in/clean/clusters.jsonl");
    make("in/clean/decisions.jsonl");
    make("in/clean/news/pairs.jsonl");
    make("in/clean/pairs.jsonl");
    make("in/clean/part.jsonl");
    make_summary("in/clean/summary.json", "{\n  \"neardup\": \"0.1.0\",\n  \"files\": 1\n}\n");
    make("in/x");
    adds("in");
    lists("in/clean/news/pairs.jsonl=clean/news/pairs.jsonl|in/clean/part.jsonl=clean/part.jsonl|in/x=x|");
    cr_assert_str_eq(notes, "0 in/clean: left out the reports of an earlier run|");
    adds("in/clean/decisions.jsonl");
    cr_assert_eq(list.count, 4);
    cr_assert_str_eq(list.files[3].path, "in/clean/decisions.jsonl");
    cr_assert_eq(list.problems, 0);
}

Test(input_files, a_summary_of_another_program)
{
    make("a/decisions.jsonl");
    make_summary("a/summary.json", "{\"neardup\": \"0.1.0\"}\n");
    make("b/decisions.jsonl");
    make_summary("b/summary.json", "{\n  \"neardup");
    make("c/decisions.jsonl");
    make("c/summary.json/x");
    adds("a");
    adds("b");
    adds("c");
    cr_assert_eq(list.count, 6);
    cr_assert_str_eq(notes, "");
}

Test(input_files, the_same_file_twice)
{
    make("a");
    adds("a");
    adds("./a");
    cr_assert_eq(symlink("a", "soft"), 0);
    adds("soft");
    lists("a=a|");
    leaves_out(2, "1 ./a: left out: the same file is given twice|"
                  "0 soft: left out: a link to a file that is read|");
}

Test(input_files, hard_links_are_files)
{
    make("d/b");
    cr_assert_eq(link("d/b", "d/a"), 0);
    cr_assert_eq(symlink("a", "d/soft"), 0);
    cr_assert_eq(symlink("d", "e"), 0);
    adds("d");
    adds("d/b");
    adds("e/a");
    lists("d/a=d/a|d/b=d/b|");
    leaves_out(3, "1 d/b: left out: the same file is given twice|"
                  "0 d/soft: left out: a link to a file that is read|"
                  "0 e/a: left out: a link to a file that is read|");
}

Test(input_files, the_real_path_wins)
{
    make("in/m/x");
    make("far/y");
    cr_assert_eq(symlink("m/x", "in/a"), 0);
    cr_assert_eq(symlink("m", "in/b"), 0);
    cr_assert_eq(symlink("../far", "in/c"), 0);
    cr_assert_eq(symlink("c/y", "in/z"), 0);
    adds("in");
    lists("in/c/y=c/y|in/m/x=m/x|");
    cr_assert_str_eq(notes, "0 in/a: left out: a link to a file that is read|"
                            "0 in/b: left out: a link to a folder that is read|"
                            "0 in/z: left out: a link to a file that is read|");
}

Test(input_files, the_real_path_wins_over_a_named_link)
{
    make("real/x");
    make("real/y");
    cr_assert_eq(symlink("real", "link"), 0);
    adds("link/x");
    adds("link/");
    adds("real/x");
    lists("link/y=link/y|real/x=real/x|");
    ndup_files_free(&list);
    adds("link");
    lists("link/x=x|link/y=y|");
}

Test(input_files, dangling_links)
{
    make("a/x");
    cr_assert_eq(symlink("nowhere", "a/lost"), 0);
    cr_assert_eq(symlink("x/y", "a/not-a-folder"), 0);
    adds("a");
    lists("a/x=x|");
    cr_assert_not_null(strstr(notes, "1 a/lost: left out: the link leads nowhere|"));
    cr_assert_not_null(strstr(notes, "1 a/not-a-folder: left out: the link leads nowhere|"));
    cr_assert_eq(list.problems, 0);
    cr_assert_eq(list.left_out, 2);
    adds("a/lost");
    cr_assert_eq(list.problems, 1);
}

Test(input_files, splits)
{
    make("train/x");
    make("test/y");
    cr_assert_eq(symlink("../train", "test/z"), 0);
    cr_assert_eq(symlink(".", "test/self"), 0);
    neardup_error err;
    list.has_splits = true;
    adds("train");
    list.split = 1;
    adds("test");
    cr_assert_eq(ndup_files_finish(&list, note, notes, &err), NEARDUP_E_ARG);
    cr_assert_str_eq(err.message, "the folder 'test/z' is in two splits: a folder can belong to only one");
    cr_assert_str_eq(notes, "0 test/self: left out: a link to a folder that is read|");
}

Test(input_files, an_input_in_the_reference)
{
    make("a/new/x");
    make("a/old");
    make("a/y");
    adds("a/new");
    adds("a/y");
    finishes();
    list.references = true;
    adds("a");
    adds("a/y");
    adds("a/old");
    lists("a/new/x=new/x|a/y=y|a/old=old|");
    cr_assert_str_eq(notes, "0 a/new: left out of the reference: it is also an input|"
                            "0 a/y: left out of the reference: it is also an input|"
                            "1 a/y: left out of the reference: it is also an input|"
                            "1 a/old: left out: the same file is given twice|");
    cr_assert_eq(list.left_out, 4);
}

Test(input_files, the_same_folder_twice)
{
    make("a/x");
    adds("a");
    adds("a/");
    lists("a/x=x|");
    cr_assert_str_eq(notes, "1 a/: left out: the same folder is given twice|");
}

Test(input_files, loops)
{
    make("a/b/x");
    cr_assert_eq(symlink("..", "a/b/up"), 0);
    cr_assert_eq(symlink(".", "a/self"), 0);
    cr_assert_eq(symlink("ring", "a/ring"), 0);
    adds("a");
    lists("a/b/x=b/x|");
    leaves_out(3, "1 a/ring: left out: the link leads nowhere|"
                  "0 a/b/up: left out: a link to a folder that is read|"
                  "0 a/self: left out: a link to a folder that is read|");
}

/* Thirty folders that all link twice to the next one: 2^30 paths. */
Test(input_files, many_ways_to_one_folder)
{
    char path[50], target[50];
    for (int i = 0; i < 30; i++) {
        snprintf(path, sizeof path, "f/%d", i);
        mkdir("f", 0777);
        mkdir(path, 0777);
    }
    for (int i = 0; i < 29; i++) {
        snprintf(target, sizeof target, "../%d", i + 1);
        snprintf(path, sizeof path, "f/%d/l", i);
        cr_assert_eq(symlink(target, path), 0);
        snprintf(path, sizeof path, "f/%d/r", i);
        cr_assert_eq(symlink(target, path), 0);
    }
    make("f/29/x");
    adds("f/0");
    finishes();
    cr_assert_eq(list.count, 1);
}

Test(input_files, unreadable)
{
    adds("missing");
    adds("");
    make("a/x");
    adds("a/x/y");
    cr_assert_str_eq(notes, "2 missing: cannot be read: No such file or directory|"
                            "2 : cannot be read: No such file or directory|"
                            "2 a/x/y: cannot be read: Not a directory|");
    cr_assert_eq(list.problems, 3);
    cr_assert_eq(list.count, 0);
}

Test(input_files, no_permission)
{
    if (geteuid() == 0)
        test_skip("a folder without permission", "root may read everything");
    make("a/locked");
    make("a/shut/x");
    chmod("a/locked", 0);
    chmod("a/shut", 0);
    adds("a");
    cr_assert_eq(list.count, 0);
    cr_assert_eq(list.problems, 2);
}

Test(input_files, pipes)
{
    make("a/x");
    cr_assert_eq(mkfifo("a/pipe", 0666), 0);
    adds("a");
    lists("a/x=x|");
    cr_assert_str_eq(notes, "1 a/pipe: left out: neither a file nor a folder|");
    adds("a/pipe");
    lists("a/x=x|a/pipe=pipe|");
    cr_assert_eq(list.files[1].bytes, 0);
}

Test(input_files, standard_input)
{
    make("d/stdin");
    adds("d");
    adds("-");
    neardup_error err;
    cr_assert_eq(ndup_files_finish(&list, NULL, NULL, &err), NEARDUP_E_ARG);
    cr_assert_str_eq(err.message,
                     "two inputs have the name 'stdin': 'd/stdin' and '-'; rename one, or read them in two runs");
    ndup_files_free(&list);
    make("d/x");
    adds("-");
    adds("d/x");
    lists("-=stdin|d/x=x|");
    cr_assert(list.has_stdin);
    cr_assert_eq(ndup_files_add(&list, "-", NULL, NULL, &err), NEARDUP_E_ARG);
    cr_assert_str_eq(err.message, "standard input ('-') is given twice");
}

static void write_list(const char *bytes, size_t len)
{
    FILE *file = fopen("list", "w");
    cr_assert_eq(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

/* Split at their NUL bytes, some of these have the path "/". */
Test(input_files, what_is_no_list)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *message;
    } lists[] = {
        {"\xff\xfe/\0a\0\n\0", 8, "list of files 'list': it is UTF-16LE, not text in UTF-8"},
        {"/\0a\0\n\0", 6, "list of files 'list': it is UTF-16 or UTF-32, not text in UTF-8"},
        {"\0/\0a\0\r\0\n", 8, "list of files 'list': it is UTF-16 or UTF-32, not text in UTF-8"},
        {"a\0/\0\1", 5, "list of files 'list': it is a binary file, not text in UTF-8"},
        {"PK\3\4\0/\0", 7, "list of files 'list': it is a zip archive, not text in UTF-8"},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        neardup_error err = {0};
        write_list(lists[i].bytes, lists[i].length);
        cr_assert_eq(ndup_files_add_list(&list, "list", note, notes, &err), NEARDUP_E_FORMAT, "%zu", i);
        cr_expect_str_eq(err.message, lists[i].message);
        cr_expect_eq(list.count, 0);
    }
    make("b.txt");
    write_list("\xef\xbb\xbf"
               "b.txt\n",
               9);
    cr_assert_eq(ndup_files_add_list(&list, "list", note, notes, NULL), NEARDUP_OK);
    cr_expect_eq(list.count, 1);
    cr_expect_str_eq(notes, "");
}

static void repeat(FILE *file, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        fputs(text, file);
}

/* Each could go on for ever. */
Test(input_files, what_has_no_end_is_no_list)
{
    neardup_error err = {0};
    cr_assert_eq(ndup_files_add_list(&list, "/dev/zero", note, notes, &err), NEARDUP_E_FORMAT);
    cr_expect_str_eq(err.message, "list of files '/dev/zero': it is not a list of paths: it has more than 4096 empty "
                                  "lines in a row");
    FILE *file = fopen("list", "w");
    fputs("a\n", file);
    repeat(file, "x", 4096);
    fclose(file);
    cr_assert_eq(ndup_files_add_list(&list, "list", note, notes, &err), NEARDUP_E_FORMAT);
    cr_expect_str_eq(err.message, "list of files 'list': it is not a list of paths: line 2 is longer than 4095 bytes");
    file = fopen("list", "w");
    repeat(file, "\n", 200000);
    fclose(file);
    cr_assert_eq(ndup_files_add_list(&list, "list", note, notes, &err), NEARDUP_E_FORMAT);
    /* At the limit it is one. */
    make("a");
    file = fopen("list", "w");
    repeat(file, "\n", 4000);
    repeat(file, "./", 2047);
    fputs("a\n", file);
    repeat(file, "\n", 4095);
    fclose(file);
    cr_assert_eq(ndup_files_add_list(&list, "list", note, notes, &err), NEARDUP_OK);
    cr_expect_eq(list.count, 1);
}

Test(input_files, lists_of_files)
{
    make("a");
    make("b\nc");
    make("d");
    make("e");
    write_list("a\n\nd\r\nmissing\ne", 15);
    cr_assert_eq(ndup_files_add_list(&list, "list", note, notes, NULL), NEARDUP_OK);
    lists("a=a|d=d|e=e|");
    cr_assert_eq(list.problems, 1);
    write_list("b\nc\0", 4);
    cr_assert_eq(ndup_files_add_list(&list, "list", note, notes, NULL), NEARDUP_OK);
    lists("a=a|d=d|e=e|b\nc=b\nc|");
    write_list("", 0);
    cr_assert_eq(ndup_files_add_list(&list, "list", note, notes, NULL), NEARDUP_OK);
    cr_assert_eq(list.count, 4);
    neardup_error err;
    cr_assert_eq(ndup_files_add_list(&list, "none", note, notes, &err), NEARDUP_E_IO);
    cr_assert_str_eq(err.message, "list of files 'none': cannot open: No such file or directory");
}

Test(input_files, a_list_from_standard_input)
{
    make("a");
    write_list("a\n", 2);
    cr_assert_not_null(freopen("list", "r", stdin));
    cr_assert_eq(ndup_files_add_list(&list, "-", note, notes, NULL), NEARDUP_OK);
    lists("a=a|");
    cr_assert_eq(add("-"), NEARDUP_E_ARG);
}

Test(input_files, many_files)
{
    char path[50];
    for (int i = 0; i < 300; i++) {
        snprintf(path, sizeof path, "m/%03d", i);
        make(path);
    }
    adds("m");
    finishes();
    cr_assert_eq(list.count, 300);
    for (int i = 0; i < 300; i++) {
        snprintf(path, sizeof path, "%03d", i);
        cr_assert_str_eq(list.files[i].name, path);
    }
}
