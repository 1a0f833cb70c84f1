/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "input/document.h"

#include "base/error.h"
#include "input/field_path.h"

#include <string.h>

const char ndup_no_text_field[] = "no text field";
const char ndup_text_not_string[] = "text field is not a string";

neardup_status ndup_fields_check(const struct ndup_fields *fields, neardup_error *err)
{
    const char *const names[] = {fields->text, fields->id, fields->keep, fields->group};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i] != NULL && (names[i][0] == '\0' || strlen(names[i]) > NDUP_FIELD_MAX))
            return ndup_fail(err, NEARDUP_E_ARG, "a field name must have 1 to %d bytes", NDUP_FIELD_MAX);
    }
    for (size_t i = 1; i < sizeof names / sizeof names[0]; i++) {
        struct ndup_field_path path[NDUP_PATHS];
        size_t count;
        if (names[i] == NULL)
            continue;
        NDUP_TRY(ndup_field_paths(names[i], false, path, &count, err));
        if (path[0].each)
            return ndup_fail(err, NEARDUP_E_ARG, "the field '%.80s' is many values: only `text_field` can have []",
                             names[i]);
    }
    return NEARDUP_OK;
}
