/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/process.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- words ---- */

static void expect_words(const char *text, size_t count, const char *const words[])
{
    struct ndup_program program;
    cr_assert_eq(ndup_program_parse(&program, text, NULL), NEARDUP_OK, "%s", text);
    cr_assert_eq(program.count, count, "%s: %zu words", text, program.count);
    for (size_t i = 0; i < count; i++)
        cr_assert_str_eq(program.words[i], words[i]);
    ndup_program_free(&program);
}

Test(base_process, words)
{
    expect_words("cat", 1, (const char *const[]){"cat"});
    expect_words("  cat\t-n \n x ", 3, (const char *const[]){"cat", "-n", "x"});
    expect_words("sh -c 'a b' \"c 'd\" e\"f g\"h ''", 6, (const char *const[]){"sh", "-c", "a b", "c 'd", "ef gh", ""});
    expect_words("a\\b $x;|&", 2, (const char *const[]){"a\\b", "$x;|&"});
    static const char *const bad[] = {"", " \t", "'a", "a \"b", "''", "'' x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ndup_program program;
        neardup_error err;
        cr_assert_eq(ndup_program_parse(&program, bad[i], &err), NEARDUP_E_ARG, "%s", bad[i]);
        ndup_program_free(&program);
    }
}

/* ---- running ---- */

struct outcome {
    neardup_status status;
    char text[512], message[512];
    size_t length;
};

static struct outcome run(const char *command, const char *path, const atomic_bool *cancel)
{
    struct ndup_program program;
    struct ndup_process *process = NULL;
    struct outcome out = {.length = 0};
    neardup_error err = {.message = ""};
    size_t got = 0;
    cr_assert_eq(ndup_program_parse(&program, command, NULL), NEARDUP_OK);
    out.status =
        ndup_process_start(&process, &program, path, (struct ndup_process_files){.in = -1, .out = -1}, cancel, &err);
    while (out.status == NEARDUP_OK) {
        char buffer[7];
        out.status = ndup_process_read(process, buffer, sizeof buffer, &got, &err);
        if (got == 0)
            break;
        for (size_t i = 0; i < got && out.length + 1 < sizeof out.text; i++)
            out.text[out.length++] = buffer[i];
    }
    ndup_process_destroy(process);
    ndup_program_free(&program);
    memcpy(out.message, err.message, sizeof out.message);
    return out;
}

Test(base_process, output)
{
    struct outcome out = run("printf %s/%s {} -x", "a b", NULL);
    cr_assert_eq(out.status, NEARDUP_OK, "%s", out.message);
    cr_assert_str_eq(out.text, "a b/-x");
    out = run("echo", "-n", NULL);
    cr_assert_str_eq(out.text, "./-n\n");
    out = run("sh -c 'cat; echo end'", NULL, NULL);
    cr_assert_str_eq(out.text, "end\n", "there is no standard input");
    /* More messages than a pipe holds, before and after the output. */
    out = run("sh -c 'seq 100000 >&2; echo x; seq 100000 >&2'", NULL, NULL);
    cr_assert_eq(out.status, NEARDUP_OK, "%s", out.message);
    cr_assert_str_eq(out.text, "x\n");
    /* Output that is closed long before the end, and an own program that goes on. */
    out = run("sh -c 'echo x; exec >&-; sleep 0.05; exit 4'", NULL, NULL);
    cr_assert_str_eq(out.message, "'sh' failed with status 4");
    out = run("sh -c 'sleep 100 > /dev/null & echo x'", NULL, NULL);
    cr_assert_eq(out.status, NEARDUP_OK, "%s", out.message);
}

Test(base_process, failures)
{
    struct outcome out = run("./nosuch", NULL, NULL);
    cr_assert_eq(out.status, NEARDUP_E_IO);
    cr_assert_str_eq(out.message, "cannot run './nosuch': No such file or directory");
    out = run("sh -c 'echo part; echo >&2; echo first >&2; echo second >&2; exit 3'", NULL, NULL);
    cr_assert_eq(out.status, NEARDUP_E_IO);
    cr_assert_str_eq(out.text, "part\n");
    cr_assert_str_eq(out.message, "'sh' failed with status 3: first");
    out = run("sh -c 'kill -9 $$'", NULL, NULL);
    cr_assert_str_eq(out.message, "'sh' was killed by signal 9 (Killed)");
}

