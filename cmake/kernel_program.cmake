# Kernel programs: compiled by clang for the BPF target and embedded through a skeleton.
find_program(CLANG NAMES clang clang-19 clang-16 clang-15 clang-14 REQUIRED)
find_program(LLVM_STRIP NAMES llvm-strip llvm-strip-19 llvm-strip-16 llvm-strip-15 llvm-strip-14 REQUIRED)
find_program(BPFTOOL bpftool PATHS /usr/sbin /sbin REQUIRED)

# syscope_kernel_program(ROOM NAME SKELETON [LIGHT] [DEPENDS file...])
# NAME.bpf.c of this folder becomes the header SKELETON, which the library of ROOM may include. LIGHT: it needs
# no libbpf to load.
function(syscope_kernel_program ROOM NAME SKELETON)
  cmake_parse_arguments(PROGRAM "LIGHT" "" "DEPENDS" ${ARGN})
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${NAME}.bpf.o)
  set(skeleton ${CMAKE_CURRENT_BINARY_DIR}/${SKELETON})
  string(REGEX REPLACE "[.].*" "" name ${SKELETON})
  set(light)
  if(PROGRAM_LIGHT)
    set(light -L)
  endif()
  add_custom_command(
    OUTPUT ${skeleton}
    COMMAND ${CLANG} -target bpf -mcpu=v3 -O2 -g -Wall -Werror -Wno-unused-function -D__TARGET_ARCH_x86
            -I${PROJECT_SOURCE_DIR}/src -I/usr/include/${CMAKE_LIBRARY_ARCHITECTURE}
            -c ${CMAKE_CURRENT_SOURCE_DIR}/${NAME}.bpf.c -o ${object}
    COMMAND ${LLVM_STRIP} -g ${object}
    COMMAND ${BPFTOOL} gen skeleton ${light} ${object} name ${name} > ${skeleton}
    DEPENDS ${NAME}.bpf.c ${PROJECT_SOURCE_DIR}/src/base/kernel_types.h ${PROGRAM_DEPENDS}
    VERBATIM)
  add_custom_target(syscope_${ROOM}_${NAME}_skeleton DEPENDS ${skeleton})
  add_dependencies(syscope_${ROOM} syscope_${ROOM}_${NAME}_skeleton)
  target_include_directories(syscope_${ROOM} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
