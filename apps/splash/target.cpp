#include "target.hpp"

#include <fmt/format.h>

namespace splash::cli {

std::string Target::to_string() const {
    const std::string numeric = address.to_string();
    return text == numeric ? text : fmt::format("{} ({})", text, numeric);
}

IpAddress Start::own_address() const {
    if (!address.is_unspecified()) {
        return address;
    }
    return address.is_v6() ? *IpAddress::parse("::1") : IpAddress::v4(0x7f000001);
}

}  // namespace splash::cli
