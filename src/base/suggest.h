/* SPDX-License-Identifier: MIT
 * What did the user mean? The nearest of some names: options, words, ids, fields. */
#ifndef NDUP_SUGGEST_H
#define NDUP_SUGGEST_H

#include "base/platform.h"

/* Closeness of two names in [0,2]: Jaccard of their 3-grams plus 1 - edit distance / longer length; 0 if they are too
 * far apart to be worth naming. Longer than 63 bytes: 0. */
double ndup_suggest_closeness(const char *typed, const char *name);

/* The closest of names[0..count), or NULL if none is near; the first of equals. */
const char *ndup_suggest_nearest(const char *typed, const char *const *names, size_t count);

#endif
