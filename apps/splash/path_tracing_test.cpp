#include "path_tracing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "fake_transport_for_test.hpp"

namespace splash::cli {
namespace {

using ::testing::HasSubstr;

constexpr std::uint32_t kDoesNotFit = 37;
constexpr std::uint32_t kNoRoute = 34;

IpAddress address(std::size_t hop) {
    return IpAddress::v4(0x0a000000U + static_cast<std::uint32_t>(hop));
}

isa::Value tuple_of(std::size_t depth, std::size_t hop, std::size_t objects) {
    auto tuple = std::make_shared<isa::Tuple>();
    tuple->fields = {static_cast<std::int64_t>(depth), address(hop), isa::Str{"n" + std::to_string(hop)},
                     std::int64_t{0}};
    for (std::size_t i = 0; i < objects; ++i) {
        tuple->fields.emplace_back(static_cast<std::int64_t>(hop));
    }
    return std::shared_ptr<const isa::Tuple>(std::move(tuple));
}

isa::Packet report_of(std::uint32_t reason, std::vector<isa::Value> stack, std::size_t node) {
    stack.insert(stack.end(),
                 {std::int64_t{11}, std::int64_t{0}, address(node), std::int64_t{5}, std::int64_t{reason}});
    return packet_of(stack, isa::Flags::kReport);
}

/// A path on which a packet has room for `portion` hops.
class PathTracing : public testing::Test {
protected:
    PathTracing() {
        transport.node = [this](const FakeTransport::Sent& sent) -> Result<isa::Packet> {
            const bool is_whole = sent.destination == target.address && transport.sent.size() == 1;
            std::vector<isa::Value> values;
            if (is_whole && length > portion) {
                return report_of(kDoesNotFit, {tuple_of(portion - 1, portion, 1)}, portion);
            }
            const std::size_t known =
                sent.destination == target.address ? 0 : sent.destination.to_v4() - 0x0a000000U;
            if (known >= silent_behind) {
                return fail(Errc::TimedOut, {});
            }
            const std::size_t end = std::min({known + portion, length, broken_behind});
            for (std::size_t hop = known + 1; hop <= end; ++hop) {
                values.push_back(tuple_of(hop - known - 1, hop, 1));
            }
            if (end == broken_behind) {
                return report_of(kNoRoute, values, end);
            }
            if (!is_whole) {
                if (end < length) {
                    values.emplace_back(address(end));
                }
                values.emplace_back(std::int64_t{end == length ? 1 : 0});
            }
            return packet_of(values);
        };
    }
    TracedPath trace() {
        auto path =
            trace_path(transport, {*oid_from_name("ifNumber.0")}, target, {}, [](const TracedPath&) {});
        EXPECT_TRUE(path.has_value()) << (path ? "" : path.error().detail);
        return path ? *std::move(path) : TracedPath();
    }
    void expect_hops(const TracedPath& path, std::size_t count) {
        ASSERT_EQ(path.hops.size(), count);
        for (std::size_t i = 0; i < count; ++i) {
            EXPECT_EQ(path.hops[i].number, i + 1);
            EXPECT_EQ(path.hops[i].address, address(i + 1));
            EXPECT_EQ(path.hops[i].values.front(), isa::Value(static_cast<std::int64_t>(i + 1)));
        }
    }

    FakeTransport transport;
    Target target{.text = "far", .address = address(200), .port = {}};
    std::size_t length = 30;
    std::size_t portion = 8;
    std::size_t silent_behind = 1000;
    std::size_t broken_behind = 1000;
};

TEST_F(PathTracing, AShortPathIsOnePacket) {
    length = 8;
    const TracedPath path = trace();
    expect_hops(path, 8);
    EXPECT_EQ(transport.sent.size(), 1U);
    EXPECT_FALSE(path.error);
}

TEST_F(PathTracing, GoesOnFromTheLastHopUntilThePathIsWhole) {
    const TracedPath path = trace();
    expect_hops(path, 30);
    EXPECT_FALSE(path.error);
    ASSERT_EQ(transport.sent.size(), 5U);  // one that was too large, and four of 8, 8, 8 and 6
    EXPECT_EQ(transport.sent[2].destination, address(8));
}

TEST_F(PathTracing, SilenceOnTheWayLeavesWhatIsKnown) {
    silent_behind = 16;
    const TracedPath path = trace();
    expect_hops(path, 16);
    EXPECT_EQ(transport.sent.size(), 1U + 2U + 3U);  // by plain IP, by hop, and for one hop only
    ASSERT_TRUE(path.error);
    EXPECT_EQ(path.error->code, Errc::TimedOut);
    EXPECT_THAT(path.error->detail, HasSubstr("hop 16, n16 (10.0.0.16), is the last that is known"));
}

TEST_F(PathTracing, ARefusalOnTheWayIsReportedWithTheHopsBeforeIt) {
    broken_behind = 20;
    const TracedPath path = trace();
    expect_hops(path, 20);
    ASSERT_TRUE(path.report);
    EXPECT_EQ(path.report->node, address(20));
}

TEST_F(PathTracing, AWayThatGoesRoundEnds) {
    length = 16;
    const auto straight = transport.node;
    transport.node = [&](const FakeTransport::Sent& sent) -> Result<isa::Packet> {
        return sent.destination == address(8) ? packet_of({tuple_of(0, 3, 1), address(3), std::int64_t{0}})
                                              : straight(sent);
    };
    const TracedPath path = trace();
    expect_hops(path, 8);
    ASSERT_TRUE(path.error);
    EXPECT_EQ(path.error->code, Errc::Reported);
    EXPECT_THAT(path.error->detail, HasSubstr("round in a circle; hop 8"));
}

TEST_F(PathTracing, ManyObjectsTakeSeveralRounds) {
    length = 3;
    std::vector<Oid> objects;
    for (std::uint32_t i = 1; i <= 30; ++i) {
        objects.push_back(*Oid::parse("1.3.6.1.2.1.2.2.1.2." + std::to_string(i)));
    }
    transport.node = [&](const FakeTransport::Sent& sent) -> Result<isa::Packet> {
        // Every object calls a service, and so does the name.
        std::size_t calls = 0;
        for (const std::uint32_t instruction : sent.program.code) {
            calls += instruction >> 24U == static_cast<std::uint32_t>(isa::Opcode::Calls) ? 1 : 0;
        }
        std::vector<isa::Value> values;
        for (std::size_t hop = 1; hop <= length; ++hop) {
            values.push_back(tuple_of(hop - 1, hop, calls - 1));
        }
        return packet_of(values);
    };
    const auto path = trace_path(transport, objects, target, {}, [](const TracedPath&) {});
    ASSERT_TRUE(path.has_value()) << path.error().detail;
    EXPECT_GT(transport.sent.size(), 1U);
    ASSERT_EQ(path->hops.size(), 3U);
    EXPECT_EQ(path->hops[2].values.size(), 30U);
}

}  // namespace
}  // namespace splash::cli
