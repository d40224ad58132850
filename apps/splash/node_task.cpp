#include "node_task.hpp"

#include "objects.hpp"
#include "random_id.hpp"
#include "shipped_programs.hpp"

namespace splash::cli {

Result<NodeTask> read_task(const AtNodes& at) {
    NodeTask task;
    auto objects = parse_objects(at.objects);
    if (!objects) {
        return Failure(objects.error());
    }
    task.objects = *std::move(objects);
    if (!at.where.empty()) {
        auto where = Condition::parse(at.where);
        if (!where) {
            return Failure(where.error());
        }
        task.where = *std::move(where);
    }
    if (at.reaction) {
        auto object = parse_object(at.reaction->object);
        if (!object) {
            return Failure(object.error());
        }
        auto value = typed_value(at.reaction->type, at.reaction->value);
        if (!value) {
            return Failure(value.error());
        }
        const auto id = random_id();
        if (!id) {
            return Failure(id.error());
        }
        task.reaction = Reaction{.object = *std::move(object), .value = *std::move(value), .id = *id};
    }
    return task;
}

Oid node_address_object() {
    return *Oid::parse("2.999.10");
}

std::string get_lines(const Oid& object) {
    if (object == node_address_object()) {
        return push_line(isa::Str{"address"}) + call_line("node_info");
    }
    return push_line(object) + call_line("snmp_getsingle");
}

std::string condition_lines(const Condition& condition, const FigureLines& figure_lines) {
    return condition.to_assembly([&](std::size_t column, std::size_t depth) {
        const Oid& object = condition.columns()[column].object;
        const std::string figure = figure_lines ? figure_lines(object, depth) : std::string();
        return figure.empty() ? get_lines(object) : figure;
    });
}

std::string reaction_lines(const Reaction& reaction) {
    return push_line(reaction.id) + push_line(reaction.object) + push_line(reaction.value) +
           call_line("snmp_setonce");
}

}  // namespace splash::cli
