#include "paced_mib.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace splash::splashd {

void PacedMib::ask(const node::MibUser& user, node::MibRequest request, Answered answered) {
    if (waiting_.empty() && used_ < kShareOfTurn) {
        hand_on(user, std::move(request), std::move(answered));
    } else {
        waiting_.push_back({user, std::move(request), std::move(answered), clock_.now() + patience_});
    }
}

isa::Value PacedMib::notify(const Oid& notification, const isa::Value& value) {
    was_used_ = true;  // an inform is waited for
    return agent_.notify(notification, value);
}

void PacedMib::begin_turn() {
    used_ = {};
    while (!waiting_.empty() && used_ < kShareOfTurn) {
        Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        if (next.deadline <= clock_.now()) {
            next.answered(isa::Exc::TimedOut);
        } else {
            hand_on(next.user, std::move(next.request), std::move(next.answered));
        }
    }
}

bool PacedMib::was_used() {
    return std::exchange(was_used_, false);
}

/// The answer is passed on behind the measuring: what the program does with it is not the agent's time.
void PacedMib::hand_on(const node::MibUser& user, node::MibRequest request, Answered answered) {
    struct Call {
        Answered answered;
        std::optional<node::MibResult> result;
        bool has_returned = false;
    };
    was_used_ = true;
    const auto call = std::make_shared<Call>();
    call->answered = std::move(answered);
    const node::Instant begin = clock_.now();
    agent_.ask(user, std::move(request), [call](node::MibResult result) {
        if (call->has_returned) {
            call->answered(std::move(result));
        } else {
            call->result = std::move(result);
        }
    });
    used_ += clock_.now() - begin;
    call->has_returned = true;
    if (call->result) {
        call->answered(std::move(*call->result));
    }
}

}  // namespace splash::splashd
