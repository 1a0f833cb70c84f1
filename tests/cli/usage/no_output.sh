# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# dedup without -o has nowhere to write to.
neardup dedup x
