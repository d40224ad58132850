#include "walking.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_transport_for_test.hpp"
#include "table_cells.hpp"
#include "value_text.hpp"

namespace splash::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Sent = FakeTransport::Sent;

Oid oid(std::string_view text) {
    return *oid_from_name(text);
}
const Target kTarget{.text = "n5", .address = IpAddress::v4(0x0a000005), .port = {}};

Line line(std::string_view object, isa::Value value = std::int64_t{1}) {
    return {oid(object), std::move(value), {}, {}};
}

struct Walked {
    Result<> result;
    std::vector<std::string> objects;
    std::vector<std::string> asked;
};

/// Walks through batches given beforehand, one a request.
Walked walk(const std::vector<Batch>& batches, Ordering ordering = Ordering::Ascending) {
    Walked walked;
    const auto fetch = [&](const Oid& after) -> Result<Batch> {
        walked.asked.push_back(print_object(after));
        return walked.asked.size() <= batches.size() ? Result<Batch>(batches[walked.asked.size() - 1])
                                                     : fail(Errc::TimedOut, "enough");
    };
    walked.result = walk_subtree(oid("ifTable"), ordering, fetch, [&](const Line& taken) {
        walked.objects.push_back(print_object(taken.object));
    });
    return walked;
}

TEST(WalkSubtree, GoesOnFromTheLastObjectUntilTheSubtreeEnds) {
    const Walked walked = walk({{.lines = {line("ifIndex.1"), line("ifIndex.2")}, .is_last = false},
                                {.lines = {line("ifDescr.1"), line("ipForwarding.0")}, .is_last = false}});
    EXPECT_TRUE(walked.result);
    EXPECT_THAT(walked.objects, ElementsAre("IF-MIB::ifIndex.1", "IF-MIB::ifIndex.2", "IF-MIB::ifDescr.1"));
    EXPECT_THAT(walked.asked, ElementsAre("IF-MIB::ifTable", "IF-MIB::ifIndex.2"));
}

TEST(WalkSubtree, EndsWithTheMib) {
    const Walked walked =
        walk({{.lines = {line("ifIndex.1"), line("ifIndex.1", isa::Exc::EndOfMibView)}, .is_last = false}});
    EXPECT_TRUE(walked.result);
    EXPECT_EQ(walked.objects.size(), 1U);
}

TEST(WalkSubtree, NamesBothOidsWhereTheyDoNotIncrease) {
    const Walked walked = walk(
        {{.lines = {line("ifIndex.2")}, .is_last = false}, {.lines = {line("ifIndex.1")}, .is_last = false}});
    ASSERT_FALSE(walked.result);
    EXPECT_EQ(walked.result.error().code, Errc::Protocol);
    EXPECT_THAT(
        walked.result.error().detail,
        HasSubstr("IF-MIB::ifIndex.1 came after IF-MIB::ifIndex.2: the agent's OIDs do not increase"));
    EXPECT_THAT(walked.result.error().detail, HasSubstr("--unordered"));
}

TEST(WalkSubtree, GoesOnUnorderedUntilAnOidComesAgain) {
    const Walked walked = walk({{.lines = {line("ifIndex.2"), line("ifIndex.1")}, .is_last = false},
                                {.lines = {line("ifIndex.2")}, .is_last = false}},
                               Ordering::Any);
    ASSERT_FALSE(walked.result);
    EXPECT_EQ(walked.objects.size(), 2U);
    EXPECT_THAT(walked.result.error().detail, HasSubstr("circle"));
}

TEST(WalkSubtree, DoesNotAskForeverWhereNothingComes) {
    const Walked walked = walk({Batch{}, Batch{}});
    ASSERT_FALSE(walked.result);
    EXPECT_EQ(walked.result.error().code, Errc::Protocol);
}

Result<Batch> fetched(FakeTransport& transport, const Tries& tries = {}) {
    SnapFetch fetch(transport, kTarget, tries, oid("ifTable"), Ordering::Ascending);
    return fetch(oid("ifTable"));
}

Result<Batch> fetched(const std::vector<isa::Value>& delivered) {
    FakeTransport transport;
    transport.node = [&](const Sent&) -> Result<isa::Packet> { return packet_of(delivered); };
    return fetched(transport);
}

TEST(SnapFetch, ReadsPairsAndGoesOn) {
    const auto batch = fetched({oid("ifIndex.1"), std::int64_t{1}});
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->lines.size(), 1U);
    EXPECT_FALSE(batch->is_last);
}

TEST(SnapFetch, SeesTheEndOfTheSubtreeAndOfTheMib) {
    const Oid row = oid("ifIndex.1");
    for (const auto& [next, value] : std::vector<std::pair<Oid, isa::Value>>{
             {oid("ipForwarding.0"), std::int64_t{0}}, {row, isa::Exc::EndOfMibView}}) {
        const auto batch = fetched({row, std::int64_t{1}, row, next, value});
        ASSERT_TRUE(batch);
        EXPECT_EQ(batch->lines.size(), 1U);
        EXPECT_TRUE(batch->is_last);
    }
}

TEST(SnapFetch, LeavesAnOidThatDoesNotFollowToBeSeen) {
    const Oid row = oid("ifIndex.1");
    const auto batch = fetched({row, std::int64_t{1}, row, row, std::int64_t{0}});
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->lines.size(), 2U);
    EXPECT_FALSE(batch->is_last);
}

