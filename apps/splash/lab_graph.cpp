// splash lab graph
#include <fmt/format.h>

#include <ostream>
#include <span>

#include "arguments.hpp"
#include "files.hpp"
#include "lab_picture.hpp"
#include "lab_report.hpp"

namespace splash::cli {
namespace {

/// A lab of that name if one is up, else a topology.
Result<Picture> find_picture(const std::string& name) {
    const auto lab = lab::find(name);
    if (lab) {
        if (lab->nodes.empty()) {
            return fail(Errc::NotFound,
                        fmt::format("nodes of lab {}: it is being built, or its record is lost", name));
        }
        return picture_of(*lab);
    }
    const auto topology = load_topology(name);
    if (!topology) {
        return topology.error().code == Errc::NoSuchName
                   ? fail(Errc::NoSuchName,
                          fmt::format(
                              "'{}' is no lab that is up, no generator's name such as honeycomb20 and no "
                              ".clab.yml file",
                              name))
                   : Failure(topology.error());
    }
    return picture_of(*topology);
}

}  // namespace

Result<Finished> run(const LabGraphArgs& args, const Streams& streams) {
    const std::string wanted = args.output.empty() ? "svg" : args.output;
    const std::size_t dot = wanted.rfind('.');
    const std::string format = wanted.substr(dot == std::string::npos ? 0 : dot + 1);
    if (format != "svg" && format != "dot" && format != "json") {
        return fail(Errc::Usage,
                    fmt::format("-o {}: it ends in .svg, .dot or .json, or is svg, dot or json", wanted));
    }
    const auto picture = find_picture(args.name);
    if (!picture) {
        return Failure(picture.error());
    }
    const std::string text = format == "svg"   ? to_svg(*picture)
                             : format == "dot" ? to_dot(*picture)
                                               : to_json_text(*picture);
    if (dot != std::string::npos) {
        if (auto written = write_file(args.output, std::as_bytes(std::span(text))); !written) {
            return Failure(written.error());
        }
        return Finished{};
    }
    streams.out << text;
    return Finished{};
}

}  // namespace splash::cli
