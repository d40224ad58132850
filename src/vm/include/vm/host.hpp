// What the interpreter asks of the node it runs on. One implementation is splash::node; tests bring
// their own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "isa/codes.hpp"
#include "isa/value.hpp"

namespace splash::vm {

/// How a packet leaves: executed on the way (Router Alert) or only at its destination; Hop also
/// demands that the destination is a direct neighbour.
enum class Travel : std::uint8_t { Alert, Plain, Hop };

/// The way to a destination, or why there is none (34 no route, 39 not permitted).
struct Way {
    std::size_t room = 0;  ///< octets of SNAP that fit the link, without IP header
};
using RouteAnswer = std::variant<Way, isa::Exc>;

/// What a service takes and gives, as spec/services.def or a plug-in declares it.
struct ServiceSignature {
    std::string_view name;
    std::string_view arguments;  ///< one letter a value, deepest first: i a s o f n l *
    std::string_view results;    ///< likewise; "a#": a list
    std::uint32_t cost = 0;      ///< budget units
};

/// Its results are any number of values, and on top of them how many.
[[nodiscard]] constexpr bool gives_list(const ServiceSignature& service) {
    return service.results.ends_with('#');
}

/// The declared number of results (of a list: any, without the count), or one exception that stands for all.
using ServiceResults = std::variant<std::vector<isa::Value>, isa::Exc>;

/// A service that answers later: the execution parks and node code resumes it.
struct Pending {};

class Host {
public:
    Host() = default;
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;
    virtual ~Host() = default;

    [[nodiscard]] virtual bool is_local(const IpAddress& address) = 0;
    [[nodiscard]] virtual bool is_neighbour(const IpAddress& address) = 0;
    /// Primary address of the ingress interface, else of the node.
    [[nodiscard]] virtual IpAddress here() = 0;
    /// ifIndex, 0 for local.
    [[nodiscard]] virtual std::uint32_t ingress() = 0;
    /// The packet's IP destination.
    [[nodiscard]] virtual IpAddress destination() = 0;
    [[nodiscard]] virtual std::int64_t now_us() = 0;  ///< since the epoch
    [[nodiscard]] virtual unsigned max_sends() = 0;

    [[nodiscard]] virtual RouteAnswer route(const IpAddress& to, Travel travel) = 0;
    /// Takes a whole packet; `packet` is only valid during the call.
    virtual void emit(const IpAddress& to, Travel travel, ConstBytes packet) = 0;
    /// Hands `words` (bottom first) and their heap to the client at `port`; 0 means the packet's own port.
    virtual void deliver(std::uint16_t port, ConstBytes heap, std::span<const isa::Word> words) = 0;

    /// The service of that id, or nullptr.
    [[nodiscard]] virtual const ServiceSignature* find_service(std::uint32_t id) = 0;
    /// Starts a service whose arguments have the declared types. Pending parks the execution.
    [[nodiscard]] virtual std::variant<ServiceResults, Pending> call(
        const ServiceSignature& service, std::span<const isa::Value> arguments) = 0;
    /// The program called a service with an argument that is, or counts as, this exception: it is not
    /// started. Its results say so; one without results has no other way to learn it.
    virtual void not_started(const ServiceSignature& /*service*/, isa::Exc /*why*/) {}
};

}  // namespace splash::vm
