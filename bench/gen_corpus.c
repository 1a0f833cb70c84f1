/* SPDX-License-Identifier: MIT
 * A corpus of made-up text with planted duplicates, and the truth about them.
 *
 * Every document is a function of (seed, number): the token sequence comes from its own random stream, a duplicate
 * repeats the sequence of its source with edits from its own stream. So nothing is kept in memory but one number a
 * document, and --check can build any two documents again and compare a decision of neardup with their exact Jaccard
 * similarity. This program shares no code with the library: tokens are known here as word numbers, never by reading
 * text. What is written (case, punctuation, accents) normalises to exactly these words.
 *
 *   gen_corpus --documents 100000 --duplicates 0.3 --truth truth.jsonl -o corpus.jsonl
 *   gen_corpus --documents 100000 --duplicates 0.3 --threshold 0.7 --check decisions.jsonl */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static _Noreturn void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("gen_corpus: error: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(2);
}

static void *must(void *pointer)
{
    if (pointer == NULL)
        die("out of memory");
    return pointer;
}

/* ---- random numbers: xoshiro256++ seeded by splitmix64 (Blackman, Vigna 2019) ------------------------------------ */

struct rng {
    uint64_t s[4];
};

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

enum stream { STREAM_VOCABULARY, STREAM_PLAN, STREAM_BODY, STREAM_SITE, STREAM_EDIT, STREAM_LOOK, STREAM_META };

static struct rng rng_make(uint64_t seed, enum stream stream, uint64_t number)
{
    uint64_t state = seed;
    state = splitmix(&state) ^ ((uint64_t)stream << 56) ^ number;
    struct rng r;
    for (int i = 0; i < 4; i++)
        r.s[i] = splitmix(&state);
    return r;
}

static inline uint64_t rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

static inline uint64_t rng_next(struct rng *r)
{
    uint64_t result = rotl(r->s[0] + r->s[3], 23) + r->s[0];
    uint64_t t = r->s[1] << 17;
    r->s[2] ^= r->s[0];
    r->s[3] ^= r->s[1];
    r->s[1] ^= r->s[2];
    r->s[0] ^= r->s[3];
    r->s[2] ^= t;
    r->s[3] = rotl(r->s[3], 45);
    return result;
}

static inline uint32_t rng_below(struct rng *r, uint32_t n)
{
    return (uint32_t)(((rng_next(r) >> 32) * n) >> 32);
}

static double rng_real(struct rng *r) /* in (0, 1) */
{
    return ((double)(rng_next(r) >> 12) + 0.5) * 0x1p-52;
}

static double rng_normal(struct rng *r)
{
    double radius = sqrt(-2 * log(rng_real(r)));
    return radius * cos(6.283185307179586 * rng_real(r));
}

/* ---- vocabulary: made-up words, frequent ones short, drawn by Zipf's law ------------------------------------------ */

#define WORDS     200000u
#define WORD_ROOM 16 /* bytes of a slot; the last one holds the length */
#define CYRILLIC  (1u << 20)

struct vocabulary {
    char (*text)[WORD_ROOM];
    uint32_t *keep; /* alias method (Walker 1977): below this the word itself, else its alias */
    uint32_t *alias;
    double mean_length; /* of a drawn word */
};

static size_t make_word(struct rng *r, uint32_t rank, char *out)
{
    static const char onsets[][3] = {"b", "d", "f",  "g",  "h",  "k",  "l",  "m",  "n",  "p",  "r",
                                     "s", "t", "v",  "z",  "w",  "st", "tr", "pl", "br", "",   "ch",
                                     "j", "c", "gr", "sl", "kn", "sp", "y",  "th", "sh", "cr", "d"};
    static const char codas[][3] = {"", "", "", "", "n", "r", "s", "l", "t", "m", "nd", "st"};
    if (rank % 41 == 40) /* numbers */
        return (size_t)snprintf(out, WORD_ROOM, "%u", rank < 2000 ? rank / 41 : rng_below(r, 100000));
    unsigned syllables = rank < 120 ? 1 : rank < 9000 ? 2 : rank < 60000 ? 3 : 3 + rng_below(r, 2);
    size_t n = 0;
    for (unsigned i = 0; i < syllables; i++) {
        const char *onset = onsets[rng_below(r, sizeof onsets / sizeof onsets[0])];
        const char *coda = codas[rng_below(r, i + 1 == syllables ? sizeof codas / sizeof codas[0] : 6)];
        for (const char *p = onset; *p != '\0' && n < WORD_ROOM - 4; p++)
            out[n++] = *p;
        out[n++] = "aeiou"[rng_below(r, 5)];
        for (const char *p = coda; *p != '\0' && n < WORD_ROOM - 4; p++)
            out[n++] = *p;
    }
    return n;
}

