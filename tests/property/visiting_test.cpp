// What `splash survey`, `flood`, `roam` and `discover` do, over simulated networks: the real front end,
// programs and nodes, in virtual time.
#include "visiting.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "discovery.hpp"
#include "proxying.hpp"
#include "roaming.hpp"
#include "simnet/sim_network.hpp"
#include "zones.hpp"

namespace splash::property {
namespace {

using cli::Gathering;
using simnet::SimNetwork;
using simnet::SimNode;

/// Injects at the first node. Answers are there at once, since time is virtual.
class SimTransport final : public cli::Transport {
public:
    explicit SimTransport(SimNetwork& network) : network_(network) {}

    Result<> send(const isa::Packet& program, std::uint16_t bound, const IpAddress& destination,
                  cli::Instant /*deadline*/) override {
        client_ = &network_.at(0).connect_client();
        taken_ = 0;
        network_.at(0).inject(*client_, program, destination, bound);
        network_.run_for(std::chrono::seconds(3));
        return {};
    }
    Result<isa::Packet> receive(cli::Instant /*deadline*/) override {
        while (taken_ < client_->frames.size()) {
            if (const auto* const frame = std::get_if<wire::PacketFrame>(&client_->frames[taken_++])) {
                auto packet = isa::Packet::from_wire(frame->packet);
                return std::get<isa::Packet>(std::move(packet));
            }
        }
        return fail(Errc::TimedOut, {});
    }
    [[nodiscard]] cli::Journey journey() const override { return cli::Journey::Direct; }

private:
    SimNetwork& network_;
    simnet::SimClient* client_ = nullptr;
    std::size_t taken_ = 0;
};

Oid errors() {
    return *oid_from_name("ifInErrors.2");
}

class Visiting : public testing::Test {
protected:
    SimNode& add(std::size_t number) {
        node::Config config = SimNetwork::open_config("n" + std::to_string(number));
        config.max_bound = 255;
        config.allow.front().bound = 255;
        SimNode& node = network.add_node(config.name, config);
        node.mib().objects[errors()] = static_cast<std::int64_t>(number);
        return node;
    }
    void grid(std::size_t columns, std::size_t rows) {
        for (std::size_t i = 0; i < columns * rows; ++i) {
            add(i);
        }
        for (std::size_t i = 0; i < columns * rows; ++i) {
            if (i % columns + 1 < columns) {
                network.connect(network.at(i), network.at(i + 1));
            }
            if (i + columns < columns * rows) {
                network.connect(network.at(i), network.at(i + columns));
            }
        }
    }
    [[nodiscard]] cli::Target target(std::size_t index) {
        return {.text = network.at(index).name(), .address = network.at(index).primary(), .port = {}};
    }
    [[nodiscard]] std::vector<cli::Target> all_targets() {
        std::vector<cli::Target> targets;
        for (std::size_t i = 0; i < network.size(); ++i) {
            targets.push_back(target(i));
        }
        return targets;
    }
    cli::Survey survey(const cli::SurveyPlan& plan, const std::vector<cli::Target>& targets) {
        SimTransport transport(network);
        auto done = cli::visit(transport, plan, targets, {}, [](const cli::Survey&) {});
        EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().detail);
        return done ? *std::move(done) : cli::Survey();
    }
    static cli::SurveyPlan plan_of(Gathering aggregate) {
        cli::SurveyPlan plan;
        plan.aggregate = aggregate;
        plan.task.objects = {errors()};
        plan.room = 1300;
        return plan;
    }
    cli::Zone flood(const std::string& condition, std::size_t from, bool tells_links = false) {
        cli::FloodPlan plan;
        if (!condition.empty()) {
            plan.task.where = *cli::Condition::parse(condition);
        }
        plan.task.objects = {errors()};
        plan.id = ++floods;
        plan.bound = 255;
        plan.tells_links = tells_links;
        SimTransport transport(network);
        auto done = cli::explore(transport, plan, target(from), {}, [](const cli::Zone&) {});
        EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().detail);
        return done ? *std::move(done) : cli::Zone();
    }
    static std::set<std::string> names_in(const cli::Zone& zone) {
        std::set<std::string> names;
        for (const cli::ZoneNode& node : zone.nodes) {
            if (node.is_in_zone) {
                names.insert(node.name);
            }
        }
        return names;
    }

