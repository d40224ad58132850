#include "flights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fake_transport_for_test.hpp"

namespace splash::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FlightsOfAList : public testing::Test {
protected:
    /// Launches so many, at most `most` at once; what landed says what came, flight by flight.
    Result<> fly(std::size_t count, std::size_t most, unsigned retries = 0) {
        Flights flights(transport, {}, most);
        std::size_t next = 0;
        while (next < count || !flights.is_empty()) {
            if (next == count || flights.is_full()) {
                if (auto waited = flights.wait(); !waited) {
                    return waited;
                }
                continue;
            }
            const std::string name = "n" + std::to_string(next);
            const auto address = IpAddress::v4(0x0a000000U + static_cast<std::uint32_t>(next++));
            auto launched =
                flights.launch({.program = {},
                                .target = {.text = name, .address = address, .port = {}},
                                .retries = retries,
                                .landed = [this, name](const Result<Answer>& answer) -> Result<> {
                                    landed.push_back(name + (answer ? " came" : " " + answer.error().detail));
                                    return {};
                                }});
            if (!launched) {
                return launched;
            }
        }
        sent = flights.sent();
        return {};
    }

    FakeTransport transport;
    std::vector<std::string> landed;
    std::size_t sent = 0;
};

TEST_F(FlightsOfAList, GoBesideEachOtherButNoMoreThanAllowed) {
    transport.node = [](const FakeTransport::Sent&) { return packet_of({std::int64_t{1}}); };
    ASSERT_TRUE(fly(5, 3));
    EXPECT_THAT(landed, ElementsAre("n0 came", "n1 came", "n2 came", "n3 came", "n4 came"));
    EXPECT_EQ(transport.most_under_way, 3U);
    EXPECT_EQ(sent, 5U);
}

TEST_F(FlightsOfAList, WhoeverDoesNotAnswerIsTriedAgainAndTheOthersAreNot) {
    transport.node = [](const FakeTransport::Sent& one) -> Result<isa::Packet> {
        if (one.destination == IpAddress::v4(0x0a000001)) {
            return fail(Errc::TimedOut, {});
        }
        return packet_of({std::int64_t{1}});
    };
    ASSERT_TRUE(fly(2, 1, 2));
    EXPECT_EQ(landed[0], "n0 came");
    EXPECT_THAT(landed[1], HasSubstr("n1 (10.0.0.1): 3 tries of 1000 ms by SNAP"));
    EXPECT_EQ(sent, 4U);
}

TEST_F(FlightsOfAList, EndWhereTheTransportFails) {
    transport.node = [](const FakeTransport::Sent&) -> Result<isa::Packet> {
        return fail(Errc::NoDaemon, "closed");
    };
    const auto flown = fly(3, 2);
    ASSERT_FALSE(flown);
    EXPECT_EQ(flown.error().code, Errc::NoDaemon);
    EXPECT_TRUE(landed.empty());
}

}  // namespace
}  // namespace splash::cli