static uint64_t string_hash(const char *p, size_t n)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)p[i]) * 0x100000001b3u;
    return h;
}

static void fill_words(struct vocabulary *v, uint64_t seed)
{
    enum { ROOM = 1 << 19 };
    uint32_t *seen = must(calloc(ROOM, sizeof *seen)); /* number + 1 */
    struct rng r = rng_make(seed, STREAM_VOCABULARY, 0);
    for (uint32_t i = 0; i < WORDS;) {
        char *slot = v->text[i];
        memset(slot, 0, WORD_ROOM);
        size_t n = make_word(&r, i, slot);
        slot[WORD_ROOM - 1] = (char)n;
        size_t at = string_hash(slot, n) % ROOM;
        while (seen[at] != 0 && memcmp(v->text[seen[at] - 1], slot, WORD_ROOM) != 0)
            at = (at + 1) % ROOM;
        if (seen[at] == 0)
            seen[at] = ++i;
    }
    free(seen);
}

static void fill_alias(struct vocabulary *v)
{
    double *p = must(malloc(WORDS * sizeof *p)), sum = 0;
    uint32_t *small = must(malloc(WORDS * sizeof *small)), *large = must(malloc(WORDS * sizeof *large));
    uint32_t smalls = 0, larges = 0;
    for (uint32_t i = 0; i < WORDS; i++)
        sum += p[i] = 1 / (i + 2.7); /* Mandelbrot's form: the top is a little flatter */
    for (uint32_t i = 0; i < WORDS; i++) {
        v->mean_length += p[i] / sum * v->text[i][WORD_ROOM - 1];
        p[i] *= WORDS / sum;
        if (p[i] < 1)
            small[smalls++] = i;
        else
            large[larges++] = i;
    }
    while (smalls > 0) {
        uint32_t s = small[--smalls];
        v->keep[s] = UINT32_MAX;
        v->alias[s] = s;
        if (larges == 0)
            continue;
        uint32_t l = large[larges - 1];
        v->keep[s] = (uint32_t)(p[s] * 0x1p32);
        v->alias[s] = l;
        p[l] -= 1 - p[s];
        if (p[l] < 1)
            small[smalls++] = large[--larges];
    }
    while (larges > 0) {
        uint32_t l = large[--larges];
        v->keep[l] = UINT32_MAX;
        v->alias[l] = l;
    }
    free(p);
    free(small);
    free(large);
}

static void vocabulary_make(struct vocabulary *v, uint64_t seed)
{
    v->text = must(malloc(WORDS * sizeof *v->text));
    v->keep = must(malloc(WORDS * sizeof *v->keep));
    v->alias = must(malloc(WORDS * sizeof *v->alias));
    v->mean_length = 0;
    fill_words(v, seed);
    fill_alias(v);
}

static inline uint32_t draw_word(const struct vocabulary *v, struct rng *r)
{
    uint64_t u = rng_next(r);
    uint32_t i = (uint32_t)(((u >> 32) * WORDS) >> 32);
    return (uint32_t)u < v->keep[i] ? i : v->alias[i];
}

/* ---- plan: which document repeats which --------------------------------------------------------------------------- */

struct options {
    uint64_t seed, bytes, documents;
    double mean_words, sigma, duplicates, exact, hub, boilerplate, non_ascii, threshold;
    unsigned files;
    const char *output, *truth, *check;
};

struct corpus {
    struct options o;
    struct vocabulary words;
    uint32_t documents, sites;
    uint32_t *source; /* own number: an original. Sources are originals and come before their duplicates */
};

/* A duplicate takes its source evenly from the originals so far, which gives clusters of about geometric sizes; with
 * probability `hub` it is the first document, for one giant cluster. */
