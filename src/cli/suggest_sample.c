/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/error.h"
#include "base/mem.h"
#include "cli/runjob.h"
#include "cli/suggest_sample.h"
#include "suggest/statistics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Words of the sample: about 25 MB of text, of which all pairs are found in seconds. */
#define MOST_WORDS ((uint64_t)4000000)
#define LENGTHS    8192 /* documents are counted by their words, up to this many */

/* Partners of a chosen document: signatures of 64 slots, of which 32 bands of 2 rows find a pair with a similarity of .3 with a
 * probability of .95 and one of .5 with .9999. Estimates below .25 are mostly chance. */
#define PARTNER_SLOTS 64u
#define PARTNER_ROWS  2u
#define PARTNER_BANDS (PARTNER_SLOTS / PARTNER_ROWS)
#define PARTNER_LEAST 0.25
#define MOST_PARTNERS 8

struct sample_spot { /* a document that may be in the sample */
    uint64_t order;  /* of the choice */
    uint64_t index, line, tokens;
    char *file;
};

struct sample_partner {
    float estimate; /* 0: none */
    struct sample_spot spot;
};

struct band_key {
    uint64_t key;
    uint32_t seed;
};

struct sampling {
    struct ndup_cli *cli;
    struct ndup_sample *sample;
    uint64_t lengths[LENGTHS];
    struct sample_spot *spots; /* a heap with the largest order first, then the chosen ones by order */
    size_t spot_count, spot_limit;
    size_t seed_count;    /* of the spots, those that are in the sample */
    size_t capacity;      /* of the documents */
    size_t places_from;   /* texts of documents[places_from ...] are read */
    uint32_t *signatures; /* of the seeds, and of the document that is looked at */
    struct band_key *bands;
    size_t band_count;
    struct sample_partner (*partners)[MOST_PARTNERS];
    uint32_t *touched; /* the last document that a seed was a candidate for, by its number + 1 */
    bool again;        /* what is odd about the inputs was reported */
    bool failed;       /* a file could not be read to its end, in this run or in an earlier one, which was reported */
    bool no_memory;
};

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdu;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53u;
    return x ^ (x >> 33);
}

static uint64_t order_of(uint64_t index)
{
    return mix(index + 0x9e3779b97f4a7c15u);
}

/* Moves spots[at] down to its place in the heap. */
static void sift(struct sample_spot *spots, size_t count, size_t at)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < count && spots[child + 1].order > spots[child].order)
            child++;
        if (child >= count || spots[child].order <= spots[at].order)
            return;
        struct sample_spot other = spots[at];
        spots[at] = spots[child];
        spots[child] = other;
        at = child;
    }
}

static int by_choice(const void *left, const void *right)
{
    const struct sample_spot *a = left, *b = right;
    return a->order < b->order ? -1 : a->order > b->order;
}

static bool set_spot(struct sample_spot *spot, const neardup_ref *ref)
{
    char *file = strdup(ref->file);
    if (file == NULL)
        return false;
    free(spot->file);
    *spot = (struct sample_spot){order_of(ref->index), ref->index, ref->line, ref->tokens, file};
    return true;
}

/* ---- counting and choosing ---- */

static bool on_counted(void *context, const neardup_sketched *sketched)
{
    struct sampling *s = context;
    const neardup_ref *ref = &sketched->document;
    if (ref->tokens == 0)
        return true;
    s->sample->look.documents++;
    s->sample->look.shorter += ref->tokens < NDUP_SHORT_WORDS;
    s->lengths[ref->tokens < LENGTHS ? ref->tokens : LENGTHS - 1]++;
    if (ref->tokens > NDUP_SAMPLE_LONGEST) {
        s->sample->too_long++;
        return true;
    }
    if (s->spot_count < s->spot_limit) {
        if (!set_spot(&s->spots[s->spot_count], ref)) {
            s->no_memory = true;
            return false;
        }
        if (++s->spot_count == s->spot_limit) {
            for (size_t i = s->spot_count / 2; i-- > 0;)
                sift(s->spots, s->spot_count, i);
        }
    } else if (order_of(ref->index) < s->spots[0].order) {
        s->no_memory = !set_spot(&s->spots[0], ref);
        sift(s->spots, s->spot_count, 0);
    }
    return !s->no_memory;
}

