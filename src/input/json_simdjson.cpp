/* SPDX-License-Identifier: MIT
 * Why only the first stage: On-Demand checks no more of a record than is walked, and DOM copies every string, refuses
 * integers of more than 64 bits and forgets where a value stood. With the token offsets alone, json.c checks the whole
 * record, hands out texts without escapes and ids without copying them, and is faster than both (bench/json_extract.cpp). The
 * class is public in simdjson.h but meant for its own use: test_input_json fails if a new version changes it. */
#include "input/json_index.h"

#include <new>
#include <simdjson.h>

/* Memory for the offsets (4 bytes for each byte of a record) is kept up to records of this length. */
static const size_t KEPT_CAPACITY = (size_t)1 << 20;

struct ndup_json_index {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
    size_t capacity = 0;
};

extern "C" struct ndup_json_index *ndup_json_index_create(void)
{
    auto *index = new (std::nothrow) ndup_json_index;
    if (index == nullptr)
        return nullptr;
    /* The depth is of no use to the first stage. */
    auto code = simdjson::get_active_implementation()->create_dom_parser_implementation(0, 1, index->parser);
    if (code != simdjson::SUCCESS || index->parser == nullptr) {
        delete index;
        return nullptr;
    }
    return index;
}

/* Makes room for len bytes; gives memory back that a giant record left. */
static simdjson::error_code fit(struct ndup_json_index *index, size_t len)
{
    bool too_large = index->capacity > KEPT_CAPACITY && len <= KEPT_CAPACITY;
    if (len <= index->capacity && !too_large)
        return simdjson::SUCCESS;
    size_t wanted = len <= KEPT_CAPACITY ? KEPT_CAPACITY : len + len / 4;
    if (wanted > simdjson::SIMDJSON_MAXSIZE_BYTES)
        wanted = simdjson::SIMDJSON_MAXSIZE_BYTES;
    index->capacity = 0;
    auto code = index->parser->allocate(wanted, 1);
    if (code == simdjson::SUCCESS)
        index->capacity = wanted;
    return code;
}

static enum ndup_json_index_result result_of(simdjson::error_code code)
{
    switch (code) {
    case simdjson::SUCCESS:
        return NDUP_JSON_INDEXED;
    case simdjson::MEMALLOC:
        return NDUP_JSON_NOMEM;
    case simdjson::CAPACITY:
        return NDUP_JSON_TOO_LONG;
    case simdjson::EMPTY:
        return NDUP_JSON_NOTHING;
    case simdjson::UTF8_ERROR:
        return NDUP_JSON_BAD_UTF8;
    case simdjson::UNCLOSED_STRING:
        return NDUP_JSON_OPEN_STRING;
    case simdjson::UNESCAPED_CHARS:
        return NDUP_JSON_CONTROL;
    default:
        return NDUP_JSON_UNKNOWN;
    }
}

extern "C" enum ndup_json_index_result ndup_json_index_run(struct ndup_json_index *index, const char *text, size_t len,
                                                           const uint32_t **tokens, size_t *count)
{
    *count = 0;
    if (len == 0)
        return NDUP_JSON_NOTHING;
    if (len >= simdjson::SIMDJSON_MAXSIZE_BYTES)
        return NDUP_JSON_TOO_LONG;
    auto code = fit(index, len);
    if (code == simdjson::SUCCESS)
        code = index->parser->stage1(reinterpret_cast<const uint8_t *>(text), len, simdjson::stage1_mode::regular);
    if (code != simdjson::SUCCESS)
        return result_of(code);
    *tokens = index->parser->structural_indexes.get();
    *count = index->parser->n_structural_indexes;
    return NDUP_JSON_INDEXED;
}

extern "C" void ndup_json_index_destroy(struct ndup_json_index *index)
{
    delete index;
}
