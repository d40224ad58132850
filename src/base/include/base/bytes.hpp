// Big-endian integers in byte ranges, and a cursor that cannot leave its range.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace splash {

using Bytes = std::span<std::byte>;
using ConstBytes = std::span<const std::byte>;

/// Reads a big-endian unsigned integer at `at`; the caller has checked that it fits.
template <class Unsigned>
[[nodiscard]] constexpr Unsigned load_be(ConstBytes bytes, std::size_t at) {
    static_assert(std::is_unsigned_v<Unsigned>);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
        value = value << 8U | std::to_integer<std::uint64_t>(bytes[at + i]);
    }
    return static_cast<Unsigned>(value);
}

/// Writes a big-endian unsigned integer at `at`; the caller has checked that it fits.
template <class Unsigned>
constexpr void store_be(Bytes bytes, std::size_t at, Unsigned value) {
    static_assert(std::is_unsigned_v<Unsigned>);
    for (std::size_t i = sizeof(Unsigned); i-- > 0;) {
        bytes[at + i] = static_cast<std::byte>(value & 0xffU);
        value = static_cast<Unsigned>(static_cast<std::uint64_t>(value) >> 8U);
    }
}

template <class Unsigned>
void append_be(std::vector<std::byte>& out, Unsigned value) {
    const std::size_t at = out.size();
    out.resize(at + sizeof(Unsigned));
    store_be<Unsigned>(out, at, value);
}

inline void append(std::vector<std::byte>& out, ConstBytes bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

[[nodiscard]] inline ConstBytes as_bytes(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}
[[nodiscard]] inline std::string_view as_text(ConstBytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Rounds up to the packet's alignment of 4 octets.
[[nodiscard]] constexpr std::size_t align4(std::size_t n) {
    return (n + 3U) & ~std::size_t{3};
}

/// Reads untrusted bytes front to back; every read says whether it fitted.
class Reader {
public:
    explicit Reader(ConstBytes bytes) : rest_(bytes) {}

    template <class Unsigned>
    [[nodiscard]] std::optional<Unsigned> be() {
        if (rest_.size() < sizeof(Unsigned)) {
            return std::nullopt;
        }
        const auto value = load_be<Unsigned>(rest_, 0);
        rest_ = rest_.subspan(sizeof(Unsigned));
        return value;
    }
    [[nodiscard]] std::optional<ConstBytes> take(std::size_t n) {
        if (rest_.size() < n) {
            return std::nullopt;
        }
        const ConstBytes taken = rest_.first(n);
        rest_ = rest_.subspan(n);
        return taken;
    }
    [[nodiscard]] ConstBytes rest() const { return rest_; }

private:
    ConstBytes rest_;
};

}  // namespace splash
