/* SPDX-License-Identifier: MIT
 * What becomes of a text: words, spans, and the vectors that tests/data/token_vectors.py writes. */
#include "base/platform.h"

#include "text/text.h"
#include "text/token_hash.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ndup_text *make(neardup_tokens tokens, unsigned n)
{
    const neardup_profile profile = {tokens, n};
    struct ndup_text *text = NULL;
    cr_assert(ndup_text_create(&text, &profile, NEARDUP_CPU_AUTO, NULL) == NEARDUP_OK);
    return text;
}

static uint64_t hash_of(const char *token, size_t length)
{
    unsigned char padded[64] = {0};
    memcpy(padded, token, length);
    return ndup_token_hash(padded, length);
}

/* `wanted`: the normalised tokens with a bar between them. */
static void expect(neardup_tokens kind, const char *bytes, size_t length, const char *wanted, bool invalid)
{
    struct ndup_text *text = make(kind, 5);
    for (int spans = 0; spans < 2; spans++) {
        struct ndup_tokens tokens;
        cr_assert(ndup_text_tokenise(text, bytes, length, spans != 0, &tokens, NULL) == NEARDUP_OK);
        cr_expect(tokens.count == 0 || (tokens.spans != NULL) == (spans != 0), "spans of '%s'", wanted);
        cr_expect(tokens.invalid_utf8 == invalid, "invalid_utf8 of '%s'", wanted);
        size_t count = 0;
        for (const char *p = wanted; *p != '\0'; count++) {
            size_t n = strcspn(p, "|");
            cr_assert(count < tokens.count, "only %zu tokens for '%s'", tokens.count, wanted);
            cr_expect(tokens.hash[count] == hash_of(p, n), "token %zu of '%s'", count, wanted);
            p += n + (p[n] == '|');
        }
        cr_expect(count == tokens.count, "%zu tokens, not %zu for '%s'", tokens.count, count, wanted);
    }
    ndup_text_destroy(text);
}

#define WORDS(in, wanted)   expect(NEARDUP_TOKENS_WORD, in, sizeof(in) - 1, wanted, false)
#define INVALID(in, wanted) expect(NEARDUP_TOKENS_WORD, in, sizeof(in) - 1, wanted, true)
#define CHARS(in, wanted)   expect(NEARDUP_TOKENS_CHAR, in, sizeof(in) - 1, wanted, false)

Test(text_tokens, ascii)
{
    WORDS("", "");
    WORDS(" .,;\t\r\n\0", "");
    WORDS("a", "a");
    WORDS("Hello, World!", "hello|world");
    WORDS("one_two-THREE4 5", "one|two|three4|5");
    WORDS("a\0b@[`{/:Z", "a|b|z");
    WORDS("\xd0\xb6\0x", "\xd0\xb6|x"); /* NUL separates after any letter */
}

Test(text_tokens, null_and_zero)
{
    struct ndup_text *text = make(NEARDUP_TOKENS_WORD, 5);
    struct ndup_tokens tokens;
    cr_assert(ndup_text_tokenise(text, NULL, 0, true, &tokens, NULL) == NEARDUP_OK);
    cr_expect(tokens.count == 0 && !tokens.invalid_utf8);
    ndup_text_destroy(text);
    ndup_text_destroy(NULL);
}

Test(text_tokens, case_width_and_diacritics)
{
    WORDS("Straße STRASSE", "strasse|strasse");
    WORDS("ﬁn İstanbul Ångström", "fin|istanbul|angstrom");
    WORDS("e\xCC\x81te\xCC\x81 été", "ete|ete");
    WORDS("Привет Ёлка", "привет|елка");
    WORDS("ΌΔΥΣΣΕΎΣ ὀδυσσεύς", "οδυσσευσ|οδυσσευσ");
    WORDS("ＡＢＣ１２ x² ℡ ½", "abc12|x2|tel|1|2");
    WORDS("שָׁלוֹם عَلَيْكُم", "שלום|عليكم");
}

