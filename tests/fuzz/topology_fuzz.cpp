// Any text as a lab's topology: refused with what is wrong and where, or a topology a lab can be built of.
#include "base/assert.hpp"
#include "input.hpp"
#include "lab/lab.hpp"
#include "topology_rules.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace splash;
    const auto topology = lab::parse_yaml(as_text(std::as_bytes(std::span(data, size))), "fuzz.yml");
    if (!topology) {
        SPLASH_ASSERT(topology.error().detail.starts_with("fuzz.yml"), topology.error().detail.c_str());
        return 0;
    }
    SPLASH_ASSERT(lab::check(*topology), "what was read keeps to the rules");
    SPLASH_ASSERT(topology->nodes.size() <= lab::kMaxNodes && topology->links.size() <= lab::kMaxLinks,
                  "and to the limits");
    for (const lab::Link& link : topology->links) {
        SPLASH_ASSERT(link.a < topology->nodes.size() && link.b < topology->nodes.size(),
                      "a link ends at nodes");
    }
    static_cast<void>(lab::next_hops(*topology));
    return 0;
}
