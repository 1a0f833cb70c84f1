/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/buf.h"
#include "cli/msg.h"
#include "term/safe.h"
#include "term/term.h"

#include <stdarg.h>
#include <string.h>

static const struct {
    const char *word;
    enum ndup_term_style style;
    int needs; /* the verbosity below which it is not said */
} kinds[] = {
    [NEARDUP_NOTE] = {"note", NDUP_TERM_CYAN, 0},
    [NEARDUP_WARNING] = {"warning", NDUP_TERM_YELLOW, 0},
    [NEARDUP_ERROR] = {"error", NDUP_TERM_RED, -1},
};

/* One write for the whole line, so that lines of two programs do not mix. */
static void say(const struct ndup_msg *msg, const char *place, uint64_t line, const char *word,
                enum ndup_term_style style, const char *text)
{
    struct ndup_buf out = NDUP_BUF_INIT;
    if (place != NULL) {
        ndup_safe_append_path(&out, place);
        if (line > 0)
            ndup_buf_printf(&out, ":%llu", (unsigned long long)line);
        ndup_buf_append_str(&out, ": ");
    }
    ndup_buf_printf(&out, "%s%s:%s ", ndup_term_begin(msg->colour, style), word, ndup_term_end(msg->colour, style));
    ndup_safe_append(&out, text, strlen(text));
    ndup_buf_append_str(&out, "\n");
    if (msg->progress != NULL)
        ndup_progress_clear(msg->progress);
    if (out.failed)
        fprintf(msg->stream, "neardup: %s: %s\n", word, text);
    else
        fwrite(out.data, 1, out.len, msg->stream);
    fflush(msg->stream);
    ndup_buf_free(&out);
}

void ndup_msg_at(const struct ndup_msg *msg, neardup_severity severity, const char *file, uint64_t line,
                 const char *text)
{
    if (msg->verbosity >= kinds[severity].needs)
        say(msg, file != NULL ? file : "neardup", file != NULL ? line : 0, kinds[severity].word, kinds[severity].style,
            text);
}

static void say_list(const struct ndup_msg *msg, neardup_severity severity, const char *format, va_list args)
{
    char text[1024];
    vsnprintf(text, sizeof text, format, args);
    ndup_msg_at(msg, severity, msg->place, 0, text);
}

void ndup_msg_error(const struct ndup_msg *msg, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say_list(msg, NEARDUP_ERROR, format, args);
    va_end(args);
}

void ndup_msg_warning(const struct ndup_msg *msg, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say_list(msg, NEARDUP_WARNING, format, args);
    va_end(args);
}

void ndup_msg_note(const struct ndup_msg *msg, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say_list(msg, NEARDUP_NOTE, format, args);
    va_end(args);
}

void ndup_msg_hint(const struct ndup_msg *msg, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    say(msg, NULL, 0, "hint", NDUP_TERM_CYAN, text);
}
