/* SPDX-License-Identifier: MIT
 * Paths on the command line that neardup cannot read or write as they were typed: URLs, which other programs stream, and the
 * name of a file where a folder is written. Found before any work, with the command to type instead. */
#include "base/platform.h"

#include "base/buf.h"
#include "codec/codec.h"
#include "cli/command.h"
#include "term/safe.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- URLs ---- */

/* How other programs read from a place and write to it. The URL replaces %s; NULL: there is no usual program. */
struct url_scheme {
    const char *name;
    const char *stream; /* prints it */
    const char *copy;   /* makes a file in the working directory */
    const char *upload; /* writes what it reads */
    const char *upload_folder;
};

static const struct url_scheme url_schemes[] = {
    {"s3", "aws s3 cp %s -", "aws s3 cp %s .", "aws s3 cp - %s", "aws s3 cp --recursive out %s"},
    {"gs", "gcloud storage cat %s", "gcloud storage cp %s .", "gcloud storage cp - %s", "gcloud storage cp -r out %s"},
    {"http", "curl -fsSL %s", "curl -fsSLO %s", NULL, NULL},
    {"https", "curl -fsSL %s", "curl -fsSLO %s", NULL, NULL},
    {"ftp", "curl -fsSL %s", "curl -fsSLO %s", NULL, NULL},
    {"hf", "curl -fsSL %s", "curl -fsSLO %s", NULL, NULL}, /* by its https address */
    {"hdfs", "hdfs dfs -cat %s", "hdfs dfs -get %s .", "hdfs dfs -put - %s", "hdfs dfs -put out %s"},
};

/* The length of "s3" in "s3://..."; 0: it is not a URL, or a file has this name. */
static size_t scheme_length(const char *path)
{
    struct stat info;
    size_t n = strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");
    return n > 1 && strncmp(path + n, "://", 3) == 0 && lstat(path, &info) != 0 ? n : 0;
}

static const struct url_scheme *find_scheme(const char *url)
{
    size_t n = scheme_length(url);
    for (size_t i = 0; i < sizeof url_schemes / sizeof *url_schemes; i++) {
        if (strlen(url_schemes[i].name) == n && strncmp(url, url_schemes[i].name, n) == 0)
            return &url_schemes[i];
    }
    return NULL;
}

/* hf://datasets/ORG/NAME@REVISION/PATH is https://huggingface.co/datasets/ORG/NAME/resolve/REVISION/PATH; the revision is main
 * unless it is given. False: it names no file. */
static bool add_hub_address(struct ndup_buf *buf, const char *url)
{
    const char *at = url + strlen("hf://"), *repository = at;
    size_t parts = strncmp(at, "datasets/", 9) == 0 || strncmp(at, "spaces/", 7) == 0 ? 3 : 2;
    for (size_t i = 0; i < parts; i++) {
        at = strchr(at, '/');
        if (at == NULL)
            return false;
        at++;
    }
    size_t length = (size_t)(at - repository) - 1, name = 0;
    while (name < length && repository[name] != '@')
        name++;
    ndup_buf_append_str(buf, "https://huggingface.co/");
    ndup_buf_append(buf, repository, name);
    ndup_buf_append_str(buf, "/resolve/");
    if (name + 1 < length)
        ndup_buf_append(buf, repository + name + 1, length - name - 1);
    else
        ndup_buf_append_str(buf, "main");
    ndup_buf_append_str(buf, "/");
    ndup_buf_append_str(buf, at);
    return *at != '\0';
}

/* The command with the URL. False: there is none. */
static bool add_command(struct ndup_buf *buf, const char *command, const char *url)
{
    struct ndup_buf address = NDUP_BUF_INIT;
    bool hub = strncmp(url, "hf://", 5) == 0;
    bool good = command != NULL && (!hub || add_hub_address(&address, url));
    if (good) {
        const char *hole = strstr(command, "%s");
        ndup_buf_append(buf, command, (size_t)(hole - command));
        ndup_buf_append(&address, "", 1);
        ndup_safe_append_word(buf, hub && !address.failed ? address.data : url);
        ndup_buf_append_str(buf, hole + 2);
    }
    ndup_buf_free(&address);
    return good;
}

