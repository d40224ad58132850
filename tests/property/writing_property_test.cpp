// What holds for writes across a network that loses and doubles packets, however often they are tried again.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "asm/assembler.hpp"
#include "random_program.hpp"
#include "simnet/sim_network.hpp"

namespace splash::property {
namespace {

using simnet::SimClient;
using simnet::SimNetwork;
using simnet::SimNode;
using namespace std::chrono_literals;

constexpr unsigned kWrites = 400;
constexpr unsigned kTries = 4;

isa::Packet assembled(const std::string& text) {
    auto program = assembly::assemble(text, "write", assembly::BuiltinNames{});
    if (!std::holds_alternative<assembly::Program>(program)) {
        ADD_FAILURE() << std::get<std::vector<assembly::Diagnostic>>(program).front().to_string();
        return {};
    }
    return std::get<assembly::Program>(std::move(program)).packet;
}

/// Travels, does `work`, brings home what that leaves on the stack.
isa::Packet errand(const std::string& work) {
    return assembled("        forw\n" + work +
                     "        getsrc\n        moveto home-pc\nhome:   forw\n        demuxall 0\n");
}

/// Tries a program again while nothing has come; the first answer's values, none if there is none.
std::vector<isa::Value> ask(SimNetwork& network, const isa::Packet& program, const IpAddress& to,
                            std::chrono::microseconds patience) {
    SimNode& start = network.at(0);
    SimClient& client = start.connect_client();
    for (unsigned tried = 0; tried < kTries && client.deliveries.empty(); ++tried) {
        start.inject(client, program, to, 100);
        network.run_for(patience);
    }
    std::vector<isa::Value> values;
    if (!client.deliveries.empty()) {
        const isa::Packet& first = client.deliveries.front();
        for (const isa::Word word : first.stack) {
            values.push_back(isa::read_value(word, first.heap).value_or(isa::Value(isa::Exc::ServiceFailed)));
        }
    }
    start.hang_up(client);
    return values;
}

/// Two hops that lose and double every fifth packet; the far end's MIB answers at once, or so late that tries
/// overtake each other, or later than a packet waits.
class WritingTest : public testing::Test {
protected:
    WritingTest() {
        simnet::make_line(network, 3, {.loss = 0.2, .duplication = 0.2});
        const std::array<std::optional<std::chrono::microseconds>, 4> delays{std::nullopt, 5ms, 400ms, 6s};
        std::mt19937_64 random(run_seed());
        for (unsigned i = 0; i < kWrites; ++i) {
            late.push_back(delays.at(random() % delays.size()));
        }
    }
    simnet::SimMib& mib() { return network.at(2).mib(); }
    static Oid object(unsigned i) { return *Oid::parse("1.3.6.1.4.1.8072.9999." + std::to_string(i)); }
    long writes_of(unsigned i) {
        return std::ranges::count(mib().requests(), object(i), &simnet::SimMib::Request::oid);
    }

    SimNetwork network{run_seed()};
    std::vector<std::optional<std::chrono::microseconds>> late;
};

TEST_F(WritingTest, SetOnceWritesAtMostOnceAndWhatItReportsDoneIsDone) {
    unsigned reported = 0;
    for (unsigned i = 0; i < kWrites; ++i) {
        mib().objects[object(i)] = isa::Str{"old"};
        mib().delay = late[i];
        const isa::Packet write = errand("        push " + std::to_string(1'000'000'000'000 + i) +
                                         "\n        push oid:" + object(i).to_string().substr(1) +
                                         "\n        push \"new\"\n" + "        calls \"snmp_setonce\"\n");
        const auto answer = ask(network, write, network.at(2).primary(), 300ms);
        ASSERT_LE(writes_of(i), 1) << "write " << i << " of seed " << run_seed();
        if (answer == std::vector<isa::Value>{std::int64_t{1}}) {
            ++reported;
            ASSERT_EQ(writes_of(i), 1);
            ASSERT_EQ(mib().objects[object(i)], isa::Value(isa::Str{"new"}));
        }
    }
    network.run_for(10s);  // late packets change nothing
    for (unsigned i = 0; i < kWrites; ++i) {
        ASSERT_LE(writes_of(i), 1) << "write " << i << " of seed " << run_seed();
    }
    EXPECT_GT(reported, kWrites / 3) << "hardly any write was reported: nothing was tested";
}

TEST_F(WritingTest, OnceLetsAProgramWriteAtMostOnce) {
    unsigned reported = 0;
    for (unsigned i = 0; i < kWrites; ++i) {
        mib().objects[object(i)] = isa::Str{"old"};
        mib().delay = late[i];
        const isa::Packet write =
            errand("        push " + std::to_string(i) + "\n        calls \"once\"\n" +
                   "        bez done-pc\n        push oid:" + object(i).to_string().substr(1) +
                   "\n        push \"new\"\n        calls \"snmp_setsingle\"\ndone:\n");
        const auto answer = ask(network, write, network.at(2).primary(), 300ms);
        ASSERT_LE(writes_of(i), 1) << "write " << i << " of seed " << run_seed();
        if (answer == std::vector<isa::Value>{std::int64_t{1}}) {
            ++reported;
            ASSERT_EQ(mib().objects[object(i)], isa::Value(isa::Str{"new"}));
        }
    }
    EXPECT_GT(reported, kWrites / 10);
}

TEST_F(WritingTest, TheSameIdForAnotherValueIsRefused) {
    mib().objects[object(0)] = isa::Str{"old"};
    SimClient& client = network.at(2).connect_client();
    for (const std::string value : {"new", "newer"}) {
        network.at(2).inject(client,
                             assembled("push 7\npush oid:" + object(0).to_string().substr(1) + "\npush \"" +
                                       value + "\"\ncalls \"snmp_setonce\"\ndemuxall 0\n"),
                             network.at(2).primary(), 9);
    }
    ASSERT_EQ(client.deliveries.size(), 2U);
    EXPECT_EQ(isa::read_value(client.deliveries[1].stack[0], client.deliveries[1].heap),
              isa::Value(isa::Exc::IdInUse));
    EXPECT_EQ(writes_of(0), 1);
    network.run_for(61s);  // forgotten by the node's own deadline
    network.at(2).inject(client,
                         assembled("push 7\npush oid:" + object(0).to_string().substr(1) +
                                   "\npush \"newer\"\ncalls \"snmp_setonce\"\ndemuxall 0\n"),
                         network.at(2).primary(), 9);
    EXPECT_EQ(writes_of(0), 2);
}

}  // namespace
}  // namespace splash::property