    SimNetwork network{1};
    std::int64_t floods = 0;
};

TEST_F(Visiting, SurveyOfAHundredNodesAddsUpAllOfThem) {
    grid(10, 10);
    const cli::Survey done = survey(plan_of(Gathering::Sum), all_targets());
    EXPECT_EQ(done.state, (cli::SurveyState{std::int64_t{4950}, std::int64_t{100}}));
    EXPECT_EQ(done.visited, 100U);
    EXPECT_EQ(done.packets, 1U);
}

TEST_F(Visiting, ListOfAHundredNodesComesHomeInSeveralPacketsInOrder) {
    grid(10, 10);
    const cli::Survey done = survey(plan_of(Gathering::List), all_targets());
    ASSERT_EQ(done.rows.size(), 100U);
    for (std::size_t i = 0; i < 100; ++i) {
        EXPECT_EQ(done.rows[i].node, network.at(i).primary());
        EXPECT_EQ(done.rows[i].values.front(), isa::Value(static_cast<std::int64_t>(i)));
    }
    EXPECT_GT(done.packets, 1U);
    EXPECT_TRUE(done.unanswered.empty());
}

TEST_F(Visiting, PlainRouterInTheListIsNamedAndTheOthersCountOnce) {
    grid(4, 1);
    SimNode& plain = network.add_plain("plain");
    network.connect(network.at(2), plain);
    auto targets = all_targets();
    std::swap(targets[1], targets[4]);
    const cli::Survey done = survey(plan_of(Gathering::Sum), targets);
    EXPECT_EQ(done.state, (cli::SurveyState{std::int64_t{6}, std::int64_t{4}}));
    ASSERT_EQ(done.unanswered.size(), 1U);
    EXPECT_EQ(done.unanswered.front().node.text, "plain");
}

TEST_F(Visiting, FloodReportsAHundredNodesInErrorWithABoundThatReachesAFew) {
    grid(10, 10);
    const cli::Zone zone = flood("ifInErrors.2 >= 0", 0);
    EXPECT_EQ(names_in(zone).size(), 100U);
    EXPECT_TRUE(zone.is_closed);
    for (const cli::Stranger& stranger : zone.strangers) {
        ADD_FAILURE() << stranger.address.to_string() << ": " << stranger.reason;
    }
    EXPECT_GT(zone.launches, 1U);
    for (const cli::ZoneNode& node : zone.nodes) {
        EXPECT_EQ("n" + isa::to_string(node.values.front()), node.name);
    }
}

TEST_F(Visiting, FloodStopsAtTheEdgeOfTheZone) {
    grid(5, 5);  // in error: the two upper rows
    const cli::Zone zone = flood("ifInErrors.2 < 10", 3);
    EXPECT_EQ(names_in(zone).size(), 10U);
    EXPECT_EQ(zone.nodes.size(), 15U);
    EXPECT_TRUE(zone.is_closed);
}

TEST_F(Visiting, FloodFromANodeThatIsCalmFindsOnlyThat) {
    grid(3, 3);
    const cli::Zone zone = flood("ifInErrors.2 > 100", 4);
    ASSERT_EQ(zone.nodes.size(), 1U);
    EXPECT_FALSE(zone.nodes.front().is_in_zone);
    EXPECT_TRUE(zone.is_closed);
}

TEST_F(Visiting, FloodNamesANeighbourWithoutSplash) {
    grid(3, 1);
    SimNode& plain = network.add_plain("plain");
    network.connect(network.at(2), plain);
    const cli::Zone zone = flood("", 0);
    EXPECT_EQ(names_in(zone), (std::set<std::string>{"n0", "n1", "n2"}));
    ASSERT_EQ(zone.strangers.size(), 1U);
    EXPECT_EQ(zone.strangers.front().neighbour_of, network.at(2).primary());
    EXPECT_TRUE(zone.is_closed);
}

