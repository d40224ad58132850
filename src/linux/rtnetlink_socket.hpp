// The transport under Rtnetlink: one NETLINK_ROUTE socket with a deadline, batches, dumps, and the
// kernel's extended-ack text. Knows message framing, not what the messages mean.
#pragma once

#include <libmnl/libmnl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/error.hpp"

namespace splash::linux {

struct CloseMnlSocket {
    void operator()(mnl_socket* s) const { mnl_socket_close(s); }
};
using MnlSocket = std::unique_ptr<mnl_socket, CloseMnlSocket>;

/// A bound NETLINK_ROUTE socket. `groups` is a mask of RTMGRP_*, `flags` are socket type flags.
[[nodiscard]] Result<MnlSocket> open_rtnetlink_socket(unsigned groups, int flags);

/// "doing: No such device: the kernel's text" under the code that fits `error_number`.
[[nodiscard]] Error kernel_error(int error_number, const std::string& doing,
                                 std::string_view kernel_text = {});

/// The attributes behind a message's fixed part, or inside another attribute, by type.
class Attributes {
public:
    Attributes(const nlmsghdr* message, std::size_t fixed_size);
    explicit Attributes(const nlattr* nest);
    Attributes(const void* first, std::size_t size);

    [[nodiscard]] const nlattr* find(unsigned type) const {
        return type < by_type_.size() ? by_type_[type] : nullptr;
    }
    [[nodiscard]] std::optional<std::uint32_t> u32(unsigned type) const;
    [[nodiscard]] std::optional<IpAddress> address(unsigned type) const;
    [[nodiscard]] std::string text(unsigned type) const;

private:
    std::array<const nlattr*, 72> by_type_{};
};

/// A request being written; its strings are bounded by the kernel's interface names.
class Request {
public:
    Request(std::uint16_t type, unsigned flags);
    Request(const Request&) = delete;  // the header lies within
    Request& operator=(const Request&) = delete;
    template <class T>
    T& fixed() {
        return *static_cast<T*>(mnl_nlmsg_put_extra_header(header_, sizeof(T)));
    }
    void put_u32(std::uint16_t type, std::uint32_t value) { mnl_attr_put_u32(header_, type, value); }
    void put(std::uint16_t type, const IpAddress& address);
    void put(std::uint16_t type, const std::string& text);
    [[nodiscard]] nlmsghdr* header() { return header_; }

private:
    static constexpr std::size_t kSize = 1024;  // the largest we write, a veth pair, takes 200
    alignas(NLMSG_ALIGNTO) std::array<char, kSize> bytes_{};
    nlmsghdr* header_;
};

class RtnetlinkSocket {
public:
    using OnMessage = std::function<void(const nlmsghdr*)>;

    [[nodiscard]] static Result<RtnetlinkSocket> open();

    /// Sends one request and hands every answer to `on_message`; `doing` names it in errors.
    /// @error TimedOut  the kernel was silent for 5 s.
    [[nodiscard]] Result<> ask(Request& request, const std::string& doing, const OnMessage& on_message);

    /// Asks for a table that is taken a piece at a time, after the one before has ended.
    [[nodiscard]] Result<> begin_dump(Request& request, const std::string& doing);
    /// Hands out what one read gives. @return whether there is more.
    [[nodiscard]] Result<bool> continue_dump(const std::string& doing, const OnMessage& on_message);

    /// Appends a request to the batch; a full batch is sent. The first refusal is kept for flush().
    void queue(Request& request, std::string doing);
    /// Keeps an error found before anything was sent.
    void refuse(Error error);
    [[nodiscard]] Result<> flush();

private:
    explicit RtnetlinkSocket(MnlSocket socket);
    [[nodiscard]] Result<> send(const void* bytes, std::size_t size, const std::string& doing);
    [[nodiscard]] Result<std::size_t> receive(const std::string& doing);
    [[nodiscard]] Result<> ask_once(Request& request, const std::string& doing, const OnMessage& on_message,
                                    bool& interrupted);
    /// What one read gives; false: that was all.
    [[nodiscard]] Result<bool> read_answers(const std::string& doing, const OnMessage& on_message,
                                            bool& interrupted);
    [[nodiscard]] Result<> send_batch();

    MnlSocket socket_;
    std::uint32_t sequence_ = 0;
    std::vector<char> batch_;
    std::size_t last_in_batch_ = 0;   // offset of the last message
    std::vector<std::string> doing_;  // one a message of the batch
    std::optional<Error> first_error_;
    std::vector<char> buffer_;
};

}  // namespace splash::linux
