#include "feature_trials.hpp"

// clang-format off
#include <netinet/in.h>  // first: only so the kernel's headers leave out what this one has
// clang-format on

#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/landlock.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <functional>

#include "isa/packet.hpp"
#include "linux/unique_fd.hpp"
#include "os_error.hpp"
#include "rtnetlink_socket.hpp"
#include "wire/ipv6.hpp"

namespace splash::linux {
namespace {

constexpr int kLoopback = 1;  // its index in every namespace

Failure refused(const char* doing) {
    const bool privilege = errno == EPERM || errno == EACCES;
    return os_failure(privilege ? Errc::NeedsRoot : Errc::Unsupported, doing, errno);
}

/// A number of the kernel's as a descriptor, or its refusal.
Result<UniqueFd> opened(long fd, const char* doing) {
    if (fd < 0) {
        return refused(doing);
    }
    return UniqueFd(static_cast<int>(fd));
}

Result<> try_raw_socket(bool with_router_alert) {
    auto fd = opened(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, isa::kDefaultProtocol), "open a raw socket");
    if (!fd) {
        return Failure(fd.error());
    }
    const int on = 1;
    if (with_router_alert && ::setsockopt(fd->get(), IPPROTO_IP, IP_ROUTER_ALERT, &on, sizeof on) != 0) {
        return refused("IP_ROUTER_ALERT");
    }
    return {};
}

Result<> try_ipv6_router_alert() {
    auto fd = opened(::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW), "open a raw IPv6 socket");
    if (!fd) {
        return Failure(fd.error());
    }
    const int on = 1;
    const int alert = wire::kAlertOfActiveNetworks;
    if (::setsockopt(fd->get(), IPPROTO_IPV6, IPV6_ROUTER_ALERT_ISOLATE, &on, sizeof on) != 0) {
        return refused("IPV6_ROUTER_ALERT_ISOLATE");
    }
    if (::setsockopt(fd->get(), IPPROTO_IPV6, IPV6_ROUTER_ALERT, &alert, sizeof alert) != 0) {
        return refused("IPV6_ROUTER_ALERT");
    }
    return {};
}

Result<> send(Request& request, const char* doing) {
    auto socket = RtnetlinkSocket::open();
    if (!socket) {
        return Failure(socket.error());
    }
    return socket->ask(request, doing, [](const nlmsghdr*) {});
}

