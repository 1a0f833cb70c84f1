/* SPDX-License-Identifier: MIT
 * compare: how similar two texts are, and what they share; as text, JSON or a page. A text is a file, or a record of a corpus that is
 * named by its place, FILE:LINE, and read as a run reads it. */
#include "base/platform.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/globs.h"
#include "base/mem.h"
#include "base/process.h"
#include "cli/difftext.h"
#include "cli/outfile.h"
#include "cli/runjob.h"
#include "codec/codec.h"
#include "input/archive.h"
#include "input/formats.h"
#include "input/html.h"
#include "input/web_payload.h"
#include "report/page.h"
#include "report/side_by_side.h"
#include "report/write.h"
#include "run/json_write.h"
#include "run/names.h"
#include "term/emit.h"
#include "term/number.h"
#include "term/safe.h"
#include "term/term.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli/command.h"
#include "neardup.h"

struct compared_text {
    const char *name; /* as the user gave it */
    char *file;       /* of a record, malloc-ed; NULL: the text is the file `name` */
    uint64_t line;    /* of the record; 0: the whole file, which --encoding decodes */
    char *id;         /* of the record, raw JSON, malloc-ed; NULL: none */
    size_t id_length;
    char *text;
    size_t length;
};

/* Bytes of one text that are not in a shared passage. */
struct gap {
    size_t begin, end;
};

struct compared {
    struct compared_text side[2];
    double threshold;
    neardup_comparison result;
    neardup_passage *passages;
    size_t passage_count;
    struct gap *gaps[2];
    size_t gap_count[2];
};

#define READ_BYTES ((size_t)1 << 16)

#define SHOWN_PIECES 5 /* of each kind, unless -v */
#define INDENT       4

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* Stops at the first bytes if they are not text: a disk or /dev/zero would fill the memory. */
static bool read_all(FILE *in, const char *name, struct compared_text *side)
{
    size_t capacity = 0;
    do {
        if (!ndup_grow(&side->text, &capacity, side->length + READ_BYTES, sizeof(char))) {
            errno = ENOMEM;
            return false;
        }
        errno = 0;
        side->length += fread(side->text + side->length, 1, capacity - side->length, in);
    } while (!feof(in) && !ferror(in) &&
             (side->length > READ_BYTES || neardup_binary_kind(side->text, side->length, name, NULL, 0) == NULL));
    return !ferror(in);
}

/* What --pre prints about the file. */
static neardup_status read_output(const struct ndup_program *command, const char *name, struct compared_text *side,
                                  neardup_error *err)
{
    struct ndup_process *process;
    size_t capacity = 0, got = 0;
    NDUP_TRY(ndup_process_start(&process, command, name, (struct ndup_process_files){.in = -1, .out = -1}, NULL, err));
    neardup_status status = NEARDUP_OK;
    do {
        side->length += got;
        if (!ndup_grow(&side->text, &capacity, side->length + READ_BYTES, sizeof(char)))
            status = ndup_fail_nomem(err);
        else
            status = ndup_process_read(process, side->text + side->length, READ_BYTES, &got, err);
    } while (status == NEARDUP_OK && got > 0);
    ndup_process_destroy(process);
    return status;
}

/* Whether --pre makes the text of the file; then *good says whether it did. */
static bool is_made(struct ndup_cli *cli, const char *name, struct compared_text *side, bool *good)
{
    const struct ndup_settings *s = &cli->settings;
    struct ndup_patterns globs = {0};
    struct ndup_program command = {0};
    neardup_error err = {.message = ""};
    if (s->job.pre == NULL || strcmp(name, "-") == 0)
        return false;
    neardup_status status = ndup_patterns_add_globs(&globs, "pre_globs", s->pre_globs.items, s->pre_globs.count, &err);
    bool made = status != NEARDUP_OK || ndup_patterns_want(&globs, name);
    if (status == NEARDUP_OK && made)
        status = ndup_program_parse(&command, s->job.pre, &err);
    if (status == NEARDUP_OK && made)
        status = read_output(&command, name, side, &err);
    ndup_program_free(&command);
    ndup_patterns_free(&globs);
    *good = status == NEARDUP_OK;
    if (!*good)
        ndup_msg_error(&cli->msg, "cannot compare '%s': %s", name, err.message);
    return made;
}

/* As for a run: by the name, or of unknown names by the first bytes. */
static bool is_page(const struct ndup_settings *s, const char *name, const struct compared_text *side)
{
    const struct ndup_format *format = ndup_format_of_name(name);
    if (s->job.html == NEARDUP_HTML_RAW)
        return false;
    return format != NULL ? format->code == NEARDUP_INPUT_HTML : ndup_html_sniff(side->text, side->length);
}

