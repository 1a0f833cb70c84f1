# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Two texts side by side in a page.
. "$CASES/lib.sh"
echo "The $(words 1 30) </script> end." > a.txt
echo "the $(words 1 29) other <end>" > b.txt
neardup compare a.txt b.txt --format html -o ab.html
sed -n '/<script type="application\/json"/,/<\/script>/p' ab.html | sed 's/<[^>]*>//g' |
    jq -c 'del(.neardup)'
neardup compare a.txt b.txt --format html --tokens char |
    sed -n 's/.*"parameters":\({[^}]*}\).*/\1/p'
neardup compare a.txt b.txt --format html | cmp - ab.html && echo same
neardup compare a.txt b.txt --format html -o ab.html; echo $?
neardup compare a.txt b.txt --format html -o ab.html --force; echo $?
neardup compare a.txt b.txt -o ab.txt; echo $?
