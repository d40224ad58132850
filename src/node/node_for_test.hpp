// A node over a world in memory: what its unit tests share.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "node/node.hpp"
#include "wire/frames.hpp"

namespace splash::node {

using isa::Exc;
using isa::Instruction;
using isa::Opcode;
using isa::Packet;
using isa::Reason;
using isa::Value;
using isa::Word;

inline const IpAddress kSelf = *IpAddress::parse("10.0.0.1");
inline const IpAddress kFar = *IpAddress::parse("10.0.0.9");
inline const IpAddress kSelfIpv6 = *IpAddress::parse("2001:db8::1");
inline const IpAddress kFarIpv6 = *IpAddress::parse("2001:db8::9");
inline const IpAddress kStranger = *IpAddress::parse("203.0.113.5");
inline const ClientId kClient{7};

/// A packet, instruction by instruction.
class Program {
public:
    Program& op(Opcode opcode, std::int32_t n = 0) {
        packet_.code.push_back(Instruction{static_cast<std::uint8_t>(opcode), n}.to_word());
        return *this;
    }
    Program& push(std::int32_t n) { return op(Opcode::PushInt, n); }
    Program& push(std::string_view text) {
        const Word word = heap_.put(isa::Str{std::string(text)});
        const isa::ConstPlace place{word.ref().offset, word.ref().length};
        return op(Opcode::PushStr, static_cast<std::int32_t>(place.to_immediate()));
    }
    Program& push(const IpAddress& address) {
        const Word word = heap_.put(isa::Str{std::string(as_text(address.octets()))});
        const isa::ConstPlace place{word.ref().offset, word.ref().length};
        return op(Opcode::PushAddr, static_cast<std::int32_t>(place.to_immediate()));
    }
    Program& calls(std::string_view service) {
        return op(Opcode::Calls, static_cast<std::int32_t>(isa::service_id(service)));
    }
    Program& data(const Value& value) {
        packet_.stack.push_back(heap_.put(value));
        return *this;
    }
    Program& from(const IpAddress& origin) {
        packet_.header.origin = origin;
        return *this;
    }
    Program& bound(std::uint16_t bound) {
        packet_.header.bound = bound;
        return *this;
    }
    Program& id(std::uint16_t port, std::uint16_t request_id) {
        packet_.header.port = port;
        packet_.header.request_id = request_id;
        return *this;
    }
    [[nodiscard]] std::vector<std::byte> wire() const {
        Packet p = packet_;
        p.heap = heap_.heap();
        return p.to_wire();
    }

private:
    Packet packet_;
    isa::HeapWriter heap_;
};

struct Sent {
    Carriage carriage{};
    IpAddress to;
    std::uint8_t ttl = 0;
    Packet packet;
};

/// Everything a node asks of the world, in memory; records what it was asked.
class World final : public Clock, public Topology, public Carriers, public Clients, public Mib, public Log {
public:
    // Clock
    Instant now() override { return time; }
    std::int64_t epoch_us() override { return 1'000'000; }
    // Topology
    bool is_local(const IpAddress& a) override { return a == kSelf || a == kSelfIpv6; }
    bool is_broadcast(const IpAddress& a) override { return a == *IpAddress::parse("172.16.0.255"); }
    bool is_neighbour(const IpAddress& a) override { return neighbours.contains(a); }
    std::optional<IpAddress> interface_address(std::uint32_t, IpVersion version) override {
        return IpAddress::parse(version == IpVersion::V6 ? "2001:db8:16::1" : "172.16.0.1");
    }
    IpAddress primary_address(IpVersion version) override {
        return version == IpVersion::V6 ? kSelfIpv6 : kSelf;
    }
    unsigned interface_count() override { return 3; }
    std::optional<Route> route(const IpAddress& to) override {
        if (to == kFarIpv6) {
            return Route{2, mtu, kSelfIpv6};
        }
        return to == kFar || to == kStranger ? std::optional(Route{2, mtu, kSelf}) : std::nullopt;
    }
    // Carriers
    bool can_carry(Carriage, const IpAddress& to) override { return carries_ipv6 || !to.is_v6(); }
    bool transmit(const Outgoing& out) override {
        sent.push_back({out.carriage, out.to, out.ttl, std::get<Packet>(Packet::from_wire(out.packet))});
        return carrier_is_open;
    }
    bool answer(const Endpoint& client, ConstBytes packet) override {
        answers.emplace_back(client, std::get<Packet>(Packet::from_wire(packet)));
        return carrier_is_open;
    }
    // Clients
    bool send(ClientId client, ConstBytes frame) override {
        frames[client].push_back(*wire::frame_from_wire(frame));
        return true;
    }
    // Mib
    void get(const MibUser& user, const Oid& oid, Done done) override {
        users.push_back(user);
        answer_mib({oid, isa::Str{"r1"}}, std::move(done));
    }
    void get_next(const MibUser&, const Oid& oid, Done done) override {
        answer_mib({oid, Exc::EndOfMibView}, std::move(done));
    }
    void set(const MibUser&, const Oid& oid, const Value&, Done done) override {
        answer_mib({oid, std::int64_t{1}}, std::move(done));
    }
    // Log
    void write(Level, std::string_view) override {}