Test(text_tokens, joiners_and_separators)
{
    WORDS("co\xC2\xADop re\xE2\x80\x8Djoin \xEF\xBB\xBFmark", "coop|rejoin|mark"); /* soft hyphen, ZWJ, BOM */
    WORDS("zero\xE2\x80\x8Bwidth", "zero|width");
    WORDS("don’t don't", "don|t|don|t");
    WORDS("a—b…c\xC2\xA0 d", "a|b|c|d");
    WORDS("1\xEF\xB8\x8F\xE2\x83\xA3 🙂 ok", "1|ok"); /* keycap */
}

Test(text_tokens, scripts_without_spaces)
{
    WORDS("中国China", "中|国|china");
    WORDS("コンピ", "コ|ン|ピ");
    WORDS("12個ab個", "12|個|ab|個");
    WORDS("\xEF\xBD\xB6\xEF\xBE\x9E か\xE3\x82\x99 が", "ガ|が|が"); /* half-width ka + mark; ka + U+3099 */
    WORDS("\xE0\xB8\x81\xE0\xB8\xB9\xE0\xB9\x88\xE0\xB8\x81", "\xE0\xB8\x81\xE0\xB8\xB9\xE0\xB9\x88|\xE0\xB8\x81");
    WORDS("๑๒ก", "12|ก");
}

Test(text_tokens, letters_typed_in_several_ways)
{
    WORDS("IŞIKLI Işıklı İzmir izmir", "isikli|isikli|izmir|izmir");
    WORDS("Đà Nẵng, Łódź, smørbrød, Ħal", "da|nang|lodz|smorbrod|hal");
    WORDS("cœur ŒUVRE Cæsar", "coeur|oeuvre|caesar");
    WORDS("комп\xCA\xBCютер комп'ютер", "комп|ютер|комп|ютер"); /* U+02BC */
    WORDS("ذهـــب ـ ذهب", "ذهب|ذهب");                           /* tatweel */
    WORDS("علی على علي کتاب كتاب", "علي|علي|علي|كتاب|كتاب");    /* Persian and Arabic yeh and kaf */
    WORDS("ہے ۀ هٔ ٱلكتاب", "هے|ه|ه|الكتاب");                    /* heh goal, heh with yeh, alef wasla */
    WORDS("٣٤٥ ۳۴۵ ३४५", "345|345|345");
    WORDS("þ ð ŋ ے ھ ة", "þ|ð|ŋ|ے|ھ|ة"); /* letters of their own */
}

#define NO_NU     "\xE0\xB8\x99"
#define MAI_THO   "\xE0\xB9\x89"
#define NIKHAHIT  "\xE0\xB9\x8D"
#define SARA_AA   "\xE0\xB8\xB2"
#define SARA_AM   "\xE0\xB8\xB3"
#define SARA_E    "\xE0\xB9\x80"
#define SARA_AE   "\xE0\xB9\x81"
#define WATER     NO_NU MAI_THO SARA_AM
#define LAO_WATER "\xE0\xBA\x99\xE0\xBB\x89\xE0\xBA\xB3"

Test(text_tokens, thai_and_lao_letters_of_two_parts)
{
    WORDS(WATER, WATER);
    WORDS(NO_NU MAI_THO NIKHAHIT SARA_AA, WATER);
    WORDS(NO_NU NIKHAHIT MAI_THO SARA_AA, WATER);
    WORDS(NO_NU SARA_AM MAI_THO, WATER);
    CHARS(NO_NU NIKHAHIT MAI_THO SARA_AA, NO_NU "|" MAI_THO "|" SARA_AM);
    WORDS("\xE0\xBA\x99\xE0\xBB\x8D\xE0\xBB\x89\xE0\xBA\xB2", LAO_WATER);
    WORDS(NO_NU SARA_AA, NO_NU "|" SARA_AA); /* SARA AA of its own */
    WORDS(SARA_E SARA_E NO_NU, SARA_AE "|" NO_NU);
    WORDS(SARA_E SARA_E SARA_E, SARA_AE "|" SARA_E);
    WORDS(NIKHAHIT " " SARA_AA, NIKHAHIT "|" SARA_AA);
    WORDS(SARA_E " " SARA_E, SARA_E "|" SARA_E);
}

