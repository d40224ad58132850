// splash set NODE {OID TYPE VALUE}...
#include <utility>

#include "arguments.hpp"
#include "objects.hpp"
#include "query.hpp"

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
        for (const auto& object : objects) {
            auto value = typed_value(object.second->type, object.second->value);
            if (!value) {
                return Failure(value.error());
            }
            found.push_back({Question::Kind::Set, object.first, *std::move(value)});
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
    // A write whose answer got lost may have been done: it is not tried again unless the operator says so.
    return run_query({args.options, args.node, 0, questions, request}, streams);
}

}  // namespace splash::cli
