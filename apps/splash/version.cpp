// splash version
//
// JSON: {"splash", "net_snmp", "snap"}.
#include <fmt/format.h>

#include <ostream>

#include "arguments.hpp"
#include "isa/packet.hpp"
#include "json_output.hpp"

namespace splash::cli {

Result<Finished> run(const VersionArgs& args, const Streams& streams) {
    if (args.options.format == Format::Json) {
        print_json(
            streams.out,
            {{"splash", SPLASH_VERSION}, {"net_snmp", SPLASH_NETSNMP_VERSION}, {"snap", isa::kVersion}});
        return Finished{};
    }
    streams.out << fmt::format("splash {}\nnet-snmp {} (built with)\nSNAP {}\n", SPLASH_VERSION,
                               SPLASH_NETSNMP_VERSION, isa::kVersion);
    return Finished{};
}

}  // namespace splash::cli
