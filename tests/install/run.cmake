# Installs BUILD into SCRATCH and builds and runs CONSUMER against that prefix alone. Any step that fails fails the test.
file(REMOVE_RECURSE ${SCRATCH})
set(prefix ${SCRATCH}/prefix)
function(step)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
step(${CMAKE_COMMAND} --install ${BUILD} --config ${CONFIGURATION} --prefix ${prefix})
set(flags "")
if(SANITIZE)  # a static library leaves its sanitizer to whoever links it
  set(flags -fsanitize=${SANITIZE})
endif()
step(${CMAKE_COMMAND} -S ${CONSUMER} -B ${SCRATCH}/build -G ${GENERATOR} -D CMAKE_CXX_COMPILER=${COMPILER}
  -D CMAKE_CXX_FLAGS=${flags} -D CMAKE_BUILD_TYPE=${CONFIGURATION} -D CMAKE_PREFIX_PATH=${prefix} -D CMAKE_FIND_USE_PACKAGE_REGISTRY=OFF
  -D CUDAToolkit_ROOT=${TOOLKIT})
step(${CMAKE_COMMAND} --build ${SCRATCH}/build)
step(${SCRATCH}/build/consumer ${VERSION})
if(PROGRAM)
  step(${prefix}/bin/radloom --version)
endif()