    void answer_mib(MibReply reply, Done done) {
        if (mib_answers_later) {
            waiting.emplace_back(std::move(reply), std::move(done));
        } else {
            done(std::move(reply));
        }
    }

    Instant time{};
    std::uint32_t mtu = 1500;
    bool carrier_is_open = true;
    bool carries_ipv6 = true;
    bool mib_answers_later = false;
    std::set<IpAddress> neighbours;
    std::vector<Sent> sent;
    std::vector<std::pair<Endpoint, Packet>> answers;
    std::map<ClientId, std::vector<wire::Frame>> frames;
    std::vector<MibUser> users;
    std::vector<std::pair<MibReply, Done>> waiting;
};

class NodeTest : public testing::Test {
protected:
    static Config config() {
        Config c;
        c.name = "n1";
        c.local_user = "operator";
        c.allow = {{.prefix = *Prefix::parse("10.0.0.0/8"),
                    .rights = {.read = true, .write = false, .send = true},
                    .snmp_user = "guest",
                    .bound = 100}};
        c.domain = {*Prefix::parse("10.0.0.0/8")};
        return c;
    }

    void arrive(const std::vector<std::byte>& packet, const IpAddress& to = kSelf,
                std::optional<Endpoint> udp_from = {}) {
        Buffer buffer = node.take_buffer();
        buffer.place(20, packet.size());
        std::copy(packet.begin(), packet.end(), buffer.packet().begin());
        node.receive(
            {.if_index = 2, .source = kFar, .destination = to, .udp_from = udp_from, .is_cut = false},
            std::move(buffer));
    }
    void inject(const Program& program, const IpAddress& to = kSelf, std::uint16_t bound = 20) {
        wire::Inject request;
        request.tag = 99;
        request.bound = bound;
        request.destination = to;
        request.packet = program.wire();
        node.client_frame(kClient, wire::to_wire(request));
    }
    template <class F>
    [[nodiscard]] std::vector<F> frames_to(ClientId client) const {
        std::vector<F> found;
        const auto all = world.frames.find(client);
        if (all != world.frames.end()) {
            for (const wire::Frame& frame : all->second) {
                if (const F* f = std::get_if<F>(&frame)) {
                    found.push_back(*f);
                }
            }
        }
        return found;
    }
    /// The values of the one packet delivered to a client, bottom first.
    [[nodiscard]] std::vector<Value> delivered() const {
        const auto packets = frames_to<wire::PacketFrame>(kClient);
        EXPECT_EQ(packets.size(), 1U);
        if (packets.size() != 1) {
            return {};
        }
        return values(std::get<Packet>(Packet::from_wire(packets[0].packet)));
    }
    static std::vector<Value> values(const Packet& packet) {
        std::vector<Value> all;
        for (const Word word : packet.stack) {
            all.push_back(isa::read_value(word, packet.heap).value());
        }
        return all;
    }
    static Reason reason_of(const Packet& packet) { return isa::Report::from_packet(packet)->reason; }

    World world;
    Node node{config(), Ports{world, world, world, world, world, world}};
};

}  // namespace splash::node