/* Replaces a web page by what a reader sees of it, as a run does. */
static bool take_page(struct ndup_cli *cli, const char *name, struct compared_text *side)
{
    struct ndup_web *web = NULL;
    const char *text = NULL, *problem = NULL;
    char *copy = NULL;
    size_t length = 0;
    neardup_error err = {.message = ""};
    char *page = realloc(side->text, side->length + NDUP_PADDING);
    neardup_status status = page != NULL ? ndup_web_create(&web, &err) : ndup_fail_nomem(&err);
    if (page != NULL)
        side->text = page;
    if (status == NEARDUP_OK) {
        memset(page + side->length, 0, NDUP_PADDING);
        const struct ndup_web_payload payload = {.body = page, .length = side->length};
        status = ndup_web_text(web, &payload, NDUP_WEB_HTML, &text, &length, &problem, &err);
    }
    if (status == NEARDUP_OK && problem == NULL && (copy = malloc(length + 1)) == NULL)
        (void)ndup_fail_nomem(&err);
    if (copy != NULL) {
        memcpy(copy, text, length);
        free(side->text);
        side->text = copy;
        side->length = length;
    } else {
        ndup_msg_error(&cli->msg, "cannot compare '%s': %s", name, problem != NULL ? problem : err.message);
    }
    ndup_web_destroy(web);
    return copy != NULL;
}

/* Whether the path leads to a member of an archive; then *good says whether it could be read. */
static bool is_member(struct ndup_cli *cli, const char *name, struct compared_text *side, bool *good)
{
    struct ndup_buf bytes = NDUP_BUF_INIT;
    neardup_error err = {.message = ""};
    bool is = false;
    neardup_status status = ndup_archive_extract(name, cli->settings.job.max_expansion, &bytes, &is, &err);
    *good = status == NEARDUP_OK;
    if (*good && is) {
        side->text = bytes.data;
        side->length = bytes.len;
    } else {
        ndup_buf_free(&bytes);
    }
    if (!*good)
        ndup_msg_error(&cli->msg, "cannot read '%s': %s", name, err.message);
    return is || !*good;
}

static bool read_file(struct ndup_cli *cli, const char *name, struct compared_text *side)
{
    bool standard = strcmp(name, "-") == 0;
    FILE *in = standard ? stdin : fopen(name, "rb");
    bool good;
    if (in == NULL) {
        int reason = errno;
        if (reason == ENOTDIR && is_member(cli, name, side, &good))
            return good;
        ndup_msg_error(&cli->msg, "cannot open '%s': %s", name, strerror(reason));
        return false;
    }
    good = read_all(in, name, side);
    if (!good)
        ndup_msg_error(&cli->msg, "cannot read '%s': %s", name, strerror(errno));
    if (!standard)
        fclose(in);
    return good;
}

/* Whether the bytes are text. made: --pre made them. page: they are a web page, whose encoding take_page finds. */
static bool check_text(struct ndup_cli *cli, const char *name, const struct compared_text *side, bool made, bool page)
{
    char advice[400];
    const char *kind =
        page ? NULL : neardup_binary_kind(side->text, side->length, made ? NULL : name, advice, sizeof advice);
    const struct ndup_codec *codec = ndup_codec_of_content((const uint8_t *)side->text, side->length);
    if (codec == NULL && kind != NULL && !made)
        codec = ndup_codec_of_name(name, NULL);
    if (codec == NULL && kind == NULL)
        return true;
    if (made)
        ndup_msg_error(&cli->msg, "cannot compare '%s': the output of --pre is %s, not text", name,
                       codec != NULL ? "compressed" : kind);
    else if (codec != NULL)
        ndup_msg_error(&cli->msg, "cannot compare '%s': it is compressed with %s", name, codec->name);
    else
        ndup_msg_error(&cli->msg, "cannot compare '%s': %s", name, advice);
    if (codec != NULL && !made)
        ndup_msg_hint(&cli->msg, "use a pipe: %s -dc FILE | neardup compare - OTHER", codec->tool);
    return false;
}

static uint64_t line_of(const struct compared_text *side, size_t offset)
{
    uint64_t line = 1;
    const char *at = side->text;
    const char *end = side->text + (offset < side->length ? offset : side->length);
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at++;
        line++;
    }
    return line;
}

/* ---- reading a record -------------------------------------------------------------------------------------------- */

/* The length of the longest beginning of the path that exists; where the rest is the name of a member of an archive, it ends before a
 * slash. 0: none. */
static size_t existing_part(char *path)
{
    size_t length = strlen(path);
    while (length > 0 && access(path, F_OK) != 0) {
        char *slash = errno == ENOTDIR ? strrchr(path, '/') : NULL;
        length = slash != NULL ? (size_t)(slash - path) : 0;
        if (slash != NULL)
            *slash = '\0';
    }
    return length;
}

