/* The lanes of AVX2 with twice the registers: what the long loops keep need not go to memory. */
#define MG_KERNELS mg_kernels_avx512
#define MG_KERNELS_NAME "avx512"
#include "dsp/kernels/bodies.h"
