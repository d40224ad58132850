#include "node_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace splash::cli {

Result<NodeName> parse_node_name(std::string_view text) {
    const auto wrong = [text](std::string_view why) {
        return fail(Errc::Usage, fmt::format("node '{}': {}", text, why));
    };
    NodeName name;
    std::string_view port;
    bool has_port = false;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) {
            return wrong("the bracket is not closed");
        }
        name.host = text.substr(1, close - 1);
        const std::string_view rest = text.substr(close + 1);
        has_port = rest.starts_with(':');
        if (!rest.empty() && !has_port) {
            return wrong("a port is written [ADDRESS]:PORT");
        }
        port = has_port ? rest.substr(1) : rest;
    } else {
        // More than one colon: an IPv6 address without brackets has no port.
        has_port = std::ranges::count(text, ':') == 1;
        name.host = text.substr(0, has_port ? text.find(':') : text.size());
        port = has_port ? text.substr(text.find(':') + 1) : std::string_view();
    }
    if (name.host.empty()) {
        return wrong("there is no name or address");
    }
    if (has_port) {
        std::uint16_t number = 0;
        const char* const last = port.data() + port.size();
        const auto [end, error] = std::from_chars(port.data(), last, number);
        if (error != std::errc{} || end != last || number == 0) {
            return wrong("the port is no number from 1 to 65535");
        }
        name.port = number;
    }
    return name;
}

bool names_transport(std::string_view text) {
    static constexpr auto kTransports =
        std::to_array<std::string_view>({"udp:", "tcp:", "udp6:", "tcp6:", "udpv6:", "tcpv6:", "unix:",
                                         "ssh:", "dtlsudp:", "tlstcp:", "ipx:"});
    return std::ranges::any_of(kTransports, [text](std::string_view t) { return text.starts_with(t); });
}

}  // namespace splash::cli
