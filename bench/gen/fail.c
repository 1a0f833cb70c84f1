/* SPDX-License-Identifier: MIT */
#include "gen/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("gen_corpus: error: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(2);
}

void *must(void *pointer)
{
    if (pointer == NULL)
        die("out of memory");
    return pointer;
}
