#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Tests what runs on clusters, in the environment that python/test.sh made: neardup.spark, and examples/cluster with Ray and Dask. The
# last line is `N passed, N failed`.
#
#   python/spark.sh BUILD
#   PYSPARK='pyspark==3.5.*' python/spark.sh BUILD
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${1:?usage: python/spark.sh BUILD}")
env=$build/python-env

skip() # why
{
    echo "skipped: $1"
    echo "0 passed, 0 failed"
    exit 0
}
[ -x "$env/bin/pytest" ] || skip "the package is not built: make python"
command -v java > /dev/null || skip "Spark needs Java: tools/setup spark"
"$env/bin/python" -c 'import neardup, pyarrow' 2> /dev/null || skip "pyarrow cannot be installed here"
pip=("$env/bin/pip" --disable-pip-version-check --quiet)
# setuptools: PySpark 3.5 takes distutils from it, which Python 3.12 does not have.
"${pip[@]}" install --no-compile "${PYSPARK:-pyspark>=3.5}" setuptools || skip "pip cannot install pyspark"
"${pip[@]}" install --no-compile ray 'dask[distributed]' || echo "without Ray and Dask"

status=0
log=$build/spark-tests.log
SPARK_LOCAL_IP=127.0.0.1 "$env/bin/python" -m pytest -q -p no:cacheprovider python/tests/test_spark.py python/tests/test_cluster.py -k "spark or ray or dask" 2>&1 |
    tee "$log" || status=$?
passed=$(grep -oE '[0-9]+ passed' "$log" | tail -n 1 | cut -d ' ' -f 1) || true
failed=$(grep -oE '[0-9]+ (failed|error)' "$log" | tail -n 1 | cut -d ' ' -f 1) || true
if [ $status != 0 ] && [ -z "$failed" ]; then failed=1; fi
echo "${passed:-0} passed, ${failed:-0} failed"
exit $status
