// splash walk NODE [OID]
//
// JSON: {"node", "via", "root", "results": [json_object()...], "complete", "elapsed_us"}; complete is false
// if an error ended it. ndjson: one json_object() a line. csv: oid, name, type, value.
#include <fmt/format.h>

#include <ostream>

#include "arguments.hpp"
#include "json_output.hpp"
#include "objects.hpp"
#include "subtree.hpp"
#include "table_cells.hpp"
#include "value_text.hpp"

namespace splash::cli {
namespace {

constexpr const char* kMib2 = "1.3.6.1.2.1";  // where snmpwalk begins, too

std::string csv_line(const Line& line) {
    return fmt::format("{},{},{},{}\n", line.object.to_string(), csv_field(print_object(line.object)),
                       csv_field(line.type), csv_field(plain_text(line)));
}

}  // namespace

Result<Finished> run(const WalkArgs& args, const Streams& streams) {
    const auto root = parse_root(args.object.empty() ? kMib2 : args.object);
    if (!root) {
        return Failure(root.error());
    }
    const Format format = args.options.format;
    Json results = Json::array();
    const auto print = [&](const Line& line) {
        switch (format) {
            case Format::Text: streams.out << line.text << '\n'; break;
            case Format::Json: results.push_back(json_object(line.object, line.type, line.value)); break;
            case Format::Ndjson:
                streams.out << json_object(line.object, line.type, line.value)
                                   .dump(-1, ' ', false, Json::error_handler_t::replace)
                            << '\n';
                break;
            case Format::Csv: streams.out << csv_line(line); break;
        }
    };
    if (format == Format::Csv) {
        streams.out << "oid,name,type,value\n";
    }
    const auto begin = std::chrono::steady_clock::now();
    const auto found = read_subtree({args.options, args.node, *root, args.ordering}, print);
    if (format == Format::Json) {
        const auto elapsed =
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
        print_json(streams.out, {{"node", args.node},
                                 {"via", args.options.via == Via::Snmp ? "snmp" : "snap"},
                                 {"root", root->to_string()},
                                 {"results", results},
                                 {"complete", found.has_value()},
                                 {"elapsed_us", elapsed.count()}});
    }
    if (!found) {
        return Failure(found.error());
    }
    return Finished{*found ? 0 : 1};
}

}  // namespace splash::cli
