/* SPDX-License-Identifier: MIT
 * Structures of callers that are older or newer than the library. */
#include "base/abi.h"

#include <criterion/criterion.h>
#include <string.h>

struct shortest { /* the first release */
    size_t struct_size;
    uint64_t a;
};

struct ours { /* has got b */
    size_t struct_size;
    uint64_t a, b;
};

struct longer { /* a later one, with c */
    size_t struct_size;
    uint64_t a, b, c;
};

#define LEAST NDUP_SIZE_THROUGH(struct ours, a)

static neardup_status take(struct ours *own, const void *given, neardup_error *err)
{
    *own = (struct ours){sizeof *own, 1, 2}; /* defaults */
    return ndup_abi_take(own, sizeof *own, LEAST, given, "options", err);
}

Test(abi, older_newer_and_equal)
{
    struct ours own, equal = {sizeof equal, 7, 8};
    struct shortest old = {sizeof old, 9};
    struct longer newer = {sizeof newer, 10, 11, 0};
    neardup_error err;
    cr_assert_eq(take(&own, &equal, &err), NEARDUP_OK);
    cr_expect(own.a == 7 && own.b == 8 && own.struct_size == sizeof own);
    cr_assert_eq(take(&own, &old, &err), NEARDUP_OK);
    cr_expect(own.a == 9 && own.b == 2 && own.struct_size == sizeof own,
              "what the caller does not have is the default");
    cr_assert_eq(take(&own, &newer, &err), NEARDUP_OK);
    cr_expect(own.a == 10 && own.b == 11 && own.struct_size == sizeof own);
    newer.c = 1;
    cr_assert_eq(take(&own, &newer, &err), NEARDUP_E_ARG);
    cr_expect(strstr(err.message, "options has a field that version") != NULL, "%s", err.message);
}

Test(abi, sizes_that_are_none)
{
    struct ours own, given = {0, 7, 8};
    neardup_error err;
    for (size_t size = 0; size < LEAST; size++) {
        given.struct_size = size;
        cr_assert_eq(take(&own, &given, &err), NEARDUP_E_ARG);
    }
    cr_expect(strstr(err.message, "expected at least 16: set it to sizeof(options)") != NULL, "%s", err.message);
    /* A size that was never set: bytes after the structure are not read. */
    for (size_t size = (size_t)1 << 20; size != 0; size <<= 1) {
        given.struct_size = size;
        cr_assert_eq(take(&own, &given, &err), NEARDUP_E_ARG);
    }
    cr_expect(strstr(err.message, "which is too large: set it to sizeof(options)") != NULL, "%s", err.message);
}

Test(abi, names_and_numbers)
{
    static const char *const names[] = {"NEARDUP_OK",         "NEARDUP_E_NOMEM",  "NEARDUP_E_ARG",
                                        "NEARDUP_E_IO",       "NEARDUP_E_FORMAT", "NEARDUP_E_LIMIT",
                                        "NEARDUP_E_CANCELED", "NEARDUP_E_EXISTS"};
    static const neardup_status statuses[] = {NEARDUP_OK,       NEARDUP_E_NOMEM, NEARDUP_E_ARG,      NEARDUP_E_IO,
                                              NEARDUP_E_FORMAT, NEARDUP_E_LIMIT, NEARDUP_E_CANCELED, NEARDUP_E_EXISTS};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        cr_expect_str_eq(neardup_status_name(statuses[i]), names[i]);
    cr_expect_str_eq(neardup_status_name((neardup_status)99), "unknown status");
    cr_expect_eq(neardup_version_number(), NEARDUP_VERSION_NUMBER);
    cr_expect_str_eq(neardup_version(), NEARDUP_VERSION);
    neardup_free(NULL);
}
