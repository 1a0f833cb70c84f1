/* SPDX-License-Identifier: MIT
 * What a run leaves: summary.json, clusters, decisions and pairs, with a line of "====" between them. Opened as a folder,
 * and the clusters as a file alone; reported, decided again and reported again. */
#include "base/platform.h"

#include "neardup_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[64];

static void remove_folder(void)
{
    static const char *const names[] = {"summary.json", "clusters.jsonl", "decisions.jsonl", "pairs.jsonl"};
    char path[128];
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void make_folder(void)
{
    if (folder[0] != '\0')
        return;
    strcpy(folder, access("/dev/shm", W_OK) == 0 ? "/dev/shm/neardup-fuzz-XXXXXX" : "/tmp/neardup-fuzz-XXXXXX");
    if (mkdtemp(folder) == NULL || atexit(remove_folder) != 0) {
        perror("a folder");
        exit(2);
    }
}

static void write_file(const char *name, const uint8_t *data, size_t size)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
        perror(path);
        exit(2);
    }
}

/* Everything that is pointed at can be read. */
static uint64_t sum;

static void touch(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        sum += (unsigned char)bytes[i];
}

static void touch_ref(const neardup_ref *ref)
{
    if (ref->file == NULL)
        return;
    touch(ref->file, strlen(ref->file) + 1);
    touch(ref->id, ref->id != NULL ? ref->id_length : 0);
    touch(ref->group, ref->group != NULL ? ref->group_length : 0);
    if (ref->bytes.begin > ref->bytes.end || ref->index != 0 || ref->document != 0)
        abort();
}

static bool on_decision(void *context, const neardup_decision *d)
{
    (void)context;
    touch_ref(&d->document);
    touch_ref(&d->keeper);
    if (d->document.file == NULL || !(d->jaccard >= 0 && d->jaccard <= 1))
        abort();
    return true;
}

static bool on_pair(void *context, const neardup_pair *p)
{
    (void)context;
    touch_ref(&p->a);
    touch_ref(&p->b);
    return true;
}

static bool on_cluster(void *context, const neardup_cluster *k)
{
    (void)context;
    touch_ref(&k->keeper);
    if (k->keeper.file == NULL || k->member_count == 0 || k->number == 0 || k->component == 0)
        abort();
    for (uint64_t i = 0; i < k->member_count; i++)
        touch_ref(&k->members[i].document);
    return true;
}

static void check(neardup_status status, const neardup_error *err)
{
    if (status != NEARDUP_OK && (err->message[0] == '\0' || err->code != status))
        abort();
}

static void read_back(const char *path)
{
    static const neardup_callbacks callbacks = {
        .struct_size = sizeof callbacks, .decision = on_decision, .pair = on_pair, .cluster = on_cluster};
    static const double thresholds[] = {0.5, 0.9, 1};
    neardup_error err = {.message = ""};
    neardup_run *run;
    neardup_status status = neardup_run_open(&run, path, &err);
    check(status, &err);
    if (status != NEARDUP_OK)
        return;
    const char *texts[] = {neardup_run_summary_json(run), neardup_run_command(run), neardup_run_directory(run),
                           neardup_run_input(run, 0, NULL)};
    for (size_t i = 0; i < 4; i++)
        touch(texts[i], texts[i] != NULL ? strlen(texts[i]) : 0);
    err.message[0] = '\0';
    check(neardup_run_replay(run, &callbacks, &err), &err);
    for (size_t i = 0; i < 3; i++) {
        err.message[0] = '\0';
        status = neardup_run_rethreshold(run, thresholds[i], &err);
        check(status, &err);
        if (status == NEARDUP_OK)
            check(neardup_run_replay(run, &callbacks, &err), &err);
    }
    neardup_run_close(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"summary.json", "clusters.jsonl", "decisions.jsonl", "pairs.jsonl"};
    static const char mark[] = "====\n";
    char path[128];
    make_folder();
    for (size_t i = 0; i < 4; i++) {
        const uint8_t *stop = size > 0 ? memmem(data, size, mark, sizeof mark - 1) : NULL;
        size_t length = stop != NULL && i < 3 ? (size_t)(stop - data) : size;
        write_file(names[i], data, length);
        data += length;
        size -= length;
        if (stop != NULL && i < 3) {
            data += sizeof mark - 1;
            size -= sizeof mark - 1;
        }
    }
    read_back(folder);
    snprintf(path, sizeof path, "%s/clusters.jsonl", folder);
    read_back(path);
    return 0;
}