/// Makes a link of a kind; `data` writes what the kind wants to know.
Result<> try_link(const char* kind, const std::function<void(nlmsghdr*)>& data = {}) {
    Request request(RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
    request.fixed<ifinfomsg>().ifi_family = AF_UNSPEC;
    nlmsghdr* const header = request.header();
    nlattr* const info = mnl_attr_nest_start(header, IFLA_LINKINFO);
    mnl_attr_put_strz(header, IFLA_INFO_KIND, kind);
    if (data) {
        nlattr* const nest = mnl_attr_nest_start(header, IFLA_INFO_DATA);
        data(header);
        mnl_attr_nest_end(header, nest);
    }
    mnl_attr_nest_end(header, info);
    return send(request, kind);
}

/// Puts a queueing discipline on the loopback interface; `options` writes what it wants to know.
Result<> try_qdisc(const char* kind, std::uint32_t parent,
                   const std::function<void(nlmsghdr*)>& options = {}) {
    Request request(RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE);
    auto& fixed = request.fixed<tcmsg>();
    fixed.tcm_ifindex = kLoopback;
    fixed.tcm_parent = parent;
    fixed.tcm_handle = parent == TC_H_CLSACT ? TC_H_MAKE(TC_H_CLSACT, 0) : 0;
    mnl_attr_put_strz(request.header(), TCA_KIND, kind);
    if (options) {
        options(request.header());
    }
    return send(request, kind);
}

Result<> try_htb() {
    return try_qdisc("htb", TC_H_ROOT, [](nlmsghdr* header) {
        tc_htb_glob glob{};
        glob.version = 3;
        glob.rate2quantum = 10;
        nlattr* const nest = mnl_attr_nest_start(header, TCA_OPTIONS);
        mnl_attr_put(header, TCA_HTB_INIT, sizeof glob, &glob);
        mnl_attr_nest_end(header, nest);
    });
}

Result<> try_tbf() {
    return try_qdisc("tbf", TC_H_ROOT, [](nlmsghdr* header) {
        tc_tbf_qopt qopt{};
        qopt.rate.rate = 1'000'000;  // octets a second
        qopt.rate.linklayer = TC_LINKLAYER_ETHERNET;
        qopt.limit = 100'000;
        qopt.buffer = 1'000'000;  // ticks of 64 ns
        nlattr* const nest = mnl_attr_nest_start(header, TCA_OPTIONS);
        mnl_attr_put(header, TCA_TBF_PARMS, sizeof qopt, &qopt);
        mnl_attr_nest_end(header, nest);
    });
}

Result<> try_netem() {
    return try_qdisc("netem", TC_H_ROOT, [](nlmsghdr* header) {
        tc_netem_qopt qopt{};
        qopt.limit = 100;
        mnl_attr_put(header, TCA_OPTIONS, sizeof qopt, &qopt);
    });
}

Result<> try_prio() {
    return try_qdisc("prio", TC_H_ROOT, [](nlmsghdr* header) {
        tc_prio_qopt qopt{};
        qopt.bands = 3;
        mnl_attr_put(header, TCA_OPTIONS, sizeof qopt, &qopt);
    });
}

/// A program of two instructions that returns `verdict`.
Result<UniqueFd> load_bpf(bpf_prog_type type, std::int32_t verdict) {
    const std::array<bpf_insn, 2> code{
        bpf_insn{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = verdict},
        bpf_insn{.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
    static constexpr char kLicence[] = "BSD";
    bpf_attr attributes{};
    attributes.prog_type = type;
    attributes.insn_cnt = code.size();
    attributes.insns = reinterpret_cast<std::uintptr_t>(code.data());
    attributes.license = reinterpret_cast<std::uintptr_t>(&kLicence[0]);
    return opened(::syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes), "load a BPF program");
}

Result<> try_cls_bpf() {
    const auto program = load_bpf(BPF_PROG_TYPE_SCHED_CLS, TC_ACT_OK);
    if (!program) {
        return Failure(program.error());
    }
    if (auto qdisc = try_qdisc("clsact", TC_H_CLSACT); !qdisc) {
        return qdisc;
    }
    Request request(RTM_NEWTFILTER, NLM_F_ACK | NLM_F_CREATE);
    auto& fixed = request.fixed<tcmsg>();
    fixed.tcm_ifindex = kLoopback;
    fixed.tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS);
    fixed.tcm_info = TC_H_MAKE(1U << 16U, htons(0x0003));  // priority 1, every protocol
    nlmsghdr* const header = request.header();
    mnl_attr_put_strz(header, TCA_KIND, "bpf");
    nlattr* const nest = mnl_attr_nest_start(header, TCA_OPTIONS);
    mnl_attr_put_u32(header, TCA_BPF_FD, static_cast<std::uint32_t>(program->get()));
    mnl_attr_put_strz(header, TCA_BPF_NAME, "trial");
    mnl_attr_put_u32(header, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
    mnl_attr_nest_end(header, nest);
    return send(request, "cls_bpf");
}

Result<> try_xdp() {
    const auto program = load_bpf(BPF_PROG_TYPE_XDP, XDP_PASS);
    if (!program) {
        return Failure(program.error());
    }
    Request request(RTM_SETLINK, NLM_F_ACK);
    request.fixed<ifinfomsg>().ifi_index = kLoopback;
    nlattr* const nest = mnl_attr_nest_start(request.header(), IFLA_XDP);
    mnl_attr_put_u32(request.header(), IFLA_XDP_FD, static_cast<std::uint32_t>(program->get()));
    mnl_attr_put_u32(request.header(), IFLA_XDP_FLAGS, XDP_FLAGS_SKB_MODE);
    mnl_attr_nest_end(request.header(), nest);
    return send(request, "XDP");
}

/// Makes a table, in a batch as nf_tables wants it.
Result<> try_nftables() {
    const MnlSocket socket(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC));
    constexpr timeval kDeadline{.tv_sec = 5, .tv_usec = 0};
    if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) != 0 ||
        ::setsockopt(mnl_socket_get_fd(socket.get()), SOL_SOCKET, SO_RCVTIMEO, &kDeadline,
                     sizeof kDeadline) != 0) {
        return refused("open a netfilter socket");
    }
    alignas(NLMSG_ALIGNTO) std::array<char, 512> batch{};
    std::size_t size = 0;
    const auto message = [&batch, &size](unsigned type, unsigned flags, std::uint16_t resource) {
        nlmsghdr* const header = mnl_nlmsg_put_header(batch.data() + size);
        header->nlmsg_type = static_cast<std::uint16_t>(type);
        header->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
        auto* const fixed = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(nfgenmsg)));
        fixed->nfgen_family = resource == 0 ? NFPROTO_IPV4 : AF_UNSPEC;
        fixed->version = NFNETLINK_V0;
        fixed->res_id = htons(resource);
        return header;
    };
    size += message(NFNL_MSG_BATCH_BEGIN, 0, NFNL_SUBSYS_NFTABLES)->nlmsg_len;
    nlmsghdr* const table =
        message(unsigned{NFNL_SUBSYS_NFTABLES} << 8U | NFT_MSG_NEWTABLE, NLM_F_ACK | NLM_F_CREATE, 0);
    mnl_attr_put_strz(table, NFTA_TABLE_NAME, "trial");
    size += table->nlmsg_len;
    size += message(NFNL_MSG_BATCH_END, 0, NFNL_SUBSYS_NFTABLES)->nlmsg_len;
    std::array<char, 8192> answer{};
    if (mnl_socket_sendto(socket.get(), batch.data(), size) < 0) {
        return refused("nftables");
    }
    const ssize_t length = mnl_socket_recvfrom(socket.get(), answer.data(), answer.size());
    if (length < 0 || mnl_cb_run(answer.data(), static_cast<std::size_t>(length), 0,
                                 mnl_socket_get_portid(socket.get()), nullptr, nullptr) < 0) {
        return refused("nftables");
    }
    return {};
}

