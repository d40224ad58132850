#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lab/lab.hpp"

namespace splash::lab {
namespace {

TEST(TopologyFile, IsReadWhole) {
    const auto topology = parse_yaml(R"(
name: office
topology:
  defaults:
    snmpd_conf: sysServices 72
  kinds:
    splash:
      splash_toml: |
        [[peer]]
        address = "10.0.0.1"
  nodes:
    core:
    edge: {snmpd_conf: sysLocation here}
    desk: {kind: host}
  links:
    - endpoints: ["core:eth1", "edge:eth1"]
    - endpoints: ["edge:eth2", "desk:eth1"]
)",
                                     "office.clab.yml");
    ASSERT_TRUE(topology) << topology.error().detail;
    EXPECT_EQ(topology->name, "office");
    const std::string peer = "[[peer]]\naddress = \"10.0.0.1\"\n";
    EXPECT_EQ(topology->nodes, (std::vector<NodeSpec>{{"core", "splash", "sysServices 72", peer},
                                                      {"edge", "splash", "sysLocation here", peer},
                                                      {"desk", "host", "sysServices 72", ""}}));
    EXPECT_EQ(topology->links, (std::vector<Link>{{0, 1, "eth1", "eth1"}, {1, 2, "eth2", "eth1"}}));
}

struct Mistake {
    const char* label;
    const char* text;
    const char* says;
};

void PrintTo(const Mistake& mistake, std::ostream* out) {
    *out << mistake.label;
}

class TopologyFileMistake : public testing::TestWithParam<Mistake> {};

TEST_P(TopologyFileMistake, IsToldWithItsPlace) {
    const auto topology = parse_yaml(GetParam().text, "f.yml");
    ASSERT_FALSE(topology);
    EXPECT_EQ(topology.error().code, Errc::BadInput);
    EXPECT_THAT(topology.error().detail, testing::StartsWith(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    All, TopologyFileMistake,
    testing::Values(
        Mistake{"NotYaml", "name: a: b", "f.yml:1:8: illegal map value"},
        Mistake{"NotAMap", "- a", "f.yml:1:1: the file is not a map"}, Mistake{"Empty", "", "f.yml:"},
        Mistake{"NoTopology", "name: a", "f.yml:1:1: the file has no \"topology\""},
        Mistake{"UnknownKey", "name: a\ntopolgy: {}", "f.yml:2:1: the file has no setting \"topolgy\""},
        Mistake{"BadName", "name: A b\ntopology: {nodes: {n1: }}", "f.yml:1:7: name \"A b\""},
        Mistake{"NoNodes", "name: a\ntopology:\n  links: []", "f.yml:3:3: topology has no nodes"},
        Mistake{"BadNodeName", "name: a\ntopology:\n  nodes:\n    N_1:", "f.yml:4:5: node name \"N_1\""},
        Mistake{"BadKind", "name: a\ntopology:\n  nodes:\n    n1: {kind: linux}",
                "f.yml:4:16: kind \"linux\" is not splash or host"},
        Mistake{"UnknownNodeKey", "name: a\ntopology:\n  nodes:\n    n1: {image: x}",
                "f.yml:4:10: node n1 has no setting \"image\"; it has kind, snmpd_conf, splash_toml"},
        Mistake{"NodeTwice",
                "name: a\ntopology:\n  nodes:\n    n1:\n    n1:", "f.yml:5:5: \"n1\" is twice in nodes"},
        Mistake{"LinksNoList", "name: a\ntopology:\n  nodes: {n1: , n2: }\n  links: 7",
                "f.yml:4:10: links is not a list"},
        Mistake{"OneEndpoint",
                "name: a\ntopology:\n  nodes: {n1: , n2: }\n  links:\n  - endpoints: [\"n1:eth1\"]",
                "f.yml:5:16: a link has not two endpoints"},
        Mistake{
            "NoSuchNode",
            "name: a\ntopology:\n  nodes: {n1: , n2: }\n  links:\n  - endpoints: [\"n1:eth1\", \"n3:eth1\"]",
            "f.yml:5:28: endpoint \"n3:eth1\": there is no node of that name"},
        Mistake{"NoColon",
                "name: a\ntopology:\n  nodes: {n1: , n2: }\n  links:\n  - endpoints: [n1, \"n2:eth1\"]",
                "f.yml:5:17: endpoint \"n1\" is not NODE:INTERFACE"},
        Mistake{
            "Loopback",
            "name: a\ntopology:\n  nodes: {n1: , n2: }\n  links:\n  - endpoints: [\"n1:lo\", \"n2:eth1\"]",
            "f.yml:5:17: endpoint \"n1:lo\": not an interface name"},
        Mistake{
            "EndTwice",
            "name: a\ntopology:\n  nodes: {n1: , n2: }\n  links:\n  - endpoints: [\"n1:eth1\", \"n2:eth1\"]\n"
            "  - endpoints: [\"n1:eth1\", \"n2:eth2\"]",
            "f.yml:6:17: endpoint \"n1:eth1\" is in two links"},
        Mistake{
            "ToItself",
            "name: a\ntopology:\n  nodes: {n1: , n2: }\n  links:\n  - endpoints: [\"n1:eth1\", \"n1:eth2\"]",
            "f.yml:5:16: a link joins n1 to itself"}),
    [](const testing::TestParamInfo<Mistake>& mistake) { return std::string(mistake.param.label); });

}  // namespace
}  // namespace splash::lab
