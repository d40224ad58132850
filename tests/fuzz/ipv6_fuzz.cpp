// IPv6 headers with extensions, and what ICMPv6 errors quote.
#include "base/assert.hpp"
#include "input.hpp"
#include "isa/packet.hpp"
#include "wire/ipv6.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace splash;
    // A copy of exactly this size: the sanitizer sees every octet read beyond.
    const std::vector<std::byte> octets(std::as_bytes(std::span(data, size)).begin(),
                                        std::as_bytes(std::span(data, size)).end());
    if (const auto header = wire::parse_ipv6(octets)) {
        SPLASH_ASSERT(header->header_size >= wire::kIpv6Header && header->header_size <= octets.size() &&
                          header->header_size <= header->total_length,
                      "the payload begins inside the packet");
    }
    const IpAddress reporter = IpAddress::unspecified(IpVersion::V6);
    if (const auto error = wire::parse_icmpv6_error(octets, reporter, isa::kDefaultProtocol)) {
        SPLASH_ASSERT(error->quoted.size() >= wire::kMinQuote, "eight octets of SNAP at least");
        SPLASH_ASSERT(error->quoted.data() >= octets.data() &&
                          error->quoted.data() + error->quoted.size() <= octets.data() + octets.size(),
                      "what is quoted lies inside the message");
        SPLASH_ASSERT(error->source.is_v6() && error->destination.is_v6(), "addresses of the same version");
    }
    return 0;
}
