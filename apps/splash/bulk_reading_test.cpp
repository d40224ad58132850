#include "bulk_reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "value_text.hpp"

namespace splash::cli {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Oid oid(std::string_view text) {
    return *oid_from_name(text);
}

/// An agent that answers as RFC 3416 says, as far as the test lets it.
struct Agent {
    std::map<Oid, isa::Value> objects;
    std::size_t most_bindings = 100'000;  ///< more are left out
    unsigned most_repetitions = 100'000;  ///< more are tooBig
    unsigned loses = 0;                   ///< so many of the next requests
    std::size_t octets_each = 20;
    milliseconds elapsed{1};
    std::vector<unsigned> asked;  ///< repetitions
    std::size_t came = 0;

    Result<BulkAnswer> answer(const std::vector<Oid>& after, unsigned repetitions) {
        asked.push_back(repetitions);
        if (loses > 0) {
            --loses;
            return fail(Errc::TimedOut, {});
        }
        if (repetitions > most_repetitions) {
            return fail(Errc::TooLarge, {});
        }
        BulkAnswer answer{.lines = {}, .octets = 0, .elapsed = elapsed};
        std::vector<Oid> at = after;
        for (unsigned i = 0; i < repetitions; ++i) {
            for (Oid& cursor : at) {
                const auto next = objects.upper_bound(cursor);
                const bool is_end = next == objects.end();
                cursor = is_end ? cursor : next->first;
                answer.lines.push_back(
                    {cursor, is_end ? isa::Value(isa::Exc::EndOfMibView) : next->second, {}, {}});
            }
        }
        while (answer.lines.size() > most_bindings) {
            answer.lines.pop_back();
        }
        answer.octets = octets_each * answer.lines.size();
        came += answer.lines.size();
        return answer;
    }
    BulkReader reader(Tries tries = {.timeout = milliseconds(1000), .retries = 2}) {
        return BulkReader([this](const std::vector<Oid>& after, unsigned n) { return answer(after, n); },
                          tries);
    }
};

Agent agent_with_interfaces(std::size_t rows) {
    Agent agent;
    for (std::size_t row = 1; row <= rows; ++row) {
        const std::string index = "." + std::to_string(row);
        agent.objects[oid("ifIndex" + index)] = static_cast<std::int64_t>(row);
        agent.objects[oid("ifMtu" + index)] = std::int64_t{1500};
        if (row % 2 == 0) {
            agent.objects[oid("ifInErrors" + index)] = std::int64_t{0};
        }
    }
    agent.objects[oid("ifNumber.0")] = static_cast<std::int64_t>(rows);
    agent.objects[oid("ipForwarding.0")] = std::int64_t{1};
    return agent;
}

struct Read {
    Result<> result;
    std::map<Oid, isa::Value> objects;
};
Read read(Agent& agent, const std::vector<std::string>& names, Ordering ordering = Ordering::Ascending) {
    std::vector<Oid> columns;
    for (const std::string& name : names) {
        columns.push_back(oid(name));
    }
    Read read;
    BulkReader reader = agent.reader();
    read.result = read_columns(columns, ordering, reader, [&read](const Line& line) {
        EXPECT_TRUE(read.objects.emplace(line.object, line.value).second) << print_object(line.object);
    });
    return read;
}

TEST(ReadColumns, ReadsColumnsOfDifferentLengthWhole) {
    for (const std::size_t rows : {1U, 7U, 300U}) {
        Agent agent = agent_with_interfaces(rows);
        const Read all = read(agent, {"ifIndex", "ifMtu", "ifInErrors", "ifOutErrors"});
        EXPECT_TRUE(all.result);
        EXPECT_EQ(all.objects.size(), 2 * rows + rows / 2);
    }
}

TEST(ReadColumns, AsksForMoreWhileAnswersComeWholeAndFast) {
    Agent agent = agent_with_interfaces(300);
    static_cast<void>(read(agent, {"ifIndex", "ifMtu"}));
    EXPECT_THAT(agent.asked, ElementsAre(20, 40, 80, 160, 320));
    Agent slow = agent_with_interfaces(100);
    slow.elapsed = milliseconds(400);
    static_cast<void>(read(slow, {"ifIndex", "ifMtu"}));
    EXPECT_THAT(slow.asked, ElementsAre(20, 20, 20, 20, 20, 20));
}

TEST(ReadColumns, KeepsMessagesBelowSixteenKilobytes) {
    Agent agent = agent_with_interfaces(300);
    agent.octets_each = 200;
    static_cast<void>(read(agent, {"ifIndex", "ifMtu"}));
    for (const unsigned repetitions : agent.asked) {
        EXPECT_LE(repetitions * 2 * 200, Pace::kMostAnswer);
    }
}

TEST(ReadColumns, GoesBackToWhatTheAgentGivesAndStaysThere) {
    Agent agent = agent_with_interfaces(300);
    agent.most_bindings = 60;
    EXPECT_TRUE(read(agent, {"ifIndex", "ifMtu"}).result);
    EXPECT_EQ(agent.asked[1], 40U);
    EXPECT_EQ(agent.asked[2], 30U);
    EXPECT_EQ(agent.asked.back(), 30U);
}

TEST(ReadColumns, GoesBackWhereAnAnswerIsTooBigOrLost) {
    Agent agent = agent_with_interfaces(100);
    agent.most_repetitions = 8;
    EXPECT_EQ(read(agent, {"ifIndex", "ifMtu"}).objects.size(), 200U);
    EXPECT_EQ(agent.asked.back(), 5U);
    Agent lossy = agent_with_interfaces(100);
    lossy.loses = 2;
    EXPECT_EQ(read(lossy, {"ifIndex", "ifMtu"}).objects.size(), 200U);
    EXPECT_EQ(lossy.asked.back(), 5U);
    Agent silent = agent_with_interfaces(100);
    silent.loses = 1000;
    const Read nothing = read(silent, {"ifIndex"});
    ASSERT_FALSE(nothing.result);
    EXPECT_EQ(nothing.result.error().code, Errc::TimedOut);
    EXPECT_THAT(nothing.result.error().detail, HasSubstr("3 tries by SNMP"));
}

TEST(ReadColumns, NamesTheAgentThatLeadsInACircle) {
    for (const Ordering ordering : {Ordering::Ascending, Ordering::Any}) {
        BulkReader reader(
            [](const std::vector<Oid>&, unsigned) -> Result<BulkAnswer> {
                return BulkAnswer{
                    .lines = {{oid("ifMtu.2"), std::int64_t{1}, {}, {}}}, .octets = 20, .elapsed = {}};
            },
            {.timeout = milliseconds(1000), .retries = 0});
        const auto result = read_columns({oid("ifMtu")}, ordering, reader, [](const Line&) {});
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, Errc::Protocol);
        EXPECT_THAT(result.error().detail, HasSubstr("IF-MIB::ifMtu.2 came after IF-MIB::ifMtu.2"));
    }
}

