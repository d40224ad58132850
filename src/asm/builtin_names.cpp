#include "asm/assembler.hpp"

namespace splash::assembly {

std::optional<Oid> BuiltinNames::find(std::string_view name) const {
    return oid_from_name(name);
}
std::vector<std::string> BuiltinNames::like(std::string_view name) const {
    return names_like(name);
}

}  // namespace splash::assembly
