# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A budget that cannot work is said to be one.
neardup plan --documents 50M --memory 100M > /dev/null
neardup plan --documents 50M --memory 8G > /dev/null
