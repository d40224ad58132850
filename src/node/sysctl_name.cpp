#include "node/sysctl_name.hpp"

#include <algorithm>

namespace splash::node {
namespace {

bool is_part(std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-';
    });
}

/// Takes the first part off, with the dot behind it.
std::string_view take_part(std::string_view& name) {
    const std::string_view part = name.substr(0, name.find('.'));
    name.remove_prefix(std::min(part.size() + 1, name.size()));
    return part;
}

/// Whether parts that suit stand between single dots.
template <class Suits>
bool is_made_of(std::string_view name, Suits&& suits) {
    if (name.empty() || name.back() == '.') {
        return false;
    }
    while (!name.empty()) {
        if (!suits(take_part(name))) {
            return false;
        }
    }
    return true;
}

bool fits(std::string_view pattern, std::string_view name) {
    while (!pattern.empty() && !name.empty()) {
        const std::string_view wanted = take_part(pattern);
        const std::string_view part = take_part(name);
        if (wanted != "*" && wanted != part) {
            return false;
        }
    }
    return pattern.empty() && name.empty();
}

}  // namespace

bool is_sysctl_name(std::string_view name) {
    return is_made_of(name, is_part);
}

bool is_sysctl_pattern(std::string_view pattern) {
    return is_made_of(pattern, [](std::string_view part) { return part == "*" || is_part(part); });
}

bool is_allowed(std::span<const std::string> patterns, std::string_view name) {
    return is_sysctl_name(name) &&
           std::ranges::any_of(patterns, [name](const std::string& pattern) { return fits(pattern, name); });
}

}  // namespace splash::node
