/* SPDX-License-Identifier: MIT
 * From text to shingle hashes: normalise, tokenise, hash tokens, hash shingles. doc/format.md specifies the bits.
 *
 * Normalisation: full case folding, compatibility (width, ligature) folding, letters that are typed in several ways
 * folded to one, diacritics of alphabetic scripts dropped, vowel signs of Indic and South-East Asian scripts kept;
 * letters, marks and digits make words and everything else separates, except default-ignorable characters (soft hyphen,
 * joiners), which vanish. Scripts written without spaces (Han, kana, Thai, Lao, Khmer, Myanmar) give one token a
 * character with its marks. Invalid UTF-8 is U+FFFD, one for each maximal invalid sequence, and thereby a separator. A
 * byte order mark vanishes.
 *
 * With NEARDUP_TOKENS_..._MARKS diacritics stay, and each punctuation mark and symbol is a token. With NEARDUP_TOKENS_..._CASE
 * case is not folded. */
#ifndef NDUP_TEXT_H
#define NDUP_TEXT_H

#include "base/key.h"
#include "base/platform.h"
#include "neardup.h"

/* Longer shingles find nothing that whole paragraphs would not. A limit of the API; no array depends on it. */
#define NDUP_NGRAM_MAX 64u

NDUP_INLINE bool ndup_tokens_known(neardup_tokens tokens)
{
    return (unsigned)tokens <= NEARDUP_TOKENS_CHAR_MARKS_CASE;
}

NDUP_INLINE bool ndup_tokens_are_chars(neardup_tokens tokens)
{
    return ((unsigned)tokens & NEARDUP_TOKENS_CHAR) != 0;
}

NDUP_INLINE bool ndup_tokens_keep_marks(neardup_tokens tokens)
{
    return ((unsigned)tokens & NEARDUP_TOKENS_WORD_MARKS) != 0;
}

NDUP_INLINE bool ndup_tokens_keep_case(neardup_tokens tokens)
{
    return ((unsigned)tokens & NEARDUP_TOKENS_WORD_CASE) != 0;
}

struct ndup_span { /* bytes of the original text, half-open */
    size_t begin, end;
};

struct ndup_text; /* scratch memory and fold caches of one thread; results live in it until the next call */

neardup_status ndup_text_create(struct ndup_text **out, const neardup_profile *profile, neardup_cpu cpu,
                                neardup_error *err) NDUP_MUST_CHECK;
/* The same with a key of the caller's, which is borrowed, in place of that of the process: for results that go to other
 * processes. */
neardup_status ndup_text_create_keyed(struct ndup_text **out, const neardup_profile *profile, neardup_cpu cpu,
                                      const struct ndup_key *key, neardup_error *err) NDUP_MUST_CHECK;
void ndup_text_destroy(struct ndup_text *text);

/* What is wanted of a text beside the public hashes of its tokens. */
enum {
    NDUP_SPANS = 1,
    NDUP_KEYED = 2,     /* keyed hashes: for whatever decides (keyed.h) */
    NDUP_DIGEST = 4,    /* the keyed digest of the whole */
    NDUP_NO_PUBLIC = 8, /* no public hashes; not with NDUP_DIGEST */
    NDUP_WORDS = 16,    /* the normalised words, of which the content is made */
    NDUP_FORM = 32,     /* a form, see below */
    NDUP_NUMBERS = 64,  /* which tokens are numbers */
    NDUP_DECIDE = NDUP_KEYED | NDUP_NO_PUBLIC,
};

struct ndup_words { /* normalised, one space between two; NULL if not wanted */
    const char *bytes;
    size_t length;
};

struct ndup_tokens {
    const uint64_t *hash;  /* public, one a token, in order; NULL if not wanted, as the next two */
    const uint64_t *keyed; /* the same */
    const struct ndup_span *spans;
    size_t count;
    const size_t *numbers; /* indexes of the tokens that are numbers, ascending; NULL if not wanted */
    size_t number_count;
    struct ndup_words words;
    struct ndup_digest digest; /* equal for equal sequences of normalised tokens, else with probability 2^-63 */
    uint64_t form;             /* 0 if not wanted */
    bool invalid_utf8;
};

/* Tokenises bytes[0..length); reads nothing after them. NOMEM is the only failure. */
neardup_status ndup_text_tokenise(struct ndup_text *text, const char *bytes, size_t length, unsigned want,
                                  struct ndup_tokens *out, neardup_error *err) NDUP_MUST_CHECK;

/* Shingle hashes with repetitions, in order, of the tokens: count - n + 1 of them; one if 0 < count < n (of all
 * tokens); none if count is 0. The array lives in `text` until the next call. Every bit of a hash is well mixed. */
neardup_status ndup_text_shingle(struct ndup_text *text, const uint64_t *tokens, size_t count, const uint64_t **hashes,
                                 size_t *hash_count, neardup_error *err) NDUP_MUST_CHECK;

