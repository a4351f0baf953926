#!/bin/sh
# Times radloom beside PyRadiomics 3.0.1 from PyPI and prints a table of ratios. Both run as whole processes, one after the other,
# five times, on equal processors; first it checks that their values agree, and it refuses to time a wrong answer.
#
#   bench/peers/compare.sh [-d DATA] [-b BUILD] [-v VENV] [-- options of compare.py]
#
#   DATA   the folder that holds pyradiomics/ (default: ../shared/data beside the project)
#   BUILD  the build that holds bin/radloom, and bin/radloom_case_bench (RADLOOM_BENCHMARKS) for the one in memory (default: build/release)
#   VENV   where PyRadiomics is installed, made when it is not there (default: a scratch folder that is removed at the end)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
data=$root/../shared/data build=$root/build/release venv=
while getopts d:b:v: option; do
  case $option in
    d) data=$OPTARG ;;
    b) build=$OPTARG ;;
    v) venv=$OPTARG ;;
    *) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 1 ;;
  esac
done
shift $((OPTIND - 1))
[ -x "$build/bin/radloom" ] || { echo "no program at $build/bin/radloom: build it first, or name the build with -b" >&2; exit 1; }
[ -d "$data/pyradiomics" ] || { echo "no reference data at $data/pyradiomics: name their folder with -d" >&2; exit 1; }
if [ -z "$venv" ]; then
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  venv=$scratch/venv
fi
. "$here/environment.sh"
make_environment "$venv"
bench=
[ ! -x "$build/bin/radloom_case_bench" ] || bench="--case-bench $build/bin/radloom_case_bench"
# shellcheck disable=SC2086 # two words or none
"$venv/bin/python" "$here/compare.py" --data "$data" --radloom "$build/bin/radloom" $bench "$@"
