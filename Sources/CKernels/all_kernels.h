// Everything that is compiled once for each set of instructions, in a namespace and for a target that the
// including file opens.

#include "vector.h"

#include "ahead.h"

#include "products.h"

#include "weights.h"

#include "winograd.h"

#include "tiles.h"

#include "sums.h"

#include "maps.h"

#include "convolution3x3.h"

#include "convolution1x1.h"

#include "operations.h"

#include "passes.h"
