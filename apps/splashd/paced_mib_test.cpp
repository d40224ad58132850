#include "paced_mib.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace splash::splashd {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// An agent that is busy for a while with every request, and the clock that sees it.
class SlowAgent final : public node::Mib, public node::Clock {
public:
    void ask(const node::MibUser& user, node::MibRequest request, Answered answered) override {
        time += cost;
        asked.push_back(user.name + " " + request.bindings.at(0).oid.to_string());
        if (answers_later) {
            later = std::move(answered);
        } else {
            answered(std::move(request.bindings));
        }
    }
    isa::Value notify(const Oid&, const isa::Value&) override { return std::int64_t{1}; }
    node::Instant now() override { return time; }
    std::int64_t epoch_us() override { return 0; }

    node::Instant time{};
    std::chrono::microseconds cost{0};
    bool answers_later = false;
    Answered later;
    std::vector<std::string> asked;
};

class PacedMibTest : public ::testing::Test {
protected:
    void ask(const char* oid, const char* principal = "local") {
        const std::string name = oid;
        mib.get({.name = "reader", .principal = principal}, Oid::parse(oid).value(),
                [this, name](const node::MibBinding& reply) {
                    const bool is_late = reply.value == isa::Value(isa::Exc::TimedOut);
                    answers.push_back(name + (is_late ? " too late" : ""));
                });
    }

    SlowAgent agent;
    PacedMib mib{agent, agent, 1s};
    std::vector<std::string> answers;
};

TEST_F(PacedMibTest, RequestsThatTakeNoTimeAreAllHandedOnAtOnce) {
    ask(".1.1");
    ask(".1.2");
    ask(".1.3");
    EXPECT_THAT(agent.asked, ElementsAre("reader .1.1", "reader .1.2", "reader .1.3"));
    EXPECT_EQ(answers.size(), 3U);
    EXPECT_FALSE(mib.has_waiting());
}

TEST_F(PacedMibTest, BehindItsShareOfATurnWhatIsAskedWaitsInOrder) {
    agent.cost = 1ms;
    for (const char* oid : {".1.1", ".1.2", ".1.3", ".1.4", ".1.5"}) {
        ask(oid);
    }
    EXPECT_THAT(answers, ElementsAre(".1.1", ".1.2"));
    EXPECT_TRUE(mib.has_waiting());
    mib.begin_turn();
    EXPECT_THAT(answers, ElementsAre(".1.1", ".1.2", ".1.3", ".1.4"));
    mib.begin_turn();
    EXPECT_THAT(answers, ElementsAre(".1.1", ".1.2", ".1.3", ".1.4", ".1.5"));
    EXPECT_FALSE(mib.has_waiting());
}

TEST_F(PacedMibTest, WhoWaitsForMuchDoesNotKeepOthersWaiting) {
    agent.cost = 3ms;
    for (const char* oid : {".1.1", ".1.2", ".1.3", ".1.4", ".1.5"}) {
        ask(oid, "10.0.0.0/8");
    }
    ask(".2.1");
    ask(".2.2");
    ask(".1.9", "192.0.2.0/24");
    while (mib.has_waiting()) {
        mib.begin_turn();
    }
    EXPECT_THAT(answers, ElementsAre(".1.1", ".1.2", ".2.1", ".1.9", ".1.3", ".2.2", ".1.4", ".1.5"));
}

TEST_F(PacedMibTest, AnAnswerThatAsksAgainWaitsForTheOthersTurns) {
    agent.cost = 3ms;
    ask(".1.1");
    mib.get({.name = "walker", .principal = "10.0.0.0/8"}, *Oid::parse(".1.2"),
            [this](const node::MibBinding&) { ask(".1.5", "10.0.0.0/8"); });
    ask(".1.3");
    ask(".1.4", "10.0.0.0/8");
    while (mib.has_waiting()) {
        mib.begin_turn();
    }
    EXPECT_THAT(answers, ElementsAre(".1.1", ".1.3", ".1.4", ".1.5"));
}

TEST_F(PacedMibTest, WhatOneWaitsForTooLongIsAnsweredThoughOthersAreAsked) {
    agent.cost = 3ms;
    ask(".1.1");
    ask(".1.2", "10.0.0.0/8");
    ask(".1.3", "10.0.0.0/8");
    agent.time += 999ms;
    ask(".2.1");
    while (mib.has_waiting()) {
        mib.begin_turn();
    }
    EXPECT_THAT(answers, ElementsAre(".1.1", ".1.2", ".2.1", ".1.3 too late"));
}

TEST_F(PacedMibTest, ATurnHandsOnOneRequestHoweverLongItTakes) {
    agent.cost = 50ms;
    for (const char* oid : {".1.1", ".1.2", ".1.3"}) {
        ask(oid);
    }
    EXPECT_EQ(agent.asked.size(), 1U);
    mib.begin_turn();
    EXPECT_EQ(agent.asked.size(), 2U);
}

TEST_F(PacedMibTest, WhatIsAskedWhileOthersWaitDoesNotOvertake) {
    agent.cost = 3ms;
    ask(".1.1");
    ask(".1.2");
    ask(".1.3");
    agent.cost = 0ms;
    mib.begin_turn();
    EXPECT_THAT(answers, ElementsAre(".1.1", ".1.2", ".1.3"));
}

TEST_F(PacedMibTest, AnAnswerMayAskAgain) {
    agent.cost = 3ms;
    ask(".1.1");
    mib.get({.name = "walker", .principal = "local"}, *Oid::parse(".1.2"), [this](const node::MibBinding&) {
        answers.emplace_back(".1.2");
        ask(".1.3");
    });
    mib.begin_turn();
    EXPECT_THAT(answers, ElementsAre(".1.1", ".1.2"));
    mib.begin_turn();
    EXPECT_THAT(answers, ElementsAre(".1.1", ".1.2", ".1.3"));
}

TEST_F(PacedMibTest, WhatWaitedTooLongIsNotAsked) {
    agent.cost = 3ms;
    ask(".1.1");
    ask(".1.2");
    agent.time += 1s;
    mib.begin_turn();
    EXPECT_THAT(answers, ElementsAre(".1.1", ".1.2 too late"));
    EXPECT_THAT(agent.asked, ElementsAre("reader .1.1"));
}

TEST_F(PacedMibTest, WhatASubAgentTakesToAnswerIsNotTheTurns) {
    agent.answers_later = true;
    ask(".1.1");
    agent.time += 1s;
    EXPECT_THAT(answers, IsEmpty());
    ask(".1.2");
    EXPECT_FALSE(mib.has_waiting());
    agent.later(std::vector<node::MibBinding>{{*Oid::parse(".1.2"), std::int64_t{1}}});
    EXPECT_THAT(answers, ElementsAre(".1.2"));
}

TEST_F(PacedMibTest, SaysOnceThatItWasUsed) {
    EXPECT_FALSE(mib.was_used());
    ask(".1.1");
    EXPECT_TRUE(mib.was_used());
    EXPECT_FALSE(mib.was_used());
    EXPECT_EQ(mib.notify(*Oid::parse(".1.3"), std::int64_t{1}), isa::Value(std::int64_t{1}));
    EXPECT_TRUE(mib.was_used());
}

}  // namespace
}  // namespace splash::splashd
