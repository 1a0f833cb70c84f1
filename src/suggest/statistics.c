/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "suggest/statistics.h"
#include "term/safe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- one text ---------------------------------------------------------------------------------------------------- */

bool ndup_text_has_digit(const char *text, size_t length)
{
    static const uint32_t zeros[] = {'0', 0x660, 0x6F0, 0x966, 0xFF10};
    for (size_t i = 0; i < length;) {
        uint32_t code = 0;
        size_t n = ndup_safe_decode(text + i, length - i, &code);
        for (size_t k = 0; n > 0 && k < sizeof zeros / sizeof *zeros; k++) {
            if (code - zeros[k] < 10)
                return true;
        }
        i += n > 0 ? n : 1;
    }
    return false;
}

uint64_t ndup_text_numbers(const char *text, size_t length)
{
    uint64_t sum = 0, number = 0;
    bool any = false, inside = false;
    for (size_t i = 0; i <= length; i++) {
        bool digit = i < length && text[i] >= '0' && text[i] <= '9';
        if (digit) {
            number = (number ^ (unsigned char)text[i]) * 0x100000001b3u + 1;
        } else if (inside) {
            number = (number ^ (number >> 31)) * 0x9e3779b97f4a7c15u;
            sum += number ^ (number >> 29);
            number = 0;
        }
        inside = digit;
        any = any || digit;
    }
    return !any ? 0 : sum != 0 ? sum : 1;
}

/* ---- the words of a sample --------------------------------------------------------------------------------------- */

#define LEAST_LETTERS  5
#define MOST_LETTERS   30
#define MOST_WORDS     ((size_t)1 << 20)
#define SLOTS          (2 * MOST_WORDS)
#define RARE           2  /* a word that is seen up to so often may be an error */
#define FREQUENT_TIMES 10 /* and then the right word is at least this many times as frequent */
#define ENOUGH_WORDS   1000

struct word { /* letters in lower case; a slot of the table is empty where count is 0 */
    char letters[MOST_LETTERS + 2];
    uint32_t count;
    uint8_t length;
};

struct ndup_word_table {
    struct word *words; /* [count] */
    size_t capacity, count;
    uint32_t *slots; /* 1 + index into words */
    uint64_t total;  /* words that were counted, with repetitions */
};

/* FNV-1a. A sample is small, and whoever writes one that collides makes only his own advice slow: slots are probed in a row, up to
 * PROBES. */
#define PROBES 64
static uint64_t hash_bytes(const char *bytes, size_t length, size_t without)
{
    uint64_t hash = 0xcbf29ce484222325u ^ length ^ ((uint64_t)(without + 1) << 32);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (i == without ? 0xFFu : (unsigned char)bytes[i])) * 0x100000001b3u;
    return hash ^ (hash >> 29);
}

neardup_status ndup_word_table_create(struct ndup_word_table **out, neardup_error *err)
{
    struct ndup_word_table *table = ndup_calloc(1, sizeof *table);
    *out = table;
    if (table != NULL)
        table->slots = ndup_calloc(SLOTS, sizeof *table->slots);
    if (table != NULL && table->slots != NULL)
        return NEARDUP_OK;
    ndup_word_table_destroy(table);
    *out = NULL;
    return ndup_fail_nomem(err);
}

void ndup_word_table_destroy(struct ndup_word_table *table)
{
    if (table == NULL)
        return;
    free(table->words);
    free(table->slots);
    free(table);
}

static neardup_status count_word(struct ndup_word_table *t, const char *letters, size_t length, neardup_error *err)
{
    size_t slot = hash_bytes(letters, length, SIZE_MAX - 1) % SLOTS;
    t->total++;
    for (unsigned probe = 0; probe < PROBES; probe++, slot = (slot + 1) % SLOTS) {
        if (t->slots[slot] == 0) {
            if (t->count == MOST_WORDS)
                return NEARDUP_OK;
            if (!ndup_grow(&t->words, &t->capacity, t->count + 1, sizeof *t->words))
                return ndup_fail_nomem(err);
            struct word *word = &t->words[t->count++];
            *word = (struct word){.count = 1, .length = (uint8_t)length};
            memcpy(word->letters, letters, length);
            t->slots[slot] = (uint32_t)t->count;
            return NEARDUP_OK;
        }
        struct word *word = &t->words[t->slots[slot] - 1];
        if (word->length == length && memcmp(word->letters, letters, length) == 0) {
            word->count += word->count < UINT32_MAX;
            return NEARDUP_OK;
        }
    }
    return NEARDUP_OK;
}

/* Words are runs of letters of ASCII and of two-byte characters (Latin, Greek, Cyrillic, Hebrew, Arabic): those that scanners read.
 * Case is folded in ASCII only, as a word with another first letter would still be a double of one letter. */
