// The kernel's clocks as a node's port.
#pragma once

#include "node/ports.hpp"

namespace splash::linux {

class SystemClock final : public node::Clock {
public:
    [[nodiscard]] node::Instant now() override;
    [[nodiscard]] std::int64_t epoch_us() override;
};

}  // namespace splash::linux
