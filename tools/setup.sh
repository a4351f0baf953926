# Sourced by the tools: finds the distribution's packages that are missing and installs them, then says how to build.
# Needs `root`, the folder of the project.

# Each package and the reason why it is needed.
declare -A why=(
  [g++]="the C++20 compiler"
  [cmake]="configures the build"
  [ninja-build]="runs the build"
  [pkg-config]="finds isa-l, Qhull, OpenJPEG and CharLS"
  [libtbb-dev]="oneTBB, tasks on every core"
  [nlohmann-json3-dev]="JSON records"
  [libyaml-cpp-dev]="parameter files"
  [libcli11-dev]="the command line"
  [libfmt-dev]="messages"
  [libspdlog-dev]="the log"
  [libssl-dev]="SHA-256 of the files that are read"
  [libisal-dev]="isa-l, the inflate of .nii.gz"
  [libopenjp2-7-dev]="OpenJPEG, JPEG 2000 in DICOM files"
  [libcharls-dev]="CharLS, JPEG-LS in DICOM files"
  [libqhull-dev]="Qhull, the convex hulls"
  [libgtest-dev]="GoogleTest, the tests"
  [libeigen3-dev]="Eigen, eigenvalues in the definitions that the tests compare with"
  [libvalijson-dev]="validates records against the published schema, in the tests"
  [libinsighttoolkit5-dev]="ITK with GDCM, which read and write the same files in the tests (never in the program)"
  [libbenchmark-dev]="Google Benchmark, the benchmarks"
  [clang]="the compiler of the sanitizers' build and of the fuzzers"
  [libclang-rt-dev]="libFuzzer and the sanitizers of clang"
  [llvm]="readable stack traces of the sanitizers"
  [clang-format-14]="the form of the code"
  [git]="which files are the project's, in tools/format alone"
  [python3]="reads what the CUDA assembler says of every kernel, and what valgrind counts, and makes the model of their times"
  [valgrind]="counts instructions, in tools/instructions alone"
  [slurmctld]="Slurm's controller, in tools/slurm/check alone"
  [slurmd]="Slurm's nodes, in tools/slurm/check alone"
  [slurm-client]="sbatch and scontrol, in tools/slurm/check alone"
  [munge]="who may talk to Slurm, in tools/slurm/check alone"
  [procps]="pgrep, in tools/slurm/check alone"
  [buildah]="builds and runs the image without a daemon, in docker/check alone"
  [ccache]="keeps what one stage compiles for another that compiles the same, in .ci/run alone"
  [debootstrap]="makes the base of the image, in docker/check alone"
  [dpkg-dev]="unpacks the source of oneTBB, in tools/test --tsan alone"
  [python3-venv]="pip, which brings a CUDA compiler where there is none, and Snakemake in tools/test --workflows alone"
)
packages_build=(g++ cmake ninja-build pkg-config libtbb-dev nlohmann-json3-dev libyaml-cpp-dev libcli11-dev libfmt-dev
  libspdlog-dev libssl-dev libisal-dev libopenjp2-7-dev libcharls-dev libqhull-dev)
packages_test=(libgtest-dev libeigen3-dev libvalijson-dev libinsighttoolkit5-dev)
packages_bench=(libbenchmark-dev)
packages_clang=(clang libclang-rt-dev llvm)
packages_format=(clang-format-14 git)
packages_cuda=(python3)
packages_instructions=(valgrind python3 g++)
packages_slurm=(slurmctld slurmd slurm-client munge procps)
packages_docker=(buildah debootstrap)
packages_tsan=(dpkg-dev)

# say LINE...
say() { printf '%s\n' "$@"; }
die() { printf '%s\n' "$*" >&2; exit 1; }