/* The parts of SARA AM on both sides of every place where the normaliser may take a break. */
Test(text_tokens, thai_at_the_ends_of_chunks)
{
    enum { MOST = 5000 };
    struct ndup_text *text = make(NEARDUP_TOKENS_WORD, 1);
    char *bytes = malloc(3 * MOST + 64);
    const char typed[] = NO_NU NIKHAHIT MAI_THO SARA_AA SARA_E SARA_E;
    for (size_t n = 900; n < MOST; n += n % 100 == 0 ? 50 : 1) {
        struct ndup_tokens tokens;
        for (size_t i = 0; i < n; i++)
            memcpy(bytes + 3 * i, NO_NU, 3);
        memcpy(bytes + 3 * n, typed, sizeof typed - 1);
        cr_assert(ndup_text_tokenise(text, bytes, 3 * n + sizeof typed - 1, true, &tokens, NULL) == NEARDUP_OK);
        cr_assert(tokens.count == n + 2, "%zu tokens for %zu letters", tokens.count, n);
        cr_expect(tokens.hash[n] == hash_of(WATER, 9) && tokens.hash[n + 1] == hash_of(SARA_AE, 3), "%zu", n);
        cr_expect(tokens.spans[n].begin == 3 * n && tokens.spans[n].end == 3 * n + 12);
    }
    ndup_text_destroy(text);
    free(bytes);
}

#define MARKS(in, wanted)      expect(NEARDUP_TOKENS_WORD_MARKS, in, sizeof(in) - 1, wanted, false)
#define CHAR_MARKS(in, wanted) expect(NEARDUP_TOKENS_CHAR_MARKS, in, sizeof(in) - 1, wanted, false)

/* A sign of ASCII has the hash of its full-width form (doc/format.md). */
Test(text_tokens, marks_are_kept)
{
    MARKS("a + b", "a|＋|b");
    MARKS("a+b", "a|＋|b");
    MARKS("i++; x[0] -= *p;", "i|＋|＋|；|x|［|0|］|－|＝|＊|p|；");
    MARKS("Mã mạ MÁ má", "ma\xCC\x83|ma\xCC\xA3|ma\xCC\x81|ma\xCC\x81");
    MARKS("đ d ı i", "đ|d|ı|i");
    MARKS("nice 😀👍🏽 day", "nice|😀|👍|🏽|day");
    MARKS("\xE2\x88\x92"
          "5 -5 5",
          "－|5|－|5|5"); /* U+2212 */
    MARKS("“it’s” – \"it's\" -", "＂|it|＇|s|＂|－|＂|it|＇|s|＂|－");
    MARKS("10² 102 ½ 1/2", "10²|102|½|1|／|2");
    MARKS("中。国，", "中|。|国|，");
    MARKS("ذهـــب عَلَي", "ذهب|عَلَي");
    MARKS(" \t\r\n\0\xC2\xA0\xE2\x80\x8B\xE2\x80\xA8", "");
    MARKS("", "");
    CHAR_MARKS("a+b", "a| |＋| |b");
    CHAR_MARKS("a + b", "a| |＋| |b");
}

Test(text_tokens, marks_have_spans)
{
    const char bytes[] = "Né\xCC\x81+ 🙂->x";
    static const struct ndup_span spans[] = {{0, 5}, {5, 6}, {7, 11}, {11, 12}, {12, 13}, {13, 14}};
    struct ndup_text *text = make(NEARDUP_TOKENS_WORD_MARKS, 1);
    struct ndup_tokens tokens;
    cr_assert(ndup_text_tokenise(text, bytes, sizeof bytes - 1, true, &tokens, NULL) == NEARDUP_OK);
    cr_assert(tokens.count == 6, "%zu", tokens.count);
    for (size_t i = 0; i < 6; i++)
        cr_expect(tokens.spans[i].begin == spans[i].begin && tokens.spans[i].end == spans[i].end, "%zu: %zu-%zu", i,
                  tokens.spans[i].begin, tokens.spans[i].end);
    ndup_text_destroy(text);
}

