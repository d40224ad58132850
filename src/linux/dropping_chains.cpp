// clang-format off
#include <netinet/in.h>  // first: only so the kernel's headers leave out what this one has
// clang-format on

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "linux/host.hpp"
#include "os_error.hpp"
#include "rtnetlink_socket.hpp"

namespace splash::linux {
namespace {

constexpr timeval kDeadline{.tv_sec = 5, .tv_usec = 0};

Failure refused(int error_number) {
    switch (error_number) {
        case EPERM:
        case EACCES: return os_failure(Errc::NeedsRoot, "list the chains of nf_tables", error_number);
        case EINVAL:
        case EPROTONOSUPPORT:
        case EOPNOTSUPP: return os_failure(Errc::Unsupported, "nf_tables", error_number);
        default: return os_failure("list the chains of nf_tables", error_number);
    }
}

std::string_view name_of_family(unsigned family) {
    switch (family) {
        case NFPROTO_INET: return "inet";
        case NFPROTO_IPV4: return "ip";
        case NFPROTO_IPV6: return "ip6";
        default: return {};
    }
}

std::string_view name_of_hook(std::uint32_t hook) {
    switch (hook) {
        case NF_INET_LOCAL_IN: return "input";
        case NF_INET_FORWARD: return "forward";
        case NF_INET_LOCAL_OUT: return "output";
        default: return {};
    }
}

int take_chain(const nlmsghdr* message, void* into) {
    const auto* const fixed = static_cast<const nfgenmsg*>(mnl_nlmsg_get_payload(message));
    const Attributes chain(message, sizeof(nfgenmsg));
    const nlattr* const hook = chain.find(NFTA_CHAIN_HOOK);
    const auto policy = chain.u32(NFTA_CHAIN_POLICY);
    const std::string_view family = name_of_family(fixed->nfgen_family);
    if (hook == nullptr || !policy || ntohl(*policy) != NF_DROP || family.empty()) {
        return MNL_CB_OK;
    }
    const auto number = Attributes(hook).u32(NFTA_HOOK_HOOKNUM);
    if (number && !name_of_hook(ntohl(*number)).empty()) {
        static_cast<std::vector<std::string>*>(into)->push_back(
            std::string(family) + ' ' + chain.text(NFTA_CHAIN_TABLE) + ' ' + chain.text(NFTA_CHAIN_NAME));
    }
    return MNL_CB_OK;
}

}  // namespace

Result<std::vector<std::string>> dropping_chains() {
    const MnlSocket socket(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC));
    if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) != 0 ||
        ::setsockopt(mnl_socket_get_fd(socket.get()), SOL_SOCKET, SO_RCVTIMEO, &kDeadline,
                     sizeof kDeadline) != 0) {
        return refused(errno);
    }
    alignas(NLMSG_ALIGNTO) std::array<char, 64> request{};
    nlmsghdr* const header = mnl_nlmsg_put_header(request.data());
    header->nlmsg_type = static_cast<std::uint16_t>(unsigned{NFNL_SUBSYS_NFTABLES} << 8U | NFT_MSG_GETCHAIN);
    header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    auto* const fixed = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(nfgenmsg)));
    fixed->nfgen_family = AF_UNSPEC;
    fixed->version = NFNETLINK_V0;
    if (mnl_socket_sendto(socket.get(), header, header->nlmsg_len) < 0) {
        return refused(errno);
    }
    std::vector<std::string> chains;
    std::vector<char> answer(64UL * 1024);
    for (;;) {
        const ssize_t length = mnl_socket_recvfrom(socket.get(), answer.data(), answer.size());
        if (length < 0) {
            return refused(errno);
        }
        const int more = mnl_cb_run(answer.data(), static_cast<std::size_t>(length), 0,
                                    mnl_socket_get_portid(socket.get()), take_chain, &chains);
        if (more < 0) {
            return refused(errno);
        }
        if (more == MNL_CB_STOP) {
            return chains;
        }
    }
}

}  // namespace splash::linux