static void set_median(struct sampling *s)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < LENGTHS; i++) {
        seen += s->lengths[i];
        if (2 * seen >= s->sample->look.documents && seen > 0) {
            s->sample->look.median = i;
            return;
        }
    }
}

/* Which of the spots are in the sample: all if they are all there is, otherwise up to half of what a sample may have. */
static void choose(struct sampling *s)
{
    uint64_t words = 0;
    qsort(s->spots, s->spot_count, sizeof *s->spots, by_choice);
    for (size_t i = 0; i < s->spot_count; i++)
        words += s->spots[i].tokens;
    s->sample->whole = s->sample->look.documents - s->sample->too_long <= s->spot_limit && words <= MOST_WORDS;
    if (s->sample->whole) {
        s->seed_count = s->spot_count;
        return;
    }
    words = 0;
    for (size_t i = 0; i < s->spot_count && 2 * i < s->spot_limit; i++) {
        words += s->spots[i].tokens;
        if (2 * words > MOST_WORDS && i > 0)
            return;
        s->seed_count = i + 1;
    }
}

/* ---- runs over the inputs ---- */

static int fail_memory(const struct sampling *s)
{
    ndup_msg_error(&s->cli->msg, "out of memory");
    return NDUP_EXIT_TROUBLE;
}

static bool report(const struct sampling *s, neardup_status status, const neardup_error *err)
{
    if (status != NEARDUP_OK && status != NEARDUP_E_CANCELED)
        ndup_msg_error(&s->cli->msg, "%s", err->message);
    return status == NEARDUP_OK;
}

/* first: reports what is odd about the inputs. The exit status; *complete false: it failed, and has reported why. */
static int run_over(struct sampling *s, bool first, neardup_profile profile, const neardup_sketch_options *sketching,
                    const neardup_read_options *reading, bool *complete)
{
    struct ndup_runjob run;
    int status = NDUP_EXIT_TROUBLE;
    *complete = false;
    if (ndup_runjob_init(&run, s->cli)) {
        run.options.profile = profile;
        run.again = !first || s->again;
        run.named = run.again && s->failed;
        run.sketching = sketching;
        run.reading = reading;
        if (ndup_runjob_open(&run))
            status = ndup_runjob_run(&run, complete);
        if (*complete && first) {
            const neardup_summary *summary = neardup_job_summary(run.job);
            s->sample->files = summary->files;
            s->sample->text_bytes = summary->text_bytes;
            s->sample->seconds = summary->total_seconds;
        }
    }
    s->failed = s->failed || status == NDUP_EXIT_TROUBLE;
    ndup_runjob_close(&run);
    if (s->no_memory) {
        *complete = false;
        return fail_memory(s);
    }
    return status;
}

/* The same for later runs: a file that cannot be read to its end was named by the first. */
static bool run_again(struct sampling *s, neardup_profile profile, const neardup_sketch_options *sketching,
                      const neardup_read_options *reading)
{
    bool complete;
    (void)run_over(s, false, profile, sketching, reading, &complete);
    return complete;
}

static bool on_text(void *context, size_t place, const char *id, size_t id_length, const char *text, size_t length)
{
    struct sampling *s = context;
    struct ndup_sampled *document = &s->sample->documents[s->places_from + place];
    if (document->text != NULL)
        return true;
    document->text = malloc(length + 1);
    document->id = id != NULL ? malloc(id_length + 1) : NULL;
    s->no_memory = document->text == NULL || (id != NULL && document->id == NULL);
    if (s->no_memory)
        return false;
    if (length > 0)
        memcpy(document->text, text, length);
    document->text[length] = '\0';
    document->length = length;
    if (id != NULL) {
        memcpy(document->id, id, id_length);
        document->id[id_length] = '\0';
    }
    return true;
}

