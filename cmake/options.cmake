# Warnings are errors; what the release build is hardened with; sanitizers.
add_library(shaken302_options INTERFACE)
target_compile_options(shaken302_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlaps in assigning a literal to a std::string where there are none (GCC bug 105651).
  target_compile_options(shaken302_options INTERFACE -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  # For an x86-64 that is not told, GCC (as of 12) copies and zeroes 33 to 8,192 bytes by `rep movsq`
  # and `rep stosq`, which take longer to begin than the structs of a call take to be copied.
  set(short_then_call unrolled_loop:256:noalign,libcall:-1:noalign)
  target_compile_options(shaken302_options INTERFACE
    -mmemcpy-strategy=${short_then_call} -mmemset-strategy=${short_then_call})
endif()
target_compile_definitions(shaken302_options INTERFACE SHAKEN302_VERSION="${PROJECT_VERSION}")

if(SHAKEN302_HARDEN)
  target_compile_options(shaken302_options INTERFACE
    -fstack-protector-strong -fstack-clash-protection -fcf-protection=full
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS)
  target_link_options(shaken302_options INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

if(SHAKEN302_SANITIZE)
  set(flags -fsanitize=${SHAKEN302_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_compile_options(shaken302_options INTERFACE ${flags})
  target_link_options(shaken302_options INTERFACE ${flags})
endif()
