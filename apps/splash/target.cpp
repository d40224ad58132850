#include "target.hpp"

#include <fmt/format.h>

namespace splash::cli {

std::string Target::to_string() const {
    const std::string numeric = address.to_string();
    return text == numeric ? text : fmt::format("{} ({})", text, numeric);
}

}  // namespace splash::cli