static void make_plan(struct corpus *c)
{
    struct rng r = rng_make(c->o.seed, STREAM_PLAN, 0);
    uint32_t *originals = must(malloc((c->documents + 1) * sizeof *originals)), count = 0;
    c->source = must(malloc((c->documents + 1) * sizeof *c->source));
    for (uint32_t i = 0; i < c->documents; i++) {
        if (count > 0 && rng_real(&r) < c->o.duplicates) {
            c->source[i] = rng_real(&r) < c->o.hub ? originals[0] : originals[rng_below(&r, count)];
        } else {
            c->source[i] = i;
            originals[count++] = i;
        }
    }
    free(originals);
}

/* ---- a document as numbers ---------------------------------------------------------------------------------------- */

enum script { PLAIN, ACCENTED, RUSSIAN };
enum edit { ORIGINAL, EXACT, EDIT_TOKENS, EDIT_APPEND, EDIT_CUT, EDIT_MOVE };
static const char *const edit_names[] = {"original", "none", "tokens", "append", "cut", "move"};

struct document {
    uint32_t *word;
    size_t count, room;
    uint32_t site;
    enum script script;
    enum edit edit;
    uint64_t look; /* number of the stream that decides case and punctuation */
};

static void room_for(struct document *d, size_t count)
{
    if (count <= d->room)
        return;
    d->room = count + count / 2 + 64;
    d->word = must(realloc(d->word, d->room * sizeof *d->word));
}

static void append_words(const struct corpus *c, struct document *d, struct rng *r, size_t n)
{
    room_for(d, d->count + n);
    uint32_t *to = d->word + d->count;
    for (size_t i = 0; i < n; i++)
        to[i] = draw_word(&c->words, r);
    d->count += n;
}

/* Paragraphs that all pages of a site share: at most the boilerplate share of a document, so that two pages never
 * become similar through them alone. */
static void append_boilerplate(const struct corpus *c, struct document *d, size_t most)
{
    struct rng r = rng_make(c->o.seed, STREAM_SITE, d->site);
    for (size_t done = 0;;) {
        size_t n = 12 + rng_below(&r, 40);
        if (done + n > most)
            break;
        append_words(c, d, &r, n);
        done += n;
    }
}

static void build_original(const struct corpus *c, uint32_t number, struct document *d)
{
    struct rng r = rng_make(c->o.seed, STREAM_BODY, number);
    double mu = log(c->o.mean_words) - c->o.sigma * c->o.sigma / 2;
    double length = exp(mu + c->o.sigma * rng_normal(&r));
    size_t total = length < 8 ? 8 : length > 300000 ? 300000 : (size_t)length;
    double site = rng_real(&r);
    d->site = (uint32_t)(site * site * c->sites);
    d->script = PLAIN;
    if (rng_real(&r) < c->o.non_ascii)
        d->script = rng_below(&r, 2) == 0 ? ACCENTED : RUSSIAN;
    d->count = 0;
    append_boilerplate(c, d, (size_t)(c->o.boilerplate * (double)total));
    append_words(c, d, &r, total > d->count ? total - d->count : 1);
    d->edit = ORIGINAL;
    d->look = number;
}

/* Every token is touched with probability p. A share s = (1-p)^5 of the shingles survives, and J = s / (2 - s). */
static void edit_tokens(const struct corpus *c, struct rng *r, double jaccard, const struct document *from,
                        struct document *d)
{
    double survive = 2 * jaccard / (1 + jaccard);
    uint32_t p = (uint32_t)((1 - pow(survive, 0.2)) * 0x1p32);
    room_for(d, from->count * 2 + 2);
    size_t n = 0;
    for (size_t i = 0; i < from->count; i++) {
        uint64_t u = rng_next(r);
        if ((uint32_t)u >= p) {
            d->word[n++] = from->word[i];
            continue;
        }
        unsigned what = (unsigned)(u >> 32) % 5;
        if (what > 0) /* 1 to 4: another word; 0: deleted */
            d->word[n++] = draw_word(&c->words, r);
        if (what == 4) /* ... in front of this one */
            d->word[n++] = from->word[i];
    }
    if (n == 0)
        d->word[n++] = draw_word(&c->words, r);
    d->count = n;
}

static void copy_words(struct document *d, const uint32_t *words, size_t n)
{
    room_for(d, d->count + n);
    memcpy(d->word + d->count, words, n * sizeof *words);
    d->count += n;
}

