set(LINK syscope_bpf bpf elf z)
