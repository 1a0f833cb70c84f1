/* SPDX-License-Identifier: MIT
 * How users name fields: "text", "data.body", "messages[].content", "messages.1.content", "title,body".
 *
 * Dots lead into objects. [] stands for all elements of an array, a number (after a dot or in brackets) for one of them.
 * Commas separate several fields, which --text-field joins by a blank line. A backslash takes the meaning from the
 * character after it. A record that has a field of exactly this name, whatever is in it, has it by that name. */
#ifndef NDUP_FIELD_PATH_H
#define NDUP_FIELD_PATH_H

#include "base/platform.h"
#include "neardup.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a field name: every parser keeps its names in arrays of this size. */
#define NDUP_FIELD_MAX  255
#define NDUP_PATH_STEPS 16u /* of a path */
#define NDUP_PATHS      8u  /* of --text-field */
#define NDUP_PATH_EACH  UINT32_MAX

struct ndup_path_step {
    const char *name; /* of a member; NULL: elements of an array only */
    size_t length;
    uint32_t element; /* number of an element that is also meant, NDUP_PATH_EACH: all; NDUP_PATH_NO_ELEMENT: none */
};
#define NDUP_PATH_NO_ELEMENT (UINT32_MAX - 1)

struct ndup_field_path {
    char plain[NDUP_FIELD_MAX + 1]; /* without backslashes: the name of a single field */
    char names[NDUP_FIELD_MAX + 1]; /* of the steps */
    struct ndup_path_step steps[NDUP_PATH_STEPS];
    size_t count;
    bool each; /* a step means several elements */
};

/* Takes `name` apart. commas: several paths are separated by them, else the whole is one. *count: how many. The steps point
 * into the paths. ARG: too many, or an empty one. */
neardup_status ndup_field_paths(const char *name, bool commas, struct ndup_field_path paths[NDUP_PATHS], size_t *count,
                                neardup_error *err) NDUP_MUST_CHECK;

/* Mends the steps of a path that was copied. */
void ndup_field_path_moved(struct ndup_field_path *path, const struct ndup_field_path *from);

/* Whether a text is put together from several fields or elements. */
bool ndup_field_is_joined(const char *name);

#ifdef __cplusplus
}
#endif
#endif
