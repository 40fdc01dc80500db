// The C boundary of libtorch: what the Swift module Torch imports, and nothing else does.
//
// Conventions, said once:
// - A handle is a struct of one field, a type per noun. Whoever receives a handle through an
//   out-parameter owns it and gives it back to the noun's `_free`. A handle passed in is borrowed.
// - A handle whose field is null stands for "no tensor" where a parameter is marked optional.
// - Every function that can fail returns CT_OK or CT_FAILED. After CT_FAILED no out-parameter was
//   written, and `ct_last_error` tells why, on the thread that made the call.
// - Shapes are written [N, C, H, W]: images, channels, height, width.

#pragma once

#include "ct_autograd.h"
#include "ct_communicator.h"
#include "ct_fused.h"
#include "ct_generator.h"
#include "ct_graph.h"
#include "ct_images.h"
#include "ct_operations.h"
#include "ct_optimizer.h"
#include "ct_precision.h"
#include "ct_queue.h"
#include "ct_reduction.h"
#include "ct_runtime.h"
#include "ct_status.h"
#include "ct_tensor.h"
#include "ct_transfer.h"
