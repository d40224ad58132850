#include "way.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "known_nodes.hpp"

namespace splash::cli {
namespace {

using ::testing::HasSubstr;

Facts facts(std::uint64_t snmp, std::uint64_t snap, Runs runs) {
    return {.snmp = WayCost{2, snmp},
            .snmp_refusal = {},
            .snap = WayCost{2, snap},
            .snap_refusal = {},
            .runs = runs,
            .runs_because = runs == Runs::No ? "n5: no Splash node there" : "",
            .probe = {2, 130}};
}

TEST(ChooseWay, TakesSnapWhereItSavesATenth) {
    EXPECT_EQ(choose_way(facts(1000, 900, Runs::Yes)).via, Via::Snap);
    EXPECT_EQ(choose_way(facts(1000, 901, Runs::Yes)).via, Via::Snmp);
    EXPECT_EQ(choose_way(facts(1000, 2000, Runs::Yes)).via, Via::Snmp);
    EXPECT_THAT(choose_way(facts(1000, 900, Runs::Yes)).reason, HasSubstr("SNAP 900 octets, SNMP 1000"));
}

TEST(ChooseWay, TakesSnmpWhereNoSplashIs) {
    EXPECT_EQ(choose_way(facts(1000, 100, Runs::No)).via, Via::Snmp);
    EXPECT_EQ(choose_way(facts(1000, 100, Runs::No)).reason, "n5: no Splash node there");
    EXPECT_EQ(choose_way(facts(1000, 100, Runs::Silent)).via, Via::Snmp);
    Facts none = facts(1000, 100, Runs::Unknown);
    none.snap.reset();
    none.snap_refusal = "nobody there";
    EXPECT_EQ(choose_way(none).reason, "nobody there");
}

TEST(ChooseWay, AsksWhoRunsSplashOnlyWhereThatPays) {
    EXPECT_TRUE(is_worth_probing(facts(1000, 800, Runs::Unknown)));
    EXPECT_FALSE(is_worth_probing(facts(1000, 880, Runs::Unknown)));   // saves less than the probe costs
    EXPECT_FALSE(is_worth_probing(facts(9000, 8500, Runs::Unknown)));  // too little to choose it
    EXPECT_THAT(choose_way(facts(1000, 880, Runs::Unknown)).reason, HasSubstr("costs 130"));
    Facts no_snmp = facts(0, 500, Runs::Unknown);
    no_snmp.snmp.reset();
    no_snmp.snmp_refusal = "no community";
    EXPECT_TRUE(is_worth_probing(no_snmp));
    EXPECT_EQ(choose_way(no_snmp).via, Via::Snap);
}

/// 50 octets, and 20 more for each binding: 24 with a value.
Result<std::size_t> snmp_size(const std::vector<Binding>& bindings) {
    std::size_t size = 50;
    for (const Binding& binding : bindings) {
        size += binding.value ? 24 : 20;
    }
    return size;
}

TEST(WayCosts, AreThoseOfTheMessagesThatWouldBeSent) {
    const Work work =
        work_of(questions_about(Question::Kind::Get, {*oid_from_name("ifMtu.1"), *oid_from_name("ifMtu.2")}));
    const auto snmp = cost_by_snmp(work, snmp_size);
    ASSERT_TRUE(snmp);
    EXPECT_EQ(*snmp, (WayCost{2, 50 + 40 + 28 + 50 + 48 + 28}));
    const auto snap = cost_by_snap(work, Journey::Direct, 0);
    ASSERT_TRUE(snap);
    const std::size_t program = question_program(work.questions, Journey::Direct).to_wire().size();
    // Home come a header, two instructions and two words.
    EXPECT_EQ(*snap, (WayCost{2, program + 20 + (20 + 8 + 16) + 20}));
    EXPECT_EQ(cost_by_snap(work, Journey::ByHop, 0)->octets, snap->octets + 8);
    EXPECT_EQ(cost_by_snap(work, Journey::Stays, 1200)->octets, 1200U + 28 + (20 + 16) + 28);
}

TEST(WayCosts, AreLessForWhatIsChosenOnTheNode) {
    RowQuery query{.entry = *oid_from_name("ifEntry"),
                   .shown = {},
                   .where = *Condition::parse("ifInErrors > 0"),
                   .aggregate = Aggregate{}};
    const auto counted = cost_by_snap(work_of_rows(query, true), Journey::Direct, 0);
    const auto read = cost_by_snmp(work_of_rows(query, true), snmp_size);
    ASSERT_TRUE(counted && read);
    EXPECT_EQ(counted->messages, 2U);
    EXPECT_LT(counted->octets * 2, read->octets);
    query.aggregate.reset();
    query.shown = {*oid_from_name("ifDescr")};
    EXPECT_GT(cost_by_snap(work_of_rows(query, true), Journey::Direct, 0)->octets, counted->octets);
    EXPECT_GT(cost_by_snap(work_of_rows(query, false), Journey::Direct, 0)->messages, 2U);
    EXPECT_GT(cost_by_snap(work_of_walk(*oid_from_name("ifTable")), Journey::Direct, 0)->messages, 2U);
    EXPECT_GT(cost_by_snmp(work_of_walk(*oid_from_name("ifTable")), snmp_size)->octets, 128U * 24);
}

class KnownNodesFile : public testing::Test {
protected:
    KnownNodesFile()
        : directory(std::filesystem::temp_directory_path() / ("splash-known-" + std::to_string(getpid()))),
          file(directory / "splash" / "nodes.json") {}
    ~KnownNodesFile() override { std::filesystem::remove_all(directory); }

