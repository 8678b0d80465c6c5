#define MG_KERNELS mg_kernels_plain
#define MG_KERNELS_NAME "plain"
#include "dsp/kernels/bodies.h"