/* The call with another word in place of one, which may be the end of an argument: --output=PATH. */
static void add_call(struct ndup_buf *buf, const struct ndup_cli *cli, const char *instead_of, const char *word)
{
    ndup_buf_append_str(buf, "neardup");
    for (size_t i = 1; cli->argv[i] != NULL; i++) {
        const char *argument = cli->argv[i], *equals = strchr(argument, '=');
        if (strcmp(word, "-") == 0 && strcmp(argument, "--force") == 0)
            continue; /* refused with standard output */
        bool tail = (equals != NULL && equals + 1 == instead_of) ||
                    (argument[0] == '-' && argument[1] != '\0' && argument[1] != '-' && argument[2] != '\0' &&
                     argument + 2 == instead_of); /* -oPATH */
        ndup_buf_append_str(buf, " ");
        if (tail)
            ndup_buf_append(buf, argument, (size_t)(instead_of - argument));
        ndup_safe_append_word(buf, tail || argument == instead_of ? word : argument);
    }
}

/* cannot DO PATH: reason */
static bool refuse(const struct ndup_cli *cli, struct ndup_buf *hint, const char *verb, const char *path,
                   const char *why)
{
    ndup_buf_append(hint, "", 1);
    ndup_msg_error(&cli->msg, "cannot %s '%s': %s", verb, path, why);
    if (!hint->failed)
        ndup_msg_hint(&cli->msg, "%s", hint->data);
    ndup_buf_free(hint);
    return false;
}

/* An input, or another file that is read. stream: it may come from standard input. */
static bool check_read(const struct ndup_cli *cli, const char *path, bool stream)
{
    struct ndup_buf hint = NDUP_BUF_INIT;
    if (scheme_length(path) == 0)
        return true;
    const struct url_scheme *scheme = find_scheme(path);
    if (strncmp(path, "file://", 7) == 0) {
        ndup_buf_append_str(&hint, "name it by its path: ");
        ndup_safe_append_word(&hint, path + 7);
    } else if (scheme != NULL && stream && add_command(&hint, scheme->stream, path)) {
        ndup_buf_append_str(&hint, " | ");
        add_call(&hint, cli, path, "-");
    } else if (scheme != NULL && !stream && add_command(&hint, scheme->copy, path)) {
        ndup_buf_append_str(&hint, "  copies it to a file, which you can name instead");
    } else if (strncmp(path, "hf://", 5) == 0) {
        ndup_buf_append_str(&hint,
                            "name one file of it, or download it with 'huggingface-cli download --local-dir data'");
    } else {
        ndup_buf_append_str(&hint, "copy it to a file, or pipe it into 'neardup ");
        ndup_buf_append_str(&hint, cli->command->name);
        ndup_buf_append_str(&hint, " -'");
    }
    return refuse(cli, &hint, "read", path, "neardup reads local files and standard input");
}

/* ---- outputs ---- */

/* Whether the path ends like the name of a file with data, also a compressed one. */
static bool is_data_name(const char *path)
{
    static const char *const endings[] = {".jsonl", ".ndjson", ".json", ".csv",  ".tsv",     ".tab",
                                          ".txt",   ".md",     ".text", ".html", ".parquet", ".arrow"};
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    if (ndup_codec_of_name(path, &length) == NULL && length > 4 && strncmp(path + length - 4, ".zip", 4) == 0)
        length -= 4;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);
        if (length > n && path[length - n - 1] != '/' && strncmp(path + length - n, endings[i], n) == 0)
            return true;
    }
    return false;
}

/* folder: the option that writes a folder; NULL: a file is written, or records. */
static bool check_written_url(const struct ndup_cli *cli, const char *path, const char *folder)
{
    struct ndup_buf hint = NDUP_BUF_INIT;
    const struct url_scheme *scheme = find_scheme(path);
    if (scheme != NULL && scheme->upload != NULL && folder != NULL) {
        add_call(&hint, cli, path, "out");
        ndup_buf_append_str(&hint, " && ");
        (void)add_command(&hint, scheme->upload_folder, path);
    } else if (scheme != NULL && scheme->upload != NULL) {
        add_call(&hint, cli, path, "-");
        ndup_buf_append_str(&hint, " | ");
        (void)add_command(&hint, scheme->upload, path);
    } else if (folder != NULL) {
        ndup_buf_printf(&hint, "write to a folder, for instance %s out, and upload it", folder);
    } else {
        ndup_buf_append_str(&hint, "write to a file or to standard output (-o -), and upload it");
    }
    return refuse(cli, &hint, "write", path, "neardup writes local files and standard output");
}

