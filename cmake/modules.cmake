# A folder is a library: shaken302_module(sip PUBLIC ... PRIVATE ...) makes shaken302_sip of every .cpp in
# the current folder. What a folder may link is what it may know; tests/rules checks the includes too.
function(shaken302_module name)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  add_library(shaken302_${name} STATIC ${sources})
  target_include_directories(shaken302_${name} PUBLIC ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(shaken302_${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} shaken302_options)
  # Executables alone are made of it: what nobody can put another function in the place of may be
  # inlined. CMake says -fPIC for a library; the last one counts.
  target_compile_options(shaken302_${name} PRIVATE -fPIE ${SHAKEN302_PRODUCT_FLAGS})
  if(SHAKEN302_COVERAGE)
    # Workers count at the same time.
    target_compile_options(shaken302_${name} PRIVATE --coverage -fprofile-update=atomic)
    target_link_options(shaken302_${name} PUBLIC --coverage)
  endif()
endfunction()

# Every *_test.cpp of a test folder in one doctest program; each test case is a ctest of its own.
function(shaken302_tests name)
  cmake_parse_arguments(ARG "" "" "LINK;LABELS;EXTRA" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *_test.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(test_${name} ${sources} ${ARG_EXTRA} ${CMAKE_SOURCE_DIR}/tests/doctest_main.cpp)
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(test_${name} PRIVATE ${ARG_LINK} doctest::doctest shaken302_options)
  # The assertions of a test are half as dear to compile so; what they test is optimised as ever.
  target_compile_options(test_${name} PRIVATE $<$<CXX_COMPILER_ID:Clang>:-O0>)
  target_compile_definitions(test_${name} PRIVATE
    SHAKEN302_TEST_DATA="${CMAKE_SOURCE_DIR}/tests" SHAKEN302_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  doctest_discover_tests(test_${name} TEST_PREFIX "${name}: " PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 120
    SKIP_REGULAR_EXPRESSION "SKIPPED: ")
endfunction()
