# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Compressed bytes are not compared as if they were text.
echo text | gzip > a.gz; neardup compare a.gz a.gz
