#include "workers.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "plug_ins_for_test.hpp"

namespace splash::plugins {
namespace {

using isa::Exc;
using isa::Value;
using std::chrono::hours;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using Values = std::vector<Value>;

class WorkersTest : public PlugInDirectory {
protected:
    std::unique_ptr<Workers> start(const Workers::Limits& limits) {
        auto started = Workers::start(limits, log);
        EXPECT_TRUE(started);
        return std::move(*started);
    }
    /// A service that tells where it runs, then waits at the gate.
    static std::shared_ptr<const Function> waiting(const Gate& gate, std::atomic<int>* begun = nullptr) {
        auto function = std::make_shared<Function>();
        function->name = "waiting";
        function->results = "i";
        function->may_block = true;
        function->run = [path = gate.path(), begun](std::span<const Value>, node::Instant) -> Outcome {
            if (begun != nullptr) {
                ++*begun;
            }
            const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
            ::close(fd);
            return {Values{std::int64_t{1}}, {}};
        };
        return function;
    }
    static std::shared_ptr<const Function> adding() {
        auto function = std::make_shared<Function>();
        function->name = "adding";
        function->arguments = "ii";
        function->results = "i";
        function->may_block = true;
        function->run = [](std::span<const Value> given, node::Instant) -> Outcome {
            return {Values{std::get<std::int64_t>(given[0]) + std::get<std::int64_t>(given[1])}, {}};
        };
        return function;
    }
    node::Answer keep() {
        return [this](vm::ServiceResults results) {
            answered_by = std::this_thread::get_id();
            const auto* values = std::get_if<Values>(&results);
            answers.push_back(values != nullptr ? values->front() : Value(std::get<Exc>(results)));
        };
    }
    void take_until(Workers& workers, std::size_t count) {
        while (answers.size() < count && wait_readable(workers.fd())) {
            workers.take_answers();
        }
        ASSERT_EQ(answers.size(), count);
    }

    KeptLog log;
    Values answers;
    std::thread::id answered_by;
};

TEST_F(WorkersTest, AnswerOnTheThreadThatTakesAnswers) {
    const auto workers = start({.threads = 2, .queue = 4, .patience = hours(1)});
    workers->run(adding(), Values{std::int64_t{2}, std::int64_t{3}}, keep());
    take_until(*workers, 1);
    EXPECT_EQ(answers, Values{std::int64_t{5}});
    EXPECT_EQ(answered_by, std::this_thread::get_id());
    EXPECT_TRUE(workers->stop(hours(1)));
    EXPECT_EQ(log.all(), "");
}

TEST_F(WorkersTest, RunSeveralAtATime) {
    Gate gate(directory + "/gate");
    std::atomic<int> begun{0};
    const auto workers = start({.threads = 2, .queue = 4, .patience = hours(1)});
    const auto slow = waiting(gate, &begun);
    workers->run(slow, {}, keep());
    workers->run(adding(), Values{std::int64_t{2}, std::int64_t{3}}, keep());
    take_until(*workers, 1);
    EXPECT_EQ(answers, Values{std::int64_t{5}}) << "the quick one passes the slow one";
    gate.open();
    take_until(*workers, 2);
}

TEST_F(WorkersTest, RefuseMoreThanTheQueueHolds) {
    Gate gate(directory + "/gate");
    std::atomic<int> begun{0};
    const auto workers = start({.threads = 1, .queue = 1, .patience = hours(1)});
    workers->run(waiting(gate, &begun), {}, keep());
    while (begun == 0) {
        std::this_thread::yield();
    }
    workers->run(adding(), Values{std::int64_t{2}, std::int64_t{3}}, keep());
    EXPECT_EQ(answers, Values{});
    workers->run(adding(), Values{std::int64_t{2}, std::int64_t{3}}, keep());
    EXPECT_EQ(answers, Values{Exc::QuotaUsedUp}) << "at once";
    gate.open();
    take_until(*workers, 3);
    EXPECT_EQ(answers, (Values{Exc::QuotaUsedUp, std::int64_t{1}, std::int64_t{5}}));
}

TEST_F(WorkersTest, DropWhatNobodyWaitsForAnyMoreWhenRoomIsNeeded) {
    Gate gate(directory + "/gate");
    std::atomic<int> begun{0};
    const auto workers = start({.threads = 1, .queue = 1, .patience = hours(1)});
    workers->run(waiting(gate, &begun), {}, keep());
    while (begun == 0) {
        std::this_thread::yield();
    }
    workers->set_patience(milliseconds(0));
    workers->run(adding(), Values{std::int64_t{2}, std::int64_t{3}}, keep());
    workers->set_patience(hours(1));
    workers->run(adding(), Values{std::int64_t{4}, std::int64_t{3}}, keep());
    EXPECT_EQ(answers, Values{Exc::TimedOut}) << "its place is taken";
    gate.open();
    take_until(*workers, 3);
    EXPECT_EQ(answers.back(), Value(std::int64_t{7}));
}

TEST_F(WorkersTest, GiveALateAnswerAndSaySoOnce) {
    const auto workers = start({.threads = 1, .queue = 4, .patience = milliseconds(50)});
    for (int n = 1; n <= 2; ++n) {
        auto slow = std::make_shared<Function>(*adding());
        slow->name = "slow";
        // Deterministic whatever the machine does: it ends when nobody waits any more.
        slow->run = [](std::span<const Value>, node::Instant give_up) -> Outcome {
            std::this_thread::sleep_until(give_up + milliseconds(1));
            return {Values{std::int64_t{9}}, {}};
        };
        workers->run(slow, Values{std::int64_t{2}, std::int64_t{3}}, keep());
        take_until(*workers, static_cast<std::size_t>(n));
    }
    EXPECT_EQ(log.lines.size(), 1U);
    EXPECT_THAT(log.all(), HasSubstr("service slow answered after "));
    EXPECT_THAT(log.all(), HasSubstr("programs wait 50 ms (park_timeout_ms)"));
}

TEST_F(WorkersTest, LeaveBehindWhatHangsAndSayWhichServiceItIs) {
    Gate gate(directory + "/gate");
    std::atomic<int> begun{0};
    auto workers = start({.threads = 2, .queue = 4, .patience = hours(1)});
    workers->run(waiting(gate, &begun), {}, keep());
    while (begun == 0) {
        std::this_thread::yield();
    }
    EXPECT_FALSE(workers->stop(milliseconds(10)));
    EXPECT_THAT(log.all(), HasSubstr("service waiting still runs 10 ms after the end began"));
    workers.reset();
    EXPECT_EQ(log.lines.size(), 1U) << "said once";
    gate.open();  // the thread ends without whom it worked for
    EXPECT_EQ(answers, Values{});
}

TEST_F(WorkersTest, SurviveWhatAServiceThrows) {
    const auto workers = start({.threads = 1, .queue = 4, .patience = hours(1)});
    auto thrower = std::make_shared<Function>(*adding());
    thrower->run = [](std::span<const Value>, node::Instant) -> Outcome { throw std::runtime_error("oops"); };
    workers->run(thrower, {}, keep());
    take_until(*workers, 1);
    EXPECT_EQ(answers, Values{Exc::ServiceFailed});
    EXPECT_THAT(log.all(), HasSubstr("threw an exception: oops"));
}

}  // namespace
}  // namespace splash::plugins
