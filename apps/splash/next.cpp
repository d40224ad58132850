// splash next NODE OID...
#include "arguments.hpp"
#include "objects.hpp"
#include "query.hpp"

namespace splash::cli {

Result<Finished> run(const NextArgs& args, const Streams& streams) {
    const auto objects = parse_objects(args.objects);
    if (!objects) {
        return Failure(objects.error());
    }
    const auto questions = [&objects]() -> Result<std::vector<Question>> {
        return questions_about(Question::Kind::Next, *objects);
    };
    const auto request = [&objects](snmp::Manager& manager) { return manager.get_next(*objects); };
    return run_query({args.options, args.node, 1, std::nullopt, Fallback::Allowed, questions, request},
                     streams);
}

}  // namespace splash::cli