Test(text_tokens, canonical_order_and_composition)
{
    /* Thai tone before vowel */
    WORDS("\xE0\xB8\x81\xE0\xB9\x88\xE0\xB8\xB9", "\xE0\xB8\x81\xE0\xB8\xB9\xE0\xB9\x88");
    WORDS("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB 한", "한|한"); /* Hangul jamo */
    WORDS("हिन्दी", "हिन्दी");
}

Test(text_tokens, invalid_utf8)
{
    INVALID("a\xFF"
            "b",
            "a|b");
    INVALID("a\xC3", "a");
    INVALID("\xE4\xB8", "");
    INVALID("x\xED\xA0\x80y", "x|y");      /* a surrogate */
    INVALID("x\xC0\xAFy", "x|y");          /* overlong */
    INVALID("x\xF4\x90\x80\x80y", "x|y");  /* above U+10FFFF */
    INVALID("\xE4\xB8\xE4\xB8\xAD", "中"); /* cut off, then whole */
    WORDS("a\xEF\xBF\xBD"
          "b",
          "a|b"); /* U+FFFD itself is valid */
}

Test(text_tokens, characters)
{
    CHARS("Ab  c!", "a|b| |c");
    CHARS("  ", "");
    CHARS("中国，ab", "中|国| |a|b");
    CHARS("é\xE0\xB8\x81\xE0\xB8\xB9", "e|\xE0\xB8\x81|\xE0\xB8\xB9");
}

Test(text_tokens, spans)
{
    const char bytes[] = "  Hé\xCC\x81, w\xC2\xADx 中\xE2\x91\xB4!";
    static const struct ndup_span words[] = {{2, 7}, {9, 13}, {14, 17}, {17, 20}};
    struct ndup_text *text = make(NEARDUP_TOKENS_WORD, 1);
    struct ndup_tokens tokens;
    cr_assert(ndup_text_tokenise(text, bytes, sizeof bytes - 1, true, &tokens, NULL) == NEARDUP_OK);
    cr_assert(tokens.count == 4);
    for (size_t i = 0; i < 4; i++)
        cr_expect(tokens.spans[i].begin == words[i].begin && tokens.spans[i].end == words[i].end, "%zu: %zu-%zu", i,
                  tokens.spans[i].begin, tokens.spans[i].end);
    ndup_text_destroy(text);

    const char line[] = "a,\xC3\x9F か\xE3\x82\x99";
    static const struct ndup_span chars[] = {{0, 1}, {1, 2}, {2, 4}, {2, 4}, {4, 5}, {5, 11}};
    text = make(NEARDUP_TOKENS_CHAR, 1);
    cr_assert(ndup_text_tokenise(text, line, sizeof line - 1, true, &tokens, NULL) == NEARDUP_OK);
    cr_assert(tokens.count == 6);
    for (size_t i = 0; i < 6; i++)
        cr_expect(tokens.spans[i].begin == chars[i].begin && tokens.spans[i].end == chars[i].end, "%zu: %zu-%zu", i,
                  tokens.spans[i].begin, tokens.spans[i].end);
    ndup_text_destroy(text);
}

/* Words longer than any chunk, and boundaries at every place around the chunks' ends. */
Test(text_tokens, long_words)
{
    enum { MOST = 20000 };
    char *bytes = malloc(MOST);
    struct ndup_text *text = make(NEARDUP_TOKENS_WORD, 1);
    static const size_t lengths[] = {16, 17, 63, 64, 65, 4095, 4096, 4097, 8191, 8192, 8193, 12345};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        size_t n = lengths[i];
        struct ndup_tokens tokens;
        memset(bytes, 'x', n);
        memcpy(bytes + n, " yz", 3);
        cr_assert(ndup_text_tokenise(text, bytes, n + 3, false, &tokens, NULL) == NEARDUP_OK);
        cr_assert(tokens.count == 2, "%zu tokens for %zu", tokens.count, n);
        cr_expect(tokens.hash[0] == ndup_token_hash((const unsigned char *)bytes, n), "%zu", n);
        cr_expect(tokens.hash[1] == hash_of("yz", 2));
    }
    ndup_text_destroy(text);
    free(bytes);
}

