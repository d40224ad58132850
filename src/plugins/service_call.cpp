#include "service_call.hpp"

#include <algorithm>
#include <chrono>

namespace splash::plugins {
namespace {

using isa::Exc;
using isa::Value;

constexpr std::size_t kMaxStr = 0xffff;         // what a word of the language can name
constexpr std::uint32_t kLastErrorStatus = 18;  // RFC 3416, inconsistentName

/// An exception a service may answer with; the program's own are not for services.
std::optional<Exc> exception_of(std::uint32_t code) {
    switch (code) {
#define SPLASH_EXC(name, number, text) case number:
#include "exceptions.def"
#undef SPLASH_EXC
        return static_cast<Exc>(code);
        default: break;
    }
    if (code > isa::kSnmpErrorBase && code <= isa::kSnmpErrorBase + kLastErrorStatus) {
        return static_cast<Exc>(code);
    }
    return std::nullopt;
}

}  // namespace

/// What the C interface calls. noexcept: an exception must not pass through C; without memory the daemon ends
/// as it would anywhere else.
struct ServiceCall::Functions {
    static ServiceCall& of(splash_call* call) { return *static_cast<ServiceCall*>(call); }
    template <class T>
    static const T* argument(const splash_call* call, std::uint32_t n) {
        const auto& arguments = static_cast<const ServiceCall*>(call)->arguments_;
        return n < arguments.size() ? std::get_if<T>(&arguments[n]) : nullptr;
    }

    static std::uint32_t count(const splash_call* call) noexcept {
        return static_cast<std::uint32_t>(static_cast<const ServiceCall*>(call)->arguments_.size());
    }
    static char type(const splash_call* call, std::uint32_t n) noexcept {
        const auto& arguments = static_cast<const ServiceCall*>(call)->arguments_;
        if (n >= arguments.size()) {
            return 0;
        }
        switch (isa::type_of(arguments[n])) {
            case isa::Type::Int: return 'i';
            case isa::Type::Float: return 'f';
            case isa::Type::Str: return 's';
            case isa::Type::Addr: return 'a';
            case isa::Type::Oid: return 'o';
            case isa::Type::Exc:
            case isa::Type::Tuple: break;  // no argument is one
        }
        return 0;
    }
    static int get_int(const splash_call* call, std::uint32_t n, std::int64_t* into) noexcept {
        const auto* value = argument<std::int64_t>(call, n);
        if (value == nullptr || into == nullptr) {
            return 0;
        }
        *into = *value;
        return 1;
    }
    static int get_float(const splash_call* call, std::uint32_t n, double* into) noexcept {
        const auto* value = argument<double>(call, n);
        if (value == nullptr || into == nullptr) {
            return 0;
        }
        *into = *value;
        return 1;
    }
    static const char* get_str(const splash_call* call, std::uint32_t n, std::size_t* length) noexcept {
        const auto* value = argument<isa::Str>(call, n);
        if (length != nullptr) {
            *length = value == nullptr ? 0 : value->octets.size();
        }
        return value == nullptr ? nullptr : value->octets.c_str();
    }
    static std::size_t get_addr(const splash_call* call, std::uint32_t n, std::uint8_t* into) noexcept {
        const auto* value = argument<IpAddress>(call, n);
        if (value == nullptr || into == nullptr) {
            return 0;
        }
        const ConstBytes octets = value->octets();
        std::ranges::transform(octets, into, [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
        return octets.size();
    }
    static const std::uint32_t* get_oid(const splash_call* call, std::uint32_t n,
                                        std::size_t* length) noexcept {
        const auto* value = argument<Oid>(call, n);
        if (length != nullptr) {
            *length = value == nullptr ? 0 : value->subids().size();
        }
        return value == nullptr ? nullptr : value->subids().data();
    }

    static int give_int(splash_call* call, std::int64_t value) noexcept { return of(call).give(value, 0); }
    static int give_float(splash_call* call, double value) noexcept { return of(call).give(value, 0); }
    static int give_str(splash_call* call, const char* octets, std::size_t length) noexcept {
        if (octets == nullptr || length > kMaxStr) {
            return of(call).refuse("gave a string of " + std::to_string(length) + " octets" +
                                   (octets == nullptr ? " at NULL" : ""));
        }
        return of(call).give(isa::Str{std::string(octets, length)}, length);
    }
    static int give_addr(splash_call* call, const std::uint8_t* octets, std::size_t length) noexcept {
        const auto address = octets == nullptr || (length != 4 && length != 16)
                                 ? std::nullopt
                                 : IpAddress::from_octets(std::as_bytes(std::span(octets, length)));
        return address ? of(call).give(*address, 0)
                       : of(call).refuse("gave an address of " + std::to_string(length) + " octets" +
                                         (octets == nullptr ? " at NULL" : ""));
    }
    static int give_oid(splash_call* call, const std::uint32_t* subids, std::size_t length) noexcept {
        auto oid = subids == nullptr || length > Oid::kMaxLength
                       ? std::nullopt
                       : Oid::from_subids(std::span(subids, length));
        return oid ? of(call).give(std::move(*oid), length * 5)
                   : of(call).refuse("gave " + std::to_string(length) +
                                     " sub-identifiers that make no object identifier");
    }
    static void give_dataset(splash_call* call, void* dataset) noexcept { of(call).dataset_ = dataset; }
    static void fail(splash_call* call, std::uint32_t code) noexcept {
        if (const auto exception = exception_of(code)) {
            of(call).exception_ = exception;
        } else {
            of(call).refuse("failed with " + std::to_string(code) + ", which is no exception of a service");
        }
    }
    static std::int64_t milliseconds_left(const splash_call* call) noexcept {
        const node::Instant give_up = static_cast<const ServiceCall*>(call)->give_up_;
        const auto now = std::chrono::steady_clock::now();
        if (give_up <= now) {
            return 0;
        }
        return std::chrono::ceil<std::chrono::milliseconds>(give_up - now).count();
    }

    static constexpr splash_call_functions kTable{
        .size = sizeof(splash_call_functions),
        .count = count,
        .type = type,
        .get_int = get_int,
        .get_float = get_float,
        .get_str = get_str,
        .get_addr = get_addr,
        .get_oid = get_oid,
        .give_int = give_int,
        .give_float = give_float,
        .give_str = give_str,
        .give_addr = give_addr,
        .give_oid = give_oid,
        .give_dataset = give_dataset,
        .fail = fail,
        .milliseconds_left = milliseconds_left,
    };
};

ServiceCall::ServiceCall(std::span<const Value> arguments, node::Instant give_up)
    : splash_call{&Functions::kTable}, arguments_(arguments), give_up_(give_up) {}

int ServiceCall::give(Value value, std::size_t octets) {
    if (!complaint_.empty()) {
        return 0;
    }
    if (results_.size() == kMaxResults) {
        return refuse("gave more than " + std::to_string(kMaxResults) + " results");
    }
    if (octets > kMaxOctets - octets_) {
        return refuse("gave results of more than " + std::to_string(kMaxOctets) + " octets");
    }
    octets_ += octets;
    results_.push_back(std::move(value));
    return 1;
}

int ServiceCall::refuse(std::string complaint) {
    if (complaint_.empty()) {
        complaint_ = std::move(complaint);
    }
    return 0;
}

Outcome ServiceCall::take() {
    if (!complaint_.empty()) {
        return {Exc::ServiceFailed, std::move(complaint_)};
    }
    if (exception_) {
        return {*exception_, {}};
    }
    return {std::move(results_), {}};
}

}  // namespace splash::plugins
