#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Fetches the published schemas that reports and CI files are checked against, out of packages that carry them: they are not
# ours to keep here. What is there already is not fetched again; what cannot be had is named on a line that begins with
# "missing:".
#
#   tests/reports/fetch.sh FOLDER
set -euo pipefail

folder=${1:?usage: tests/reports/fetch.sh FOLDER}
mkdir -p "$folder"
cd "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# file, what to do about it
need()
{
    local file=$1
    shift
    [ -s "$file" ] || "$@" > "$work/log" 2>&1 || { rm -f "$file" && echo "missing: $file ($(tail -n 1 "$work/log"))"; }
}

wheel() # package==version, options of pip...
{
    timeout 900 python3 -m pip --disable-pip-version-check download -q --no-deps -d "$work" "$@"
}

sarif()
{
    (cd "$work" && timeout 900 npm pack --silent @microsoft/jest-sarif@1.0.0-beta.0)
    tar -xzOf "$work"/microsoft-jest-sarif-*.tgz package/lib/schemas/sarif-2.1.0-rtm.5.json > sarif.json
}

junit()
{
    wheel pytest==9.2.0 --no-binary pytest
    tar -xzOf "$work"/pytest-*.tar.gz --wildcards '*/testing/example_scripts/junit-10.xsd' > junit.xsd
}

ci()
{
    wheel check-jsonschema==0.39.0
    python3 - "$work"/check_jsonschema-*.whl <<'END'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    for name in ("github-actions", "github-workflows", "gitlab-ci"):
        with open(name + ".json", "wb") as out:
            out.write(archive.read(f"check_jsonschema/builtin_schemas/vendor/{name}.json"))
END
}

need sarif.json sarif
need junit.xsd junit
for file in github-actions github-workflows gitlab-ci; do need $file.json ci; done