    std::filesystem::path directory;
    std::filesystem::path file;
    const KnownNodes::Now now = std::chrono::system_clock::time_point(std::chrono::hours(500'000));
};

TEST_F(KnownNodesFile, RemembersForAnHourAndSilenceForAMinute) {
    KnownNodes known = KnownNodes::load(file);
    EXPECT_FALSE(known.find("n1", now));
    ASSERT_TRUE(known.remember("n1", {Runs::Yes, {}}, now));
    ASSERT_TRUE(known.remember("n2", {Runs::No, "refused"}, now));
    ASSERT_TRUE(known.remember("n3", {Runs::Silent, {}}, now));
    const KnownNodes later = KnownNodes::load(file);
    const auto at = [this](int minutes) { return now + std::chrono::minutes(minutes); };
    EXPECT_EQ(later.find("n1", at(59))->runs, Runs::Yes);
    EXPECT_EQ(later.find("n2", at(59))->because, "refused");
    EXPECT_FALSE(later.find("n1", at(61)));
    EXPECT_TRUE(later.find("n3", at(0)));
    EXPECT_FALSE(later.find("n3", at(2)));
    EXPECT_FALSE(later.find("n1", at(-120)));  // the clock was set back
}

TEST_F(KnownNodesFile, RemembersRoutes) {
    KnownNodes known = KnownNodes::load(file);
    const std::vector<IpAddress> route{IpAddress::v4(0x0a000001), *IpAddress::parse("fd00::2")};
    const std::map<std::string, KnownNodes::Entry> entries{
        {"n1", {.runs = Runs::Yes, .because = {}, .route = route}},
        {"n2", {.runs = Runs::Silent, .because = {}}}};
    ASSERT_TRUE(known.remember(entries, now));
    const KnownNodes later = KnownNodes::load(file);
    EXPECT_EQ(later.find("n1", now)->route, route);
    EXPECT_EQ(later.find("n2", now)->runs, Runs::Silent);
    EXPECT_TRUE(later.find("n2", now)->route.empty());
}

TEST_F(KnownNodesFile, ForgetsAndSurvivesWhatIsNoneOfOurs) {
    KnownNodes known = KnownNodes::load(file);
    ASSERT_TRUE(known.remember("n1", {Runs::Yes, {}}, now));
    ASSERT_TRUE(known.forget("n1", now));
    EXPECT_FALSE(KnownNodes::load(file).find("n1", now));
    for (const char* const content :
         {"", "{", "[1]", R"({"n1": {"runs": 7, "because": "", "until": 1}})", R"({"n1": 5})"}) {
        std::ofstream(file) << content;
        EXPECT_FALSE(KnownNodes::load(file).find("n1", now)) << content;
    }
    std::filesystem::remove_all(directory);
    std::ofstream(directory) << "a file where the directory should be";
    const auto refused = KnownNodes::load(file).remember("n1", {Runs::Yes, {}}, now);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::System);
}

}  // namespace
}  // namespace splash::cli
