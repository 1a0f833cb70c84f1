/* SPDX-License-Identifier: MIT
 * Replaces Criterion's header in MODE=tsan: Criterion maps memory that it shares with its tests at an address
 * which ThreadSanitizer does not allow. Here a test is a forked child, no more. Only what our tests use. */
#ifndef NDUP_TSAN_CRITERION_H
#define NDUP_TSAN_CRITERION_H

#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct criterion_test {
    const char *suite, *name;
    void (*run)(void);
    void (*init)(void);
    void (*fini)(void);
    double timeout;
    int signal, exit_code;
    bool disabled, is_suite;
    const char *description;
    struct criterion_test *next;
};

void criterion_register(struct criterion_test *test);
void criterion_check(bool good, bool fatal, const char *file, int line, const char *what);
_Noreturn void criterion_skip(const char *why);

#define CRITERION_ENTRY_(suite_, name_, run_, is_suite_, ...)                                                          \
    __attribute__((constructor)) static void criterion_add_##suite_##_##name_(void)                                    \
    {                                                                                                                  \
        static struct criterion_test test = {__VA_ARGS__};                                                             \
        test.suite = #suite_;                                                                                          \
        test.name = #name_;                                                                                            \
        test.run = run_;                                                                                               \
        test.is_suite = is_suite_;                                                                                     \
        criterion_register(&test);                                                                                     \
    }

#define Test(suite_, name_, ...)                                                                                       \
    static void criterion_run_##suite_##_##name_(void);                                                                \
    CRITERION_ENTRY_(suite_, name_, criterion_run_##suite_##_##name_, false, __VA_ARGS__)                              \
    static void criterion_run_##suite_##_##name_(void)

#define TestSuite(suite_, ...) CRITERION_ENTRY_(suite_, suite, NULL, true, __VA_ARGS__)

/* Messages of assertions are left out: the place says enough. */
#define CR_CHECK_(good, fatal, ...)       criterion_check((good), fatal, __FILE__, __LINE__, #__VA_ARGS__)
#define cr_assert(c, ...)                 CR_CHECK_(c, true, c)
#define cr_expect(c, ...)                 CR_CHECK_(c, false, c)
#define cr_assert_not(c, ...)             CR_CHECK_(!(c), true, not c)
#define cr_expect_not(c, ...)             CR_CHECK_(!(c), false, not c)
#define cr_assert_fail(...)               CR_CHECK_(false, true, fail)
#define cr_assert_eq(a, b, ...)           CR_CHECK_((a) == (b), true, a == b)
#define cr_expect_eq(a, b, ...)           CR_CHECK_((a) == (b), false, a == b)
#define cr_assert_neq(a, b, ...)          CR_CHECK_((a) != (b), true, a != b)
#define cr_expect_neq(a, b, ...)          CR_CHECK_((a) != (b), false, a != b)
#define cr_assert_lt(a, b, ...)           CR_CHECK_((a) < (b), true, a < b)
#define cr_expect_lt(a, b, ...)           CR_CHECK_((a) < (b), false, a < b)
#define cr_assert_leq(a, b, ...)          CR_CHECK_((a) <= (b), true, a <= b)
#define cr_expect_leq(a, b, ...)          CR_CHECK_((a) <= (b), false, a <= b)
#define cr_assert_gt(a, b, ...)           CR_CHECK_((a) > (b), true, a > b)
#define cr_expect_gt(a, b, ...)           CR_CHECK_((a) > (b), false, a > b)
#define cr_assert_geq(a, b, ...)          CR_CHECK_((a) >= (b), true, a >= b)
#define cr_expect_geq(a, b, ...)          CR_CHECK_((a) >= (b), false, a >= b)
#define cr_assert_null(p, ...)            CR_CHECK_((p) == NULL, true, p is NULL)
#define cr_expect_null(p, ...)            CR_CHECK_((p) == NULL, false, p is NULL)
#define cr_assert_not_null(p, ...)        CR_CHECK_((p) != NULL, true, p is not NULL)
#define cr_expect_not_null(p, ...)        CR_CHECK_((p) != NULL, false, p is not NULL)
#define cr_assert_str_eq(a, b, ...)       CR_CHECK_(strcmp(a, b) == 0, true, a equals b)
#define cr_expect_str_eq(a, b, ...)       CR_CHECK_(strcmp(a, b) == 0, false, a equals b)
#define cr_assert_str_neq(a, b, ...)      CR_CHECK_(strcmp(a, b) != 0, true, a differs from b)
#define cr_expect_str_neq(a, b, ...)      CR_CHECK_(strcmp(a, b) != 0, false, a differs from b)
#define cr_assert_str_empty(s, ...)       CR_CHECK_(*(s) == '\0', true, s is empty)
#define cr_assert_arr_eq(a, b, n, ...)    CR_CHECK_(memcmp(a, b, n) == 0, true, a equals b)
#define cr_expect_arr_eq(a, b, n, ...)    CR_CHECK_(memcmp(a, b, n) == 0, false, a equals b)
#define cr_assert_arr_neq(a, b, n, ...)   CR_CHECK_(memcmp(a, b, n) != 0, true, a differs from b)
#define cr_assert_float_eq(a, b, e, ...)  CR_CHECK_(fabs((a) - (b)) <= (e), true, a is about b)
#define cr_expect_float_eq(a, b, e, ...)  CR_CHECK_(fabs((a) - (b)) <= (e), false, a is about b)
#define cr_assert_float_neq(a, b, e, ...) CR_CHECK_(fabs((a) - (b)) > (e), true, a is not about b)
#define cr_skip_test(...)                 criterion_skip("" #__VA_ARGS__)
#define cr_skip(...)                      criterion_skip("" #__VA_ARGS__)
#define cr_log_info(...)                  ((void)0)
#define cr_log_warn(...)                  ((void)0)

#endif
