/* SPDX-License-Identifier: MIT
 * Text out of JSON Lines: ours, which walks all of a record with simdjson's On-Demand interface and undoes escapes by
 * itself; On-Demand and DOM as they come; interleaved.
 *
 *   c++ -O2 -std=c++17 -Iinclude -Isrc bench/json_extract.cpp build/libneardup.a -lsimdjson -o json_extract
 *   ./json_extract FILE.jsonl
 *
 * On-Demand checks only what is walked here (up to the text); the other two check all of a record. */
#include "input/json.h"

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
    const struct ndup_fields fields = {"text", "id", nullptr, nullptr, 0};
    struct ndup_json *json;
    if (argc < 2 || simdjson::padded_string::load(argv[1]).get(all) != simdjson::SUCCESS ||
        ndup_json_create(&json, &fields, nullptr) != NEARDUP_OK)
        return 2;
    simdjson::ondemand::parser ondemand;
    simdjson::dom::parser dom;
    const auto records = split(all);

    auto ours = [&](const record &r) -> size_t {
        struct ndup_document out;
        return ndup_json_parse(json, r.data, r.len, &out) && out.problem == nullptr ? out.text_length : 0;
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

    static const char *const names[] = {"ours", "On-Demand, text only", "DOM"};
    std::vector<double> times[3];
    size_t sums[3];
    for (int round = 0; round < 15; round++) {
        times[0].push_back(measure(records, &sums[0], ours));
        times[1].push_back(measure(records, &sums[1], by_demand));
        times[2].push_back(measure(records, &sums[2], by_dom));
    }
    for (int i = 0; i < 3; i++)
        std::sort(times[i].begin(), times[i].end());
    for (int i = 0; i < 3; i++)
        std::printf("%-22s %6.2f GB/s median, %6.2f best, %.2f x DOM, sum %zu\n", names[i],
                    static_cast<double>(all.size()) / times[i][7] / 1e9,
                    static_cast<double>(all.size()) / times[i][0] / 1e9, times[2][7] / times[i][7], sums[i]);
    ndup_json_destroy(json);
    return 0;
}
