/* SPDX-License-Identifier: MIT */
#include "check/toml.h"

#define TOML_EXCEPTIONS                 0
#define TOML_HEADER_ONLY                1
#define TOML_ENABLE_FORMATTERS          0
#define TOML_ENABLE_UNRELEASED_FEATURES 0
#include <toml++/toml.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

namespace
{

struct Entry { /* of a table, put back into the order of the file: the library sorts by key */
    const toml::key *key;
    const toml::node *node;
};

struct Walk {
    bool (*each)(void *, const ndup_toml_value *);
    void *context;
};

bool earlier(const Entry &a, const Entry &b)
{
    const toml::source_position &x = a.key->source().begin, &y = b.key->source().begin;
    return x.line != y.line ? x.line < y.line : x.column < y.column;
}

std::vector<Entry> in_order(const toml::table &table)
{
    std::vector<Entry> entries;
    for (auto &&pair : table)
        entries.push_back({&pair.first, &pair.second});
    std::stable_sort(entries.begin(), entries.end(), earlier);
    return entries;
}

/* Text, number or truth of a value; everything else is named only. */
void describe(const toml::node &node, ndup_toml_value &value)
{
    value.line = node.source().begin.line;
    value.column = node.source().begin.column;
    value.kind = NDUP_TOML_OTHER;
    if (const auto *text = node.as_string()) {
        value.kind = NDUP_TOML_STRING;
        value.what = "a string";
        value.text = text->get().c_str();
        value.length = text->get().size();
    } else if (const auto *integer = node.as_integer()) {
        value.kind = NDUP_TOML_INTEGER;
        value.what = "a whole number";
        value.integer = integer->get();
    } else if (const auto *real = node.as_floating_point()) {
        value.kind = NDUP_TOML_REAL;
        value.what = "a number with a point";
        value.real = real->get();
    } else if (const auto *boolean = node.as_boolean()) {
        value.kind = NDUP_TOML_BOOLEAN;
        value.what = boolean->get() ? "true" : "false";
        value.boolean = boolean->get();
    } else if (node.is_table()) {
        value.what = "a table";
    } else if (node.is_array()) {
        value.what = "an array";
    } else {
        value.what = "a date or time";
    }
}

bool tell(const Walk &walk, const char *table, const Entry &entry)
{
    ndup_toml_value value = {};
    value.table = table;
    value.key = entry.key->str().data();
    const toml::array *array = entry.node->as_array();
    value.key_line = entry.key->source().begin.line;
    value.key_column = entry.key->source().begin.column;
    describe(*entry.node, value);
    if (entry.node->is_table()) { /* tables may have been made by a dotted key: the key is in the file */
        value.line = value.key_line;
        value.column = value.key_column;
    }
    if (array == nullptr)
        return walk.each(walk.context, &value);
    if (array->empty()) {
        value.kind = NDUP_TOML_EMPTY_ARRAY;
        return walk.each(walk.context, &value);
    }
    value.in_array = true;
    for (const toml::node &element : *array) {
        describe(element, value);
        if (!walk.each(walk.context, &value))
            return false;
        value.index++;
    }
    return true;
}

void walk_all(const Walk &walk, const toml::table &top)
{
    for (const Entry &entry : in_order(top)) {
        const toml::table *table = entry.node->as_table();
        if (table == nullptr) {
            if (!tell(walk, nullptr, entry))
                return;
            continue;
        }
        for (const Entry &inner : in_order(*table)) {
            if (!tell(walk, entry.key->str().data(), inner))
                return;
        }
    }
}

} // namespace

bool ndup_toml_parse(const char *text, size_t length, bool (*each)(void *, const ndup_toml_value *), void *context,
                     ndup_toml_failure *failure)
{
    toml::parse_result result = toml::parse(std::string_view(text, length));
    if (result) {
        walk_all(Walk{each, context}, result.table());
        return true;
    }
    const toml::parse_error &error = result.error();
    std::string_view description = error.description();
    failure->line = error.source().begin.line;
    failure->column = error.source().begin.column;
    std::snprintf(failure->message, sizeof failure->message, "%.*s",
                  static_cast<int>(std::min<size_t>(description.size(), 200)), description.data());
    return false;
}
