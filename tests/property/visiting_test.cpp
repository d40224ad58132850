// What `splash survey`, `flood`, `roam` and `discover` do, over simulated networks: the real front end,
// programs and nodes, in virtual time.
#include "visiting.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "agent_survey.hpp"
#include "column_survey.hpp"
#include "discovery.hpp"
#include "path_tracing.hpp"
#include "proxying.hpp"
#include "roaming.hpp"
#include "simnet/sim_network.hpp"
#include "zones.hpp"

namespace splash::property {
namespace {

using cli::Gathering;
using simnet::SimNetwork;
using simnet::SimNode;

/// Injects at the first node. Answers are there at once, since time is virtual; those to packets that go
/// beside each other come when the last of them was sent.
class SimTransport final : public cli::Transport {
public:
    explicit SimTransport(SimNetwork& network) : network_(network) {}

    Result<> send(const isa::Packet& program, std::uint16_t bound, const IpAddress& destination,
                  cli::Instant deadline) override {
        clients_.clear();
        static_cast<void>(send_beside(program, bound, destination, deadline));
        return {};
    }
    Result<std::uint16_t> send_beside(const isa::Packet& program, std::uint16_t bound,
                                      const IpAddress& destination, cli::Instant /*deadline*/) override {
        const auto id = static_cast<std::uint16_t>(clients_.size());
        clients_.push_back({&network_.at(0).connect_client(), 0});
        network_.at(0).inject(*clients_.back().client, program, destination, std::min(bound, most_bound));
        ++under_way_;
        most_under_way = std::max(most_under_way, under_way_);
        return id;
    }
    Result<isa::Packet> receive(cli::Instant /*deadline*/) override {
        if (under_way_ > 0) {
            network_.run_for(std::chrono::seconds(3));
        }
        for (std::size_t id = 0; id < clients_.size(); ++id) {
            auto& [client, taken] = clients_[id];
            while (taken < client->frames.size()) {
                if (const auto* const frame = std::get_if<wire::PacketFrame>(&client->frames[taken++])) {
                    auto packet = std::get<isa::Packet>(isa::Packet::from_wire(frame->packet));
                    packet.header.request_id = static_cast<std::uint16_t>(id);
                    under_way_ -= std::min<std::size_t>(under_way_, 1);
                    return packet;
                }
            }
        }
        under_way_ = 0;
        return fail(Errc::TimedOut, {});
    }
    [[nodiscard]] cli::Journey journey() const override { return cli::Journey::Direct; }

