#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "lab/lab.hpp"
#include "topology_rules.hpp"

namespace splash::lab {
namespace {

std::vector<std::size_t> degrees(const Topology& topology) {
    std::vector<std::size_t> degrees(topology.nodes.size());
    for (const Link& link : topology.links) {
        ++degrees[link.a];
        ++degrees[link.b];
    }
    return degrees;
}

bool is_connected(const Topology& topology) {
    const auto hops = next_hops(topology);
    return std::ranges::all_of(hops.front(), [](const auto& hop) { return hop.has_value(); });
}

std::size_t count_of(const std::vector<std::size_t>& degrees, std::size_t degree) {
    return static_cast<std::size_t>(std::ranges::count(degrees, degree));
}

TEST(Generate, NamesNodesFromOneOn) {
    const auto topology = generate("line3");
    ASSERT_TRUE(topology);
    EXPECT_EQ(topology->name, "line3");
    EXPECT_EQ(topology->nodes.at(0).name, "n1");
    EXPECT_EQ(topology->nodes.at(2).name, "n3");
    EXPECT_EQ(topology->nodes.at(0).kind, "splash");
}

TEST(Generate, CountsInterfacesFromEth1OnEachNode) {
    const auto topology = generate("line3");
    ASSERT_TRUE(topology);
    EXPECT_EQ(topology->links, (std::vector<Link>{{0, 1, "eth1", "eth1"}, {1, 2, "eth2", "eth1"}}));
}

TEST(Generate, HoneycombIsABrickWallOfFourByFive) {
    const auto topology = generate("honeycomb20");
    ASSERT_TRUE(topology);
    EXPECT_EQ(topology->nodes.size(), 20U);
    EXPECT_EQ(topology->links.size(), 24U);
    const auto d = degrees(*topology);
    for (const std::size_t inner : {6U, 7U, 8U, 11U, 12U, 13U}) {  // all that lie at no edge of the wall
        EXPECT_EQ(d[inner], 3U) << "n" << inner + 1;
    }
    EXPECT_EQ(std::ranges::max(d), 3U);
    EXPECT_TRUE(is_connected(*topology));
}

TEST(Generate, LineRingStarAndTreeHaveTheirDegrees) {
    const auto line = degrees(generate("line9").value());
    EXPECT_EQ(count_of(line, 1), 2U);
    EXPECT_EQ(count_of(line, 2), 7U);
    EXPECT_EQ(count_of(degrees(generate("ring9").value()), 2), 9U);
    const auto star = degrees(generate("star9").value());
    EXPECT_EQ(star.front(), 8U);
    EXPECT_EQ(count_of(star, 1), 8U);
    const auto tree = degrees(generate("tree15").value());
    EXPECT_EQ(count_of(tree, 1), 8U);
    EXPECT_EQ(count_of(tree, 2), 1U);
    EXPECT_EQ(count_of(tree, 3), 6U);
    const auto grid = degrees(generate("grid16").value());
    EXPECT_EQ(count_of(grid, 2), 4U);
    EXPECT_EQ(count_of(grid, 4), 4U);
}

TEST(Generate, EverySizeOfEveryKindIsConnectedAndWellFormed) {
    for (const std::string kind : {"honeycomb", "line", "ring", "star", "tree", "grid"}) {
        for (std::size_t n = 2; n <= kMaxNodes; ++n) {
            const auto topology = generate(kind + std::to_string(n));
            ASSERT_TRUE(topology) << kind << n;
            ASSERT_EQ(topology->nodes.size(), n);
            ASSERT_TRUE(is_connected(*topology)) << kind << n;
            const auto good = check(*topology);
            ASSERT_TRUE(good) << good.error().detail;
            if (kind == "honeycomb") {
                ASSERT_LE(std::ranges::max(degrees(*topology)), 3U) << n;
            }
        }
    }
}

TEST(Generate, KnowsNoOtherNames) {
    for (const char* name : {"", "honeycomb", "20", "line1", "line201", "line05", "line5x", "lin5", "Line5",
                             "line-5", "line99999999999999999999"}) {
        EXPECT_FALSE(generate(name)) << name;
    }
}

TEST(Generate, SaysWhichKindsThereAreAndHowManyNodesTheyTake) {
    const auto unknown = generate("lin5");
    EXPECT_EQ(unknown.error().code, Errc::NoSuchName);
    EXPECT_NE(unknown.error().detail.find("honeycomb, line, ring"), std::string::npos);
    const auto none = generate("line0");
    EXPECT_EQ(none.error().code, Errc::BadInput);
    EXPECT_NE(none.error().detail.find("line takes 2 to 200 nodes, such as line5"), std::string::npos);
}

TEST(Generate, GivesWhatTheShippedFilesSay) {
    for (const std::string name : {"honeycomb20", "line3"}) {
        const std::string path = std::string(SPLASH_SOURCE_DIR) + "/lab/topologies/" + name + ".clab.yml";
        std::ifstream file(path);
        std::ostringstream text;
        text << file.rdbuf();
        const auto parsed = parse_yaml(text.str(), path);
        ASSERT_TRUE(parsed) << parsed.error().detail;
        EXPECT_EQ(*parsed, generate(name).value());
    }
}

TEST(Addresses, AreTheNodesNumbersUpToTheLast) {
    EXPECT_EQ(loopback_of(4, IpVersion::V4).to_string(), "10.0.0.5");
    EXPECT_EQ(loopback_of(14, IpVersion::V6).to_string(), "fd00::15");
    EXPECT_EQ(loopback_of(kMaxNodes - 1, IpVersion::V4).to_string(), "10.0.0.200");
    EXPECT_EQ(loopback_of(kMaxNodes - 1, IpVersion::V6).to_string(), "fd00::200");
    EXPECT_EQ(link_local_of(14).to_string(), "fe80::15");
    EXPECT_EQ(link_address(0, Side::A, IpVersion::V4).to_string(), "172.16.0.0");
    EXPECT_EQ(link_address(128, Side::B, IpVersion::V4).to_string(), "172.16.1.1");
    EXPECT_EQ(link_address(kMaxLinks - 1, Side::B, IpVersion::V4).to_string(), "172.16.255.255");
    EXPECT_EQ(link_address(0, Side::A, IpVersion::V6).to_string(), "fd01::");
    EXPECT_EQ(link_address(128, Side::B, IpVersion::V6).to_string(), "fd01::101");
    EXPECT_EQ(link_address(kMaxLinks - 1, Side::B, IpVersion::V6).to_string(), "fd01::ffff");
}

}  // namespace
}  // namespace splash::lab