# require PACKAGE...: installs those that are missing, and says which and why. Does nothing where all are present.
require() {
  local id version package
  local -a missing=() become=()
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    die "radloom's tools install packages on Debian 12 and Ubuntu 24.04; this is another system. Install the twins of these and" \
      "build with 'cmake --preset release && cmake --build --preset release': $*"
  fi
  for package in "$@"; do
    # The answer is "install ok installed"; a package never heard of makes dpkg-query fail.
    [[ $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) == *" installed" ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0

  id=$(. /etc/os-release && printf '%s' "${ID:-unknown}")
  version=$(. /etc/os-release && printf '%s' "${VERSION_ID:-}")
  case "$id $version" in
    "debian 12" | "ubuntu 24.04") ;;
    *) die "This is $id $version; radloom's tools know the packages of Debian 12 and Ubuntu 24.04. Install what stands for these, then" \
      "call this again: ${missing[*]}" ;;
  esac
  say "radloom needs ${#missing[@]} packages of $id $version that are not installed:"
  for package in "${missing[@]}"; do printf '  %-24s %s\n' "$package" "${why[$package]}"; done
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "Neither root nor sudo: ask an administrator for 'apt-get install ${missing[*]}'."
    say "(apt-get runs through sudo)"
    become=(sudo)
  fi
  # A line of apt's in ten thousand matters: they are shown where it fails.
  local log
  log=$(mktemp)
  if ! { "${become[@]}" apt-get update -q &&
    "${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; } \
    >"$log" 2>&1 </dev/null; then
    tail -n 25 "$log" >&2
    [[ $id != ubuntu ]] || say "On Ubuntu these packages need the component 'universe'." >&2
    die "apt-get could not install: ${missing[*]} (whole log: $log)"
  fi
  rm -f "$log"
  say "Installed."
}

# nvcc_version NVCC: "13.0", or nothing.
nvcc_version() { "$1" --version 2>/dev/null | sed -nE 's/.*release ([0-9]+\.[0-9]+).*/\1/p'; }

# require_nvcc: a CUDA compiler that CMake will use: of PATH or where toolkits usually are, else one brought by pip into build/. The
# distribution's own (Debian 12: CUDA 11.8, non-free) is too old for C++20 and for the distribution's g++.
require_nvcc() {
  local least=12.9 toolkit=$root/build/cuda-toolkit nvcc version log
  for nvcc in "${CUDACXX:-}" "$(command -v nvcc || true)" /usr/local/cuda/bin/nvcc "$toolkit/bin/nvcc"; do
    [[ -x $nvcc ]] || continue
    version=$(nvcc_version "$nvcc")
    if [[ -n $version && $(printf '%s\n' "$least" "$version" | sort -V | head -n 1) == "$least" ]]; then
      export CUDACXX=$nvcc
      return
    fi
    say "$nvcc is of version ${version:-unknown}; radloom needs $least"
  done
  [[ $(uname -m) == x86_64 ]] || die "No CUDA compiler is here, and the one that radloom can install is for x86-64: install CUDA $least or later."
  require python3-venv
  say "No CUDA compiler is here; one is fetched into build/cuda-toolkit (100 MB) ..."
  log=$root/build/cuda-toolkit.log
  mkdir -p "$root/build"
  rm -rf "$toolkit" "$toolkit.pip"
  if ! { python3 -m venv "$toolkit.pip" && "$toolkit.pip/bin/pip" install --no-deps --require-hashes --only-binary=:all: \
    --no-cache-dir --disable-pip-version-check --target "$toolkit.pip/packages" -r "$root/tools/cuda-toolkit.txt"; } >"$log" 2>&1 </dev/null; then
    tail -n 25 "$log" >&2
    die "pip could not bring the CUDA compiler (whole log: $log)"
  fi
  mv "$toolkit.pip/packages/nvidia/cu13" "$toolkit"
  ln -s lib "$toolkit/lib64"  # where nvcc and CMake look for the runtime; the shared one is not linked, but CMake wants to see it
  ln -s libcudart.so.13 "$toolkit/lib/libcudart.so"
  rm -rf "$toolkit.pip"
  [[ -n $(nvcc_version "$toolkit/bin/nvcc") ]] || die "The CUDA compiler that pip brought does not run: $toolkit/bin/nvcc"
  export CUDACXX=$toolkit/bin/nvcc
}