static void edit_block(const struct corpus *c, struct rng *r, double jaccard, const struct document *from,
                       struct document *d)
{
    size_t n = from->count, keep = (size_t)(jaccard * (double)n);
    d->count = 0;
    if (keep == 0)
        keep = 1;
    size_t a = rng_below(r, (uint32_t)(n - keep) + 1);
    if (d->edit == EDIT_APPEND) {
        copy_words(d, from->word, n);
        append_words(c, d, r, (size_t)((double)n / jaccard) - n + 1);
    } else if (d->edit == EDIT_CUT) {
        copy_words(d, from->word + a, keep);
    } else { /* what stands before a place changes sides with what stands behind it */
        copy_words(d, from->word + a, n - a);
        copy_words(d, from->word, a);
    }
}

static bool same_words(const struct document *a, const struct document *b)
{
    return a->count == b->count && (a->script == RUSSIAN) == (b->script == RUSSIAN) &&
           memcmp(a->word, b->word, a->count * sizeof *a->word) == 0;
}

/* Builds document `number`; `source` gets its source if it is a duplicate. */
static void build(const struct corpus *c, uint32_t number, struct document *d, struct document *source)
{
    uint32_t root = c->source[number];
    if (root == number) {
        build_original(c, number, d);
        return;
    }
    build_original(c, root, source);
    struct rng r = rng_make(c->o.seed, STREAM_EDIT, number);
    d->site = source->site;
    d->script = source->script;
    d->count = 0;
    if (rng_real(&r) < c->o.exact) { /* half of them byte for byte, half in other case and punctuation */
        d->edit = EXACT;
        d->look = rng_below(&r, 2) == 0 ? root : number;
        copy_words(d, source->word, source->count);
        return;
    }
    d->look = number;
    double jaccard = 0.3 + 0.69 * rng_real(&r);
    unsigned what = rng_below(&r, 10);
    d->edit = what < 6 ? EDIT_TOKENS : what < 8 ? EDIT_APPEND : what < 9 ? EDIT_CUT : EDIT_MOVE;
    if (d->edit == EDIT_TOKENS)
        edit_tokens(c, &r, jaccard, source, d);
    else
        edit_block(c, &r, jaccard, source, d);
    if (same_words(d, source))
        d->edit = EXACT;
}

/* ---- exact similarity of two documents ------------------------------------------------------------------------------ */

struct entry {
    uint64_t key;
    uint64_t stamp; /* 2 * round: only in one of them; 2 * round + 1: in both */
};

struct shingle_set {
    struct entry *entry;
    size_t room; /* power of two */
    uint64_t round;
};

struct similarity {
    uint64_t shared, in_either;
};

static inline uint64_t token_of(const struct corpus *c, const struct document *d, size_t i)
{
    uint32_t word = d->word[i];
    bool number = c->words.text[word][0] <= '9';
    return d->script == RUSSIAN && !number ? word | CYRILLIC : word;
}

/* Five numbers of 21 bits each, mixed to 64: equal keys for different shingles are as likely as 2^-64. */
static inline uint64_t shingle_key(const struct corpus *c, const struct document *d, size_t at, size_t n)
{
    uint64_t h = n;
    for (size_t i = 0; i < n; i++) {
        h = (h ^ token_of(c, d, at + i)) * 0xd6e8feb86659fd93u;
        h ^= h >> 32;
    }
    return h;
}

static struct entry *lookup(struct shingle_set *set, uint64_t key)
{
    size_t at = (key * 0x9e3779b97f4a7c15u) >> 20 & (set->room - 1);
    while (set->entry[at].stamp / 2 == set->round && set->entry[at].key != key)
        at = (at + 1) & (set->room - 1);
    return &set->entry[at];
}

static struct similarity compare(const struct corpus *c, struct shingle_set *set, const struct document *a,
                                 const struct document *b)
{
    size_t most = a->count + b->count;
    if (set->room < 2 * most || set->room == 0) {
        set->room = 1024;
        while (set->room < 2 * most)
            set->room *= 2;
        free(set->entry);
        set->entry = must(calloc(set->room, sizeof *set->entry));
        set->round = 0;
    }
    set->round++;
    struct similarity s = {0, 0};
    const struct document *both[2] = {a, b};
    for (int which = 0; which < 2; which++) {
        const struct document *d = both[which];
        size_t n = d->count < 5 ? d->count : 5;
        for (size_t i = 0; i + n <= d->count && n > 0; i++) {
            uint64_t key = shingle_key(c, d, i, n);
            struct entry *e = lookup(set, key);
            if (e->stamp / 2 != set->round) {
                /* What only b holds is marked as seen in both at once, so that it is never counted as shared. */
                *e = (struct entry){key, 2 * set->round + (uint64_t)which};
                s.in_either++;
            } else if (which == 1 && e->stamp == 2 * set->round) {
                e->stamp++;
                s.shared++;
            }
        }
    }
    return s;
}