Result<> try_landlock() {
    landlock_ruleset_attr attributes{};
    attributes.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE;
    auto fd = opened(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0),
                     "make a set of Landlock rules");
    return fd ? Result<>() : Failure(fd.error());
}

/// Takes a filter that allows everything.
Result<> try_seccomp() {
    sock_filter allow{.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = SECCOMP_RET_ALLOW};
    const sock_fprog program{.len = 1, .filter = &allow};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
        return refused("seccomp filter");
    }
    return {};
}

}  // namespace

Result<> try_feature(Feature feature) {
    switch (feature) {
        case Feature::NetworkNamespaces: return {};  // or nobody would be here
        case Feature::RawSockets: return try_raw_socket(false);
        case Feature::RouterAlert: return try_raw_socket(true);
        case Feature::Ipv6RouterAlert: return try_ipv6_router_alert();
        case Feature::Veth: return try_link("veth");
        case Feature::Bridge: return try_link("bridge");
        case Feature::Vxlan:
            return try_link("vxlan", [](nlmsghdr* header) { mnl_attr_put_u32(header, IFLA_VXLAN_ID, 1); });
        case Feature::Gre:
            return try_link("gre", [](nlmsghdr* header) {
                mnl_attr_put_u32(header, IFLA_GRE_LOCAL, htonl(INADDR_LOOPBACK));
                mnl_attr_put_u32(header, IFLA_GRE_REMOTE, htonl(INADDR_LOOPBACK + 1));
            });
        case Feature::WireGuard: return try_link("wireguard");
        case Feature::Prio: return try_prio();
        case Feature::Htb: return try_htb();
        case Feature::Tbf: return try_tbf();
        case Feature::Netem: return try_netem();
        case Feature::Clsact: return try_qdisc("clsact", TC_H_CLSACT);
        case Feature::ClsBpf: return try_cls_bpf();
        case Feature::Xdp: return try_xdp();
        case Feature::AfXdp: {
            auto fd = opened(::socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0), "open an AF_XDP socket");
            return fd ? Result<>() : Failure(fd.error());
        }
        case Feature::Nftables: return try_nftables();
        case Feature::Landlock: return try_landlock();
        case Feature::Seccomp: return try_seccomp();
    }
    return fail(Errc::Bug, "a feature without a trial");
}

}  // namespace splash::linux
