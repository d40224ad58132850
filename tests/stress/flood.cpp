// flood RATE SECONDS FILE   sends the IP packets of FILE over and over, RATE a second, from the namespace it
// runs in.
//
// FILE: for each packet a length (u16, big-endian) and that many octets, the IP header included. The request
// id of a SNAP header and for origins in 198.18.0.0/15 (RFC 2544) the origin's last two change with every
// packet. Prints {"sent", "refused", "seconds"} as JSON; refused: what the kernel did not take.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "base/bytes.hpp"

namespace {

using splash::load_be;
using splash::store_be;
using Clock = std::chrono::steady_clock;
using Packet = std::vector<std::byte>;

constexpr std::size_t kBatch = 64;
constexpr std::size_t kDestination = 16;  // in an IPv4 header
constexpr std::byte kProtocol{253};

std::vector<Packet> read_packets(const char* file) {
    std::ifstream in(file, std::ios::binary);
    const std::vector<char> all{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const auto octets = std::as_bytes(std::span(all));
    std::vector<Packet> packets;
    for (std::size_t at = 0; at + 2 <= octets.size();) {
        const auto size = load_be<std::uint16_t>(octets, at);
        const auto packet = octets.subspan(at + 2, size);
        packets.emplace_back(packet.begin(), packet.end());
        at += 2U + size;
    }
    return packets;
}

/// Makes a packet unlike the one before.
void vary(Packet& packet, std::uint64_t number) {
    const std::size_t snap = (std::to_integer<std::size_t>(packet[0]) & 0xfU) * 4;
    if (packet[9] != kProtocol || packet.size() < snap + 20) {
        return;
    }
    store_be<std::uint16_t>(packet, snap + 4, static_cast<std::uint16_t>(number));
    if (load_be<std::uint16_t>(packet, snap + 16) >> 1U == 0xc612U >> 1U) {
        store_be<std::uint16_t>(packet, snap + 18, static_cast<std::uint16_t>(number));
    }
}

struct Sum {
    std::uint64_t sent = 0;
    std::uint64_t refused = 0;
};

void send_batch(int fd, std::vector<Packet>& packets, std::uint64_t first, Sum& sum) {
    std::array<mmsghdr, kBatch> messages{};
    std::array<iovec, kBatch> pieces{};
    std::array<sockaddr_in, kBatch> to{};
    for (std::size_t i = 0; i < kBatch; ++i) {
        Packet& packet = packets[(first + i) % packets.size()];
        vary(packet, first + i);
        pieces[i] = {packet.data(), packet.size()};
        to[i].sin_family = AF_INET;
        to[i].sin_addr.s_addr = htonl(load_be<std::uint32_t>(packet, kDestination));
        messages[i].msg_hdr.msg_name = &to[i];
        messages[i].msg_hdr.msg_namelen = sizeof to[i];
        messages[i].msg_hdr.msg_iov = &pieces[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    for (std::size_t done = 0; done < kBatch;) {
        const int n = ::sendmmsg(fd, &messages[done], static_cast<unsigned>(kBatch - done), 0);
        if (n > 0) {
            sum.sent += static_cast<std::uint64_t>(n);
            done += static_cast<std::size_t>(n);
        } else {
            ++sum.refused;  // the first one of those left
            ++done;
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("usage: flood RATE SECONDS FILE\n", stderr);
        return 2;
    }
    const double rate = std::atof(argv[1]);
    const double seconds = std::atof(argv[2]);
    std::vector<Packet> packets = read_packets(argv[3]);
    if (packets.size() < kBatch || rate <= 0) {  // in a batch no packet may be there twice: vary() changes it
        std::fprintf(stderr, "flood: %s must hold at least %zu packets, and the rate be above 0\n", argv[3],
                     kBatch);
        return 3;
    }
    const int fd = ::socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
    if (fd < 0) {
        std::perror("flood: a raw socket");
        return 4;
    }
    Sum sum;
    const auto begin = Clock::now();
    const auto elapsed = [begin] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
    for (std::uint64_t number = 0; elapsed() < seconds; number += kBatch) {
        const double due = static_cast<double>(number) / rate;
        if (due > elapsed()) {
            std::this_thread::sleep_for(std::chrono::duration<double>(due - elapsed()));
        }
        send_batch(fd, packets, number, sum);
    }
    std::printf("{\"sent\": %llu, \"refused\": %llu, \"seconds\": %.3f}\n",
                static_cast<unsigned long long>(sum.sent), static_cast<unsigned long long>(sum.refused),
                elapsed());
    return 0;
}
