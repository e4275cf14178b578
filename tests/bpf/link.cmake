set(LINK syscope_bpf bpf elf z)

# The same tests in one file that needs nothing: for the kernels that `./dev test --kernels` boots.
add_executable(bpf_test_static EXCLUDE_FROM_ALL ${units})
target_include_directories(bpf_test_static PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(bpf_test_static PRIVATE -static syscope_bpf GTest::gtest_main bpf elf z)
