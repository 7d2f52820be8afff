/*
 * nvml: the NVIDIA GPUs of this machine, by the library that comes with their driver, loaded when it is asked for.
 *
 * Nothing is needed to build this: what is used of the library is declared in nvml.c.
 */
#ifndef INGEST_NVML_H
#define INGEST_NVML_H

#include <stdio.h>

/* A page in the words of collectors/nvml.c. Where there is no library, no driver or no GPU, it says that. */
void nvml_print(FILE *out);

#endif
