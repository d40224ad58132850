// Which links a user means.
#pragma once

#include <string>
#include <vector>

#include "record.hpp"

namespace splash::lab {

struct SelectedLink {
    std::size_t link = 0;
    bool is_from_a = false;  ///< packets that a sends are meant
    bool is_from_b = false;
};
enum class Ways : std::uint8_t {
    Both,
    FromFirst,  ///< only packets from A to B of "A-B", or those that the node sends
};

/// "A-B", a node for all its links, or NODE:INTERFACE. A node's name goes before a link's.
/// @error NotFound nothing is called so; BadInput several links are.
[[nodiscard]] Result<std::vector<SelectedLink>> select_links(const Record& record, const std::string& name,
                                                             Ways ways);

}  // namespace splash::lab
