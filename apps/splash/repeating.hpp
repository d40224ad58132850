// Whether a program may be sent again when nothing came back: it may have run.
#pragma once

#include <optional>
#include <string>

#include "isa/packet.hpp"

namespace splash::cli {

/// The first service a program names that must not be called twice: one that writes and does not remember, or
/// one this table of services does not know. nullopt: the program can be repeated.
[[nodiscard]] std::optional<std::string> unrepeatable_service(const isa::Packet& program);

}  // namespace splash::cli
