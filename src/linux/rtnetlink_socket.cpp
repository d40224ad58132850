#include "rtnetlink_socket.hpp"

#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/assert.hpp"

namespace splash::linux {
namespace {

constexpr timeval kDeadline{.tv_sec = 5, .tv_usec = 0};
constexpr std::size_t kBatchBytes =
    60'000;  // below the usual 64 kB where the kernel must look for large pages
constexpr std::size_t kBufferBytes = 64UL * 1024;
constexpr int kSocketBuffer = 4 << 20;
constexpr int kDumpAttempts = 5;

struct Ack {
    int error_number = 0;  // positive
    std::string text;      // the kernel's extended ack
};

/// What NLMSG_ERROR says; an acknowledgement is error 0.
Ack read_ack(const nlmsghdr* message) {
    Ack ack;
    if (mnl_nlmsg_get_payload_len(message) < sizeof(nlmsgerr)) {
        ack.error_number = EBADMSG;
        return ack;
    }
    const auto* error = static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(message));
    ack.error_number = error->error < 0 ? -error->error : error->error;
    if ((message->nlmsg_flags & NLM_F_ACK_TLVS) == 0) {
        return ack;
    }
    std::size_t fixed = sizeof(nlmsgerr);
    if ((message->nlmsg_flags & NLM_F_CAPPED) == 0) {
        fixed += error->msg.nlmsg_len - sizeof(nlmsghdr);  // our request comes back whole
    }
    ack.text = Attributes(message, fixed).text(NLMSGERR_ATTR_MSG);
    return ack;
}

Errc code_of(int error_number) {
    switch (error_number) {
        case EPERM:
        case EACCES: return Errc::NeedsRoot;
        case ENODEV:
        case ESRCH: return Errc::NotFound;
        case EEXIST: return Errc::AlreadyExists;
        case EOPNOTSUPP:
        case EAFNOSUPPORT: return Errc::Unsupported;
        case EAGAIN: return Errc::TimedOut;
        default: return Errc::System;
    }
}

void set_option(const mnl_socket* socket, int level, int option, int value) {
    // Each of these is a comfort: an old kernel or a process without CAP_NET_ADMIN goes without.
    static_cast<void>(setsockopt(mnl_socket_get_fd(socket), level, option, &value, sizeof value));
}

}  // namespace

Error kernel_error(int error_number, const std::string& doing, std::string_view kernel_text) {
    Error error{code_of(error_number), doing + ": " + std::strerror(error_number)};
    if (!kernel_text.empty()) {
        error.detail += ": ";
        error.detail += kernel_text;
    }
    return error;
}

Result<MnlSocket> open_rtnetlink_socket(unsigned groups, int flags) {
    MnlSocket socket(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | flags));
    if (!socket) {
        return Failure(kernel_error(errno, "open a netlink socket"));
    }
    set_option(socket.get(), SOL_SOCKET, SO_RCVBUF, kSocketBuffer);
    set_option(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, kSocketBuffer);
    set_option(socket.get(), SOL_SOCKET, SO_SNDBUFFORCE, kSocketBuffer);
    set_option(socket.get(), SOL_NETLINK, NETLINK_EXT_ACK, 1);
    set_option(socket.get(), SOL_NETLINK, NETLINK_CAP_ACK, 1);
    const int fd = mnl_socket_get_fd(socket.get());
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kDeadline, sizeof kDeadline) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kDeadline, sizeof kDeadline) != 0 ||
        mnl_socket_bind(socket.get(), groups, MNL_SOCKET_AUTOPID) != 0) {
        return Failure(kernel_error(errno, "bind a netlink socket"));
    }
    return socket;
}

Attributes::Attributes(const nlmsghdr* message, std::size_t fixed_size) {
    const std::size_t offset = MNL_ALIGN(fixed_size);
    const std::size_t payload = mnl_nlmsg_get_payload_len(message);
    if (offset < payload) {
        *this = Attributes(mnl_nlmsg_get_payload_offset(message, fixed_size), payload - offset);
    }
}

Attributes::Attributes(const nlattr* nest)
    : Attributes(mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest)) {}

Attributes::Attributes(const void* first, std::size_t size) {
    const auto* begin = static_cast<const char*>(first);
    const auto* attribute = static_cast<const nlattr*>(first);
    const auto left = [&] {
        return static_cast<int>(static_cast<std::ptrdiff_t>(size) -
                                (static_cast<const char*>(static_cast<const void*>(attribute)) - begin));
    };
    for (; mnl_attr_ok(attribute, left()); attribute = mnl_attr_next(attribute)) {
        const std::size_t type = mnl_attr_get_type(attribute);
        if (type < by_type_.size()) {
            by_type_[type] = attribute;
        }
    }
}

