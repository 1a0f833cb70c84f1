/* SPDX-License-Identifier: MIT */
#include "base/platform.h"

#include "base/key.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

/* ---- the key ---- */

static struct ndup_key the_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int failure; /* errno of drawing it */

static uint64_t next_number(uint64_t *state) /* SplitMix64 */
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* The point of the polynomial must be below the prime; two bits less make the products fit without a carry. */
static void finish_key(struct ndup_key *key)
{
    key->point[1] &= UINT64_MAX >> 2;
}

static void make_key(uint64_t number)
{
    uint64_t words[sizeof the_key / sizeof(uint64_t)];
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        words[i] = next_number(&number);
    memcpy(&the_key, words, sizeof the_key);
    finish_key(&the_key);
}

/* getentropy gives 256 bytes at most in a call. It fails on kernels before Linux 3.17, which have the file. */
static int draw(void *out, size_t length)
{
    char *bytes = out;
    size_t done = 0;
    while (done < length) {
        size_t n = length - done < 256 ? length - done : 256;
        if (getentropy(bytes + done, n) != 0)
            break;
        done += n;
    }
    if (done == length)
        return 0;
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int problem = 0;
    for (done = 0; done < length && problem == 0;) {
        ssize_t n = read(fd, bytes + done, length - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            problem = n == 0 ? EIO : errno;
    }
    close(fd);
    return problem;
}

static void draw_key(void)
{
    failure = draw(&the_key, sizeof the_key);
    finish_key(&the_key);
}

neardup_status ndup_key_get(const struct ndup_key **key, neardup_error *err)
{
    pthread_once(&once, draw_key);
    *key = &the_key;
    return failure == 0 ? NEARDUP_OK : ndup_fail(err, NEARDUP_E_IO, "cannot draw a random key: %s", strerror(failure));
}

static void draw_nothing(void)
{
}

void ndup_key_set(uint64_t number)
{
    pthread_once(&once, draw_nothing);
    failure = 0;
    make_key(number);
}

/* Words are little-endian, so that machines of either order make the same key. */
void ndup_key_make(struct ndup_key *key, const unsigned char secret[32])
{
    uint64_t words[sizeof *key / sizeof(uint64_t)];
    enum { BLOCK_WORDS = SHA256_DIGEST_SIZE / sizeof(uint64_t) };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i += BLOCK_WORDS) {
        struct sha256_ctx sha;
        uint8_t counter[4], digest[SHA256_DIGEST_SIZE];
        for (unsigned b = 0; b < sizeof counter; b++)
            counter[b] = (uint8_t)(i / BLOCK_WORDS >> 8 * b);
        sha256_init(&sha);
        sha256_update(&sha, 32, secret);
        sha256_update(&sha, sizeof counter, counter);
        sha256_digest(&sha, sizeof digest, digest);
        for (size_t w = 0; w < BLOCK_WORDS && i + w < sizeof words / sizeof words[0]; w++) {
            words[i + w] = 0;
            for (unsigned b = 0; b < 8; b++)
                words[i + w] |= (uint64_t)digest[8 * w + b] << 8 * b;
        }
    }
    memcpy(key, words, sizeof *key);
    finish_key(key);
}

/* ---- digests ---- */

#define PRIME (((ndup_wide)1 << 127) - 1)

/* Below 2^127 + 1, not always the smallest of its kind. */
static ndup_wide reduce(ndup_wide x)
{
    return (x & PRIME) + (x >> 127);
}

/* x times the point, x at most 2^127. 2^128 is 2 here. */
static ndup_wide multiply(ndup_wide x, const uint64_t point[2])
{
    uint64_t xl = (uint64_t)x, xh = (uint64_t)(x >> 64);
    ndup_wide low = (ndup_wide)xl * point[0];
    ndup_wide middle = (ndup_wide)xl * point[1] + (ndup_wide)xh * point[0] + (low >> 64);
    ndup_wide high = (ndup_wide)xh * point[1] + (middle >> 64);
    low = middle << 64 | (uint64_t)low;
    return reduce((high << 1 | low >> 127) + (low & PRIME));
}

void ndup_digester_fold(struct ndup_digester *d, const struct ndup_key *key)
{
    ndup_wide sum = (ndup_wide)d->sum.high << 64 | d->sum.low;
    d->state = d->pairs > 0 ? reduce(multiply(d->state, key->point) + reduce(sum)) : reduce(sum);
    d->pairs += d->at;
    d->at = 0;
    d->sum = (struct ndup_sum){0, 0};
}

struct ndup_digest ndup_digester_end(struct ndup_digester *d, const struct ndup_key *key, uint64_t length)
{
    if (d->at > 0)
        ndup_digester_fold(d, key);
    ndup_wide x = reduce(reduce(multiply(d->state, key->point) + length));
    if (x == PRIME)
        x = 0;
    return (struct ndup_digest){(uint64_t)x, (uint64_t)(x >> 64) << 1};
}

struct ndup_digest ndup_key_digest(const struct ndup_key *key, const void *bytes, size_t length)
{
    struct ndup_digester d = {.at = 0};
    const char *p = bytes;
    size_t left = length;
    uint64_t pair[2];
    while (left >= sizeof pair) {
        size_t pairs = left / sizeof pair < NDUP_KEY_PAIRS ? left / sizeof pair : NDUP_KEY_PAIRS;
        struct ndup_sum sum = {0, 0};
        for (size_t i = 0; i < pairs; i++) {
            memcpy(pair, p + sizeof pair * i, sizeof pair);
            ndup_key_add(&sum, key->block + 2 * i, pair[0], pair[1]);
        }
        p += pairs * sizeof pair;
        left -= pairs * sizeof pair;
        d.sum = sum;
        d.at = pairs;
        if (pairs == NDUP_KEY_PAIRS)
            ndup_digester_fold(&d, key);
    }
    if (left > 0) {
        pair[0] = pair[1] = 0;
        memcpy(pair, p, left);
        ndup_digester_put(&d, key, pair[0], pair[1]);
    }
    return ndup_digester_end(&d, key, length);
}
