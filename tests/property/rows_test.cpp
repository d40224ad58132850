// Rows are the same whether the node chooses them or the client does: `splash table --where` on a network in
// memory, over a table that several packets are needed for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "row_program.hpp"
#include "row_query.hpp"
#include "simnet/sim_network.hpp"

namespace splash::cli {
namespace {

using simnet::SimClient;
using simnet::SimNetwork;
using simnet::SimNode;
using ::testing::HasSubstr;

constexpr std::size_t kRows = 300;
using Function = Aggregate::Function;

Oid oid(std::string_view text) {
    return *oid_from_name(text);
}
Oid cell(std::string_view column, std::size_t row) {
    return oid(std::string(column) + "." + std::to_string(row));
}
const Oid kEntry = oid("ifEntry");

/// Two hops away a table in which some rows lack a column; an answer is what came home, packet by packet.
class Rows : public testing::Test {
protected:
    Rows() {
        simnet::make_line(network, 3);
        client = &near().connect_client();
        auto& objects = far().mib().objects;
        for (std::size_t row = 1; row <= kRows; ++row) {
            objects[cell("ifDescr", row)] = isa::Str{"eth" + std::to_string(row)};
            objects[cell("ifMtu", row)] = std::int64_t{1500};
            objects[cell("ifInOctets", row)] = static_cast<std::int64_t>(row * 7919 % 1000);
            if (row % 3 != 0) {
                objects[cell("ifInErrors", row)] = static_cast<std::int64_t>(row % 7);
            }
            objects[cell("ifHCInOctets", row)] = static_cast<std::int64_t>(row) * 5'000'000'000;
        }
        objects[oid("sysUpTime.0")] = std::int64_t{700};
    }
    SimNode& near() { return network.at(0); }
    SimNode& far() { return network.at(2); }

    static RowQuery query(std::vector<std::string_view> shown, std::string_view where,
                          std::optional<Aggregate> aggregate = {}) {
        RowQuery made{.entry = kEntry, .shown = {}, .where = {}, .aggregate = aggregate};
        for (const std::string_view column : shown) {
            made.shown.push_back(oid(column));
        }
        if (!where.empty()) {
            made.where = *Condition::parse(where);
        }
        return made;
    }
    static Aggregate of(Function function, std::string_view column, unsigned most = 1) {
        return {.function = function, .column = oid(column), .most = most};
    }

    Delivery ask(const isa::Packet& program) {
        client->deliveries.clear();
        client->reports.clear();
        near().inject(*client, program, far().primary(), 255);
        network.settle();
        EXPECT_EQ(client->deliveries.size(), 1U)
            << (client->reports.empty() ? "" : isa::to_string(client->reports[0].reason));
        ++packets;
        return {.node = {}, .values = client->answer()};
    }

    RowAnswer by_node(const RowQuery& asked, std::size_t room = 1200, Journey journey = Journey::Direct) {
        RowTally tally(asked);
        std::optional<Oid> after = asked.key();
        for (packets = 0; after && packets < kRows + 1;) {
            const auto program = row_program(asked, *after, room, journey);
            EXPECT_TRUE(program);
            const Target target{.text = "far", .address = far().primary(), .port = {}};
            const auto next = read_rows(asked, *after, ask(*program), target, tally);
            EXPECT_TRUE(next) << next.error().detail;
            after = next ? *next : std::nullopt;
        }
        return tally.take();
    }

    RowAnswer by_client(const RowQuery& asked) {
        const auto& objects = far().mib().objects;
        const auto value = [&objects](const Oid& object) {
            const auto found = objects.find(object);
            return found == objects.end() ? isa::Value(isa::Exc::NoSuchInstance) : found->second;
        };
        std::vector<isa::Value> instances;
        for (const Oid& instance : asked.instances()) {
            instances.push_back(value(instance));
        }
        RowTally tally(asked);
        for (const auto& [object, key] : objects) {
            if (!object.starts_with(asked.key())) {
                continue;
            }
            std::vector<isa::Value> columns;
            for (const Oid& column : asked.columns()) {
                std::vector<std::uint32_t> subids(column.subids().begin(), column.subids().end());
                subids.push_back(object.subids().back());
                columns.push_back(value(*Oid::from_subids(subids)));
            }
            EXPECT_TRUE(tally.consider(object, columns, instances));
        }
        return tally.take();
    }

    static std::string text_of(const RowAnswer& answer) {
        std::string text = std::to_string(answer.count) + " " + isa::to_string(answer.sum);
        for (const ChosenRow& row : answer.rows) {
            text += "\n" + row.instance.to_string();
            for (const isa::Value& value : row.values) {
                text += " " + isa::to_string(value);
            }
        }
        return text;
    }
    void expect_same(const RowQuery& asked) {
        EXPECT_EQ(text_of(by_node(asked)), text_of(by_client(asked)));
        EXPECT_EQ(text_of(by_node(asked, 300, Journey::ByHop)), text_of(by_client(asked)));
    }

