/* SPDX-License-Identifier: MIT
 * Programs of bench/ may simply end when something fails. */
#ifndef GEN_FAIL_H
#define GEN_FAIL_H

_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The pointer, unless it is NULL: then the program ends. */
void *must(void *pointer) __attribute__((returns_nonnull));

#endif
