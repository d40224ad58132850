// A MIB of canned objects.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "node/ports.hpp"

namespace splash::simnet {

class SimMib final : public node::Mib {
public:
    using Schedule = std::function<void(std::chrono::microseconds, std::function<void()>)>;
    explicit SimMib(Schedule schedule) : schedule_(std::move(schedule)) {}

    /// What is there. May be changed at any time.
    std::map<Oid, isa::Value> objects;
    std::set<Oid> read_only;
    /// nullopt: answers during the request; else so much later.
    std::optional<std::chrono::microseconds> delay;
    /// Takes requests and never answers.
    bool is_silent = false;

    struct Request {
        node::MibUser user;
        Oid oid;
    };
    /// Every request so far.
    [[nodiscard]] const std::vector<Request>& requests() const { return requests_; }

    void get(const node::MibUser& user, const Oid& oid, Done done) override;
    void get_next(const node::MibUser& user, const Oid& oid, Done done) override;
    void set(const node::MibUser& user, const Oid& oid, const isa::Value& value, Done done) override;

private:
    void answer(const Done& done, node::MibReply reply);

    Schedule schedule_;
    std::vector<Request> requests_;
};

}  // namespace splash::simnet
