/* SPDX-License-Identifier: MIT
 * Any bytes as TOML: no value without a key and a place, no failure without a message. */
#include "base/platform.h"

#include "check/toml.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static bool take(void *context, const struct ndup_toml_value *value)
{
    size_t *sum = context;
    check(value->key != NULL && value->line > 0 && value->column > 0 && value->key_line > 0);
    check(value->kind <= NDUP_TOML_OTHER && value->what != NULL);
    *sum += strlen(value->key) + (value->table != NULL ? strlen(value->table) : 0);
    if (value->kind == NDUP_TOML_STRING) {
        check(value->text[value->length] == '\0');
        for (size_t i = 0; i < value->length; i++)
            *sum += (unsigned char)value->text[i];
    }
    return *sum % 1024 != 1023;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ndup_toml_failure failure = {.message = ""};
    size_t sum = 0;
    if (!ndup_toml_parse((const char *)data, size, take, &sum, &failure))
        check(failure.message[0] != '\0');
    return 0;
}