static bool add_document(struct sampling *s, struct sample_spot *spot, bool chosen)
{
    if (!ndup_grow(&s->sample->documents, &s->capacity, s->sample->count + 1, sizeof *s->sample->documents)) {
        s->no_memory = true;
        return false;
    }
    s->sample->documents[s->sample->count++] = (struct ndup_sampled){
        .file = spot->file, .line = spot->line, .index = spot->index, .tokens = spot->tokens, .chosen = chosen};
    spot->file = NULL;
    return true;
}

/* Reads the texts of documents[from ...]. */
static bool read_texts(struct sampling *s, size_t from)
{
    size_t count = s->sample->count - from;
    neardup_place *places = count > 0 ? ndup_alloc(count, sizeof *places) : NULL;
    if (count == 0)
        return true;
    if (places == NULL)
        return fail_memory(s) == NDUP_EXIT_DONE;
    for (size_t i = 0; i < count; i++)
        places[i] = (neardup_place){s->sample->documents[from + i].file, s->sample->documents[from + i].line};
    s->places_from = from;
    const neardup_read_options reading = {
        .struct_size = sizeof reading, .places = places, .count = count, .context = s, .text = on_text};
    bool good = run_again(s, (neardup_profile)NEARDUP_PROFILE_INIT, NULL, &reading);
    free(places);
    return good;
}

/* ---- partners ---- */

static uint64_t band_key(const uint32_t *signature, unsigned band)
{
    const uint32_t *rows = signature + (size_t)band * PARTNER_ROWS;
    return mix(((uint64_t)rows[0] << 32 | rows[1]) + (uint64_t)band * 0x9e3779b97f4a7c15u);
}

static int by_key(const void *left, const void *right)
{
    const struct band_key *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->seed < b->seed ? -1 : a->seed > b->seed;
}

/* Keeps the most similar partners, and of equal ones the first in the input. A copy (estimate 1) says nothing about a question. */
static bool take_partner(struct sampling *s, uint32_t seed, const neardup_sketched *sketched)
{
    float estimate = (float)neardup_signature_jaccard(s->signatures + (size_t)seed * PARTNER_SLOTS, sketched->signature,
                                                      PARTNER_SLOTS);
    struct sample_partner *partners = s->partners[seed];
    size_t at = MOST_PARTNERS - 1;
    if (estimate < (float)PARTNER_LEAST || estimate >= 1 || estimate <= partners[at].estimate)
        return true;
    struct sample_spot spot = {.file = NULL};
    if (!set_spot(&spot, &sketched->document))
        return false;
    free(partners[at].spot.file);
    for (; at > 0 && partners[at - 1].estimate < estimate; at--)
        partners[at] = partners[at - 1];
    partners[at] = (struct sample_partner){estimate, spot};
    return true;
}

static bool on_sketched(void *context, const neardup_sketched *sketched)
{
    struct sampling *s = context;
    uint32_t mark = (uint32_t)(sketched->document.index + 1);
    if (sketched->shingles == 0 || sketched->document.tokens > NDUP_SAMPLE_LONGEST * 8)
        return true;
    for (unsigned band = 0; band < PARTNER_BANDS; band++) {
        uint64_t key = band_key(sketched->signature, band);
        size_t low = 0, high = s->band_count;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (s->bands[middle].key < key)
                low = middle + 1;
            else
                high = middle;
        }
        for (; low < s->band_count && s->bands[low].key == key; low++) {
            uint32_t seed = s->bands[low].seed;
            if (s->touched[seed] == mark || s->sample->documents[seed].index == sketched->document.index)
                continue;
            s->touched[seed] = mark;
            if (!take_partner(s, seed, sketched)) {
                s->no_memory = true;
                return false;
            }
        }
    }
    return true;
}