/* The same for words that the normaliser has to carry from piece to piece. */
Test(text_tokens, long_words_of_other_letters)
{
    enum { MOST = 20000 };
    unsigned char *bytes = malloc(2 * MOST + 8);
    struct ndup_text *words = make(NEARDUP_TOKENS_WORD, 1), *chars = make(NEARDUP_TOKENS_CHAR, 1);
    uint64_t zhe = hash_of("ж", 2);
    static const size_t lengths[] = {1000, 1023, 1024, 1025, 1900, 1968, 2047, 2048, 2049, 4095, 4096, 5000, 19999};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        size_t n = lengths[i];
        struct ndup_tokens tokens;
        bytes[0] = '-';
        for (size_t k = 0; k < n; k++)
            memcpy(bytes + 1 + 2 * k, k % 3 == 0 ? "Ж" : "ж", 2);
        memcpy(bytes + 1 + 2 * n, ".yz", 3);
        cr_assert(ndup_text_tokenise(words, (char *)bytes, 2 * n + 4, true, &tokens, NULL) == NEARDUP_OK);
        cr_assert(tokens.count == 2, "%zu tokens for %zu", tokens.count, n);
        cr_expect(tokens.spans[0].begin == 1 && tokens.spans[0].end == 1 + 2 * n);
        cr_expect(tokens.spans[1].begin == 2 + 2 * n && tokens.spans[1].end == 4 + 2 * n);
        uint64_t got = tokens.hash[0];
        cr_assert(ndup_text_tokenise(chars, (char *)bytes, 2 * n + 4, true, &tokens, NULL) == NEARDUP_OK);
        cr_assert(tokens.count == n + 3, "%zu tokens for %zu", tokens.count, n);
        for (size_t k = 0; k < n; k++)
            cr_assert(tokens.hash[k] == zhe && tokens.spans[k].begin == 1 + 2 * k && tokens.spans[k].end == 3 + 2 * k);
        for (size_t k = 0; k < n; k++)
            memcpy(bytes + 2 * k, "ж", 2);
        cr_expect(got == ndup_token_hash(bytes, 2 * n), "%zu", n);
    }
    ndup_text_destroy(words);
    ndup_text_destroy(chars);
    free(bytes);
}

/* Nothing but marks, in the worst order: takes no square time, and gives one token. */
Test(text_tokens, only_marks, .timeout = 1800)
{
    enum { PAIRS = 200000 };
    char *bytes = malloc(6 * PAIRS);
    struct ndup_text *text = make(NEARDUP_TOKENS_WORD, 1);
    struct ndup_tokens tokens;
    for (size_t i = 0; i < PAIRS; i++)
        memcpy(bytes + 6 * i, "\xE0\xB9\x88\xE0\xB8\xB8", 6);
    cr_assert(ndup_text_tokenise(text, bytes, 6 * PAIRS, true, &tokens, NULL) == NEARDUP_OK);
    cr_expect(tokens.count == 1 && tokens.spans[0].begin == 0 && tokens.spans[0].end == 6 * PAIRS);
    ndup_text_destroy(text);
    free(bytes);
}

/* ---- the checked-in vectors */

struct vector {
    neardup_profile profile;
    char text[1024];
    size_t length;
    uint64_t tokens[256], shingles[256];
    size_t token_count, shingle_count;
};

static size_t unhex(const char *hex, char *out)
{
    size_t n = 0;
    unsigned byte;
    for (; sscanf(hex + 2 * n, "%2x", &byte) == 1; n++)
        out[n] = (char)byte;
    return n;
}