/* The same of keyed hashes: in an array of its own, so that both can be had. */
neardup_status ndup_text_shingle_keyed(struct ndup_text *text, const uint64_t *tokens, size_t count,
                                       const uint64_t **hashes, size_t *hash_count, neardup_error *err) NDUP_MUST_CHECK;

/* ---- numbers ----
 *
 * A number is a token with a digit: 2024, 3rd, v2. Digits are the decimal digits of every script, which normalisation turns
 * into those of ASCII (fold.c), so ٣, ३ and full-width 3 count as 3 does. Numerals that are letters do not count (三, Ⅳ): they
 * are in ordinary words, too. Two texts differ in numbers only if they are the same once every run of numbers is one sign.
 * Runs, because 1,999 is two tokens and 999 is one. Among tokens of characters the space between two digits is in the run.
 *
 * The frame of a text is the digest of what stays: equal for texts that differ in numbers only, else with probability 2^-62;
 * 0 for a text without a number. It is made where a text is read again to be verified, of hashes that are there: 3 % of the
 * instructions of a run in which nearly all documents are verified (gen30, psdocs, lohelp), 0.7 % in others (articles, thai). Lost:
 * reading the two texts of each pair once more, which is a third of such a run. */
NDUP_INLINE bool ndup_is_number(const unsigned char *token, size_t length)
{
    bool digit = false;
    for (size_t i = 0; i < length; i++)
        digit |= (unsigned char)(token[i] - '0') < 10;
    return digit;
}

neardup_status ndup_text_frame(struct ndup_text *text, const uint64_t *keyed, size_t count, const size_t *numbers,
                               size_t number_count, uint64_t *frame, neardup_error *err) NDUP_MUST_CHECK;

/* A digest of keyed hashes; not the one that NDUP_DIGEST gives. */
struct ndup_digest ndup_text_digest(const struct ndup_text *text, const uint64_t *keyed, size_t count);

/* ---- exact copies ----
 *
 * Two texts with the same tokens are exact copies if they agree up to case (unless the profile keeps it), width, spacing and
 * typographic punctuation: if their tokens with NEARDUP_TOKENS_..._MARKS are the same, too. If not, they are near-duplicates with a score of 1: `a + b`
 * and `a - b` have the same words. This is the only definition: whatever reports `exact` calls the functions below.
 *
 * The tokens with marks take several times the time of the others, so not every text is tokenised twice. Its form is made on
 * the way: a digest of what the tokens leave out, which is the signs and their places, and the bytes wherever a text is not
 * ASCII. Equal forms prove that texts with the same tokens are exact copies. The form of a plain text, all ASCII, is its
 * exact form, too: different ones prove the opposite. Only other texts must be tokenised again for an exact form.
 *
 * Instructions, AVX2: 3.5 % more for 30 MB of pages, of which a seventh are copies that differ in their bytes, and 2.3 %
 * for reading those again that are not plain; 4.9 % for the paragraphs of a manual in many versions. A digest of all bytes
 * took 3 % and proved nothing about copies that differ in case: reading those again took 37 %. */

/* Bits of a form. */
enum {
    NDUP_FORM_PLAIN = 1,
    NDUP_FORM_ECHOES = 2, /* lines of a paragraph are not among its tokens (paragraphs.h), so all its words count */
};

NDUP_INLINE bool ndup_form_is_plain(uint64_t form)
{
    return (form & NDUP_FORM_PLAIN) != 0;
}

/* A form of bytes that are not tokenised as one text. Never plain. */
uint64_t ndup_text_form_of_bytes(const struct ndup_text *text, const char *bytes, size_t length, bool echoes);

/* Makes the tokeniser for exact forms: the profile with marks. */
neardup_status ndup_text_create_exact(struct ndup_text **out, const neardup_profile *profile, neardup_cpu cpu,
                                      neardup_error *err) NDUP_MUST_CHECK;
/* Of texts with the same tokens those have the same exact form, not 0, that are exact copies; others with probability
 * 2^-63. */
neardup_status ndup_text_exact_form(struct ndup_text *exact, const char *bytes, size_t length, bool echoes,
                                    uint64_t *form, neardup_error *err) NDUP_MUST_CHECK;

/* ---- contents and profiles ---- */

/* doc/format.md, "content"; zeros for no words. SHA-256, since contents are kept in files and compared with texts that are
 * written later, by people who can read those files. It takes 0.6 ns per byte with the instructions for it (SHA-NI), 4
 * without, and only texts whose contents the caller wants pay for it. From Nettle: 320 KB, in every distribution, nothing to
 * initialise. Lost: libcrypto (5 MB, 3 ms to load), libb2 (BLAKE2, which no shell command on every machine computes), and
 * BLAKE3, which the Debian of 2023 does not have as a library. */
neardup_content ndup_text_content(struct ndup_words words);

/* doc/format.md, "profile fingerprint" */
uint64_t ndup_text_profile_fingerprint(const neardup_profile *profile);

#endif
