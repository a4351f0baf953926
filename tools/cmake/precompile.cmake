# Included where RADLOOM_PRECOMPILED_HEADERS is on, after every target: the headers of libraries that most files include are compiled once with
# the build's own optimisation and once without any, instead of in each of 150 files.
set(headers
  <algorithm> <array> <atomic> <cmath> <cstdint> <cstring> <filesystem> <fstream> <functional> <limits> <map> <memory> <mutex> <numeric>
  <optional> <random> <set> <span> <sstream> <string> <string_view> <vector>
  <fmt/format.h> <nlohmann/json.hpp> <tbb/parallel_for.h>)
set(libraries radloom_options fmt::fmt nlohmann_json::nlohmann_json TBB::tbb)
get_property(targets DIRECTORY src PROPERTY BUILDSYSTEM_TARGETS)
if(RADLOOM_TESTS)
  list(APPEND headers <gtest/gtest.h>)
  list(APPEND libraries GTest::gtest)
  get_property(tests DIRECTORY tests PROPERTY BUILDSYSTEM_TARGETS)
  list(APPEND targets ${tests})
endif()

foreach(level IN ITEMS "" -O0)
  set(empty ${PROJECT_BINARY_DIR}/precompiled${level}.cpp)  # CMake wants a source of each target
  file(CONFIGURE OUTPUT ${empty} CONTENT "")
  add_library(radloom_precompiled${level} OBJECT ${empty})
  target_compile_options(radloom_precompiled${level} PRIVATE ${level})
  target_link_libraries(radloom_precompiled${level} PRIVATE ${libraries})
  target_precompile_headers(radloom_precompiled${level} PRIVATE ${headers})
endforeach()

foreach(target IN LISTS targets)
  get_target_property(type ${target} TYPE)
  get_target_property(options ${target} COMPILE_OPTIONS)
  if(type STREQUAL UTILITY OR options MATCHES "-include")  # what is included first stays first
    continue()
  endif()
  set(level "")
  if(options MATCHES "-O0")
    set(level -O0)
  endif()
  target_compile_options(${target} PRIVATE -fPIC)  # programs too, which else are -fPIE: the compiler takes headers of the same flags alone
  target_precompile_headers(${target} REUSE_FROM radloom_precompiled${level})
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    get_source_file_property(own ${source} TARGET_DIRECTORY ${target} COMPILE_OPTIONS)
    if(own)
      set_source_files_properties(${source} TARGET_DIRECTORY ${target} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
    endif()
  endforeach()
endforeach()