/* ---- text ------------------------------------------------------------------------------------------------------------ */

struct writer {
    int fd;
    const char *name;
    char *data;
    size_t len, room;
    uint64_t written;
};

static void writer_open(struct writer *w, const char *path)
{
    w->name = path;
    w->len = w->written = 0;
    w->fd = strcmp(path, "-") == 0 ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (w->fd < 0)
        die("cannot open '%s': %s", path, strerror(errno));
}

static void writer_flush(struct writer *w)
{
    for (size_t at = 0; at < w->len;) {
        ssize_t n = write(w->fd, w->data + at, w->len - at);
        if (n < 0 && errno != EINTR)
            die("cannot write '%s': %s", w->name, strerror(errno));
        at += n > 0 ? (size_t)n : 0;
    }
    w->written += w->len;
    w->len = 0;
}

static void writer_close(struct writer *w)
{
    writer_flush(w);
    if (close(w->fd) != 0)
        die("cannot write '%s': %s", w->name, strerror(errno));
}

/* Returns a place for n bytes. */
static char *writer_room(struct writer *w, size_t n)
{
    if (w->len + n > w->room) {
        writer_flush(w);
        if (n > w->room) {
            w->room = n + (1u << 20);
            w->data = must(realloc(w->data, w->room));
        }
    }
    return w->data + w->len;
}

static char *put(char *to, const char *text)
{
    size_t n = strlen(text);
    memcpy(to, text, n);
    return to + n;
}

static char *put_accented(char *to, const char *word, unsigned length, struct rng *r)
{
    static const char vowels[5][3][3] = {
        {"á", "ä", "à"}, {"é", "è", "ê"}, {"í", "ï", "î"}, {"ó", "ö", "ô"}, {"ú", "ü", "û"}};
    for (unsigned i = 0; i < length; i++) {
        const char *vowel = strchr("aeiou", word[i]);
        static const char order[] = "aeiou";
        if (vowel != NULL && *vowel != '\0' && rng_below(r, 5) == 0) {
            const char *accented = vowels[strchr(order, word[i]) - order][rng_below(r, 3)];
            *to++ = accented[0];
            *to++ = accented[1];
        } else {
            *to++ = word[i];
        }
    }
    return to;
}

/* Letter by letter; no letter that decomposes (й, ё). */
static char *put_russian(char *to, const char *word, unsigned length)
{
    static const char letters[26][3] = {"а", "б", "ц", "д", "е", "ф", "г", "х", "и", "ж", "к", "л", "м",
                                        "н", "о", "п", "щ", "р", "с", "т", "у", "в", "ш", "ь", "ы", "з"};
    for (unsigned i = 0; i < length; i++) {
        if (word[i] < 'a') {
            *to++ = word[i];
            continue;
        }
        *to++ = letters[word[i] - 'a'][0];
        *to++ = letters[word[i] - 'a'][1];
    }
    return to;
}

static inline char *put_word(const struct corpus *c, const struct document *d, size_t i, char *to, struct rng *r)
{
    const char *word = c->words.text[d->word[i]];
    unsigned length = (unsigned char)word[WORD_ROOM - 1];
    if (d->script == PLAIN) {
        memcpy(to, word, WORD_ROOM);
        return to + length;
    }
    return d->script == ACCENTED ? put_accented(to, word, length, r) : put_russian(to, word, length);
}

/* Sentences of 5 to 25 words, now and then a comma, quotation marks, a new paragraph; separators always hold a space
 * or a line end. */