TEST_F(Visiting, DiscoveryProvesEveryLinkOfARing) {
    simnet::make_ring(network, 6);
    const cli::FoundNetwork found = cli::put_together(flood("", 0, true));
    EXPECT_EQ(found.nodes.size(), 6U);
    ASSERT_EQ(found.links.size(), 6U);
    for (const cli::FoundLink& link : found.links) {
        EXPECT_TRUE(link.is_told_by_a || link.is_told_by_b);
        EXPECT_TRUE(link.is_crossed_to_a || link.is_crossed_to_b);
    }
}

/// A Splash node that may ask agents, between two hosts with an agent of one name.
class Namesakes : public Visiting {
protected:
    Namesakes() {
        node::Config config = SimNetwork::open_config("n0");
        config.agents = {{.prefix = *Prefix::parse("10.0.0.0/8"), .community = "sim"}};
        SimNode& router = network.add_node("n0", config);
        for (SimNode*& host : hosts) {
            host = &network.add_plain("host");
            host->mib().objects[*oid_from_name("sysName.0")] = isa::Str{"printer"};
            network.connect(router, *host);
        }
    }
    void set_engines(const std::string& first, const std::string& second) {
        const Oid engine = *Oid::parse("1.3.6.1.6.3.10.2.1.1.0");
        hosts[0]->mib().objects[engine] = isa::Str{first};
        hosts[1]->mib().objects[engine] = isa::Str{second};
    }
    cli::FoundNetwork discover(cli::Zone& zone) {
        cli::FoundNetwork found = cli::put_together(zone);
        SimTransport transport(network);
        EXPECT_TRUE(cli::ask_the_others(transport, cli::Keeping::Nothing, zone, found, {}));
        return found;
    }
    cli::FoundNetwork discover() {
        cli::Zone zone = flood("", 0, true);
        return discover(zone);
    }
    std::array<SimNode*, 2> hosts{};
};

TEST_F(Namesakes, AreOneNodeIfTheyAreOneEngine) {
    set_engines("e1", "e1");
    const cli::FoundNetwork found = discover();
    ASSERT_EQ(found.nodes.size(), 2U);
    ASSERT_EQ(found.links.size(), 2U);
    for (const cli::FoundLink& link : found.links) {
        EXPECT_EQ(link.a + link.b, 1U);
    }
}

TEST_F(Namesakes, AreToldApartByTheirAddressesElse) {
    for (const bool have_engines : {false, true}) {
        if (have_engines) {
            set_engines("e1", "e2");
        }
        const cli::FoundNetwork found = discover();
        ASSERT_EQ(found.nodes.size(), 3U);
        EXPECT_EQ(found.nodes[1].name, "printer");
        EXPECT_EQ(found.nodes[2].name, "printer (" + found.nodes[2].address.to_string() + ")");
    }
}

TEST_F(Namesakes, AreAskedAlsoIfTheyRefusedBeforeTheNodeBesideReported) {
    cli::Zone zone = flood("", 0, true);
    for (cli::Stranger& stranger : zone.strangers) {
        stranger.neighbour_of.reset();
    }
    const cli::FoundNetwork found = discover(zone);
    ASSERT_EQ(found.nodes.size(), 3U);
    EXPECT_EQ(found.nodes[1].manager, cli::Manager::Snmp);
}

/// Two Splash nodes with a plain router between them, which another way leads around.
class AcrossAPlainRouter : public Visiting {
protected:
    AcrossAPlainRouter() {
        for (std::size_t i = 0; i < 3; ++i) {
            add(i);
        }
        plain = &network.add_plain("plain");
        network.connect(network.at(0), *plain);
        network.connect(*plain, network.at(1));
        network.connect(network.at(1), network.at(2));
        network.connect(network.at(2), network.at(0));
    }
    SimNode* plain = nullptr;
};