/* Takes FILE:LINE apart, if it is not itself a file and FILE is one. False: no memory. */
static bool split_place(const char *name, struct compared_text *side)
{
    const char *colon = strrchr(name, ':');
    uint64_t line = 0;
    if (access(name, F_OK) == 0 || colon == NULL || colon == name || colon[1] == '\0')
        return true;
    for (const char *at = colon + 1; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || line > UINT64_MAX / 10 - 1)
            return true;
        line = line * 10 + (uint64_t)(*at - '0');
    }
    char *file = strndup(name, (size_t)(colon - name));
    char *probe = file != NULL ? strdup(file) : NULL;
    bool good = probe != NULL;
    if (good && existing_part(probe) > 0) {
        side->file = file;
        side->line = line > 0 ? line : UINT64_MAX; /* no record is at line 0 */
    } else {
        free(file);
    }
    free(probe);
    return good;
}

struct record_reader {
    struct ndup_cli *cli;
    struct compared_text *side;
    char problem[256]; /* of the record or the file */
    bool found, failed;
};

static bool take_record(void *context, size_t index, const char *id, size_t id_length, const char *text, size_t length)
{
    struct record_reader *r = context;
    (void)index;
    r->found = true;
    r->side->text = ndup_alloc(length + 1, 1);
    if (id != NULL)
        r->side->id = ndup_alloc(id_length + 1, 1);
    r->failed = r->side->text == NULL || (id != NULL && r->side->id == NULL);
    if (r->failed)
        return false;
    memcpy(r->side->text, text, length);
    r->side->length = length;
    if (id != NULL) {
        memcpy(r->side->id, id, id_length);
        r->side->id_length = id_length;
    }
    return false; /* nothing more is wanted */
}

/* Why the record, or its file, cannot be read. Other records may be as they are. */
static bool on_record_message(void *context, neardup_severity severity, const char *file, uint64_t line,
                              const char *message)
{
    struct record_reader *r = context;
    bool about = severity == NEARDUP_ERROR || (severity == NEARDUP_WARNING && file != NULL && line == r->side->line);
    if (about && r->problem[0] == '\0')
        snprintf(r->problem, sizeof r->problem, "%.*s", (int)strcspn(message, "\n"), message);
    return true;
}

static bool on_record_progress(void *context, const neardup_progress *progress)
{
    struct record_reader *r = context;
    ndup_progress_update(&r->cli->progress, progress);
    return true;
}

/* A file that is named alone has its own name in reports, or, where that would be the name of a report, that of its folder before it.
 * exists: the part of the path that is a file; the rest is the name of a member of an archive. */
static neardup_status read_place(struct record_reader *r, neardup_job *job, const char *exists, neardup_error *err)
{
    const struct compared_text *side = r->side;
    const char *end = side->file + strlen(exists), *base = end, *folder;
    while (base > side->file && base[-1] != '/')
        base--;
    folder = base > side->file ? base - 1 : base;
    while (folder > side->file && folder[-1] != '/')
        folder--;
    uint64_t line = side->line > 0 ? side->line : 1;
    const neardup_place places[] = {{base, line}, {folder, line}};
    const neardup_read_options reading = {
        .struct_size = sizeof reading, .places = places, .count = 2, .context = r, .text = take_record};
    const neardup_callbacks callbacks = {.struct_size = sizeof callbacks,
                                         .context = r,
                                         .message = on_record_message,
                                         .progress = r->cli->progress.enabled ? on_record_progress : NULL};
    NDUP_TRY(neardup_job_add_input(job, exists, err));
    ndup_signals_watch(job, &r->cli->msg);
    neardup_status status = neardup_job_run_read(job, &reading, &callbacks, err);
    r->cli->raise_signal = ndup_signals_unwatch();
    ndup_progress_clear(&r->cli->progress);
    return r->found && !r->failed ? NEARDUP_OK : status;
}

/* A file that is not text was skipped: says what it is. */
static void find_kind(struct record_reader *r)
{
    char head[4096], advice[400];
    FILE *in = fopen(r->side->file, "rb");
    size_t length = in != NULL ? fread(head, 1, sizeof head, in) : 0;
    if (in != NULL)
        fclose(in);
    if (ndup_codec_of_content((const uint8_t *)head, length) == NULL &&
        neardup_binary_kind(head, length, r->side->file, advice, sizeof advice) != NULL)
        snprintf(r->problem, sizeof r->problem, "%.*s", (int)sizeof r->problem - 1, advice);
}

/* A plain text file is a record from its first line to its last. */
static bool is_beyond_end(const struct compared_text *side, const neardup_job_options *options)
{
    if (side->line == 0 || options->pre != NULL || !ndup_file_is_document(options->format, side->file) ||
        !ndup_paragraphs_have_lines(options, side->file))
        return false;
    size_t end = side->length;
    while (end > 0 && side->text[end - 1] == '\n')
        end--;
    return side->line > line_of(side, end);
}

