#include "object_lines.hpp"

#include "value_text.hpp"

namespace splash::cli {

std::vector<Line> lines_from(const std::vector<ObjectAnswer>& answers) {
    std::vector<Line> lines;
    lines.reserve(answers.size());
    for (const ObjectAnswer& answer : answers) {
        lines.push_back({answer.object, answer.value, print_value(answer.object, answer.value).type,
                         print_line(answer.object, answer.value)});
    }
    return lines;
}

}  // namespace splash::cli
