# The CUDA backend is built where it was asked for and a CUDA compiler is found: RADLOOM_WITH_CUDA. Else RADLOOM_NO_CUDA says why there is
# none, and `radloom devices` repeats it.
set(RADLOOM_WITH_CUDA OFF)
set(RADLOOM_NO_CUDA "")
set(RADLOOM_CUDA_LEAST 12.9)  # nvcc's C++20, and 64-bit lengths throughout CUB
file(GLOB_RECURSE cuda_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/backend/cuda/*.cu ${PROJECT_SOURCE_DIR}/kernels/*.cu)

if(NOT RADLOOM_CUDA)
  set(RADLOOM_NO_CUDA "this build was made without it (RADLOOM_CUDA=OFF)")
else()
  # Where toolkits usually are, beside PATH. The one that 'tools/test --cuda' installs is for builds that must have one: no other
  # build should change because it came.
  set(toolkits /usr/local/cuda /opt/cuda)
  if(RADLOOM_CUDA STREQUAL REQUIRED)
    list(APPEND toolkits ${PROJECT_SOURCE_DIR}/build/cuda-toolkit)
  endif()
  find_program(RADLOOM_NVCC nvcc HINTS ENV CUDA_PATH PATH_SUFFIXES bin PATHS ${toolkits} DOC "The CUDA compiler")
  if(RADLOOM_NVCC AND NOT DEFINED ENV{CUDACXX})
    set(ENV{CUDACXX} ${RADLOOM_NVCC})  # where check_language and enable_language look
  endif()
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES "80-real;90")  # Ampere, Ada; Hopper; and PTX, which the driver compiles for what comes later
  endif()
  include(CheckLanguage)
  check_language(CUDA)
  if(NOT CMAKE_CUDA_COMPILER)
    set(RADLOOM_NO_CUDA "no CUDA compiler was found when this build was made")
  else()
    enable_language(CUDA)
    if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS RADLOOM_CUDA_LEAST)
      set(RADLOOM_NO_CUDA
        "the CUDA compiler found when this build was made is of version ${CMAKE_CUDA_COMPILER_VERSION}, and ${RADLOOM_CUDA_LEAST} is the least")
    else()
      set(RADLOOM_WITH_CUDA ON)
    endif()
  endif()
endif()

if(RADLOOM_WITH_CUDA)
  if(RADLOOM_CUDA STREQUAL REQUIRED)  # the assembler's report is kept, for tools/kernel-resources
    set(CMAKE_CUDA_COMPILER_LAUNCHER ${PROJECT_SOURCE_DIR}/tools/cmake/ptxas-report)
  endif()
  message(STATUS "CUDA backend: on, ${CMAKE_CUDA_COMPILER} ${CMAKE_CUDA_COMPILER_VERSION} for ${CMAKE_CUDA_ARCHITECTURES}")
  # The module of CMake 3.25 wants nvToolsExt, which CUDA 13 has no more, of projects that require that CMake.
  set(least_cmake ${CMAKE_MINIMUM_REQUIRED_VERSION})
  set(CMAKE_MINIMUM_REQUIRED_VERSION 3.24)
  find_package(CUDAToolkit REQUIRED)
  set(CMAKE_MINIMUM_REQUIRED_VERSION ${least_cmake})
  if(NOT DEFINED CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # CMake 3.25 does not know that nvcc has it
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
    set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
  endif()
  set(CMAKE_CUDA_STANDARD 20)
  set(CMAKE_CUDA_STANDARD_REQUIRED ON)
  set(CMAKE_CUDA_EXTENSIONS OFF)
  # Contraction off, as on the host: what both compute in one order of operations is equal.
  target_compile_options(radloom_options INTERFACE $<$<COMPILE_LANGUAGE:CUDA>:--fmad=false;-Xcompiler=-ffp-contract=off>)
  if(RADLOOM_DEVELOPER OR RADLOOM_CUDA STREQUAL REQUIRED)  # who must have it tends it; not -Wpedantic: the stubs that nvcc writes are not
    target_compile_options(radloom_options INTERFACE "$<$<COMPILE_LANGUAGE:CUDA>:SHELL:-Werror all-warnings>"
      $<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra,-Wshadow,-Wnon-virtual-dtor,-Woverloaded-virtual,-Werror>)
  endif()
  # The oldest compute capability there is code for: 80 of "80-real;90". Names ("native", "all") leave it to the driver.
  set(RADLOOM_CUDA_OLDEST 0)
  foreach(architecture IN LISTS CMAKE_CUDA_ARCHITECTURES)
    if(architecture MATCHES "^[0-9]+" AND (NOT RADLOOM_CUDA_OLDEST OR CMAKE_MATCH_0 LESS RADLOOM_CUDA_OLDEST))
      set(RADLOOM_CUDA_OLDEST ${CMAKE_MATCH_0})
    endif()
  endforeach()
else()
  if(RADLOOM_CUDA STREQUAL REQUIRED)
    message(FATAL_ERROR "The CUDA backend is required (RADLOOM_CUDA=REQUIRED), but ${RADLOOM_NO_CUDA}. Put nvcc on PATH, or let "
      "'tools/test --cuda' install one.")
  endif()
  message(STATUS "CUDA backend: off, ${RADLOOM_NO_CUDA}")
endif()
