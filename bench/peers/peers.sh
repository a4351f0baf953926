#!/bin/sh
# Times radloom beside its peers from PyPI, on their processors only: PyRadiomics, Nyxus, flash-radiomics, MIRP, fastrad and pyradiomics-cuda.
# Every one is a whole process at its best settings, one after the other, five rounds, on equal processors; their values are compared first.
#
#   bench/peers/peers.sh [-d DATA] [-b BUILD] [-v FOLDER] [-- options of peers.py]
#
#   DATA    the folder that holds pyradiomics/ and ibsi1/ (default: ../shared/data beside the project)
#   BUILD   the build that holds bin/radloom (default: build/release)
#   FOLDER  where the peers are installed, each in an environment of its own, made where it is not there (10 GB, most of it fastrad's torch;
#           default: a scratch folder that is removed at the end)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
data=$root/../shared/data build=$root/build/release folder=
while getopts d:b:v: option; do
  case $option in
    d) data=$OPTARG ;;
    b) build=$OPTARG ;;
    v) folder=$OPTARG ;;
    *) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 1 ;;
  esac
done
shift $((OPTIND - 1))
[ -x "$build/bin/radloom" ] || { echo "no program at $build/bin/radloom: build it first, or name the build with -b" >&2; exit 1; }
[ -d "$data/pyradiomics" ] || { echo "no reference data at $data/pyradiomics: name their folder with -d" >&2; exit 1; }
if [ -z "$folder" ]; then
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  folder=$scratch
fi
. "$here/environment.sh"
make_environment "$folder/pyradiomics"
"$folder/pyradiomics/bin/python" "$here/peers.py" --data "$data" --radloom "$build/bin/radloom" --environments "$folder" "$@"
