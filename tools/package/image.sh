#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the file system of a container image: the program, the shared libraries that it loads, and the character sets of iconv for
# --encoding. It has no shell and no package manager.
#
#   tools/package/image.sh PROGRAM FOLDER
set -euo pipefail
program=$(realpath "${1:?usage: tools/package/image.sh PROGRAM FOLDER}")
root=${2:?usage: tools/package/image.sh PROGRAM FOLDER}
largest=$((40 * 1000 * 1000))

mkdir -p "$root/usr/bin" "$root/var/tmp" "$root/data"
chmod 1777 "$root/var/tmp"
install -m 755 "$program" "$root/usr/bin/neardup"
strip --strip-unneeded "$root/usr/bin/neardup"

# Lines of ldd: NAME => PATH (ADDRESS), or PATH (ADDRESS) for the loader.
ldd "$program" | sed -n -e 's/^[^/]*=> \(\/[^ ]*\) .*/\1/p' -e 's/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p' | while read -r library; do
    install -D -m 755 "$library" "$root$library"
    strip --strip-unneeded "$root$library"
done
libc=$(ldd "$program" | sed -n 's/.*libc\.so[^=]*=> \([^ ]*\) .*/\1/p')
folder=$(dirname "$(realpath "$libc")")/gconv
mkdir -p "$root$folder"
cp -R "$folder/." "$root$folder/"

size=$(du -s --block-size=1 "$root" | cut -f 1)
echo "image: $size bytes"
[ "$size" -lt $largest ] || { echo "the image is larger than 40 MB" && exit 1; }

# Tried where this is allowed: it needs root.
[ "$(id -u)" = 0 ] || exit 0
printf '{"text":"a b c d e f"}\n%.0s' 1 2 > "$root/data/in.jsonl"
printf 'caf\xe9 a b c' > "$root/data/latin.txt"
kept=$(chroot "$root" /usr/bin/neardup dedup /data/in.jsonl -o - --quiet | wc -l)
[ "$kept" = 1 ] || { echo "the program of the image does not work" && exit 1; }
chroot "$root" /usr/bin/neardup find /data/latin.txt --encoding CP1252 --quiet
rm "$root/data/in.jsonl" "$root/data/latin.txt"
