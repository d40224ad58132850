// Changes to this host's interfaces, routes and kernel parameters, in the name of programs that may.
#pragma once

#include "linux/rtnetlink.hpp"
#include "node/ports.hpp"

namespace splash::linux {

/// Needs CAP_NET_ADMIN in the network namespace; with it an unprivileged user may write below net, too, but
/// no other kernel parameter. Reading needs nothing. One thread.
class KernelNetwork final : public node::NetworkControl {
public:
    /// Longer values are refused.
    static constexpr std::size_t kMaxSysctlOctets = 4096;

    /// Opens in the calling thread's network namespace. Kernel parameters are those of the thread that asks.
    [[nodiscard]] static Result<std::unique_ptr<KernelNetwork>> open();

    [[nodiscard]] Result<> set_interface(std::uint32_t if_index, node::InterfaceState state) override;
    [[nodiscard]] Result<> set_route(const Prefix& to, const IpAddress& gateway) override;
    [[nodiscard]] Result<> delete_route(const Prefix& to) override;
    [[nodiscard]] Result<std::string> sysctl(std::string_view name) override;
    [[nodiscard]] Result<> set_sysctl(std::string_view name, std::string_view value) override;

private:
    explicit KernelNetwork(Rtnetlink kernel) : kernel_(std::move(kernel)) {}

    Rtnetlink kernel_;
};

}  // namespace splash::linux
