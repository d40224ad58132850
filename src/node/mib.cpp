#include <utility>

#include "node/ports.hpp"

namespace splash::node {
namespace {

/// The one binding of the response, as Done wants it.
Mib::Answered only_binding(const Oid& asked, Mib::Done done) {
    return [asked, done = std::move(done)](MibResult result) {
        auto* const bindings = std::get_if<std::vector<MibBinding>>(&result);
        if (bindings == nullptr) {
            done({asked, std::get<isa::Exc>(result)});
        } else if (bindings->size() != 1) {
            done({asked, isa::Exc::ServiceFailed});
        } else {
            done(std::move(bindings->front()));
        }
    };
}

}  // namespace

void Mib::get(const MibUser& user, const Oid& oid, Done done) {
    ask(user, {.operation = MibOperation::Get, .bindings = {{oid, {}}}}, only_binding(oid, std::move(done)));
}

void Mib::get_next(const MibUser& user, const Oid& oid, Done done) {
    ask(user, {.operation = MibOperation::GetNext, .bindings = {{oid, {}}}},
        only_binding(oid, std::move(done)));
}

void Mib::set(const MibUser& user, const Oid& oid, const isa::Value& value, Done done) {
    ask(user, {.operation = MibOperation::Set, .bindings = {{oid, value}}},
        only_binding(oid, std::move(done)));
}

}  // namespace splash::node
