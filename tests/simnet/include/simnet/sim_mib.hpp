// A MIB of canned objects, without GETBULK.
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
    /// Every object asked for so far.
    [[nodiscard]] const std::vector<Request>& requests() const { return requests_; }

    void ask(const node::MibUser& user, node::MibRequest request, Answered answered) override;
    isa::Value notify(const Oid& notification, const isa::Value& value) override;
    /// Every notification so far: its identity and value.
    [[nodiscard]] const std::vector<node::MibBinding>& notifications() const { return notifications_; }

private:
    [[nodiscard]] node::MibBinding read(node::MibOperation operation, const Oid& oid) const;
    [[nodiscard]] node::MibResult result_of(const node::MibRequest& request);

    Schedule schedule_;
    std::vector<Request> requests_;
    std::vector<node::MibBinding> notifications_;
};

}  // namespace splash::simnet
