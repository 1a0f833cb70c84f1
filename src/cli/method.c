/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "cli/method.h"

#include <stdio.h>

static bool refuse(const struct ndup_cli *cli, const char *message, const char *hint)
{
    ndup_command_misuse(cli, message, hint);
    return false;
}

unsigned ndup_method_bits(const struct ndup_settings *settings)
{
    return settings->bits == 0 ? 64 : 128;
}

const char *ndup_method_search(neardup_hamming hamming)
{
    static const char *const names[] = {[NEARDUP_HAMMING_AUTO] = "auto",
                                        [NEARDUP_HAMMING_SCAN] = "scan",
                                        [NEARDUP_HAMMING_TABLES] = "tables",
                                        [NEARDUP_HAMMING_MULTI] = "multi"};
    return names[hamming];
}

/* An option of MinHash where SimHash is asked for; what to do about it is the hint. */
static bool check_simhash(const struct ndup_cli *cli)
{
    static const char every[] = "SimHash finds every pair within --distance: leave it out, or add --method minhash";
    static const char size[] = "--bits says how large a fingerprint is, --hamming how it is searched for";
    const struct ndup_settings *s = &cli->settings;
    const struct {
        int given;
        const char *name, *hint;
    } options[] = {
        {s->recall_given, "--recall", every},
        {s->candidates_given, "--candidates", every},
        {s->sketch_given, "--sketch", size},
        {s->slots_given, "--slots", size},
        {s->bands_given, "--bands", size},
        {s->rows_given, "--rows", size},
        {s->seed_given, "--seed", "fingerprints have no seed: leave it out"},
    };
    char message[120];
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (!options[i].given)
            continue;
        snprintf(message, sizeof message, "option '%s' is about MinHash, and the method is simhash", options[i].name);
        return refuse(cli, message, options[i].hint);
    }
    unsigned bits = ndup_method_bits(s);
    if (s->distance <= bits / 4)
        return true;
    snprintf(message, sizeof message, "option '--distance' takes at most %u with --bits %u, not %llu", bits / 4, bits,
             (unsigned long long)s->distance);
    return refuse(cli, message,
                  bits == 64 ? "--bits 128 takes up to 32; two texts so far apart have little in common"
                             : "two texts so far apart have little in common: MinHash finds what is less similar");
}

static bool check_minhash(const struct ndup_cli *cli)
{
    const struct ndup_settings *s = &cli->settings;
    const struct {
        int given;
        const char *name;
    } options[] = {{s->distance_given, "--distance"},
                   {s->bits_given, "--bits"},
                   {s->weights_given, "--weights"},
                   {s->hamming_given, "--hamming"}};
    char message[120];
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (!options[i].given)
            continue;
        snprintf(message, sizeof message, "option '%s' is about SimHash, and the method is minhash", options[i].name);
        return refuse(cli, message, "add --method simhash");
    }
    return true;
}

bool ndup_method_check(const struct ndup_cli *cli)
{
    return cli->settings.method == NEARDUP_METHOD_SIMHASH ? check_simhash(cli) : check_minhash(cli);
}

bool ndup_method_options(neardup_job_options *options, const struct ndup_cli *cli)
{
    const struct ndup_settings *s = &cli->settings;
    options->method = (neardup_method)s->method;
    options->simhash_bits = ndup_method_bits(s);
    options->weights = (neardup_weights)s->weights;
    options->distance = (unsigned)s->distance;
    options->verify = s->method == NEARDUP_METHOD_SIMHASH && s->threshold_given != 0;
    options->hamming = (neardup_hamming)s->hamming;
    return ndup_method_check(cli);
}