std::optional<std::uint32_t> Attributes::u32(unsigned type) const {
    const nlattr* a = find(type);
    if (a == nullptr || mnl_attr_get_payload_len(a) < sizeof(std::uint32_t)) {
        return std::nullopt;
    }
    return mnl_attr_get_u32(a);
}

std::optional<IpAddress> Attributes::address(unsigned type) const {
    const nlattr* a = find(type);
    if (a == nullptr) {
        return std::nullopt;
    }
    return IpAddress::from_octets(
        ConstBytes(static_cast<const std::byte*>(mnl_attr_get_payload(a)), mnl_attr_get_payload_len(a)));
}

std::string Attributes::text(unsigned type) const {
    const nlattr* a = find(type);
    if (a == nullptr) {
        return {};
    }
    const auto* bytes = static_cast<const char*>(mnl_attr_get_payload(a));
    return std::string(bytes, strnlen(bytes, mnl_attr_get_payload_len(a)));
}

Request::Request(std::uint16_t type, unsigned flags) : header_(mnl_nlmsg_put_header(bytes_.data())) {
    header_->nlmsg_type = type;
    header_->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
}

void Request::put(std::uint16_t type, const IpAddress& address) {
    mnl_attr_put(header_, type, address.octets().size(), address.octets().data());
}

void Request::put(std::uint16_t type, const std::string& text) {
    SPLASH_ASSERT(text.size() < IFNAMSIZ, "callers check the length of names");
    mnl_attr_put_strz(header_, type, text.c_str());
}

RtnetlinkSocket::RtnetlinkSocket(MnlSocket socket) : socket_(std::move(socket)), buffer_(kBufferBytes) {}

Result<RtnetlinkSocket> RtnetlinkSocket::open() {
    return open_rtnetlink_socket(0, 0).map([](MnlSocket s) { return RtnetlinkSocket(std::move(s)); });
}

Result<> RtnetlinkSocket::send(const void* bytes, std::size_t size, const std::string& doing) {
    while (mnl_socket_sendto(socket_.get(), bytes, size) < 0) {
        if (errno != EINTR) {
            return Failure(kernel_error(errno, doing));
        }
    }
    return {};
}

Result<std::size_t> RtnetlinkSocket::receive(const std::string& doing) {
    for (;;) {
        const ssize_t n = mnl_socket_recvfrom(socket_.get(), buffer_.data(), buffer_.size());
        if (n >= 0) {
            return static_cast<std::size_t>(n);
        }
        if (errno == EAGAIN) {
            return fail(Errc::TimedOut, doing + ": the kernel was silent for 5 s");
        }
        if (errno != EINTR) {
            return Failure(kernel_error(errno, doing));
        }
    }
}

Result<> RtnetlinkSocket::ask(Request& request, const std::string& doing, const OnMessage& on_message) {
    // A table that changes during a dump comes with a mark: a reader may have missed an entry.
    for (int attempt = 1;; ++attempt) {
        bool interrupted = false;
        std::vector<char> copies;
        std::vector<std::size_t> offsets;
        const auto keep = [&](const nlmsghdr* m) {
            offsets.push_back(copies.size());
            const auto* bytes = static_cast<const char*>(static_cast<const void*>(m));
            copies.insert(copies.end(), bytes, bytes + NLMSG_ALIGN(m->nlmsg_len));
        };
        if (auto done = ask_once(request, doing, keep, interrupted); !done) {
            return done;
        }
        if (interrupted && attempt < kDumpAttempts) {
            continue;
        }
        for (const std::size_t offset : offsets) {
            on_message(static_cast<const nlmsghdr*>(static_cast<const void*>(copies.data() + offset)));
        }
        return {};
    }
}

