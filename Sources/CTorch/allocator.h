#pragma once

namespace ctorch {

/// From now on tensors on the CPU come from an allocator in which equal sizes fit into each other's place.
/// To be called before the first tensor.
void use_roomy_allocator();

}  // namespace ctorch
