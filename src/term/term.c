/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "term/term.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0';
}

void ndup_term_set_locale(void)
{
    bool named = is_set("LC_ALL") || is_set("LC_CTYPE") || is_set("LANG");
    if (setlocale(LC_CTYPE, named ? "" : "C.UTF-8") == NULL)
        setlocale(LC_CTYPE, "C");
}

bool ndup_term_is_tty(FILE *stream)
{
    return isatty(fileno(stream)) == 1;
}

bool ndup_term_colour(FILE *stream, enum ndup_term_when when)
{
    if (when != NDUP_TERM_AUTO)
        return when == NDUP_TERM_ALWAYS;
    const char *term = getenv("TERM");
    return !is_set("NO_COLOR") && term != NULL && strcmp(term, "dumb") != 0 && ndup_term_is_tty(stream);
}

size_t ndup_term_width(FILE *stream, size_t otherwise)
{
    struct winsize size;
    size_t width = otherwise;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        width = size.ws_col;
    } else {
        const char *text = getenv("COLUMNS");
        unsigned long columns = text != NULL ? strtoul(text, NULL, 10) : 0;
        if (columns > 0 && columns < 10000)
            width = columns;
    }
    return width < 20 ? 20 : width;
}

bool ndup_term_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

const char *ndup_term_begin(bool colour, enum ndup_term_style style)
{
    static const char *const sequences[] = {
        [NDUP_TERM_PLAIN] = "",         [NDUP_TERM_BOLD] = "\033[1m",      [NDUP_TERM_DIM] = "\033[2m",
        [NDUP_TERM_RED] = "\033[1;31m", [NDUP_TERM_YELLOW] = "\033[1;33m", [NDUP_TERM_GREEN] = "\033[32m",
        [NDUP_TERM_CYAN] = "\033[36m",
    };
    return colour ? sequences[style] : "";
}

const char *ndup_term_end(bool colour, enum ndup_term_style style)
{
    return colour && style != NDUP_TERM_PLAIN ? "\033[0m" : "";
}