    SimNetwork network;
    SimClient* client = nullptr;
    std::size_t packets = 0;
};

TEST_F(Rows, AreTheSameWhoeverChooses) {
    for (const char* const where :
         {"ifInErrors > 3", "ifInErrors != 0 and ifMtu = 1500", "not ifInErrors = 2", "ifDescr = 'eth77'",
          "ifInOctets / 10 * 10 = ifInOctets or ifDescr < 'eth12'", "ifInErrors = ifInErrors",
          "ifHCInOctets > 1400000000000", "sysUpTime.0 > 600 and ifInErrors = 6", "sysUpTime.0 > 900",
          "ifOutErrors > 0", "ifInErrors / 0 = 1", ""}) {
        SCOPED_TRACE(where);
        expect_same(query({"ifDescr"}, where));
        expect_same(query({"ifInErrors", "ifDescr", "ifHCInOctets", "ifOutErrors"}, where));
    }
}

TEST_F(Rows, ComeToTheSameWhoeverAddsUp) {
    for (const char* const where : {"", "ifInErrors > 3", "not ifInErrors = 2", "sysUpTime.0 > 900"}) {
        SCOPED_TRACE(where);
        for (const Function function :
             {Function::Sum, Function::Average, Function::Minimum, Function::Maximum}) {
            expect_same(query({}, where, of(function, "ifInErrors")));
            expect_same(query({}, where, of(function, "ifHCInOctets")));
        }
        for (const unsigned most : {2U, 5U, 16U}) {
            expect_same(query({}, where, of(Function::Top, "ifInOctets", most)));
            expect_same(query({}, where, of(Function::Top, "ifInErrors", most)));
        }
        expect_same(query({"ifDescr"}, where, Aggregate{}));
    }
    expect_same(query({}, "ifInErrors > 3", Aggregate{}));
}

TEST_F(Rows, ThatAreCountedComeHomeAsOneNumber) {
    const RowAnswer answer = by_node(query({}, "ifInErrors > 3", Aggregate{}));
    EXPECT_EQ(answer.number(Function::Count), isa::Value(std::int64_t{86}));
    EXPECT_EQ(packets, 1U);  // 200 rows have errors, and the bound is enough for 250
}

TEST_F(Rows, OfAnEmptyTableAreNone) {
    far().mib().objects.clear();
    EXPECT_EQ(text_of(by_node(query({"ifDescr"}, "ifMtu > 0"))), "0 0");
    EXPECT_FALSE(by_node(query({}, "", of(Function::Average, "ifMtu"))).number(Function::Average));
}

TEST_F(Rows, WithTextWhereNumbersAreWantedEndInAReport) {
    const auto program =
        row_program(query({}, "", of(Function::Sum, "ifDescr")), oid("ifDescr"), 1200, Journey::Direct);
    near().inject(*client, *program, far().primary(), 255);
    network.settle();
    ASSERT_EQ(client->reports.size(), 1U);
    EXPECT_EQ(client->reports[0].reason, isa::Reason::WrongType);
}

TEST(RowDelivery, OfANodeWithoutTheServiceSaysSo) {
    RowQuery asked{.entry = kEntry, .shown = {oid("ifDescr")}, .where = {}, .aggregate = {}};
    RowTally tally(asked);
    const Target target{.text = "old", .address = IpAddress::v4(1), .port = {}};
    const auto next =
        read_rows(asked, asked.key(), {.node = {}, .values = {isa::Exc::NoSuchService}}, target, tally);
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().code, Errc::Unsupported);
    EXPECT_THAT(next.error().detail, HasSubstr("snmp_getcell"));
}

TEST(RowDelivery, ThatIsNoneIsRefused) {
    RowQuery asked{.entry = kEntry, .shown = {oid("ifDescr")}, .where = {}, .aggregate = {}};
    const Target target{.text = "n5", .address = IpAddress::v4(1), .port = {}};
    const isa::Value more = std::int64_t{0};
    const isa::Value ended = std::int64_t{1};
    const isa::Value at = cell("ifDescr", 5);
    const isa::Value other = cell("ifMtu", 5);
    for (const std::vector<isa::Value>& values :
         std::vector<std::vector<isa::Value>>{{},
                                              {more},
                                              {at},
                                              {other, more},
                                              {at, at, more},
                                              {isa::Value(oid("ifDescr")), more},
                                              {at, at, at, ended}}) {
        RowTally tally(asked);
        EXPECT_FALSE(read_rows(asked, asked.key(), {.node = {}, .values = values}, target, tally))
            << values.size();
    }
    RowTally tally(asked);
    const auto next = read_rows(asked, asked.key(), {.node = {}, .values = {at, isa::Str{"eth5"}, at, more}},
                                target, tally);
    ASSERT_TRUE(next);
    EXPECT_EQ(*next, std::get<Oid>(at));
    EXPECT_EQ(tally.take().rows.size(), 1U);
}

}  // namespace
}  // namespace splash::cli
