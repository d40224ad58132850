// Where nodes are and where requests to them start, from --lab, --from, --socket and the resolver.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "arguments.hpp"
#include "base/address.hpp"
#include "base/error.hpp"
#include "lab/lab.hpp"
#include "target.hpp"

namespace splash::cli {

inline constexpr const char* kDefaultSocket = "/run/splash/splashd.sock";

class Whereabouts {
public:
    /// Reads the lab, if one is named. @error NotFound no such lab.
    [[nodiscard]] static Result<Whereabouts> look(const Where& where, const Patience& patience);

    /// @error Usage, NoSuchName, NotFound (no such node in the lab), TimedOut, System
    [[nodiscard]] Result<Target> find(const std::string& node) const;
    /// Where requests to `target` start: --socket, --from, in a lab the node itself, the default socket if it
    /// can be used, or nowhere in particular.
    /// @error NotFound no such node in the lab; NoDaemon none runs there.
    [[nodiscard]] Result<Start> start(const Target& target) const;
    /// As start(), but only where the operator said so or the default socket is: a packet that travels must
    /// start somewhere. @error Usage says what to give.
    [[nodiscard]] Result<Start> explicit_start(const std::string& command) const;

    /// The name of the lab's node with that loopback address, or the address as text.
    [[nodiscard]] std::string name_of(const IpAddress& address) const;

private:
    [[nodiscard]] const lab::NodeInfo* lab_node(const std::string& name) const;
    /// The lab's node with that loopback address.
    [[nodiscard]] const lab::NodeInfo* lab_node_at(const IpAddress& address) const;
    [[nodiscard]] Result<Start> start_at(const std::string& node) const;

    Where where_;
    std::chrono::milliseconds patience_{};
    std::optional<lab::LabInfo> lab_;
};

}  // namespace splash::cli