static char *put_text(const struct corpus *c, const struct document *d, char *to)
{
    struct rng r = rng_make(c->o.seed, STREAM_LOOK, d->look);
    for (size_t i = 0; i < d->count;) {
        uint64_t u = rng_next(&r);
        size_t end = i + 5 + (u & 15) + (u >> 4 & 7);
        size_t comma = i + 2 + (u >> 8 & 15);
        bool quoted = (u >> 16 & 15) == 0;
        if (end > d->count)
            end = d->count;
        if (quoted)
            to = put(to, d->script == PLAIN ? "\\\"" : "“");
        char *first = to;
        for (; i < end; i++) {
            to = put_word(c, d, i, to, &r);
            if (i == comma)
                *to++ = ',';
            *to++ = ' ';
        }
        if (*first >= 'a' && *first <= 'z')
            *first = (char)(*first - 32);
        to[-1] = (u >> 20 & 31) == 0 ? '?' : '.';
        if (quoted)
            to = put(to, d->script == PLAIN ? "\\\"" : "”");
        if (i < d->count)
            to = put(to, (u >> 25 & 7) == 0 ? "\\n\\n" : " ");
    }
    return to;
}

static void write_record(const struct corpus *c, uint32_t number, const struct document *d, struct writer *w)
{
    /* A Cyrillic word takes two bytes a letter. */
    char *to = writer_room(w, 256 + d->count * (2 * WORD_ROOM + 8)), *start = to;
    struct rng r = rng_make(c->o.seed, STREAM_META, number);
    uint64_t u = rng_next(&r);
    to += sprintf(to,
                  "{\"id\":\"d%" PRIu32 "\",\"url\":\"https://site%" PRIu32
                  ".example/%08x\",\"timestamp\":\"20%02u-%02u-%02uT%02u:%02u:%02uZ\",\"text\":\"",
                  number, d->edit == ORIGINAL ? d->site : (uint32_t)(u >> 40) % c->sites, (unsigned)u,
                  (unsigned)(10 + u % 15), (unsigned)(1 + u / 15 % 12), (unsigned)(1 + u / 180 % 28),
                  (unsigned)(u / 5040 % 24), (unsigned)(u / 120960 % 60), (unsigned)(u / 7257600 % 60));
    to = put_text(c, d, to);
    to = put(to, "\"}\n");
    w->len += (size_t)(to - start);
}

static void write_truth(uint32_t number, uint32_t source, const struct document *d, struct similarity s,
                        struct writer *w)
{
    char *to = writer_room(w, 256);
    int n =
        sprintf(to,
                "{\"id\":\"d%" PRIu32 "\",\"source\":\"d%" PRIu32
                "\",\"kind\":\"%s\",\"edit\":\"%s\",\"shared\":%" PRIu64 ",\"union\":%" PRIu64 ",\"jaccard\":%.9f}\n",
                number, source, d->edit == EXACT ? "exact" : "near", edit_names[d->edit], s.shared, s.in_either,
                (double)s.shared / (double)s.in_either);
    w->len += (size_t)n;
}

/* ---- generate --------------------------------------------------------------------------------------------------------- */

static void generate(const struct corpus *c)
{
    struct document d = {0}, source = {0};
    struct shingle_set set = {0};
    struct writer out = {.fd = -1}, truth = {.fd = -1};
    char name[4096];
    if (c->o.truth != NULL)
        writer_open(&truth, c->o.truth);
    if (c->o.files > 1 && mkdir(c->o.output, 0777) != 0 && errno != EEXIST)
        die("cannot make folder '%s': %s", c->o.output, strerror(errno));
    for (unsigned f = 0; f < c->o.files; f++) {
        uint32_t end = (uint32_t)((uint64_t)c->documents * (f + 1) / c->o.files);
        snprintf(name, sizeof name, c->o.files > 1 ? "%s/part-%03u.jsonl" : "%s", c->o.output, f);
        writer_open(&out, name);
        for (uint32_t i = (uint32_t)((uint64_t)c->documents * f / c->o.files); i < end; i++) {
            build(c, i, &d, &source);
            write_record(c, i, &d, &out);
            if (truth.fd >= 0 && c->source[i] != i)
                write_truth(i, c->source[i], &d, compare(c, &set, &source, &d), &truth);
        }
        writer_close(&out);
    }
    if (truth.fd >= 0)
        writer_close(&truth);
    free(d.word);
    free(source.word);
    free(set.entry);
    free(out.data);
    free(truth.data);
}

/* ---- check what neardup decided ------------------------------------------------------------------------------------- */

struct verdict {
    uint64_t decisions, wrong; /* wrong: below the threshold, or not the exact score */
    uint64_t planted, found;   /* duplicates that reach the threshold with their source; of these removed */
    uint64_t exact, exact_found;
};

