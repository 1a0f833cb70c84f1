# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Options of paragraphs and lines that contradict each other, before any input is opened.
neardup find x --unit paragraph,line
neardup find x --unit pargraph
neardup find x --within
neardup find x --unit paragraph --keep-one
neardup find x --unit paragraph --within --max-copies 3
neardup find x --unit paragraph --across --containment 0.5
neardup find x --unit paragraph --containment 2
neardup find x --unit line --group-field site --format csv
neardup find x --unit line --group-field site --pairs
neardup dedup x -o out --unit line --annotate --drop-emptied
neardup find x --annotate
ls
