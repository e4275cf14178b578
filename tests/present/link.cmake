set(LINK syscope_present syscope_decode)
