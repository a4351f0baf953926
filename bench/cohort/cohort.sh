#!/bin/sh
# Makes a cohort and measures how fast radloom batch gets through it: beside decompressing its files with isa-l and nothing else, and beside
# PyRadiomics' batch mode, with one thread and with all. Values of some cases are compared first.
#
#   bench/cohort/cohort.sh [-b BUILD] [-v VENV] [-n CASES] [-s FOLDER] PRESET [-- options of measure.py]
#
#   PRESET sarcoma, small or ct: see make.py
#   BUILD  the build that holds bin/radloom (default: build/release)
#   VENV   where PyRadiomics is installed, made when it is not there (default: a scratch folder that is removed at the end)
#   FOLDER where the cohort is made and kept, and taken from when it is there (default: a scratch folder)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$here/../../build/release venv='' folder='' count=''
while getopts b:v:n:s: option; do
  case $option in
    b) build=$OPTARG ;;
    v) venv=$OPTARG ;;
    n) count=$OPTARG ;;
    s) folder=$OPTARG ;;
    *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 1 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 1; }
preset=$1
shift
[ "${1:-}" != -- ] || shift
[ -x "$build/bin/radloom" ] || { echo "no program at $build/bin/radloom: build it first, or name the build with -b" >&2; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$here/../peers/environment.sh"
venv=${venv:-$scratch/venv} folder=${folder:-$scratch/cohort}
make_environment "$venv" isal
if [ ! -f "$folder/manifest.csv" ]; then
  "$venv/bin/python" "$here/make.py" "$preset" "$folder" ${count:+--cases "$count"} >&2
  echo "$preset ${count:-}" >"$folder/preset"
fi
[ "$(cat "$folder/preset" 2>/dev/null)" = "$preset ${count:-}" ] || { echo "$folder holds another cohort: name another folder, or remove it" >&2; exit 1; }
"$venv/bin/python" "$here/measure.py" "$folder" --radloom "$build/bin/radloom" "$@"
