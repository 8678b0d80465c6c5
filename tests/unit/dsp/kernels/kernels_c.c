/* The kernels over lanes of plain C: what processors other than x86 run. */
#define MG_KERNELS_PLAIN_C
#define MG_KERNELS mg_kernels_c
#define MG_KERNELS_NAME "c"
#include "dsp/kernels/bodies.h"

extern const mg_kernels mg_kernels_c;
