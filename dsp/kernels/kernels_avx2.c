#define MG_KERNELS mg_kernels_avx2
#define MG_KERNELS_NAME "avx2"
#include "dsp/kernels/bodies.h"
