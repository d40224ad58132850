// splash disasm FILE
#include <ostream>

#include "arguments.hpp"
#include "asm/assembler.hpp"
#include "assembling.hpp"
#include "files.hpp"

namespace splash::cli {

Result<Finished> run(const DisasmArgs& args, const Streams& streams) {
    const auto octets = read_file(args.file);
    if (!octets) {
        return Failure(octets.error());
    }
    const auto packet = decode_packet(*octets, args.file);
    if (!packet) {
        return Failure(packet.error());
    }
    const std::string text = assembly::disassemble(*packet);
    streams.out << text << (text.ends_with('\n') ? "" : "\n");
    return Finished{};
}

}  // namespace splash::cli