/* Signals are as for any program, whatever the caller has done to its own. */
Test(base_process, signals)
{
    sigset_t all, before;
    signal(SIGPIPE, SIG_IGN);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    struct outcome out = run("sh -c 'kill -PIPE $$; echo alive'", NULL, NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    cr_assert_eq(out.status, NEARDUP_E_IO, "%s", out.text);
}

Test(base_process, cancel)
{
    atomic_bool cancel = true;
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    struct outcome out = run("sh -c 'trap : TERM; sleep 1000; sleep 1000'", NULL, &cancel);
    clock_gettime(CLOCK_MONOTONIC, &end);
    cr_assert_eq(out.status, NEARDUP_E_CANCELED);
    cr_assert_lt(end.tv_sec - begin.tv_sec, 900, "the program was ended, and what it had started");
}

Test(base_process, kill_all)
{
    struct ndup_program program;
    struct ndup_process *process = NULL;
    neardup_error err = {.message = ""};
    char buffer[16];
    size_t got;
    cr_assert_eq(ndup_program_parse(&program, "sh -c 'echo x; exec sleep 1000'", NULL), NEARDUP_OK);
    cr_assert_eq(
        ndup_process_start(&process, &program, NULL, (struct ndup_process_files){.in = -1, .out = -1}, NULL, &err),
        NEARDUP_OK);
    cr_assert_eq(ndup_process_read(process, buffer, sizeof buffer, &got, &err), NEARDUP_OK);
    ndup_process_kill_all();
    cr_assert_eq(ndup_process_read(process, buffer, sizeof buffer, &got, &err), NEARDUP_E_IO);
    cr_assert_str_eq(err.message, "'sh' was killed by signal 15 (Terminated)");
    ndup_process_destroy(process);
    ndup_program_free(&program);
}

/* ---- asking ---- */

Test(base_process, asks)
{
    struct ndup_program program;
    struct ndup_process *process = NULL;
    neardup_error err = {.message = ""};
    char answer[64];
    size_t got = 0;
    cr_assert_eq(ndup_program_parse(&program, "cat", NULL), NEARDUP_OK);
    cr_assert_eq(
        ndup_process_start(&process, &program, NULL, (struct ndup_process_files){.out = -1, .asks = true}, NULL, &err),
        NEARDUP_OK);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(ndup_process_write(process, "question", 8, &err), NEARDUP_OK);
        for (size_t had = 0; had < 8; had += got)
            cr_assert_eq(ndup_process_read(process, answer + had, 8 - had, &got, &err), NEARDUP_OK);
        cr_assert_eq(memcmp(answer, "question", 8), 0);
    }
    cr_assert_eq(ndup_process_exit_status(process), -1);
    ndup_process_destroy(process);
    ndup_program_free(&program);
}

/* Nobody is ended by SIGPIPE. */
Test(base_process, asks_one_that_has_ended)
{
    struct ndup_program program;
    struct ndup_process *process = NULL;
    neardup_error err = {.message = ""};
    char byte;
    size_t got;
    cr_assert_eq(ndup_program_parse(&program, "sh -c 'exit 7'", NULL), NEARDUP_OK);
    cr_assert_eq(
        ndup_process_start(&process, &program, NULL, (struct ndup_process_files){.out = -1, .asks = true}, NULL, &err),
        NEARDUP_OK);
    cr_assert_eq(ndup_process_read(process, &byte, 1, &got, &err), NEARDUP_E_IO);
    cr_assert_eq(ndup_process_exit_status(process), 7);
    cr_assert_eq(ndup_process_write(process, "question", 8, &err), NEARDUP_E_IO);
    cr_assert_eq(strncmp(err.message, "cannot ask 'sh'", 15), 0, "%s", err.message);
    atomic_bool cancel = true;
    ndup_process_destroy(process);
    cr_assert_eq(ndup_process_start(&process, &program, NULL, (struct ndup_process_files){.out = -1, .asks = true},
                                    &cancel, &err),
                 NEARDUP_OK);
    cr_assert_eq(ndup_process_write(process, "question", 8, &err), NEARDUP_E_CANCELED);
    ndup_process_destroy(process);
    ndup_program_free(&program);
}
