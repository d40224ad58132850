#include "resolve.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <thread>

namespace splash::cli {
namespace {

struct FreeList {
    void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

std::optional<IpAddress> address_of(const addrinfo& entry) {
    // The kernel's structures are copied out: their alignment is not known here.
    if (entry.ai_family == AF_INET && entry.ai_addrlen >= sizeof(sockaddr_in)) {
        sockaddr_in in{};
        std::memcpy(&in, entry.ai_addr, sizeof in);
        return IpAddress::from_octets(std::as_bytes(std::span(&in.sin_addr, 1)));
    }
    if (entry.ai_family == AF_INET6 && entry.ai_addrlen >= sizeof(sockaddr_in6)) {
        sockaddr_in6 in{};
        std::memcpy(&in, entry.ai_addr, sizeof in);
        return IpAddress::from_octets(std::as_bytes(std::span(&in.sin6_addr, 1)));
    }
    return std::nullopt;
}

Result<IpAddress> look_up(const std::string& host, IpVersion version) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    hints.ai_family = version == IpVersion::V6 ? AF_INET6 : AF_UNSPEC;
    addrinfo* raw = nullptr;
    const int status = getaddrinfo(host.c_str(), nullptr, &hints, &raw);
    const std::unique_ptr<addrinfo, FreeList> list(raw);
    if (status == EAI_NONAME || status == EAI_NODATA) {
        return fail(Errc::NoSuchName, fmt::format("node '{}': {}", host, gai_strerror(status)));
    }
    if (status != 0) {
        return fail(Errc::System, fmt::format("node '{}': {}", host, gai_strerror(status)));
    }
    std::optional<IpAddress> found;
    for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
        const auto address = address_of(*entry);
        if (address && (!found || (found->is_v6() && !address->is_v6()))) {
            found = address;
        }
    }
    if (!found) {
        return fail(Errc::NoSuchName, fmt::format("node '{}': no IP address", host));
    }
    return *found;
}

}  // namespace

Result<IpAddress> resolve(const std::string& host, IpVersion version, std::chrono::milliseconds deadline) {
    if (const auto numeric = IpAddress::parse(host)) {
        if (version == IpVersion::V6 && !numeric->is_v6()) {
            return fail(Errc::Usage, fmt::format("-6: {} is an IPv4 address", host));
        }
        return *numeric;
    }
    // getaddrinfo() cannot be interrupted; the promise outlives this call if nobody waits any more.
    auto answer = std::make_shared<std::promise<Result<IpAddress>>>();
    auto arrived = answer->get_future();
    try {
        std::thread([answer, host, version] { answer->set_value(look_up(host, version)); }).detach();
    } catch (const std::system_error& e) {
        return fail(Errc::System, fmt::format("node '{}': {}", host, e.what()));
    }
    if (arrived.wait_for(deadline) != std::future_status::ready) {
        return fail(Errc::TimedOut,
                    fmt::format("node '{}': its name was not resolved in {} ms", host, deadline.count()));
    }
    return arrived.get();
}

}  // namespace splash::cli