static bool number_after(const char **at, const char *what, uint32_t limit, uint32_t *number)
{
    const char *p = strstr(*at, what);
    if (p == NULL)
        return false;
    char *end;
    unsigned long n = strtoul(p + strlen(what), &end, 10);
    *at = end;
    *number = (uint32_t)n;
    return n < limit;
}

/* neardup prints six decimals, rounded down. */
static bool same_score(double printed, double exact)
{
    return printed <= exact + 1e-9 && printed > exact - 1.1e-6;
}

static void check_decision(const struct corpus *c, char *line, struct document d[static 4], struct shingle_set *set,
                           unsigned char *removed, struct verdict *v)
{
    const char *at = line, *score = strstr(line, "\"jaccard\":");
    uint32_t id, keeper;
    v->decisions++;
    if (score == NULL || !number_after(&at, "\"id\":\"d", c->documents, &id) ||
        !number_after(&at, "\"id\":\"d", c->documents, &keeper))
        die("not a decision about this corpus: %s", line);
    removed[id] = 1;
    build(c, id, &d[0], &d[1]);
    build(c, keeper, &d[2], &d[3]);
    struct similarity s = compare(c, set, &d[0], &d[2]);
    double exact = (double)s.shared / (double)s.in_either, printed = strtod(score + strlen("\"jaccard\":"), NULL);
    bool same_text = same_words(&d[0], &d[2]);
    bool said_exact = strstr(line, "\"reason\":\"exact\"") != NULL;
    if (exact < c->o.threshold || !same_score(printed, exact) || said_exact != same_text) {
        if (v->wrong++ < 10)
            fprintf(stderr, "gen_corpus: wrong decision: exact Jaccard is %" PRIu64 "/%" PRIu64 " = %.9f: %s", s.shared,
                    s.in_either, exact, line);
    }
}

static void count_planted(const struct corpus *c, struct document d[static 4], struct shingle_set *set,
                          const unsigned char *removed, struct verdict *v)
{
    for (uint32_t i = 0; i < c->documents; i++) {
        if (c->source[i] == i)
            continue;
        build(c, i, &d[0], &d[1]);
        struct similarity s = compare(c, set, &d[1], &d[0]);
        if ((double)s.shared / (double)s.in_either < c->o.threshold)
            continue;
        v->planted++;
        v->found += removed[i];
        if (d[0].edit == EXACT) {
            v->exact++;
            v->exact_found += removed[i];
        }
    }
}

static void check(const struct corpus *c)
{
    struct document d[4] = {{0}, {0}, {0}, {0}};
    struct shingle_set set = {0};
    struct verdict v = {0};
    unsigned char *removed = must(calloc(c->documents + 1, 1));
    FILE *in = fopen(c->o.check, "r");
    if (in == NULL)
        die("cannot open '%s': %s", c->o.check, strerror(errno));
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, in) > 0)
        check_decision(c, line, d, &set, removed, &v);
    fclose(in);
    count_planted(c, d, &set, removed, &v);
    printf("{\"documents\":%" PRIu32 ",\"decisions\":%" PRIu64 ",\"wrong\":%" PRIu64 ",\"precision\":%.6f"
           ",\"planted\":%" PRIu64 ",\"found\":%" PRIu64 ",\"recall\":%.6f,\"exact\":%" PRIu64
           ",\"exact_found\":%" PRIu64 "}\n",
           c->documents, v.decisions, v.wrong, v.decisions > 0 ? 1 - (double)v.wrong / (double)v.decisions : 1.0,
           v.planted, v.found, v.planted > 0 ? (double)v.found / (double)v.planted : 1.0, v.exact, v.exact_found);
    for (int i = 0; i < 4; i++)
        free(d[i].word);
    free(set.entry);
    free(line);
    free(removed);
}

/* ---- command line ------------------------------------------------------------------------------------------------------ */

static const char usage[] =
    "usage: gen_corpus [options] -o FILE\n"
    "  --documents N       documents; or\n"
    "  --bytes SIZE        about so many bytes (K, M, G: powers of 1000) [100M]\n"
    "  --seed N            [1]\n"
    "  --mean-words N      mean length; lengths are log-normal [400]\n"
    "  --sigma X           their spread [0.7]\n"
    "  --duplicates X      share of documents that are duplicates [0.3]\n"
    "  --exact X           share of the duplicates that are exact [0.4]\n"
    "  --hub X             share of the duplicates that repeat the first document [0]\n"
    "  --boilerplate X     largest share of a document that its site repeats on every page [0.1]\n"
    "  --non-ascii X       share of documents with accents or in Cyrillic [0.05]\n"
    "  --files N           N files part-000.jsonl... in the folder given with -o [1]\n"
    "  --truth FILE        the planted pairs with their exact Jaccard similarity\n"
    "  --check DECISIONS   generate nothing: compare the decisions.jsonl of a dedup run of this corpus with the truth\n"
    "  --threshold X       for --check [0.7]\n";