TEST_F(AcrossAPlainRouter, NoLinkIsDrawn) {
    const cli::FoundNetwork found = cli::put_together(flood("", 0, true));
    ASSERT_EQ(found.links.size(), 4U);
    for (const cli::FoundLink& link : found.links) {
        const bool is_plain = found.nodes[link.b].manager != cli::Manager::Splash;
        EXPECT_EQ(link.is_proven(), !is_plain);
    }
}

cli::ZoneNode node_with(const char* address, std::vector<IpAddress> neighbours) {
    cli::ZoneNode node{};
    node.address = *IpAddress::parse(address);
    node.name = address;
    node.has_told = true;
    node.neighbours = std::move(neighbours);
    return node;
}

TEST(PutTogether, LeavesOutWhatOneNodeTakesForANeighbourAndNothingCrossed) {
    cli::Zone zone;
    const IpAddress there = *IpAddress::parse("172.16.0.5");
    zone.nodes = {node_with("10.0.0.1", {there}), node_with("10.0.0.2", {})};
    zone.nodes[1].addresses = {there};
    EXPECT_TRUE(cli::put_together(zone).links.empty());
    zone.crossings = {{zone.nodes[0].address, zone.nodes[1].address, there}};
    EXPECT_EQ(cli::put_together(zone).links.size(), 1U);
    zone.crossings.clear();
    zone.nodes[1].has_told = false;  // its report was lost: it may be true
    EXPECT_EQ(cli::put_together(zone).links.size(), 1U);
}

TEST(PutTogether, DrawsARouterThatRefusedAlsoWhereSomebodyElseSeemsToBeThere) {
    cli::Zone zone;
    const IpAddress router = *IpAddress::parse("172.16.0.6");
    const IpAddress there = *IpAddress::parse("172.16.0.7");
    zone.nodes = {node_with("10.0.0.1", {there}), node_with("10.0.0.2", {router})};
    zone.nodes[1].addresses = {there};
    zone.strangers = {{router, zone.nodes[1].address, "no Splash node there"}};
    const cli::FoundNetwork found = cli::put_together(zone);
    ASSERT_EQ(found.links.size(), 1U);
    EXPECT_EQ(found.nodes[found.links[0].a].address, zone.nodes[1].address);
    EXPECT_EQ(found.nodes[found.links[0].b].address, router);
}

class Roaming : public Visiting {
protected:
    cli::Roam roam(bool is_stateful, std::uint16_t bound) {
        cli::RoamPlan plan;
        plan.task.objects = {errors()};
        plan.bound = bound;
        plan.is_stateful = is_stateful;
        plan.room = 1300;
        SimTransport transport(network);
        auto done = cli::roam(transport, plan, target(0), {}, [](const cli::Roam&) {});
        EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().detail);
        return done ? *std::move(done) : cli::Roam();
    }
};

TEST_F(Roaming, WithoutMemoryItGoesRoundARing) {
    for (std::size_t i = 0; i < 6; ++i) {
        add(i);
    }
    for (std::size_t i = 0; i < 6; ++i) {
        network.connect(network.at(i), network.at((i + 1) % 6));
    }
    const cli::Roam done = roam(false, 40);
    EXPECT_EQ(done.rows.size(), 6U);
    EXPECT_GT(done.steps, 6);
    EXPECT_EQ(done.packets, 1U);
}

TEST_F(Roaming, WithMemoryItComesToEveryNodeOfAGrid) {
    grid(5, 5);
    const cli::Roam without = roam(false, 1500);
    const cli::Roam with = roam(true, 1500);
    EXPECT_EQ(with.rows.size(), 25U);
    EXPECT_LT(without.rows.size(), with.rows.size());
}

TEST_F(Roaming, APlainRouterIsADeadEndBehindWhichItGoesOn) {
    for (std::size_t i = 0; i < 3; ++i) {
        add(i);
    }
    SimNode& plain = network.add_plain("plain");
    network.connect(network.at(0), network.at(1));
    network.connect(network.at(1), plain);
    network.connect(network.at(1), network.at(2));
    const cli::Roam done = roam(false, 60);
    EXPECT_EQ(done.rows.size(), 3U);
    EXPECT_FALSE(done.dead_ends.empty());
}

}  // namespace
}  // namespace splash::property