/* A folder of the name of a file would surprise everyone who opens it. A folder that exists is one already. */
static bool check_folder_name(const struct ndup_cli *cli, const char *path, const char *option)
{
    struct ndup_buf hint = NDUP_BUF_INIT;
    struct stat info;
    bool exists = stat(path, &info) == 0;
    if (!is_data_name(path) || (exists && S_ISDIR(info.st_mode)))
        return true;
    size_t length = strcspn(path, "/") == strlen(path) ? strcspn(path, ".") : 0;
    char folder[64] = "out";
    if (length > 0 && length < sizeof folder)
        snprintf(folder, sizeof folder, "%.*s", (int)length, path);
    ndup_buf_printf(&hint, "%s ", option);
    ndup_safe_append_word(&hint, folder);
    ndup_buf_append_str(&hint, " writes a folder");
    const struct ndup_codec *codec = ndup_codec_of_name(path, NULL);
    if (cli->command->bit == NDUP_CMD_DEDUP) {
        ndup_buf_append_str(&hint, " with the records and the decisions");
        if (exists) {
            /* The file may be an input. */
            ndup_buf_append_str(&hint,
                                "; -o - writes the records alone: redirect them to a new file, because the shell "
                                "empties one that exists before it is read");
        } else if (path[strlen(path) - 1] != '/') {
            ndup_buf_append_str(&hint, "; for the records alone: ");
            add_call(&hint, cli, path, "-");
            if (codec != NULL)
                ndup_buf_printf(&hint, " | %s", codec->tool);
            ndup_buf_append_str(&hint, " > ");
            ndup_safe_append_word(&hint, path);
        }
    } else {
        ndup_buf_append_str(&hint, "; -o ");
        ndup_safe_append_word(&hint, path);
        ndup_buf_append_str(&hint, " writes the clusters to a file");
    }
    return refuse(cli, &hint, "write a folder to", path, "that is the name of a file");
}

/* ---- all that was typed ---- */

static bool check_list(const struct ndup_cli *cli, const struct ndup_opt_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!check_read(cli, list->items[i], false))
            return false;
    }
    return true;
}

bool ndup_command_check_paths(const struct ndup_cli *cli)
{
    const struct ndup_settings *s = &cli->settings;
    unsigned bit = cli->command->bit;
    bool reads = (bit & (NDUP_CMD_DEDUP | NDUP_CMD_FIND | NDUP_CMD_SKETCH | NDUP_CMD_CHECK)) != 0;
    bool run = (bit & (NDUP_CMD_REPORT | NDUP_CMD_EXPLAIN)) != 0;
    int paths = reads || bit == NDUP_CMD_COMPARE ? cli->operand_count : run && cli->operand_count > 0 ? 1 : 0;
    for (int i = 0; i < paths; i++) {
        if (!check_read(cli, cli->operands[i], !run && cli->operand_count == 1))
            return false;
    }
    for (size_t i = 0; i < s->splits.count; i++) {
        const char *path = strchr(s->splits.items[i], '=');
        if (path != NULL && !check_read(cli, path + 1, false))
            return false;
    }
    if (!check_list(cli, &s->files_from) || !check_list(cli, &s->reference) || !check_list(cli, &s->inputs))
        return false;
    if (s->output != NULL && scheme_length(s->output) > 0)
        return check_written_url(cli, s->output, bit == NDUP_CMD_DEDUP && !is_data_name(s->output) ? "-o" : NULL);
    if (bit == NDUP_CMD_DEDUP && s->output != NULL)
        return check_folder_name(cli, s->output, "-o");
    return bit != NDUP_CMD_FIND || s->save == NULL ||
           (scheme_length(s->save) > 0 ? check_written_url(cli, s->save, "--save")
                                       : check_folder_name(cli, s->save, "--save"));
}