/* Signatures and bands of the seeds, which are documents[0..count). */
static neardup_status index_seeds(struct sampling *s, neardup_profile profile, neardup_error *err)
{
    neardup_scheme scheme = NEARDUP_SCHEME_MINHASH;
    neardup_text *texts = ndup_alloc(s->sample->count, sizeof *texts);
    s->signatures = ndup_alloc(s->sample->count * PARTNER_SLOTS, sizeof *s->signatures);
    s->bands = ndup_alloc(s->sample->count * PARTNER_BANDS, sizeof *s->bands);
    s->partners = ndup_calloc(s->sample->count, sizeof *s->partners);
    s->touched = ndup_calloc(s->sample->count, sizeof *s->touched);
    if (texts == NULL || s->signatures == NULL || s->bands == NULL || s->partners == NULL || s->touched == NULL) {
        free(texts);
        return ndup_fail_nomem(err);
    }
    for (size_t i = 0; i < s->sample->count; i++)
        texts[i] = (neardup_text){s->sample->documents[i].text != NULL ? s->sample->documents[i].text : "",
                                  s->sample->documents[i].length};
    scheme.profile = profile;
    scheme.slots = PARTNER_SLOTS;
    neardup_status status =
        neardup_sketch_texts(&scheme, texts, s->sample->count, s->cli->settings.job.threads, s->signatures, NULL, err);
    free(texts);
    for (size_t i = 0; i < s->sample->count; i++) {
        if (s->sample->documents[i].length == 0)
            continue;
        for (unsigned band = 0; band < PARTNER_BANDS; band++)
            s->bands[s->band_count++] =
                (struct band_key){band_key(s->signatures + i * PARTNER_SLOTS, band), (uint32_t)i};
    }
    if (s->band_count > 0)
        qsort(s->bands, s->band_count, sizeof *s->bands, by_key);
    return status;
}

static int by_index(const void *left, const void *right)
{
    const struct ndup_sampled *a = left, *b = right;
    return a->index < b->index ? -1 : a->index > b->index;
}

static bool is_seed(const uint64_t *indexes, size_t count, uint64_t index)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (indexes[middle] < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && indexes[low] == index;
}

