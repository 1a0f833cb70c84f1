/* SPDX-License-Identifier: MIT
 * A corpus of made-up text with planted duplicates, and the truth about them.
 *
 * Every document is a function of (seed, number): the token sequence comes from its own random stream, a duplicate
 * repeats the sequence of its source with edits from its own stream. So memory holds only one number per
 * document, and --check can build any two documents again and compare a decision of neardup with their exact Jaccard
 * similarity. This program shares no code with the library: tokens are known here as word numbers, never by reading
 * text. What is written (case, punctuation, accents) normalises to exactly these words.
 *
 *   gen_corpus --documents 100000 --duplicates 0.3 --truth truth.jsonl -o corpus.jsonl
 *   gen_corpus --documents 100000 --duplicates 0.3 --threshold 0.7 --check decisions.jsonl */
#define _GNU_SOURCE
#include "gen/document.h"
#include "gen/fail.h"
#include "gen/record.h"
#include "gen/similarity.h"
#include "gen/vocabulary.h"
#include "gen/writer.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct options {
    uint64_t bytes, documents;
    double threshold;
    unsigned files;
    const char *output, *truth, *check;
};

static void write_truth(uint32_t number, uint32_t source, const struct document *d, struct similarity s,
                        struct writer *w)
{
    char *to = writer_room(w, 256);
    int n = sprintf(
        to,
        "{\"id\":\"d%" PRIu32 "\",\"source\":\"d%" PRIu32 "\",\"kind\":\"%s\",\"edit\":\"%s\",\"shared\":%" PRIu64
        ",\"union\":%" PRIu64 ",\"jaccard\":%.9f}\n",
        number, source, d->edit == EXACT ? "exact" : "near", edit_names[d->edit], s.shared, s.in_either, jaccard(s));
    w->len += (size_t)n;
}

