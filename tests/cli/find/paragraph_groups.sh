# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What stands on most pages of a site.
. "$CASES/lib.sh"
pages > pages.jsonl
neardup find pages.jsonl --unit paragraph --group-field site -q --format table
neardup find pages.jsonl --unit paragraph --group-field site -q --often 2 --format jsonl | grep '"group_documents"'