static double number(const char *text, double least, double most)
{
    char *end;
    double x = strtod(text, &end);
    const char *suffix = *end != '\0' ? strchr("KMGT", *end) : NULL;
    if (suffix != NULL) {
        x *= pow(1000, (double)(strchr("KMGT", *suffix) - "KMGT" + 1));
        end++;
    }
    if (end == text || *end != '\0' || !(x >= least && x <= most))
        die("not a number from %g to %g: '%s'", least, most, text);
    return x;
}

static void parse(int argc, char **argv, struct options *o)
{
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        if (strcmp(name, "--help") == 0) {
            fputs(usage, stdout);
            exit(0);
        }
        const char *value = i + 1 < argc ? argv[++i] : "";
        struct {
            const char *name;
            double *real;
            uint64_t *whole;
            const char **text;
            double least, most;
        } table[] = {
            {"--documents", NULL, &o->documents, NULL, 1, 4e9},
            {"--bytes", NULL, &o->bytes, NULL, 1000, 1e14},
            {"--seed", NULL, &o->seed, NULL, 0, 1e15},
            {"--mean-words", &o->mean_words, NULL, NULL, 8, 1e5},
            {"--sigma", &o->sigma, NULL, NULL, 0, 3},
            {"--duplicates", &o->duplicates, NULL, NULL, 0, 1},
            {"--exact", &o->exact, NULL, NULL, 0, 1},
            {"--hub", &o->hub, NULL, NULL, 0, 1},
            {"--boilerplate", &o->boilerplate, NULL, NULL, 0, 0.5},
            {"--non-ascii", &o->non_ascii, NULL, NULL, 0, 1},
            {"--threshold", &o->threshold, NULL, NULL, 0, 1},
            {"-o", NULL, NULL, &o->output, 0, 0},
            {"--truth", NULL, NULL, &o->truth, 0, 0},
            {"--check", NULL, NULL, &o->check, 0, 0},
        };
        bool known = strcmp(name, "--files") == 0;
        if (known)
            o->files = (unsigned)number(value, 1, 999);
        for (size_t k = 0; k < sizeof table / sizeof table[0]; k++) {
            if (strcmp(name, table[k].name) != 0)
                continue;
            known = true;
            if (table[k].real != NULL)
                *table[k].real = number(value, table[k].least, table[k].most);
            else if (table[k].whole != NULL)
                *table[k].whole = (uint64_t)number(value, table[k].least, table[k].most);
            else
                *table[k].text = value;
        }
        if (!known)
            die("unknown option '%s'\n%s", name, usage);
    }
    if (o->output == NULL && o->check == NULL)
        die("where to? (-o FILE)\n%s", usage);
}

int main(int argc, char **argv)
{
    static struct corpus c = {.o = {.seed = 1,
                                    .bytes = 100000000,
                                    .mean_words = 400,
                                    .sigma = 0.7,
                                    .duplicates = 0.3,
                                    .exact = 0.4,
                                    .boilerplate = 0.1,
                                    .non_ascii = 0.05,
                                    .threshold = 0.7,
                                    .files = 1}};
    parse(argc, argv, &c.o);
    vocabulary_make(&c.words, c.o.seed);
    if (c.o.documents == 0) {
        double record = 112 + c.o.mean_words * (c.words.mean_length * (1 + 0.5 * c.o.non_ascii) + 1.25);
        c.o.documents = (uint64_t)((double)c.o.bytes / record) + 1;
    }
    if (c.o.documents > UINT32_MAX - 1)
        die("too many documents");
    c.documents = (uint32_t)c.o.documents;
    c.sites = c.documents / 200 + 1;
    make_plan(&c);
    if (c.o.check != NULL)
        check(&c);
    else
        generate(&c);
    free(c.source);
    free(c.words.text);
    free(c.words.keep);
    free(c.words.alias);
    return 0;
}
