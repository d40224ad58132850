#include "answers.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace splash::cli {
namespace {

/// A delivery or report of some 30 KB whose words would take gigabytes if each were expanded by itself.
isa::Packet a_packet_that_unfolds() {
    constexpr std::size_t kNamed = 500;
    constexpr std::size_t kWords = 1000;
    isa::HeapWriter writer;
    auto tuple = std::make_shared<isa::Tuple>();
    tuple->fields.assign(kNamed, isa::Str{std::string(16'000, 'x')});
    const isa::Word word = writer.put(isa::Value(std::shared_ptr<const isa::Tuple>(tuple)));
    isa::Packet packet;
    packet.heap = writer.heap();
    packet.stack.assign(kWords, word);
    return packet;
}

TEST(ReadAnswer, RefusesADeliveryThatUnfoldsWithoutBounds) {
    const auto answer = read_answer(a_packet_that_unfolds());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::Protocol);
    EXPECT_EQ(answer.error().detail, "value 1 of a delivery from 0.0.0.0 is malformed or too large");
}

TEST(ReadAnswer, CountsForAllValuesOfADelivery) {
    isa::HeapWriter writer;
    isa::Packet packet;
    packet.stack.assign(100, writer.put(isa::Value(isa::Str{std::string(16'000, 'x')})));
    packet.heap = writer.heap();
    const auto answer = read_answer(packet);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().detail, "value 66 of a delivery from 0.0.0.0 is malformed or too large");
}

TEST(ReadAnswer, KeepsOfAReportWhatIsWithinBounds) {
    isa::Packet packet = a_packet_that_unfolds();
    packet.header.flags = isa::Flags::kReport;
    for (const std::int64_t fixed : {9, 1}) {
        packet.stack.push_back(isa::Word::inline_int(fixed));
    }
    packet.stack.push_back(isa::Word::inline_v4(0x0a000001));
    for (const std::int64_t fixed : {3, 132}) {
        packet.stack.push_back(isa::Word::inline_int(fixed));
    }
    const auto answer = read_answer(packet);
    ASSERT_TRUE(answer);
    const auto& report = std::get<isa::Report>(*answer);
    EXPECT_EQ(report.index, 3);
    EXPECT_TRUE(report.stack.empty());
}

}  // namespace
}  // namespace splash::cli
