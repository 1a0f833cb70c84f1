/* SPDX-License-Identifier: MIT
 * One JSON record. The first byte chooses the names of the fields. */
#include "base/platform.h"

#include "input/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *record, size_t len, const struct ndup_document *out, const char *wrong)
{
    if (wrong == NULL && out->text == NULL)
        abort();
    if (wrong == NULL && out->text_length > 3 * len)
        abort();
    volatile unsigned sum = 0; /* everything that is pointed at can be read, and the padding */
    if (wrong == NULL) {
        for (size_t i = 0; i < out->text_length + NDUP_PADDING; i++)
            sum += (unsigned char)out->text[i];
    }
    for (size_t i = 0; i < out->id_length; i++)
        sum += (unsigned char)out->id[i];
    for (size_t i = 0; i < out->keep_length; i++)
        sum += (unsigned char)out->keep[i];
    if (out->id != NULL && !out->invalid_utf8 && (out->id < record || out->id + out->id_length > record + len))
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
    const struct ndup_fields fields_wanted = {.text = names[0], .id = names[1], .keep = names[2]};
    struct ndup_json *json;
    if (ndup_json_create(&json, &fields_wanted, NULL) != NEARDUP_OK)
        abort();
    char *record = malloc(size + NDUP_PADDING);
    if (record == NULL)
        abort();
    if (size > 0)
        memcpy(record, data, size);
    struct ndup_document first, second;
    size_t text_len = 0;
    for (int i = 0; i < 2; i++) {
        /* What comes after the record changes nothing. */
        memset(record + size, i == 0 ? '"' : '}', NDUP_PADDING);
        struct ndup_document *out = i == 0 ? &first : &second;
        if (!ndup_json_parse(json, record, size, out))
            abort();
        check(record, size, out, out->problem);
        if (i == 0)
            text_len = out->text_length;
        else if (text_len != out->text_length || first.id_length != out->id_length ||
                 first.keep_length != out->keep_length)
            abort();
    }
    free(record);
    ndup_json_destroy(json);
    return 0;
}
