# Where ccache is installed, compilers run behind it. What another folder holds of the same sources (a second clone, CI's)
# is taken from there: paths count from the root of the sources, and debug information may name another build folder. A
# build folder that was configured with a launcher of its own keeps that one.
find_program(SHAKEN302_CCACHE ccache)
if(SHAKEN302_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${SHAKEN302_CCACHE})
endif()