neardup_status ndup_word_table_add(struct ndup_word_table *table, const char *text, size_t length, neardup_error *err)
{
    char letters[MOST_LETTERS];
    size_t count = 0;
    for (size_t i = 0; i <= length; i++) {
        unsigned char c = i < length ? (unsigned char)text[i] : ' ';
        unsigned char lower = c | 0x20;
        bool letter = (lower >= 'a' && lower <= 'z') || c >= 0x80;
        if (letter && count < MOST_LETTERS)
            letters[count] = (char)(c < 0x80 ? lower : c);
        if (letter) {
            count++;
            continue;
        }
        if (count >= LEAST_LETTERS && count <= MOST_LETTERS)
            NDUP_TRY(count_word(table, letters, count, err));
        count = 0;
    }
    return NEARDUP_OK;
}

/* The frequency of the most frequent word for each form with a letter left open. */
struct open_form {
    uint64_t hash;
    uint32_t count;
};

static int by_hash(const void *left, const void *right)
{
    const struct open_form *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return a->count > b->count ? -1 : a->count < b->count;
}

static uint32_t most_frequent(const struct open_form *forms, size_t count, uint64_t hash)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (forms[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && forms[low].hash == hash ? forms[low].count : 0;
}

neardup_status ndup_word_table_noise(struct ndup_word_table *t, double *noise, neardup_error *err)
{
    struct open_form *forms = NULL;
    size_t capacity = 0, count = 0;
    uint64_t rare = 0;
    *noise = 0;
    if (t->total < ENOUGH_WORDS)
        return NEARDUP_OK;
    for (size_t w = 0; w < t->count; w++) {
        const struct word *word = &t->words[w];
        if (word->count < FREQUENT_TIMES)
            continue;
        if (!ndup_grow(&forms, &capacity, count + word->length, sizeof *forms)) {
            free(forms);
            return ndup_fail_nomem(err);
        }
        for (size_t i = 0; i < word->length; i++)
            forms[count++] = (struct open_form){hash_bytes(word->letters, word->length, i), word->count};
    }
    if (count > 0)
        qsort(forms, count, sizeof *forms, by_hash);
    for (size_t w = 0; w < t->count; w++) {
        const struct word *word = &t->words[w];
        for (size_t i = 0; word->count <= RARE && i < word->length; i++) {
            if (most_frequent(forms, count, hash_bytes(word->letters, word->length, i)) >=
                FREQUENT_TIMES * word->count) {
                rare += word->count;
                break;
            }
        }
    }
    free(forms);
    *noise = (double)rare / (double)t->total;
    return NEARDUP_OK;
}

/* ---- shares of judged pairs -------------------------------------------------------------------------------------- */

#define Z 1.959963984540054 /* of 95 % */

struct ndup_interval ndup_wilson(uint64_t yes, uint64_t count)
{
    if (count == 0)
        return (struct ndup_interval){0, 1};
    double n = (double)count, p = (double)yes / n, z2 = Z * Z;
    double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
    double half = Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
    return (struct ndup_interval){yes == 0 ? 0 : fmax(0, middle - half), yes == count ? 1 : fmin(1, middle + half)};
}

/* The stratum whose verdicts stand for stratum i: its own, or those of the nearest judged one, below before above. Scores rise with
 * i: the share of a lower stratum is the careful guess. */
static size_t judged_near(const struct ndup_stratum *strata, size_t count, size_t i)
{
    for (size_t j = i + 1; j-- > 0;) {
        if (strata[j].same + strata[j].different > 0)
            return j;
    }
    for (size_t j = i; j < count; j++) {
        if (strata[j].same + strata[j].different > 0)
            return j;
    }
    return count;
}

bool ndup_stratified_precision(const struct ndup_stratum *strata, size_t count, double *precision,
                               struct ndup_interval *interval)
{
    double all = 0, mean = 0, below = 0, above = 0;
    for (size_t i = 0; i < count; i++)
        all += (double)strata[i].pairs;
    if (all <= 0 || judged_near(strata, count, 0) == count)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct ndup_stratum *near = &strata[judged_near(strata, count, i)];
        uint64_t judged = near->same + near->different;
        double weight = (double)strata[i].pairs / all, share = (double)near->same / (double)judged;
        struct ndup_interval own = near == &strata[i] ? ndup_wilson(near->same, judged) : (struct ndup_interval){0, 1};
        mean += weight * share;
        below += weight * weight * (share - own.low) * (share - own.low);
        above += weight * weight * (own.high - share) * (own.high - share);
    }
    *precision = mean;
    *interval = (struct ndup_interval){fmax(0, mean - sqrt(below)), fmin(1, mean + sqrt(above))};
    return true;
}