    std::size_t most_under_way = 0;
    std::uint16_t most_bound = 0xffff;

private:
    struct Client {
        simnet::SimClient* client;
        std::size_t taken;
    };
    SimNetwork& network_;
    std::vector<Client> clients_;
    std::size_t under_way_ = 0;
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
        most_under_way = transport.most_under_way;
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
    std::size_t most_under_way = 0;  ///< packets of the last survey
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

constexpr std::array kAggregates{Gathering::Sum, Gathering::Average, Gathering::Minimum, Gathering::Maximum,
                                 Gathering::Top, Gathering::Count,   Gathering::List};

/// What does not depend on how many packets it took.
std::string text_of(const cli::Survey& survey) {
    std::string text = std::to_string(survey.visited) + (survey.is_stopped ? " stopped:" : ":");
    for (const isa::Value& value : survey.state) {
        text += " " + isa::to_string(value);
    }
    for (const cli::SurveyRow& row : survey.rows) {
        text += "\n" + row.node.to_string();
        for (const isa::Value& value : row.values) {
            text += " " + isa::to_string(value);
        }
    }
    return text;
}

TEST_F(Visiting, PacketsBesideEachOtherBringWhatOneAloneDoes) {
    grid(8, 5);
    for (std::size_t i = 0; i < network.size(); ++i) {  // many are alike, some have nothing
        network.at(i).mib().objects[errors()] = static_cast<std::int64_t>(i * 7 % 5);
    }
    network.at(11).mib().objects.erase(errors());
    for (const Gathering aggregate : kAggregates) {
        SCOPED_TRACE(static_cast<int>(aggregate));
        cli::SurveyPlan plan = plan_of(aggregate);
        plan.top = 3;
        if (aggregate == Gathering::Count) {
            plan.task.objects.clear();
        }
        plan.task.where = *cli::Condition::parse("not ifInErrors.2 = 3");
        const cli::Survey alone = survey(plan, all_targets());
        plan.room = 420 + 80;
        const cli::Survey beside = survey(plan, all_targets());
        EXPECT_EQ(text_of(alone), text_of(beside));
        EXPECT_GT(beside.packets, alone.packets);
        EXPECT_GT(most_under_way, 1U);
        EXPECT_LE(most_under_way, cli::kMostBesides);
    }
}

TEST_F(Visiting, WithAThresholdPacketsFollowEachOther) {
    grid(8, 5);
    cli::SurveyPlan plan = plan_of(Gathering::Sum);
    plan.until = *cli::parse_threshold(Gathering::Sum, "sum > 700");
    const cli::Survey alone = survey(plan, all_targets());
    plan.room = 420 + 80;
    const cli::Survey in_turn = survey(plan, all_targets());
    EXPECT_TRUE(in_turn.is_stopped);
    EXPECT_EQ(text_of(alone), text_of(in_turn));
    EXPECT_GT(in_turn.packets, 1U);
    EXPECT_EQ(most_under_way, 1U);
}

TEST_F(Visiting, AnAgentsAnswersComeToWhatTheNodeItselfComesTo) {
    grid(4, 3);
    network.at(5).mib().objects.erase(errors());
    network.at(7).mib().objects[errors()] = isa::Str{"seven"};
    for (const Gathering aggregate : kAggregates) {
        for (const char* const where : {"", "ifInErrors.2 != 4"}) {
            SCOPED_TRACE(where + std::to_string(static_cast<int>(aggregate)));
            cli::SurveyPlan plan = plan_of(aggregate);
            plan.top = 3;
            if (aggregate == Gathering::Count) {
                plan.task.objects.clear();
            }
            if (*where != 0) {
                plan.task.where = *cli::Condition::parse(where);
            }
            cli::Survey by_agents = cli::begin_survey(plan, all_targets());
            for (std::size_t i = 0; i < network.size(); ++i) {
                cli::AgentAnswers answers;
                for (const Oid& object : cli::objects_of(plan)) {
                    const auto& objects = network.at(i).mib().objects;
                    const auto found = objects.find(object);
                    answers.objects[object] =
                        found == objects.end() ? isa::Value(isa::Exc::NoSuchInstance) : found->second;
                }
                auto haul = cli::visit_agent(plan, by_agents.state, network.at(i).primary(), answers);
                ASSERT_TRUE(haul.has_value()) << haul.error().detail;
                ++by_agents.visited;
                by_agents.state = std::move(haul->state);
                std::ranges::move(haul->rows, std::back_inserter(by_agents.rows));
            }
            EXPECT_EQ(text_of(by_agents), text_of(survey(plan, all_targets())));
        }
    }
}

TEST_F(Visiting, RowsOfColumnsAreGoneThroughOnEveryNodeAndAddedUp) {
    grid(6, 3);
    for (std::size_t i = 0; i < network.size(); ++i) {
        for (std::uint32_t row = 10; row < 10 + 3 * i; ++row) {
            const Oid column = *oid_from_name("ifOutErrors");
            std::vector<std::uint32_t> subids(column.subids().begin(), column.subids().end());
            subids.push_back(row);
            network.at(i).mib().objects[*Oid::from_subids(subids)] = static_cast<std::int64_t>(row * i);
        }
    }
    cli::SurveyArgs args;
    args.aggregate = Gathering::Sum;
    args.at.objects = {"ifOutErrors"};
    cli::NodeTask task;
    task.objects = {*oid_from_name("ifOutErrors")};
    task.where = *cli::Condition::parse("ifOutErrors >= 0 and not ifOutErrors < 0");
    const auto run = [&](const std::vector<cli::Target>& targets) {
        const auto plan = *cli::read_column_plan(args, task);
        SimTransport transport(network);
        auto done = cli::visit_columns(
            transport, *plan, targets, {}, [](const cli::Survey&) {}, cli::begin_survey(*plan, targets));
        EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().detail);
        most_under_way = transport.most_under_way;
        return *std::move(done);
    };
    std::int64_t all = 0;
    std::int64_t rows = 0;
    for (std::size_t i = 0; i < network.size(); ++i) {
        for (std::int64_t row = 10; row < 10 + 3 * static_cast<std::int64_t>(i); ++row) {
            all += row * static_cast<std::int64_t>(i);
            ++rows;
        }
    }
    const cli::Survey whole = run(all_targets());
    EXPECT_EQ(whole.state, (cli::SurveyState{all, rows}));
    EXPECT_EQ(whole.visited, network.size());
    EXPECT_GT(most_under_way, 1U);
    args.aggregate = Gathering::List;
    EXPECT_EQ(run(all_targets()).rows.size(), static_cast<std::size_t>(rows));
    args.aggregate = Gathering::Top;
    args.top = 2;
    const cli::Survey top = run(all_targets());
    ASSERT_EQ(top.rows.size(), 2U);
    EXPECT_EQ(top.rows[0].values.front(), isa::Value(std::int64_t{60 * 17}));
    EXPECT_EQ(top.rows[0].node, network.at(17).primary());
    EXPECT_EQ(top.rows[0].instance->to_string().substr(top.rows[0].instance->to_string().size() - 3), ".60");
}

TEST_F(Visiting, ASurveyOfColumnsStopsAtTheNodeWhereTheThresholdIsReached) {
    grid(6, 3);
    cli::SurveyArgs args;
    args.aggregate = Gathering::Sum;
    args.at.objects = {"ifInErrors"};
    args.until = "sum > 30";
    cli::NodeTask task;
    task.objects = {*oid_from_name("ifInErrors")};
    const auto plan = *cli::read_column_plan(args, task);
    const auto targets = all_targets();
    SimTransport transport(network);
    const auto done = cli::visit_columns(
        transport, *plan, targets, {}, [](const cli::Survey&) {}, cli::begin_survey(*plan, targets));
    ASSERT_TRUE(done.has_value()) << done.error().detail;
    EXPECT_EQ(done->stopped_at, network.at(8).primary());  // 0 + 1 + ... + 8
    EXPECT_EQ(done->state, (cli::SurveyState{std::int64_t{36}, std::int64_t{9}}));
    EXPECT_EQ(done->not_needed, network.size() - 9);
    EXPECT_TRUE(done->is_stopped);
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

TEST_F(Visiting, APathLongerThanItsBoundIsGoneInSectors) {
    constexpr std::size_t kLength = 30;
    for (std::size_t i = 0; i < kLength; ++i) {
        add(i);
    }
    for (std::size_t i = 0; i + 1 < kLength; ++i) {
        network.connect(network.at(i), network.at(i + 1));
    }
    for (const std::uint16_t bound : {std::uint16_t{255}, std::uint16_t{12}}) {
        SimTransport transport(network);
        transport.most_bound = bound;
        const auto path =
            cli::trace_path(transport, {errors()}, target(kLength - 1), {}, [](const cli::TracedPath&) {});
        ASSERT_TRUE(path.has_value()) << path.error().detail;
        EXPECT_FALSE(path->error) << path->error->detail;
        ASSERT_EQ(path->hops.size(), kLength);
        for (std::size_t i = 0; i < kLength; ++i) {
            EXPECT_EQ(path->hops[i].number, i + 1);
            EXPECT_EQ(path->hops[i].values.front(), isa::Value(static_cast<std::int64_t>(i)));
        }
        EXPECT_GE(path->packets, bound == 255 ? 2U : 4U);
    }
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