static int by_number(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

/* Adds the partners: the best of every seed, then the second, until the sample is full. */
static bool add_partners(struct sampling *s)
{
    size_t seeds = s->sample->count;
    uint64_t words = 0;
    uint64_t *known = ndup_alloc(s->spot_limit + seeds, sizeof *known);
    size_t known_count = seeds;
    bool full = false;
    if (known == NULL) {
        s->no_memory = true;
        return false;
    }
    for (size_t i = 0; i < seeds; i++) {
        known[i] = s->sample->documents[i].index;
        words += s->sample->documents[i].tokens;
    }
    qsort(known, seeds, sizeof *known, by_number);
    for (size_t rank = 0; rank < MOST_PARTNERS && !full; rank++) {
        size_t sorted = known_count;
        for (size_t i = 0; i < seeds && !full; i++) {
            struct sample_partner *partner = &s->partners[i][rank];
            if (partner->estimate <= 0 || is_seed(known, sorted, partner->spot.index))
                continue;
            bool again = false; /* among those of this rank, which are not sorted yet */
            for (size_t k = sorted; k < known_count && !again; k++)
                again = known[k] == partner->spot.index;
            words += again ? 0 : partner->spot.tokens;
            full = words > MOST_WORDS || s->sample->count >= s->spot_limit;
            if (again || full)
                continue;
            known[known_count++] = partner->spot.index;
            if (!add_document(s, &partner->spot, false)) {
                free(known);
                return false;
            }
        }
        qsort(known, known_count, sizeof *known, by_number);
    }
    free(known);
    return true;
}

static void free_partners(struct sampling *s, size_t seeds)
{
    for (size_t i = 0; s->partners != NULL && i < seeds; i++) {
        for (size_t k = 0; k < MOST_PARTNERS; k++)
            free(s->partners[i][k].spot.file);
    }
    free(s->partners);
    free(s->signatures);
    free(s->bands);
    free(s->touched);
    s->partners = NULL;
    s->signatures = NULL;
    s->bands = NULL;
    s->touched = NULL;
}

/* Characters find copies with noise in them, too; two Chinese characters say as much as a word. */
static neardup_profile partner_profile(const struct sampling *s)
{
    return 2 * s->sample->look.han > s->sample->look.chosen ? (neardup_profile){NEARDUP_TOKENS_WORD, 2}
                                                            : (neardup_profile){NEARDUP_TOKENS_CHAR, 5};
}

static bool find_partners(struct sampling *s)
{
    neardup_error err = {.message = ""};
    neardup_profile profile = partner_profile(s);
    size_t seeds = s->sample->count;
    const neardup_sketch_options sketching = {
        .struct_size = sizeof sketching, .slots = PARTNER_SLOTS, .context = s, .sketched = on_sketched};
    bool good = report(s, index_seeds(s, profile, &err), &err) && run_again(s, profile, &sketching, NULL);
    if (good && !add_partners(s))
        good = fail_memory(s) == NDUP_EXIT_DONE;
    free_partners(s, seeds);
    return good && read_texts(s, seeds);
}

/* ---- what the texts are ---- */

static neardup_status look_at(struct sampling *s, neardup_error *err)
{
    struct ndup_word_table *words;
    struct ndup_corpus_look *look = &s->sample->look;
    NDUP_TRY(ndup_word_table_create(&words, err));
    neardup_status status = NEARDUP_OK;
    for (size_t i = 0; status == NEARDUP_OK && i < s->sample->count; i++) {
        const struct ndup_sampled *document = &s->sample->documents[i];
        if (document->text == NULL || !document->chosen)
            continue;
        enum ndup_script script = ndup_text_script(document->text, document->length);
        look->chosen++;
        look->han += script == NDUP_SCRIPT_HAN;
        look->closed += script == NDUP_SCRIPT_CLOSED;
        look->html += ndup_text_is_html(document->text, document->length);
        look->digits += ndup_text_has_digit(document->text, document->length);
        status = ndup_word_table_add(words, document->text, document->length, err);
    }
    if (status == NEARDUP_OK)
        status = ndup_word_table_noise(words, &look->noise, err);
    ndup_word_table_destroy(words);
    return status;
}

/* ---- copies ---- */

struct copy_key {
    neardup_content content;
    size_t at;
    bool chosen;
};

static int by_content(const void *left, const void *right)
{
    const struct copy_key *a = left, *b = right;
    if (a->content.high != b->content.high)
        return a->content.high < b->content.high ? -1 : 1;
    if (a->content.low != b->content.low)
        return a->content.low < b->content.low ? -1 : 1;
    if (a->chosen != b->chosen)
        return a->chosen ? -1 : 1;
    return a->at < b->at ? -1 : a->at > b->at;
}

static void forget(struct ndup_sampled *document)
{
    free(document->text);
    free(document->id);
    free(document->file);
    *document = (struct ndup_sampled){.text = NULL};
}

/* Leaves one document of each text, and none without. Every question finds copies, and a thousand of them have half a million pairs. */
static neardup_status collapse(struct sampling *s, neardup_error *err)
{
    const neardup_profile profile = NEARDUP_PROFILE_INIT;
    struct copy_key *keys = ndup_alloc(s->sample->count + 1, sizeof *keys);
    size_t kept = 0;
    if (keys == NULL)
        return ndup_fail_nomem(err);
    if (s->sample->count > 0)
        qsort(s->sample->documents, s->sample->count, sizeof *s->sample->documents, by_index);
    for (size_t i = 0; i < s->sample->count; i++) {
        const struct ndup_sampled *d = &s->sample->documents[i];
        keys[i] = (struct copy_key){.at = i, .chosen = d->chosen};
        neardup_status status =
            neardup_content_compute(&profile, false, d->text != NULL ? d->text : "", d->length, &keys[i].content, err);
        if (status != NEARDUP_OK) {
            free(keys);
            return status;
        }
    }
    qsort(keys, s->sample->count, sizeof *keys, by_content);
    for (size_t i = 0; i < s->sample->count; i++) {
        bool again =
            i > 0 && keys[i].content.high == keys[i - 1].content.high && keys[i].content.low == keys[i - 1].content.low;
        bool none = keys[i].content.high == 0 && keys[i].content.low == 0;
        s->sample->look.copies += again && !none && keys[i].chosen;
        if (again || none)
            forget(&s->sample->documents[keys[i].at]);
    }
    free(keys);
    for (size_t i = 0; i < s->sample->count; i++) {
        if (s->sample->documents[i].text != NULL)
            s->sample->documents[kept++] = s->sample->documents[i];
    }
    s->sample->count = kept;
    return NEARDUP_OK;
}

/* ---- all of the sample ---- */

/* Enough texts are HTML, and will be compared with their tags unless an option says otherwise. */
static bool is_html(const struct sampling *s)
{
    const struct ndup_corpus_look *look = &s->sample->look;
    return s->cli->settings.job.html == NEARDUP_HTML_AUTO &&
           ndup_share_reaches(look->html, look->chosen, NDUP_HTML_PERCENT);
}

static int take(struct sampling *s, bool *complete)
{
    neardup_error err = {.message = ""};
    const neardup_sketch_options counting = {
        .struct_size = sizeof counting, .slots = 1, .context = s, .sketched = on_counted};
    s->spot_limit = (size_t)s->cli->settings.sample;
    s->spots = ndup_calloc(s->spot_limit, sizeof *s->spots);
    if (s->spots == NULL)
        return fail_memory(s);
    int status = run_over(s, true, (neardup_profile)NEARDUP_PROFILE_INIT, &counting, NULL, complete);
    if (!*complete)
        return status;
    *complete = false;
    set_median(s);
    choose(s);
    for (size_t i = 0; i < s->seed_count; i++) {
        if (!add_document(s, &s->spots[i], true))
            return fail_memory(s);
    }
    if (!read_texts(s, 0) || !report(s, look_at(s, &err), &err))
        return NDUP_EXIT_TROUBLE;
    if (is_html(s)) {
        *complete = true;
        return status;
    }
    if ((!s->sample->whole && !find_partners(s)) || !report(s, collapse(s, &err), &err))
        return NDUP_EXIT_TROUBLE;
    *complete = true;
    return s->failed ? NDUP_EXIT_TROUBLE : status;
}

int ndup_sample_take(struct ndup_sample *sample, struct ndup_cli *cli, bool *complete)
{
    int status;
    uint64_t pages = 0, pages_of = 0;
    bool failed = false;
    for (;;) {
        struct sampling *s = ndup_calloc(1, sizeof *s);
        *sample = (struct ndup_sample){.pages = pages, .pages_of = pages_of};
        *complete = false;
        if (s == NULL) {
            ndup_msg_error(&cli->msg, "out of memory");
            return NDUP_EXIT_TROUBLE;
        }
        *s = (struct sampling){.cli = cli, .sample = sample, .again = pages > 0, .failed = failed};
        status = take(s, complete);
        bool html = *complete && is_html(s);
        failed = s->failed;
        for (size_t i = 0; s->spots != NULL && i < s->spot_limit; i++)
            free(s->spots[i].file);
        free(s->spots);
        free(s);
        if (!html)
            return status;
        pages = sample->look.html;
        pages_of = sample->look.chosen;
        cli->settings.job.html = NEARDUP_HTML_TEXT;
        ndup_sample_free(sample);
    }
}

static int by_order(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    uint64_t x = order_of(*a), y = order_of(*b);
    return x < y ? -1 : x > y;
}

void ndup_sample_halve(struct ndup_sample *sample)
{
    size_t kept = 0;
    uint64_t *indexes = ndup_alloc(sample->count + 1, sizeof *indexes), last = UINT64_MAX;
    for (size_t i = 0; indexes != NULL && i < sample->count; i++)
        indexes[i] = sample->documents[i].index;
    if (indexes != NULL) {
        qsort(indexes, sample->count, sizeof *indexes, by_order);
        last = order_of(indexes[sample->count / 2]);
    }
    /* Without memory for their order, the first half. */
    for (size_t i = 0; i < sample->count; i++) {
        bool stays = indexes != NULL ? order_of(sample->documents[i].index) < last : i < sample->count / 2;
        if (stays)
            sample->documents[kept++] = sample->documents[i];
        else
            forget(&sample->documents[i]);
    }
    sample->count = kept;
    sample->whole = false;
    free(indexes);
}

void ndup_sample_free(struct ndup_sample *sample)
{
    ndup_sampled_free(sample->documents, sample->count);
    *sample = (struct ndup_sample){.count = 0};
}
