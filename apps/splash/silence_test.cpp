#include "silence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "fake_transport_for_test.hpp"

namespace splash::cli {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kInstructions = 11;  // of path_program() without objects

isa::Value hop(std::int64_t depth) {
    auto tuple = std::make_shared<isa::Tuple>();
    tuple->fields = {depth, IpAddress::v4(0x0a000001U + static_cast<std::uint32_t>(depth)),
                     isa::Str{"n" + std::to_string(depth + 1)}, std::int64_t{0}};
    return std::shared_ptr<const isa::Tuple>(std::move(tuple));
}

isa::Packet report_of(std::uint32_t reason, std::int64_t from_end, std::uint32_t node, std::int64_t hops) {
    std::vector<isa::Value> stack;
    for (std::int64_t i = 0; i < hops; ++i) {
        stack.push_back(hop(i));
    }
    stack.insert(stack.end(), {kInstructions, std::int64_t{0}, IpAddress::v4(node), kInstructions - from_end,
                               std::int64_t{reason}});
    return packet_of(stack, isa::Flags::kReport);
}

constexpr std::uint32_t kBoundEnded = 32;
constexpr std::uint32_t kTtlEnded = 137;
constexpr std::int64_t kMovingOn = 5;
constexpr std::int64_t kMovingHome = 2;

/// What is said when bound `silent` and all beyond get no answer.
std::string said(std::uint16_t silent, const std::function<isa::Packet(std::uint16_t)>& answer) {
    FakeTransport transport;
    transport.node = [&](const FakeTransport::Sent& sent) -> Result<isa::Packet> {
        return sent.bound >= silent ? Result<isa::Packet>(fail(Errc::TimedOut, {})) : answer(sent.bound);
    };
    const Target target{.text = "n5", .address = IpAddress::v4(0x0a000005), .port = {}};
    const auto found = locate_silence(transport, {}, target, 0, {});
    EXPECT_FALSE(found);
    return found ? "" : found.error().detail;
}

isa::Packet bound_ended(std::uint16_t bound) {
    return report_of(kBoundEnded, kMovingOn, 0x0a000000U + bound, bound);
}

TEST(LocateSilence, NamesTheLastHopThatAnswered) {
    EXPECT_EQ(said(3, bound_ended),
              "n5 (10.0.0.5): nothing came back; hop 2, n2 (10.0.0.2) was the last to answer");
}

TEST(LocateSilence, SaysWhenNothingAnswers) {
    EXPECT_THAT(said(1, bound_ended), HasSubstr("not even the first node"));
}

TEST(LocateSilence, TellsTheWayHomeFromTheWayOut) {
    const auto answer = [](std::uint16_t bound) {
        return bound <= 2 ? bound_ended(bound) : report_of(kBoundEnded, kMovingHome, 0x0a000001, 2);
    };
    EXPECT_THAT(said(4, answer), HasSubstr("it reached hop 2, n2 (10.0.0.2), and on the way home 10.0.0.1"));
}

TEST(LocateSilence, NamesRoutersWithoutSplashBehindTheLastHop) {
    const auto answer = [](std::uint16_t bound) {
        return bound <= 2 ? bound_ended(bound) : report_of(kTtlEnded, kInstructions, 0x0a000003, 2);
    };
    EXPECT_THAT(said(4, answer),
                HasSubstr("n2 (10.0.0.2) was the last hop, and behind it 10.0.0.3 the last router"));
}

TEST(LocateSilence, KeepsTheHopsOfEarlierReports) {
    const auto answer = [](std::uint16_t bound) {
        return bound <= 2 ? bound_ended(bound) : packet_of({std::int64_t{kBoundEnded}}, isa::Flags::kReport);
    };
    EXPECT_THAT(said(4, answer), HasSubstr("hop 2, n2"));
}

TEST(LocateSilence, GivesAnAnswerThatComesAfterAll) {
    FakeTransport transport;
    transport.node = [](const FakeTransport::Sent& sent) -> Result<isa::Packet> {
        return sent.bound < 3 ? bound_ended(sent.bound) : packet_of({hop(0), hop(1)});
    };
    const auto found = locate_silence(transport, {}, {}, 0, {});
    ASSERT_TRUE(found);
    EXPECT_EQ(std::get<Delivery>(*found).values.size(), 2U);
}

}  // namespace
}  // namespace splash::cli
