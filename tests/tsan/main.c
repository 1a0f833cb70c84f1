/* SPDX-License-Identifier: MIT
 * Runs each test of a program in a child of its own and sums up in Criterion's words; see criterion/criterion.h. */
#define _GNU_SOURCE
#include "criterion/criterion.h"

#include <sys/wait.h>
#include <unistd.h>

enum { GOOD = 0, BAD = 101, SKIPPED = 102 }; /* how a child ends; 66 is ThreadSanitizer's word */

static struct criterion_test *first, **last = &first;
static volatile sig_atomic_t failed;

void criterion_register(struct criterion_test *test)
{
    *last = test;
    last = &test->next;
}

void criterion_check(bool good, bool fatal, const char *file, int line, const char *what)
{
    if (good)
        return;
    failed = 1;
    fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
    if (fatal)
        exit(BAD);
}

_Noreturn void criterion_skip(const char *why)
{
    (void)why;
    exit(SKIPPED);
}

static const struct criterion_test *suite_of(const struct criterion_test *test)
{
    static const struct criterion_test none;
    for (const struct criterion_test *t = first; t != NULL; t = t->next)
        if (t->is_suite && strcmp(t->suite, test->suite) == 0)
            return t;
    return &none;
}

static _Noreturn void child(const struct criterion_test *test)
{
    const struct criterion_test *suite = suite_of(test);
    void (*init)(void) = test->init != NULL ? test->init : suite->init;
    void (*fini)(void) = test->fini != NULL ? test->fini : suite->fini;
    if (init != NULL)
        init();
    test->run();
    if (fini != NULL)
        fini();
    exit(failed ? BAD : GOOD);
}

/* GOOD, BAD or SKIPPED. */
static int run(const struct criterion_test *test)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        child(test);
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return BAD;
    if (test->signal != 0)
        return WIFSIGNALED(status) && WTERMSIG(status) == test->signal ? GOOD : BAD;
    if (!WIFEXITED(status))
        return BAD;
    int code = WEXITSTATUS(status);
    return code == test->exit_code ? GOOD : code == SKIPPED ? SKIPPED : BAD;
}

int main(void)
{
    unsigned good = 0, bad = 0;
    for (const struct criterion_test *t = first; t != NULL; t = t->next) {
        if (t->is_suite || t->disabled || suite_of(t)->disabled)
            continue;
        int result = run(t);
        good += result == GOOD;
        bad += result == BAD;
        if (result == BAD)
            fprintf(stderr, "[FAIL] %s::%s\n", t->suite, t->name);
    }
    printf("[====] Synthesis: Tested: %u | Passing: %u | Failing: %u | Crashing: 0\n", good + bad, good, bad);
    return bad > 0;
}
