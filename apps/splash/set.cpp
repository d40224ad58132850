// splash set NODE {OID TYPE VALUE}...
#include <ostream>
#include <utility>

#include "arguments.hpp"
#include "objects.hpp"
#include "query.hpp"
#include "random_id.hpp"

namespace splash::cli {

Result<Finished> run(const SetArgs& args, const Streams& streams) {
    std::vector<std::pair<Oid, const Assignment*>> objects;
    for (const Assignment& assignment : args.assignments) {
        auto oid = parse_object(assignment.object);
        if (!oid) {
            return Failure(oid.error());
        }
        objects.emplace_back(*std::move(oid), &assignment);
    }
    const auto questions = [&objects]() -> Result<std::vector<Question>> {
        std::vector<Question> found;
        const auto id = random_id();
        if (!id) {
            return Failure(id.error());
        }
        for (const auto& object : objects) {
            auto value = typed_value(object.second->type, object.second->value);
            if (!value) {
                return Failure(value.error());
            }
            // An object may stand on the line twice: every assignment has an id of its own.
            found.push_back({Question::Kind::Set, object.first, *std::move(value), id_of(*id, found.size())});
        }
        return found;
    };
    const auto request = [&objects](snmp::Manager& manager) {
        std::vector<snmp::SetBind> binds;
        binds.reserve(objects.size());
        for (const auto& object : objects) {
            binds.push_back({object.first, object.second->type, object.second->value});
        }
        return manager.set(binds);
    };
    // By SNAP a repeated write is known by its id and only answered. An SNMP agent writes again what it is
    // asked again (RFC 3416 gives it nothing to tell a retry by): there is none unless the operator says so.
    if (args.options.via != Via::Auto || args.assignments.size() == 1) {
        return run_query({args.options, args.node, 1, 0, Fallback::Never, questions, request}, streams);
    }
    // Several objects are written all or not at all by SNMP only: there is nothing to choose.
    Options by_snmp = args.options;
    by_snmp.via = Via::Snmp;
    by_snmp.where.socket.clear();
    streams.err << "splash: " << args.node << " by SNMP: only so all objects are written or none\n";
    return run_query({by_snmp, args.node, 1, 0, Fallback::Never, questions, request}, streams);
}

}  // namespace splash::cli
