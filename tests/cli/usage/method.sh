# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Options of one engine with the other, before any input is opened.
neardup find x --distance 3
neardup dedup x -o out --bits 128
neardup sketch x --weights one
neardup plan --hamming scan
neardup find x --method simhash --recall 0.9
neardup find x --method simhash --candidates all
neardup sketch x --method simhash --slots 16
neardup find x --method simhash --seed 1
neardup find x --method simhash --distance 17
neardup find x --method simhash --bits 128 --distance 33
neardup find x --method simhahs
neardup find x --method simhash --bits 32
neardup sketch x --distance 3
neardup sketch
ls
