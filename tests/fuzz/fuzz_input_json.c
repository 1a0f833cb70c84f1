/* SPDX-License-Identifier: MIT
 * One JSON record. The first byte chooses the names of the fields. */
#include "base/platform.h"

#include "input/json.h"
#include "input/reader.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *record, size_t len, const struct ndup_json_record *out, const char *wrong)
{
    if (wrong == NULL && out->text == NULL)
        abort();
    if (wrong == NULL && out->text_len > 3 * len)
        abort();
    volatile unsigned sum = 0; /* everything that is pointed at can be read, and the padding */
    if (wrong == NULL) {
        for (size_t i = 0; i < out->text_len + NDUP_PADDING; i++)
            sum += (unsigned char)out->text[i];
    }
    for (size_t i = 0; i < out->id_len; i++)
        sum += (unsigned char)out->id[i];
    for (size_t i = 0; i < out->keep_len; i++)
        sum += (unsigned char)out->keep[i];
    if (out->id != NULL && !out->invalid_utf8 && (out->id < record || out->id + out->id_len > record + len))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const fields[][3] = {
        {"text", "id", "score"}, {"a.b", "a.c", "a"}, {"a", "a", NULL}, {"a.b.a", "b", "a.b"}};
    if (size == 0)
        return 0;
    const char *const *names = fields[data[0] % 4];
    data++;
    size--;
    struct ndup_json *json;
    if (ndup_json_create(&json, names[0], names[1], names[2], NULL, NULL) != NEARDUP_OK)
        abort();
    char *record = malloc(size + NDUP_PADDING);
    if (record == NULL)
        abort();
    if (size > 0)
        memcpy(record, data, size);
    struct ndup_json_record first, second;
    size_t text_len = 0;
    for (int i = 0; i < 2; i++) {
        /* What stands behind the record changes nothing. */
        memset(record + size, i == 0 ? '"' : '}', NDUP_PADDING);
        struct ndup_json_record *out = i == 0 ? &first : &second;
        const char *wrong = ndup_json_parse(json, record, size, out);
        check(record, size, out, wrong);
        if (i == 0)
            text_len = out->text_len;
        else if (text_len != out->text_len || first.id_len != out->id_len || first.keep_len != out->keep_len)
            abort();
    }
    free(record);
    ndup_json_destroy(json);
    return 0;
}
