// What a fuzzer gives, taken apart from the front; all zeros once it is used up.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"

namespace splash::fuzz {

class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : rest_(std::as_bytes(std::span(data, size))) {}

    template <class Unsigned>
    [[nodiscard]] Unsigned take() {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
            const ConstBytes one = take_octets(1);
            value = value << 8U | (one.empty() ? 0U : std::to_integer<std::uint64_t>(one[0]));
        }
        return static_cast<Unsigned>(value);
    }
    [[nodiscard]] ConstBytes take_octets(std::size_t n) {
        const ConstBytes taken = rest_.first(std::min(n, rest_.size()));
        rest_ = rest_.subspan(taken.size());
        return taken;
    }
    [[nodiscard]] ConstBytes rest() const { return rest_; }
    [[nodiscard]] bool is_empty() const { return rest_.empty(); }

private:
    ConstBytes rest_;
};

}  // namespace splash::fuzz
