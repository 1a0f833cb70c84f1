/* SPDX-License-Identifier: MIT
 * Text out of JSON Lines: our walk over simdjson's token offsets, its On-Demand and its DOM interface, interleaved.
 *
 *   c++ -O2 -std=c++17 -Iinclude -Isrc bench/json_extract.cpp build/libneardup.a -lsimdjson -o json_extract
 *   ./json_extract FILE.jsonl
 *
 * On-Demand checks only what is walked here (up to the text); the other two check all of a record. */
#include "input/json.h"
#include "input/json_index.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <simdjson.h>
#include <vector>

struct record {
    const char *data;
    size_t len, readable;
};

static double seconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

static std::vector<record> split(const simdjson::padded_string &all)
{
    std::vector<record> records;
    const char *end = all.data() + all.size();
    for (const char *at = all.data(); at < end;) {
        const char *newline = static_cast<const char *>(memchr(at, '\n', static_cast<size_t>(end - at)));
        const char *stop = newline != nullptr ? newline : end;
        records.push_back(
            {at, static_cast<size_t>(stop - at), static_cast<size_t>(end - at) + simdjson::SIMDJSON_PADDING});
        at = stop + 1;
    }
    return records;
}

template <typename Extract> static double measure(const std::vector<record> &records, size_t *sum, Extract extract)
{
    double begin = seconds();
    *sum = 0;
    for (const auto &r : records)
        *sum += extract(r);
    return seconds() - begin;
}

int main(int argc, char **argv)
{
    simdjson::padded_string all;
    struct ndup_json *json;
    if (argc < 2 || simdjson::padded_string::load(argv[1]).get(all) != simdjson::SUCCESS ||
        ndup_json_create(&json, "text", "id", nullptr, nullptr) != NEARDUP_OK)
        return 2;
    struct ndup_json_index *index = ndup_json_index_create();
    simdjson::ondemand::parser ondemand;
    simdjson::dom::parser dom;
    const auto records = split(all);

    auto ours = [&](const record &r) -> size_t {
        struct ndup_json_record out;
        return ndup_json_parse(json, r.data, r.len, &out) == nullptr ? out.text_len : 0;
    };
    auto by_demand = [&](const record &r) -> size_t {
        simdjson::ondemand::document document;
        std::string_view text;
        if (ondemand.iterate(r.data, r.len, r.readable).get(document) != simdjson::SUCCESS)
            return 0;
        return document["text"].get_string().get(text) == simdjson::SUCCESS ? text.size() : 0;
    };
    auto by_dom = [&](const record &r) -> size_t {
        simdjson::dom::element document;
        std::string_view text;
        if (dom.parse(r.data, r.len, false).get(document) != simdjson::SUCCESS)
            return 0;
        return document["text"].get_string().get(text) == simdjson::SUCCESS ? text.size() : 0;
    };
    auto only_index = [&](const record &r) -> size_t {
        const uint32_t *tokens;
        size_t count;
        (void)ndup_json_index_run(index, r.data, r.len, &tokens, &count);
        return count;
    };

    static const char *const names[] = {"ours", "On-Demand, text only", "DOM", "token offsets alone"};
    std::vector<double> times[4];
    size_t sums[4];
    for (int round = 0; round < 9; round++) {
        times[0].push_back(measure(records, &sums[0], ours));
        times[1].push_back(measure(records, &sums[1], by_demand));
        times[2].push_back(measure(records, &sums[2], by_dom));
        times[3].push_back(measure(records, &sums[3], only_index));
    }
    for (int i = 0; i < 4; i++)
        std::sort(times[i].begin(), times[i].end());
    for (int i = 0; i < 4; i++)
        std::printf("%-22s %6.2f GB/s median, %6.2f best, %.2f x DOM, sum %zu\n", names[i],
                    static_cast<double>(all.size()) / times[i][4] / 1e9,
                    static_cast<double>(all.size()) / times[i][0] / 1e9, times[2][4] / times[i][4], sums[i]);
    ndup_json_index_destroy(index);
    ndup_json_destroy(json);
    return 0;
}