# require_tsan_tbb: the distribution's oneTBB built with ThreadSanitizer, where the preset tsan looks for it. ThreadSanitizer does not see
# into the library that is installed, and takes what its tasks give each other for races. Without tbbmalloc, for the same reason.
require_tsan_tbb() {
  local tbb=$root/build/tsan-tbb list
  [[ ! -e $tbb/lib/cmake/TBB/TBBConfig.cmake ]] || return 0
  say "Building oneTBB with ThreadSanitizer into build/tsan-tbb ..."
  rm -rf "$tbb.source"
  mkdir -p "$tbb.source"/{sources,lists/partial,cache/archives/partial}
  # apt's own lists name packages that are built, seldom their sources; these do, beside them.
  for list in /etc/apt/sources.list.d/{debian,ubuntu}.sources; do
    [[ ! -e $list ]] || sed 's/^Types:.*/Types: deb-src/' "$list" >"$tbb.source/sources/${list##*/}"
  done
  [[ ! -e /etc/apt/sources.list ]] || sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >"$tbb.source/sources/system.list"
  local apt=(apt-get -q -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$tbb.source/sources"
    -o Dir::State::Lists="$tbb.source/lists" -o Dir::Cache="$tbb.source/cache")
  if ! (
    cd "$tbb.source" && "${apt[@]}" update && "${apt[@]}" source onetbb &&
      cmake -S onetbb-*/ -B build -G Ninja -D CMAKE_BUILD_TYPE=RelWithDebInfo -D TBB_SANITIZE=thread -D TBB_TEST=OFF \
        -D TBB_STRICT=OFF -D TBBMALLOC_BUILD=OFF -D CMAKE_INSTALL_LIBDIR=lib -D CMAKE_INSTALL_PREFIX="$tbb" &&
      cmake --build build --target install -j "$(jobs)"
  ) >"$tbb.log" 2>&1 </dev/null; then
    tail -n 25 "$tbb.log" >&2
    die "oneTBB could not be built (whole log: $tbb.log)"
  fi
  rm -rf "$tbb.source"
}

# As many compilers as there are cores and memory for (the largest takes about 2 GB).
jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ {print int($2 / 2000000)}' /proc/meminfo)
  ((memory >= 1)) || memory=1
  say $((cores < memory ? cores : memory))
}

# progress: passes over ninja's [done/all] lines; one line that moves on a terminal, a line for every tenth elsewhere.
progress() {
  local line shown=0 tenth
  while IFS= read -r line; do
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
    if [[ -t 1 ]]; then
      printf '\r  %s of %s ' "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
    else
      tenth=$((10 * BASH_REMATCH[1] / BASH_REMATCH[2]))
      ((tenth == shown)) || say "  ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]}"
      shown=$tenth
    fi
  done
  [[ ! -t 1 ]] || printf '\r'
}

# build PRESET TARGET [CMAKE OPTION...]: configures and builds. The whole output is in build/PRESET.log; where it fails, the
# errors are shown.
build() {
  local preset=$1 target=$2 start=$SECONDS log
  shift 2
  [[ $preset != release ]] || set -- -D RADLOOM_CUDA="${RADLOOM_CUDA:-ON}" "$@"
  log=$root/build/$preset.log
  mkdir -p "$root/build"
  say "Building ($preset, $(jobs) at a time) ..."
  if ! (cd "$root" && cmake --preset "$preset" "$@" && cmake --build --preset "$preset" --target "$target" -j "$(jobs)") \
    2>&1 </dev/null | tee "$log" | progress; then
    grep -nE 'error:|Error|FAILED' "$log" | head -n 20 >&2 || true
    tail -n 40 "$log" >&2
    die "The build failed; the whole log is $log"
  fi
  say "Built in $((SECONDS - start)) s."
}
