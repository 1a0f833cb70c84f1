#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes a Debian package of what `make install` installs, for the distribution and the architecture of this machine.
#
#   tools/package/deb.sh BUILD        writes BUILD/neardup_VERSION_ARCHITECTURE.deb
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath "${1:?usage: tools/package/deb.sh BUILD}")
root=$build/deb
version=$(sed -n 's/^#define NEARDUP_VERSION  *"\(.*\)"/\1/p' include/neardup.h)
architecture=$(dpkg --print-architecture)
target=$build/neardup_${version}_$architecture.deb

rm -rf "$root"
make -s install PREFIX=/usr DESTDIR="$root" BUILD="$build" > "$build/deb.log"
strip --strip-unneeded "$root/usr/bin/neardup" "$root"/usr/lib/libneardup.so.*.*.*
strip --strip-debug "$root/usr/lib/libneardup.a"
gzip -9n "$root/usr/share/man/man1/neardup.1"
mv "$root/usr/share/zsh/site-functions" "$root/usr/share/zsh/vendor-completions"
install -D -m 644 LICENSE "$root/usr/share/doc/neardup/copyright"
gzip -9nc CHANGELOG.md > "$root/usr/share/doc/neardup/changelog.gz"
chmod 644 "$root/usr/share/doc/neardup/changelog.gz"

# dpkg-shlibdeps wants a source package, of which it reads only this.
source=$build/deb-source
mkdir -p "$source/debian"
printf 'Source: neardup\n\nPackage: neardup\nArchitecture: any\n' > "$source/debian/control"
depends=$(cd "$source" && dpkg-shlibdeps -O "$root/usr/bin/neardup" "$root"/usr/lib/libneardup.so.*.*.* 2> "$build/deb.log" |
    sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || { cat "$build/deb.log" && exit 1; }

mkdir -p "$root/DEBIAN"
cat > "$root/DEBIAN/control" << END
Package: neardup
Version: $version
Architecture: $architecture
Maintainer: the neardup authors <neardup@localhost>
Installed-Size: $(du -sk "$root/usr" | cut -f 1)
Depends: $depends
Section: text
Priority: optional
Description: near-duplicates in text: find, remove, check
 neardup finds and removes near-duplicate documents, paragraphs and lines in
 JSON Lines, CSV and text. Every removal is verified by the exact Jaccard
 similarity, and the result does not depend on threads or memory. The package
 has the program, its completions, and the library with its headers.
END
printf '#!/bin/sh\nset -e\nldconfig\n' > "$root/DEBIAN/postinst"
cp "$root/DEBIAN/postinst" "$root/DEBIAN/postrm"
chmod 755 "$root/DEBIAN/postinst" "$root/DEBIAN/postrm"
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum > DEBIAN/md5sums)
dpkg-deb --root-owner-group --build "$root" "$target"
rm -r "$root" "$source"

# What is in it works: unpacked into a folder, without being installed.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dpkg-deb --extract "$target" "$work"
printf '{"text":"a b c d e f"}\n%.0s' 1 2 > "$work/in.jsonl"
kept=$("$work/usr/bin/neardup" dedup "$work/in.jsonl" -o - --quiet | wc -l)
[ "$kept" = 1 ] || { echo "the program of the package does not work" && exit 1; }
dpkg-deb --info "$target" | sed -n 's/^ \(Package\|Version\|Depends\|Installed-Size\)/\1/p'
