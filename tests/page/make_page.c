/* SPDX-License-Identifier: MIT
 * Writes the page around data from standard input: make_page report|compare|check|review TITLE < data.json > page.html */
#include "base/platform.h"

#include "base/buf.h"
#include "report/page.h"

#include <string.h>

static bool copy_data(void)
{
    struct ndup_buf data = NDUP_BUF_INIT;
    char block[1 << 16];
    size_t n;
    while ((n = fread(block, 1, sizeof block, stdin)) > 0)
        ndup_buf_append(&data, block, n);
    bool good = !ferror(stdin) && !data.failed && ndup_page_data(stdout, data.data, data.len);
    ndup_buf_free(&data);
    return good;
}

int main(int argc, char **argv)
{
    static const char *const kinds[] = {"report", "compare", "check", "review"};
    for (int kind = 0; argc == 3 && kind < 4; kind++) {
        if (strcmp(argv[1], kinds[kind]) != 0)
            continue;
        bool good = ndup_page_begin(stdout, (enum ndup_page_kind)kind, argv[2]) && copy_data() &&
                    ndup_page_end(stdout) && fflush(stdout) == 0;
        if (!good)
            perror("make_page");
        return good ? 0 : 1;
    }
    fputs("usage: make_page report|compare|check|review TITLE < data.json > page.html\n", stderr);
    return 2;
}
