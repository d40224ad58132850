// splash asm FILE [--arg NAME=VALUE]... [-o OUT]
#include "arguments.hpp"
#include "assembling.hpp"
#include "files.hpp"

namespace splash::cli {
namespace {

/// "a/b.snap" → "a/b.snapc"; another ending is kept in front of the new one.
std::string output_name(const std::string& file) {
    return file.ends_with(".snap") ? file + 'c' : file + ".snapc";
}

}  // namespace

Result<Finished> run(const AsmArgs& args, const Streams& streams) {
    if (args.output.empty() && args.file == "-") {
        return fail(Errc::Usage, "standard input has no name to make one from: give -o");
    }
    const auto text = read_file(args.file);
    if (!text) {
        return Failure(text.error());
    }
    const auto program = assemble_text(*text, args.file, args.arguments, streams.err);
    if (!program) {
        return Failure(program.error());
    }
    const std::vector<std::byte> octets = program->packet.to_wire();
    if (auto written = write_file(args.output.empty() ? output_name(args.file) : args.output, octets);
        !written) {
        return Failure(written.error());
    }
    return Finished{};
}

}  // namespace splash::cli
