#!/bin/sh
# Measures how radloom's time grows with voxels, gray levels and labels, on one thread, and draws it: growth.svg and tables beside it.
#
#   bench/growth/growth.sh [-b BUILD] [-v VENV] [OUT]
#
#   BUILD  the build that holds bin/radloom and bin/radloom_families_bench (RADLOOM_BENCHMARKS; default: build/release)
#   VENV   a Python environment with numpy, SimpleITK and matplotlib, made when it is not there (default: a scratch folder)
#   OUT    where growth.svg and growth.md are written (default: here)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$here/../../build/release venv=''
while getopts b:v: option; do
  case $option in
    b) build=$OPTARG ;;
    v) venv=$OPTARG ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 1 ;;
  esac
done
shift $((OPTIND - 1))
for program in radloom radloom_families_bench; do
  [ -x "$build/bin/$program" ] || { echo "no program at $build/bin/$program: build it first, or name the build with -b" >&2; exit 1; }
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
venv=${venv:-$scratch/venv}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" --quiet install numpy SimpleITK matplotlib >&2
"$build/bin/radloom_families_bench" --benchmark_filter='^growth/' --benchmark_min_time=0.2 --benchmark_out="$scratch/growth.json" \
  --benchmark_out_format=json >&2
"$venv/bin/python" "$here/growth.py" "$scratch/growth.json" "$build/bin/radloom" "${1:-$here}"