std::vector<std::string> columns_of(Agent& agent, const Oid& entry) {
    BulkReader reader = agent.reader();
    const auto found =
        find_columns(entry, [&reader](const std::vector<Oid>& oids) { return reader.next_of(oids); });
    std::vector<std::string> names;
    for (const Oid& column : found.value_or(std::vector<Oid>{})) {
        names.push_back(print_object(column));
    }
    return names;
}

TEST(FindColumns, FindsThoseThatHaveAnInstanceInOneRequest) {
    Agent agent = agent_with_interfaces(5);
    EXPECT_THAT(columns_of(agent, oid("ifEntry")),
                ElementsAre("IF-MIB::ifIndex", "IF-MIB::ifMtu", "IF-MIB::ifInErrors"));
    EXPECT_EQ(agent.asked.size(), 1U);
    agent.most_bindings = 3;  // whatever the agent cuts off is asked for again
    EXPECT_EQ(columns_of(agent, oid("ifEntry")).size(), 3U);
}

TEST(FindColumns, FindsThoseBehindTheListedAndTheUnlisted) {
    Agent agent = agent_with_interfaces(5);
    agent.objects[oid("ifEntry.40.1")] = std::int64_t{1};
    agent.objects[oid("ifEntry.90.1")] = std::int64_t{1};
    EXPECT_EQ(columns_of(agent, oid("ifEntry")).size(), 5U);
    agent.objects[oid("1.3.6.1.4.1.9.9.1.1.7.5")] = std::int64_t{1};
    agent.objects[oid("1.3.6.1.4.1.9.9.1.1.77.5")] = std::int64_t{1};
    EXPECT_THAT(columns_of(agent, oid("1.3.6.1.4.1.9.9.1.1")),
                ElementsAre(HasSubstr("9.9.1.1.7"), HasSubstr("9.9.1.1.77")));
    EXPECT_TRUE(columns_of(agent, oid("1.3.6.1.4.1.9.9.2.1")).empty());
}

TEST(FindEntry, GoesByNamesAndElseByWhatIsThere) {
    Agent agent;
    agent.objects[oid("1.3.6.1.4.1.9.9.1.1.7.5")] = std::int64_t{1};
    const auto entry_of = [&agent](std::string_view root) {
        BulkReader reader = agent.reader();
        return find_entry(oid(root), [&reader](const std::vector<Oid>& oids) { return reader.next_of(oids); })
            ->to_string();
    };
    EXPECT_EQ(entry_of("ifTable"), oid("ifEntry").to_string());
    EXPECT_EQ(entry_of("ifEntry"), oid("ifEntry").to_string());
    EXPECT_EQ(agent.asked.size(), 0U);
    EXPECT_EQ(entry_of("1.3.6.1.4.1.9.9.1"), ".1.3.6.1.4.1.9.9.1.1");
    EXPECT_EQ(entry_of("1.3.6.1.4.1.9.9.1.1"), ".1.3.6.1.4.1.9.9.1.1");
}

}  // namespace
}  // namespace splash::cli
