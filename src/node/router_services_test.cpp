// The services over a node's own network, on interfaces, neighbours and routes in memory.
#include <gtest/gtest.h>

#include "node/sysctl_name.hpp"
#include "node_for_test.hpp"

namespace splash::node {
namespace {

IpAddress ip(const char* text) {
    return IpAddress::parse(text).value();
}

/// A router: lo (1), and e2, e3, e5 with neighbours behind e2 and e5, and one of them by IPv6 only.
class RouterServicesTest : public NodeTest {
protected:
    RouterServicesTest() {
        world.all_interfaces = {{1, "lo", true}, {2, "e2", true}, {3, "e3", false}, {5, "e5", true}};
        world.interface_addresses = {
            {kSelf, 1}, {ip("172.16.0.1"), 2}, {ip("172.16.0.5"), 3}, {ip("172.16.0.9"), 5}};
        world.all_neighbours = {
            {2, ip("172.16.0.2")}, {3, ip("fd00::6")}, {5, ip("172.16.0.10")}, {5, ip("172.16.0.11")}};
        Config c = config();
        c.local_rights.configure = true;
        c.sysctl = {.read = {"net.ipv4.conf.*.rp_filter"}, .write = {"net.ipv4.ip_default_ttl"}};
        node.reconfigure(c);
    }

