/* SPDX-License-Identifier: MIT
 * Runs the tests of a program one after the other and sums up in Criterion's words; see criterion/criterion.h. */
#include "criterion/criterion.h"

#include <stdatomic.h>

static struct criterion_test *first, **last = &first;
static jmp_buf out;
static atomic_bool failed;
static bool skipped;

void criterion_register(struct criterion_test *test)
{
    *last = test;
    last = &test->next;
}

void criterion_check(bool good, bool fatal, const char *file, int line, const char *what)
{
    if (good)
        return;
    failed = true;
    fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
    if (fatal)
        longjmp(out, 1); /* tests check in their main thread only */
}

_Noreturn void criterion_skip(const char *why)
{
    (void)why;
    skipped = true;
    longjmp(out, 1);
}

static const struct criterion_test *suite_of(const struct criterion_test *test)
{
    static const struct criterion_test none;
    for (const struct criterion_test *t = first; t != NULL; t = t->next)
        if (t->is_suite && strcmp(t->suite, test->suite) == 0)
            return t;
    return &none;
}

static void run(const struct criterion_test *test)
{
    const struct criterion_test *suite = suite_of(test);
    void (*init)(void) = test->init != NULL ? test->init : suite->init;
    void (*fini)(void) = test->fini != NULL ? test->fini : suite->fini;
    if (setjmp(out) == 0) {
        if (init != NULL)
            init();
        test->run();
    }
    if (fini != NULL && setjmp(out) == 0)
        fini();
}

int main(void)
{
    unsigned good = 0, bad = 0;
    for (const struct criterion_test *t = first; t != NULL; t = t->next) {
        const struct criterion_test *suite = suite_of(t);
        if (t->is_suite || t->disabled || suite->disabled || t->signal != 0 || t->exit_code != 0)
            continue;
        failed = skipped = false;
        run(t);
        if (failed) {
            bad++;
            fprintf(stderr, "[FAIL] %s::%s\n", t->suite, t->name);
        } else if (!skipped) {
            good++;
        }
    }
    printf("[====] Synthesis: Tested: %u | Passing: %u | Failing: %u | Crashing: 0\n", good + bad, good, bad);
    return bad > 0;
}
