// Namespaces, links, addresses and routes of a lab.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "descriptor.hpp"
#include "lab/lab.hpp"

namespace splash::lab {

/// Makes a namespace a node, mounted at /run/netns/NAME-NODE, and the network in them. The caller's
/// own namespace is untouched: the work is done in a thread. On failure what was made stays for take_down().
/// @return Each node's namespace, in their order.
[[nodiscard]] Result<std::vector<Descriptor>> build_network(
    std::string_view lab, const Topology& topology, const std::function<void(std::string_view)>& progress);

}  // namespace splash::lab
