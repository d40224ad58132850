// Whatever ends the one who impairs a link, the next who does puts it right.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include <ostream>

#include "descriptor.hpp"
#include "lab/lab.hpp"
#include "paths.hpp"
#include "process.hpp"
#include "record.hpp"
#include "test_lab.hpp"
#include "wire.hpp"

namespace splash::lab {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr Impairment kSlow{.delay = std::chrono::microseconds(1000), .rate = 10'000'000};

class ImpairedLab : public LabTest {
protected:
    void SetUp() override {
        LabTest::SetUp();
        if (IsSkipped()) {
            return;
        }
        name_ = new_name();
        UpOptions wanted = options(name_, "line2");
        for (NodeSpec& node : wanted.topology.nodes) {
            node.kind = "host";
        }
        const auto lab = up(wanted);
        ASSERT_TRUE(lab) << lab.error().detail;
    }

    [[nodiscard]] Result<ImpairReport> impair_with(const Impairment& impairment) const {
        return impair({.lab = name_, .where = "n1-n2", .impairment = impairment, .is_down = {}});
    }
    [[nodiscard]] std::vector<ProcessId> processes_at(const char* node) const {
        return processes_in({identify_namespace(netns_file(name_, node)).value()});
    }
    [[nodiscard]] LinkCondition condition() const { return find(name_).value().conditions.at(0); }
    /// 0 if the words are what n1 or n2 shows.
    [[nodiscard]] int status_at(const char* node, const char* script) const {
        return exec(find(name_).value(), node, {"sh", "-c", script}).value();
    }
    [[nodiscard]] const std::string& name() const { return name_; }

private:
    std::string name_;
};

TEST_F(ImpairedLab, AWireThatNoRecordNamesIsReplaced) {
    const Descriptor netns(open(netns_file(name(), "n1").c_str(), O_RDONLY | O_CLOEXEC));
    const auto stray =
        start_wire({.interface = "eth1", .tap = "wire-0", .netns = netns.get()}, {.loss = 100});
    const auto other =
        start_wire({.interface = "eth1", .tap = "wire-7", .netns = netns.get()}, {.loss = 100});
    if (!stray && stray.error().code == Errc::Unsupported) {
        GTEST_SKIP() << stray.error().detail;
    }
    ASSERT_TRUE(stray) << stray.error().detail;
    ASSERT_TRUE(other) << other.error().detail;
    EXPECT_THAT(wires_holding("wire-0", netns.get()), testing::ElementsAre(*stray));

    const auto report = impair_with(kSlow);
    ASSERT_TRUE(report) << report.error().detail;
    EXPECT_FALSE(is_running(*stray));
    EXPECT_TRUE(is_running(*other)) << "it belongs to another link";
    EXPECT_THAT(wires_holding("wire-0", netns.get()), SizeIs(report->has_netem ? 0 : 1));
    EXPECT_EQ(status_at("n1", "ping -q -c1 -w10 10.0.0.2"), 0);
    ASSERT_TRUE(end_processes({*other}));
}

/// Something of a change that can be seen while it goes on.
struct Moment {
    const char* label;
    const char* node;  // that has a wire already; empty: only the record says that a change goes on
};

void PrintTo(const Moment& moment, std::ostream* out) {
    *out << moment.label;
}

class ChangerIsKilled : public ImpairedLab, public testing::WithParamInterface<Moment> {};

TEST_P(ChangerIsKilled, TheLinkIsBrokenUntilItIsImpairedAnew) {
    const std::string node = GetParam().node;
    const pid_t changer = in_child([&] {
        // It goes on for ever, so that it is killed within a change.
        while (impair_with(kSlow) && impair_with({.delay = std::chrono::microseconds(2000)})) {
        }
    });
    const bool was_seen = eventually([&] {
        const auto record = load(name());
        return record && record->conditions.at(0).is_changing &&
               (node.empty() || !processes_at(node.c_str()).empty());
    });
    kill(changer, SIGKILL);
    const int status = status_of(changer);
    ASSERT_TRUE(was_seen);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(condition().is_broken, load(name())->conditions.at(0).is_changing);

    const auto again = impair_with(kSlow);
    ASSERT_TRUE(again) << again.error().detail;
    EXPECT_EQ(condition(), (LinkCondition{.from_a = kSlow, .from_b = kSlow}));
    for (const char* each : {"n1", "n2"}) {
        EXPECT_THAT(processes_at(each), SizeIs(again->has_netem ? 0 : 1));
    }
    EXPECT_EQ(status_at("n1", "ping -q -c1 -w10 10.0.0.2"), 0);
    ASSERT_TRUE(impair_with({}));
    EXPECT_EQ(condition(), LinkCondition{});
    for (const char* each : {"n1", "n2"}) {
        EXPECT_THAT(processes_at(each), IsEmpty());
        EXPECT_NE(status_at(each, "tc qdisc | grep -E 'clsact|tbf|netem|pfifo'"), 0);
    }
}

INSTANTIATE_TEST_SUITE_P(Moments, ChangerIsKilled,
                         testing::Values(Moment{"AtTheBeginning", ""}, Moment{"WithAWireAtTheFirst", "n1"},
                                         Moment{"WithAWireAtTheSecond", "n2"}),
                         [](const testing::TestParamInfo<Moment>& moment) {
                             return std::string(moment.param.label);
                         });

TEST_F(ImpairedLab, WhatWasInterruptedIsPutRightBothWaysAndWithItsRoutes) {
    // As if one who set the link down had been killed when one interface was.
    ASSERT_TRUE(impair_with({.rate = 10'000'000}));
    Record record = load(name()).value();
    record.conditions.at(0).is_changing = true;
    ASSERT_TRUE(save(record));
    ASSERT_EQ(status_at("n2", "ip link set eth1 down && tc qdisc del dev eth1 root"), 0);
    EXPECT_TRUE(condition().is_broken);

    const auto done = impair({.lab = name(),
                              .where = "n1-n2",
                              .one_way = true,
                              .impairment = Impairment{.rate = 20'000'000},
                              .is_down = {}});
    ASSERT_TRUE(done) << done.error().detail;
    EXPECT_EQ(condition(), (LinkCondition{.from_a = {.rate = 20'000'000}, .from_b = {.rate = 10'000'000}}));
    EXPECT_EQ(status_at("n2", "tc qdisc show dev eth1 | grep -E 'rate 10Mbit'"), 0);
    EXPECT_EQ(status_at("n1", "ping -q -c1 -w10 10.0.0.2"), 0);
}

}  // namespace
}  // namespace splash::lab