static void check_vector(const struct vector *v, const char *where)
{
    static const neardup_cpu rows[] = {NEARDUP_CPU_SCALAR, NEARDUP_CPU_AVX2, NEARDUP_CPU_AVX512, NEARDUP_CPU_AUTO};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        struct ndup_text *text = NULL;
        struct ndup_tokens tokens;
        const uint64_t *shingles = NULL;
        size_t count = 0;
        cr_assert(ndup_text_create(&text, &v->profile, rows[r], NULL) == NEARDUP_OK);
        cr_assert(ndup_text_tokenise(text, v->text, v->length, false, &tokens, NULL) == NEARDUP_OK);
        cr_assert(tokens.count == v->token_count, "%s: %zu tokens", where, tokens.count);
        for (size_t i = 0; i < tokens.count; i++)
            cr_expect(tokens.hash[i] == v->tokens[i], "%s: token %zu", where, i);
        cr_assert(ndup_text_shingle(text, tokens.hash, tokens.count, &shingles, &count, NULL) == NEARDUP_OK);
        cr_assert(count == v->shingle_count, "%s: %zu shingles", where, count);
        for (size_t i = 0; i < count; i++)
            cr_expect(shingles[i] == v->shingles[i], "%s: shingle %zu", where, i);
        ndup_text_destroy(text);
    }
}

/* ---- numbers ---- */

/* The indexes of the numbers, as text. */
static void expect_numbers(neardup_tokens kind, const char *bytes, const char *wanted)
{
    struct ndup_text *text = make(kind, 5);
    struct ndup_tokens tokens;
    char got[256] = "";
    cr_assert(ndup_text_tokenise(text, bytes, strlen(bytes), NDUP_KEYED | NDUP_NUMBERS, &tokens, NULL) == NEARDUP_OK);
    for (size_t i = 0; i < tokens.number_count; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%zu", i > 0 ? " " : "", tokens.numbers[i]);
    cr_expect_str_eq(got, wanted, "%s", bytes);
    ndup_text_destroy(text);
}

Test(text_tokens, numbers)
{
    expect_numbers(NEARDUP_TOKENS_WORD, "", "");
    expect_numbers(NEARDUP_TOKENS_WORD, "no number here", "");
    expect_numbers(NEARDUP_TOKENS_WORD, "2024 was v2 of the 3rd, 1,999.50", "0 2 5 6 7 8");
    expect_numbers(NEARDUP_TOKENS_WORD, "\u0661\u0662 and \u0969 and \uff13 and \u0e53 and \u2460", "0 2 4 6 8");
    expect_numbers(NEARDUP_TOKENS_WORD, "\u4e09 \u2163 iv", ""); /* numerals that are letters */
    expect_numbers(NEARDUP_TOKENS_WORD, "\u7b2c3\u7ae0 \u00e9t\u00e9 4", "1 4");
    expect_numbers(NEARDUP_TOKENS_CHAR, "a1 23b 4", "1 2 3 4 7");
    expect_numbers(NEARDUP_TOKENS_WORD_MARKS, "x = 3.5;", "2 4");
}

/* Words of any length, in every place of chunks. */
Test(text_tokens, numbers_at_the_ends_of_chunks)
{
    struct ndup_text *text = make(NEARDUP_TOKENS_WORD, 5);
    static char bytes[20000];
    for (size_t length = 1; length < 6000; length = length * 3 / 2 + 1) {
        struct ndup_tokens tokens;
        size_t words = 0, n = 0, numbers = 0;
        for (; n + length + 3 < sizeof bytes && words < 300; words++) {
            memset(bytes + n, words % 7 == 5 ? 'e' : 'a', length);
            if (words % 3 == 0)
                bytes[n + words % length] = '7';
            n += length;
            n += (size_t)sprintf(bytes + n, words % 11 == 0 ? "\u00e9 " : " ");
        }
        cr_assert(ndup_text_tokenise(text, bytes, n, NDUP_KEYED | NDUP_NUMBERS, &tokens, NULL) == NEARDUP_OK);
        cr_assert_eq(tokens.count, words);
        for (size_t w = 0; w < words; w += 3)
            cr_assert(numbers < tokens.number_count && tokens.numbers[numbers++] == w, "length %zu, word %zu", length,
                      w);
        cr_assert_eq(numbers, tokens.number_count);
    }
    ndup_text_destroy(text);
}

static uint64_t frame_of(struct ndup_text *text, const char *bytes)
{
    struct ndup_tokens tokens;
    uint64_t frame;
    cr_assert(ndup_text_tokenise(text, bytes, strlen(bytes), NDUP_DECIDE | NDUP_NUMBERS, &tokens, NULL) == NEARDUP_OK);
    cr_assert(ndup_text_frame(text, tokens.keyed, tokens.count, tokens.numbers, tokens.number_count, &frame, NULL) ==
              NEARDUP_OK);
    return frame;
}

Test(text_tokens, frames)
{
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        {"on 3 May, 17 pieces", "on 12 May, 1,999 pieces", true},
        {"on 3 May, 17 pieces", "On 3 May: \u0661\u0662 pieces!", true},
        {"3 pieces", "4 pieces", true},
        {"pieces 3", "pieces 4.5", true},
        {"2024", "2025 2026", true},
        {"on 3 May, 17 pieces", "on 3 May, many pieces", false},
        {"on 3 May, 17 pieces", "on 3 June, 17 pieces", false},
        {"on 3 May, 17 pieces", "3 on May, 17 pieces", false},
        {"on 3 May, 17 pieces", "on 3 May, 17 pieces 4", false},
        {"on 3 May, pieces", "on May, 3 pieces", false},
    };
    for (int tokens = 0; tokens < 8; tokens++) {
        struct ndup_text *text = make((neardup_tokens)tokens, 5);
        cr_expect(frame_of(text, "no number") == 0 && frame_of(text, "") == 0);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            uint64_t a = frame_of(text, cases[i].a), b = frame_of(text, cases[i].b);
            cr_expect(a != 0 && b != 0);
            if (tokens < 2 || !cases[i].same) /* with marks, commas are tokens; with case, On is not on */
                cr_expect_eq(a == b, cases[i].same, "%s / %s", cases[i].a, cases[i].b);
        }
        ndup_text_destroy(text);
    }
}

