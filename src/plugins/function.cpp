#include "function.hpp"

#include <algorithm>
#include <exception>

#include "base/assert.hpp"
#include "workers.hpp"

namespace splash::plugins {
namespace {

using isa::Exc;
using isa::Value;

bool is_of(char letter, const Value& value) {
    switch (isa::type_of(value)) {
        case isa::Type::Int: return letter == 'i' || letter == '*';
        case isa::Type::Float: return letter == 'f' || letter == '*';
        case isa::Type::Str: return letter == 's' || letter == '*';
        case isa::Type::Addr: return letter == 'a' || letter == '*';
        case isa::Type::Oid: return letter == 'o' || letter == '*';
        case isa::Type::Exc:
        case isa::Type::Tuple: return false;
    }
    return false;
}

bool are_as_declared(std::string_view declared, const std::vector<Value>& values) {
    if (declared.ends_with('#')) {
        return std::ranges::all_of(values, [&](const Value& v) { return is_of(declared.front(), v); });
    }
    return std::ranges::equal(declared, values, is_of);
}

}  // namespace

Outcome call(const Function& function, std::span<const Value> arguments, node::Instant give_up) {
    Outcome outcome{Exc::ServiceFailed, {}};
    try {
        outcome = function.run(arguments, give_up);
    } catch (const std::exception& thrown) {
        outcome.complaint = "threw an exception: " + std::string(thrown.what());
    } catch (...) {
        outcome.complaint = "threw an exception that is no std::exception";
    }
    const auto* values = std::get_if<std::vector<Value>>(&outcome.results);
    if (values != nullptr && !are_as_declared(function.results, *values)) {
        std::string given;
        for (const Value& value : *values) {
            given += (given.empty() ? "" : ", ") + isa::to_string(value);
            if (given.size() > 80) {
                given = given.substr(0, 80) + " ...";
                break;
            }
        }
        outcome = {Exc::ServiceFailed,
                   "declares the results \"" + function.results + "\" and gave (" + given + ")"};
    }
    return outcome;
}

FunctionSet::FunctionSet(std::vector<Function> functions, Workers* workers, node::Log& log)
    : workers_(workers), complaints_(log) {
    for (Function& given : functions) {
        const auto function = std::make_shared<const Function>(std::move(given));
        SPLASH_ASSERT(!function->may_block || workers != nullptr, "who may block has a worker");
        const node::Service service{{function->name, function->arguments, function->results, function->cost},
                                    function->right,
                                    function->may_block ? node::When::Later : node::When::Now,
                                    function->meaning};
        services_.push_back(service);
        functions_.emplace(service.id(), function);
    }
}

void FunctionSet::start(const node::Service& service, std::span<const Value> arguments,
                        const node::Caller& /*caller*/, node::Answer answer) {
    const std::shared_ptr<const Function>& function = functions_.at(service.id());
    if (function->may_block) {
        workers_->run(function, arguments, std::move(answer));
        return;
    }
    Outcome outcome = call(*function, arguments, node::Instant::max());
    if (!outcome.complaint.empty()) {
        complaints_.once(function->name, Complaints::About::Results, outcome.complaint);
    }
    answer(std::move(outcome.results));
}

}  // namespace splash::plugins