static void generate(const struct corpus *c, const struct options *o)
{
    struct document d = {0}, source = {0};
    struct shingle_set set = {0};
    struct writer out = {.fd = -1}, truth = {.fd = -1};
    char name[4096];
    if (o->truth != NULL)
        writer_open(&truth, o->truth);
    if (o->files > 1 && mkdir(o->output, 0777) != 0 && errno != EEXIST)
        die("cannot make folder '%s': %s", o->output, strerror(errno));
    for (unsigned f = 0; f < o->files; f++) {
        uint32_t end = (uint32_t)((uint64_t)c->documents * (f + 1) / o->files);
        snprintf(name, sizeof name, o->files > 1 ? "%s/part-%03u.jsonl" : "%s", o->output, f);
        writer_open(&out, name);
        for (uint32_t i = (uint32_t)((uint64_t)c->documents * f / o->files); i < end; i++) {
            document_build(c, i, &d, &source);
            record_write(c, i, &d, &out);
            if (truth.fd >= 0 && c->source[i] != i)
                write_truth(i, c->source[i], &d, similarity_of(c, &set, &source, &d), &truth);
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

struct verdict {
    uint64_t decisions, wrong; /* wrong: below the threshold, not the exact score, or not the reason */
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

static void check_decision(const struct corpus *c, double threshold, const char *line, struct document d[static 4],
                           struct shingle_set *set, unsigned char *removed, struct verdict *v)
{
    const char *at = line, *score = strstr(line, "\"jaccard\":");
    uint32_t id, keeper;
    v->decisions++;
    if (score == NULL || !number_after(&at, "\"id\":\"d", c->documents, &id) ||
        !number_after(&at, "\"id\":\"d", c->documents, &keeper))
        die("not a decision about this corpus: %s", line);
    removed[id] = 1;
    document_build(c, id, &d[0], &d[1]);
    document_build(c, keeper, &d[2], &d[3]);
    struct similarity s = similarity_of(c, set, &d[0], &d[2]);
    double exact = jaccard(s), printed = strtod(score + strlen("\"jaccard\":"), NULL);
    bool same_text = document_same(&d[0], &d[2]);
    bool said_exact = strstr(line, "\"reason\":\"exact\"") != NULL;
    /* The same words with other commas and accents are a near-duplicate of score 1; byte for byte they are an exact one. */
    bool same_bytes = same_text && d[0].look == d[2].look;
    if (exact < threshold || !same_score(printed, exact) || (said_exact && !same_text) || (same_bytes && !said_exact)) {
        if (v->wrong++ < 10)
            fprintf(stderr, "gen_corpus: wrong decision: exact Jaccard is %" PRIu64 "/%" PRIu64 " = %.9f: %s", s.shared,
                    s.in_either, exact, line);
    }
}

static void count_planted(const struct corpus *c, double threshold, struct document d[static 4],
                          struct shingle_set *set, const unsigned char *removed, struct verdict *v)
{
    for (uint32_t i = 0; i < c->documents; i++) {
        if (c->source[i] == i)
            continue;
        document_build(c, i, &d[0], &d[1]);
        struct similarity s = similarity_of(c, set, &d[1], &d[0]);
        if (jaccard(s) < threshold)
            continue;
        v->planted++;
        v->found += removed[i];
        if (d[0].edit == EXACT) {
            v->exact++;
            v->exact_found += removed[i];
        }
    }
}

static void check(const struct corpus *c, const struct options *o)
{
    struct document d[4] = {{0}, {0}, {0}, {0}};
    struct shingle_set set = {0};
    struct verdict v = {0};
    unsigned char *removed = must(calloc(c->documents + 1, 1));
    FILE *in = fopen(o->check, "r");
    if (in == NULL)
        die("cannot open '%s': %s", o->check, strerror(errno));
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, in) > 0)
        check_decision(c, o->threshold, line, d, &set, removed, &v);
    fclose(in);
    count_planted(c, o->threshold, d, &set, removed, &v);
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

static const char usage[] =
    "usage: gen_corpus [options] -o FILE\n"
    "  --documents N       documents; or\n"
    "  --bytes SIZE        approximate size (K, M, G: powers of 1000) [100M]\n"
    "  --seed N            [1]\n"
    "  --mean-words N      mean length; lengths are log-normal [400]\n"
    "  --sigma X           their spread [0.7]\n"
    "  --duplicates X      share of documents that are duplicates [0.3]\n"
    "  --exact X           share of the duplicates that are exact [0.4]\n"
    "  --hub X             share of the duplicates that repeat the first document [0]\n"
    "  --boilerplate X     largest share of a document that its site repeats on every page [0.1]\n"
    "  --non-ascii X       share of documents with accents or in Cyrillic [0.05]\n"
    "  --reformat X        1: duplicates have case and punctuation of their own; 0: copied ones [1]\n"
    "  --sentences N       mean sentences of a paragraph; a power of two [8]\n"
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

static void parse(int argc, char **argv, struct options *o, struct corpus_options *c)
{
    double seed = (double)c->seed, bytes = (double)o->bytes, documents = 0, files = 1, sentences = 8;
    const struct {
        const char *name;
        double *number;
        double least, most;
        const char **text;
    } table[] = {
        {"--documents", &documents, 1, UINT32_MAX - 1, NULL},
        {"--bytes", &bytes, 1000, 1e14, NULL},
        {"--files", &files, 1, 999, NULL},
        {"--sentences", &sentences, 1, 128, NULL},
        {"--seed", &seed, 0, 1e15, NULL},
        {"--mean-words", &c->mean_words, 8, 1e5, NULL},
        {"--sigma", &c->sigma, 0, 3, NULL},
        {"--duplicates", &c->duplicates, 0, 1, NULL},
        {"--exact", &c->exact, 0, 1, NULL},
        {"--hub", &c->hub, 0, 1, NULL},
        {"--boilerplate", &c->boilerplate, 0, 0.5, NULL},
        {"--non-ascii", &c->non_ascii, 0, 1, NULL},
        {"--reformat", &c->reformat, 0, 1, NULL},
        {"--threshold", &o->threshold, 0, 1, NULL},
        {"--truth", NULL, 0, 0, &o->truth},
        {"--check", NULL, 0, 0, &o->check},
        {"-o", NULL, 0, 0, &o->output},
    };
    enum { OPTIONS = sizeof table / sizeof table[0] };
    for (int i = 1; i < argc; i += 2) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            exit(0);
        }
        size_t k = 0;
        while (k < OPTIONS && strcmp(argv[i], table[k].name) != 0)
            k++;
        if (k == OPTIONS || i + 1 == argc)
            die("unknown option, or one without its value: '%s'\n%s", argv[i], usage);
        if (table[k].text != NULL)
            *table[k].text = argv[i + 1];
        else
            *table[k].number = number(argv[i + 1], table[k].least, table[k].most);
    }
    if (o->output == NULL && o->check == NULL)
        die("where to? (-o FILE)\n%s", usage);
    c->seed = (uint64_t)seed;
    o->bytes = (uint64_t)bytes;
    o->documents = (uint64_t)documents;
    o->files = (unsigned)files;
    c->sentences = (uint64_t)sentences;
    if ((c->sentences & (c->sentences - 1)) != 0)
        die("--sentences must be a power of two");
}

int main(int argc, char **argv)
{
    struct options o = {.bytes = 100000000, .threshold = 0.7};
    struct corpus c = {.o = {.seed = 1,
                             .mean_words = 400,
                             .sigma = 0.7,
                             .duplicates = 0.3,
                             .exact = 0.4,
                             .boilerplate = 0.1,
                             .non_ascii = 0.05,
                             .reformat = 1}};
    parse(argc, argv, &o, &c.o);
    vocabulary_make(&c.words, c.o.seed);
    if (o.documents == 0) {
        double record = 112 + c.o.mean_words * (c.words.mean_length * (1 + 0.5 * c.o.non_ascii) + 1.25);
        o.documents = (uint64_t)((double)o.bytes / record) + 1;
    }
    if (o.documents >= UINT32_MAX)
        die("too many documents");
    c.documents = (uint32_t)o.documents;
    corpus_make(&c);
    if (o.check != NULL)
        check(&c, &o);
    else
        generate(&c, &o);
    corpus_free(&c);
    vocabulary_free(&c.words);
    return 0;
}
