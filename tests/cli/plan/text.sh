# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For people: the plan, the needs, the chart.
neardup plan --documents 50M --memory 8G
