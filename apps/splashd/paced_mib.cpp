#include "paced_mib.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace splash::splashd {

void PacedMib::ask(const node::MibUser& user, node::MibRequest request, Answered answered) {
    if (waiting_.empty() && used_ < kShareOfTurn) {
        hand_on(user, std::move(request), std::move(answered));
    } else {
        wait({user, std::move(request), std::move(answered), clock_.now() + patience_});
    }
}

isa::Value PacedMib::notify(const Oid& notification, const isa::Value& value) {
    was_used_ = true;  // an inform is waited for
    return agent_.notify(notification, value);
}

void PacedMib::begin_turn() {
    used_ = {};
    while (!waiting_.empty() && used_ < kShareOfTurn) {
        Waiting first = next();
        if (first.deadline <= clock_.now()) {
            first.answered(isa::Exc::TimedOut);
        } else {
            hand_on(first.user, std::move(first.request), std::move(first.answered));
        }
    }
}

void PacedMib::wait(Waiting waiting) {
    const auto queue = std::ranges::find_if(waiting_, [&waiting](const Queue& of_one) {
        return of_one.front().user.principal == waiting.user.principal;
    });
    if (queue == waiting_.end()) {
        waiting_.emplace_back().push_back(std::move(waiting));
    } else {
        queue->push_back(std::move(waiting));
    }
}

/// Takes the first request of whose turn it is; what else that principal waits for goes behind the others.
PacedMib::Waiting PacedMib::next() {
    Queue queue = std::move(waiting_.front());
    waiting_.pop_front();
    Waiting first = std::move(queue.front());
    queue.pop_front();
    if (!queue.empty()) {
        waiting_.push_back(std::move(queue));
    }
    return first;
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