Test(text_tokens, vectors)
{
    FILE *file = fopen("tests/data/token_vectors.txt", "r");
    cr_assert(file != NULL, "run from the root of the source tree");
    static struct vector v;
    char line[4096], word[32], hex[2048], where[64] = "";
    size_t cases = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        uint64_t hash;
        unsigned n;
        if (sscanf(line, "case %31s %u", word, &n) == 2) {
            v = (struct vector){0};
            v.profile.tokens = strncmp(word, "char", 4) == 0 ? NEARDUP_TOKENS_CHAR : NEARDUP_TOKENS_WORD;
            if (strstr(word, "-marks") != NULL)
                v.profile.tokens |= NEARDUP_TOKENS_WORD_MARKS;
            if (strstr(word, "-case") != NULL)
                v.profile.tokens |= NEARDUP_TOKENS_WORD_CASE;
            v.profile.ngram = n;
            snprintf(where, sizeof where, "case %zu (%s %u)", ++cases, word, n);
        } else if (sscanf(line, "text %2047s", hex) == 1) {
            v.length = unhex(hex, v.text);
        } else if (sscanf(line, "token %2047s %16lx", hex, &hash) == 2) {
            cr_assert(v.token_count < 256);
            v.tokens[v.token_count++] = hash;
        } else if (sscanf(line, "shingle %16lx", &hash) == 1) {
            cr_assert(v.shingle_count < 256);
            v.shingles[v.shingle_count++] = hash;
        } else if (strncmp(line, "end", 3) == 0) {
            check_vector(&v, where);
        }
    }
    fclose(file);
    cr_expect(cases >= 41, "%zu cases", cases);
}