    /// What is on the stack after a call of `service` with these arguments, the deepest first.
    std::vector<Value> call(std::string_view service, const std::vector<Value>& arguments) {
        world.frames.clear();
        Program program;
        for (const Value& value : arguments) {
            program.data(value);
        }
        inject(program.calls(service).op(Opcode::Demuxall, 0));
        return delivered();
    }
    void revoke(bool Rights::*right) {
        Config c = config();
        c.local_rights.configure = true;
        c.local_rights.*right = false;
        node.reconfigure(c);
    }
    static std::vector<Value> list(std::initializer_list<const char*> addresses) {
        std::vector<Value> all;
        for (const char* address : addresses) {
            all.emplace_back(ip(address));
        }
        all.emplace_back(static_cast<std::int64_t>(addresses.size()));
        return all;
    }
    static std::vector<Value> only(Value value) { return {std::move(value)}; }
    static Value text(std::string_view octets) { return isa::Str{std::string(octets)}; }
    static Value number(std::int64_t n) { return n; }
};

TEST_F(RouterServicesTest, NeighboursLeaveOutTheLinkNamed) {
    for (const auto* service : {"if_getallneighbours", "snmp_getneighbours"}) {
        EXPECT_EQ(call(service, {number(0)}), list({"172.16.0.2", "172.16.0.10", "172.16.0.11"}));
        EXPECT_EQ(call(service, {number(2)}), list({"172.16.0.10", "172.16.0.11"}));
        EXPECT_EQ(call(service, {ip("172.16.0.9")}), list({"172.16.0.2"}));
    }
}

TEST_F(RouterServicesTest, OwnAddressesAreThoseOfLinksWithNeighboursEachOnce) {
    EXPECT_EQ(call("if_getalladdresses", {number(0)}), list({"172.16.0.1", "172.16.0.9"}))
        << "nobody is behind e3";
    EXPECT_EQ(call("if_getalladdresses", {number(2)}), list({"172.16.0.9"}));
    EXPECT_EQ(call("if_getalladdresses", {ip("172.16.0.9")}), list({"172.16.0.1"}));
    world.all_neighbours = {};
    EXPECT_EQ(call("if_getalladdresses", {number(0)}), list({}));
}

TEST_F(RouterServicesTest, NeighboursThatNoCarrierReachesAreLeftOut) {
    world.all_neighbours = {{3, ip("fd00::6")}};
    EXPECT_EQ(call("if_getallneighbours", {number(0)}), list({}));
    EXPECT_EQ(call("if_getnexthop", {number(0)}), only(Exc::NoRoute));
}

TEST_F(RouterServicesTest, ARouterWithBothIpVersionsIsToldOnce) {
    world.all_neighbours = {{2, ip("172.16.0.2")}, {2, ip("2001:db8::2")}};
    EXPECT_EQ(call("if_getallneighbours", {number(0)}), list({"172.16.0.2"}));
}

TEST_F(RouterServicesTest, TheNodesOwnAddressLeavesOutNoLink) {
    EXPECT_EQ(call("if_getallneighbours", {kSelf}), list({"172.16.0.2", "172.16.0.10", "172.16.0.11"}));
    world.interface_addresses.erase(kSelf);  // configured, on none of the interfaces
    EXPECT_EQ(call("if_getallneighbours", {kSelf}), list({"172.16.0.2", "172.16.0.10", "172.16.0.11"}));
}

TEST_F(RouterServicesTest, AnUnknownLinkIsAnException) {
    for (const auto* service : {"if_getallneighbours", "if_getalladdresses", "if_getnexthop",
                                "snmp_getneighbours", "snmp_getnexthop"}) {
        EXPECT_EQ(call(service, {number(9)}), only(Exc::NoSuchInstance));
        EXPECT_EQ(call(service, {number(-1)}), only(Exc::NoSuchInstance));
        EXPECT_EQ(call(service, {number((std::int64_t{1} << 32) + 2)}), only(Exc::NoSuchInstance));
        EXPECT_EQ(call(service, {ip("172.16.0.2")}), only(Exc::NoSuchInstance));
    }
}

TEST_F(RouterServicesTest, TheNextHopIsBehindTheNextLinkThatHasOne) {
    for (const auto* service : {"if_getnexthop", "snmp_getnexthop"}) {
        EXPECT_EQ(call(service, {number(0)}), only(ip("172.16.0.2")));
        EXPECT_EQ(call(service, {number(2)}), only(ip("172.16.0.10"))) << "e3 has none that can be reached";
        EXPECT_EQ(call(service, {number(3)}), only(ip("172.16.0.10")));
        EXPECT_EQ(call(service, {ip("172.16.0.9")}), only(ip("172.16.0.2"))) << "round";
    }
}

TEST_F(RouterServicesTest, ADeadEndIsLeftTheWayOneCame) {
    world.all_neighbours = {{2, ip("172.16.0.2")}};
    EXPECT_EQ(call("if_getnexthop", {number(2)}), only(ip("172.16.0.2")));
    EXPECT_EQ(call("if_getallneighbours", {number(2)}), list({}));
}

TEST_F(RouterServicesTest, InterfacesAreCountedNamedAndLookedAt) {
    EXPECT_EQ(call("if_getcount", {}), only(number(4)));
    EXPECT_EQ(call("if_getname", {number(5)}), only(text("e5")));
    EXPECT_EQ(call("if_getname", {number(4)}), only(Exc::NoSuchInstance));
    EXPECT_EQ(call("if_getname", {number(0)}), only(Exc::NoSuchInstance));
    EXPECT_EQ(call("if_getup", {text("e2")}), only(number(1)));
    EXPECT_EQ(call("if_getup", {text("e3")}), only(number(0)));
    EXPECT_EQ(call("if_getup", {text("e")}), only(Exc::NoSuchInstance));
}

TEST_F(RouterServicesTest, AnInterfaceIsSetAndTheTopologyTold) {
    EXPECT_EQ(call("if_setup", {text("e5"), number(0)}), only(number(1)));
    EXPECT_EQ(call("if_setup", {text("e3"), number(1)}), only(number(1)));
    EXPECT_EQ(world.carried_out, (std::vector<std::string>{"interface 5 down", "interface 3 up"}));
    EXPECT_EQ(world.changes, 2U);
    ASSERT_EQ(world.log.size(), 2U);
    EXPECT_EQ(world.log[0], "local sets interface e5 down");
    EXPECT_EQ(call("if_setup", {text("e9"), number(1)}), only(Exc::NoSuchInstance));
    EXPECT_EQ(call("if_setup", {text("e5"), number(2)}), only(Exc::OutOfRange));
    EXPECT_EQ(world.carried_out.size(), 2U);
}

TEST_F(RouterServicesTest, ARouteIsTheNextHopAndItsInterface) {
    EXPECT_EQ(call("route_get", {kFar}), (std::vector<Value>{kFar, number(2)})) << "on link";
    world.gateway = ip("172.16.0.2");
    EXPECT_EQ(call("route_get", {kFar}), (std::vector<Value>{ip("172.16.0.2"), number(2)}));
    EXPECT_EQ(call("route_get", {ip("192.0.2.1")}), (std::vector<Value>{Exc::NoRoute, Exc::NoRoute}));
}

TEST_F(RouterServicesTest, RoutesAreSetAndDeleted) {
    EXPECT_EQ(call("route_add", {ip("198.18.0.0"), number(15), ip("172.16.0.2")}), only(number(1)));
    EXPECT_EQ(call("route_add", {ip("0.0.0.0"), number(0), ip("172.16.0.2")}), only(number(1)));
    EXPECT_EQ(call("route_add", {ip("fd01::"), number(48), ip("fd00::6")}), only(number(1)));
    EXPECT_EQ(call("route_del", {ip("198.18.0.0"), number(15)}), only(number(1)));
    EXPECT_EQ(world.carried_out,
              (std::vector<std::string>{"route 198.18.0.0/15 by 172.16.0.2", "route 0.0.0.0/0 by 172.16.0.2",
                                        "route fd01::/48 by fd00::6", "no route 198.18.0.0/15"}));
    EXPECT_EQ(world.changes, 4U);
}

TEST_F(RouterServicesTest, WhatIsNoRouteIsOutOfRange) {
    const IpAddress by = ip("172.16.0.2");
    EXPECT_EQ(call("route_add", {ip("198.18.0.1"), number(15), by}), only(Exc::OutOfRange)) << "bits behind";
    EXPECT_EQ(call("route_add", {ip("198.18.0.0"), number(33), by}), only(Exc::OutOfRange));
    EXPECT_EQ(call("route_add", {ip("198.18.0.0"), number(-1), by}), only(Exc::OutOfRange));
    EXPECT_EQ(call("route_add", {ip("198.18.0.0"), number(15), ip("0.0.0.0")}), only(Exc::OutOfRange));
    EXPECT_EQ(call("route_add", {ip("198.18.0.0"), number(15), ip("fd00::6")}), only(Exc::OutOfRange));
    EXPECT_EQ(call("route_del", {ip("198.18.0.1"), number(15)}), only(Exc::OutOfRange));
    EXPECT_TRUE(world.carried_out.empty());
}

TEST_F(RouterServicesTest, TheKernelsRefusalIsAnExceptionAndInTheLog) {
    const std::vector<Value> route{ip("198.18.0.0"), number(15)};
    const std::map<Errc, Exc> expected{{Errc::NotFound, Exc::NoRoute},
                                       {Errc::NeedsRoot, Exc::NotPermitted},
                                       {Errc::System, Exc::ServiceFailed}};
    for (const auto& [refusal, exception] : expected) {
        world.refusal = refusal;
        EXPECT_EQ(call("route_del", route), only(exception));
    }
    ASSERT_EQ(world.log.size(), 3U);
    EXPECT_EQ(world.log[0], "local sets no route to 198.18.0.0/15: no route 198.18.0.0/15: no");
    EXPECT_EQ(world.changes, 0U);
}

TEST_F(RouterServicesTest, ForwardingIsReadAndSet) {
    EXPECT_EQ(call("proc_getipforward", {}), only(Exc::NoSuchInstance));
    world.sysctls["net.ipv4.ip_forward"] = "0";
    EXPECT_EQ(call("proc_getipforward", {}), only(number(0)));
    world.sysctls["net.ipv4.ip_forward"] = "1";
    EXPECT_EQ(call("proc_getipforward", {}), only(number(1)));
    EXPECT_EQ(call("proc_setipforward", {number(0)}), only(number(1)));
    EXPECT_EQ(call("proc_setipforward", {number(2)}), only(Exc::OutOfRange));
    EXPECT_EQ(world.carried_out, std::vector<std::string>{"net.ipv4.ip_forward = 0"});
}

TEST_F(RouterServicesTest, KernelParametersMustBeOnTheList) {
    world.sysctls = {
        {"net.ipv4.ip_forward", "1"}, {"net.ipv4.ip_default_ttl", "64"}, {"net.ipv4.conf.e2.rp_filter", "2"}};
    EXPECT_EQ(call("proc_get", {text("net.ipv4.conf.e2.rp_filter")}), only(text("2")));
    EXPECT_EQ(call("proc_get", {text("net.ipv4.ip_default_ttl")}), only(text("64"))) << "to write is to read";
    EXPECT_EQ(call("proc_get", {text("net.ipv4.conf.e9.rp_filter")}), only(Exc::NoSuchInstance));
    for (const auto* name :
         {"net.ipv4.ip_forward", "net.ipv4.conf.e2.x.rp_filter", "net.ipv4.conf..rp_filter",
          "net/ipv4/ip_default_ttl", "net.ipv4.conf.../.rp_filter", "kernel.hostname", ""}) {
        EXPECT_EQ(call("proc_get", {text(name)}), only(Exc::NotPermitted)) << name;
    }
    EXPECT_EQ(call("proc_set", {text("net.ipv4.ip_default_ttl"), number(65)}), only(number(1)));
    EXPECT_EQ(call("proc_set", {text("net.ipv4.ip_default_ttl"), text("66")}), only(number(1)));
    EXPECT_EQ(call("proc_set", {text("net.ipv4.conf.e2.rp_filter"), number(0)}), only(Exc::NotPermitted))
        << "to read is not to write";
    EXPECT_EQ(call("proc_set", {text("net.ipv4.ip_default_ttl"), kFar}), only(Exc::WrongArgumentType));
    for (const std::string& value : {std::string("1\n2"), std::string(), std::string(1025, '1')}) {
        EXPECT_EQ(call("proc_set", {text("net.ipv4.ip_default_ttl"), text(value)}), only(Exc::OutOfRange));
    }
    EXPECT_EQ(world.carried_out,
              (std::vector<std::string>{"net.ipv4.ip_default_ttl = 65", "net.ipv4.ip_default_ttl = 66"}));
}

TEST_F(RouterServicesTest, ChangesNeedTheRightToConfigure) {
    revoke(&Rights::configure);
    EXPECT_EQ(call("if_setup", {text("e2"), number(0)}), only(Exc::NotPermitted));
    EXPECT_EQ(call("route_add", {ip("198.18.0.0"), number(15), ip("172.16.0.2")}), only(Exc::NotPermitted));
    EXPECT_EQ(call("route_del", {ip("198.18.0.0"), number(15)}), only(Exc::NotPermitted));
    EXPECT_EQ(call("proc_setipforward", {number(0)}), only(Exc::NotPermitted));
    EXPECT_EQ(call("proc_set", {text("net.ipv4.ip_default_ttl"), number(65)}), only(Exc::NotPermitted));
    EXPECT_TRUE(world.carried_out.empty());
    EXPECT_EQ(call("if_getcount", {}), only(number(4))) << "reading needs another right";
}

TEST_F(RouterServicesTest, ReadingNeedsTheRightToRead) {
    revoke(&Rights::read);
    EXPECT_EQ(call("if_getallneighbours", {number(0)}), only(Exc::NotPermitted));
    EXPECT_EQ(call("if_getcount", {}), only(Exc::NotPermitted));
    EXPECT_EQ(call("if_setup", {text("e2"), number(0)}), only(number(1)));
}

TEST(Rights, LocalClientsMayNotConfigureUnlessTold) {
    EXPECT_FALSE(Config().local_rights.configure);
}

TEST(SysctlName, HasPartsWithOneDotBetween) {
    for (const auto* name : {"kernel", "net.ipv4.ip_forward", "net.ipv4.conf.br-lan.rp_filter"}) {
        EXPECT_TRUE(is_sysctl_name(name)) << name;
    }
    for (const auto* name :
         {"", ".", "..", ".net", "net.", "net..ipv4", "net/ipv4", "net. ipv4", "net.*", "a\nb"}) {
        EXPECT_FALSE(is_sysctl_name(name)) << name;
    }
    EXPECT_TRUE(is_sysctl_pattern("net.ipv4.conf.*.rp_filter"));
    EXPECT_FALSE(is_sysctl_pattern("net.ipv4.tcp_*"));
}

}  // namespace
}  // namespace splash::node
