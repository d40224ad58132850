// splash walk NODE [OID]
//
// JSON: {"node", "via", "root", "results": [json_object()...], "complete", "elapsed_us"}; complete is false
// if an error ended it; of --via auto
// "way": json_way(). ndjson: one json_object() a line. csv: oid, name, type, value.
#include <fmt/format.h>

#include <optional>
#include <ostream>

#include "arguments.hpp"
#include "auto_way.hpp"
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
    std::size_t printed = 0;
    const auto read_by = [&](Via via) {
        return read_subtree({args.options, args.node, *root, args.ordering}, via, [&](const Line& line) {
            ++printed;
            print(line);
        });
    };
    std::optional<Way> way;
    if (args.options.via == Via::Auto) {
        auto decided = decide_way(args.options, args.node, work_of_walk(root->asked()));
        if (!decided) {
            return Failure(decided.error());
        }
        way = *std::move(decided);
    }
    const auto found = way ? by_way<bool>(
                                 *way, Fallback::Allowed, [&printed] { return printed == 0; }, read_by)
                           : read_by(args.options.via);
    const Via via = way ? way->via : args.options.via;
    if (way) {
        tell_way(*way, args.node, args.options, streams.err);
    }
    if (format == Format::Json) {
        const auto elapsed =
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
        Json document{{"node", args.node},
                      {"via", via == Via::Snmp ? "snmp" : "snap"},
                      {"root", root->to_string()},
                      {"results", results},
                      {"complete", found.has_value()},
                      {"elapsed_us", elapsed.count()}};
        if (way) {
            document["way"] = json_way(*way);
        }
        print_json(streams.out, document);
    }
    if (!found) {
        return Failure(found.error());
    }
    return Finished{*found ? 0 : 1};
}

}  // namespace splash::cli