Result<> RtnetlinkSocket::ask_once(Request& request, const std::string& doing, const OnMessage& on_message,
                                   bool& interrupted) {
    const bool dump = (request.header()->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
    if (auto sent = begin_dump(request, doing); !sent) {
        return sent;
    }
    for (bool is_answered = false;;) {
        const auto more = read_answers(
            doing,
            [&](const nlmsghdr* m) {
                is_answered = true;
                on_message(m);
            },
            interrupted);
        if (!more) {
            return Failure(more.error());
        }
        if (!*more || (is_answered && !dump)) {
            return {};
        }
    }
}

Result<> RtnetlinkSocket::begin_dump(Request& request, const std::string& doing) {
    nlmsghdr* header = request.header();
    header->nlmsg_seq = ++sequence_;
    return send(header, header->nlmsg_len, doing);
}

Result<bool> RtnetlinkSocket::continue_dump(const std::string& doing, const OnMessage& on_message) {
    bool interrupted = false;  // whoever takes a table in pieces knows that it may change meanwhile
    return read_answers(doing, on_message, interrupted);
}

Result<bool> RtnetlinkSocket::read_answers(const std::string& doing, const OnMessage& on_message,
                                           bool& interrupted) {
    const auto size = receive(doing);
    if (!size) {
        return Failure(size.error());
    }
    int left = static_cast<int>(*size);
    const auto* m = static_cast<const nlmsghdr*>(static_cast<const void*>(buffer_.data()));
    for (; mnl_nlmsg_ok(m, left); m = mnl_nlmsg_next(m, &left)) {
        if (m->nlmsg_seq != sequence_) {
            continue;  // left over from a request that timed out
        }
        interrupted = interrupted || (m->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
        if (m->nlmsg_type == NLMSG_ERROR) {
            const Ack ack = read_ack(m);
            return ack.error_number == 0 ? Result<bool>(false)
                                         : Failure(kernel_error(ack.error_number, doing, ack.text));
        }
        if (m->nlmsg_type == NLMSG_DONE) {
            return false;
        }
        on_message(m);
    }
    return true;
}

void RtnetlinkSocket::refuse(Error error) {
    if (!first_error_) {
        first_error_ = std::move(error);
    }
}

void RtnetlinkSocket::queue(Request& request, std::string doing) {
    nlmsghdr* header = request.header();
    header->nlmsg_seq = ++sequence_;
    last_in_batch_ = batch_.size();
    const auto* bytes = static_cast<const char*>(static_cast<const void*>(header));
    batch_.insert(batch_.end(), bytes, bytes + NLMSG_ALIGN(header->nlmsg_len));
    doing_.push_back(std::move(doing));
    if (batch_.size() >= kBatchBytes) {
        if (auto sent = send_batch(); !sent) {
            refuse(sent.error());
        }
    }
}

/// Only the last message asks for an acknowledgement: refusals come in any case and before it, so a
/// batch costs one answer and not a thousand.
Result<> RtnetlinkSocket::send_batch() {
    if (batch_.empty()) {
        return {};
    }
    const std::vector<std::string> doing = std::exchange(doing_, {});
    auto* last = static_cast<nlmsghdr*>(static_cast<void*>(batch_.data() + last_in_batch_));
    last->nlmsg_flags = static_cast<std::uint16_t>(last->nlmsg_flags | NLM_F_ACK);
    const std::uint32_t last_sequence = last->nlmsg_seq;
    const std::uint32_t first_sequence = last_sequence - static_cast<std::uint32_t>(doing.size()) + 1;
    auto sent = send(batch_.data(), batch_.size(), doing.front());
    batch_.clear();
    if (!sent) {
        return sent;
    }
    Result<> outcome;
    for (;;) {
        const auto size = receive(doing.back());
        if (!size) {
            return outcome ? Result<>(Failure(size.error())) : outcome;
        }
        int left = static_cast<int>(*size);
        const auto* m = static_cast<const nlmsghdr*>(static_cast<const void*>(buffer_.data()));
        for (; mnl_nlmsg_ok(m, left); m = mnl_nlmsg_next(m, &left)) {
            const std::uint32_t which =
                m->nlmsg_seq - first_sequence;  // wraps to a large number if it is not ours
            if (m->nlmsg_type != NLMSG_ERROR || which >= doing.size()) {
                continue;
            }
            const Ack ack = read_ack(m);
            if (ack.error_number != 0 && outcome) {
                outcome = Failure(kernel_error(ack.error_number, doing[which], ack.text));
            }
            if (m->nlmsg_seq == last_sequence) {
                return outcome;
            }
        }
    }
}

Result<> RtnetlinkSocket::flush() {
    auto sent = send_batch();
    if (!sent) {
        refuse(sent.error());
    }
    if (first_error_) {
        return Failure(*std::exchange(first_error_, std::nullopt));
    }
    return {};
}

}  // namespace splash::linux
