#include "metered_transport.hpp"

#include <cstdlib>
#include <new>
#include <type_traits>

namespace splash::snmp {
namespace {

/// The library knows only `base`, which therefore comes first, and frees the whole with free().
struct Metered {
    netsnmp_transport base;
    decltype(netsnmp_transport::f_send) send;
    decltype(netsnmp_transport::f_recv) receive;
    Manager::Traffic traffic;
};
static_assert(std::is_standard_layout_v<Metered> && std::is_trivially_destructible_v<Metered>);

int send_metered(netsnmp_transport* transport, const void* octets, int size, void** opaque,
                 int* opaque_length) noexcept {
    auto& metered = *reinterpret_cast<Metered*>(transport);
    const int sent = metered.send(transport, octets, size, opaque, opaque_length);
    if (sent > 0) {
        ++metered.traffic.requests;
        metered.traffic.request_octets += static_cast<std::uint64_t>(size);
    }
    return sent;
}

int receive_metered(netsnmp_transport* transport, void* octets, int size, void** opaque,
                    int* opaque_length) noexcept {
    auto& metered = *reinterpret_cast<Metered*>(transport);
    const int received = metered.receive(transport, octets, size, opaque, opaque_length);
    if (received > 0) {
        ++metered.traffic.answers;
        metered.traffic.answer_octets += static_cast<std::uint64_t>(received);
    }
    return received;
}

}  // namespace

const Manager::Traffic* count_traffic(void* session) {
    netsnmp_transport* const plain = snmp_sess_transport(session);
    void* const memory = plain != nullptr ? std::calloc(1, sizeof(Metered)) : nullptr;
    if (memory == nullptr) {
        return nullptr;
    }
    auto* const metered =
        new (memory) Metered{.base = *plain, .send = plain->f_send, .receive = plain->f_recv, .traffic = {}};
    metered->base.f_send = send_metered;
    metered->base.f_recv = receive_metered;
    snmp_sess_transport_set(session, &metered->base);
    std::free(plain);  // what it pointed to belongs to the other now
    return &metered->traffic;
}

}  // namespace splash::snmp
