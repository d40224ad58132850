// A node over a world in memory: what its unit tests share.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
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

/// A request to an agent elsewhere.
struct AskedAgent {
    IpAddress agent;
    std::string community;
    std::chrono::milliseconds patience{};
    MibRequest request;
    Mib::Answered answered;
};

/// Everything a node asks of the world, in memory; records what it was asked.
class World final : public Clock,
                    public Topology,
                    public NetworkControl,
                    public Carriers,
                    public Clients,
                    public Mib,
                    public RemoteAgents,
                    public Log {
public:
    // Clock
    Instant now() override { return time; }
    std::int64_t epoch_us() override { return 1'000'000; }
    // Topology
    bool is_local(const IpAddress& a) override { return a == kSelf || a == kSelfIpv6; }
    bool is_broadcast(const IpAddress& a) override { return a == *IpAddress::parse("172.16.0.255"); }
    bool is_neighbour(const IpAddress& a) override { return direct.contains(a); }
    std::optional<IpAddress> interface_address(std::uint32_t if_index, IpVersion version) override {
        for (const auto& [address, on] : interface_addresses) {
            if (on == if_index && address.version() == version) {
                return address;
            }
        }
        return IpAddress::parse(version == IpVersion::V6 ? "2001:db8:16::1" : "172.16.0.1");
    }
    IpAddress primary_address(IpVersion version) override {
        return version == IpVersion::V6 ? kSelfIpv6 : kSelf;
    }
    unsigned interface_count() override { return 3; }
    std::optional<Route> route(const IpAddress& to) override {
        if (to == kFarIpv6) {
            return Route{2, mtu, kSelfIpv6, std::nullopt};
        }
        return to == kFar || to == kStranger ? std::optional(Route{2, mtu, kSelf, gateway}) : std::nullopt;
    }
    std::span<const Interface> interfaces() override { return all_interfaces; }
    std::optional<std::uint32_t> interface_of(const IpAddress& local) override {
        const auto found = interface_addresses.find(local);
        return found == interface_addresses.end() ? std::nullopt : std::optional(found->second);
    }
    std::vector<Neighbour> neighbours() override { return all_neighbours; }
    void note_change() override { ++changes; }
    // NetworkControl
    Result<> set_interface(std::uint32_t if_index, InterfaceState state) override {
        return do_or_refuse("interface " + std::to_string(if_index) +
                            (state == InterfaceState::Up ? " up" : " down"));
    }
    Result<> set_route(const Prefix& to, const IpAddress& by) override {
        return do_or_refuse("route " + to.to_string() + " by " + by.to_string());
    }
    Result<> delete_route(const Prefix& to) override { return do_or_refuse("no route " + to.to_string()); }
    Result<std::string> sysctl(std::string_view name) override {
        const auto found = sysctls.find(name);
        if (found == sysctls.end()) {
            return fail(Errc::NotFound, std::string(name));
        }
        return found->second;
    }
    Result<> set_sysctl(std::string_view name, std::string_view value) override {
        return do_or_refuse(std::string(name) + " = " + std::string(value));
    }
    Result<> do_or_refuse(std::string what) {
        if (refusal) {
            return fail(*refusal, what + ": no");
        }
        carried_out.push_back(std::move(what));
        return {};
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
    void ask(const MibUser& user, MibRequest request, Answered answered) override {
        users.push_back(user);
        for (MibBinding& binding : request.bindings) {
            binding.value = request.operation == MibOperation::Set   ? Value(std::int64_t{1})
                            : request.operation == MibOperation::Get ? Value(isa::Str{"r1"})
                                                                     : Value(Exc::EndOfMibView);
        }
        requests.push_back(request);
        answer_mib(std::move(request.bindings), std::move(answered));
    }
    Value notify(const Oid& notification, const Value& value) override {
        notifications.push_back({notification, value});
        return std::int64_t{1};
    }
    // RemoteAgents
    void ask(const IpAddress& agent, const AgentRule& how, std::chrono::milliseconds patience,
             MibRequest request, Answered answered) override {
        remote.push_back({agent, how.community, patience, std::move(request), std::move(answered)});
    }
    // Log
    void write(Level, std::string_view text) override { log.emplace_back(text); }

    void answer_mib(MibResult result, Answered answered) {
        if (mib_answers_later) {
            waiting.emplace_back(std::move(result), std::move(answered));
        } else {
            answered(std::move(result));
        }
    }

    Instant time{};
    std::uint32_t mtu = 1500;
    bool carrier_is_open = true;
    bool carries_ipv6 = true;
    bool mib_answers_later = false;
    std::set<IpAddress> direct;  ///< what is_neighbour() knows
    std::vector<Interface> all_interfaces;
    std::map<IpAddress, std::uint32_t> interface_addresses;
    std::vector<Neighbour> all_neighbours;
    std::optional<IpAddress> gateway;
    std::map<std::string, std::string, std::less<>> sysctls;
    std::vector<std::string> carried_out;  ///< changes to the network, in order
    std::optional<Errc> refusal;           ///< of all of them
    unsigned changes = 0;                  ///< that the topology was told of
    std::vector<std::string> log;
    std::vector<Sent> sent;
    std::vector<std::pair<Endpoint, Packet>> answers;
    std::map<ClientId, std::vector<wire::Frame>> frames;
    std::vector<MibUser> users;
    std::vector<std::pair<MibResult, Answered>> waiting;
    std::vector<MibRequest> requests;
    std::vector<MibBinding> notifications;
    std::vector<AskedAgent> remote;  ///< tests answer them
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
    Node node{config(), Ports{world, world, world, world, world, world, world, world}};
};

}  // namespace splash::node