static bool read_record(struct ndup_cli *cli, struct compared_text *side)
{
    struct record_reader r = {.cli = cli, .side = side};
    neardup_job_options options;
    neardup_job *job = NULL;
    neardup_error err = {.message = ""};
    struct stat st;
    if (stat(side->file, &st) == 0 && S_ISDIR(st.st_mode)) {
        ndup_msg_error(&cli->msg, "cannot compare '%s': '%s' is a folder", side->name, side->file);
        return false;
    }
    char *exists = strdup(side->file);
    ndup_runjob_options(&options, &cli->settings);
    options.units = NEARDUP_UNIT_DOCUMENT;
    options.max_unreadable = 1; /* of other records */
    if (side->line == 0)
        options.format = NEARDUP_INPUT_FILE;
    neardup_status status = exists == NULL || existing_part(exists) == 0 ? ndup_fail_nomem(&err) : NEARDUP_OK;
    if (status == NEARDUP_OK)
        status = neardup_job_create(&job, &options, &err);
    if (status == NEARDUP_OK)
        status = read_place(&r, job, exists, &err);
    neardup_job_destroy(job);
    free(exists);
    if (r.found && !r.failed && is_beyond_end(side, &options)) {
        r.found = false;
        status = NEARDUP_OK;
    }
    if (r.found && !r.failed)
        return true;
    if (cli->raise_signal != 0)
        return false;
    if (!r.failed && status == NEARDUP_OK && r.problem[0] == '\0')
        find_kind(&r);
    if (r.failed)
        ndup_msg_error(&cli->msg, "out of memory");
    else if (r.problem[0] != '\0' || status != NEARDUP_OK)
        ndup_msg_error(&cli->msg, "cannot compare '%s': %s", side->name,
                       r.problem[0] != '\0' ? r.problem : err.message);
    else
        ndup_msg_error(&cli->msg, "cannot compare '%s': no record of '%s' begins at this line", side->name, side->file);
    if (strstr(r.problem, "text field") != NULL)
        ndup_msg_hint(&cli->msg, "--text-field NAME says which field has the text");
    if (!r.failed && r.problem[0] == '\0' && status == NEARDUP_OK)
        ndup_msg_hint(&cli->msg, "lines count from 1, as reports show them; the first line of CSV is its header");
    return false;
}

static bool read_side(struct ndup_cli *cli, const char *name, struct compared_text *side)
{
    bool good;
    side->name = strcmp(name, "-") == 0 ? "standard input" : name;
    if (!split_place(name, side)) {
        ndup_msg_error(&cli->msg, "out of memory");
        return false;
    }
    if (side->file != NULL)
        return read_record(cli, side);
    bool made = is_made(cli, name, side, &good);
    const struct ndup_format *format = ndup_format_of_name(name);
    if (!made && cli->settings.job.encoding != NULL && strcmp(name, "-") != 0 && access(name, F_OK) == 0 &&
        (format == NULL || format->code != NEARDUP_INPUT_HTML)) { /* pages say themselves what their encoding is */
        side->file = strdup(name);
        if (side->file == NULL)
            ndup_msg_error(&cli->msg, "out of memory");
        return side->file != NULL && read_record(cli, side);
    }
    if (!made)
        good = read_file(cli, name, side);
    bool page = good && !made && is_page(&cli->settings, name, side);
    return good && check_text(cli, name, side, made, page) && (!page || take_page(cli, name, side));
}

/* ---- what the texts do not share, from the passages that they do ------------------------------------------------ */

static const char *verdict_of(const struct compared *compared)
{
    if (compared->result.identical)
        return "exact";
    return compared->result.jaccard >= compared->threshold ? "near" : "different";
}

/* Part of a letter or a digit. Everything beyond ASCII counts as a letter. */
static bool says_something(char byte)
{
    unsigned char c = (unsigned char)byte;
    unsigned char lower = c | 0x20;
    return c >= 0x80 || (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z');
}

static int by_begin(const void *left, const void *right)
{
    const struct gap *a = left;
    const struct gap *b = right;
    return a->begin < b->begin ? -1 : a->begin > b->begin;
}

static void add_gap(struct compared *compared, int which, size_t begin, size_t end)
{
    const char *text = compared->side[which].text;
    while (begin < end && !says_something(text[begin]))
        begin++;
    while (begin < end && !says_something(text[end - 1]))
        end--;
    if (begin < end)
        compared->gaps[which][compared->gap_count[which]++] = (struct gap){begin, end};
}

static bool find_gaps(struct compared *compared, int which)
{
    size_t count = compared->passage_count;
    struct gap *covered = ndup_alloc(count + 1, sizeof *covered);
    compared->gaps[which] = ndup_alloc(count + 1, sizeof *compared->gaps[which]);
    if (covered == NULL || compared->gaps[which] == NULL) {
        free(covered);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const neardup_passage *p = &compared->passages[i];
        covered[i] = which == 0 ? (struct gap){p->a_begin, p->a_end} : (struct gap){p->b_begin, p->b_end};
    }
    /* Passages come in the order of a and may overlap in b. */
    qsort(covered, count, sizeof *covered, by_begin);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        add_gap(compared, which, at, covered[i].begin);
        if (covered[i].end > at)
            at = covered[i].end;
    }
    add_gap(compared, which, at, compared->side[which].length);
    free(covered);
    return true;
}

