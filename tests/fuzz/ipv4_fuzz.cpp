// IPv4 headers and what ICMP errors quote.
#include "base/assert.hpp"
#include "input.hpp"
#include "isa/packet.hpp"
#include "wire/ipv4.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace splash;
    // A copy of exactly this size: the sanitizer sees every octet read beyond.
    const std::vector<std::byte> octets(std::as_bytes(std::span(data, size)).begin(),
                                        std::as_bytes(std::span(data, size)).end());
    if (const auto header = wire::parse_ipv4(octets)) {
        SPLASH_ASSERT(header->header_size >= wire::kIpv4Header && header->header_size <= octets.size(),
                      "the payload begins inside the packet");
    }
    if (const auto error = wire::parse_icmp_error(octets, isa::kDefaultProtocol)) {
        SPLASH_ASSERT(error->quoted.size() >= 8, "eight octets of SNAP at least");
        SPLASH_ASSERT(error->quoted.data() >= octets.data() &&
                          error->quoted.data() + error->quoted.size() <= octets.data() + octets.size(),
                      "what is quoted lies inside the packet");
    }
    return 0;
}
