# Sourced by the comparisons: make_environment FOLDER PACKAGE... makes a Python environment with PyRadiomics 3.0.1 from PyPI, what it needs and
# these packages, unless it is there already.
make_environment() {
  venv=$1
  shift
  if ! "$venv/bin/python" -c 'import radiomics' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" --quiet install pip wheel setuptools 'numpy<2' cython versioneer SimpleITK PyWavelets pykwalify >&2
    "$venv/bin/pip" --quiet install --no-build-isolation pyradiomics==3.0.1 >&2
  fi
  [ $# = 0 ] || "$venv/bin/pip" --quiet install "$@" >&2
}
