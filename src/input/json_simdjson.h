/* SPDX-License-Identifier: MIT
 * What the two C++ files over simdjson share: its messages in our words, and the scalars that it does not check.
 * LINT: not alone (C++ only). */
#ifndef NDUP_JSON_SIMDJSON_H
#define NDUP_JSON_SIMDJSON_H

#include "base/platform.h"

#define NDEBUG 1 /* simdjson's assertions become promises to the compiler; UBSan checks them */
#include <simdjson.h>

namespace ndup_json_words
{

static const size_t DEEPEST = 1024;

static const char no_memory[] = "out of memory";
static const char bad_utf8[] = "not JSON: not UTF-8";
static const char no_end[] = "not JSON: the object does not end, or something follows it";
static const char misplaced[] = "not JSON: a comma, colon, bracket or quote is missing or out of place";
static const char bad_word[] = "not JSON: bad number or word";
static const char too_deep[] = "not JSON: nested deeper than 1024";

static inline const char *message_of(simdjson::error_code code)
{
    static const struct {
        simdjson::error_code code;
        const char *text;
    } messages[] = {{simdjson::SUCCESS, nullptr},
                    {simdjson::MEMALLOC, no_memory},
                    {simdjson::CAPACITY, "record of 4 GB or more"},
                    {simdjson::EMPTY, "not JSON: nothing but white space"},
                    {simdjson::UTF8_ERROR, bad_utf8},
                    {simdjson::UNCLOSED_STRING, "not JSON: a string does not end"},
                    {simdjson::UNESCAPED_CHARS, "not JSON: a control character in a string"},
                    {simdjson::INCOMPLETE_ARRAY_OR_OBJECT, no_end},
                    {simdjson::INCORRECT_TYPE, "not a JSON object"}};
    for (const auto &message : messages) {
        if (message.code == code)
            return message.text;
    }
    return misplaced;
}

static inline bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline std::string_view trim(std::string_view token)
{
    while (token.size() > 1 && is_space(token.back()))
        token.remove_suffix(1);
    return token;
}

/* Passes digits; NULL if there are none. Something else always stands behind them, at least a bracket. */
static inline const char *pass_digits(const char *at)
{
    const char *begin = at;
    while (*at >= '0' && *at <= '9')
        at++;
    return at > begin ? at : nullptr;
}

static inline bool is_number(std::string_view token)
{
    const char *at = token.data() + (token[0] == '-' ? 1 : 0);
    at = *at == '0' ? at + 1 : pass_digits(at);
    if (at != nullptr && *at == '.')
        at = pass_digits(at + 1);
    if (at != nullptr && (*at == 'e' || *at == 'E'))
        at = pass_digits(at + (at[1] == '+' || at[1] == '-' ? 2 : 1));
    return at == token.data() + token.size();
}

} // namespace ndup_json_words

#endif
