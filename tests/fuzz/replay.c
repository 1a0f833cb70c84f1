/* SPDX-License-Identifier: MIT
 * Runs a fuzz target without a fuzzer, with any compiler.
 *
 *   fuzz_x FILE|FOLDER...            every file once
 *   fuzz_x -n COUNT -s SEED [FILE|FOLDER...]   and COUNT random mutations of them (or of nothing) */
#include "base/platform.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_LENGTH ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sample {
    uint8_t *data;
    size_t len;
};

static struct sample *samples;
static size_t sample_count;
static uint64_t random_state;

static uint64_t next_random(void)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static size_t below(size_t n)
{
    return (size_t)(next_random() % n);
}

static void die(const char *what)
{
    perror(what);
    exit(2);
}

/* A copy of exactly the right size, so that a sanitizer sees every byte too many. */
static void run(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    if (copy == NULL)
        die("malloc");
    if (len > 0)
        memcpy(copy, data, len);
    LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

static void load(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct sample sample = {malloc(MAX_LENGTH), 0};
    samples = realloc(samples, (sample_count + 1) * sizeof *samples);
    if (file == NULL || sample.data == NULL || samples == NULL)
        die(path);
    sample.len = fread(sample.data, 1, MAX_LENGTH, file);
    fclose(file);
    samples[sample_count++] = sample;
    run(sample.data, sample.len);
}

static void load_all(const char *path)
{
    DIR *dir = opendir(path);
    if (dir == NULL) {
        load(path);
        return;
    }
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char name[4096];
        struct stat info;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.' && stat(name, &info) == 0 && S_ISREG(info.st_mode))
            load(name);
    }
    closedir(dir);
}

/* Changes bytes at random: flips, interesting values, cuts, repeats, pieces of other samples. */
static size_t mutate(uint8_t *data, size_t len)
{
    static const char tokens[] = "{}[]\",:\\\n\r\0 \xff\x80\xed\xa0u0aetn-1";
    for (size_t n = 1 + below(8); n > 0; n--) {
        size_t at = len > 0 ? below(len) : 0;
        switch (below(6)) {
        case 0:
            if (len > 0)
                data[at] ^= (uint8_t)(1u << below(8));
            break;
        case 1:
            if (len > 0)
                data[at] = (uint8_t)tokens[below(sizeof tokens)];
            break;
        case 2:
            len = at;
            break;
        case 3:
            if (len < MAX_LENGTH) {
                memmove(data + at + 1, data + at, len - at);
                data[at] = (uint8_t)tokens[below(sizeof tokens)];
                len++;
            }
            break;
        case 4: {
            size_t size = len > at ? 1 + below(len - at) : 0;
            if (size > 0 && len + size <= MAX_LENGTH) {
                memmove(data + at + size, data + at, len - at);
                len += size;
            }
            break;
        }
        default:
            if (sample_count > 0) {
                const struct sample *other = &samples[below(sample_count)];
                size_t size = other->len > 0 ? below(other->len) : 0;
                if (at + size <= MAX_LENGTH) {
                    memcpy(data + at, other->data + (other->len > size ? below(other->len - size) : 0), size);
                    len = at + size > len ? at + size : len;
                }
            }
        }
    }
    return len;
}

int main(int argc, char **argv)
{
    size_t count = 0;
    for (int i = 1; i < argc; i++) {
        if (i + 1 < argc && strcmp(argv[i], "-n") == 0)
            count = strtoull(argv[++i], NULL, 10);
        else if (i + 1 < argc && strcmp(argv[i], "-s") == 0)
            random_state = strtoull(argv[++i], NULL, 10);
        else
            load_all(argv[i]);
    }
    uint8_t *data = calloc(MAX_LENGTH, 1);
    if (data == NULL)
        die("malloc");
    run(data, 0);
    for (size_t i = 0; i < count; i++) {
        size_t len = 0;
        if (sample_count > 0) {
            const struct sample *sample = &samples[below(sample_count)];
            len = sample->len;
            memcpy(data, sample->data, len);
        }
        run(data, mutate(data, len));
    }
    printf("%s: %zu files, %zu mutations\n", argv[0], sample_count, count);
    free(data);
    for (size_t i = 0; i < sample_count; i++)
        free(samples[i].data);
    free(samples);
    return 0;
}
