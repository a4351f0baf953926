#!/bin/sh
# Writes the least that each family and filter could take on this machine, by what it has to read, compare and count, beside what it takes:
#
#   bench/budget/budget.sh [-b BUILD] [OUT]
#
#   BUILD  the build that holds bin/radloom_{budget,families,filters}_bench (default: build/release)
#   OUT    the table (default: budget.md beside this script)
# Five rounds of half a minute, of which the fastest run of each counts, on the first processor that it may use.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$here/../../build/release
while getopts b: option; do
  case $option in
    b) build=$OPTARG ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 1 ;;
  esac
done
shift $((OPTIND - 1))
for room in budget families filters; do
  [ -x "$build/bin/radloom_${room}_bench" ] || { echo "no program at $build/bin/radloom_${room}_bench: build it first, or name the build with -b" >&2; exit 1; }
done
python3 "$here/budget.py" "$build/bin" "${1:-$here/budget.md}"