static bool find_all_gaps(struct compared *compared)
{
    return find_gaps(compared, 0) && find_gaps(compared, 1);
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static void add_side(struct ndup_json_writer *j, const struct compared *c, int which)
{
    const neardup_comparison *r = &c->result;
    ndup_json_add_object(j, which == 0 ? "a" : "b", NDUP_JSON_COMPACT);
    const struct compared_text *side = &c->side[which];
    if (side->id != NULL)
        ndup_json_add_value(j, "id", side->id, side->id_length);
    ndup_json_add_string(j, "file", side->file != NULL ? side->file : side->name);
    if (side->line > 0)
        ndup_json_add_u64(j, "line", side->line);
    ndup_json_add_u64(j, "bytes", c->side[which].length);
    ndup_json_add_u64(j, "tokens", which == 0 ? r->a_tokens : r->b_tokens);
    ndup_json_add_u64(j, "shingles", which == 0 ? r->a_shingles : r->b_shingles);
    ndup_json_add_bool(j, "invalid_utf8", which == 0 ? r->a_invalid_utf8 : r->b_invalid_utf8);
    ndup_json_end(j);
}

static void add_scores(struct ndup_json_writer *j, const struct compared *c)
{
    const neardup_comparison *r = &c->result;
    ndup_json_add_string(j, "verdict", verdict_of(c));
    ndup_json_add_score(j, "threshold", c->threshold);
    ndup_json_add_score(j, "jaccard", r->jaccard);
    ndup_json_add_score(j, "a_in_b", r->a_in_b);
    ndup_json_add_score(j, "b_in_a", r->b_in_a);
    ndup_json_add_u64(j, "shared_shingles", r->shared);
    if (r->numbers_differ)
        ndup_json_add_bool(j, "numbers_differ", true);
}

static void add_range(struct ndup_json_writer *j, const struct compared_text *side, size_t begin, size_t end)
{
    ndup_json_add_u64(j, "line", line_of(side, begin));
    ndup_json_add_u64(j, "begin", begin);
    ndup_json_add_u64(j, "end", end);
}

static void add_gaps(struct ndup_json_writer *j, const struct compared *c, int which)
{
    ndup_json_add_array(j, which == 0 ? "only_in_a" : "only_in_b", NDUP_JSON_COMPACT);
    for (size_t i = 0; i < c->gap_count[which]; i++) {
        const struct gap *gap = &c->gaps[which][i];
        ndup_json_add_object(j, NULL, NDUP_JSON_COMPACT);
        add_range(j, &c->side[which], gap->begin, gap->end);
        ndup_json_add_bytes(j, "text", c->side[which].text + gap->begin, gap->end - gap->begin);
        ndup_json_end(j);
    }
    ndup_json_end(j);
}

static void add_passages(struct ndup_json_writer *j, const struct compared *c)
{
    ndup_json_add_array(j, "passages", NDUP_JSON_COMPACT);
    for (size_t i = 0; i < c->passage_count; i++) {
        const neardup_passage *p = &c->passages[i];
        ndup_json_add_object(j, NULL, NDUP_JSON_COMPACT);
        ndup_json_add_u64(j, "tokens", p->tokens);
        ndup_json_add_object(j, "a", NDUP_JSON_COMPACT);
        add_range(j, &c->side[0], p->a_begin, p->a_end);
        ndup_json_end(j);
        ndup_json_add_object(j, "b", NDUP_JSON_COMPACT);
        add_range(j, &c->side[1], p->b_begin, p->b_end);
        ndup_json_end(j);
        ndup_json_add_bytes(j, "text", c->side[0].text + p->a_begin, p->a_end - p->a_begin);
        ndup_json_end(j);
    }
    ndup_json_end(j);
}

static int print_json(struct ndup_cli *cli, const struct compared *c)
{
    struct ndup_buf buf = NDUP_BUF_INIT;
    struct ndup_json_writer j;
    ndup_json_begin(&j, &buf);
    ndup_json_add_object(&j, NULL, NDUP_JSON_COMPACT);
    add_side(&j, c, 0);
    add_side(&j, c, 1);
    add_scores(&j, c);
    add_passages(&j, c);
    add_gaps(&j, c, 0);
    add_gaps(&j, c, 1);
    ndup_json_end(&j);
    ndup_buf_append_str(&buf, "\n");
    return ndup_command_print(cli, &buf);
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

struct compare_page {
    bool colour;
    size_t width;
    size_t pieces; /* shown of each kind */
    bool failed;   /* no memory for something that should be here */
};

static void heading(const struct compare_page *page, enum ndup_term_style style, const char *text, size_t count)
{
    printf("\n%s%s%s", ndup_term_begin(page->colour, style), text, ndup_term_end(page->colour, style));
    if (count > page->pieces)
        printf(" (the longest %zu of %s)", page->pieces, ndup_number_group(count).text);
    putchar('\n');
}

/* The start and the end of a piece of text on one line. */
static void excerpt(struct compare_page *page, const char *text, size_t length)
{
    const struct ndup_difftext flow = {stdout, page->width, INDENT, page->colour, 1};
    page->failed = !ndup_difftext_excerpt(&flow, text, length) || page->failed;
}

static int longest_first(const void *left, const void *right)
{
    const neardup_passage *a = left;
    const neardup_passage *b = right;
    if (a->tokens != b->tokens)
        return a->tokens > b->tokens ? -1 : 1;
    return a->a_begin < b->a_begin ? -1 : a->a_begin > b->a_begin;
}

static int largest_first(const void *left, const void *right)
{
    const struct gap *a = left;
    const struct gap *b = right;
    size_t a_length = a->end - a->begin;
    size_t b_length = b->end - b->begin;
    if (a_length != b_length)
        return a_length > b_length ? -1 : 1;
    return a->begin < b->begin ? -1 : a->begin > b->begin;
}

static int in_order(const void *left, const void *right)
{
    const struct gap *a = left;
    const struct gap *b = right;
    return a->begin < b->begin ? -1 : a->begin > b->begin;
}

static void print_passages(struct compare_page *page, const struct compared *c)
{
    if (c->passage_count == 0)
        return;
    neardup_passage *sorted = ndup_alloc(c->passage_count, sizeof *sorted);
    page->failed = page->failed || sorted == NULL;
    if (sorted == NULL)
        return;
    memcpy(sorted, c->passages, c->passage_count * sizeof *sorted);
    qsort(sorted, c->passage_count, sizeof *sorted, longest_first);
    heading(page, NDUP_TERM_GREEN, "shared passages", c->passage_count);
    for (size_t i = 0; i < c->passage_count && i < page->pieces; i++) {
        printf("  %s tokens, a line %llu, b line %llu\n", ndup_number_group(sorted[i].tokens).text,
               (unsigned long long)line_of(&c->side[0], sorted[i].a_begin),
               (unsigned long long)line_of(&c->side[1], sorted[i].b_begin));
        excerpt(page, c->side[0].text + sorted[i].a_begin, sorted[i].a_end - sorted[i].a_begin);
    }
    free(sorted);
}

static void print_gaps(struct compare_page *page, const struct compared *c, int which)
{
    size_t count = c->gap_count[which], shown = count < page->pieces ? count : page->pieces;
    if (count == 0)
        return;
    /* The largest, as they follow each other in the text. */
    qsort(c->gaps[which], count, sizeof *c->gaps[which], largest_first);
    qsort(c->gaps[which], shown, sizeof *c->gaps[which], in_order);
    heading(page, which == 0 ? NDUP_TERM_RED : NDUP_TERM_CYAN, which == 0 ? "only in a" : "only in b", count);
    for (size_t i = 0; i < shown; i++) {
        const struct gap *gap = &c->gaps[which][i];
        printf("  line %llu, %s\n", (unsigned long long)line_of(&c->side[which], gap->begin),
               ndup_number_bytes(gap->end - gap->begin).text);
        excerpt(page, c->side[which].text + gap->begin, gap->end - gap->begin);
    }
}

static void print_name(struct compare_page *page, const char *letter, const struct compared_text *side)
{
    struct ndup_buf safe = NDUP_BUF_INIT, id = NDUP_BUF_INIT;
    ndup_safe_append(&safe, side->name, strlen(side->name));
    if (side->id != NULL) {
        ndup_json_write_plain(&id, side->id, side->id_length);
        ndup_buf_append_str(&safe, "  ");
        ndup_safe_append(&safe, id.data, id.len);
    }
    page->failed = page->failed || safe.failed || id.failed;
    printf("%s  %.*s\n", letter, (int)safe.len, safe.failed ? "" : safe.data);
    ndup_buf_free(&safe);
    ndup_buf_free(&id);
}

static void print_head(struct compare_page *page, const struct compared *c)
{
    const neardup_comparison *r = &c->result;
    const char *verdict = r->identical                           ? "exact duplicates"
                          : r->jaccard >= c->threshold           ? "near-duplicates"
                          : r->a_tokens == 0 || r->b_tokens == 0 ? "nothing to compare"
                                                                 : "not duplicates";
    bool duplicates = r->identical || r->jaccard >= c->threshold;
    printf("%s%s%s: Jaccard %s, ", ndup_term_begin(page->colour, duplicates ? NDUP_TERM_GREEN : NDUP_TERM_BOLD),
           verdict, ndup_term_end(page->colour, NDUP_TERM_BOLD), ndup_number_score(r->jaccard).text);
    printf("threshold %s%s\n\n", ndup_number_score(c->threshold).text,
           r->numbers_differ                 ? ", only numbers differ"
           : !r->identical && r->same_tokens ? ", the same words with other signs or accents"
                                             : "");
    print_name(page, "a", &c->side[0]);
    print_name(page, "b", &c->side[1]);
    printf("\n%-18s %13s %13s\n", "", "a", "b");
    printf("%-18s %13s %13s\n", "tokens", ndup_number_group(r->a_tokens).text, ndup_number_group(r->b_tokens).text);
    printf("%-18s %13s %13s\n", "distinct shingles", ndup_number_group(r->a_shingles).text,
           ndup_number_group(r->b_shingles).text);
    printf("%-18s %13s %13s\n", "of them shared", ndup_number_group(r->shared).text, ndup_number_group(r->shared).text);
    printf("%-18s %13s %13s\n", "in the other", ndup_number_score(r->a_in_b).text, ndup_number_score(r->b_in_a).text);
    if (r->a_invalid_utf8 || r->b_invalid_utf8)
        printf("%-18s %13s %13s\n", "bad UTF-8", r->a_invalid_utf8 ? "yes" : "no", r->b_invalid_utf8 ? "yes" : "no");
}

static int print_text(struct ndup_cli *cli, const struct compared *c)
{
    struct compare_page page = {ndup_term_colour(stdout, (enum ndup_term_when)cli->settings.colour),
                                ndup_term_width(stdout, 100), cli->settings.verbosity > 0 ? SIZE_MAX : SHOWN_PIECES,
                                false};
    print_head(&page, c);
    if (cli->settings.verbosity >= 0) {
        print_passages(&page, c);
        print_gaps(&page, c, 0);
        print_gaps(&page, c, 1);
    }
    if (page.failed)
        ndup_msg_error(&cli->msg, "out of memory: the comparison is not complete");
    return page.failed ? NDUP_EXIT_TROUBLE : NDUP_EXIT_DONE;
}

/* ---- the page: the two texts side by side ----------------------------------------------------------------------- */

/* Texts of ordinary size are shown as a whole; of longer ones what differs, with much around it. */
#define WHOLE_BYTES ((size_t)1 << 19)
static const struct ndup_diff_limits whole = {SIZE_MAX, SIZE_MAX, SIZE_MAX};
static const struct ndup_diff_limits abbreviated = {40, 20000, (size_t)2 << 20};

static neardup_status write_data(struct ndup_sink *sink, const struct compared *c, const neardup_profile *profile,
                                 neardup_error *err)
{
    const struct compared_text *a = &c->side[0], *b = &c->side[1];
    struct ndup_json_writer j;
    ndup_json_begin(&j, &sink->buf);
    ndup_json_add_object(&j, NULL, NDUP_JSON_COMPACT);
    ndup_json_add_u64(&j, "compare", 1);
    ndup_json_add_string(&j, "neardup", neardup_version());
    add_side(&j, c, 0);
    add_side(&j, c, 1);
    ndup_json_add_object(&j, "parameters", NDUP_JSON_COMPACT);
    ndup_json_add_string(&j, "tokens", ndup_tokens_names[profile->tokens]);
    ndup_json_add_u64(&j, "ngram", profile->ngram);
    ndup_json_end(&j);
    add_scores(&j, c);
    ndup_json_add_raw(&j, "diff", "", 0);
    const struct ndup_diff_limits *limits = a->length + b->length <= WHOLE_BYTES ? &whole : &abbreviated;
    neardup_status status =
        ndup_diff_json(&sink->buf, profile, a->text, a->length, b->text, b->length, limits, NULL, err);
    ndup_json_end(&j);
    ndup_buf_append_str(&sink->buf, "\n");
    neardup_status end = ndup_sink_end(sink, status == NEARDUP_OK ? err : NULL);
    return status != NEARDUP_OK ? status : end;
}

static neardup_status write_page(FILE *out, const struct compared *c, const neardup_profile *profile,
                                 neardup_error *err)
{
    struct ndup_sink sink = {.out = out, .put = ndup_page_data};
    char title[256];
    snprintf(title, sizeof title, "%.100s and %.100s", c->side[0].name, c->side[1].name);
    errno = 0;
    if (!ndup_page_begin(out, NDUP_PAGE_COMPARE, title))
        return ndup_fail_errno(err, errno != 0 ? errno : EIO, "cannot write the page");
    NDUP_TRY(write_data(&sink, c, profile, err));
    errno = 0;
    if (!ndup_page_end(out) || fflush(out) != 0)
        return ndup_fail_errno(err, errno != 0 ? errno : EIO, "cannot write the page");
    return NEARDUP_OK;
}

static void say_done(const struct ndup_cli *cli, const struct ndup_outfile *out)
{
    struct stat status;
    char size[64] = "";
    if (out->path == NULL || cli->msg.verbosity < 0)
        return;
    if (stat(out->path, &status) == 0 && S_ISREG(status.st_mode))
        snprintf(size, sizeof size, ", %s", ndup_number_bytes((uint64_t)status.st_size).text);
    ndup_msg_note(&cli->msg, "wrote %s%s", out->path, size);
}

static neardup_status add_read(const struct ndup_cli *cli, struct ndup_reads *reads, int which, neardup_error *err)
{
    struct compared_text place = {.file = NULL};
    if (!split_place(cli->operands[which], &place))
        return ndup_fail_nomem(err);
    char *file = place.file;
    if (file != NULL)
        (void)existing_part(file);
    neardup_status status =
        ndup_reads_add(reads, file != NULL ? file : cli->operands[which], "a text that is compared", err);
    free(file);
    return status;
}

static bool open_output(const struct ndup_cli *cli, struct ndup_outfile *out)
{
    const struct ndup_replace_rule rule = {.replace = cli->settings.force != 0, .has_force = true};
    struct ndup_reads reads = {0};
    neardup_error err = {.message = ""};
    bool good = false;
    if (add_read(cli, &reads, 0, &err) == NEARDUP_OK && add_read(cli, &reads, 1, &err) == NEARDUP_OK)
        good = ndup_outfile_open(out, cli->settings.output, &reads, &rule, &cli->msg);
    else
        ndup_msg_error(&cli->msg, "%s", err.message);
    ndup_reads_free(&reads);
    return good;
}

static int print_page(struct ndup_cli *cli, const struct compared *compared, const neardup_profile *profile)
{
    struct ndup_outfile out;
    neardup_error err = {.message = ""};
    if (!open_output(cli, &out))
        return NDUP_EXIT_TROUBLE;
    int exit_status = NDUP_EXIT_DONE;
    neardup_status status = write_page(out.stream, compared, profile, &err);
    if (status == NEARDUP_E_IO && err.sys_errno == EPIPE) {
        cli->broken_pipe = true;
    } else if (status != NEARDUP_OK) {
        ndup_msg_error(&cli->msg, "%s", err.message);
        exit_status = NDUP_EXIT_TROUBLE;
    } else if (!ndup_outfile_commit(&out, &cli->msg)) {
        exit_status = NDUP_EXIT_TROUBLE;
    } else {
        say_done(cli, &out);
    }
    ndup_outfile_discard(&out);
    return exit_status;
}

static bool check_options(struct ndup_cli *cli)
{
    const char *path = cli->settings.output;
    bool standard = path == NULL || strcmp(path, "-") == 0;
    bool page = cli->settings.text_format == NDUP_FORMAT_HTML;
    if (!page)
        return true;
    if (standard && ndup_term_is_tty(stdout))
        ndup_command_misuse(cli, "cannot print a page on a terminal", "add -o page.html");
    else
        return true;
    return false;
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static int compare(struct ndup_cli *cli, struct compared *compared)
{
    const struct ndup_settings *settings = &cli->settings;
    neardup_profile profile = NEARDUP_PROFILE_INIT;
    profile.tokens = ndup_runjob_tokens(settings);
    if (settings->ngram > 0)
        profile.ngram = (unsigned)settings->ngram;
    neardup_error err = {.message = ""};
    compared->threshold = settings->job.threshold;
    if (neardup_compare(&profile, compared->side[0].text, compared->side[0].length, compared->side[1].text,
                        compared->side[1].length, &compared->result, &compared->passages, &compared->passage_count,
                        &err) != NEARDUP_OK) {
        ndup_msg_error(&cli->msg, "%s", err.message);
        return NDUP_EXIT_TROUBLE;
    }
    if (settings->text_format == NDUP_FORMAT_HTML)
        return print_page(cli, compared, &profile);
    if (!find_all_gaps(compared)) {
        ndup_msg_error(&cli->msg, "out of memory");
        return NDUP_EXIT_TROUBLE;
    }
    if (settings->text_format == NDUP_FORMAT_JSON)
        return print_json(cli, compared);
    return print_text(cli, compared);
}

int ndup_cmd_compare(struct ndup_cli *cli)
{
    struct compared compared = {.threshold = 0};
    int status = NDUP_EXIT_TROUBLE;
    if (strcmp(cli->operands[0], "-") == 0 && strcmp(cli->operands[1], "-") == 0)
        return ndup_command_misuse(cli, "cannot read both texts from standard input", "name a file for one of them");
    struct ndup_outfile out; /* text and JSON only ask whether they may be printed */
    if (!check_options(cli) || (cli->settings.text_format != NDUP_FORMAT_HTML && !open_output(cli, &out)))
        return status;
    if (read_side(cli, cli->operands[0], &compared.side[0]) && read_side(cli, cli->operands[1], &compared.side[1]))
        status = compare(cli, &compared);
    for (int i = 0; i < 2; i++) {
        free(compared.side[i].text);
        free(compared.side[i].file);
        free(compared.side[i].id);
        free(compared.gaps[i]);
    }
    neardup_free(compared.passages);
    return status;
}
