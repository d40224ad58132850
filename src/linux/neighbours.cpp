#include "neighbours.hpp"

#include <algorithm>
#include <array>

#include "linux/kernel_topology.hpp"

namespace splash::linux {
namespace {

constexpr std::chrono::seconds kTableAge{1};
constexpr std::uint32_t kLoopbackIndex = 1;  // in every namespace (LOOPBACK_IFINDEX in the kernel)

}  // namespace

void NeighbourSet::add(std::uint32_t if_index, const IpAddress& address) {
    if (address.needs_scope()) {
        return;
    }
    auto& of_interface = by_interface_[if_index];
    if (of_interface.size() < KernelTopology::kMaxNeighboursPerInterface &&
        of_interface.insert(address).second) {
        all_.insert(address);
    }
}

std::optional<IpAddress> other_end(const AddressInfo& a) {
    if (a.peer && *a.peer != a.address) {
        return a.peer;
    }
    const unsigned host_bits = a.address.bits() - a.prefix_length;
    if (host_bits != 1 && host_bits != 2) {
        return std::nullopt;
    }
    const ConstBytes octets = a.address.octets();
    std::array<std::byte, 16> other{};
    std::ranges::copy(octets, other.begin());
    const unsigned last = std::to_integer<unsigned>(octets.back());
    const unsigned host = last & 3U;
    if (host_bits == 2 && (host == 0 || host == 3)) {
        return std::nullopt;
    }
    other[octets.size() - 1] = static_cast<std::byte>(last ^ (host_bits == 1 ? 1U : 3U));
    return IpAddress::from_octets(ConstBytes(other).first(octets.size()));
}

const NeighbourSet& NextHops::known() {
    const node::Instant begin = clock_.now();
    if ((is_reading_ || is_out_of_date_) && pace_.allows(begin)) {
        read_on();
        pace_.took(begin, clock_.now());
    }
    return known_;
}

void NextHops::read_on() {
    if (!is_reading_) {
        is_out_of_date_ = false;  // what changes from now on makes it so again
        being_read_ = {};
        is_reading_ = kernel_.begin_routes().has_value();
        if (!is_reading_) {
            is_out_of_date_ = true;
            pace_.failed(clock_.now());
            return;
        }
    }
    for (int piece = 0; piece < kPiecesAtATime && is_reading_; ++piece) {
        const auto more = kernel_.more_routes([this](const RouteInfo& route) {
            if (route.gateway) {
                being_read_.add(route.if_index, *route.gateway);
            }
        });
        if (!more) {
            is_reading_ = false;
            is_out_of_date_ = true;
            pace_.failed(clock_.now());
            return;
        }
        is_reading_ = *more;
    }
    if (!is_reading_) {
        known_ = std::move(being_read_);
    }
}

const NeighbourSet& NeighbourTable::known() {
    const node::Instant begin = clock_.now();
    if ((is_out_of_date_ || begin - read_at_ >= kTableAge) && pace_.allows(begin)) {
        is_out_of_date_ = false;
        read_at_ = begin;
        if (const auto entries = kernel_.neighbours()) {
            known_ = {};
            for (const NeighbourInfo& n : *entries) {
                if (n.is_live && !n.address.is_multicast() && n.if_index != kLoopbackIndex) {
                    known_.add(n.if_index, n.address);
                }
            }
        } else {
            is_out_of_date_ = true;
            pace_.failed(clock_.now());
        }
        pace_.took(begin, clock_.now());
    }
    return known_;
}

}  // namespace splash::linux