TEST(SnapFetch, TellsRefusalsFromMissingServicesAndNonsense) {
    const Oid root = oid("ifTable");
    EXPECT_EQ(fetched({root, isa::Exc::NotPermitted, isa::Exc::NotPermitted}).error().code, Errc::Refused);
    EXPECT_EQ(fetched({root, root, isa::Exc::NoSuchService}).error().code, Errc::Unsupported);
    EXPECT_EQ(fetched({std::int64_t{1}}).error().code, Errc::Protocol);
    EXPECT_EQ(fetched({std::int64_t{1}, std::int64_t{1}}).error().code, Errc::Protocol);
}

TEST(SnapFetch, AsksForSmallerPacketsWhereTheWayHomeIsNarrow) {
    FakeTransport transport;
    transport.node = [](const Sent&) -> Result<isa::Packet> {
        return packet_of({static_cast<std::int64_t>(isa::reason_from_exc(isa::Exc::DoesNotFit))},
                         isa::Flags::kReport);
    };
    const auto batch = fetched(transport);
    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().code, Errc::Reported);
    EXPECT_EQ(transport.sent.size(), 5U) << "1400, 700, 350, 175 octets and a single object";
}

TEST(SnapFetch, AsksForLessWhenNothingComes) {
    FakeTransport transport;
    transport.node = [](const Sent&) -> Result<isa::Packet> { return fail(Errc::TimedOut, {}); };
    const auto batch = fetched(transport, Tries{.retries = 1});
    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error(), (Error{Errc::TimedOut, "2 tries of 1000 ms by SNAP"}));
    ASSERT_EQ(transport.sent.size(), 2U);
    EXPECT_NE(transport.sent[0].program.code, transport.sent[1].program.code);
}

TEST(SubtreeRoot, EndsAtTheFirstOidBehindIt) {
    EXPECT_EQ(SubtreeRoot(oid("1.3.6.1")).end(), oid("1.3.6.2"));
    EXPECT_EQ(SubtreeRoot(oid("1.3.6.4294967295")).end(), oid("1.3.7"));
    EXPECT_GT(SubtreeRoot(oid("1.39")).end(), oid("1.39.4294967295"));
}

TEST(SubtreeRoot, OfOneArcIsAskedAsAnOidButHasAllBelowTheArc) {
    const SubtreeRoot iso = *SubtreeRoot::from_arc(1);
    EXPECT_EQ(iso.asked(), oid("1.0"));
    EXPECT_EQ(iso.to_string(), ".1");
    EXPECT_TRUE(iso.contains(oid("1.3.6.1")));
    EXPECT_FALSE(iso.contains(oid("2.0")));
    EXPECT_EQ(iso.end(), oid("2.0"));
    EXPECT_EQ(SubtreeRoot::from_arc(0)->end(), oid("1.0"));
    EXPECT_GT(SubtreeRoot::from_arc(2)->end(), oid("2.999.1"));
    EXPECT_FALSE(SubtreeRoot::from_arc(3));
}

TEST(WalkSubtree, OfOneArcTakesWhatIsBelowTheArc) {
    std::vector<std::string> objects;
    const auto fetch = [](const Oid&) -> Result<Batch> {
        return Batch{.lines = {line("1.3.6.1.2.1.1.5.0"), line("2.5.1")}, .is_last = false};
    };
    EXPECT_TRUE(walk_subtree(*SubtreeRoot::from_arc(1), Ordering::Ascending, fetch,
                             [&](const Line& taken) { objects.push_back(print_object(taken.object)); }));
    EXPECT_THAT(objects, ElementsAre("SNMPv2-MIB::sysName.0"));
}

TEST(ArrangeTable, PutsCellsIntoRowsByIndex) {
    const std::vector<Line> lines{line("ifIndex.2"), line("ifIndex.10"),
                                  line("ifDescr.10", isa::Str{"eth, \"0\""}), line("1.3.6.1.2.1.2.2.1.99.2")};
    for (const std::string_view root : {"ifTable", "ifEntry"}) {
        const Table table = arrange_table(oid(root), lines);
        ASSERT_EQ(table.columns.size(), 3U);
        EXPECT_EQ(table.columns[1].name, "ifDescr");
        EXPECT_EQ(table.columns[2].name, "99");
        ASSERT_EQ(table.rows.size(), 2U);
        EXPECT_EQ(index_text(table.rows[0]), "2");
        EXPECT_EQ(table.rows[0].cells[1], nullptr) << "a cell that is not there";
        EXPECT_EQ(cell_text(*table.rows[1].cells[1]), "eth, \"0\"");
    }
    EXPECT_EQ(plain_text(line("sysUpTime.0", std::int64_t{123})), "123");
    EXPECT_EQ(cell_text(line("sysUpTime.0", std::int64_t{123})), "(123) 0:00:01.23");
    EXPECT_EQ(plain_text(line("sysObjectID.0", oid("1.3.6.1.4.1.8072.3.2.10"))), ".1.3.6.1.4.1.8072.3.2.10");
    EXPECT_EQ(plain_text(line("sysName.0", isa::Exc::NoSuchInstance)), "");
    EXPECT_EQ(csv_field("eth, \"0\""), "\"eth, \"\"0\"\"\"");
    EXPECT_EQ(csv_field("eth0"), "eth0");
}

TEST(ArrangeTable, TakesAnUnnamedEntryByItsCells) {
    const std::vector<Line> lines{line("1.3.6.1.4.1.8072.9999.1.2.5.7")};
    EXPECT_EQ(arrange_table(oid("1.3.6.1.4.1.8072.9999.1.2"), lines).rows.size(), 1U);
}

}  // namespace
}  // namespace splash::cli
